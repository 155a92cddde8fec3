// SPDX-License-Identifier: MIT
// The reference schema into a test database: the Up part of every goose file, in order of version.
#pragma once

#include "plain_client.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace honeydue::support {

inline std::string content_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    if (!stream) throw server_error(file.native() + " cannot be read: is the path right?");
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline std::string up_part(const std::string& text) {
    const auto up = text.find("-- +goose Up");
    if (up == std::string::npos) throw server_error("a migration has no \"-- +goose Up\" line");
    const auto down = text.find("-- +goose Down", up);
    return text.substr(up, down == std::string::npos ? down : down - up);
}

// Errors: server_error naming the file.
inline void apply_migrations(const connection_parameters& direct,
                             const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() == ".sql") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    plain_client client(direct);
    for (const auto& file : files) {
        try {
            client.execute(up_part(content_of(file)));
        } catch (const server_error& error) {
            throw server_error(file.filename().native() + ": " + error.what());
        }
    }
}

}  // namespace honeydue::support
