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
};

result<std::vector<erased_answer>> cache_core::get_many(const std::vector<std::string>& names,
                                                        const many_loader& loader,
                                                        const cache_call& call) {
    const auto* const tx = invalidations::current();
    const auto entries =
        must_skip_memory(call) ? memory_store::presence::all_anew : memory_store::presence::counts;
    many of{.trips = {}, .got = {}, .answers = {}, .leased = {}, .at_most = {}};
    const auto size = names.size();
    of.got.resize(size);
    of.answers.resize(size);
    of.leased.resize(size);
    of.at_most.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
        auto& at = of.trips.emplace_back(trip{
            .name = names[i], .hash = memory_store::hash_of(names[i]), .tags = all_tags(call)});
        if (tx != nullptr) {
            at.flight = new_flight(at.tags);
            of.led.push_back(i);
            continue;
        }
        auto start =
            memory_->find_or_begin(at.name, at.hash, view_now(), entries, new_flight(at.tags));
        if (start.hit) of.answers[i] = {std::move(start.hit->value), cache_source::memory};
        at.flight = std::move(start.flight);
        if (start.leads) of.led.push_back(i);
    }
    if (tx == nullptr) {
        acquire_many(of);
    } else {
        of.missing = of.led;
        std::ranges::fill(of.at_most, milliseconds{0});
    }
    load_many(of, loader);
    fill_many(of);
    return land_many(of, deadline_of(call));
}

// A key that another process is loading is loaded here too: one statement more or less is nothing.
void cache_core::acquire_many(many& of) {
    std::vector<std::size_t> asked;
    std::vector<shared_acquire> wanted;
    for (const auto i : of.led) {
        auto& at = of.trips[i];
        at.token = random_token();
        if (shared_ == nullptr) {
            of.missing.push_back(i);
        } else if (!may_ask_shared(at)) {
            of.at_most[i] = std::chrono::duration_cast<milliseconds>(shared_->coherence().window());
            of.missing.push_back(i);
        } else {
            asked.push_back(i);
            wanted.push_back({{at.name, fingerprint_, at.tags}, at.token, at.mode});
        }
    }
    if (asked.empty()) return;
    auto answers = shared_->acquire(wanted);
    if (!answers) count(counters_.shared_failures);
    for (std::size_t k = 0; k < asked.size(); ++k) {
        const auto i = asked[k];
        if (answers && (*answers)[k].state == shared_state::hit) {
            of.got[i] = opened(of.trips[i], (*answers)[k]);
            if (of.got[i].keep) continue;
        }
        of.leased[i] = answers && (*answers)[k].state == shared_state::leased ? 1 : 0;
        of.at_most[i] =
            answers ? milliseconds{0}
                    : std::chrono::duration_cast<milliseconds>(shared_->coherence().window());
        of.missing.push_back(i);
    }
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
        const auto window = std::chrono::duration_cast<milliseconds>(shared_->coherence().window());
        got.keep = kept(got.what.value, stored ? wanted[k].ttl : window);
    }
}

// What is ours lands before anybody else's is waited for: two calls that wait for each other's keys
// would otherwise wait for ever.
result<std::vector<erased_answer>> cache_core::land_many(many& of, deadline_point until) {
    const auto epoch = shared_ != nullptr ? shared_->coherence().epoch() : 0;
    std::optional<error> failure;
    for (const auto i : of.led) {
        auto& at = of.trips[i];
        auto& got = of.got[i];
        memory_->land(at.name, at.hash, *at.flight, epoch, std::move(got.keep));
        at.flight->land(got.what);
        if (got.what.failure && !failure) failure = got.what.failure;
        of.answers[i] = {std::move(got.what.value), static_cast<cache_source>(got.what.source)};
    }
    std::vector<erased_answer> all;
    for (std::size_t i = 0; i < of.answers.size() && !failure; ++i) {
        if (!of.answers[i]) {
            count(counters_.joined);
            auto landed = of.trips[i].flight->wait(until);
            if (!landed)
                return fail(errc::deadline, "cache: another caller's load did not end in time");
            if (landed->failure) return tl::unexpected{std::move(*landed->failure)};
            of.answers[i] = {std::move(landed->value), static_cast<cache_source>(landed->source)};
        }
        all.push_back(std::move(*of.answers[i]));
    }
    if (failure) return tl::unexpected{std::move(*failure)};
    return all;
}

}  // namespace honeydue::detail
