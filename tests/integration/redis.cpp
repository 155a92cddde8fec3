// SPDX-License-Identifier: MIT
// The scripts do what the model does, and the Redis tier keeps its manners whatever Redis does.
#include <honeydue/redis.hpp>

#include "redis_connection.hpp"
#include "support/redis_server.hpp"
#include "support/shared_model.hpp"
#include "support/wire_proxy.hpp"

#include <sys/wait.h>
#include <chrono>
#include <csignal>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

redis_server& shared_redis() {
    static redis_server server;
    return server;
}

std::string fresh_name_space() {
    static int number = 0;
    return "test" + std::to_string(++number);
}

// A busy machine is no Redis that hangs: patience, unless a test says otherwise.
redis_tier opened(redis_config config) {
    if (config.call_deadline == redis_config{}.call_deadline) config.call_deadline = 5s;
    auto tier = redis_tier::open(config);
    if (!tier) throw server_error(explain(tier.error()));
    return std::move(*tier);
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds within = 5s) {
    const auto until = std::chrono::steady_clock::now() + within;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

shared_acquire wants(std::string_view name, std::string_view token,
                     std::span<const std::string> tags = {}) {
    return {{name, 1, tags}, token};
}

shared_state state_of(redis_tier& tier, std::string_view name, std::string_view token = "t") {
    const auto wanted = wants(name, token);
    auto answers = tier.acquire(std::span{&wanted, 1});
    REQUIRE(answers);
    return answers->front().state;
}

bool fills(redis_tier& tier, std::string_view name, std::string_view token,
           std::string_view value = "value") {
    const shared_fill one{{name, 1, {}}, token, value, 60s};
    auto stored = tier.fill(std::span{&one, 1});
    return stored && stored->front() == 1;
}

// One namespace of a real Redis and the model of it, given the same operations.
class twins {
public:
    twins() {
        const auto until = std::chrono::steady_clock::now() + 5s;
        auto made =
            redis_connection::open(*parse_redis_url(shared_redis().url()), {}, until, 1 << 20);
        REQUIRE(made);
        connection_ = std::make_unique<redis_connection>(std::move(*made));
        const auto reply = run(redis_script::hello, {"2"}, {connection_->run_id(), "gen"});
        generation_ = text_of(*element(*reply, 0));
    }

    acquire_reply acquire(const shared_model::place& at, const std::string& token,
                          shared_model::acquire_mode how) {
        constexpr std::array<const char*, 3> modes{"u", "b", "r"};
        const auto nonce = next_nonce();
        const auto reply =
            on(at, redis_script::acquire,
               {at.field, token, "30", modes[static_cast<std::size_t>(how)], nonce, "100000"});
        const auto kind = text_of(*element(*reply, 0));
        acquire_reply real{acquire_kind::granted, number_of(element(*reply, 2)), {}};
        if (kind == "hit") real.kind = acquire_kind::hit, real.value = text_of(*element(*reply, 3));
        if (kind == "busy") real.kind = acquire_kind::busy;
        if (kind == "dirty") real.kind = acquire_kind::dirty;
        CHECK(model_.acquire(time_in(reply), at, token, 30, how, nonce) == real);
        return real;
    }

    void fill(const shared_model::place& at, const std::string& token, const std::string& value) {
        const auto nonce = next_nonce();
        const auto reply =
            on(at, redis_script::fill, {at.field, token, "60", nonce, "100000", value});
        const bool stored = text_of(*element(*reply, 0)) == "stored";
        CHECK(model_.fill(time_in(reply), at, token, value, 60, nonce) == stored);
    }

    void release(const shared_model::place& at, const std::string& token) {
        const auto reply = on({at.key, at.field}, redis_script::release, {at.field, token});
        model_.release(time_in(reply), at, token);
    }

    using names = shared_model::names;
    void intend(const names& keys, const names& tags, const std::string& tx) {
        const auto reply = tell(redis_script::intend, keys, tags,
                                {tx, "40", std::to_string(keys.size()), "100000"});
        model_.intend(time_in(reply), keys, tags, tx, 40);
    }
    void done(const names& keys, const names& tags, const std::string& tx, bool lapse) {
        const auto nonce = next_nonce();
        const auto reply =
            tell(redis_script::done, keys, tags,
                 {tx, lapse ? "1" : "0", std::to_string(keys.size()), nonce, "100000"});
        using own = shared_model::own_intent;
        model_.done(time_in(reply), keys, tags, tx, lapse ? own::left_to_lapse : own::removed,
                    nonce);
    }
    void cancel(const names& keys, const names& tags, const std::string& tx) {
        const auto reply = tell(redis_script::cancel, keys, tags, {tx});
        model_.cancel(time_in(reply), keys, tags, tx);
    }

private:
    std::string next_nonce() { return "n" + std::to_string(++nonces_) + "x"; }
    static server_time time_in(const redis_reply& reply) { return number_of(element(*reply, 1)); }

    redis_reply on(const shared_model::place& at, redis_script script,
                   std::vector<std::string> arguments) {
        return tell(script, {at.key}, at.tags, std::move(arguments));
    }
    redis_reply tell(redis_script script, const names& keys, const names& tags,
                     std::vector<std::string> arguments) {
        std::vector<std::string> all{std::to_string(2 + keys.size() + tags.size())};
        all.emplace_back("twins:meta");
        all.emplace_back("twins:bus");
        for (const auto& key : keys)
            all.push_back("twins:k:" + key);
        for (const auto& tag : tags)
            all.push_back("twins:t:" + tag);
        all.push_back(generation_);
        all.insert(all.end(), arguments.begin(), arguments.end());
        return run_raw(script, all);
    }
    redis_reply run(redis_script script, const std::vector<std::string>& count,
                    const std::vector<std::string>& arguments) {
        std::vector<std::string> all = count;
        all.emplace_back("twins:meta");
        all.emplace_back("twins:bus");
        all.insert(all.end(), arguments.begin(), arguments.end());
        return run_raw(script, all);
    }
    redis_reply run_raw(redis_script script, const redis_command& arguments) {
        auto replies = connection_->run(script, std::span{&arguments, 1},
                                        std::chrono::steady_clock::now() + 5s);
        REQUIRE(replies);
        INFO(std::string(replies->front()->str != nullptr ? replies->front()->str : ""));
        REQUIRE(replies->front()->type == REDIS_REPLY_ARRAY);
        return std::move(replies->front());
    }

    std::unique_ptr<redis_connection> connection_;
    shared_model model_;
    std::string generation_;
    int nonces_ = 0;
};

class random_walk {
public:
    explicit random_walk(unsigned seed) : random_{seed} {}

    void step(twins& of) {
        const auto place = any_place();
        const auto token = "token" + any(3);
        switch (random_() % 10) {
            case 0:
            case 1:
            case 2:
                of.acquire(place, token, any_mode());
                break;
            case 3:
            case 4:
                of.fill(place, token, "value" + any(100));
                break;
            case 5:
                of.release(place, token);
                break;
            case 6:
                of.intend(some("k"), some("t"), "tx" + any(2));
                break;
            case 7:
                of.done(some("k"), some("t"), "tx" + any(2), random_() % 2 == 0);
                break;
            case 8:
                of.cancel(some("k"), some("t"), "tx" + any(2));
                break;
            default:
                std::this_thread::sleep_for(std::chrono::milliseconds{random_() % 25});
                break;
        }
    }

private:
    std::string any(unsigned below) { return std::to_string(random_() % below); }
    shared_model::names some(const std::string& kind) {
        shared_model::names all;
        for (unsigned i = 0; i < 2; ++i) {
            if (random_() % 2 == 0) all.push_back(kind + std::to_string(i));
        }
        return all;
    }
    // The tags of a key never change: so it is promised to the cache.
    shared_model::place any_place() {
        constexpr std::array<const char*, 2> keys{"k0", "k1"};
        const auto key = random_() % 2;
        return {keys[key], "f" + any(2),
                key == 0 ? shared_model::names{"t0"} : shared_model::names{"t0", "t1"}};
    }
    shared_model::acquire_mode any_mode() {
        return static_cast<shared_model::acquire_mode>(random_() % 3);
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("the scripts answer as the model does, whatever is asked in whatever order",
          "[redis][cache]") {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        twins pair;
        random_walk walk{seed};
        for (int step = 0; step < 150; ++step)
            walk.step(pair);
        shared_redis().command({"FLUSHALL"});
    }
}

TEST_CASE("a lease is one caller's, and only its holder fills", "[redis][cache]") {
    auto tier = opened({.url = shared_redis().url(), .name_space = fresh_name_space()});
    CHECK(state_of(tier, "k", "a") == shared_state::leased);
    CHECK(state_of(tier, "k", "b") == shared_state::busy);
    CHECK_FALSE(fills(tier, "k", "b"));
    CHECK(fills(tier, "k", "a"));
    CHECK(state_of(tier, "k", "b") == shared_state::hit);
    CHECK_FALSE(fills(tier, "k", "a"));
}

TEST_CASE("values of two types live under one key, and one invalidation takes both",
          "[redis][cache]") {
    auto tier = opened({.url = shared_redis().url(), .name_space = fresh_name_space()});
    const auto store = [&](std::uint64_t fingerprint) {
        const shared_acquire wanted{{"k", fingerprint, {}}, "a"};
        REQUIRE(tier.acquire(std::span{&wanted, 1}));
        const auto value = std::to_string(fingerprint);
        const shared_fill one{{"k", fingerprint, {}}, "a", value, 60s};
        REQUIRE(tier.fill(std::span{&one, 1})->front() == 1);
    };
    const auto held = [&](std::uint64_t fingerprint) {
        const shared_acquire wanted{{"k", fingerprint, {}}, "b"};
        return tier.acquire(std::span{&wanted, 1})->front();
    };
    store(1);
    store(2);
    CHECK(held(1).value == "1");
    CHECK(held(2).value == "2");
    REQUIRE(tier.done({"tx", {"k"}, {}}, commit_known::yes));
    CHECK(held(1).state == shared_state::leased);
    CHECK(held(2).state == shared_state::leased);
}

TEST_CASE("scripts that Redis has forgotten are sent again", "[redis][cache]") {
    auto tier = opened({.url = shared_redis().url(), .name_space = fresh_name_space()});
    CHECK(state_of(tier, "k") == shared_state::leased);
    shared_redis().command({"SCRIPT", "FLUSH"});
    CHECK(fills(tier, "k", "t"));
    CHECK(tier.stats().failures == 0);
}

TEST_CASE("junk under a key of ours is no answer and no failure", "[redis][cache]") {
    const auto name_space = fresh_name_space();
    auto tier = opened({.url = shared_redis().url(), .name_space = name_space});
    const auto generation = shared_redis().command({"HGET", "hd:{" + name_space + "}:meta", "gen"});
    const auto key = "hd:{" + name_space + "}:" + generation + ":k:k";
    shared_redis().command({"SET", key, "junk"});
    CHECK(state_of(tier, "k") == shared_state::dirty);
    CHECK_FALSE(fills(tier, "k", "t"));
    shared_redis().command({"DEL", key});
    for (const std::string junk : {"", ":", "x:y:z", "99999999999999::", "nan:nan:nan"}) {
        shared_redis().command({"HSET", key, "v0000000000000001", junk});
        shared_redis().command({"HSET", key, "l0000000000000001", junk});
        static_cast<void>(state_of(tier, "k"));
    }
    CHECK_FALSE(tier.stats().breaker_open);
}

TEST_CASE("a Redis that is not there yet is no error, and is used once it is", "[redis][cache]") {
    redis_server server;
    server.stop(SIGKILL);
    auto tier = redis_tier::open({.url = server.url(), .call_deadline = 5s});
    REQUIRE(tier);
    CHECK(tier->stats().breaker_open);
    const auto wanted = wants("k", "t");
    CHECK(tier->acquire(std::span{&wanted, 1}).error().code() == errc::refused);
    server.start();
    REQUIRE(eventually([&] { return !tier->stats().breaker_open; }));
    CHECK(state_of(*tier, "k") == shared_state::leased);
}

TEST_CASE("while Redis hangs callers stop asking, and an invalidation waits for its return",
          "[redis][cache]") {
    redis_server server;
    auto tier = opened({.url = server.url(), .name_space = "n", .call_deadline = 100ms});
    REQUIRE(state_of(tier, "k", "a") == shared_state::leased);
    REQUIRE(fills(tier, "k", "a"));
    ::kill(server.process().server(), SIGSTOP);
    const auto wanted = wants("k", "t");
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(tier.acquire(std::span{&wanted, 1}));
    CHECK(tier.stats().breaker_open);
    CHECK(tier.acquire(std::span{&wanted, 1}).error().code() == errc::refused);
    CHECK_FALSE(tier.done({"tx", {"k"}, {}}, commit_known::yes));
    CHECK(tier.stats().undelivered == 1);
    ::kill(server.process().server(), SIGCONT);
    REQUIRE(eventually([&] { return tier.stats().undelivered == 0; }));
    REQUIRE(eventually([&] { return !tier.stats().breaker_open; }));
    CHECK(state_of(tier, "k", "b") == shared_state::leased);
}

TEST_CASE("too many invalidations for the queue give the whole name space up", "[redis][cache]") {
    redis_server server;
    auto tier = opened(
        {.url = server.url(), .name_space = "n", .call_deadline = 100ms, .max_undelivered = 2});
    for (const auto* const key : {"a", "b", "c", "d"}) {
        REQUIRE(state_of(tier, key, "t") == shared_state::leased);
        REQUIRE(fills(tier, key, "t"));
    }
    ::kill(server.process().server(), SIGSTOP);
    for (const std::string key : {"a", "b", "c"})
        static_cast<void>(tier.done({"tx" + key, {key}, {}}, commit_known::yes));
    ::kill(server.process().server(), SIGCONT);
    REQUIRE(eventually([&] { return tier.stats().undelivered == 0; }));
    REQUIRE(eventually([&] { return !tier.stats().breaker_open; }));
    CHECK(state_of(tier, "c") == shared_state::leased);
    CHECK(state_of(tier, "d") == shared_state::leased);
}

TEST_CASE("a Redis without memory left takes no value but every invalidation", "[redis][cache]") {
    redis_server server{{.settings = {"maxmemory-policy noeviction"}}};
    auto tier = opened({.url = server.url(), .name_space = "n"});
    REQUIRE(state_of(tier, "k", "a") == shared_state::leased);
    REQUIRE(fills(tier, "k", "a"));
    REQUIRE(state_of(tier, "other", "a") == shared_state::leased);
    server.command({"CONFIG", "SET", "maxmemory", "1"});
    CHECK_FALSE(fills(tier, "other", "a"));
    CHECK(tier.intend({"tx", {"k"}, {"tag"}}));
    CHECK(tier.done({"tx", {"k"}, {"tag"}}, commit_known::yes));
    server.command({"CONFIG", "SET", "maxmemory", "0"});
    CHECK(state_of(tier, "k", "b") == shared_state::leased);
    CHECK_FALSE(tier.stats().breaker_open);
}

TEST_CASE("a Redis that comes back from an old snapshot has forgotten what it held",
          "[redis][cache]") {
    redis_server server{{.settings = {"save 3600 1000000"}}};
    auto tier = opened({.url = server.url(), .name_space = "n"});
    REQUIRE(state_of(tier, "k", "a") == shared_state::leased);
    REQUIRE(fills(tier, "k", "a"));
    server.command({"SAVE"});
    REQUIRE(tier.done({"tx", {"k"}, {}}, commit_known::yes));
    server.stop(SIGKILL);
    server.start();
    REQUIRE(eventually([&] { return !tier.stats().breaker_open; }));
    CHECK(state_of(tier, "k", "b") == shared_state::leased);
    CHECK(eventually([&] { return tier.stats().generations >= 1; }));
}

TEST_CASE("an answer longer than it may be breaks the connection, not the program",
          "[redis][cache]") {
    const auto name_space = fresh_name_space();
    auto writer = opened({.url = shared_redis().url(), .name_space = name_space});
    REQUIRE(state_of(writer, "k", "a") == shared_state::leased);
    REQUIRE(fills(writer, "k", "a", std::string(1 << 20, 'x')));
    auto reader = opened({.url = shared_redis().url(),
                          .name_space = name_space,
                          .call_deadline = 5s,
                          .max_reply_bytes = 200000});
    const auto wanted = wants("k", "t");
    CHECK_FALSE(reader.acquire(std::span{&wanted, 1}));
}

TEST_CASE("an invalidation of thousands of names arrives whole", "[redis][cache]") {
    auto tier = opened(
        {.url = shared_redis().url(), .name_space = fresh_name_space(), .call_deadline = 5s});
    shared_invalidation all{"tx", {}, {}};
    for (int i = 0; i < 3000; ++i)
        all.keys.push_back("k" + std::to_string(i));
    for (const auto* const key : {"k0", "k1499", "k2999"}) {
        REQUIRE(state_of(tier, key, "t") == shared_state::leased);
        REQUIRE(fills(tier, key, "t"));
    }
    REQUIRE(tier.intend(all));
    const auto position = tier.done(all, commit_known::yes);
    REQUIRE(position);
    CHECK(position->sequence == 12);
    CHECK(tier.caught_up(*position, 2s));
    for (const auto* const key : {"k0", "k1499", "k2999"})
        CHECK(state_of(tier, key, "t") == shared_state::leased);
}

TEST_CASE("lost messages of the backplane are noticed and memory is forgotten", "[redis][cache]") {
    const auto name_space = fresh_name_space();
    auto tier = opened({.url = shared_redis().url(), .name_space = name_space});
    REQUIRE(eventually([&] { return tier.stats().backplane_trusted; }));
    const auto before = tier.stats();
    // A message that was counted and is not there: what a failover or a trim leaves.
    shared_redis().command({"HINCRBY", "hd:{" + name_space + "}:meta", "seq", "1"});
    REQUIRE(eventually([&] { return tier.stats().gaps > before.gaps; }));
    REQUIRE(eventually([&] { return tier.stats().flushes > before.flushes; }));
    const auto noticed = tier.stats();
    shared_redis().command({"DEL", "hd:{" + name_space + "}:meta"});
    CHECK(eventually([&] { return tier.stats().generations > noticed.generations; }));
}

TEST_CASE("a backplane that says nothing at all is no longer believed", "[redis][cache]") {
    wire_proxy wire{shared_redis().port()};
    auto tier = opened({.url = "redis://127.0.0.1:" + std::to_string(wire.port()),
                        .name_space = fresh_name_space(),
                        .trust = 1500ms});
    REQUIRE(eventually([&] { return tier.stats().backplane_trusted; }));
    wire.inject_into_new(fault_order{.fault = wire_fault::blackhole});
    wire.inject({.fault = wire_fault::blackhole});
    CHECK(eventually([&] { return !tier.stats().backplane_trusted; }));
    wire.inject_into_new(std::nullopt);
    CHECK(eventually([&] { return tier.stats().backplane_trusted; }, 10s));
}
