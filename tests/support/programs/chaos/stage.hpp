// SPDX-License-Identifier: MIT
// The servers of a chaos run, how each fault strikes them, and how they are made well again.
#pragma once

#include "schedule.hpp"

#include "pgbouncer_server.hpp"
#include "postgres_server.hpp"
#include "test_environment.hpp"
#include "wire_proxy.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace honeydue::chaos {

// A restart must not forget what was committed, so that writes are as durable as shipped.
class stage {
public:
    explicit stage(support::pgbouncer_kind kind)
        : postgres_{{.writes = support::durability::full,
                     .settings = {"deadlock_timeout = 50ms", "max_wal_size = 256MB"}}},
          pgbouncer_{postgres_, {.kind = kind}},
          wire_{pgbouncer_.port(), {.rtt = std::chrono::milliseconds{4}}} {}

    support::connection_parameters far() const {
        return support::by_port(pgbouncer_.as_user(), wire_.port());
    }
    support::connection_parameters bystander() const { return pgbouncer_.as_user(); }
    support::connection_parameters direct() const { return postgres_.as_user(); }
    std::string description() const {
        return pgbouncer_.version() + " in front of PostgreSQL " +
               std::to_string(postgres_.version() / 10000) + ", 4 ms away";
    }

    // Has ended when it returns, but for what vanished connections leave behind.
    void strike(const planned_fault& by) {
        switch (by.kind) {
            case fault_kind::kill_backends:
                return signal_backends("pg_terminate_backend", by.magnitude);
            case fault_kind::cancel_backends:
                return signal_backends("pg_cancel_backend", by.magnitude);
            case fault_kind::restart_fast:
                return restart(postgres_, SIGINT, by.magnitude);
            case fault_kind::restart_immediate:
                return restart(postgres_, SIGQUIT, by.magnitude);
            case fault_kind::restart_pooler:
                return restart(pgbouncer_, SIGTERM, by.magnitude);
            case fault_kind::kill_pooler:
                return restart(pgbouncer_, SIGKILL, by.magnitude);
            case fault_kind::pause_pooler:
                return pause(by.magnitude);
            case fault_kind::limit_pooler:
                return limit(by.magnitude);
            default:
                return strike_wire(by);
        }
    }

    std::int64_t count_idle_in_transaction() const {
        support::plain_client client{postgres_.as_superuser()};
        const auto rows = client.execute(
            "select count(*) from pg_stat_activity where state like 'idle in transaction%'");
        return std::stoll(rows.at(0).at(0));
    }

private:
    static void wait(std::uint32_t magnitude, std::uint32_t most) {
        std::this_thread::sleep_for(std::chrono::milliseconds{magnitude % most});
    }

    // About half of them.
    void signal_backends(const char* function, std::uint32_t magnitude) const {
        support::plain_client client{postgres_.as_superuser()};
        client.execute("select " + std::string{function} +
                       "(pid) from pg_stat_activity where usename = '" + postgres_.user() +
                       "' and (pid + " + std::to_string(magnitude) + ") % 2 = 0");
    }

    template <class Server>
    static void restart(Server& server, int signal, std::uint32_t magnitude) {
        server.stop(signal);
        wait(magnitude, 1'000);
        server.start();
    }

    // By signal: who says PAUSE on the console waits for those at work, and is never answered when
    // RESUME comes first.
    void pause(std::uint32_t magnitude) const {
        ::kill(pgbouncer_.process().server(), SIGUSR1);
        wait(magnitude, 2'500);
        ::kill(pgbouncer_.process().server(), SIGUSR2);
    }

    // The limit is met by those who dial, so that some must.
    void limit(std::uint32_t magnitude) {
        attempt("set max_client_conn = 12");
        wire_.inject({.fault = support::wire_fault::reset});
        wait(magnitude, 2'000);
        attempt("set max_client_conn = 1000");
    }

    void attempt(const char* command) const {
        try {
            pgbouncer_.administer(command);
        } catch (const support::server_error&) {
            // The console is out of reach just now.
        }
    }

    void strike_wire(const planned_fault& by) {
        using support::wire_fault;
        switch (by.kind) {
            case fault_kind::reset_all:
                return wire_.inject({.fault = wire_fault::reset});
            case fault_kind::blackhole_all:
                return wire_.inject({.fault = wire_fault::blackhole});
            case fault_kind::blackhole_some:
                for (const std::uint64_t one : wire_.open_connections()) {
                    if ((one + by.magnitude) % 2 == 0) continue;
                    wire_.inject({.fault = wire_fault::blackhole, .connection = one});
                }
                return;
            case fault_kind::reset_in_answer:
                return cut(support::wire_direction::to_client, by.magnitude);
            default:
                return cut(support::wire_direction::to_server, by.magnitude);
        }
    }

    // One connection, after so many further bytes.
    void cut(support::wire_direction direction, std::uint32_t magnitude) {
        const auto open = wire_.open_connections();
        if (open.empty()) return;
        wire_.inject({.fault = support::wire_fault::reset,
                      .connection = open[magnitude % open.size()],
                      .direction = direction,
                      .after_bytes = magnitude / 64 % 500 + 1});
    }

    support::postgres_server postgres_;
    support::pgbouncer_server pgbouncer_;
    support::wire_proxy wire_;
};

}  // namespace honeydue::chaos
