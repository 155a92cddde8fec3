// SPDX-License-Identifier: MIT
// No server outlives the program that started it, however the program ends.
#include "keeper.hpp"

#include "pgbouncer_server.hpp"
#include "postgres_server.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>

using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

// What the child reports of the servers it started.
struct started {
    std::array<pid_t, 2> servers;
    std::array<pid_t, 2> keepers;
    std::array<char[128], 2> directories;
};

void note(started& report, std::size_t which, const keeper& process) {
    report.servers[which] = process.server();
    report.keepers[which] = process.process();
    const auto& path = process.directory().path().native();
    path.copy(report.directories[which], sizeof report.directories[which] - 1);
}

[[noreturn]] void start_and_wait(int report_to) {
    ::setpgid(0, 0);
    try {
        const postgres_server postgres;
        const pgbouncer_server pgbouncer(postgres);
        started report{};
        note(report, 0, postgres.process());
        note(report, 1, pgbouncer.process());
        if (::write(report_to, &report, sizeof report) == static_cast<ssize_t>(sizeof report)) {
            for (;;)
                ::pause();
        }
    } catch (const server_error&) {
    }
    ::_exit(1);
}

// A program of its own process group with servers of its own.
class other_program {
public:
    other_program() {
        std::array<int, 2> ends{};
        REQUIRE(::pipe(ends.data()) == 0);
        process_ = ::fork();
        if (process_ == 0) {
            ::signal(SIGINT, SIG_DFL);
            start_and_wait(ends[1]);
        }
        ::close(ends[1]);
        const auto size = ::read(ends[0], &report_, sizeof report_);
        ::close(ends[0]);
        REQUIRE(size == static_cast<ssize_t>(sizeof report_));
    }

    void kill_program(int signal) { end(process_, signal); }
    void kill_group(int signal) { end(-process_, signal); }
    const started& report() const { return report_; }

private:
    void end(pid_t target, int signal) {
        REQUIRE(::kill(target, signal) == 0);
        REQUIRE(::waitpid(process_, nullptr, 0) == process_);
    }

    pid_t process_ = -1;
    started report_{};
};

// A process nobody has waited for yet (state Z) has ended all the same.
bool is_alive(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string stat{std::istreambuf_iterator<char>(file), {}};
    const auto name_end = stat.rfind(") ");
    return name_end != std::string::npos && stat.at(name_end + 2) != 'Z';
}

bool comes_true(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < until) {
        if (condition()) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

void check_that_all_ran(const started& report) {
    for (const auto server : report.servers)
        CHECK(is_alive(server));
    for (const auto& directory : report.directories)
        CHECK(std::filesystem::exists(directory));
}

void check_that_servers_end(const started& report) {
    for (const auto server : report.servers)
        CHECK(comes_true([&] { return !is_alive(server); }));
}

void check_that_nothing_is_left(const started& report) {
    check_that_servers_end(report);
    for (const auto keeper : report.keepers)
        CHECK(comes_true([&] { return !is_alive(keeper); }));
    for (const auto& directory : report.directories) {
        CHECK(comes_true([&] { return !std::filesystem::exists(directory); }));
    }
}

}  // namespace

TEST_CASE("kill -9 of the program leaves neither server nor directory", "[support][keeper]") {
    other_program program;
    check_that_all_ran(program.report());
    program.kill_program(SIGKILL);
    check_that_nothing_is_left(program.report());
}

TEST_CASE("Ctrl-C leaves neither server nor directory", "[support][keeper]") {
    other_program program;
    program.kill_group(SIGINT);
    check_that_nothing_is_left(program.report());
}

TEST_CASE("kill -9 of program and keepers ends the servers, and the next start sweeps",
          "[support][keeper]") {
    other_program program;
    for (const auto keeper : program.report().keepers)
        REQUIRE(::kill(keeper, SIGKILL) == 0);
    program.kill_program(SIGKILL);
    check_that_servers_end(program.report());
    sweep_stale_directories();
    check_that_nothing_is_left(program.report());
}

TEST_CASE("a sweep spares the servers of a living program", "[support][keeper]") {
    other_program program;
    sweep_stale_directories();
    check_that_all_ran(program.report());
    program.kill_program(SIGKILL);
    check_that_nothing_is_left(program.report());
}

TEST_CASE("a server that is stopped in order leaves nothing", "[support][keeper]") {
    std::filesystem::path directory;
    pid_t server = -1;
    {
        const postgres_server postgres;
        directory = postgres.process().directory().path();
        server = postgres.process().server();
        CHECK(is_alive(server));
    }
    CHECK_FALSE(is_alive(server));
    CHECK_FALSE(std::filesystem::exists(directory));
}
