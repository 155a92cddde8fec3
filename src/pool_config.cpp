// SPDX-License-Identifier: MIT
// Reading a pool's configuration from the environment, and refusing by name what contradicts
// itself.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include <honeydue/pool.hpp>

#include "go_duration.hpp"

namespace honeydue {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

result<void> read_count(std::size_t& to, const char* name, std::string_view text) {
    std::size_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) {
        return fail(
            errc::configuration,
            fmt::format("{} is '{}', not a whole number: give one, such as 25", name, text));
    }
    to = value;
    return {};
}

result<void> read_duration(milliseconds& to, const char* name, std::string_view text) {
    const auto value = parse_go_duration(text);
    if (!value) {
        return fail(
            errc::configuration,
            fmt::format(
                "{} is '{}', not a duration: give a number and a unit, such as 1800s, 1h30m "
                "or 0s",
                name, text));
    }
    if (*value < 0ns || (*value > 0ns && *value < 100ms)) {
        return fail(errc::configuration,
                    fmt::format("{} is '{}': give 0s for never, or 100ms or more", name, text));
    }
    to = std::chrono::floor<milliseconds>(*value);
    return {};
}

/// Reads one variable, when it is set and not empty.
template <class T>
result<void> read(T& to, const char* name,
                  result<void> (*reader)(T&, const char*, std::string_view)) {
    const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read-only
    if (text == nullptr || *text == '\0') return {};
    return reader(to, name, text);
}

struct bounded_time {
    const char* name;
    milliseconds pool_config::*member;
    milliseconds least;
    milliseconds most;
    bool may_be_zero;
};

constexpr std::array<bounded_time, 6> times = {{
    {"max_lifetime (DB_MAX_LIFETIME)", &pool_config::max_lifetime, 100ms, 876'000h, true},
    {"max_idle_time (DB_MAX_IDLE_TIME)", &pool_config::max_idle_time, 100ms, 876'000h, true},
    {"leak_after", &pool_config::leak_after, 1ms, 876'000h, true},
    {"acquire_timeout", &pool_config::acquire_timeout, 1ms, 10min, false},
    {"answer_timeout", &pool_config::answer_timeout, 1ms, 1h, true},
    {"warm_up_timeout", &pool_config::warm_up_timeout, 1ms, 10min, false},
}};

result<void> check_times(const pool_config& config) {
    for (const bounded_time& one : times) {
        const milliseconds value = config.*one.member;
        if ((value >= one.least && value <= one.most) || (one.may_be_zero && value == 0ms))
            continue;
        return fail(
            errc::configuration,
            fmt::format("{} is {} ms: give {} to {} ms{}", one.name, value.count(),
                        one.least.count(), one.most.count(), one.may_be_zero ? ", or 0" : ""));
    }
    return {};
}

struct bounded_count {
    const char* name;
    std::size_t pool_budget::*member;
    std::size_t least;
    std::size_t most;
};

constexpr std::array<bounded_count, 4> counts = {{
    {"budget.server_limit (DB_POOL_SERVER_LIMIT)", &pool_budget::server_limit, 1, 100'000},
    {"budget.reserved (DB_POOL_RESERVED)", &pool_budget::reserved, 0, 100'000},
    {"budget.replicas (DB_POOL_REPLICAS)", &pool_budget::replicas, 1, 10'000},
    {"budget.surge (DB_POOL_SURGE)", &pool_budget::surge, 0, 10'000},
}};

bool is_set(const char* name) {
    const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read-only
    return text != nullptr && *text != '\0';
}

struct budget_variable {
    const char* name;
    std::size_t pool_budget::*member;
};

constexpr std::array<budget_variable, 4> budget_variables = {{
    {"DB_POOL_SERVER_LIMIT", &pool_budget::server_limit},
    {"DB_POOL_RESERVED", &pool_budget::reserved},
    {"DB_POOL_REPLICAS", &pool_budget::replicas},
    {"DB_POOL_SURGE", &pool_budget::surge},
}};

result<void> read_budget(pool_config& config) {
    const char* const limit = budget_variables.front().name;
    pool_budget budget;
    for (const budget_variable& one : budget_variables) {
        if (!is_set(one.name)) continue;
        if (!is_set(limit))
            return fail(
                errc::configuration,
                fmt::format("{} is set, but {} is not: set both, or neither", one.name, limit));
        if (auto done = read(budget.*one.member, one.name, read_count); !done) return done;
    }
    if (!is_set(limit)) return {};
    if (is_set("DB_MAX_OPEN_CONNS"))
        return fail(errc::configuration,
                    fmt::format("DB_MAX_OPEN_CONNS and {} are both set: leave one of them out, "
                                "for the second derives the first",
                                limit));
    config.budget = budget;
    return {};
}

result<void> read_all(pool_config& config) {
    config.server = endpoint::from_env();
    if (auto done = config.server.check(); !done) return done;
    if (auto done = read(config.max_open, "DB_MAX_OPEN_CONNS", read_count); !done) return done;
    if (auto done = read_budget(config); !done) return done;
    // The default floor follows a smaller ceiling; a floor that was asked for does not.
    config.min_idle = std::min(config.min_idle, config.max_open);
    if (auto done = read(config.min_idle, "DB_MAX_IDLE_CONNS", read_count); !done) return done;
    if (auto done = read(config.max_lifetime, "DB_MAX_LIFETIME", read_duration); !done) return done;
    if (auto done = read(config.max_idle_time, "DB_MAX_IDLE_TIME", read_duration); !done)
        return done;
    return config.check();
}

}  // namespace

pool_config pool_config::from_env() {
    pool_config config;
    if (auto done = read_all(config); !done) config.fault = std::move(done.error());
    return config;
}

result<std::size_t> pool_budget::share() const {
    for (const bounded_count& one : counts) {
        const std::size_t value = this->*one.member;
        if (value >= one.least && value <= one.most) continue;
        return fail(errc::configuration,
                    fmt::format("{} is {}: give {} to {}", one.name, value, one.least, one.most));
    }
    const std::size_t left = server_limit > reserved ? server_limit - reserved : 0;
    const std::size_t part = left / (replicas + surge);
    if (part > 0) return std::min<std::size_t>(part, 1000);
    return fail(
        errc::configuration,
        fmt::format(
            "budget leaves nothing: ({} server_limit - {} reserved) for {} replicas "
            "and {} surge: raise budget.server_limit (DB_POOL_SERVER_LIMIT) or lower the others",
            server_limit, reserved, replicas, surge));
}

result<pool_config> pool_config::settled() const {
    pool_config own = *this;
    if (!fault && budget) {
        const auto part = budget->share();
        if (!part) return tl::unexpected{part.error()};
        own.max_open = *part;
        own.min_idle = std::min(min_idle, *part);
        own.budget.reset();
    }
    if (auto sound = own.check(); !sound) return tl::unexpected{std::move(sound.error())};
    return own;
}

result<void> pool_config::check() const {
    if (!fault && budget) return settled().map([](const pool_config&) {});
    if (fault) return tl::unexpected{*fault};
    if (auto sound = server.check(); !sound) return sound;
    if (max_open < 1 || max_open > 1000) {
        return fail(errc::configuration,
                    fmt::format("max_open (DB_MAX_OPEN_CONNS) is {}: give 1 to 1000", max_open));
    }
    if (min_idle > max_open) {
        return fail(
            errc::configuration,
            fmt::format(
                "min_idle (DB_MAX_IDLE_CONNS) is {}, above max_open (DB_MAX_OPEN_CONNS), which is "
                "{}: lower the first or raise the second",
                min_idle, max_open));
    }
    if (lifetime_jitter < 0 || lifetime_jitter > 90) {
        return fail(errc::configuration,
                    fmt::format("lifetime_jitter is {}: give 0 to 90 percent", lifetime_jitter));
    }
    if (leads_to == peer::unasked) {
        return fail(
            errc::configuration,
            "leads_to is 'unasked': leave it unset to have the pool ask, or say what it is");
    }
    if (queue > 100'000) {
        return fail(errc::configuration,
                    fmt::format("queue is {}: give up to 100000, or 0 for 8 x max_open", queue));
    }
    return check_times(*this);
}

}  // namespace honeydue
