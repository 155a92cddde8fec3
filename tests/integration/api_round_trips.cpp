// SPDX-License-Identifier: MIT
// The table of docs/round_trips.md beside the wire: every route, cold and warm.
#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_samples.hpp"

using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

struct costs {
    std::string cold;
    std::string warm;

    friend bool operator==(const costs&, const costs&) = default;
    friend std::ostream& operator<<(std::ostream& to, const costs& of) {
        return to << of.cold << " cold, " << of.warm << " warm";
    }
};

/// "| `GET /api/tasks/` | 1 | 1 |", by what stands between the backticks.
std::map<std::string, costs> documented() {
    std::ifstream file(honeydue::demo::source("docs/round_trips.md"));
    std::map<std::string, costs> all;
    for (std::string line; std::getline(file, line);) {
        const auto end = line.find("` | ");
        if (!line.starts_with("| `") || end == std::string::npos) continue;
        const std::string name = line.substr(3, end - 3);
        if (name.find(" /") == std::string::npos) continue;
        std::istringstream cells(line.substr(end + 4));
        std::string bar;
        costs& of = all[name];
        cells >> of.cold >> bar >> of.warm;
    }
    return all;
}

/// What joining needs: a code, and for leaving, to have joined.
std::string code_of(std::uint16_t port, household_rows& of) {
    const reply made =
        send(port, "POST /api/residences/", honeydue::demo::demo_token, {{"name", "Sample"}});
    of.residence = std::to_string(made.json().at("id").get<std::int64_t>());
    return made.json().at("join_code");
}

struct guest_of_the_demo {
    std::string code;

    guest_of_the_demo(std::uint16_t port, const api::route& route, household_rows& of) {
        const bool leaves = route.path.ends_with("/leave/");
        if (!leaves && !route.path.ends_with("/join/")) return;
        code = code_of(port, of);
        if (!leaves) return;
        plain_client(servers().postgres.as_user())
            .execute("insert into residence_residence_users (residence_id, user_id) values (" +
                     of.residence + ", " + of.user + ")");
    }
};

}  // namespace

TEST_CASE("each route costs what the table of round trips says, cold and warm", "[api]") {
    auto& wire = servers().wire;
    const auto table = documented();
    const auto users = households(80);
    REQUIRE(users.size() >= 2 * api::routes().size() + 3);
    auto next = users.rbegin();  // the first are taken by other tests
    wire.set_rtt(20ms);
    {
        api_process api(variables());
        const auto port = api.port();
        honeydue::demo::wait_until_quiet(wire, honeydue::demo::lull);
        const auto spent = [&](const api::route& route, bool is_warm) {
            household_rows user = *next++;
            const guest_of_the_demo guest(port, route, user);
            for (int i = 0; is_warm && i < 2; ++i)
                CHECK(get_tasks(port, user.token).status == 200);
            const sample asked = sample_of(route, user, guest.code);
            return std::to_string(round_trips_of([&] {
                const reply got = route.needs_token ? send(port, asked.line, user.token, asked.body)
                                                    : request(port, asked.line, "");
                CHECK((got.status >= 200 && got.status < 300));
            }));
        };
        std::size_t measured = 0;
        for (const api::route& route : api::routes()) {
            const std::string name = std::string{route.method} + " " + std::string{route.path};
            if (!table.contains(name)) continue;
            INFO(name);
            ++measured;
            CHECK(costs{spent(route, false), spent(route, true)} == table.at(name));
        }
        CHECK(measured == table.size());
    }
    wire.set_rtt(0ms);
}

TEST_CASE("the table of round trips has every route of the API", "[api]") {
    const auto table = documented();
    for (const api::route& route : api::routes()) {
        if (is_about_tokens(route)) continue;
        INFO(route.method << " " << route.path);
        CHECK(table.contains(std::string{route.method} + " " + std::string{route.path}));
    }
    for (const auto& [name, of] : table) {
        INFO(name);
        CHECK((of.cold == "0" || of.cold == "1"));
        CHECK((of.warm == "0" || of.warm == "1"));
    }
}
