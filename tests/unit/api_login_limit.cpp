// SPDX-License-Identifier: MIT
// How many wrong passwords a name may have, and how many passwords are checked at a time.
#include "api/login_limit.hpp"

#include <chrono>
#include <string>

#include <catch2/catch_test_macros.hpp>

using namespace api;
using namespace std::chrono_literals;

TEST_CASE("a name is let try again five minutes after its first wrong password", "[login_limit]") {
    wrong_passwords seen;
    const wrong_passwords::time_point start{};
    for (int i = 0; i < wrong_passwords::allowed; ++i)
        CHECK(seen.try_once("frida", start + 1min));
    CHECK_FALSE(seen.try_once("frida", start + 1min));
    CHECK(seen.try_once("diego", start + 1min));
    CHECK_FALSE(seen.try_once("frida", start + 6min - 1ms));
    for (int i = 0; i < wrong_passwords::allowed; ++i)
        CHECK(seen.try_once("frida", start + 6min));
    CHECK_FALSE(seen.try_once("frida", start + 6min));
}

TEST_CASE("what is taken back gives one more try, of its own five minutes and of no others",
          "[login_limit]") {
    wrong_passwords seen;
    const wrong_passwords::time_point start{};
    const auto fill = [&](std::chrono::milliseconds at) {
        for (int i = 0; i < wrong_passwords::allowed; ++i)
            CHECK(seen.try_once("frida", start + at));
    };
    fill(0ms);
    seen.take_back("frida", start);
    CHECK(seen.try_once("frida", start + 1min));
    CHECK_FALSE(seen.try_once("frida", start + 1min));
    fill(5min);
    seen.take_back("frida", start + 1min);
    CHECK_FALSE(seen.try_once("frida", start + 5min));
    seen.take_back("nobody", start);
    // Of whom nothing is left nothing is kept: their five minutes begin anew.
    CHECK(seen.try_once("diego", start));
    seen.take_back("diego", start);
    CHECK(seen.try_once("diego", start + 4min));
    for (int i = 1; i < wrong_passwords::allowed; ++i)
        CHECK(seen.try_once("diego", start + 6min));
    CHECK_FALSE(seen.try_once("diego", start + 6min));
}

TEST_CASE("of too many names the oldest is forgotten, and no other", "[login_limit]") {
    wrong_passwords seen;
    const wrong_passwords::time_point start{};
    const auto fill = [&](const std::string& name, std::chrono::milliseconds at) {
        for (int i = 0; i < wrong_passwords::allowed; ++i)
            CHECK(seen.try_once(name, start + at));
    };
    for (std::size_t i = 0; i < wrong_passwords::most_names; ++i)
        fill(std::to_string(i), std::chrono::milliseconds{i});
    fill("one more", 1min);
    CHECK_FALSE(seen.try_once("1", start + 1min));
    CHECK_FALSE(seen.try_once("one more", start + 1min));
    CHECK(seen.try_once("0", start + 1min));
}

TEST_CASE("who finds nobody may wait for a check is turned away, and let in again afterwards",
          "[login_limit]") {
    login_line line{1, 0};
    bool inner = true;
    CHECK(line.run([&] { inner = line.run([] {}); }));
    CHECK_FALSE(inner);
    CHECK(line.run([] {}));
}
