// SPDX-License-Identifier: MIT
// A private PgBouncer in transaction mode in front of a postgres_server: TLS and SCRAM towards
// clients, the Unix socket towards the server.
#pragma once

#include "postgres_server.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace honeydue::support {

enum class pgbouncer_kind {
    packaged,  // the distribution's; on Debian 12 that is 1.18, which confuses overlapping groups
    tracking,  // 1.21 or newer, with max_prepared_statements on
};

struct pgbouncer_options {
    pgbouncer_kind kind = pgbouncer_kind::packaged;
    int pool_size = 25;
    int max_client_conn = 1000;
    std::vector<std::string> settings{};  // further lines of the [pgbouncer] section
};

// Runs while the object lives, and not longer than the program; must not outlive its server.
// Errors: server_error.
class pgbouncer_server {
public:
    explicit pgbouncer_server(const postgres_server& server, pgbouncer_options options = {});

    std::uint16_t port() const noexcept { return port_; }
    // Such as "PgBouncer 1.18.0".
    const std::string& version() const noexcept { return version_; }

    // As postgres_server::as_user, through the pooler.
    connection_parameters as_user() const;
    // A command of the admin console, such as "show pools", "pause", "kill \"honeyDue\"".
    std::vector<text_row> administer(std::string_view command) const;

    void stop(int signal);
    void start();

    const keeper& process() const noexcept { return *keeper_; }

private:
    void prepare(const postgres_server& server);
    void write_settings() const;
    bool comes_up();

    pgbouncer_options options_;
    std::uint16_t port_ = 0;
    std::string version_;
    std::string socket_directory_;
    std::uint16_t server_port_ = 0;
    connection_parameters user_;
    connection_parameters superuser_;
    std::unique_ptr<keeper> keeper_;
};

}  // namespace honeydue::support
