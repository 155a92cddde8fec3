// SPDX-License-Identifier: MIT
// The reference schema in a database, and the seed in it. Errors: server_error.
#pragma once

#include "plain_client.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <honeydue/connection.hpp>
#include <honeydue/migration.hpp>

namespace honeydue::demo {

// The value, or a server_error with the error's own words.
template <class T>
T must(result<T> answer) {
    if (!answer) throw support::server_error(explain(answer.error()));
    return std::move(*answer);
}

inline endpoint reach(const support::connection_parameters& by) {
    std::string text;
    for (const auto& [word, value] : by)
        text += word + "='" + value + "' ";
    return must(endpoint::parse(text));
}

inline std::filesystem::path source(const char* path) {
    return std::filesystem::path(HONEYDUE_SOURCE_DIR) / path;
}

inline std::string content_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    if (!stream) throw support::server_error(file.native() + " cannot be read");
    return {std::istreambuf_iterator<char>(stream), {}};
}

// A statement ends with a semicolon at the end of a line.
inline std::vector<statement> statements_of(const std::string& text) {
    std::vector<statement> all;
    for (std::size_t from = 0, to = text.find(";\n"); to != std::string::npos;
         from = to + 2, to = text.find(";\n", from)) {
        all.push_back(runtime(text.substr(from, to - from)));
    }
    return all;
}

inline void migrate(const support::connection_parameters& direct) {
    auto migrations = must(migrator::open(reach(direct), source("migrations").native()));
    const auto report = migrations.up();
    if (report.failed) throw support::server_error(explain(report.failed->why));
}

inline void migrate_and_seed(const support::connection_parameters& direct) {
    migrate(direct);
    auto db = must(connection::open(reach(direct)));
    const auto seed = statements_of(content_of(source("examples/reference/seed.sql")));
    must(db.run(seed, {.as = framing::atomic}));
}

}  // namespace honeydue::demo
