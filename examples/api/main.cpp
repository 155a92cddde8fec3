// SPDX-License-Identifier: MIT
// honeydue-api: the reference system's HTTP API. Starts when its database is there, stops on SIGINT
// and SIGTERM with every request under way answered.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "operations.hpp"
#include "server.hpp"
#include "stop_pipe.hpp"
#include "store.hpp"

namespace {

constexpr const char* about =
    R"(The reference system's HTTP API; what it knows is at /api/openapi.json.

Reads DB_HOST DB_PORT POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB DB_SSLMODE DB_SSLROOTCERT and
DB_MAX_OPEN_CONNS DB_MAX_IDLE_CONNS DB_MAX_LIFETIME DB_MAX_IDLE_TIME. With REDIS_URL the caches of
several processes are one; then HONEYDUE_API_SECRET, the same in each, is needed too, and for
rediss:// REDIS_TLS_CA_CERT_FILE unless the system trusts who signed its certificate. The codes by
which residences are joined are made with that secret; without it they hold as long as the process.
HONEYDUE_API_TIME_LIMIT_MS (100 to 60000, 10000 unless said) bounds each answer of the database;
HONEYDUE_API_COMPARE_MODELS=1 holds every model against its table before it starts.)";

struct options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8000;
    std::string operations_host = "127.0.0.1";
    std::optional<std::uint16_t> operations_port{};
    api::live_page page = api::live_page::off;
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

/// Why the live page cannot be had like this; empty when it can, or is not wanted.
std::string page_fault(const options& wanted) {
    if (wanted.page == api::live_page::off) return {};
    if (!wanted.operations_port) return "--live-page needs --operations-port, where it is served";
    if (wanted.page == api::live_page::anywhere || api::is_loopback(wanted.operations_host))
        return {};
    return "--live-page loopback shows SQL, and --operations-host " + wanted.operations_host +
           " is not this machine's loopback: bind to 127.0.0.1, or say anywhere";
}

/// False when its port cannot be had.
bool open_operations(const options& wanted, api::operations& operations) {
    if (!wanted.operations_port) return true;
    const auto port = operations.bind(wanted.operations_host, *wanted.operations_port);
    if (!port) return false;
    operations.serve();
    std::printf("operations on http://%s:%u\n", wanted.operations_host.c_str(), unsigned{*port});
    return true;
}

int run(const options& wanted) {
    if (const auto fault = page_fault(wanted); !fault.empty()) return complain(fault);
    const auto store = api::store::open();
    if (!store) return complain(store.error().explanation);
    api::operations operations{*store, wanted.page};
    api::server server{*store, [&](const api::request_record& served) { operations.note(served); }};
    if (!open_operations(wanted, operations)) {
        return complain("--operations-port " + std::to_string(*wanted.operations_port) +
                        " cannot be listened on: choose a free port, or 0 for any");
    }
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

void add_options(CLI::App& to, options& wanted) {
    using api::live_page;
    to.add_option("--host", wanted.host, "address to listen on")
        ->envname("HONEYDUE_API_HOST")
        ->capture_default_str();
    to.add_option("--port", wanted.port, "port to listen on; 0 takes a free one and prints it")
        ->envname("HONEYDUE_API_PORT")
        ->capture_default_str();
    to.add_option("--operations-host", wanted.operations_host,
                  "address of /metrics and the live page")
        ->envname("HONEYDUE_API_OPERATIONS_HOST")
        ->capture_default_str();
    to.add_option("--operations-port", wanted.operations_port,
                  "port of /metrics and the live page; without it there is neither")
        ->envname("HONEYDUE_API_OPERATIONS_PORT");
    const std::map<std::string, live_page> pages{{"off", live_page::off},
                                                 {"loopback", live_page::loopback},
                                                 {"anywhere", live_page::anywhere}};
    to.add_option("--live-page", wanted.page,
                  "/debug/, which shows requests and their SQL: off, loopback or anywhere")
        ->envname("HONEYDUE_API_LIVE_PAGE")
        ->transform(CLI::CheckedTransformer(pages).description(""));
}

}  // namespace

int main(int count, char** arguments) {
    options wanted;
    CLI::App program{about, "honeydue-api"};
    add_options(program, wanted);
    try {
        program.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return program.exit(error);
        return complain(std::string{error.what()} + ": see --help");
    }
    return run(wanted);
}
