// SPDX-License-Identifier: MIT
// The demo's servers: PostgreSQL with the seeded reference schema, PgBouncer in transaction mode in
// front of it, and the long wire in front of that.
#pragma once

#include "pgbouncer_server.hpp"
#include "postgres_server.hpp"
#include "wire_proxy.hpp"

#include <chrono>
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

// From the header of examples/reference/seed.sql.
inline constexpr const char* demo_token = "92b595766c69fe2e49154f0ef2226405b82823d9";

struct stack {
    explicit stack(std::chrono::milliseconds rtt, support::pgbouncer_options pooler = {})
        : pgbouncer(postgres, std::move(pooler)), wire(pgbouncer.port(), {.rtt = rtt}) {}

    // How a client reaches PgBouncer over the wire.
    support::connection_parameters far() const {
        return support::by_port(pgbouncer.as_user(), wire.port());
    }

    support::postgres_server postgres{};
    support::pgbouncer_server pgbouncer;
    support::wire_proxy wire;
};

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

// Past PgBouncer and the wire. Errors: server_error.
inline void migrate_and_seed(const stack& servers) {
    const endpoint direct = reach(servers.postgres.as_user());
    auto migrations = must(migrator::open(direct, source("migrations").native()));
    const auto report = migrations.up();
    if (report.failed) throw support::server_error(explain(report.failed->why));
    auto db = must(connection::open(direct));
    const auto seed = statements_of(content_of(source("examples/reference/seed.sql")));
    must(db.run(seed, {.as = framing::atomic}));
}

}  // namespace honeydue::demo
