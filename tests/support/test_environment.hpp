// SPDX-License-Identifier: MIT
// One set of servers for a whole test program, each started when first asked for and stopped at
// the program's end.
#pragma once

#include "pgbouncer_server.hpp"
#include "postgres_server.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace honeydue::support {

// Every integration test runs as both.
enum class test_row { direct, pooled };

using environment_variables = std::map<std::string, std::string>;

// DB_HOST DB_PORT POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB DB_SSLMODE DB_SSLROOTCERT: what the
// library reads, from what libpq calls them.
environment_variables variables_for(const connection_parameters& parameters);

// The same server, reached by another port: a wire_proxy's.
connection_parameters by_port(connection_parameters parameters, std::uint16_t port);

// "direct" or "pooled", "packaged" or "tracking". Errors: server_error naming the choices.
test_row row_named(std::string_view name);
pgbouncer_kind pgbouncer_named(std::string_view name);

// Reads HONEYDUE_TEST_ROW (direct when unset), HONEYDUE_TEST_PGBOUNCER (packaged when unset) and
// HONEYDUE_TEST_DATABASE_URL (a server of the user's for the direct row).
// Errors: server_error.
// Thread: any.
class test_environment {
public:
    static test_environment& shared();

    test_environment();

    test_row row() const noexcept { return row_; }
    pgbouncer_kind kind() const noexcept { return kind_; }

    // The current row: a user's server, our PostgreSQL, or PgBouncer in front of ours.
    connection_parameters parameters();
    std::uint16_t port();
    environment_variables variables() { return variables_for(parameters()); }

    connection_parameters direct();
    connection_parameters pooled() { return pooled(kind_); }
    connection_parameters pooled(pgbouncer_kind kind);

    // Ours, whatever the row and the URL.
    postgres_server& postgres();
    pgbouncer_server& pgbouncer(pgbouncer_kind kind);

    // One line: the row and the versions behind it.
    std::string description();

private:
    test_row row_;
    pgbouncer_kind kind_;
    std::string url_;
    std::recursive_mutex mutex_;
    std::unique_ptr<postgres_server> postgres_;
    std::map<pgbouncer_kind, std::unique_ptr<pgbouncer_server>> pgbouncers_;
};

}  // namespace honeydue::support
