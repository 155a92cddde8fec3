// SPDX-License-Identifier: MIT
// The listener of those who operate the API: /metrics, and the live page where it is wanted. It is
// another one than the clients', so that no route of theirs leads here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "request_record.hpp"
#include "store.hpp"

namespace api {

enum class live_page {
    off,
    loopback,  ///< for this machine only: it shows SQL and paths
    anywhere,  ///< for everybody who reaches the listener
};

/// 127.0.0.0/8, ::1 and localhost.
[[nodiscard]] bool is_loopback(const std::string& host);

class operations {
public:
    /// Lifetime: `from` outlives it.
    operations(const store& from, live_page page);
    /// Ends what `serve` has begun.
    ~operations();

    operations(const operations&) = delete;
    operations& operator=(const operations&) = delete;

    /// The port that was bound; nothing when it cannot be had.
    [[nodiscard]] std::optional<std::uint16_t> bind(const std::string& host, std::uint16_t port);
    /// On a thread of its own.
    void serve();

    /// Thread: any.
    void note(const request_record& served);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace api
