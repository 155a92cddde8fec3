// SPDX-License-Identifier: MIT
// A session advisory lock as a scope. It belongs to one session of the server, so it is taken on a
// direct connection; within a transaction behind a pooler, pg_advisory_xact_lock is right instead.
#pragma once

#include <cstdint>
#include <optional>

#include <honeydue/connection.hpp>
#include <honeydue/error.hpp>

namespace honeydue {

/// Held until the end of the scope. Move-only.
/// Lifetime: borrows the connection, which stays where it is meanwhile. Thread: the connection's.
class advisory_lock {
public:
    /// Waits for the lock, on the server, at the latest until `until`.
    /// Errors: refused, when a pooler is in between: then nothing was locked; as `connection::run`.
    /// Cost: 1 round trip.
    [[nodiscard]] static result<advisory_lock> acquire(connection& on, std::int64_t key,
                                                       deadline until = no_deadline);

    /// None when another session holds it. Errors and cost: as `acquire`.
    [[nodiscard]] static result<std::optional<advisory_lock>> try_acquire(
        connection& on, std::int64_t key, deadline until = no_deadline);

    advisory_lock(advisory_lock&& other) noexcept;
    advisory_lock& operator=(advisory_lock&& other) noexcept;

    /// Releases, within a second or together with the connection. Cost: 1 round trip.
    ~advisory_lock();

    /// Errors: refused, when the lock was lost meanwhile, to whatever reason; as `connection::run`.
    /// Cost: 1 round trip.
    [[nodiscard]] result<void> release(deadline until = no_deadline);

    [[nodiscard]] std::int64_t key() const noexcept { return key_; }

private:
    advisory_lock(connection& on, std::int64_t key) noexcept : on_{&on}, key_{key} {}

    connection* on_;  ///< null once released
    std::int64_t key_;
};

}  // namespace honeydue
