// SPDX-License-Identifier: MIT
// The real API process over real HTTP, on servers of its own behind a wire that counts.
#include <sys/socket.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_client.hpp"
#include "support/loopback.hpp"
#include "support/programs/demo/measure.hpp"

using namespace honeydue::support;
using namespace std::chrono_literals;
using honeydue::demo::demo_token;

namespace {

/// Token and first fifty tasks of every active user, by SQL written by hand.
std::map<std::string, std::vector<std::int64_t>> expected_tasks() {
    plain_client client(servers().postgres.as_user());
    std::map<std::string, std::vector<std::int64_t>> all;
    for (const auto& row : client.execute(
             "select " + token_expression +
             ", t.id from auth_user u left join lateral (select t.id, t.due_date from task_task t "
             "join residence_residence r on r.id = t.residence_id where r.owner_id = u.id or "
             "exists "
             "(select from residence_residence_users s where s.residence_id = r.id and "
             "s.user_id = u.id) order by t.due_date nulls last, t.id limit 50) t on true "
             "where u.is_active order by u.id, t.due_date nulls last, t.id")) {
        auto& keys = all[row.at(0)];
        if (!row.at(1).empty()) keys.push_back(std::stoll(row.at(1)));
    }
    return all;
}

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("without a token that is somebody's, tasks are 401 with a code that says why", "[api]") {
    api_process api(variables());
    const auto answer = [&](const std::string& fields) {
        const reply got = request(api.port(), "GET /api/tasks/", fields);
        CHECK(got.status == 401);
        CHECK(got.head.find("WWW-Authenticate: Token") != std::string::npos);
        return got.code();
    };
    const std::string field = "Authorization: ";
    CHECK(answer("") == "not_authenticated");
    CHECK(answer(field + "Bearer abc\r\n") == "malformed_token");
    CHECK(answer(field + "Token\r\n") == "malformed_token");
    CHECK(answer(field + "Token a b\r\n") == "malformed_token");
    CHECK(answer(field + "Token ' or true --\r\n") == "malformed_token");
    CHECK(answer(field + "Token " + std::string(41, 'a') + "\r\n") == "malformed_token");
    CHECK(answer(field + "Token a\r\n" + field + "Token b\r\n") == "malformed_token");
    CHECK(answer(field + "Token " + std::string(40, 'a') + "\r\n") == "unknown_token");
}

TEST_CASE("a user who is not active is not let in", "[api]") {
    api_process api(variables());
    CHECK(get_tasks(api.port(), token_of(97)).code() == "unknown_token");
    CHECK(get_tasks(api.port(), token_of(96)).status == 200);
}

TEST_CASE("everybody sees the tasks of the residences they own or share, and no others", "[api]") {
    api_process api(variables());
    const auto expected = expected_tasks();
    REQUIRE(expected.size() == 495);
    std::size_t seen = 0;
    for (const auto& [token, tasks] : expected) {
        const reply got = get_tasks(api.port(), token);
        REQUIRE(got.status == 200);
        REQUIRE(got.tasks() == tasks);
        seen += tasks.size();
    }
    CHECK(seen > 10'000);
    CHECK(get_tasks(api.port(), token_of(500)).tasks().empty());
}

TEST_CASE("limit bounds the page, and a limit that is none is refused", "[api]") {
    api_process api(variables());
    const auto all = get_tasks(api.port(), demo_token, "?limit=500").tasks();
    CHECK(all.size() == 240);
    const auto three = get_tasks(api.port(), demo_token, "?limit=3").tasks();
    CHECK(three == std::vector(all.begin(), all.begin() + 3));
    for (const char* wrong : {"0", "501", "-1", "x", "1x", "", "99999999999999999999"}) {
        const reply got = get_tasks(api.port(), demo_token, std::string("?limit=") + wrong);
        CHECK(got.status == 400);
        CHECK(got.code() == "invalid_limit");
    }
}

TEST_CASE("a list of tasks is read to its end by cursor, and a cursor that is none is refused",
          "[api]") {
    api_process api(variables());
    const auto all = get_tasks(api.port(), demo_token, "?limit=500").tasks();
    REQUIRE(all.size() == 240);
    std::vector<std::int64_t> seen;
    // Each page under a different knowledge of the caches: none, the account, the homes too.
    for (std::string query = "?limit=70"; !query.empty();) {
        const reply page = get_tasks(api.port(), demo_token, query);
        REQUIRE(page.status == 200);
        for (const auto one : page.tasks())
            seen.push_back(one);
        const auto next = nlohmann::json::parse(page.body).at("next");
        query = next.is_null() ? "" : "?limit=70&cursor=" + next.get<std::string>();
    }
    CHECK(seen == all);
    for (const char* wrong : {"x", "AAAA", "%00", "../../etc/passwd"}) {
        CHECK(get_tasks(api.port(), demo_token, std::string("?cursor=") + wrong).code() ==
              "invalid_cursor");
    }
}

TEST_CASE("a request is one round trip on the wire, the first one too", "[api]") {
    auto& wire = servers().wire;
    wire.set_rtt(20ms);
    {
        api_process api(variables());
        const auto port = api.port();
        honeydue::demo::wait_until_quiet(wire, honeydue::demo::lull);
        const auto tasks = [&] { CHECK(get_tasks(port, demo_token).tasks().size() == 50); };
        CHECK(round_trips_of(tasks) == 1);
        CHECK(round_trips_of(tasks) == 1);
        CHECK(round_trips_of([&] { CHECK(get_tasks(port, std::string(40, '0')).status == 401); }) ==
              1);
        CHECK(round_trips_of([&] { CHECK(get_tasks(port, "no token").status == 401); }) == 0);
        CHECK(round_trips_of([&] { CHECK(request(port, "GET /api/health/", "").status == 200); }) ==
              0);
    }
    wire.set_rtt(0ms);
}

TEST_CASE("what the API does not know is refused as JSON", "[api]") {
    api_process api(variables());
    const reply nothing = request(api.port(), "GET /api/other/", "");
    CHECK(nothing.status == 404);
    CHECK(nothing.code() == "not_found");
    for (const char* method : {"PUT", "PATCH", "DELETE", "OPTIONS"}) {
        const reply got = request(api.port(), std::string(method) + " /api/tasks/", "");
        CHECK(got.status == 405);
        CHECK(got.code() == "method_not_allowed");
        CHECK(got.field("Allow") == "GET, HEAD, POST");
    }
    CHECK(request(api.port(), "BREW /api/tasks/", "").code() == "malformed_request");
    CHECK(request(api.port(), "GET /" + std::string(100'000, 'a'), "").code() == "path_too_long");
}

TEST_CASE("what is too large is refused, and the next request is served", "[api]") {
    api_process api(variables());
    const reply header =
        request(api.port(), "GET /api/tasks/", "X-Large: " + std::string(10'000'000, 'a') + "\r\n");
    CHECK(header.status == 431);
    CHECK(header.code() == "header_too_large");
    std::string fields;
    for (int i = 0; i < 200; ++i)
        fields += "X-" + std::to_string(i) + ": a\r\n";
    CHECK(request(api.port(), "GET /api/tasks/", fields).code() == "header_too_large");
    const std::string body(70'000, 'a');
    CHECK(request(api.port(), "POST /api/tasks/",
                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body)
              .code() == "body_too_large");
    CHECK(get_tasks(api.port(), demo_token).status == 200);
}

TEST_CASE("two hundred clients at once on 25 connections get their own answers", "[api]") {
    auto& wire = servers().wire;
    wire.set_rtt(20ms);
    {
        api_process api(variables());
        const auto port = api.port();
        const auto expected = expected_tasks();
        std::atomic<int> right = 0;
        std::vector<std::thread> clients;
        for (auto one = expected.begin(); clients.size() < 200; ++one) {
            clients.emplace_back([&right, port, one] {
                const reply got = get_tasks(port, one->first);
                if (got.status == 200 && got.tasks() == one->second) ++right;
            });
        }
        for (auto& client : clients)
            client.join();
        CHECK(right == 200);
    }
    wire.set_rtt(0ms);
}

namespace {

/// What one client meets that calls until told to stop.
struct caller {
    std::atomic<int> right = 0;
    std::atomic<int> broken = 0;
    std::atomic<int> wrong = 0;

    void call(std::uint16_t port, std::size_t count) {
        try {
            const reply got = get_tasks(port, demo_token);
            const bool whole = got.status == 200 && got.tasks().size() == count;
            ++(got.status == 0 ? broken : whole ? right : wrong);
        } catch (const server_error&) {
            ++broken;
            std::this_thread::sleep_for(2ms);
        }
    }
};

}  // namespace

TEST_CASE("an API that is killed and started again serves the clients that kept calling", "[api]") {
    auto api = std::make_unique<api_process>(variables());
    const auto port = api->port();
    caller met;
    std::atomic<bool> done = false;
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([&] {
            while (!done)
                met.call(port, 50);
        });
    }
    while (met.right < 50)
        std::this_thread::yield();
    api->signal(SIGKILL);
    CHECK(api->wait() == 128 + SIGKILL);
    while (met.broken < 8)
        std::this_thread::yield();
    api = std::make_unique<api_process>(variables(),
                                        std::vector<std::string>{"--port", std::to_string(port)});
    CHECK(api->port() == port);
    const int before = met.right;
    while (met.right < before + 50)
        std::this_thread::yield();
    done = true;
    for (auto& client : clients)
        client.join();
    CHECK(met.wrong == 0);
}

TEST_CASE("while the database is gone requests are 503, and afterwards served again", "[api]") {
    auto& wire = servers().wire;
    api_process api(variables());
    REQUIRE(get_tasks(api.port(), demo_token).status == 200);
    wire.inject_into_new(fault_order{.fault = wire_fault::reset});
    wire.inject({.fault = wire_fault::reset});
    const reply gone = get_tasks(api.port(), demo_token);
    wire.inject_into_new(std::nullopt);
    CHECK(gone.status == 503);
    CHECK(gone.code() == "database_unavailable");
    CHECK(gone.head.find("Retry-After: 1") != std::string::npos);
    CHECK(gone.body.find("postgres") == std::string::npos);
    reply back;
    for (int tries = 0; tries < 100 && back.status != 200; ++tries)
        back = get_tasks(api.port(), demo_token);
    CHECK(back.tasks().size() == 50);
}

TEST_CASE("a request under way when the API is told to stop is answered", "[api]") {
    auto& wire = servers().wire;
    api_process api(variables());
    const auto port = api.port();
    wire.set_rtt(400ms);
    const auto before = wire.snapshot().bytes_to_server;
    reply got;
    std::thread client([&] { got = get_tasks(port, demo_token); });
    while (wire.snapshot().bytes_to_server == before)
        std::this_thread::yield();
    api.signal(SIGTERM);
    CHECK(api.wait() == 0);
    client.join();
    wire.set_rtt(0ms);
    CHECK(got.status == 200);
    CHECK(got.tasks().size() == 50);
    CHECK(api.output().find(servers().postgres.password()) == std::string::npos);
}

namespace {

/// One line that has all of `words`, exit code 1, and no password.
void check_refusal(const environment_variables& set, const std::vector<std::string>& words,
                   const std::vector<std::string>& options = {"--port", "0"}) {
    api_process api(set, options);
    CHECK(api.wait() == 1);
    const std::string said = api.output();
    INFO(said);
    CHECK(lines_in(said) == 1);
    for (const auto& word : words) {
        INFO(word);
        CHECK(said.find(word) != std::string::npos);
    }
    const auto password = set.find("POSTGRES_PASSWORD");
    if (password != set.end()) CHECK(said.find(password->second) == std::string::npos);
}

environment_variables with(const std::string& name, const std::string& value) {
    auto all = variables();
    all[name] = value;
    return all;
}

environment_variables without(const std::string& name) {
    auto all = variables();
    all.erase(name);
    return all;
}

}  // namespace

TEST_CASE("a bad configuration is one line that names the variable", "[api]") {
    check_refusal(without("DB_HOST"), {"DB_HOST"});
    check_refusal(without("POSTGRES_USER"), {"POSTGRES_USER"});
    check_refusal(without("POSTGRES_DB"), {"POSTGRES_DB"});
    check_refusal({}, {"DB_HOST"});
    check_refusal(with("DB_PORT", "seventy"), {"DB_PORT", "seventy"});
    check_refusal(with("DB_SSLMODE", "prefer"), {"DB_SSLMODE", "verify-full"});
    check_refusal(with("DB_MAX_LIFETIME", "30 minutes"), {"DB_MAX_LIFETIME", "30m"});
    check_refusal(with("DB_MAX_IDLE_CONNS", "26"), {"DB_MAX_IDLE_CONNS", "DB_MAX_OPEN_CONNS"});
    check_refusal(with("DB_MAX_OPEN_CONNS", "many"), {"DB_MAX_OPEN_CONNS", "many"});
}

TEST_CASE("a database that refuses is one line that names the variable and the cure", "[api]") {
    check_refusal(with("POSTGRES_PASSWORD", "wrong-secret-of-mine"), {"POSTGRES_PASSWORD"});
    check_refusal(with("DB_PORT", std::to_string(free_port())), {"DB_HOST", "DB_PORT"});
    const bool is_direct = test_environment::shared().row() == test_row::direct;
    check_refusal(with("POSTGRES_DB", "honeydue"),
                  {"POSTGRES_DB", is_direct ? "honeyDue" : "case"});
    check_refusal(with("DB_SSLROOTCERT", "/no/such/file"), {"DB_SSLROOTCERT"});
}

TEST_CASE("a server that refuses TLS is one line that names the variable and the cure", "[api]") {
    auto& postgres = servers().postgres;
    plain_client superuser(postgres.as_superuser());  // stays connected: TLS is not had any more
    superuser.execute("alter system set ssl = off");
    superuser.execute("select pg_reload_conf()");
    while (superuser.execute("show ssl").at(0).at(0) != "off")
        std::this_thread::sleep_for(5ms);
    auto direct = variables_for(postgres.as_user());
    check_refusal(direct, {"DB_SSLMODE", "TLS"});
    superuser.execute("alter system reset ssl");
    superuser.execute("select pg_reload_conf()");
    while (superuser.execute("show ssl").at(0).at(0) != "on")
        std::this_thread::sleep_for(5ms);
}

TEST_CASE("a port that is taken, or none, is one line that names the option", "[api]") {
    const auto taken = listen_on_free_port();
    const std::string port = std::to_string(taken.port);
    api_process api(variables(), {"--port", port});
    CHECK(api.wait() == 1);
    CHECK(api.output().find("--port " + port + " cannot be listened on") != std::string::npos);
    ::close(taken.descriptor);
    check_refusal(variables(), {"--port"}, {"--port", "http"});
}
