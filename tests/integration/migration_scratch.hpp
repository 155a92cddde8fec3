// SPDX-License-Identifier: MIT
// A database and a folder to be migrated and thrown away.
#pragma once

#include <honeydue/connection.hpp>
#include <honeydue/migration.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include "reach.hpp"

namespace honeydue::support {

/// A database of this test's own, so that nobody else's tables are seen. The server goes with it.
class scratch_database {
public:
    scratch_database() {
        auto& server = test_environment::shared().postgres();
        auto administrator = must(connection::open(reach(server.as_superuser())));
        to_ = reach(server.as_user());
        const std::string name = "migration_" + std::to_string(++made);
        must(administrator.run(runtime("create database " + name + " owner " + to_.user)));
        to_.database = name;
    }

    [[nodiscard]] const endpoint& to() const { return to_; }

    [[nodiscard]] connection opened() const { return must(connection::open(to_)); }

    void run(const std::string& text) const { must(opened().run(runtime(text))); }

    [[nodiscard]] std::int64_t number(const std::string& query) const {
        const rows answer = must(opened().run(runtime("select (" + query + ")::int8")));
        return must(decode<std::int64_t>(answer)).at(0);
    }

    [[nodiscard]] std::string text(const std::string& query) const {
        const rows answer =
            must(opened().run(runtime("select coalesce((" + query + ")::text, '')")));
        return must(decode<std::string>(answer)).at(0);
    }

    /// Comes back when `query` says so. Should it never, the test fails instead of hanging.
    void await(const std::string& query) const {
        const auto last = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (number("case when " + query + " then 1 else 0 end") == 0) {
            if (std::chrono::steady_clock::now() > last) FAIL("never true: " + query);
        }
    }

    [[nodiscard]] bool exists(const std::string& table) const {
        return number("select count(to_regclass('" + table + "'))") == 1;
    }

    /// The version rows in the order they were written: "0 1 2".
    [[nodiscard]] std::string versions() const {
        return text("select string_agg(version_id::text, ' ' order by id) from goose_db_version");
    }

private:
    static inline std::atomic<int> made = 0;
    endpoint to_;
};

class scratch_folder {
public:
    scratch_folder()
        : path_{std::filesystem::temp_directory_path() /
                ("honeydue_migrations_" + std::to_string(::getpid()) + "_" +
                 std::to_string(++made))} {
        std::filesystem::create_directory(path_);
    }
    ~scratch_folder() { std::filesystem::remove_all(path_); }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    void write(const std::string& name, const std::string& text) const {
        std::ofstream{path_ / name, std::ios::binary} << text;
    }

    void remove(const std::string& name) const { std::filesystem::remove(path_ / name); }

    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    static inline std::atomic<int> made = 0;
    std::filesystem::path path_;
};

inline migrator opened(const scratch_database& database, const scratch_folder& folder,
                       migration_options options = {}) {
    return must(migrator::open(database.to(), folder.path(), std::move(options)));
}

inline std::string failure_of(const migration_report& report) {
    return report.failed ? explain(report.failed->why) : "nothing";
}

inline bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace honeydue::support
