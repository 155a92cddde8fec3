// SPDX-License-Identifier: MIT
// honeydue-worker: does what time makes due. Several may run at once, and any may be killed.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <honeydue/honeydue.hpp>

#include "due.hpp"
#include "stop_pipe.hpp"
#include "wake_up.hpp"

namespace hd = honeydue;

namespace {

constexpr const char* about =
    R"(The reference system's worker: moves recurring tasks that were done to their next date, tells
of tasks that are due soon or overdue, and ends subscriptions that have expired.

Reads DB_HOST DB_PORT POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB DB_SSLMODE DB_SSLROOTCERT. It is
woken over a direct connection: DATABASE_URL_UNPOOLED, or the same host without -pooler.)";

struct options {
    bool once = false;
    int interval = 30;
    std::int64_t batch = 100;
};

int complain(const std::string& message) {
    std::fprintf(stderr, "honeydue-worker: %s\n", message.c_str());
    return EXIT_FAILURE;
}

void say(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

/// Batch after batch, until nothing is due, or it is asked to stop. Errors: as `do_batch`.
hd::result<void> look(hd::pool& db, std::int64_t size) {
    for (bool is_full = true; is_full && !stop_pipe::is_asked();) {
        const auto done = worker::do_batch(db, size);
        if (!done) return tl::unexpected{done.error()};
        is_full = done->is_full;
        if (done->moved + done->told + done->expired == 0) continue;
        say("batch: " + std::to_string(done->moved) + " moved on, " + std::to_string(done->told) +
            " told, " + std::to_string(done->expired) + " expired");
    }
    return {};
}

int work_once(hd::pool& db, const options& wanted) {
    if (const auto done = look(db, wanted.batch); !done) return complain(hd::explain(done.error()));
    return EXIT_SUCCESS;
}

/// A look that fails is made again at the next waking: what it did or did not do makes no
/// difference.
int work(hd::pool& db, const hd::endpoint& direct, const options& wanted) {
    worker::wake_up bell{direct, std::chrono::seconds{wanted.interval}};
    const auto look_once = [&] {
        if (const auto done = look(db, wanted.batch); !done) complain(hd::explain(done.error()));
    };
    look_once();
    const std::string every = "ready, looks every " + std::to_string(wanted.interval) + " s";
    say(bell.silence().empty() ? every + " and when woken" : every + " only: " + bell.silence());
    while (!stop_pipe::is_asked()) {
        bell.wait(stop_pipe::ends[0]);
        look_once();
    }
    say("stopped");
    return EXIT_SUCCESS;
}

hd::result<hd::endpoint> direct_endpoint(const hd::endpoint& pooled) {
    const char* given = std::getenv("DATABASE_URL_UNPOOLED");
    if (given == nullptr || *given == '\0') return pooled.direct();
    return hd::endpoint::parse(given);
}

int run(const options& wanted) {
    auto config = hd::pool_config::from_env();
    config.max_open = std::min<std::size_t>(config.max_open, 2);
    config.min_idle = 1;
    config.server.application_name = "honeydue-worker";
    const auto direct = direct_endpoint(config.server);
    if (!direct) return complain(hd::explain(direct.error()));
    auto db = hd::pool::open(config);
    if (!db) return complain(hd::explain(db.error()));
    if (const auto ready = hd::require_schema_applied(*db, worker::needed_schema); !ready) {
        return complain(hd::explain(ready.error()));
    }
    if (!stop_pipe::catch_signals())
        return complain("no pipe for signals: raise the open files limit");
    return wanted.once ? work_once(*db, wanted) : work(*db, *direct, wanted);
}

}  // namespace

int main(int count, char** arguments) {
    options wanted;
    CLI::App program{about, "honeydue-worker"};
    program.add_flag("--once", wanted.once, "do what is due now, and end");
    program
        .add_option("--interval", wanted.interval, "seconds between looks when nothing wakes it")
        ->envname("HONEYDUE_WORKER_INTERVAL")
        ->check(CLI::Range(1, 86'400))
        ->capture_default_str();
    program.add_option("--batch", wanted.batch, "how much of each kind is claimed at a time")
        ->envname("HONEYDUE_WORKER_BATCH")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    try {
        program.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return program.exit(error);
        return complain(std::string{error.what()} + ": see --help");
    }
    return run(wanted);
}
