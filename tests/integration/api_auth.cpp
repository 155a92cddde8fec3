// SPDX-License-Identifier: MIT
// Logging in and out over real HTTP, with passwords that Django made.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_client.hpp"

using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

/// What Django 4.2's PBKDF2PasswordHasher makes of this password, this salt and 1000 iterations.
constexpr const char* battery = "correct horse battery staple";
constexpr const char* battery_kept =
    "pbkdf2_sha256$1000$Xk3nT0q9pLw2ZbYr$XmUxpPEmA7Dw4WdeksJQTBHltBADSblua4bNL3XDbcU=";

/// A user for one test.
class guest {
public:
    explicit guest(const std::string& name, const std::string& kept = battery_kept,
                   bool is_active = true)
        : name_{name} {
        db_.execute(
            "insert into auth_user (username, email, password, first_name, last_name, is_active) "
            "values ('" +
            name + "', '" + name + "@guest.example', '" + kept + "', '', '', " +
            (is_active ? "true" : "false") + ")");
    }
    guest(const guest&) = delete;
    guest& operator=(const guest&) = delete;
    ~guest() { db_.execute("delete from auth_user where username = '" + name_ + "'"); }

    std::string token() {
        const auto rows = db_.execute(
            "select key from authtoken_token t join auth_user u on u.id = t.user_id where username "
            "= '" +
            name_ + "'");
        return rows.empty() ? "" : rows.at(0).at(0);
    }

private:
    std::string name_;
    plain_client db_{servers().postgres.as_user()};
};

reply post(std::uint16_t port, const std::string& path, const std::string& fields,
           const std::string& body) {
    tcp_client client(port);
    client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields +
                body_fields(body) + "\r\n" + body);
    return read_reply(client.receive(1 << 20));
}

reply log_in(std::uint16_t port, const std::string& name, const std::string& password = battery) {
    return post(port, "/api/auth/login/", "",
                nlohmann::json{{"username", name}, {"password", password}}.dump());
}

reply log_out(std::uint16_t port, const std::string& token) {
    return request(port, "POST /api/auth/logout/", "Authorization: Token " + token + "\r\n");
}

std::string token_in(const reply& from) {
    REQUIRE(from.status == 200);
    return nlohmann::json::parse(from.body).at("token");
}

}  // namespace

TEST_CASE("who logs in with a password that Django kept gets the user's one token", "[api]") {
    guest frida("login-frida");
    api_process api(variables());
    const auto token = token_in(log_in(api.port(), "login-frida"));
    CHECK(token.size() == 40);
    CHECK(token == frida.token());
    CHECK(get_tasks(api.port(), token).status == 200);
    CHECK(token_in(log_in(api.port(), "login-frida")) == token);
    CHECK(api.output().find(battery) == std::string::npos);
    CHECK(api.output().find(token) == std::string::npos);
}

TEST_CASE("a wrong name and a wrong password get one answer, and no token", "[api]") {
    guest right("login-right");
    guest idle("login-idle", battery_kept, false);
    guest unusable("login-unusable", "!SH6Hj1qJ05AbqkX1iR1yGN0AkRZeje8Vpl2ENmcr");
    guest other("login-other", "md5$salt$5d41402abc4b2a76b9719d911017c592");
    api_process api(variables());
    const reply wrong = log_in(api.port(), "login-right", "correct horse battery stapler");
    CHECK(wrong.status == 401);
    CHECK(wrong.code() == "wrong_login");
    for (const char* name : {"login-nobody", "login-idle", "login-unusable", "login-other"}) {
        INFO(name);
        const reply got = log_in(api.port(), name);
        CHECK(got.status == wrong.status);
        CHECK(got.body == wrong.body);
    }
    for (guest* one : {&right, &idle, &unusable, &other})
        CHECK(one->token().empty());
}

TEST_CASE("what is no login is refused before the database is asked", "[api]") {
    api_process api(variables());
    const auto port = api.port();
    honeydue::demo::wait_until_quiet(servers().wire, honeydue::demo::lull);
    const auto refused = [&](const std::string& body) {
        const reply got = post(port, "/api/auth/login/", "", body);
        INFO(body);
        CHECK(got.status == 400);
        CHECK(got.code() == "invalid_login");
    };
    CHECK(round_trips_of([&] {
              refused("");
              refused("[]");
              refused(R"({"username": "demo"})");
              refused(R"({"username": 1, "password": "x"})");
              refused(R"({"username": "", "password": "x"})");
              refused(R"({"username": "a\u0000b", "password": "x"})");
              refused(R"({"username": "demo", "password": ")" + std::string(5000, 'a') + "\"}");
          }) == 0);
}

TEST_CASE("logging in reads once and writes at most once, logging out is one round trip", "[api]") {
    guest frida("login-costs");
    auto& wire = servers().wire;
    wire.set_rtt(20ms);
    {
        api_process api(variables());
        const auto port = api.port();
        honeydue::demo::wait_until_quiet(wire, honeydue::demo::lull);
        std::string token;
        const auto enter = [&] { token = token_in(log_in(port, "login-costs")); };
        CHECK(round_trips_of(enter) == 2);
        CHECK(round_trips_of(enter) == 1);
        CHECK(round_trips_of([&] { CHECK(log_in(port, "login-costs", "x").status == 401); }) == 1);
        CHECK(round_trips_of([&] { CHECK(log_in(port, "login-nobody").status == 401); }) == 1);
        CHECK(round_trips_of([&] { CHECK(log_out(port, token).status == 200); }) == 1);
    }
    wire.set_rtt(0ms);
}

TEST_CASE("a token is nobody's once its user has logged out, whatever a cache knew", "[api]") {
    guest frida("login-leaves");
    api_process api(variables());
    const auto token = token_in(log_in(api.port(), "login-leaves"));
    for (int i = 0; i < 2; ++i)
        CHECK(get_tasks(api.port(), token).status == 200);
    CHECK(log_out(api.port(), token).status == 200);
    CHECK(get_tasks(api.port(), token).code() == "unknown_token");
    CHECK(log_out(api.port(), token).code() == "unknown_token");
    CHECK(frida.token().empty());
    const auto next = token_in(log_in(api.port(), "login-leaves"));
    CHECK(next != token);
    CHECK(get_tasks(api.port(), next).status == 200);
}

TEST_CASE("logins at the same time are told of the same token", "[api]") {
    guest frida("login-twice");
    auto& wire = servers().wire;
    api_process api(variables());
    const auto port = api.port();
    wire.set_rtt(20ms);
    std::vector<std::string> tokens(8);
    std::vector<std::thread> clients;
    for (auto& token : tokens) {
        clients.emplace_back([&token, port] {
            const reply got = log_in(port, "login-twice");
            if (got.status == 200) token = nlohmann::json::parse(got.body).at("token");
        });
    }
    for (auto& client : clients)
        client.join();
    wire.set_rtt(0ms);
    for (const auto& token : tokens)
        CHECK(token == frida.token());
}

TEST_CASE("ten wrong passwords for a name are enough when they come all at once, too", "[api]") {
    guest frida("login-crowd");
    auto& wire = servers().wire;
    api_process api(variables());
    const auto port = api.port();
    wire.set_rtt(100ms);  // nobody has been judged when the last comes
    std::vector<reply> answers(40);
    std::vector<std::thread> clients;
    for (auto& answer : answers)
        clients.emplace_back([&answer, port] { answer = log_in(port, "login-crowd", "guess"); });
    for (auto& client : clients)
        client.join();
    wire.set_rtt(0ms);
    const auto many = [&](int status, const std::string& code) {
        return std::count_if(answers.begin(), answers.end(), [&](const reply& one) {
            return one.status == status && one.code() == code;
        });
    };
    CHECK(many(401, "wrong_login") == 10);
    CHECK(many(429, "too_many_attempts") == 30);
    CHECK(log_in(port, "login-crowd").code() == "too_many_attempts");
}

TEST_CASE("a right password is no wrong one, however often it is given", "[api]") {
    guest frida("login-often");
    api_process api(variables());
    for (int i = 0; i < 12; ++i)
        CHECK(log_in(api.port(), "login-often").status == 200);
}

TEST_CASE("ten wrong passwords for a name, known or not, are enough for a while", "[api]") {
    guest frida("login-tries");
    api_process api(variables());
    for (const char* name : {"login-tries", "login-nobody"}) {
        for (int i = 0; i < 10; ++i)
            CHECK(log_in(api.port(), name, "guess").status == 401);
        const reply got = log_in(api.port(), name);
        CHECK(got.status == 429);
        CHECK(got.code() == "too_many_attempts");
        CHECK(got.head.find("Retry-After: 300") != std::string::npos);
    }
}
