// SPDX-License-Identifier: MIT
// goose's commands on files: see the header.
#include "goose_files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "migration_folder.hpp"
#include "migration_name.hpp"
#include "migration_text.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;
namespace hd = honeydue;
using hd::detail::direction;
using hd::detail::migration_source;

tl::unexpected<std::string> refuse(std::string words) { return tl::unexpected{std::move(words)}; }

std::string time_number(std::chrono::sys_seconds now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{now - day};
    return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count());
}

/// One more than the highest version that is no time.
std::int64_t next_number(const std::vector<migration_source>& files) {
    std::int64_t last = 0;
    for (const migration_source& file : files) {
        if (!hd::detail::is_timestamp(file.version)) last = std::max(last, file.version);
    }
    return last + 1;
}

std::string sql_text(goose_wording wording) {
    if (wording == goose_wording::v3_27) {
        return "-- +goose Up\nSELECT 'up SQL query';\n\n-- +goose Down\nSELECT 'down SQL query';\n";
    }
    return "-- +goose Up\n-- +goose StatementBegin\nSELECT 'up SQL query';\n"
           "-- +goose StatementEnd\n\n-- +goose Down\n-- +goose StatementBegin\n"
           "SELECT 'down SQL query';\n-- +goose StatementEnd\n";
}

std::string camel_case(std::string_view name) {
    std::string made;
    bool is_first = true;
    for (const char c : goose_snake_case(name)) {
        if (c == '_') {
            is_first = true;
            continue;
        }
        made += is_first && c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
        is_first = false;
    }
    return made;
}

std::string go_text(std::string_view name) {
    const std::string camel = camel_case(name);
    return fmt::format(
        "package migrations\n\nimport (\n\t\"context\"\n\t\"database/sql\"\n"
        "\t\"github.com/pressly/goose/v3\"\n)\n\nfunc init() {{\n"
        "\tgoose.AddMigrationContext(up{0}, down{0})\n}}\n\n"
        "func up{0}(ctx context.Context, tx *sql.Tx) error {{\n\treturn nil\n}}\n\n"
        "func down{0}(ctx context.Context, tx *sql.Tx) error {{\n\treturn nil\n}}\n",
        camel);
}

goose_outcome write_new(const std::string& path, const std::string& text, const goose_log& log) {
    std::error_code fault;
    if (fs::exists(path, fault)) {
        return refuse("failed to create migration file: " + path + " exists already");
    }
    std::ofstream to{path, std::ios::binary};
    to << text;
    if (to.close(); to.fail()) {
        return refuse("failed to create migration file: open " + path +
                      ": no such file or directory");
    }
    log("Created new file: " + path);
    return {};
}

struct counted_file {
    std::string type;
    std::string name;
    bool in_transaction = true;
    std::size_t up = 0;
    std::size_t down = 0;
};

tl::expected<counted_file, std::string> count_file(const fs::path& path) {
    const std::string name = path.filename().string();
    const auto at = hd::detail::quoted(path.string());
    if (const auto version = hd::detail::version_of(name); !version) {
        return refuse("failed to get version from file " + at + ": " + version.error());
    }
    counted_file counted{name.substr(name.rfind('.') + 1), name};
    if (name.ends_with(".go")) {
        return refuse("failed to parse file " + at + ": a Go migration is read by goose alone");
    }
    for (const direction way : {direction::up, direction::down}) {
        const auto read = hd::detail::read_file(path.string(), way, hd::detail::reading::compatible,
                                                [](auto&&) { return true; });
        if (!read) return refuse("failed to parse file " + at + ": " + read.error().message);
        (way == direction::up ? counted.up : counted.down) = read->statements;
        counted.in_transaction = read->in_transaction;
    }
    return counted;
}

tl::expected<std::vector<fs::path>, std::string> files_to_validate(const std::string& folder) {
    std::error_code fault;
    if (!fs::exists(folder, fault)) return refuse("stat " + folder + ": no such file or directory");
    if (!fs::is_directory(folder)) return std::vector<fs::path>{folder};
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator{folder, fault}) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".sql") || name.ends_with(".go")) {
            found.emplace_back(hd::detail::path_in(folder, name));
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

/// Columns apart by three blanks, the last one too.
void write_table(const std::vector<counted_file>& files, const goose_log& table) {
    using line = std::array<std::string, 5>;
    std::vector<line> lines{{"Type", "Txn", "Up", "Down", "Name"},
                            {"────", "───", "──", "────", "────"}};
    for (const counted_file& one : files) {
        lines.push_back({one.type, one.in_transaction ? "✔" : "✘", std::to_string(one.up),
                         std::to_string(one.down), one.name});
    }
    for (const line& cells : lines) {
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            std::size_t widest = 0;
            for (const line& other : lines)
                widest = std::max(widest, width_of(other[i]));
            text += cells[i] + std::string(widest + 3 - width_of(cells[i]), ' ');
        }
        table(text);
    }
}

}  // namespace

std::string goose_snake_case(std::string_view name) {
    enum class place { idle, first, within, delimiter };
    std::string made;
    place now = place::idle;
    for (const char c : name) {
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        const bool is_kept = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
                             static_cast<signed char>(c) < 0;
        if (is_kept) {
            now = now == place::first || now == place::within ? place::within : place::first;
            made += lower;
        } else if (now == place::first || now == place::within) {
            now = place::delimiter;
            made += '_';
        } else if (now == place::delimiter) {
            now = place::idle;
        }
    }
    if (now == place::idle && made.ends_with('_')) made.pop_back();
    return made;
}

goose_outcome create_file(const new_file& wanted, std::chrono::sys_seconds now,
                          const goose_log& log) {
    std::string number = time_number(now);
    if (wanted.is_sequential) {
        const auto files = hd::detail::read_folder(wanted.folder);
        if (!files && files.error() != hd::detail::no_files_words) return refuse(files.error());
        number = fmt::format("{:05}", files ? next_number(*files) : 1);
    }
    const std::string file = number + "_" + goose_snake_case(wanted.name) + "." + wanted.type;
    return write_new(hd::detail::path_in(wanted.folder, file),
                     wanted.type == "go" ? go_text(wanted.name) : sql_text(wanted.wording), log);
}

goose_outcome fix_files(const std::string& folder, const goose_log& log) {
    const auto files = hd::detail::read_folder(folder);
    if (!files) return refuse(files.error());
    std::int64_t next = next_number(*files);
    for (const migration_source& file : *files) {
        if (!hd::detail::is_timestamp(file.version)) continue;
        std::string name = file.name;
        const std::string digits = std::to_string(file.version);
        name.replace(name.find(digits), digits.size(), fmt::format("{:05}", next++));
        std::error_code fault;
        const std::string from = hd::detail::path_in(folder, file.name);
        const std::string to = hd::detail::path_in(folder, name);
        fs::rename(from, to, fault);
        if (fault) return refuse("rename " + from + " " + to + ": " + fault.message());
        log("RENAMED " + file.name + " => " + name);
    }
    return {};
}

goose_outcome init_folder(const std::string& folder, std::chrono::sys_seconds now,
                          const goose_log& log) {
    const std::string wanted = folder.empty() || folder == "." ? "migrations" : folder;
    std::error_code fault;
    if (fs::exists(wanted, fault)) return refuse("directory already exists: " + wanted);
    fs::create_directories(wanted, fault);
    if (fault) return refuse("mkdir " + wanted + ": " + fault.message());
    return create_file({wanted, "initial", "sql", false, goose_wording::v3_27}, now, log);
}

goose_outcome validate_files(const std::string& folder, const goose_log& table) {
    const auto found = files_to_validate(folder);
    if (!found) return refuse(found.error());
    std::vector<counted_file> counted;
    for (const fs::path& path : *found) {
        auto one = count_file(path);
        if (!one) return refuse(one.error());
        counted.push_back(std::move(*one));
    }
    if (table) write_table(counted, table);
    return {};
}

}  // namespace cli
