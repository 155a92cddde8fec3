// SPDX-License-Identifier: MIT
// The protocol of the shared tier in plain C++.
#include "shared_model.hpp"

#include <algorithm>

namespace honeydue::support {

// So much longer than the last deadline in it does a key live.
constexpr server_time grace = 1000;

// A key's life ends with the last deadline in it, as Redis' own expiry has it.
shared_model::slot& shared_model::open(server_time now, const std::string& key) {
    auto& found = slots_[key];
    if (found.expires <= now) found = slot{};
    return found;
}

// Lapsed intents are swept; the last of those still live decides how long the key stays dirty.
std::optional<server_time> shared_model::live_intent(server_time now, slot& of) {
    std::erase_if(of.intents, [&](const auto& intent) { return intent.second <= now; });
    std::optional<server_time> last;
    for (const auto& [tx, deadline] : of.intents)
        last = std::max(last.value_or(deadline), deadline);
    return last;
}

// A tag whose writer never came back has been written for all we know: it gets a new generation.
shared_model::tag_view shared_model::read_tags(server_time now, const names& wanted,
                                               const std::string& nonce) {
    tag_view view{};
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto& of = tags_[wanted[i]];
        const auto lapsed =
            std::erase_if(of.intents, [&](const auto& intent) { return intent.second <= now; });
        if (of.generation.empty() || lapsed > 0) of.generation = nonce + std::to_string(i + 1);
        view.generations += of.generation + ",";
        for (const auto& [tx, deadline] : of.intents) {
            view.first_lapse = std::min(view.first_lapse.value_or(deadline), deadline);
            view.last_lapse = std::max(view.last_lapse.value_or(deadline), deadline);
        }
    }
    return view;
}

acquire_reply shared_model::acquire(server_time now, const place& at, const std::string& token,
                                    server_time lease_life, acquire_mode how,
                                    const std::string& nonce) {
    auto& of = open(now, at.key);
    const auto tags = read_tags(now, at.tags, nonce);
    auto dirty_until = live_intent(now, of);
    if (tags.last_lapse) dirty_until = std::max(dirty_until.value_or(0), *tags.last_lapse);

    const auto held = of.values.find(at.field);
    if (held != of.values.end() && held->second.tags == tags.generations &&
        how != acquire_mode::replace && (!dirty_until || how == acquire_mode::serve_old)) {
        auto until = held->second.deadline;
        if (of.cap) until = std::min(until, *of.cap);
        if (tags.first_lapse) until = std::min(until, *tags.first_lapse);
        if (until > now) return {acquire_kind::hit, until - now, held->second.bytes};
    }
    if (dirty_until) return {acquire_kind::dirty, *dirty_until - now};

    const auto leased = of.leases.find(at.field);
    if (leased != of.leases.end() && leased->second.deadline > now &&
        leased->second.token != token && leased->second.tags == tags.generations) {
        return {acquire_kind::busy, leased->second.deadline - now};
    }
    of.leases[at.field] = {token, now + lease_life, tags.generations};
    of.expires = std::max(of.expires, now + lease_life + grace);
    return {acquire_kind::granted, lease_life};
}

bool shared_model::fill(server_time now, const place& at, const std::string& token,
                        const std::string& bytes, server_time ttl, const std::string& nonce) {
    auto& of = open(now, at.key);
    const auto leased = of.leases.find(at.field);
    if (leased == of.leases.end() || leased->second.token != token) return false;
    const auto captured = leased->second.tags;
    of.leases.erase(leased);
    const auto tags = read_tags(now, at.tags, nonce);
    if (live_intent(now, of) || tags.last_lapse || captured != tags.generations) return false;
    if (of.cap) of.values.clear();
    of.cap.reset();
    of.values[at.field] = {bytes, now + ttl, tags.generations};
    of.expires = std::max(of.expires, now + ttl + grace);
    return true;
}

void shared_model::release(server_time now, const place& at, const std::string& token) {
    auto& of = open(now, at.key);
    const auto leased = of.leases.find(at.field);
    if (leased != of.leases.end() && leased->second.token == token) of.leases.erase(leased);
}

void shared_model::intend(server_time now, const names& keys, const names& tags,
                          const std::string& tx, server_time window) {
    for (const auto& key : keys) {
        auto& of = open(now, key);
        of.leases.clear();
        of.cap = std::min(of.cap.value_or(now + window), now + window);
        of.intents[tx] = now + window;
        of.expires = std::max(of.expires, now + window + grace);
    }
    for (const auto& name : tags)
        tags_[name].intents[tx] = now + window;
}

void shared_model::done(server_time now, const names& keys, const names& tags,
                        const std::string& tx, own_intent own, const std::string& nonce) {
    for (const auto& key : keys) {
        auto& of = open(now, key);
        of.values.clear();
        of.leases.clear();
        of.cap.reset();
        if (own == own_intent::removed) of.intents.erase(tx);
    }
    for (std::size_t i = 0; i < tags.size(); ++i) {
        auto& of = tags_[tags[i]];
        of.generation = nonce + std::to_string(i + 1);
        if (own == own_intent::removed) of.intents.erase(tx);
    }
}

void shared_model::cancel(server_time now, const names& keys, const names& tags,
                          const std::string& tx) {
    for (const auto& key : keys)
        open(now, key).intents.erase(tx);
    for (const auto& name : tags)
        tags_[name].intents.erase(tx);
}

std::optional<std::string> shared_model::peek(server_time now, const std::string& key,
                                              const std::string& field) const {
    const auto found = slots_.find(key);
    if (found == slots_.end() || found->second.expires <= now) return std::nullopt;
    const auto held = found->second.values.find(field);
    if (held == found->second.values.end() || held->second.deadline <= now) return std::nullopt;
    if (found->second.cap && *found->second.cap <= now) return std::nullopt;
    return held->second.bytes;
}

std::string shared_model::summary(server_time now) const {
    std::string text;
    const auto note = [&](char kind, const std::string& name, server_time deadline) {
        text += kind + name + (deadline > now ? "+" : "-") + ' ';
    };
    for (const auto& [key, of] : slots_) {
        text += key + (of.expires > now ? "{" : "}");
        for (const auto& [field, held] : of.values)
            note('v', field + held.bytes + held.tags, held.deadline);
        for (const auto& [field, held] : of.leases)
            note('l', field + held.token + held.tags, held.deadline);
        for (const auto& [tx, deadline] : of.intents)
            note('i', tx, deadline);
        if (of.cap) note('c', "", *of.cap);
    }
    for (const auto& [name, of] : tags_) {
        text += name + '=' + of.generation;
        for (const auto& [tx, deadline] : of.intents)
            note('i', tx, deadline);
    }
    return text;
}

}  // namespace honeydue::support
