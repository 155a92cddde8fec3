// SPDX-License-Identifier: MIT
// The shared tier's words as requests to Redis.
#include <honeydue/redis.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cache_core.hpp"
#include "redis_core.hpp"

namespace honeydue {

using std::chrono::milliseconds;

namespace {

// A tag outlives what is marked with it; a generation that is lost only invalidates.
constexpr milliseconds tag_life = std::chrono::hours{48};

// Names in one script: Lua unpacks them onto its stack.
constexpr std::size_t most_names = 500;

constexpr milliseconds longest_span = std::chrono::hours{24 * 30};

std::string ms(milliseconds span) { return std::to_string(span.count()); }

std::string field_of(std::uint64_t fingerprint) { return fmt::format("{:016x}", fingerprint); }

tl::unexpected<error> refused(std::string_view field, std::string_view why) {
    return fail(errc::configuration, fmt::format("{}: {}", field, why));
}

struct span_field {
    std::string_view name;
    milliseconds value;
    milliseconds least{1};
};

// A sum with a point in time must not overflow, nor Redis' own arithmetic.
result<void> check_span(const span_field& field) {
    if (field.value < field.least) {
        return refused(field.name, fmt::format("must be at least {} ms", field.least.count()));
    }
    if (field.value > longest_span) return refused(field.name, "must be at most 30 days");
    return {};
}

result<void> check(const redis_config& config) {
    if (config.name_space.empty() || config.name_space.find_first_of("{}") != std::string::npos) {
        return refused("name_space", "must not be empty nor contain { or }");
    }
    const std::array<span_field, 5> spans{{{"call_deadline", config.call_deadline},
                                           {"connect_deadline", config.connect_deadline},
                                           {"lease", config.lease},
                                           {"window", config.window},
                                           {"trust", config.trust, milliseconds{1500}}}};
    for (const auto& field : spans) {
        if (auto sound = check_span(field); !sound) return sound;
    }
    if (config.failures_to_open < 1) return refused("failures_to_open", "must be at least 1");
    if (config.max_connections < 1) return refused("max_connections", "must be at least 1");
    if (config.max_reply_bytes < 2 * most_name_bytes) {
        return refused("max_reply_bytes", fmt::format("must be at least {}", 2 * most_name_bytes));
    }
    return {};
}

result<redis_trust> trust_of(const redis_config& config, const redis_url& url) {
    if (config.tls_cert_file.empty() != config.tls_key_file.empty()) {
        return refused("tls_cert_file", "must come with tls_key_file, and not without");
    }
    if (url.tls) return read_trust(config);
    if (config.tls_ca_cert_file.empty() && config.tls_cert_file.empty()) return redis_trust{};
    return refused("tls_ca_cert_file, tls_cert_file", "mean nothing without TLS; write rediss://");
}

shared_state state_named(std::string_view name) {
    if (name == "hit") return shared_state::hit;
    if (name == "leased") return shared_state::leased;
    return name == "busy" ? shared_state::busy : shared_state::dirty;
}

// What a script could not make sense of is left alone: the caller loads and keeps nothing.
shared_answer answer_in(const redisReply& reply) {
    const auto* const kind = element(reply, 0);
    if (kind == nullptr) return {};
    shared_answer answer{.state = state_named(text_of(*kind)),
                         .rest = milliseconds{number_of(element(reply, 2))}};
    if (answer.state != shared_state::hit) return answer;
    if (const auto* const value = element(reply, 3)) answer.value = text_of(*value);
    return answer;
}

// Invalidations in pieces that a script can take and a reader of the backplane can hold; each is
// complete in itself.
std::vector<shared_invalidation> pieces(const shared_invalidation& of) {
    std::vector<shared_invalidation> all;
    std::size_t names = most_names;
    std::size_t bytes = 0;
    const auto add = [&](std::vector<std::string> shared_invalidation::*kind) {
        for (const auto& name : of.*kind) {
            if (names == most_names || bytes + name.size() > most_name_bytes) {
                all.push_back({of.transaction, {}, {}});
                names = 0;
                bytes = 0;
            }
            (all.back().*kind).push_back(name);
            ++names;
            bytes += name.size();
        }
    };
    add(&shared_invalidation::keys);
    add(&shared_invalidation::tags);
    return all;
}

}  // namespace

result<redis_tier> redis_tier::open(redis_config config) {
    if (auto sound = check(config); !sound) return tl::unexpected{std::move(sound.error())};
    auto url = parse_redis_url(config.url);
    if (!url) return tl::unexpected{std::move(url.error())};
    auto trust = trust_of(config, *url);
    if (!trust) return tl::unexpected{std::move(trust.error())};
    redis_tier made{config};
    made.core_ = std::make_unique<core>(std::move(config), std::move(*url), std::move(*trust),
                                        made.coherence());
    if (auto met = made.core_->introduce(); !met) return tl::unexpected{std::move(met.error())};
    made.core_->start();
    return made;
}

redis_tier::redis_tier(const redis_config& config) : shared_tier{config.window, config.trust} {}
redis_tier::redis_tier(redis_tier&&) noexcept = default;
redis_tier::~redis_tier() = default;

redis_stats redis_tier::stats() const { return core_->stats(); }

result<std::vector<shared_answer>> redis_tier::acquire(std::span<const shared_acquire> wanted) {
    constexpr std::array<const char*, 3> modes{"u", "b", "r"};
    std::vector<core::request> requests;
    for (const auto& one : wanted) {
        auto& request = requests.emplace_back();
        request.keys.push_back(core::key_name(one.place.name));
        for (const auto& tag : one.place.tags)
            request.keys.push_back(core::tag_name(tag));
        request.arguments = {
            field_of(one.place.fingerprint), std::string{one.token},
            ms(core_->config().lease),       modes[static_cast<std::size_t>(one.mode)],
            detail::random_token(),          ms(tag_life)};
    }
    auto replies = core_->ask(redis_script::acquire, requests);
    if (!replies) return tl::unexpected{std::move(replies.error())};
    std::vector<shared_answer> answers;
    for (const auto& reply : *replies)
        answers.push_back(answer_in(*reply));
    return answers;
}

result<std::vector<std::uint8_t>> redis_tier::fill(std::span<const shared_fill> values) {
    std::vector<core::request> requests;
    for (const auto& one : values) {
        auto& request = requests.emplace_back();
        request.keys.push_back(core::key_name(one.place.name));
        for (const auto& tag : one.place.tags)
            request.keys.push_back(core::tag_name(tag));
        request.arguments = {
            field_of(one.place.fingerprint), std::string{one.token}, ms(one.ttl),
            detail::random_token(),          ms(tag_life),           std::string{one.value}};
    }
    auto replies = core_->ask(redis_script::fill, requests);
    if (!replies) return tl::unexpected{std::move(replies.error())};
    std::vector<std::uint8_t> stored;
    std::vector<shared_acquire> unused;
    for (std::size_t i = 0; i < replies->size(); ++i) {
        const auto* const kind = element(*(*replies)[i], 0);
        stored.push_back(kind != nullptr && text_of(*kind) == "stored" ? 1 : 0);
        if (kind == nullptr) unused.push_back({values[i].place, values[i].token});
    }
    if (!unused.empty()) release(unused);  // no memory: others need not wait for us
    return stored;
}

void redis_tier::release(std::span<const shared_acquire> leases) {
    std::vector<core::request> requests;
    for (const auto& one : leases) {
        requests.push_back({{core::key_name(one.place.name)},
                            {field_of(one.place.fingerprint), std::string{one.token}}});
    }
    static_cast<void>(core_->ask(redis_script::release, requests));
}

namespace {

void add_names(const shared_invalidation& of, std::vector<std::string>& keys,
               std::vector<std::string>& arguments) {
    for (const auto& key : of.keys)
        keys.push_back("k:" + key), arguments.push_back("k" + key);
    for (const auto& tag : of.tags)
        keys.push_back("t:" + tag), arguments.push_back("t" + tag);
}

}  // namespace

// A reply is an answer only when the script got to its end.
result<void> all_ok(const result<std::vector<redis_reply>>& replies) {
    if (!replies) return tl::unexpected{replies.error()};
    for (const auto& reply : *replies) {
        if (element(*reply, 0) != nullptr) continue;
        return fail(errc::protocol,
                    fmt::format("redis: {}", std::string_view{reply->str, reply->len}));
    }
    return {};
}

result<void> redis_tier::intend(const shared_invalidation& of) {
    std::vector<core::request> requests;
    for (const auto& piece : pieces(of)) {
        auto& request = requests.emplace_back();
        request.arguments = {of.transaction, ms(core_->config().window),
                             std::to_string(piece.keys.size()), ms(tag_life)};
        add_names(piece, request.keys, request.arguments);
    }
    return all_ok(core_->ask(redis_script::intend, requests));
}

std::vector<redis_tier::core::request> redis_tier::core::telling(const shared_invalidation& of,
                                                                 commit_known known) {
    std::vector<request> requests;
    for (const auto& piece : pieces(of)) {
        auto& one = requests.emplace_back();
        one.arguments = {of.transaction, known == commit_known::no ? "1" : "0",
                         std::to_string(piece.keys.size()), detail::random_token(), ms(tag_life)};
        add_names(piece, one.keys, one.arguments);
    }
    return requests;
}

result<shared_position> redis_tier::done(const shared_invalidation& of, commit_known known) {
    const auto before = core_->generation();
    const auto replies = core_->ask(redis_script::done, core::telling(of, known));
    if (auto ok = all_ok(replies); !ok) {
        core_->queue(of, known);
        return tl::unexpected{std::move(ok.error())};
    }
    if (replies->empty() || before != core_->generation()) return shared_position{};
    const auto sequence = number_of(element(*replies->back(), 2));
    return shared_position{before, static_cast<std::uint64_t>(sequence)};
}

void redis_tier::cancel(const shared_invalidation& of) {
    std::vector<core::request> requests;
    for (const auto& piece : pieces(of)) {
        auto& request = requests.emplace_back();
        request.arguments = {of.transaction};
        std::vector<std::string> unused;
        add_names(piece, request.keys, unused);
    }
    static_cast<void>(core_->ask(redis_script::cancel, requests));
}

}  // namespace honeydue
