// SPDX-License-Identifier: MIT
// What the API keeps in its database, and asks of it. Only store.cpp knows honeydue; here are
// plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace api {

/// Why there is no answer.
struct trouble {
    enum class kind {
        unavailable,
        internal,
        unknown_token,      ///< nobody's, or its user is not active
        unknown_residence,  ///< not there, or not theirs to know of
        not_the_owner,
        wrong_code,
        invalid_cursor,
        is_the_owner,  ///< who owns it cannot join or leave it
    };

    kind what;
    std::string explanation;  ///< for the log; never for a client
};

template <class T>
using answer = tl::expected<T, trouble>;

struct account {
    std::int64_t id;
    std::string username;
};

/// Days are 2026-06-01, instants 2026-06-01T07:00:00Z, amounts exact decimals.
struct task {
    std::int64_t id;
    std::int64_t residence_id;
    std::string title;
    std::optional<std::string> description;
    std::string category;
    std::string priority;
    std::string status;
    std::string recurrence;
    std::optional<std::int32_t> recurrence_interval_days;
    std::optional<std::string> due_date;
    std::optional<std::string> completed_at;
    std::optional<std::int64_t> assigned_to_id;
    std::optional<std::int64_t> contractor_id;
    std::optional<std::string> estimated_cost;
    std::optional<std::string> actual_cost;
    bool is_archived;
    std::string created_at;
    std::string updated_at;
};

/// Which part of a list: the first `limit` rows, or those behind the one that gave the cursor.
struct page_wanted {
    std::int64_t limit;
    std::string cursor{};
};

struct task_page {
    account owner;
    std::vector<task> tasks;
    std::optional<std::string> next;  ///< a cursor; nothing on the last page
};

struct member {
    std::int64_t id;
    std::string username;
};

struct residence {
    std::int64_t id;
    std::int64_t owner_id;
    std::string name;
    std::string property_type;
    std::optional<std::string> city;
    std::optional<std::string> country;
    std::vector<member> members;  ///< with whom it is shared
    std::int64_t open_tasks;
    std::vector<task> tasks;  ///< the open ones that are due first, five at most
};

struct residence_page {
    account owner;  ///< of the token
    std::vector<residence> residences;
    std::optional<std::string> next;
};

struct new_residence {
    std::string name;
    std::string property_type = "house";
};

struct residence_made {
    std::int64_t id;
    std::string join_code;  ///< who is told it may join
};

/// Hits and loads of the caches, for the health page.
struct cache_state {
    bool is_shared;  ///< a Redis is behind it
    bool is_well;    ///< that Redis answers; true when there is none
    std::uint64_t memory_hits;
    std::uint64_t shared_hits;
    std::uint64_t loads;
};

/// Thread: any.
class store {
public:
    /// As the environment says (DB_HOST … and DB_MAX_OPEN_CONNS …, REDIS_URL and
    /// HONEYDUE_API_SECRET); warm when it returns.
    [[nodiscard]] static answer<store> open();

    store(store&&) noexcept;
    ~store();

    /// Cost: 1 round trip.
    [[nodiscard]] answer<void> check() const;

    /// Who the token is, and a page of the tasks of the residences they own or share, by due date.
    /// Cost: 1 round trip, whatever the caches know; none for a token they know to be nobody's.
    [[nodiscard]] answer<task_page> tasks_of(const std::string& token,
                                             const page_wanted& wanted) const;

    /// The residences they own or share, by id, each with what belongs to it.
    /// Cost: as `tasks_of`.
    [[nodiscard]] answer<residence_page> residences_of(const std::string& token,
                                                       const page_wanted& wanted) const;

    /// Each of these is one statement, which finds out by itself who asks and what they may.
    /// Cost: 1 round trip.
    [[nodiscard]] answer<residence_made> create(const std::string& token,
                                                const new_residence& wanted) const;
    [[nodiscard]] answer<void> join(const std::string& token, std::int64_t residence,
                                    const std::string& code) const;
    [[nodiscard]] answer<void> leave(const std::string& token, std::int64_t residence) const;
    [[nodiscard]] answer<void> remove(const std::string& token, std::int64_t residence) const;

    [[nodiscard]] cache_state caches() const;

    /// How many requests can be with the database at once.
    [[nodiscard]] std::size_t max_open() const noexcept;

    /// What this thread has waited for since it began.
    [[nodiscard]] static std::uint64_t round_trips_of_this_thread() noexcept;

private:
    struct state;

    explicit store(std::unique_ptr<state> opened) noexcept;

    /// Made of the residence and the secret, so that nothing has to be kept of it.
    [[nodiscard]] std::string join_code(std::int64_t residence) const;

    std::unique_ptr<state> state_;
};

}  // namespace api
