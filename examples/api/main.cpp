// SPDX-License-Identifier: MIT
// honeydue-api: the reference system's HTTP API. Starts when its database is there, stops on SIGINT
// and SIGTERM with every request under way answered.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "server.hpp"
#include "store.hpp"

namespace {

constexpr const char* about =
    R"(The reference system's HTTP API: health, tasks and residences.

Reads DB_HOST DB_PORT POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB DB_SSLMODE DB_SSLROOTCERT and
DB_MAX_OPEN_CONNS DB_MAX_IDLE_CONNS DB_MAX_LIFETIME DB_MAX_IDLE_TIME. With REDIS_URL the caches of
several processes are one; then HONEYDUE_API_SECRET, the same in each, is needed too.)";

struct options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8000;
};

/// The signal handler's end of a pipe, and the end that waits.
int stop_pipe[2] = {-1, -1};

void ask_to_stop(int) {
    const char byte = 0;
    [[maybe_unused]] const auto written = ::write(stop_pipe[1], &byte, 1);
}

bool catch_stop_signals() {
    if (::pipe2(stop_pipe, O_CLOEXEC) != 0) return false;
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    action.sa_flags = SA_RESTART;
    std::signal(SIGPIPE, SIG_IGN);
    return ::sigaction(SIGINT, &action, nullptr) == 0 &&
           ::sigaction(SIGTERM, &action, nullptr) == 0;
}

void wait_for_stop() {
    char byte = 0;
    while (::read(stop_pipe[0], &byte, 1) < 0 && errno == EINTR) {
    }
}

int complain(const std::string& message) {
    std::fprintf(stderr, "honeydue-api: %s\n", message.c_str());
    return EXIT_FAILURE;
}

int serve(api::server& server) {
    bool ended_well = false;
    std::thread serving{[&] {
        ended_well = server.serve();
        ask_to_stop(0);
    }};
    wait_for_stop();
    server.stop();
    serving.join();
    if (!ended_well) return complain("the listening socket failed: see the system's log");
    std::fprintf(stderr, "honeydue-api: stopped\n");
    return EXIT_SUCCESS;
}

int run(const options& wanted) {
    const auto store = api::store::open();
    if (!store) return complain(store.error().explanation);
    api::server server{*store};
    const auto port = server.bind(wanted.host, wanted.port);
    if (!port) {
        return complain("--host " + wanted.host + " --port " + std::to_string(wanted.port) +
                        " cannot be listened on: choose a free port, or 0 for any");
    }
    if (!catch_stop_signals()) return complain("no pipe for signals: raise the open files limit");
    std::printf("listening on http://%s:%u (%zu connections, %zu threads)\n", wanted.host.c_str(),
                unsigned{*port}, store->max_open(), server.threads());
    std::fflush(stdout);
    return serve(server);
}

}  // namespace

int main(int count, char** arguments) {
    options wanted;
    CLI::App program{about, "honeydue-api"};
    program.add_option("--host", wanted.host, "address to listen on")
        ->envname("HONEYDUE_API_HOST")
        ->capture_default_str();
    program
        .add_option("--port", wanted.port, "port to listen on; 0 takes a free one and prints it")
        ->envname("HONEYDUE_API_PORT")
        ->capture_default_str();
    try {
        program.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return program.exit(error);
        return complain(std::string{error.what()} + ": see --help");
    }
    return run(wanted);
}
