// SPDX-License-Identifier: MIT
// What observers are told of calls, and what the JSON lines and the meter make of events.
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "observers.hpp"

using namespace honeydue;
using namespace std::chrono_literals;

namespace {

/// What was told, kept.
struct listener_of_calls final : observer {
    void on_call(const call_event& event) noexcept override {
        calls.push_back(event);
        for (const std::string& text : event.texts)
            texts.push_back(text);
        failures.push_back(event.failure == nullptr ? "" : event.failure->message());
    }
    std::vector<call_event> calls;
    std::vector<std::string> texts;
    std::vector<std::string> failures;
};

/// A flight, as an executor reports it.
void fly(std::initializer_list<std::string_view> texts, std::uint64_t rows = 0) {
    const std::vector<std::string_view> all{texts};
    const auto began = detail::begin_round_trip(all);
    REQUIRE(began);
    detail::note_rows(rows, rows * 8);
    detail::end_round_trip(*began);
}

template <class Event>
nlohmann::json line_of(void (observer::*how)(const Event&) noexcept, const Event& event) {
    std::string line;
    json_lines lines{[&](std::string_view text) { line = text; }};
    (lines.*how)(event);
    CHECK(line.find('\n') == std::string::npos);
    return nlohmann::json::parse(line);
}

const histogram& named(const std::vector<histogram>& all, std::string_view name,
                       std::string_view attributes) {
    const auto found = std::ranges::find_if(all, [&](const histogram& one) {
        return one.name == name && one.attributes == attributes;
    });
    REQUIRE(found != all.end());
    return *found;
}

}  // namespace

TEST_CASE("a call is told once, by its outermost scope, with all that was sent in it", "[trace]") {
    listener_of_calls seen;
    const observation watching{seen};
    {
        const detail::call_scope verb;
        detail::note_queue(5ms);
        detail::note_server("far:5432/honeyDue");
        {
            const detail::call_scope executor;
            fly({"select a", "select b"}, 3);
        }
        CHECK(seen.calls.empty());
        fly({"select c"}, 4);
    }
    REQUIRE(seen.calls.size() == 1);
    const call_event& told = seen.calls.front();
    CHECK(told.statements == 3);
    CHECK(told.round_trips == 2);
    CHECK(told.rows == 7);
    CHECK(told.bytes == 56);
    CHECK(told.queue == 5ms);
    CHECK(told.flight > 0ns);
    CHECK(seen.texts == std::vector<std::string>{"select a", "select b", "select c"});
}

TEST_CASE("a call that sent nothing is not told of, unless it failed", "[trace]") {
    listener_of_calls seen;
    const observation watching{seen};
    { const detail::call_scope empty; }
    CHECK(seen.calls.empty());
    {
        const detail::call_scope refused;
        const error why{errc::pool_exhausted, "no connection"};
        detail::note_failure(&why);
    }
    CHECK(seen.failures == std::vector<std::string>{"no connection"});
}

TEST_CASE("a call that failed first and then went well went well", "[trace]") {
    listener_of_calls seen;
    const observation watching{seen};
    {
        const detail::call_scope retried;
        fly({"select 1"});
        const error why{errc::connection_lost, "gone"};
        detail::note_failure(&why);
        fly({"select 1"});
        detail::note_failure(nullptr);
    }
    CHECK(seen.failures == std::vector<std::string>{""});
    CHECK(seen.calls.front().round_trips == 2);
}

TEST_CASE("a call a budget refused has no round trip", "[trace]") {
    listener_of_calls seen;
    const observation watching{seen};
    const round_trip_budget budget{0};
    {
        const detail::call_scope refused;
        const std::vector<std::string_view> text{"select 1"};
        const auto began = detail::begin_round_trip(text);
        REQUIRE_FALSE(began);
        detail::note_failure(&began.error());
    }
    REQUIRE(seen.calls.size() == 1);
    CHECK(seen.calls.front().round_trips == 0);
}

TEST_CASE("every observer is told while its observation lives, and no longer", "[trace]") {
    listener_of_calls first;
    listener_of_calls second;
    const auto call = [] {
        const detail::call_scope scope;
        fly({"select 1"});
    };
    call();
    const observation watching{first};
    {
        const observation too{second};
        call();
    }
    call();
    CHECK(first.calls.size() == 2);
    CHECK(second.calls.size() == 1);
    CHECK(detail::is_observed());
}

TEST_CASE("of a long group the first 32 texts are told", "[trace]") {
    listener_of_calls seen;
    const observation watching{seen};
    {
        const detail::call_scope scope;
        const std::vector<std::string_view> many(1000, "select 1");
        const auto began = detail::begin_round_trip(many);
        detail::end_round_trip(*began);
    }
    CHECK(seen.texts.size() == 32);
    CHECK(seen.calls.front().statements == 1000);
}

TEST_CASE("each event is one line of JSON, whatever the SQL holds", "[trace]") {
    const std::vector<std::string> texts{"select \"a\nb\\\" -- \x01 'ü'"};
    const error why{errc::statement, "no\n\"such\" thing"};
    const auto call = line_of(&observer::on_call, call_event{.server = "far:5432/honeyDue",
                                                             .texts = texts,
                                                             .statements = 1,
                                                             .round_trips = 1,
                                                             .rows = 7,
                                                             .bytes = 56,
                                                             .queue = 1ms,
                                                             .flight = 220ms,
                                                             .decode = 10us,
                                                             .failure = &why});
    CHECK(call.at("event") == "call");
    CHECK(call.at("sql").at(0) == texts.front());
    CHECK(call.at("flight") == 0.22);
    CHECK(call.at("rows") == 7);
    CHECK(call.at("error").get<std::string>().find("such") != std::string::npos);
    const auto dial = line_of(&observer::on_handshake, handshake_event{.tls = 440ms});
    CHECK(dial.at("tls") == 0.44);
    CHECK(dial.at("error").is_null());
    CHECK(line_of(&observer::on_loan, loan_event{.wait = 3ms, .use = 1s}).at("use") == 1.0);
    CHECK(line_of(&observer::on_eviction, eviction_event{.why = eviction::peer_closed})
              .at("reason") == "peer_closed");
    const auto state =
        line_of(&observer::on_pool,
                pool_event{.breaker = breaker::half_open, .effective_max = 17, .max_open = 25});
    CHECK(state.at("breaker") == "half_open");
    CHECK(state.at("effective_max") == 17);
    const auto hit = line_of(&observer::on_cache,
                             cache_event{.cache = "c", .source = "memory", .keys = 3, .took = 2ms});
    CHECK(hit.at("event") == "cache");
    CHECK(hit.at("source") == "memory");
    CHECK(hit.at("keys") == 3);
    CHECK(hit.at("took") == 0.002);
}

TEST_CASE("every reason and state has a name of its own", "[trace]") {
    std::vector<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(eviction::closing); ++i)
        names.push_back(name(static_cast<eviction>(i)));
    CHECK(names.front() == "lifetime");
    CHECK(names.back() == "closing");
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
    CHECK(name(breaker::open) == "open");
}

TEST_CASE("calls are counted under OpenTelemetry's names, by operation and by kind of error",
          "[trace]") {
    meter counts;
    const std::vector<std::string> select{"select 1"};
    const std::vector<std::string> batch{"insert into a", "delete from b"};
    const error why{errc::statement, "23505"_sqlstate, {}};
    const error late{errc::deadline, "late"};
    counts.on_call({.texts = select, .statements = 1, .round_trips = 1, .rows = 50, .flight = 7ms});
    counts.on_call({.texts = select, .statements = 1, .round_trips = 1, .queue = 1s, .flight = 2s});
    counts.on_call({.texts = batch, .statements = 2, .round_trips = 1, .failure = &why});
    counts.on_call({.texts = select, .statements = 1, .round_trips = 1, .failure = &late});
    const auto all = counts.read();
    const std::string selects = "db.system.name=postgresql,db.operation.name=SELECT";
    const auto& duration = named(all, "db.client.operation.duration", selects);
    CHECK(duration.unit == "s");
    CHECK(duration.count == 2);
    CHECK(duration.sum == 3.007);
    CHECK(duration.buckets == std::vector<std::uint64_t>{0, 0, 1, 0, 0, 0, 0, 1, 0, 0});
    CHECK(named(all, "db.client.operation.duration", selects + ",error.type=deadline").count == 1);
    CHECK(named(all, "db.client.operation.duration",
                "db.system.name=postgresql,db.operation.name=BATCH,error.type=23505")
              .count == 1);
    CHECK(named(all, "db.client.response.returned_rows", selects).sum == 50);
    CHECK(named(all, "honeydue.call.round_trips", selects).sum == 3);
}

TEST_CASE("a value on a bucket's bound is in that bucket, one above it in the next", "[trace]") {
    meter counts;
    counts.on_loan({.server = "s", .wait = 10ms});
    counts.on_loan({.server = "s", .wait = 10ms + 1ns});
    const auto all = counts.read();
    const auto& waits =
        named(all, "db.client.connection.wait_time", "db.client.connection.pool.name=s");
    CHECK(waits.buckets == std::vector<std::uint64_t>{0, 0, 1, 1, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("loans and handshakes are counted by pool, and phases by themselves", "[trace]") {
    meter counts;
    const error none{errc::pool_exhausted, "none"};
    counts.on_loan({.server = "s", .wait = 1ms, .use = 20ms});
    counts.on_loan({.server = "s", .wait = 5s, .failure = &none});
    counts.on_handshake({.server = "s", .tcp = 220ms, .tls = 440ms, .authentication = 660ms});
    const auto all = counts.read();
    const std::string pool = "db.client.connection.pool.name=s";
    CHECK(named(all, "db.client.connection.use_time", pool).count == 1);
    CHECK(named(all, "db.client.connection.wait_time", pool).count == 1);
    CHECK(named(all, "db.client.connection.wait_time", pool + ",error.type=pool_exhausted").sum ==
          5);
    CHECK(named(all, "db.client.connection.create_time", pool).sum == 1.32);
    CHECK(named(all, "honeydue.handshake.duration", "phase=tls").sum == 0.44);
    CHECK(std::ranges::none_of(
        all, [](const histogram& one) { return one.attributes == "phase=resolve"; }));
}

TEST_CASE("calls on a cache are counted by its name and by where the value came from", "[trace]") {
    meter counts;
    const error why{errc::deadline, "late"};
    counts.on_cache({.cache = "c", .source = "memory", .keys = 1, .took = 1us});
    counts.on_cache({.cache = "c", .source = "loaded", .keys = 1, .took = 220ms});
    counts.on_cache({.cache = "c", .keys = 1, .took = 1s, .failure = &why});
    const auto all = counts.read();
    const std::string name = "honeydue.cache.duration";
    CHECK(named(all, name, "honeydue.cache.name=c,honeydue.cache.source=memory").count == 1);
    CHECK(named(all, name, "honeydue.cache.name=c,honeydue.cache.source=loaded").sum == 0.22);
    CHECK(named(all, name, "honeydue.cache.name=c,error.type=deadline").count == 1);
}
