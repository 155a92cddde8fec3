// SPDX-License-Identifier: MIT
// The memory tier behind its door.
#include "memory_store.hpp"

#include <honeydue/cache_key.hpp>

#include <unistd.h>
#include <algorithm>
#include <bit>
#include <thread>
#include <utility>

namespace honeydue {

memory_tier::memory_tier(memory_tier_config config)
    : store_{std::make_shared<detail::memory_store>(config)} {}

memory_tier_stats memory_tier::stats() const { return store_->stats(); }

}  // namespace honeydue

namespace honeydue::detail {

namespace {

constexpr std::size_t smallest_shard = std::size_t{64} << 10U;

std::size_t shard_count(const memory_tier_config& config) {
    if (config.shards != 0) return std::bit_ceil(config.shards);
    const std::size_t cores = std::max(std::thread::hardware_concurrency(), 1U);
    const auto most = std::max(config.max_bytes / smallest_shard, std::size_t{1});
    return std::bit_floor(std::min(std::bit_ceil(16 * cores), most));
}

// By all processors of the machine, not by those we may use now: their numbers may be any.
std::size_t lane_count() {
    constexpr std::size_t most_lanes = 16;
    const auto processors = std::max(::sysconf(_SC_NPROCESSORS_CONF), 1L);
    return std::min(std::bit_ceil(static_cast<std::size_t>(processors)), most_lanes);
}

// All places of a shard together take a sixteenth of its bytes at most.
std::size_t places_of_a_lane(std::size_t shard_bytes, std::size_t lanes) {
    constexpr std::size_t most_places = 256;
    const auto affordable = shard_bytes / 16 / lanes / reader_lane::place_bytes;
    return std::min(std::bit_floor(affordable), most_places);
}

class lanes_closed {
public:
    explicit lanes_closed(const std::vector<std::unique_ptr<reader_lane>>& lanes) : lanes_{lanes} {
        for (const auto& lane : lanes_)
            lane->mutex().lock();
    }
    lanes_closed(const lanes_closed&) = delete;
    lanes_closed& operator=(const lanes_closed&) = delete;
    ~lanes_closed() {
        for (const auto& lane : lanes_)
            lane->mutex().unlock();
    }

private:
    const std::vector<std::unique_ptr<reader_lane>>& lanes_;
};

}  // namespace

memory_store::locked_shard::locked_shard(std::size_t bytes, std::size_t negative_bytes,
                                         std::size_t lane_count, std::size_t places)
    : entries{bytes - lane_count * places * reader_lane::place_bytes, negative_bytes} {
    for (std::size_t i = 0; i < lane_count; ++i)
        lanes.push_back(std::make_unique<reader_lane>(places));
}

template <class Change>
void memory_store::locked_shard::change(departed& out, Change how) {
    const lanes_closed no_reader{lanes};
    how();
    for (const auto& lane : lanes) {
        for (const auto& entry : out)
            lane->forget(*entry);
    }
}

void load_flight::land(landing with) {
    const std::lock_guard lock{mutex_};
    landing_ = std::move(with);
    landed_.notify_all();
}

std::optional<load_flight::landing> load_flight::wait(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock{mutex_};
    landed_.wait_until(lock, until, [this] { return landing_.has_value(); });
    return landing_;
}

memory_store::memory_store(const memory_tier_config& config) {
    const auto count = shard_count(config);
    const auto bytes = config.max_bytes / count;
    const auto negative = bytes * std::min(config.negative_percent, 100U) / 100;
    const auto lanes = lane_count();
    const auto places = places_of_a_lane(bytes, lanes);
    for (std::size_t i = 0; i < count; ++i)
        shards_.push_back(std::make_unique<locked_shard>(bytes, negative, lanes, places));
}

std::uint64_t memory_store::hash_of(std::string_view name) noexcept { return stable_hash(name); }

// That nobody has invalidated it. Who cannot hear of that believes what is younger than `window`.
bool memory_store::is_believed(const memory_entry& entry, const memory_view& view) noexcept {
    if (entry.epoch != view.epoch) return false;
    if (!view.trusted && !(view.alone && view.now - entry.loaded_at < view.window)) return false;
    return std::ranges::all_of(entry.marks, [&](const auto& mark) { return mark.holds(view.now); });
}

memory_hit memory_store::hit_on(memory_entry& entry, const memory_view& view,
                                std::shared_ptr<const void> value) {
    s3_fifo::hit(entry);
    return {std::move(value), entry.negative, view.now >= entry.life.refresh_at};
}

std::optional<memory_hit> memory_store::find(std::string_view name, std::uint64_t hash,
                                             const memory_view& view) {
    auto& shard = shard_of(hash);
    auto& lane = *shard.lanes[reader_lane::here(shard.lanes.size())];
    const std::lock_guard lock{lane.mutex()};
    auto* const entry = shard.entries.find(hash, name);
    if (entry == nullptr || view.now >= entry->life.expires || !is_believed(*entry, view))
        return std::nullopt;
    return hit_on(*entry, view, lane.share(*entry));
}

std::optional<memory_hit> memory_store::find_stale(std::string_view name, std::uint64_t hash,
                                                   const memory_view& view) {
    auto& shard = shard_of(hash);
    const std::lock_guard lock{shard.mutex};
    const auto* const entry = shard.entries.find(hash, name);
    if (entry == nullptr || view.now >= entry->life.stale_until || !is_believed(*entry, view))
        return std::nullopt;
    return memory_hit{entry->value, entry->negative, false};
}

memory_store::start memory_store::find_or_begin(std::string_view name, std::uint64_t hash,
                                                const memory_view& view, presence entries,
                                                std::shared_ptr<load_flight> made) {
    auto& shard = shard_of(hash);
    const std::lock_guard lock{shard.mutex};
    auto* const entry = shard.entries.find(hash, name);
    if (entries == presence::counts && entry != nullptr && view.now < entry->life.expires &&
        is_believed(*entry, view)) {
        ++shard.hits;
        return {.hit = hit_on(*entry, view, entry->value)};
    }
    if (auto known = shard.flights.under_way(name); known && entries != presence::all_anew) {
        return {.flight = std::move(known)};
    }
    ++shard.misses;
    made->fenced = is_fenced(shard, name, view.now);
    shard.flights.begin(name, made);
    return {.flight = std::move(made), .leads = true};
}

bool memory_store::is_fenced(locked_shard& shard, std::string_view name,
                             cache_policy::instant now) {
    const auto found = shard.fences.find(name);
    return found != shard.fences.end() && found->second > now;
}

bool memory_store::land(std::string_view name, std::uint64_t hash, const load_flight& flight,
                        std::uint64_t epoch_now, std::optional<kept_value> value) {
    std::unique_ptr<memory_entry> entry;
    if (value) {
        entry = std::make_unique<memory_entry>();
        entry->hash = hash;
        entry->weight = sizeof(memory_entry) + name.size() + value->weight + 2 * sizeof(void*);
        entry->name = name;
        entry->value = std::move(value->value);
        entry->life = value->life;
        entry->loaded_at = flight.began;
        entry->epoch = flight.epoch;
        entry->marks = flight.marks;
        entry->negative = value->negative;
    }
    const auto now = cache_policy::boot_clock::now();
    departed out;
    auto& shard = shard_of(hash);
    const std::lock_guard lock{shard.mutex};
    const bool clean = shard.flights.land(name, &flight);
    const auto holds = [&](const auto& mark) { return mark.holds(now); };
    if (!clean || flight.epoch != epoch_now || !std::ranges::all_of(flight.marks, holds)) {
        ++shard.poisoned;
        return false;
    }
    if (!entry || flight.fenced || is_fenced(shard, name, now)) return false;
    bool kept = false;
    shard.change(out, [&] { kept = shard.entries.insert(std::move(entry), out); });
    shard.too_large += kept ? 0 : 1;
    return kept;
}

void memory_store::fence(std::span<const std::string> names, cache_policy::instant until) {
    const auto now = cache_policy::boot_clock::now();
    for (const auto& name : names) {
        auto& shard = shard_of(hash_of(name));
        const std::lock_guard lock{shard.mutex};
        if (shard.fences.size() >= shard.fences_limit) {
            std::erase_if(shard.fences, [&](const auto& fence) { return fence.second <= now; });
            shard.fences_limit = std::max(shard.fences_limit, 2 * shard.fences.size());
        }
        auto& end = shard.fences[name];
        end = std::max(end, until);
    }
}

// An entry keeps its value until the writer must have ended; a load under way may bring the old one
// after that, so it is poisoned.
void memory_store::intended(std::span<const std::string> keys, std::span<const std::string> tags,
                            cache_policy::instant until) {
    if (fences_intents()) fence(keys, until);
    for (const auto& name : keys) {
        const auto hash = hash_of(name);
        auto& shard = shard_of(hash);
        const std::lock_guard lock{shard.mutex};
        shard.flights.poison(name);
        auto* const entry = shard.entries.find(hash, name);
        if (entry == nullptr) continue;
        departed none;
        shard.change(none, [&] {
            entry->life.expires = std::min(entry->life.expires, until);
            entry->life.stale_until = std::min(entry->life.stale_until, until);
        });
    }
    for (const auto& tag : tags) {
        const auto state = tag_named(tag);
        auto cap = state->cap.load();
        const auto wanted = until.time_since_epoch().count();
        while ((cap == 0 || wanted < cap) && !state->cap.compare_exchange_weak(cap, wanted)) {
        }
    }
}

void memory_store::invalidated(std::span<const std::string> keys,
                               std::span<const std::string> tags) {
    for (const auto& name : keys) {
        departed out;
        const auto hash = hash_of(name);
        auto& shard = shard_of(hash);
        const std::lock_guard lock{shard.mutex};
        shard.flights.poison(name);
        auto* const entry = shard.entries.find(hash, name);
        if (entry == nullptr) continue;
        shard.change(out, [&] { shard.entries.erase(entry, out); });
    }
    for (const auto& tag : tags) {
        const auto state = tag_named(tag);
        state->version.fetch_add(1);
        state->cap.store(0);
    }
}

std::shared_ptr<tag_state> memory_store::tag_named(const std::string& name) {
    const std::lock_guard lock{tags_mutex_};
    if (const auto found = tags_.find(name); found != tags_.end()) return found->second;
    if (tags_.size() >= tags_limit_) forget_unused_tags();
    return tags_.emplace(name, std::make_shared<tag_state>()).first->second;
}

// A tag that no entry and no load is marked with has nothing to invalidate.
void memory_store::forget_unused_tags() {
    std::erase_if(tags_, [](const auto& tag) { return tag.second.use_count() == 1; });
    tags_limit_ = std::max(tags_limit_, 2 * tags_.size());
}

// A tag under intent is marked with a version that is already over: nothing is kept under it.
std::vector<tag_mark> memory_store::mark(std::span<const std::string> tags) {
    std::vector<tag_mark> marks;
    const auto now = cache_policy::boot_clock::now().time_since_epoch().count();
    for (const auto& name : tags) {
        auto state = tag_named(name);
        auto version = state->version.load();
        auto cap = state->cap.load();
        if (cap != 0 && now >= cap && state->cap.compare_exchange_strong(cap, 0)) {
            version = state->version.fetch_add(1) + 1;
        } else if (cap != 0) {
            version = 0;
        }
        marks.push_back({std::move(state), version});
    }
    return marks;
}

memory_tier_stats memory_store::stats() const {
    memory_tier_stats all;
    for (const auto& shard : shards_) {
        const std::lock_guard lock{shard->mutex};
        all.hits += shard->hits;
        for (const auto& lane : shard->lanes) {
            const std::lock_guard reading{lane->mutex()};
            all.hits += lane->hits();
        }
        all.misses += shard->misses;
        all.evictions += shard->entries.evictions();
        all.poisoned += shard->poisoned;
        all.too_large += shard->too_large;
        all.entries += shard->entries.size();
        all.negative_entries += shard->entries.negative_size();
        all.bytes += shard->entries.bytes();
    }
    return all;
}

}  // namespace honeydue::detail
