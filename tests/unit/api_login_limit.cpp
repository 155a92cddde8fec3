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
    for (int i = 0; i < wrong_passwords::allowed; ++i) {
        CHECK(seen.allows("frida", start + 1min));
        seen.note("frida", start + 1min);
    }
    CHECK_FALSE(seen.allows("frida", start + 1min));
    CHECK_FALSE(seen.allows("frida", start + 6min - 1ms));
    CHECK(seen.allows("frida", start + 6min));
    CHECK(seen.allows("diego", start + 1min));
    seen.note("frida", start + 6min);
    CHECK(seen.allows("frida", start + 6min));
}

TEST_CASE("of too many names the oldest is forgotten, and no other", "[login_limit]") {
    wrong_passwords seen;
    const wrong_passwords::time_point start{};
    const auto fill = [&](const std::string& name, std::chrono::milliseconds at) {
        for (int i = 0; i < wrong_passwords::allowed; ++i)
            seen.note(name, start + at);
    };
    for (std::size_t i = 0; i < wrong_passwords::most_names; ++i)
        fill(std::to_string(i), std::chrono::milliseconds{i});
    fill("one more", 1min);
    CHECK(seen.allows("0", start + 1min));
    CHECK_FALSE(seen.allows("1", start + 1min));
    CHECK_FALSE(seen.allows("one more", start + 1min));
}

TEST_CASE("who finds nobody may wait for a check is turned away, and let in again afterwards",
          "[login_limit]") {
    login_line line{1, 0};
    bool inner = true;
    CHECK(line.run([&] { inner = line.run([] {}); }));
    CHECK_FALSE(inner);
    CHECK(line.run([] {}));
}
