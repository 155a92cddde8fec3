// SPDX-License-Identifier: MIT
// What the API asks of its database. Only the store's own files know honeydue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reading.hpp"
#include "values.hpp"

namespace api {

/// What a login is checked against.
struct credentials {
    std::int64_t user;
    std::string password;              ///< as the database keeps it
    std::optional<std::string> token;  ///< once somebody has logged in as them
};

/// A cache since the process began.
struct cache_counts {
    std::string name;
    std::uint64_t shared_hits;
    std::uint64_t loads;
    std::uint64_t joined;  ///< loads of others that were waited for
    /// Commits that went ahead though Redis had not acknowledged what they change: other processes
    /// may serve what was true before for as long as a value lives.
    std::uint64_t unfenced_commits;
};

struct cache_state {
    bool is_shared;  ///< a Redis is behind them
    bool is_well;    ///< that Redis answers; true when there is none
    std::uint64_t memory_hits;
    std::uint64_t memory_misses;
    std::size_t memory_entries;
    std::size_t memory_bytes;
    std::vector<cache_counts> each;
};

/// A place for a connection.
struct slot_state {
    std::string name;                  ///< "empty", "connecting", "idle", "in_use" …
    double since_ms;                   ///< it has been so
    std::optional<double> latency_ms;  ///< of its answers, averaged; nothing before the first
    bool is_slow;                      ///< beside the others
};

struct pool_state {
    std::size_t max_open;
    std::size_t idle;
    std::size_t in_use;
    std::size_t connecting;
    std::size_t waiting;
    std::string breaker;          ///< "closed", "half_open" or "open"
    double round_trip_ms;         ///< as the kernel measured at the last dial
    std::string last_dial_error;  ///< for operators; empty when none has failed
    std::vector<slot_state> slots;
};

/// Thread: any.
class store {
public:
    /// As the environment says (DB_HOST … and DB_MAX_OPEN_CONNS …, REDIS_URL and
    /// HONEYDUE_API_SECRET); warm when it returns.
    [[nodiscard]] static answer<store> open();

    store(store&&) noexcept;
    ~store();

    /// Who the token is, and a page of what belongs to the residences they own or share: tasks by
    /// due date, residences by id with what is in each, contractors by name, documents and
    /// notifications with the newest first.
    /// Cost: 1 round trip, whatever the caches know; none for a token they know to be nobody's.
    [[nodiscard]] answer<page_of<task>> tasks_of(const std::string& token, const task_filter& only,
                                                 const page_wanted& wanted) const;
    [[nodiscard]] answer<page_of<residence>> residences_of(const std::string& token,
                                                           const page_wanted& wanted) const;
    [[nodiscard]] answer<page_of<contractor>> contractors_of(const std::string& token,
                                                             const contractor_filter& only,
                                                             const page_wanted& wanted) const;
    [[nodiscard]] answer<page_of<document>> documents_of(const std::string& token,
                                                         const document_filter& only,
                                                         const page_wanted& wanted) const;
    [[nodiscard]] answer<page_of<notification>> notifications_of(const std::string& token,
                                                                 const notification_filter& only,
                                                                 const page_wanted& wanted) const;

    /// One of those. Cost: likewise.
    [[nodiscard]] answer<task> task_of(const std::string& token, std::int64_t id) const;
    [[nodiscard]] answer<contractor> contractor_of(const std::string& token, std::int64_t id) const;
    [[nodiscard]] answer<document> document_of(const std::string& token, std::int64_t id) const;

    [[nodiscard]] answer<summary> summary_of(const std::string& token) const;

    /// Each of these is one statement, which finds out by itself who asks and what they may.
    /// Cost: 1 round trip.
    [[nodiscard]] answer<task> create_task(const std::string& token, const given_row& row) const;
    [[nodiscard]] answer<task> change_task(const std::string& token, std::int64_t id,
                                           const given_row& row) const;
    [[nodiscard]] answer<void> remove_task(const std::string& token, std::int64_t id) const;

    /// Of the occurrence that is due, which can be completed once however many do it at once. A
    /// task that recurs stays open: the worker moves it on.
    [[nodiscard]] answer<completion> complete_task(const std::string& token, std::int64_t id,
                                                   const given_row& row) const;

    [[nodiscard]] answer<contractor> create_contractor(const std::string& token,
                                                       const given_row& row) const;
    [[nodiscard]] answer<contractor> change_contractor(const std::string& token, std::int64_t id,
                                                       const given_row& row) const;
    [[nodiscard]] answer<void> remove_contractor(const std::string& token, std::int64_t id) const;

    [[nodiscard]] answer<document> create_document(const std::string& token,
                                                   const given_row& row) const;
    [[nodiscard]] answer<document> change_document(const std::string& token, std::int64_t id,
                                                   const given_row& row) const;
    [[nodiscard]] answer<void> remove_document(const std::string& token, std::int64_t id) const;

    /// What has been read stays so, since when it was.
    [[nodiscard]] answer<notification> read_notification(const std::string& token,
                                                         std::int64_t id) const;
    /// How many had not been.
    [[nodiscard]] answer<std::int64_t> read_notifications(const std::string& token) const;

    [[nodiscard]] answer<residence_made> create(const std::string& token,
                                                const new_residence& wanted) const;
    [[nodiscard]] answer<void> join(const std::string& token, std::int64_t residence,
                                    const std::string& code) const;
    [[nodiscard]] answer<void> leave(const std::string& token, std::int64_t residence) const;
    [[nodiscard]] answer<void> remove(const std::string& token, std::int64_t residence) const;

    /// Nothing when no active user has this name. Cost: 1 round trip.
    [[nodiscard]] answer<std::optional<credentials>> credentials_of(
        const std::string& username) const;
    /// The user's one token: `drawn`, or the one they have got meanwhile; nothing when their
    /// password is another by now. Cost: 1 round trip.
    [[nodiscard]] answer<std::optional<std::string>> token_for(const credentials& known,
                                                               const std::string& drawn) const;
    /// The token is nobody's afterwards. Cost: 1 round trip.
    [[nodiscard]] answer<void> log_out(const std::string& token) const;

    /// Whether the schema is still what this program needs. Cost: 1 round trip.
    [[nodiscard]] answer<void> check_schema() const;

    [[nodiscard]] cache_state caches() const;
    [[nodiscard]] pool_state pool() const;
    [[nodiscard]] std::vector<reading> readings() const;

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
