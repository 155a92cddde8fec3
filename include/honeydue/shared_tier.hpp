// SPDX-License-Identifier: MIT
// What a cache needs of the tier that processes share: leases, compare-and-fill, commit intents,
// and a backplane that shows its own losses. The Redis one is redis.hpp's; another client can stand
// in its place. The protocol and its proof are in docs/cache.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <honeydue/error.hpp>

namespace honeydue {

/// Where the backplane stood when an invalidation was acknowledged. Hand it to a reader elsewhere,
/// who will then not see anything older.
struct shared_position {
    std::string generation{};  ///< empty: nowhere
    std::uint64_t sequence = 0;

    friend bool operator==(const shared_position&, const shared_position&) = default;
};

/// A value's place. Lifetime of the views: of the call it is given to.
struct shared_place {
    std::string_view name{};  ///< the key's full name: any bytes
    std::uint64_t fingerprint = 0;
    std::span<const std::string> tags{};
};

enum class shared_state : std::uint8_t {
    hit,     ///< here is the value, for so much longer
    leased,  ///< there is none, and it is yours to load: fill it or release it
    busy,    ///< there is none, and somebody else is loading it for so much longer
    dirty,   ///< a transaction is about to change it: load, and keep nothing
};

struct shared_answer {
    shared_state state = shared_state::dirty;
    std::chrono::milliseconds rest{0};
    std::string value{};
};

enum class acquire_mode : std::uint8_t {
    usual,
    bypass_intended,  ///< a value that a transaction is about to change is not served
    replace,          ///< a lease even though there is a value
};

struct shared_acquire {
    shared_place place{};
    std::string_view token{};
    acquire_mode mode = acquire_mode::usual;
};

struct shared_fill {
    shared_place place{};
    std::string_view token{};
    std::string_view value{};
    std::chrono::milliseconds ttl{0};
};

/// What one transaction invalidates.
struct shared_invalidation {
    std::string transaction{};  ///< random, one for each
    std::vector<std::string> keys{};
    std::vector<std::string> tags{};

    [[nodiscard]] bool empty() const noexcept { return keys.empty() && tags.empty(); }
};

enum class commit_known : std::uint8_t {
    yes,
    no,  ///< the COMMIT may still land: the intent stays until it lapses
};

namespace detail {
class coherence;
}

/// Thread: any, for every function.
class shared_tier {
public:
    virtual ~shared_tier();

    /// One answer for each. Errors: connect, deadline, connection_lost, protocol, refused (the
    /// breaker is open, or no connection became free): none of them is the caller's business.
    /// Cost: one round trip to the tier.
    [[nodiscard]] virtual result<std::vector<shared_answer>> acquire(
        std::span<const shared_acquire> wanted) = 0;

    /// 1 for each that was stored; 0 where the lease was gone. Errors: as `acquire`. Cost: one
    /// round trip to the tier.
    [[nodiscard]] virtual result<std::vector<std::uint8_t>> fill(
        std::span<const shared_fill> values) = 0;

    /// Gives leases up after a load that failed. Best effort.
    virtual void release(std::span<const shared_acquire> leases) = 0;

    /// Before COMMIT: nothing is filled under these names until `done`, `cancel` or the window's
    /// end. Errors: as `acquire`. Cost: one round trip to the tier.
    [[nodiscard]] virtual result<void> intend(const shared_invalidation& of) = 0;

    /// After COMMIT. What cannot be delivered now is delivered later; until then this process
    /// believes nothing that the tier says of these names. Errors: as `acquire`. Cost: one round
    /// trip to the tier.
    virtual result<shared_position> done(const shared_invalidation& of, commit_known known) = 0;

    /// After ROLLBACK. Best effort.
    virtual void cancel(const shared_invalidation& of) = 0;

    /// True once this process has applied what was invalidated up to there. Waits at most `within`.
    [[nodiscard]] bool caught_up(const shared_position& to, std::chrono::milliseconds within) const;

    [[nodiscard]] detail::coherence& coherence() const noexcept { return *coherence_; }

protected:
    /// `window`: what a writer has from intent to done. `trust`: how long memory is believed after
    /// the backplane was last heard.
    shared_tier(std::chrono::milliseconds window, std::chrono::milliseconds trust);
    shared_tier(shared_tier&&) noexcept;

private:
    std::unique_ptr<detail::coherence> coherence_;
};

}  // namespace honeydue
