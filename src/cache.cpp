// SPDX-License-Identifier: MIT
// One key's way through the tiers. The order is the protocol: register the load, lease, load,
// compare-and-fill, and keep only what nobody has invalidated on the way.
#include "cache_core.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace honeydue {

std::string_view name(cache_source source) noexcept {
    constexpr std::array<std::string_view, 5> names{"memory", "shared", "loaded", "stale",
                                                    "bypass"};
    return names[static_cast<std::size_t>(source)];
}

}  // namespace honeydue

namespace honeydue::detail {

using cache_policy::boot_clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds shortest_poll{25};
constexpr milliseconds longest_poll{100};
constexpr milliseconds longest_catch_up{100};

std::mt19937_64& generator() {
    thread_local std::mt19937_64 made{[] {
        std::random_device device;
        return std::uint64_t{device()} << 32U ^ device();
    }()};
    return made;
}

bool is_only_the_leaders(const error& failure) {
    return failure.code() == errc::deadline || failure.code() == errc::round_trip_budget;
}

}  // namespace

// The process id keeps a forked child from repeating its parent's.
std::string random_token() {
    return fmt::format("{:08x}{:016x}", static_cast<unsigned>(::getpid()), generator()());
}

error no_end_in_time() {
    return {errc::deadline,
            "cache: another caller's load did not end in time; give the call more time, or the "
            "loader a deadline"};
}

double random_jitter() { return std::uniform_real_distribution<double>{-1, 1}(generator()); }

error loader_threw(const char* what) {
    return {errc::statement,
            fmt::format("cache: the loader threw {}; loaders return errors", what)};
}

std::shared_ptr<cache_core> make_core(std::string_view name, const memory_tier& memory,
                                      shared_tier* shared, const cache_options& options,
                                      const value_traits& traits) {
    auto core = std::make_shared<cache_core>(name, memory.store(), shared, options, traits);
    if (shared == nullptr) return core;
    // Where no lease guards a load, hearing of the intent does.
    if (options.reach == cache_reach::memory_only) memory.store()->fence_intents();
    shared->coherence().listen(memory.store());
    return core;
}

void begin_name(const cache_core& core, std::string& name) { name.assign(core.prefix()); }
void end_name(const cache_core& core, std::string& name) {
    shorten_name(name, core.prefix().size());
}
std::string clear_tag(const cache_core& core) { return core.clear_tag(); }
cache_stats stats_of(const cache_core& core) { return core.stats(); }

namespace {

// Beyond them sums of times overflow.
cache_options bounded(cache_options wanted) {
    constexpr milliseconds longest = std::chrono::years{10};
    for (auto* const time : {&wanted.memory_ttl, &wanted.shared_ttl, &wanted.negative_ttl,
                             &wanted.stale_for, &wanted.wait_limit})
        *time = std::clamp(*time, milliseconds{0}, longest);
    return wanted;
}

}  // namespace

cache_core::cache_core(std::string_view name, std::shared_ptr<memory_store> memory,
                       shared_tier* shared, const cache_options& options,
                       const value_traits& traits)
    : prefix_{name},
      memory_{std::move(memory)},
      shared_{shared},
      fills_{shared != nullptr && options.reach == cache_reach::both_tiers},
      options_{bounded(options)},
      traits_{traits},
      fingerprint_{type_print{traits.fingerprint}.add(options.version).value} {
    std::ranges::replace(prefix_, '\0', '_');
    prefix_ += '\0';
}

memory_view cache_core::view_now() const {
    memory_view view{.now = boot_clock::now()};
    if (shared_ == nullptr) return view;
    const auto& coherence = shared_->coherence();
    view.epoch = coherence.epoch();
    view.trusted = coherence.is_trusted(view.now);
    view.alone = !coherence.is_reachable();
    view.window = coherence.window();
    return view;
}

std::optional<erased_answer> cache_core::glance(std::string_view name) const {
    if (invalidations::current() != nullptr) return std::nullopt;
    auto hit = memory_->find(name, memory_store::hash_of(name), view_now());
    if (!hit || hit->refresh_due) return std::nullopt;
    return erased_answer{std::move(hit->value), cache_source::memory};
}

std::vector<std::string> cache_core::all_tags(const cache_call& call) const {
    std::vector<std::string> tags{clear_tag()};
    tags.insert(tags.end(), call.tags.begin(), call.tags.end());
    return tags;
}

cache_core::deadline_point cache_core::deadline_of(const cache_call& call) const {
    return call.until.value_or(std::chrono::steady_clock::now() + options_.wait_limit);
}

milliseconds cache_core::window() const {
    return std::chrono::duration_cast<milliseconds>(shared_->coherence().window());
}

// Everything by which the value will be judged is noted before anything is read.
std::shared_ptr<load_flight> cache_core::new_flight(std::span<const std::string> tags) const {
    auto flight = std::make_shared<load_flight>();
    flight->epoch = shared_ != nullptr ? shared_->coherence().epoch() : 0;
    flight->marks = memory_->mark(tags);
    flight->began = boot_clock::now();
    return flight;
}

// Nothing more is heard from a tier that cannot be reached, so nobody waits for it.
bool cache_core::must_skip_memory(const cache_call& call) const {
    if (shared_ == nullptr || call.after.generation.empty()) return false;
    if (!shared_->coherence().is_reachable()) return !shared_->caught_up(call.after, {});
    const auto left = std::chrono::duration_cast<milliseconds>(deadline_of(call) -
                                                               std::chrono::steady_clock::now());
    return !shared_->caught_up(call.after, std::clamp(left, milliseconds{0}, longest_catch_up));
}

bool cache_core::may_ask_shared(const trip& of) const {
    const auto& coherence = shared_->coherence();
    return !coherence.is_doubted(of.name) && std::ranges::none_of(of.tags, [&](const auto& tag) {
        return coherence.is_doubted(tag);
    });
}

result<erased_answer> cache_core::get(const std::string& name, const one_loader& loader,
                                      const cache_call& call) {
    if (const auto* const tx = invalidations::current()) {
        return inside_transaction(*tx, name, loader, call);
    }
    const auto until = deadline_of(call);
    const bool skips_memory = must_skip_memory(call);
    const auto entries =
        skips_memory ? memory_store::presence::all_anew : memory_store::presence::counts;
    trip of{.name = name, .hash = memory_store::hash_of(name), .tags = all_tags(call)};
    for (;;) {
        auto start =
            memory_->find_or_begin(name, of.hash, view_now(), entries, new_flight(of.tags));
        if (start.hit && !start.hit->refresh_due) {
            return erased_answer{std::move(start.hit->value), cache_source::memory};
        }
        if (start.hit) return refresh(of, loader, std::move(*start.hit));
        of.flight = start.flight;
        if (start.leads) {
            return answer_of(lead(of, [&] { return bring(of, loader, until); }), of, !skips_memory);
        }
        count(counters_.joined);
        auto landed = start.flight->wait(until);
        if (!landed) return tl::unexpected{no_end_in_time()};
        if (!landed->only_the_leaders) return answer_of(std::move(*landed), of, !skips_memory);
        if (std::chrono::steady_clock::now() >= until) return tl::unexpected{*landed->failure};
    }
}

// The transaction sees what nobody else does, and may hold the connection that the load it would
// join is waiting for.
result<erased_answer> cache_core::inside_transaction(const invalidations& tx,
                                                     const std::string& name,
                                                     const one_loader& loader,
                                                     const cache_call& call) {
    if (!tx.concerns(*this, name) && !must_skip_memory(call)) {
        if (auto hit = memory_->find(name, memory_store::hash_of(name), view_now())) {
            return erased_answer{std::move(hit->value), cache_source::memory};
        }
    }
    count(counters_.bypassed);
    return loader.call(loader.self).map([](erased_value&& value) {
        return erased_answer{std::move(value), cache_source::bypass};
    });
}

// A flight always ends, or those who wait for it, and all who come later, would wait in vain.
template <class Bring>
load_flight::landing cache_core::lead(trip& of, Bring&& bring_it) {
    try {
        brought got = bring_it();
        land(of, std::move(got.keep));
        of.flight->land(got.what);
        return std::move(got.what);
    } catch (...) {
        abandon(of);
        throw;
    }
}

void cache_core::land(const trip& of, std::optional<kept_value>&& keep) {
    const auto epoch = shared_ != nullptr ? shared_->coherence().epoch() : 0;
    memory_->land(of.name, of.hash, *of.flight, epoch, std::move(keep));
}

// Its leader is thrown out; a lease lapses by itself.
void cache_core::abandon(const trip& of) noexcept {
    land(of, std::nullopt);
    of.flight->land(load_flight::left_to_others());
}

cache_core::brought cache_core::bring(trip& of, const one_loader& loader, deadline_point until) {
    if (!fills_) return load_alone(loader, cache_source::loaded, std::nullopt);
    of.token = random_token();
    of.mode = options_.intended == while_intended::serve_old ? acquire_mode::usual
                                                             : acquire_mode::bypass_intended;
    for (int attempt = 0;; ++attempt) {
        if (!may_ask_shared(of)) return load_alone(loader, cache_source::loaded, window());
        const shared_acquire wanted{{of.name, fingerprint_, of.tags}, of.token, of.mode};
        auto answers = shared_->acquire(std::span{&wanted, 1});
        if (!answers) {
            count(counters_.shared_failures);
            return load_alone(loader, cache_source::loaded, window());
        }
        const auto state = answers->front().state;
        const auto rest = answers->front().rest;
        if (state != shared_state::busy) {
            if (auto done = from_shared(of, loader, std::move(answers->front()))) return *done;
            continue;
        }
        if (attempt == 0) count(counters_.busy);
        if (!wait_while_busy(rest, attempt, until)) {
            return load_alone(loader, cache_source::loaded, milliseconds{0});
        }
    }
}

// Nothing: what the tier held was no value of ours, ask again for a lease to replace it.
std::optional<cache_core::brought> cache_core::from_shared(trip& of, const one_loader& loader,
                                                           shared_answer&& answer) {
    if (answer.state == shared_state::leased) return load_and_fill(of, loader);
    if (answer.state == shared_state::dirty) {
        count(counters_.dirty);
        return load_alone(loader, cache_source::bypass, milliseconds{0});
    }
    auto read = opened(of, answer);
    if (read.keep) return read;
    of.mode = acquire_mode::replace;
    return std::nullopt;
}

// False when this caller has no time left to wait for the other process.
bool cache_core::wait_while_busy(milliseconds rest, int attempt, deadline_point until) const {
    const auto backoff = std::min(shortest_poll * (attempt + 1), longest_poll);
    const auto pause = std::min(backoff, std::max(rest, milliseconds{1}));
    if (std::chrono::steady_clock::now() + pause >= until) return false;
    std::this_thread::sleep_for(pause);
    return true;
}

// One caller loads while the others are served; among processes the lease decides which.
erased_answer cache_core::refresh(trip& of, const one_loader& loader, memory_hit hit) {
    const erased_answer old{std::move(hit.value), cache_source::memory};
    auto start = memory_->find_or_begin(of.name, of.hash, view_now(),
                                        memory_store::presence::is_ignored, new_flight(of.tags));
    if (!start.leads) return old;
    of.flight = start.flight;
    auto got = lead(of, [&] { return bring_anew(of, loader); });
    if (got.failure) return old;
    return {std::move(got.value), cache_source::loaded};
}

cache_core::brought cache_core::bring_anew(trip& of, const one_loader& loader) {
    if (!fills_) return load_alone(loader, cache_source::loaded, std::nullopt);
    brought not_due{.what = load_flight::left_to_others()};
    if (!may_ask_shared(of)) return not_due;
    of.token = random_token();
    const shared_acquire wanted{{of.name, fingerprint_, of.tags}, of.token, acquire_mode::replace};
    auto answers = shared_->acquire(std::span{&wanted, 1});
    const bool leased = answers && answers->front().state == shared_state::leased;
    return leased ? load_and_fill(of, loader) : std::move(not_due);
}

// What a reader throws on, such as a count for which there is no memory, is no value of ours
// either.
erased_value cache_core::decoded(std::span<const std::byte> from) const noexcept {
    try {
        return traits_.decode(from);
    } catch (...) {
        return nullptr;
    }
}

cache_core::brought cache_core::opened(const trip& of, const shared_answer& answer) {
    const auto inside = unseal(fingerprint_, of.name, answer.value);
    auto value = inside ? decoded(*inside) : nullptr;
    if (value == nullptr) {
        count(counters_.rejected);
        return {};
    }
    count(counters_.shared_hits);
    brought got{.what = {.value = value,
                         .negative = traits_.negative(value.get()),
                         .source = static_cast<std::uint8_t>(cache_source::shared)}};
    got.keep = kept(value, answer.rest);
    return got;
}

cache_core::brought cache_core::loaded(result<erased_value>&& value, cache_source source) {
    count(counters_.loads);
    brought got;
    if (!value) {
        count(counters_.load_failures);
        got.what.only_the_leaders = is_only_the_leaders(value.error());
        got.what.failure = std::move(value.error());
        return got;
    }
    got.what.value = std::move(*value);
    got.what.negative = traits_.negative(got.what.value.get());
    got.what.source = static_cast<std::uint8_t>(source);
    return got;
}

// `at_most` bounds what is kept without the shared tier's consent; zero keeps nothing.
cache_core::brought cache_core::load_alone(const one_loader& loader, cache_source source,
                                           std::optional<milliseconds> at_most) {
    auto got = loaded(loader.call(loader.self), source);
    if (!got.what.failure && at_most != milliseconds{0}) got.keep = kept(got.what.value, at_most);
    return got;
}

cache_core::brought cache_core::load_and_fill(trip& of, const one_loader& loader) {
    auto got = loaded(loader.call(loader.self), cache_source::loaded);
    const shared_place place{of.name, fingerprint_, of.tags};
    if (got.what.failure) {
        const shared_acquire lease{place, of.token, of.mode};
        shared_->release(std::span{&lease, 1});
        return got;
    }
    const auto ttl = ttl_to_share(got.what.negative);
    const auto value = sealed(of.name, got.what.value);
    const shared_fill wanted{place, of.token, value, ttl};
    const auto filled = shared_->fill(std::span{&wanted, 1});
    if (!filled) {
        count(counters_.shared_failures);
        got.keep = kept(got.what.value, window());
    } else if (filled->front() != 0) {
        got.keep = kept(got.what.value, ttl);
    } else {
        count(counters_.fills_refused);
    }
    return got;
}

kept_value cache_core::kept(const erased_value& value,
                            std::optional<milliseconds> remaining) const {
    const bool negative = traits_.negative(value.get());
    // No longer than a transaction may take to commit: one may be about to.
    const bool may_change = fills_ && remaining && *remaining <= window();
    const cache_policy::life_rules rules{
        .ttl =
            negative ? std::min(options_.negative_ttl, options_.memory_ttl) : options_.memory_ttl,
        .remaining = remaining,
        .stale_for = may_change ? milliseconds{0} : options_.stale_for,
        .refresh_from = options_.refresh_from};
    return {value, traits_.weight(value.get()), negative,
            cache_policy::life_of(boot_clock::now(), rules, random_jitter())};
}

milliseconds cache_core::ttl_to_share(bool negative) const {
    const auto ttl = negative ? options_.negative_ttl : options_.shared_ttl;
    const auto tenth = static_cast<double>(ttl.count()) * 0.1 * random_jitter();
    return std::max(ttl + milliseconds{static_cast<milliseconds::rep>(tenth)}, milliseconds{1});
}

std::string cache_core::sealed(const std::string& name, const erased_value& value) const {
    std::string encoded;
    traits_.encode(value.get(), encoded);
    return seal(fingerprint_, name, encoded);
}

// A load that failed may be stood in for by what has merely expired.
result<erased_answer> cache_core::answer_of(landing&& what, const trip& of, bool may_be_stale) {
    if (!what.failure) {
        return erased_answer{std::move(what.value), static_cast<cache_source>(what.source)};
    }
    if (may_be_stale && options_.stale_for > milliseconds{0}) {
        if (auto old = memory_->find_stale(of.name, of.hash, view_now())) {
            count(counters_.stale_served);
            return erased_answer{std::move(old->value), cache_source::stale};
        }
    }
    return tl::unexpected{std::move(*what.failure)};
}

cache_stats cache_core::stats() const {
    const auto& of = counters_;
    return {.shared_hits = of.shared_hits,
            .loads = of.loads,
            .load_failures = of.load_failures,
            .joined = of.joined,
            .busy = of.busy,
            .dirty = of.dirty,
            .fills_refused = of.fills_refused,
            .rejected = of.rejected,
            .shared_failures = of.shared_failures,
            .stale_served = of.stale_served,
            .bypassed = of.bypassed,
            .unfenced_commits = of.unfenced_commits,
            .undelivered = of.undelivered};
}

}  // namespace honeydue::detail
