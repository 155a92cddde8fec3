// SPDX-License-Identifier: MIT
// Many keys at once: one call to the shared tier, one to the loader, one to fill.
#include "cache_core.hpp"

#include <algorithm>
#include <utility>

namespace honeydue::detail {

using std::chrono::milliseconds;

struct cache_core::many {
    std::vector<trip> trips;
    std::vector<brought> got;
    std::vector<std::optional<erased_answer>> answers;
    std::vector<std::size_t> led{};      // ours to bring, in the order of the names
    std::vector<std::size_t> missing{};  // of those, what only the loader has
    std::vector<std::uint8_t> leased;    // of those, what may be filled
    std::vector<std::optional<milliseconds>> at_most;
    std::optional<error> failure{};
    bool inside = false;  // a transaction
    bool skips_memory = false;
};

result<std::vector<erased_answer>> cache_core::get_many(const std::vector<std::string>& names,
                                                        const many_loader& loader,
                                                        const cache_call& call) {
    many of{.trips = {}, .got = {}, .answers = {}, .leased = {}, .at_most = {}};
    try {
        begin_many(of, names, call);
        return bring_many(of, loader, call);
    } catch (...) {
        for (const auto i : of.led)
            abandon(of.trips[i]);
        throw;
    }
}

void cache_core::begin_many(many& of, const std::vector<std::string>& names,
                            const cache_call& call) {
    const auto size = names.size();
    of.inside = invalidations::current() != nullptr;
    of.skips_memory = must_skip_memory(call);
    of.trips.reserve(size);
    of.led.reserve(size);
    of.got.resize(size);
    of.answers.resize(size);
    of.leased.resize(size);
    of.at_most.resize(size);
    const auto entries =
        of.skips_memory ? memory_store::presence::all_anew : memory_store::presence::counts;
    for (std::size_t i = 0; i < size; ++i) {
        auto& at = of.trips.emplace_back(trip{
            .name = names[i], .hash = memory_store::hash_of(names[i]), .tags = all_tags(call)});
        at.flight = new_flight(at.tags);
        auto start = of.inside
                         ? memory_store::start{.flight = at.flight, .leads = true}
                         : memory_->find_or_begin(at.name, at.hash, view_now(), entries, at.flight);
        if (start.hit) of.answers[i] = {std::move(start.hit->value), cache_source::memory};
        at.flight = std::move(start.flight);
        if (start.leads) of.led.push_back(i);
    }
}

result<std::vector<erased_answer>> cache_core::bring_many(many& of, const many_loader& loader,
                                                          const cache_call& call) {
    if (of.inside) {
        of.missing = of.led;
        std::ranges::fill(of.at_most, milliseconds{0});
    } else {
        acquire_many(of);
    }
    load_many(of, loader);
    fill_many(of);
    land_many(of);
    cache_call again = call;
    again.until = deadline_of(call);
    const auto left = join_many(of, *again.until);
    if (!left.empty() && !of.failure) ask_again(of, left, loader, again);
    if (of.failure) return tl::unexpected{std::move(*of.failure)};
    std::vector<erased_answer> all;
    for (auto& one : of.answers)
        all.push_back(std::move(*one));
    return all;
}

void cache_core::ask_again(many& of, const std::vector<std::size_t>& left,
                           const many_loader& loader, const cache_call& call) {
    std::vector<std::string> names;
    for (const auto i : left)
        names.push_back(of.trips[i].name);
    auto load = [&](std::span<const std::size_t> wanted) {
        std::vector<std::size_t> of_all;
        for (const auto k : wanted)
            of_all.push_back(left[k]);
        return loader.call(loader.self, of_all);
    };
    const auto call_it = [](void* self, std::span<const std::size_t> wanted) {
        return (*static_cast<decltype(load)*>(self))(wanted);
    };
    auto found = get_many(names, {&load, call_it}, call);
    if (!found) {
        of.failure = std::move(found.error());
        return;
    }
    for (std::size_t k = 0; k < left.size(); ++k)
        of.answers[left[k]] = std::move((*found)[k]);
}

// A key that another process is loading is loaded here too: one statement more or less is nothing.
void cache_core::acquire_many(many& of) {
    std::vector<std::size_t> asked;
    for (const auto i : of.led) {
        auto& at = of.trips[i];
        at.token = random_token();
        if (fills_ && may_ask_shared(at)) {
            asked.push_back(i);
            continue;
        }
        if (fills_) of.at_most[i] = window();
        of.missing.push_back(i);
    }
    const auto unreadable = ask_many(of, asked);
    for (const auto i : unreadable)
        of.trips[i].mode = acquire_mode::replace;
    for (const auto i : ask_many(of, unreadable))
        of.missing.push_back(i);
}

// Those whose value is none of ours, to be asked for again.
std::vector<std::size_t> cache_core::ask_many(many& of, const std::vector<std::size_t>& asked) {
    if (asked.empty()) return {};
    std::vector<shared_acquire> wanted;
    for (const auto i : asked) {
        const auto& at = of.trips[i];
        wanted.push_back({{at.name, fingerprint_, at.tags}, at.token, at.mode});
    }
    const auto answers = shared_->acquire(wanted);
    if (!answers) count(counters_.shared_failures);
    std::vector<std::size_t> unreadable;
    for (std::size_t k = 0; k < asked.size(); ++k) {
        const auto i = asked[k];
        of.at_most[i] = answers ? milliseconds{0} : window();
        if (answers && (*answers)[k].state == shared_state::hit) {
            of.got[i] = opened(of.trips[i], (*answers)[k]);
            if (!of.got[i].keep) unreadable.push_back(i);
            continue;
        }
        of.leased[i] = answers && (*answers)[k].state == shared_state::leased ? 1 : 0;
        of.missing.push_back(i);
    }
    return unreadable;
}

void cache_core::load_many(many& of, const many_loader& loader) {
    if (of.missing.empty()) return;
    auto values = loader.call(loader.self, of.missing);
    for (std::size_t k = 0; k < of.missing.size(); ++k) {
        const auto i = of.missing[k];
        if (!values) {
            of.got[i] = loaded(tl::unexpected{values.error()}, cache_source::loaded);
            continue;
        }
        if ((*values)[k] == nullptr) {
            of.leased[i] = of.leased[i] != 0 ? 2 : 0;
            of.got[i].what = {.source = static_cast<std::uint8_t>(cache_source::loaded)};
            continue;
        }
        const bool bypass = of.at_most[i] == milliseconds{0} && of.leased[i] == 0;
        of.got[i] =
            loaded(std::move((*values)[k]), bypass ? cache_source::bypass : cache_source::loaded);
        if (!bypass && of.leased[i] == 0)
            of.got[i].keep = kept(of.got[i].what.value, of.at_most[i]);
    }
}

void cache_core::fill_many(many& of) {
    std::vector<std::string> values;
    std::vector<std::size_t> filled;
    std::vector<shared_acquire> unused;
    values.reserve(of.missing.size());
    std::vector<shared_fill> wanted;
    for (const auto i : of.missing) {
        if (of.leased[i] == 0) continue;
        const auto& at = of.trips[i];
        const shared_place place{at.name, fingerprint_, at.tags};
        if (of.got[i].what.failure || of.leased[i] == 2) {
            unused.push_back({place, at.token, at.mode});
            continue;
        }
        values.push_back(sealed(at.name, of.got[i].what.value));
        wanted.push_back({place, at.token, values.back(), ttl_to_share(of.got[i].what.negative)});
        filled.push_back(i);
    }
    if (!unused.empty()) shared_->release(unused);
    if (wanted.empty()) return;
    const auto stored = shared_->fill(wanted);
    for (std::size_t k = 0; k < filled.size(); ++k) {
        auto& got = of.got[filled[k]];
        if (stored && (*stored)[k] == 0) {
            count(counters_.fills_refused);
            continue;
        }
        got.keep = kept(got.what.value, stored ? wanted[k].ttl : window());
    }
}

// What is ours lands before anybody else's is waited for: two calls that wait for each other's keys
// would otherwise wait for ever. A key that the loader left out others ask their own loaders for.
void cache_core::land_many(many& of) {
    for (const auto i : of.led) {
        auto& at = of.trips[i];
        auto& what = of.got[i].what;
        land(at, std::move(of.got[i].keep));
        const bool left_out = !what.failure && what.value == nullptr;
        at.flight->land(left_out ? load_flight::left_to_others() : what);
        settle(of, i, std::move(what));
    }
}

// Where the same key was asked for twice.
std::optional<std::size_t> cache_core::leader_of(const many& of, std::size_t i) {
    const auto flight_of = [&](std::size_t k) { return of.trips[k].flight; };
    const auto found = std::ranges::find(of.led, of.trips[i].flight, flight_of);
    return found == of.led.end() ? std::nullopt : std::optional{*found};
}

// Those whose leaders had no answer that is ours, too.
std::vector<std::size_t> cache_core::join_many(many& of, deadline_point until) {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < of.answers.size() && !of.failure; ++i) {
        if (of.answers[i]) continue;
        count(counters_.joined);
        auto landed = of.trips[i].flight->wait(until);
        if (!landed) {
            of.failure = no_end_in_time();
        } else if (const auto ours = leader_of(of, i); ours && landed->only_the_leaders) {
            of.answers[i] = of.answers[*ours];
        } else if (landed->only_the_leaders && std::chrono::steady_clock::now() < until) {
            left.push_back(i);
        } else {
            settle(of, i, std::move(*landed));
        }
    }
    return left;
}

void cache_core::settle(many& of, std::size_t i, landing&& what) {
    auto answer = answer_of(std::move(what), of.trips[i], !of.skips_memory && !of.inside);
    if (answer) {
        of.answers[i] = std::move(*answer);
    } else if (!of.failure) {
        of.failure = std::move(answer.error());
    }
}

}  // namespace honeydue::detail
