// SPDX-License-Identifier: MIT
// A child made by fork() leaves the parent's sessions alone, whatever it does with its copies.
#include <honeydue/connection.hpp>
#include <honeydue/pool.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "reach.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

/// What `in_child` answers in a child of this process; no number when the child did not come to its
/// end in twenty seconds.
template <class Work>
std::optional<int> child(Work in_child) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::alarm(20);
        ::_exit(in_child());
    }
    int status = 0;
    if (::waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return {};
    return WEXITSTATUS(status);
}

std::int64_t backend(connection& on) {
    std::int64_t pid = 0;
    const auto answer = must(on.run(runtime("select pg_backend_pid()::bigint")));
    REQUIRE(decode(answer.at(0, 0), pid) == codec_fault::none);
    return pid;
}

}  // namespace

TEST_CASE("a child's copy of a connection is refused to it, and closed without a goodbye",
          "[fork_count]") {
    auto on = must(connection::open(reach(test_environment::shared().direct())));
    const auto before = backend(on);
    const auto answered = child([&] {
        connection copy = std::move(on);
        const int fd = copy.fd();
        const auto refused = copy.run(runtime("select 1"));
        const bool told = !refused && refused.error().message().find("fork()") != std::string::npos;
        const bool dead = !copy.alive();
        { const connection gone = std::move(copy); }
        return told && dead && ::close(fd) != 0 ? 0 : 1;
    });
    CHECK(answered == 0);
    CHECK(on.alive());
    CHECK(backend(on) == before);
}

TEST_CASE("a child leaves a statement under way, and its answer, to the parent", "[fork_count]") {
    auto on = must(connection::open(reach(test_environment::shared().direct())));
    const statement asked = runtime("select 7::bigint");
    REQUIRE(on.send(std::span{&asked, 1}, {}, std::chrono::steady_clock::now()));
    CHECK(child([&] {
              const auto stolen = on.advance(std::chrono::steady_clock::now());
              connection copy = std::move(on);
              return stolen ? 1 : 0;
          }) == 0);
    while (!on.answered())
        REQUIRE(on.advance(std::chrono::steady_clock::now()));
    CHECK(on.take());
}

TEST_CASE("a child's copy of a pool is refused to it, and dies without harm to the parent's",
          "[fork_count]") {
    auto db = must(pool::open({.server = reach_row(),
                               .max_open = 3,
                               .min_idle = 3,
                               .leads_to = peer::unknown,
                               .log = [](auto) {}}));
    auto held = must(db.acquire());
    CHECK(child([&] {
              const auto refused = db.run(runtime("select 1"));
              { const lease gone = std::move(held); }
              { const pool gone = std::move(db); }
              return !refused && refused.error().code() == errc::pool_closed ? 0 : 1;
          }) == 0);
    CHECK(held.run(runtime("select 1")));
    for (int i = 0; i < 5; ++i)
        CHECK(db.run(runtime("select 1")));
    const auto after = db.stats();
    CHECK(after.open == 3);
    CHECK(after.dialled == 3);
    CHECK(after.lost == 0);
    CHECK(after.found_dead == 0);
}

TEST_CASE("a child opens a connection of its own", "[fork_count]") {
    const auto on = must(connection::open(reach_row()));
    CHECK(child([&] {
              auto own = connection::open(reach_row());
              return own && own->run(runtime("select 1")) ? 0 : 1;
          }) == 0);
}
