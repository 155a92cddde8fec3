// SPDX-License-Identifier: MIT
// Who observes, and what a call tells of itself: executors add to it, and the outermost scope tells
// it.
#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>

#include <fmt/format.h>

#include "observers.hpp"

namespace honeydue {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t texts_told = 32;

/// Told under a shared lock, so that an observation's end waits for those who are being told.
struct registry {
    std::shared_mutex guard;
    std::vector<observer*> all;
};

registry& observers() {
    static registry only;
    return only;
}

/// What is known of the open call of this thread.
struct account {
    clock::time_point began = clock::now();
    clock::time_point departed{};
    std::string server{};
    std::vector<std::string> texts{};
    std::optional<error> failure{};
    call_event so_far{};
};

thread_local std::optional<account> open_call;

template <class Event>
void tell_all(void (observer::*how)(const Event&) noexcept, const Event& event) noexcept {
    registry& known = observers();
    const std::shared_lock lock{known.guard};
    for (observer* const one : known.all)
        (one->*how)(event);
}

constexpr std::array<std::string_view, 11> eviction_names = {
    "lifetime", "idle",       "peer_closed", "lost",    "silent", "unserved",
    "doubtful", "generation", "slow",        "surplus", "closing"};
constexpr std::array<std::string_view, 3> breaker_names = {"closed", "half_open", "open"};

}  // namespace

std::string_view name(eviction why) noexcept {
    return eviction_names[static_cast<std::size_t>(why)];
}

std::string_view name(breaker state) noexcept {
    return breaker_names[static_cast<std::size_t>(state)];
}

observation::observation(observer& by) : by_{by} {
    registry& known = observers();
    const std::lock_guard lock{known.guard};
    known.all.push_back(&by);
    detail::observer_count.fetch_add(1, std::memory_order_relaxed);
}

observation::~observation() {
    registry& known = observers();
    const std::lock_guard lock{known.guard};
    known.all.erase(std::ranges::find(known.all, &by_));
    detail::observer_count.fetch_sub(1, std::memory_order_relaxed);
}

namespace detail {

constinit std::atomic<int> observer_count{0};

void tell(const call_event& event) noexcept { tell_all(&observer::on_call, event); }
void tell(const handshake_event& event) noexcept { tell_all(&observer::on_handshake, event); }
void tell(const loan_event& event) noexcept { tell_all(&observer::on_loan, event); }
void tell(const eviction_event& event) noexcept { tell_all(&observer::on_eviction, event); }
void tell(const pool_event& event) noexcept { tell_all(&observer::on_pool, event); }
void tell(const cache_event& event) noexcept { tell_all(&observer::on_cache, event); }

void call_scope::open() noexcept {
    if (open_call) return;
    open_call.emplace();
    opened_ = true;
}

void call_scope::close() noexcept {
    account told = std::move(*open_call);
    open_call.reset();
    call_event& event = told.so_far;
    if (event.statements == 0 && !told.failure) return;
    event.server = told.server;
    event.texts = told.texts;
    event.failure = told.failure ? &*told.failure : nullptr;
    event.decode = clock::now() - told.began - event.queue - event.flight;
    tell(event);
}

std::string server_name(const endpoint& of) {
    return fmt::format("{}:{}/{}", of.host, of.port, of.database);
}

bool call_is_open() noexcept { return open_call.has_value(); }

void note_departure(std::span<const std::string_view> texts) {
    if (!open_call) return;
    account& call = *open_call;
    for (const std::string_view text : texts) {
        if (call.texts.size() < texts_told) call.texts.emplace_back(text);
    }
    call.so_far.statements += texts.size();
    ++call.so_far.round_trips;
    call.departed = clock::now();
}

void note_arrival() noexcept {
    if (open_call) open_call->so_far.flight += clock::now() - open_call->departed;
}

void note_queue(std::chrono::nanoseconds waited) noexcept {
    if (open_call) open_call->so_far.queue += waited;
}

void note_rows(std::uint64_t count, std::uint64_t bytes) noexcept {
    if (!open_call) return;
    open_call->so_far.rows += count;
    open_call->so_far.bytes += bytes;
}

void note_server(std::string_view server) noexcept {
    if (open_call) open_call->server = server;
}

void note_failure(const error* why) noexcept {
    if (!open_call) return;
    open_call->failure.reset();
    if (why != nullptr) open_call->failure = *why;
}

}  // namespace detail

}  // namespace honeydue
