// SPDX-License-Identifier: MIT
// The pool's face: lending, running, and the one retry that is safe.
#include <honeydue/pool.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include <honeydue/detail/call_scope.hpp>

#include "likely_database.hpp"
#include "part_flow.hpp"
#include "pool_core.hpp"

namespace honeydue {

namespace {

using namespace std::chrono_literals;
using time_point = std::chrono::steady_clock::time_point;

/// What asks for a session of its own has no place on a connection that the next caller shares.
result<void> shareable(std::span<const statement> group) {
    for (const statement& one : group) {
        if (one.place() != place::session) continue;
        return fail(
            errc::refused,
            fmt::format(
                "[{}] needs a session of its own: open a connection to the direct endpoint for it",
                one.text()));
    }
    return {};
}

bool only_reads(std::span<const statement> group) {
    return std::ranges::all_of(group,
                               [](const statement& one) { return one.effect() == effect::reads; });
}

/// A pooler that lives says so when its server does not, and hangs up; it takes new clients still.
/// Source: PgBouncer, src/janitor.c; Neon's proxy.
bool has_no_server(const error& said) {
    constexpr std::array<std::string_view, 5> words = {
        "server login has been failing", "client_login_timeout", "query_wait_timeout",
        "Couldn't connect to compute node", "Control plane request failed"};
    if (!said.connection_lost()) return false;
    return std::ranges::any_of(
        words, [&](std::string_view one) { return said.message().find(one) != std::string::npos; });
}

/// The earlier of what the call and what the configuration says.
sending bounded(sending how, const pool_core& of) {
    const pool_config& config = of.config();
    how.stop = of.stop_descriptor();
    if (config.answer_timeout.count() > 0) {
        how.until = std::min(how.until, std::chrono::steady_clock::now() + config.answer_timeout);
    }
    return how;
}

std::string derivation(const pool_budget& from, const pool_config& settled) {
    return fmt::format(
        "pool budget: max_open={} of ({} server_limit - {} reserved) / ({} replicas + {} surge), "
        "min_idle={}",
        settled.max_open, from.server_limit, from.reserved, from.replicas, from.surge,
        settled.min_idle);
}

/// A connection lent for one stream, or to the lease that the stream is on.
class lent_connection {
public:
    explicit lent_connection(std::shared_ptr<pool_core> from) noexcept : core_{std::move(from)} {}
    lent_connection(std::shared_ptr<pool_core> from, std::size_t slot) noexcept
        : core_{std::move(from)}, slot_{slot} {}
    lent_connection(lent_connection&&) noexcept = default;
    ~lent_connection() {
        if (acquired_ && core_ != nullptr) core_->give_back(*slot_, {});
    }

    result<void> open(deadline until) {
        if (slot_) return {};
        auto slot = core_->acquire(until, time_point::min());
        if (!slot) return tl::unexpected{std::move(slot.error())};
        slot_ = *slot;
        acquired_ = true;
        return {};
    }
    template <class What>
    auto use(What&& what) {
        return core_->use(*slot_, std::forward<What>(what));
    }
    [[nodiscard]] int stop(int /*callers*/) const noexcept { return core_->stop_descriptor(); }

private:
    std::shared_ptr<pool_core> core_;
    std::optional<slot_id> slot_{};
    bool acquired_ = false;
};

/// Says at the first part what is wrong with asking at all.
class refused_parts final : public part_source {
public:
    explicit refused_parts(error why) : why_{std::move(why)} {}
    result<std::optional<rows>> next() override {
        if (std::exchange(told_, true)) return std::optional<rows>{};
        return tl::unexpected{why_};
    }

private:
    error why_;
    bool told_ = false;
};

std::unique_ptr<part_source> pull_from(lent_connection from, statement one, const sending& how) {
    if (auto may = shareable(std::span{&one, 1}); !may)
        return std::make_unique<refused_parts>(std::move(may.error()));
    return std::make_unique<reached_parts<lent_connection>>(std::move(from), std::move(one), how);
}

result<rows> first_of(result<std::vector<rows>> answers) {
    if (!answers) return tl::unexpected{std::move(answers.error())};
    return std::move(answers->front());
}

}  // namespace

lease::lease(std::shared_ptr<pool_core> from, std::size_t slot) noexcept
    : core_{std::move(from)}, slot_{slot} {}

lease::lease(lease&& other) noexcept
    : core_{std::move(other.core_)}, slot_{other.slot_}, told_{other.told_} {}

lease& lease::operator=(lease&& other) noexcept {
    lease taken{std::move(other)};
    std::swap(core_, taken.core_);
    std::swap(slot_, taken.slot_);
    std::swap(told_, taken.told_);
    return *this;
}

lease::~lease() {
    if (core_ != nullptr) core_->give_back(slot_, told_);
}

result<std::vector<rows>> lease::run(std::span<const statement> group, const sending& how) {
    if (auto may = shareable(group); !may) return tl::unexpected{std::move(may.error())};
    const auto begin = std::chrono::steady_clock::now();
    auto answer =
        core_->use(slot_, [&](connection& lent) { return lent.run(group, bounded(how, *core_)); });
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - begin;
    if (answer) told_.quickest = std::min(told_.quickest.value_or(took), took);
    told_.silence = !answer && answer.error().code() == errc::deadline ? took : 0ns;
    told_.unserved = !answer && has_no_server(answer.error());
    return answer;
}

result<rows> lease::run(const statement& one, const sending& how) {
    return first_of(run(std::span{&one, 1}, how));
}

result<void> lease::stream(const statement& one, row_sink sink, const sending& how) {
    if (auto may = shareable(std::span{&one, 1}); !may) return may;
    return core_->use(slot_, [&](connection& lent) {
        sending stoppable = how;
        stoppable.stop = core_->stop_descriptor();
        return lent.stream(one, sink, stoppable);
    });
}

std::unique_ptr<part_source> lease::pull(statement one, const sending& how) {
    return pull_from(lent_connection{core_, slot_}, std::move(one), how);
}

result<std::vector<rows>> lease::describe(std::span<const statement> asked,
                                          const statement& question, const sending& how) {
    return core_->use(slot_, [&](connection& lent) {
        return lent.describe(asked, question, bounded(how, *core_));
    });
}

session_state lease::state() const noexcept { return core_->state(slot_); }

pool::pool(std::shared_ptr<pool_core> core) noexcept : core_{std::move(core)} {}
pool::pool(pool&&) noexcept = default;

pool& pool::operator=(pool&& other) noexcept {
    if (this != &other) {
        close();
        core_ = std::move(other.core_);
    }
    return *this;
}

pool::~pool() { close(); }

void pool::close() noexcept {
    if (core_ != nullptr) core_->stop({});
}

void pool::close(deadline drain) noexcept { core_->stop(drain); }

result<pool> pool::open(const pool_config& config) {
    const auto settled = config.settled();
    if (!settled) return tl::unexpected{settled.error()};
    const auto until = std::chrono::steady_clock::now() + config.warm_up_timeout;
    auto core = std::make_shared<pool_core>(*settled);
    if (config.budget) core->say(derivation(*config.budget, *settled));
    if (auto started = core->start(); !started) {
        core->stop({});
        return tl::unexpected{
            with_likely_database(std::move(started.error()), config.server, until)};
    }
    return pool{std::move(core)};
}

result<lease> pool::acquire(deadline until) {
    auto slot = core_->acquire(until, time_point::min());
    if (!slot) return tl::unexpected{std::move(slot.error())};
    return lease{core_, *slot};
}

result<std::vector<rows>> pool::run(std::span<const statement> group, const sending& how) {
    if (group.empty()) return std::vector<rows>{};
    if (auto may = shareable(group); !may) return tl::unexpected{std::move(may.error())};
    const detail::call_scope call;
    sending asked = how;
    if (how.until != no_deadline) asked.kept_by = limiter::both;
    auto proven_since = time_point::min();
    for (;;) {
        auto slot = core_->acquire(how.until, proven_since);
        if (!slot) return tl::unexpected{std::move(slot.error())};
        const auto sent = std::chrono::steady_clock::now();
        auto answer = lease{core_, *slot}.run(group, asked);
        const bool again = !answer && answer.error().connection_lost() && only_reads(group) &&
                           proven_since == time_point::min();
        if (!again) return answer;
        core_->count_retry();
        proven_since = sent;
    }
}

result<rows> pool::run(const statement& one, const sending& how) {
    return first_of(run(std::span{&one, 1}, how));
}

result<void> pool::stream(const statement& one, row_sink sink, const sending& how) {
    if (auto may = shareable(std::span{&one, 1}); !may) return may;
    const detail::call_scope call;
    auto held = acquire(how.until);
    if (!held) return tl::unexpected{std::move(held.error())};
    return held->stream(one, sink, how);
}

std::unique_ptr<part_source> pool::pull(statement one, const sending& how) {
    return pull_from(lent_connection{core_}, std::move(one), how);
}

result<std::vector<rows>> pool::describe(std::span<const statement> asked,
                                         const statement& question, const sending& how) {
    auto held = acquire(how.until);
    if (!held) return tl::unexpected{std::move(held.error())};
    return held->describe(asked, question, how);
}

pool_stats pool::stats() const { return core_->stats(); }

std::vector<pool_slot> pool::slots() const { return core_->slots(); }

}  // namespace honeydue
