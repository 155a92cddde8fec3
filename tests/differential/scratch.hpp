// SPDX-License-Identifier: MIT
// Databases and folders to be written full and thrown away, and what a program says without its
// times.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

#include "made_folder.hpp"
#include "plain_client.hpp"
#include "postgres_server.hpp"

namespace honeydue::support {

/// Durations and times differ from run to run.
inline std::string without_times(const std::string& told) {
    static const std::regex took{R"((OK  |EMPTY) (.*) \([0-9.hmnuµs]+\))"};
    static const std::regex when{R"([A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4})"};
    return std::regex_replace(std::regex_replace(told, took, "$1 $2 (took)"), when, "(when)");
}

/// A database that is emptied between two cases.
class scratch {
public:
    scratch(postgres_server& server, const std::string& name)
        : parameters_{over_socket(server, name)}, client_{made(server, name)} {}

    void empty() {
        client_.execute(
            "drop schema public cascade; create schema public; comment on schema public is ''");
    }

    void execute(const std::string& sql) { client_.execute(sql); }

    [[nodiscard]] const connection_parameters& parameters() const { return parameters_; }

    /// For goose's DBSTRING.
    [[nodiscard]] std::string text() const {
        std::string made;
        for (const auto& [word, value] : parameters_)
            made += word + "='" + value + "' ";
        return made + "sslmode=disable";
    }

    /// Version rows, and everything that is not of the migrators.
    [[nodiscard]] std::string content() {
        std::string text;
        const auto answer = client_.execute(content_query);
        for (const std::string& cell : answer.at(0))
            text += cell + "\n--\n";
        return text;
    }

private:
    static connection_parameters over_socket(postgres_server& server, const std::string& name) {
        return {{"host", server.socket_directory().string()},
                {"port", std::to_string(server.port())},
                {"user", server.user()},
                {"password", server.password()},
                {"dbname", name}};
    }
    static connection_parameters made(postgres_server& server, const std::string& name) {
        plain_client{server.as_superuser()}.execute("create database " + name + " owner " +
                                                    server.user());
        return over_socket(server, name);
    }

    static constexpr const char* content_query =
        "select case when to_regclass('goose_db_version') is not null then query_to_xml('select "
        "version_id, is_applied from goose_db_version order by id', false, true, '')::text end, "
        "(select string_agg(c.relname || ': ' || (select string_agg(a.attname || ' ' || "
        "a.atttypid::regtype, ', ' order by a.attnum) from pg_attribute a where a.attrelid = c.oid "
        "and a.attnum > 0 and not a.attisdropped) || query_to_xml('select x::text from public.' || "
        "c.relname || ' x order by 1', false, true, '')::text, E'\n' order by c.relname) "
        "from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' "
        "and c.relname not like 'goose%'), "
        "(select string_agg(c.relname, ' ' order by c.relname) from pg_class c where c.relkind <> "
        "'r' "
        "and c.relnamespace = 'public'::regnamespace and c.relname not like 'goose%'), "
        "(select string_agg(proname, ' ' order by proname) from pg_proc "
        "where pronamespace = 'public'::regnamespace), "
        "obj_description('public'::regnamespace)";

    connection_parameters parameters_;
    plain_client client_;
};

class scratch_folder {
public:
    explicit scratch_folder(const std::string& name)
        : path_{std::filesystem::temp_directory_path() /
                ("honeydue_goose_" + std::to_string(::getpid()) + "_" + name)} {}
    ~scratch_folder() { std::filesystem::remove_all(path_); }

    void write(const made_files& files) const {
        std::filesystem::remove_all(path_);
        std::filesystem::create_directory(path_);
        for (const auto& [name, text] : files) {
            if (name.ends_with('/')) {
                std::filesystem::create_directory(path_ / name);
            } else {
                std::ofstream{path_ / name, std::ios::binary} << text;
            }
        }
    }
    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

}  // namespace honeydue::support
