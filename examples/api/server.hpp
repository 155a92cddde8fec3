// SPDX-License-Identifier: MIT
// The HTTP server around the routes: threads, limits and the line of log each request leaves.
#pragma once

#include "request_record.hpp"
#include "store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace api {

using watcher = std::function<void(const request_record&)>;

class server {
public:
    /// `told` is told of every request that has been answered, on the thread that did.
    /// Lifetime: `from` outlives the server.
    explicit server(const store& from, const watcher& told = {});
    ~server();

    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// The port that was bound, the given one unless that is 0; nothing when it cannot be had.
    [[nodiscard]] std::optional<std::uint16_t> bind(const std::string& host, std::uint16_t port);

    /// Serves until `stop`, then until the requests under way are answered. False when the socket
    /// failed.
    [[nodiscard]] bool serve();

    /// Between `bind` and the end of `serve`, which has begun or is about to. Thread: any.
    void stop();

    [[nodiscard]] std::size_t threads() const noexcept;

private:
    struct state;

    std::unique_ptr<state> state_;
};

}  // namespace api
