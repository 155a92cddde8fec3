// SPDX-License-Identifier: MIT
// A pool's configuration: read from the environment, and refused by name.
#include <honeydue/pool.hpp>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace honeydue;
using namespace std::chrono_literals;

namespace {

/// Sets variables for the length of a test, over an environment that has none of ours.
class environment {
public:
    environment() {
        for (const char* one :
             {"DB_HOST", "DB_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB",
              "DB_SSLMODE", "DB_SSLROOTCERT", "DATABASE_URL", "DB_MAX_OPEN_CONNS",
              "DB_MAX_IDLE_CONNS", "DB_MAX_LIFETIME", "DB_MAX_IDLE_TIME", "DB_POOL_SERVER_LIMIT",
              "DB_POOL_RESERVED", "DB_POOL_REPLICAS", "DB_POOL_SURGE"}) {
            ::unsetenv(one);
        }
        set("DB_HOST", "db.example");
        set("POSTGRES_USER", "app");
        set("POSTGRES_PASSWORD", "s3cret");
        set("POSTGRES_DB", "honeyDue");
    }
    static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
};

std::string complaint(const result<void>& checked) {
    return checked ? "" : checked.error().message();
}

}  // namespace

TEST_CASE("a pool's defaults are those of the service it replaces", "[pool]") {
    const environment variables;
    const auto config = pool_config::from_env();
    REQUIRE(config.check());
    CHECK(config.max_open == 25);
    CHECK(config.min_idle == 20);
    CHECK(config.max_lifetime == 1800s);
    CHECK(config.max_idle_time == 240s);
    CHECK(config.server.host == "db.example");
}

TEST_CASE("a pool reads its variables", "[pool]") {
    environment variables;
    variables.set("DB_MAX_OPEN_CONNS", "10");
    variables.set("DB_MAX_IDLE_CONNS", "5");
    variables.set("DB_MAX_LIFETIME", "1h30m");
    variables.set("DB_MAX_IDLE_TIME", "0s");
    const auto config = pool_config::from_env();
    REQUIRE(config.check());
    CHECK(config.max_open == 10);
    CHECK(config.min_idle == 5);
    CHECK(config.max_lifetime == 90min);
    CHECK(config.max_idle_time == 0s);
}

TEST_CASE("a small ceiling lowers the floor that nobody asked for", "[pool]") {
    environment variables;
    variables.set("DB_MAX_OPEN_CONNS", "3");
    const auto config = pool_config::from_env();
    REQUIRE(config.check());
    CHECK(config.min_idle == 3);
}

TEST_CASE(
    "a variable that cannot be is refused by its name, with the cure, and without the password",
    "[pool]") {
    struct wrong {
        const char* name;
        const char* value;
        const char* cure;
    };
    const auto one = GENERATE(values<wrong>({
        {"DB_MAX_LIFETIME", "1800", "such as 1800s"},
        {"DB_MAX_LIFETIME", "-5s", "0s for never"},
        {"DB_MAX_IDLE_TIME", "soon", "such as 1800s"},
        {"DB_MAX_IDLE_TIME", "1ns", "100ms or more"},
        {"DB_MAX_OPEN_CONNS", "many", "a whole number"},
        {"DB_MAX_OPEN_CONNS", "-1", "a whole number"},
        {"DB_MAX_OPEN_CONNS", "0", "1 to 1000"},
        {"DB_MAX_OPEN_CONNS", "1001", "1 to 1000"},
        {"DB_MAX_IDLE_CONNS", "2.5", "a whole number"},
        {"DB_MAX_IDLE_CONNS", "26", "DB_MAX_OPEN_CONNS"},
        {"DB_POOL_REPLICAS", "4", "DB_POOL_SERVER_LIMIT is not: set both"},
        {"DB_POOL_SERVER_LIMIT", "all", "a whole number"},
        {"DB_POOL_SERVER_LIMIT", "0", "1 to 100000"},
        {"DB_POOL_SERVER_LIMIT", "10", "raise budget.server_limit"},
    }));
    environment variables;
    variables.set(one.name, one.value);
    const auto config = pool_config::from_env();
    const auto checked = config.check();
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code() == errc::configuration);
    const std::string said = explain(checked.error());
    CAPTURE(said);
    CHECK(said.find(one.name) != std::string::npos);
    CHECK(said.find(one.cure) != std::string::npos);
    CHECK(said.find("s3cret") == std::string::npos);
    CHECK(pool::open(config).error().message() == checked.error().message());
}

TEST_CASE("a field out of bounds is refused by its name, with what it may be", "[pool]") {
    struct wrong {
        const char* name;
        const char* allowed;
        std::function<void(pool_config&)> set;
    };
    const auto budget = [](auto member, std::size_t value) {
        return [=](pool_config& to) {
            to.budget = pool_budget{.server_limit = 100};
            (*to.budget).*member = value;
        };
    };
    const auto time = [](auto member, std::chrono::milliseconds value) {
        return [=](pool_config& to) { to.*member = value; };
    };
    using config = pool_config;
    const auto one = GENERATE_REF(values<wrong>({
        {"max_open", "1 to 1000", [](config& to) { to.max_open = 0; }},
        {"max_open", "1 to 1000", [](config& to) { to.max_open = 1001; }},
        {"min_idle", "lower the first or raise the second", [](config& to) { to.min_idle = 26; }},
        {"lifetime_jitter", "0 to 90 percent", [](config& to) { to.lifetime_jitter = -1; }},
        {"lifetime_jitter", "0 to 90 percent", [](config& to) { to.lifetime_jitter = 91; }},
        {"queue", "up to 100000, or 0", [](config& to) { to.queue = 100'001; }},
        {"leads_to", "leave it unset", [](config& to) { to.leads_to = peer::unasked; }},
        {"max_lifetime", "100 to 3153600000000 ms, or 0", time(&config::max_lifetime, 99ms)},
        {"max_lifetime", "100 to", time(&config::max_lifetime, -1ms)},
        {"max_lifetime", "100 to", time(&config::max_lifetime, 876'001h)},
        {"max_idle_time", "100 to 3153600000000 ms, or 0", time(&config::max_idle_time, 99ms)},
        {"max_idle_time", "100 to", time(&config::max_idle_time, -1ms)},
        {"leak_after", "1 to 3153600000000 ms, or 0", time(&config::leak_after, -1ms)},
        {"acquire_timeout", "1 to 600000 ms", time(&config::acquire_timeout, 0ms)},
        {"acquire_timeout", "1 to 600000 ms", time(&config::acquire_timeout, -1ms)},
        {"acquire_timeout", "1 to 600000 ms", time(&config::acquire_timeout, 10min + 1ms)},
        {"answer_timeout", "1 to 3600000 ms, or 0", time(&config::answer_timeout, -1ms)},
        {"answer_timeout", "1 to 3600000 ms, or 0", time(&config::answer_timeout, 1h + 1ms)},
        {"warm_up_timeout", "1 to 600000 ms", time(&config::warm_up_timeout, 0ms)},
        {"warm_up_timeout", "1 to 600000 ms", time(&config::warm_up_timeout, 10min + 1ms)},
        {"budget.server_limit", "1 to 100000", budget(&pool_budget::server_limit, 0)},
        {"budget.server_limit", "1 to 100000", budget(&pool_budget::server_limit, 100'001)},
        {"budget.reserved", "0 to 100000", budget(&pool_budget::reserved, 100'001)},
        {"budget.replicas", "1 to 10000", budget(&pool_budget::replicas, 0)},
        {"budget.replicas", "1 to 10000", budget(&pool_budget::replicas, 10'001)},
        {"budget.surge", "0 to 10000", budget(&pool_budget::surge, 10'001)},
        {"budget leaves nothing", "raise budget.server_limit", budget(&pool_budget::reserved, 100)},
        {"port", "65535", [](config& to) { to.server.port = 0; }},
        {"host", "DB_HOST", [](config& to) { to.server.host.clear(); }},
    }));
    const environment variables;
    auto asked = pool_config::from_env();
    one.set(asked);
    const auto opened = pool::open(asked);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code() == errc::configuration);
    const std::string& said = opened.error().message();
    CAPTURE(said, one.name);
    CHECK(said.find(one.name) != std::string::npos);
    CHECK(said.find(one.allowed) != std::string::npos);
    CHECK(said.find('\n') == std::string::npos);
}

TEST_CASE("the bounds themselves, and zero where it means something, are taken", "[pool]") {
    const environment variables;
    auto config = pool_config::from_env();
    config.max_open = GENERATE(std::size_t{1}, std::size_t{1000});
    config.min_idle = 0;
    config.max_lifetime = GENERATE(0ms, 100ms);
    config.max_idle_time = config.max_lifetime;
    config.leak_after = 0ms;
    config.answer_timeout = 0ms;
    config.lifetime_jitter = GENERATE(0, 90);
    config.acquire_timeout = 1ms;
    config.warm_up_timeout = 10min;
    config.queue = 100'000;
    CHECK(config.check());
}

TEST_CASE("the fleet's budget is read from the environment, and derives the maximum", "[pool]") {
    environment variables;
    variables.set("DB_POOL_SERVER_LIMIT", "100");
    variables.set("DB_POOL_REPLICAS", "4");
    const auto config = pool_config::from_env();
    REQUIRE(config.settled());
    CHECK(config.settled()->max_open == 17);
    variables.set("DB_POOL_RESERVED", "0");
    variables.set("DB_POOL_SURGE", "0");
    CHECK(pool_config::from_env().settled()->max_open == 25);
}

TEST_CASE("a budget shares the server among replicas and those of a deployment", "[pool]") {
    const environment variables;
    auto config = pool_config::from_env();
    config.budget = pool_budget{.server_limit = 100, .replicas = 4};
    const auto settled = config.settled();
    REQUIRE(settled);
    CHECK(settled->max_open == 17);
    CHECK(settled->min_idle == 17);
    config.min_idle = 5;
    CHECK(config.settled()->min_idle == 5);
}

TEST_CASE("a budget that leaves no connection for a replica is refused", "[pool]") {
    const environment variables;
    auto config = pool_config::from_env();
    config.budget = pool_budget{.server_limit = 15, .reserved = 15};
    CHECK(complaint(config.check()).find("budget leaves nothing") != std::string::npos);
    config.budget = pool_budget{.server_limit = 20, .reserved = 15, .replicas = 5};
    CHECK(complaint(config.check()).find("budget leaves nothing") != std::string::npos);
    config.budget->surge = 0;
    CHECK(config.settled()->max_open == 1);
}
