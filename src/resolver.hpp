// SPDX-License-Identifier: MIT
// Host names to addresses, off the caller's thread: getaddrinfo blocks and cannot be cancelled.
// Callers who ask for the same name at the same time share one look-up.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <honeydue/error.hpp>

namespace honeydue {

/// One look-up, running or done. The thread that runs it owns a share and nothing else.
/// Thread: safe.
class lookup {
public:
    /// Starts a look-up of `host`, or joins the one that runs. Addresses are answered without a
    /// thread.
    [[nodiscard]] static std::shared_ptr<lookup> start(const std::string& host);

    explicit lookup(std::string host);
    lookup(const lookup&) = delete;
    lookup& operator=(const lookup&) = delete;
    ~lookup();

    /// Readable for good once `done`.
    [[nodiscard]] int fd() const noexcept { return fd_; }
    [[nodiscard]] bool done() const;

    /// Numeric addresses in the order to try them. Errors: `errc::resolve`. Range: after `done`.
    [[nodiscard]] result<std::vector<std::string>> addresses() const;

private:
    void run();
    void finish(int fault, std::vector<std::string> found);

    const std::string host_;
    int fd_;
    mutable std::mutex guard_;
    bool done_ = false;
    int fault_ = 0;
    std::vector<std::string> found_;
};

}  // namespace honeydue
