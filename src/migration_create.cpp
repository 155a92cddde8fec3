// SPDX-License-Identifier: MIT
// Writing a new migration's file.
#include <chrono>
#include <filesystem>
#include <fstream>

#include <honeydue/migration.hpp>

#include "migration_folder.hpp"
#include "migration_name.hpp"

namespace honeydue {

result<std::string> create_migration(const std::string& folder, std::string_view name) {
    auto sources = detail::read_folder(folder);
    if (!sources && sources.error() != detail::no_files_words) {
        return tl::unexpected{detail::folder_error(sources.error())};
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const std::filesystem::path path =
        std::filesystem::path{folder} /
        detail::next_file_name(sources ? *sources : std::vector<detail::migration_source>{}, name,
                               now);
    if (std::filesystem::exists(path)) return fail(errc::file, path.string() + " exists already");
    std::ofstream to{path};
    to << "-- +goose Up\n\n-- +goose Down\n";
    if (to.close(); to.fail()) return fail(errc::file, path.string() + " cannot be written");
    return path.string();
}

}  // namespace honeydue
