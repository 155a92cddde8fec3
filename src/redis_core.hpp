// SPDX-License-Identifier: MIT
// The Redis tier behind its door: connections kept, the breaker, the thread that follows the
// backplane, and the one that delivers what could not be delivered when it was due.
#pragma once

#include <honeydue/redis.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cache_policy.hpp"
#include "coherence.hpp"
#include "redis_connection.hpp"

namespace honeydue {

/// Of names in one script, and so in one message of the backplane.
inline constexpr std::size_t most_name_bytes = std::size_t{64} << 10U;

/// Between a background thread's tries, each twice as long as the one before.
inline constexpr std::chrono::milliseconds first_pause{50};
inline constexpr std::chrono::milliseconds longest_pause{1000};

/// An error unless each script got to its end. Errors: those of `replies`, protocol.
[[nodiscard]] result<void> all_ok(const result<std::vector<redis_reply>>& replies);

class redis_tier::core {
public:
    core(redis_config config, redis_url url, redis_trust trust, detail::coherence& view);
    ~core();

    /// The first dial. Errors: only what waiting does not mend.
    [[nodiscard]] result<void> introduce();
    void start();

    using replies = std::vector<redis_reply>;
    /// A script's arguments after the generation, which is put in front; asked again when another
    /// generation has begun.
    struct request {
        std::vector<std::string> keys{};  // after meta and bus, without their prefix
        std::vector<std::string> arguments{};
    };
    [[nodiscard]] result<replies> ask(redis_script script, std::span<const request> requests);

    [[nodiscard]] static std::vector<request> telling(const shared_invalidation& of,
                                                      commit_known known);
    void queue(const shared_invalidation& of, commit_known known);

    [[nodiscard]] std::string generation() const;
    [[nodiscard]] const redis_config& config() const noexcept { return config_; }
    [[nodiscard]] redis_stats stats() const;

    /// Keys of the cache and of tags, without the generation.
    [[nodiscard]] static std::string key_name(std::string_view name) {
        return "k:" + std::string{name};
    }
    [[nodiscard]] static std::string tag_name(std::string_view name) {
        return "t:" + std::string{name};
    }

private:
    struct undelivered {
        shared_invalidation of;
        commit_known known;
    };
    enum class round { go_on, start_anew };

    [[nodiscard]] redis_deadline within(std::chrono::milliseconds span) const {
        return std::chrono::steady_clock::now() + span;
    }
    [[nodiscard]] redis_command full(const request& of, const std::string& generation) const;
    [[nodiscard]] result<redis_connection> connect(redis_deadline until) const {
        return redis_connection::open(url_, trust_, until, config_.max_reply_bytes);
    }
    [[nodiscard]] bool enter(redis_deadline until);
    void leave();
    [[nodiscard]] std::optional<redis_connection> take_idle();
    void give_back(redis_connection&& connection);
    void drop_idle();
    [[nodiscard]] result<redis_connection> dial();
    [[nodiscard]] result<replies> try_once(redis_script script, std::span<const request> requests);
    [[nodiscard]] result<replies> run_on(redis_connection& on, redis_script script,
                                         std::span<const request> requests, redis_deadline until);
    void note(bool worked);

    struct standing {
        cache_policy::bus_position at;
        std::string last_entry;
    };
    [[nodiscard]] result<standing> say_hello(redis_connection& on, redis_deadline until);

    void follow();
    [[nodiscard]] bool follow_one_connection();
    void follow_on(redis_connection& on);
    [[nodiscard]] result<round> listen_once(redis_connection& on, std::string& last_entry);
    [[nodiscard]] result<std::size_t> read_bus(redis_connection& on, std::string& last_entry,
                                               std::chrono::milliseconds block, bool& gap);
    [[nodiscard]] bool apply(const redisReply& entry, std::string& last_entry);
    [[nodiscard]] result<void> probe(redis_connection& on);
    [[nodiscard]] bool pause(std::chrono::milliseconds span);

    void deliver();
    [[nodiscard]] bool wait_for_work();
    [[nodiscard]] bool deliver_queued();
    [[nodiscard]] result<void> deliver_on(redis_connection& on, const undelivered& one);
    [[nodiscard]] result<void> renew(redis_connection& on);
    [[nodiscard]] result<void> begin_generation(redis_connection& on);

    const redis_config config_;
    const redis_url url_;
    const redis_trust trust_;
    detail::coherence& view_;

    mutable std::mutex mutex_;  // everything down to the next line
    std::string generation_;
    std::vector<redis_connection> idle_;
    std::size_t lent_ = 0;
    cache_policy::breaker breaker_;
    std::deque<undelivered> undelivered_;
    std::size_t beyond_queue_ = 0;  // more of them, by number
    bool must_renew_ = false;
    bool stopping_ = false;
    redis_stats counts_;
    int following_ = -1;  // the follower's socket, to end its wait

    std::condition_variable stop_;
    std::condition_variable left_;
    std::condition_variable work_;
    std::thread follower_;
    std::thread deliverer_;
};

}  // namespace honeydue
