// SPDX-License-Identifier: MIT
// The demo's servers: PostgreSQL with the seeded reference schema, PgBouncer in transaction mode in
// front of it, and the long wire in front of that.
#pragma once

#include "pgbouncer_server.hpp"
#include "postgres_server.hpp"
#include "seed.hpp"
#include "test_environment.hpp"
#include "wire_proxy.hpp"

#include <chrono>
#include <utility>

namespace honeydue::demo {

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

// Past PgBouncer and the wire. Errors: server_error.
inline void migrate_and_seed(const stack& servers) { migrate_and_seed(servers.postgres.as_user()); }

}  // namespace honeydue::demo
