// SPDX-License-Identifier: MIT
// Whose homes a user sees, as residences come, are shared and go, through the API and its caches.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_homes.hpp"
#include "pool_setting.hpp"
#include "support/programs/demo/measure.hpp"
#include "support/redis_server.hpp"

using namespace honeydue::support;
using namespace std::chrono_literals;
using honeydue::demo::demo_token;

namespace {

/// Due before every seeded one, so that it heads the first page of whoever may see it.
std::int64_t task_in(const home& of) {
    plain_client client(servers().postgres.as_user());
    return std::stoll(
        client
            .execute("insert into task_task (residence_id, created_by_id, title, due_date) select "
                     "id, owner_id, 'Sweep', '2000-01-01' from residence_residence where id = " +
                     std::to_string(of.id) + " returning id")
            .at(0)
            .at(0));
}

bool sees(std::uint16_t port, const std::string& token, std::int64_t task) {
    const auto all = get_tasks(port, token).tasks();
    return std::find(all.begin(), all.end(), task) != all.end();
}

nlohmann::json cache_of(std::uint16_t port) {
    return nlohmann::json::parse(request(port, "GET /api/health/ready/", "").body).at("cache");
}

environment_variables sharing(const std::string& redis) {
    auto all = variables();
    all["REDIS_URL"] = redis;
    all["HONEYDUE_API_SECRET"] = "sixteen characters or more";
    return all;
}

}  // namespace

TEST_CASE("who joins a residence sees its tasks at once, who leaves or loses it no longer",
          "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const std::string guest = token_of(42);
    CHECK(get_tasks(port, guest).status == 200);
    const home cabin = made_by(port, demo_token);
    const auto task = task_in(cabin);
    CHECK(sees(port, demo_token, task));
    CHECK_FALSE(sees(port, guest, task));
    CHECK(send(port, "POST " + cabin.path + "join/", guest, {{"code", cabin.code}}).status == 200);
    CHECK(sees(port, guest, task));
    CHECK(send(port, "POST " + cabin.path + "leave/", guest).status == 200);
    CHECK_FALSE(sees(port, guest, task));
    // Joining twice is joining.
    for (int i = 0; i < 2; ++i)
        CHECK(send(port, "POST " + cabin.path + "join/", guest, {{"code", cabin.code}}).status ==
              200);
    CHECK(sees(port, guest, task));
    CHECK(send(port, "DELETE " + cabin.path, demo_token).status == 200);
    CHECK_FALSE(sees(port, guest, task));
    CHECK_FALSE(sees(port, demo_token, task));
    CHECK(send(port, "DELETE " + cabin.path, demo_token).code() == "unknown_residence");
}

TEST_CASE("a residence is nobody's to change but whose it is", "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const std::string member = token_of(43);
    const std::string stranger = token_of(44);
    const std::string nobody(40, '0');
    const home cabin = made_by(port, demo_token);
    const auto join = "POST " + cabin.path + "join/";
    CHECK(send(port, join, member, {{"code", cabin.code}}).status == 200);

    CHECK(send(port, "DELETE " + cabin.path, member).code() == "not_the_owner");
    CHECK(send(port, "DELETE " + cabin.path, stranger).code() == "unknown_residence");
    CHECK(send(port, "DELETE " + cabin.path, nobody).code() == "unknown_token");
    CHECK(send(port, "POST " + cabin.path + "leave/", stranger).code() == "unknown_residence");
    CHECK(send(port, "POST " + cabin.path + "leave/", nobody).code() == "unknown_token");
    CHECK(send(port, "POST " + cabin.path + "leave/", demo_token).code() == "is_the_owner");
    CHECK(send(port, join, demo_token, {{"code", cabin.code}}).code() == "is_the_owner");
    CHECK(send(port, join, nobody, {{"code", cabin.code}}).code() == "unknown_token");
    CHECK(send(port, join, stranger, {{"code", "0000000000000000"}}).code() == "wrong_code");
    CHECK(send(port, join, stranger).code() == "invalid_code");
    CHECK(send(port, "POST /api/residences/1/join/", stranger, {{"code", cabin.code}}).code() ==
          "wrong_code");
    CHECK(send(port, "POST /api/residences/", nobody, {{"name", "Cabin"}}).code() ==
          "unknown_token");
    CHECK(request(port, join, "").code() == "not_authenticated");
    CHECK(send(port, "GET " + cabin.path, member).status == 405);
    CHECK(send(port, "GET /api/residences/", nobody).code() == "unknown_token");
    CHECK(send(port, "GET /api/residences/", stranger).body.find("Cabin") == std::string::npos);
    CHECK(send(port, "DELETE /api/residences/0/", member).code() == "not_found");
    CHECK(send(port, "DELETE /api/residences/99999999999999999999/", member).code() == "not_found");
    CHECK(send(port, "DELETE " + cabin.path, demo_token).status == 200);
}

TEST_CASE("a residence that the table would not take is refused before it is asked", "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const auto code = [&](const nlohmann::json& body) {
        return send(port, "POST /api/residences/", demo_token, body).code();
    };
    using nlohmann::json;
    for (const json& wrong :
         {json::object(), json::array(), json("Cabin"), json{{"name", ""}}, json{{"name", 7}},
          json{{"name", std::string(201, 'a')}}, json{{"name", std::string("a\0b", 3)}},
          json{{"name", "Cabin"}, {"property_type", "castle"}},
          json{{"name", "Cabin"}, {"property_type", nullptr}}}) {
        INFO(wrong.dump());
        CHECK(code(wrong) == "invalid_residence");
    }
    CHECK(request(port, "POST /api/residences/",
                  "Authorization: Token " + std::string(demo_token) + "\r\n" +
                      body_fields("{\"name\"") + "\r\n{\"name\"")
              .code() == "invalid_residence");
    std::string longest;
    for (int i = 0; i < 200; ++i)
        longest += "ö";
    const reply made = send(port, "POST /api/residences/", demo_token,
                            {{"name", longest}, {"property_type", "cottage"}});
    CHECK(made.status == 201);
}

TEST_CASE("residences come with their members and open tasks, as SQL by hand finds them", "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const auto listed = [&](const std::string& query) {
        return send(port, "GET /api/residences/" + query, demo_token);
    };
    const auto page = nlohmann::json::parse(listed("").body);
    CHECK(page.at("next").is_null());
    CHECK(page.at("user").at("username") == "demo");
    plain_client client(servers().postgres.as_user());
    const auto homes = client.execute(
        "select id, name from residence_residence r where owner_id = 1 or exists (select from "
        "residence_residence_users s where s.residence_id = r.id and s.user_id = 1) order by id");
    REQUIRE(page.at("residences").size() == homes.size());
    for (std::size_t i = 0; i < homes.size(); ++i) {
        const auto& one = page.at("residences").at(i);
        const std::string& id = homes[i].at(0);
        CHECK(std::to_string(one.at("id").get<std::int64_t>()) == id);
        CHECK(one.at("name") == homes[i].at(1));
        std::string members;
        for (const auto& user : one.at("members"))
            members += user.at("username").get<std::string>() + " ";
        std::string expected;
        for (const auto& row : client.execute(
                 "select username from auth_user u join residence_residence_users s on s.user_id = "
                 "u.id where s.residence_id = " +
                 id + " order by u.id"))
            expected += row.at(0) + " ";
        CHECK(members == expected);
        const std::string open =
            " from task_task where completed_at is null and status <> "
            "'cancelled' and not is_archived and residence_id = " +
            id;
        CHECK(std::to_string(one.at("open_tasks").get<std::int64_t>()) ==
              client.execute("select count(*)" + open).at(0).at(0));
        const auto due =
            client.execute("select id" + open + " order by due_date nulls last, id limit 5");
        REQUIRE(one.at("tasks").size() == due.size());
        for (std::size_t k = 0; k < due.size(); ++k)
            CHECK(std::to_string(one.at("tasks").at(k).at("id").get<std::int64_t>()) ==
                  due[k].at(0));
    }
    std::vector<nlohmann::json> apart;
    for (std::string query = "?limit=3"; !query.empty();) {
        const auto part = nlohmann::json::parse(listed(query).body);
        for (const auto& one : part.at("residences"))
            apart.push_back(one);
        const auto next = part.at("next");
        query = next.is_null() ? "" : "?limit=3&cursor=" + next.get<std::string>();
    }
    CHECK(nlohmann::json(apart) == page.at("residences"));
    CHECK(listed("?cursor=x").code() == "invalid_cursor");
    CHECK(listed("?limit=0").code() == "invalid_limit");
}

TEST_CASE("each request is one round trip, whatever the caches know", "[api]") {
    auto& wire = servers().wire;
    wire.set_rtt(20ms);
    {
        api_process api(variables());
        const auto port = api.port();
        honeydue::demo::wait_until_quiet(wire, honeydue::demo::lull);
        const std::string guest = token_of(45);
        home cabin;
        // Nothing is known of the writer.
        CHECK(round_trips_of([&] { cabin = made_by(port, demo_token); }) == 1);
        const auto join = [&] {
            CHECK(
                send(port, "POST " + cabin.path + "join/", guest, {{"code", cabin.code}}).status ==
                200);
        };
        const auto tasks = [&] { CHECK(get_tasks(port, guest).status == 200); };
        CHECK(round_trips_of(tasks) == 1);  // neither account nor homes are known
        CHECK(round_trips_of(tasks) == 1);  // the account is
        CHECK(round_trips_of(tasks) == 1);  // both are
        const auto residences = [&] {
            CHECK(send(port, "GET /api/residences/", guest).status == 200);
        };
        CHECK(round_trips_of(residences) == 1);
        CHECK(round_trips_of([&] { send(port, "GET /api/residences/", token_of(48)); }) == 1);
        CHECK(round_trips_of(join) == 1);
        CHECK(round_trips_of(tasks) == 1);
        CHECK(round_trips_of([&] { send(port, "POST " + cabin.path + "leave/", guest); }) == 1);
        CHECK(round_trips_of([&] { send(port, "DELETE " + cabin.path, demo_token); }) == 1);
        const std::string nobody(40, '1');
        CHECK(round_trips_of([&] { CHECK(get_tasks(port, nobody).status == 401); }) == 1);
        CHECK(round_trips_of([&] { CHECK(get_tasks(port, nobody).status == 401); }) == 0);
    }
    wire.set_rtt(0ms);
}

TEST_CASE("two processes share what they know, and neither keeps what the other changed", "[api]") {
    if (!has_redis()) SKIP("redis-server is not installed");
    redis_server redis;
    api_process first(sharing(redis.url()));
    api_process second(sharing(redis.url()));
    // A busy machine may let a call to Redis pass its 50 ms; then another user shows it.
    const auto is_taken_over = [&](const std::string& user) {
        for (int i = 0; i < 2; ++i)
            CHECK(get_tasks(first.port(), user).status == 200);
        const auto before = cache_of(second.port());
        CHECK(get_tasks(second.port(), user).status == 200);
        const auto after = cache_of(second.port());
        return after.at("loads") == before.at("loads") &&
               after.at("shared_hits") == before.at("shared_hits").get<int>() + 2;
    };
    int user = 100;
    CHECK(comes_true([&] { return is_taken_over(token_of(++user)); }));

    const std::string guest = token_of(46);
    CHECK(get_tasks(second.port(), guest).status == 200);

    const home cabin = made_by(first.port(), demo_token);
    const auto task = task_in(cabin);
    // A code of one process is good in the other.
    CHECK(
        send(first.port(), "POST " + cabin.path + "join/", guest, {{"code", cabin.code}}).status ==
        200);
    CHECK(sees(first.port(), guest, task));
    CHECK(comes_true([&] { return sees(second.port(), guest, task); }));
    CHECK(send(second.port(), "POST " + cabin.path + "leave/", guest).status == 200);
    CHECK_FALSE(sees(second.port(), guest, task));
    CHECK(comes_true([&] { return !sees(first.port(), guest, task); }));
    CHECK(send(first.port(), "DELETE " + cabin.path, demo_token).status == 200);
    CHECK(redis.command({"KEYS", "*" + guest + "*"}).empty());
}

TEST_CASE("without its Redis the API serves, and says so", "[api]") {
    if (!has_redis()) SKIP("redis-server is not installed");
    redis_server redis;
    api_process api(sharing(redis.url()));
    CHECK(get_tasks(api.port(), demo_token).status == 200);
    CHECK(cache_of(api.port()).at("shared") == "ok");
    redis.stop(SIGKILL);
    CHECK(comes_true([&] {
        CHECK(get_tasks(api.port(), token_of(47)).status == 200);
        return cache_of(api.port()).at("shared") == "unreachable";
    }));
    const home cabin = made_by(api.port(), demo_token);
    const auto task = task_in(cabin);
    CHECK(sees(api.port(), demo_token, task));
    CHECK(send(api.port(), "DELETE " + cabin.path, demo_token).status == 200);
}

TEST_CASE("a Redis without a secret, or with a bad one, is one line that names the variable",
          "[api]") {
    const auto said = [](environment_variables with) {
        auto all = variables();
        all.merge(with);
        api_process api(all);
        CHECK(api.wait() == 1);
        return api.output();
    };
    CHECK(said({{"REDIS_URL", "redis://127.0.0.1:1"}}).find("HONEYDUE_API_SECRET") !=
          std::string::npos);
    const auto both =
        said({{"REDIS_URL", "redis://127.0.0.1:1"}, {"HONEYDUE_API_SECRET", "s3cr3t"}});
    CHECK(both.find("HONEYDUE_API_SECRET") != std::string::npos);
    CHECK(both.find("s3cr3t") == std::string::npos);
    const auto url = said({{"REDIS_URL", "http://:s3cr3t@127.0.0.1"},
                           {"HONEYDUE_API_SECRET", "sixteen characters or more"}});
    CHECK(url.find("url") != std::string::npos);
    CHECK(url.find("s3cr3t") == std::string::npos);
}
