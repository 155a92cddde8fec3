// SPDX-License-Identifier: MIT
// Taking and releasing a session's advisory lock.
#include <honeydue/advisory_lock.hpp>

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace honeydue {

namespace {

/// True and false are the server's answer; none means that another process answered than the one
/// we were told of: a pooler. CASE evaluates no branch it does not take, so nothing is locked then.
result<bool> ask(connection& on, const char* text, std::int64_t key, deadline until) {
    const statement asks = runtime(text, key, static_cast<std::int32_t>(on.process()));
    const auto answer = on.run(asks, {.until = until, .kept_by = limiter::both});
    if (!answer) return tl::unexpected{answer.error()};
    std::optional<bool> taken;
    if (answer->size() != 1 || decode(answer->at(0, 0), taken) != codec_fault::none)
        return fail(errc::protocol, "the answer to an advisory lock is not a boolean");
    if (taken) return *taken;
    return fail(errc::refused,
                fmt::format("advisory lock {} was not taken: a pooler is in between, which gives "
                            "the session to others; connect to the server directly",
                            key));
}

}  // namespace

result<advisory_lock> advisory_lock::acquire(connection& on, std::int64_t key, deadline until) {
    const auto taken = ask(on,
                           "select case when pg_backend_pid() = $2 then "
                           "pg_advisory_lock($1)::text is not null end",
                           key, until);
    if (!taken) return tl::unexpected{taken.error()};
    return advisory_lock{on, key};
}

result<std::optional<advisory_lock>> advisory_lock::try_acquire(connection& on, std::int64_t key,
                                                                deadline until) {
    const auto taken = ask(
        on, "select case when pg_backend_pid() = $2 then pg_try_advisory_lock($1) end", key, until);
    if (!taken) return tl::unexpected{taken.error()};
    if (!*taken) return std::nullopt;
    return advisory_lock{on, key};
}

advisory_lock::advisory_lock(advisory_lock&& other) noexcept
    : on_{std::exchange(other.on_, nullptr)}, key_{other.key_} {}

advisory_lock& advisory_lock::operator=(advisory_lock&& other) noexcept {
    advisory_lock taken{std::move(other)};
    std::swap(on_, taken.on_);
    std::swap(key_, taken.key_);
    return *this;
}

advisory_lock::~advisory_lock() {
    if (on_ == nullptr) return;
    (void)release(std::chrono::steady_clock::now() + std::chrono::seconds{1});
}

result<void> advisory_lock::release(deadline until) {
    if (on_ == nullptr) return {};
    connection& on = *std::exchange(on_, nullptr);
    const auto held = ask(
        on, "select case when pg_backend_pid() = $2 then pg_advisory_unlock($1) end", key_, until);
    if (!held) return tl::unexpected{held.error()};
    if (*held) return {};
    return fail(errc::refused,
                fmt::format("advisory lock {} was no longer held when it was released", key_));
}

}  // namespace honeydue
