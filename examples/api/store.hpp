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

/// Why the database gave no answer.
struct trouble {
    enum class kind { unavailable, internal };

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

struct task_page {
    std::optional<account> owner;  ///< empty when the token is nobody's, or its user is not active
    std::vector<task> tasks;
};

/// Thread: any.
class store {
public:
    /// As the environment says (DB_HOST … and DB_MAX_OPEN_CONNS …); warm when it returns.
    [[nodiscard]] static answer<store> open();

    store(store&&) noexcept;
    ~store();

    /// Cost: 1 round trip.
    [[nodiscard]] answer<void> check() const;

    /// Who the token is, and the first tasks of the residences they own or share, by due date.
    /// Cost: 1 round trip.
    [[nodiscard]] answer<task_page> tasks_of(const std::string& token, std::int64_t limit) const;

    /// How many requests can be with the database at once.
    [[nodiscard]] std::size_t max_open() const noexcept;

    /// What this thread has waited for since it began.
    [[nodiscard]] static std::uint64_t round_trips_of_this_thread() noexcept;

private:
    struct state;

    explicit store(std::unique_ptr<state> opened) noexcept;

    std::unique_ptr<state> state_;
};

}  // namespace api
