// SPDX-License-Identifier: MIT
// honeydue-api: the reference system's HTTP API. Starts when its database is there, stops on SIGINT
// and SIGTERM with every request under way answered.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "server.hpp"
#include "stop_pipe.hpp"
#include "store.hpp"

namespace {

constexpr const char* about =
    R"(The reference system's HTTP API; what it knows is at /api/openapi.json.

Reads DB_HOST DB_PORT POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB DB_SSLMODE DB_SSLROOTCERT and
DB_MAX_OPEN_CONNS DB_MAX_IDLE_CONNS DB_MAX_LIFETIME DB_MAX_IDLE_TIME. With REDIS_URL the caches of
several processes are one; then HONEYDUE_API_SECRET, the same in each, is needed too.)";

struct options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8000;
};

int complain(const std::string& message) {
    std::fprintf(stderr, "honeydue-api: %s\n", message.c_str());
    return EXIT_FAILURE;
}

int serve(api::server& server) {
    bool ended_well = false;
    std::thread serving{[&] {
        ended_well = server.serve();
        stop_pipe::ask_to_stop(0);
    }};
    while (!stop_pipe::is_asked(-1)) {
    }
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
    if (!stop_pipe::catch_signals())
        return complain("no pipe for signals: raise the open files limit");
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
