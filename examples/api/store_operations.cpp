// SPDX-License-Identifier: MIT
// How the store does, for those who operate it: its schema, its pool, its caches and their numbers.
#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store_state.hpp"

namespace api {

namespace {

/// Of the numbers of a pool; the others are states.
bool is_counter(std::string_view name) {
    constexpr std::string_view counters[] = {
        "db.client.connection.timeouts", "honeydue.pool.acquired", "honeydue.pool.refusals",
        "honeydue.pool.dials",           "honeydue.pool.retries",  "honeydue.pool.evictions",
        "honeydue.pool.wait_time",       "honeydue.pool.use_time"};
    return std::find(std::begin(counters), std::end(counters), name) != std::end(counters);
}

double number(std::uint64_t value) { return static_cast<double>(value); }

/// Prometheus has the unit in the name.
std::string named(std::string_view name, bool is_time) {
    return std::string{name} + (is_time ? ".seconds" : "");
}

reading as_reading(const hd::metric& one) {
    const bool is_time = one.name.ends_with("_time") || one.name.ends_with("handshake") ||
                         one.name.ends_with("round_trip");
    const auto what = is_counter(one.name) ? reading::kind::counter : reading::kind::gauge;
    return {named(one.name, is_time), std::string{one.attributes}, what, one.value};
}

reading as_reading(const hd::histogram& one) {
    return {.name = named(one.name, one.unit == "s"),
            .attributes = one.attributes,
            .what = reading::kind::histogram,
            .value = one.sum,
            .bounds = {one.bounds.begin(), one.bounds.end()},
            .buckets = one.buckets};
}

double milliseconds(std::chrono::duration<double, std::milli> time) { return time.count(); }

slot_state as_state(const hd::pool_slot& of) {
    slot_state seen{std::string{hd::name(of.state)}, milliseconds(of.since), std::nullopt, of.slow};
    if (of.latency) seen.latency_ms = milliseconds(*of.latency);
    return seen;
}

cache_counts counts_of(const char* name, const hd::cache_stats& of) {
    return {name, of.shared_hits, of.loads, of.joined, of.unfenced_commits};
}

void add_caches(const cache_state& of, std::vector<reading>& to) {
    using kind = reading::kind;
    to.push_back({"honeydue.cache.memory.hits", "", kind::counter, number(of.memory_hits)});
    to.push_back({"honeydue.cache.memory.misses", "", kind::counter, number(of.memory_misses)});
    to.push_back({"honeydue.cache.memory.entries", "", kind::gauge, number(of.memory_entries)});
    to.push_back({"honeydue.cache.memory.bytes", "", kind::gauge, number(of.memory_bytes)});
    to.push_back({"honeydue.cache.shared.up", "", kind::gauge, of.is_well ? 1.0 : 0.0});
    for (const auto& [name, hits, loads, joined, unfenced] : of.each) {
        const std::string cache = "cache=" + name;
        to.push_back({"honeydue.cache.shared.hits", cache, kind::counter, number(hits)});
        to.push_back({"honeydue.cache.loads", cache, kind::counter, number(loads)});
        to.push_back({"honeydue.cache.joined", cache, kind::counter, number(joined)});
        to.push_back({"honeydue.cache.unfenced.commits", cache, kind::counter, number(unfenced)});
    }
}

}  // namespace

answer<void> store::check_schema() const {
    const counted_call counted;
    const auto applied = hd::require_schema_applied(state_->db, needed_schema);
    if (!applied) return tl::unexpected{as_trouble(applied.error())};
    return {};
}

cache_state store::caches() const {
    const auto memory = state_->memory.stats();
    return {.is_shared = state_->shared != nullptr,
            .is_well = state_->shared == nullptr || !state_->shared->stats().breaker_open,
            .memory_hits = memory.hits,
            .memory_misses = memory.misses,
            .memory_entries = memory.entries,
            .memory_bytes = memory.bytes,
            .each = {counts_of("account", state_->accounts.stats()),
                     counts_of("residence_ids", state_->homes.stats())}};
}

pool_state store::pool() const {
    auto now = state_->db.stats();
    std::vector<slot_state> slots;
    for (const auto& one : state_->db.slots())
        slots.push_back(as_state(one));
    return {.max_open = now.max_open,
            .idle = now.idle,
            .in_use = now.in_use,
            .connecting = now.connecting,
            .waiting = now.waiting,
            .breaker = std::string{hd::name(now.breaker)},
            .round_trip_ms = milliseconds(now.tcp_round_trip),
            .last_dial_error = std::move(now.last_dial_error),
            .slots = std::move(slots)};
}

std::vector<reading> store::readings() const {
    std::vector<reading> all;
    for (const auto& one : hd::metrics(state_->db.stats()))
        all.push_back(as_reading(one));
    for (const auto& one : state_->meter.read())
        all.push_back(as_reading(one));
    add_caches(caches(), all);
    return all;
}

}  // namespace api
