// SPDX-License-Identifier: MIT
// Two replicas of the API and two workers over one database, one wire and one Redis, and what the
// run asks that database itself.
#pragma once

#include "../chaos/stage.hpp"
#include "../demo/api_process.hpp"
#include "completer.hpp"
#include "evidence.hpp"

#include "redis_server.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace honeydue::chaos {

inline constexpr int replica_count = 2;
inline constexpr int worker_count = 2;

// Thread: its own, which lives as long.
class fleet {
public:
    // Seeded, with `once` tasks that are done once, and subscriptions that end one after the other
    // for so long. Errors: server_error.
    fleet(support::pgbouncer_kind kind, std::size_t once, std::chrono::seconds ending_for);
    // What still runs is killed: nobody judges it.
    ~fleet();

    fleet(const fleet&) = delete;
    fleet& operator=(const fleet&) = delete;

    // The replicas listen and the workers are ready when it returns. Errors: server_error.
    void start();

    stage& servers() { return servers_; }
    std::vector<std::uint16_t> ports();
    const chores& work() const { return work_; }
    // Of users who are active and do not share the chores' home.
    std::vector<std::string> tokens(std::size_t count) const;

    // Ends them as an operator would, and notes those who do not end well.
    void stop_replicas(api_evidence& seen);
    void stop_workers(api_evidence& seen);

    // Until the workers have left nothing to do, or for two minutes: a worker waits half a minute
    // for an answer, and has two connections.
    void await_workers() const;
    void collect(api_evidence& seen) const;

private:
    void prepare(std::size_t once, std::chrono::seconds ending_for);
    std::unique_ptr<support::child_program> make_worker() const;
    support::environment_variables variables() const;

    stage servers_;
    support::redis_server redis_{};
    chores work_{};
    std::vector<std::unique_ptr<support::api_process>> replicas_{};
    std::vector<std::unique_ptr<support::child_program>> workers_{};
};

}  // namespace honeydue::chaos
