// SPDX-License-Identifier: MIT
// Runs a command among servers of its own: with_servers [options] -- COMMAND ARGUMENTS.
#include "apply_migrations.hpp"
#include "test_environment.hpp"
#include "wire_proxy.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <span>

namespace {

using namespace honeydue::support;

constexpr const char* help =
    R"(with_servers [options] -- COMMAND ARGUMENTS

Starts a private PostgreSQL (and PgBouncer), tells COMMAND by its environment how to reach it, and
stops everything when COMMAND ends. Exits with COMMAND's code.

  --row direct|pooled             straight to PostgreSQL, or through PgBouncer (default direct)
  --pgbouncer packaged|tracking   which PgBouncer (default packaged)
  --rtt MS                        a wire of so many milliseconds there and back, which counts
                                  round trips and prints them at the end
  --migrate                       applies migrations/ first
  --sql FILE                      runs FILE as the application's user afterwards; may be repeated
  --help                          this text

Sets DB_HOST DB_PORT POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB DB_SSLMODE DB_SSLROOTCERT, and
HONEYDUE_TEST_DIRECT_PORT: PostgreSQL itself, past PgBouncer and the wire.
HONEYDUE_TEST_DATABASE_URL names a server of yours for the row direct.
)";

enum class schema { empty, migrated };

struct request {
    schema tables = schema::empty;
    std::optional<std::chrono::milliseconds> rtt{};
    std::vector<std::filesystem::path> files{};
    std::vector<char*> command{};
};

std::chrono::milliseconds milliseconds_in(std::string_view text) {
    int count = -1;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failure != std::errc{} || end != text.data() + text.size() || count < 0) {
        throw server_error("--rtt \"" + std::string(text) +
                           "\" is not a number of milliseconds: say --rtt 220");
    }
    return std::chrono::milliseconds(count);
}

void remember(const char* variable, const std::string& value) {
    ::setenv(variable, value.c_str(), 1);
}

// The options that take a value.
const std::map<std::string_view, std::function<void(request&, const char*)>> valued{
    {"--row",
     [](request&, const char* value) {
         row_named(value);
         remember("HONEYDUE_TEST_ROW", value);
     }},
    {"--pgbouncer",
     [](request&, const char* value) {
         pgbouncer_named(value);
         remember("HONEYDUE_TEST_PGBOUNCER", value);
     }},
    {"--rtt", [](request& what, const char* value) { what.rtt = milliseconds_in(value); }},
    {"--sql", [](request& what, const char* value) { what.files.emplace_back(value); }},
};

request read_arguments(std::span<char*> arguments) {
    request what;
    for (std::size_t at = 1; at < arguments.size(); ++at) {
        const std::string_view option = arguments[at];
        if (option == "--help") {
            std::fputs(help, stdout);
            std::exit(0);
        }
        if (option == "--") {
            what.command.assign(arguments.begin() + static_cast<long>(at) + 1, arguments.end());
            break;
        }
        if (option == "--migrate") {
            what.tables = schema::migrated;
            continue;
        }
        const auto known = valued.find(option);
        if (known == valued.end() || at + 1 == arguments.size()) {
            throw server_error(std::string(option) +
                               " is no option or lacks its value: see --help");
        }
        known->second(what, arguments[++at]);
    }
    if (what.command.empty()) throw server_error("no command after --: see --help");
    what.command.push_back(nullptr);
    return what;
}

std::string content_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    if (!stream) throw server_error(file.native() + " cannot be read: is the path right?");
    return {std::istreambuf_iterator<char>(stream), {}};
}

void export_reach(const connection_parameters& parameters) {
    for (const auto& [name, value] : variables_for(parameters))
        remember(name.c_str(), value);
}

void prepare_database(const connection_parameters& direct, const request& what) {
    if (what.tables == schema::migrated) {
        export_reach(direct);
        apply_migrations(HONEYDUE_SOURCE_DIR "/migrations");
    }
    for (const auto& file : what.files)
        plain_client(direct).execute(content_of(file));
}

sigset_t forwarded_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) {
        ::sigaddset(&signals, signal);
    }
    return signals;
}

pid_t start_command(const request& what, const sigset_t& blocked) {
    const auto child = ::fork();
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
    ::execvp(what.command.front(), what.command.data());
    std::fprintf(stderr, "with_servers: cannot run %s: is the path right?\n", what.command.front());
    ::_exit(127);
}

// A signal the terminal sent has reached the whole foreground group, the command included.
int follow(pid_t command, const sigset_t& signals) {
    for (;;) {
        siginfo_t news{};
        const int signal = ::sigwaitinfo(&signals, &news);
        int status = 0;
        if (::waitpid(command, &status, WNOHANG) == command) {
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
        if (signal > 0 && signal != SIGCHLD && news.si_code != SI_KERNEL) ::kill(command, signal);
    }
}

bool was_interrupted() {
    sigset_t waiting;
    ::sigpending(&waiting);
    return ::sigismember(&waiting, SIGINT) == 1 || ::sigismember(&waiting, SIGTERM) == 1;
}

int run(const request& what) {
    const auto signals = forwarded_signals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    auto& servers = test_environment::shared();
    prepare_database(servers.direct(), what);
    std::fprintf(stderr, "with_servers: %s\n", servers.description().c_str());

    auto parameters = servers.parameters();
    std::optional<wire_proxy> wire;
    if (what.rtt) {
        wire.emplace(servers.port(), wire_options{.rtt = *what.rtt});
        parameters = by_port(parameters, wire->port());
    }
    for (const auto& [name, value] : variables_for(parameters))
        remember(name.c_str(), value);
    remember("HONEYDUE_TEST_DIRECT_PORT", variables_for(servers.direct()).at("DB_PORT"));
    if (was_interrupted()) return 128 + SIGINT;

    const int code = follow(start_command(what, signals), signals);
    if (wire) {
        const auto counted = wire->snapshot();
        std::fprintf(stderr, "with_servers: %llu round trips on %llu connections\n",
                     static_cast<unsigned long long>(counted.round_trips),
                     static_cast<unsigned long long>(counted.connections));
    }
    return code;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        return run(read_arguments({arguments, static_cast<std::size_t>(count)}));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "with_servers: %s\n", error.what());
        return 1;
    }
}
