// SPDX-License-Identifier: MIT
// What a home's members may, what they may no longer once they have left it, and who gets in.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_homes.hpp"

using namespace honeydue::support;
using namespace std::chrono_literals;
using honeydue::demo::demo_token;
using nlohmann::json;

namespace {

const std::string contractors = "/api/contractors/";

/// The row's key, of a row that was made.
std::int64_t made(std::uint16_t port, const std::string& token, const std::string& list,
                  const json& row) {
    const reply got = send(port, "POST " + list, token, row);
    INFO(got.body);
    REQUIRE(got.status == 201);
    return got.json().at("id");
}

std::string path_of(const std::string& list, std::int64_t id) {
    return list + std::to_string(id) + "/";
}

bool lists(std::uint16_t port, const std::string& token, std::int64_t contractor) {
    const auto all = send(port, "GET /api/contractors/?limit=500", token).keys("contractors");
    return std::find(all.begin(), all.end(), contractor) != all.end();
}

/// Of the home with this key, in the list of who asks; null for who does not see it.
json listed(std::uint16_t port, const std::string& token, std::int64_t residence) {
    const json page = send(port, "GET /api/residences/?limit=500", token).json();
    for (const json& one : page.at("residences")) {
        if (one.at("id") == residence) return one;
    }
    return {};
}

}  // namespace

TEST_CASE("who has left a home has none of its contractors any more, not even those they made",
          "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const std::string guest = token_of(49);
    const home cabin = made_by(port, demo_token);
    const home own = made_by(port, guest);
    REQUIRE(join(port, guest, cabin) == 200);
    const auto plumber =
        made(port, guest, contractors, {{"residence_id", cabin.id}, {"name", "Ada"}});
    const auto nobodys = made(port, guest, contractors, {{"name", "Bo"}});
    CHECK(lists(port, guest, plumber));
    REQUIRE(leave(port, guest, cabin) == 200);

    const std::string path = path_of(contractors, plumber);
    CHECK_FALSE(lists(port, guest, plumber));
    CHECK(lists(port, guest, nobodys));
    CHECK(send(port, "GET " + path, guest).code() == "unknown_contractor");
    CHECK(send(port, "PATCH " + path, guest, {{"name", "Eve"}}).code() == "unknown_contractor");
    CHECK(send(port, "PATCH " + path, guest, {{"residence_id", own.id}}).code() ==
          "unknown_contractor");
    CHECK(send(port, "DELETE " + path, guest).code() == "unknown_contractor");
    CHECK(send(port, "POST /api/tasks/", guest,
               {{"residence_id", own.id}, {"title", "Leak"}, {"contractor_id", plumber}})
              .code() == "unknown_reference");

    const json kept = send(port, "GET " + path, demo_token).json();
    CHECK(kept.at("name") == "Ada");
    CHECK(kept.at("residence_id") == cabin.id);
    CHECK(lists(port, demo_token, plumber));
    CHECK(send(port, "DELETE " + cabin.path, demo_token).status == 200);
}

TEST_CASE("a home's contractor is taken out of it by who made it alone, and then is theirs alone",
          "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const std::string guest = token_of(50);
    const home cabin = made_by(port, demo_token);
    REQUIRE(join(port, guest, cabin) == 200);
    const std::string path =
        path_of(contractors,
                made(port, demo_token, contractors, {{"residence_id", cabin.id}, {"name", "Ada"}}));
    CHECK(send(port, "PATCH " + path, guest, {{"residence_id", nullptr}}).code() ==
          "unknown_reference");
    CHECK(send(port, "PATCH " + path, guest, {{"rating", 4}}).json().at("residence_id") ==
          cabin.id);
    CHECK(send(port, "PATCH " + path, demo_token, {{"residence_id", nullptr}}).status == 200);
    CHECK(send(port, "PATCH " + path, demo_token, {{"rating", 5}}).status == 200);
    CHECK(send(port, "GET " + path, guest).code() == "unknown_contractor");
    CHECK(send(port, "DELETE " + path, demo_token).status == 200);
    CHECK(send(port, "DELETE " + cabin.path, demo_token).status == 200);
}

TEST_CASE("what was assigned to who leaves a home is nobody's, there and nowhere else", "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const std::string guest = token_of(51);
    const home cabin = made_by(port, demo_token);
    const home other = made_by(port, demo_token);
    const auto task = [&](const home& in, int whose) {
        return path_of(
            "/api/tasks/",
            made(port, demo_token, "/api/tasks/",
                 {{"residence_id", in.id}, {"title", "Sweep"}, {"assigned_to_id", whose}}));
    };
    REQUIRE(join(port, guest, cabin) == 200);
    REQUIRE(join(port, guest, other) == 200);
    const std::string theirs = task(cabin, 51);
    const std::string owners = task(cabin, 1);
    const std::string elsewhere = task(other, 51);
    REQUIRE(leave(port, guest, cabin) == 200);
    const auto assigned = [&](const std::string& path) {
        return send(port, "GET " + path, demo_token).json().at("assigned_to_id");
    };
    CHECK(assigned(theirs).is_null());
    CHECK(assigned(owners) == 1);
    CHECK(assigned(elsewhere) == 51);
    for (const home& one : {cabin, other})
        CHECK(send(port, "DELETE " + one.path, demo_token).status == 200);
}

TEST_CASE("a code is judged for who is somebody, and tells of no home", "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const std::string stranger = token_of(52);
    const home cabin = made_by(port, demo_token);
    const std::string nobody(40, '0');
    const std::string wrong = "0000000000000000";
    const std::string nowhere = "/api/residences/9000000000000000000/";
    for (const std::string& path : {cabin.path, nowhere}) {
        const auto answer = [&](const std::string& token, const json& body) {
            return send(port, "POST " + path + "join/", token, body);
        };
        INFO(path);
        CHECK(answer(nobody, {{"code", wrong}}).code() == "unknown_token");
        for (const std::string& code : {wrong, std::string{"0"}, cabin.code + "0"})
            CHECK(answer(stranger, {{"code", code}}).code() == "wrong_code");
        CHECK(answer(demo_token, {{"code", wrong}}).code() == "wrong_code");
        for (const json& none : {json::object(), json{{"code", 7}}, json{{"code", ""}}}) {
            const reply got = answer(stranger, none);
            CHECK(got.status == 400);
            CHECK(got.code() == "invalid_code");
            CHECK(got.json().at("error").at("field") == "code");
        }
    }
    CHECK(listed(port, stranger, cabin.id).is_null());
    auto& wire = servers().wire;
    wire.set_rtt(20ms);
    CHECK(round_trips_of([&] {
              send(port, "POST " + cabin.path + "join/", stranger, {{"code", wrong}});
          }) == 1);
    wire.set_rtt(0ms);
    CHECK(send(port, "DELETE " + cabin.path, demo_token).status == 200);
    CHECK(join(port, stranger, cabin) == 404);
}

TEST_CASE("a home's code is shown to its owner, and to nobody else", "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const std::string guest = token_of(53);
    const home cabin = made_by(port, demo_token);
    REQUIRE(join(port, guest, cabin) == 200);
    CHECK(listed(port, demo_token, cabin.id).at("join_code") == cabin.code);
    CHECK(listed(port, guest, cabin.id).at("join_code").is_null());
    // The next process has its own secret: what it shows is what it takes.
    api_process next(variables());
    const home now{cabin.id, listed(next.port(), demo_token, cabin.id).at("join_code"), cabin.path};
    CHECK(now.code != cabin.code);
    CHECK(join(next.port(), token_of(54), cabin) == 403);
    CHECK(join(next.port(), token_of(54), now) == 200);
    CHECK(send(port, "DELETE " + cabin.path, demo_token).status == 200);
}
