// SPDX-License-Identifier: MIT
// When a pool is warm enough to be handed out. Pure: what became of each dial goes in, a verdict
// comes out.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <honeydue/error.hpp>

namespace honeydue {

/// True when trying again cannot help: a wrong password, database, certificate or field.
[[nodiscard]] bool is_permanent(const error& failure) noexcept;

class warm_up {
public:
    using time_point = std::chrono::steady_clock::time_point;

    enum class verdict : std::uint8_t { goes_on, warm, partly, failed };

    warm_up(std::size_t requested, time_point start, std::chrono::milliseconds timeout)
        : requested_{requested}, start_{start}, end_{start + timeout} {}

    void dialled(time_point now);
    void failed(const error& why);

    /// `partly` only when every first attempt has come to an end, or time has: one refusal should
    /// not keep the others out.
    [[nodiscard]] verdict look(time_point now) const;

    [[nodiscard]] time_point end() const noexcept { return end_; }
    [[nodiscard]] std::size_t requested() const noexcept { return requested_; }
    [[nodiscard]] std::size_t warmed() const noexcept { return warmed_; }
    [[nodiscard]] std::chrono::milliseconds first() const noexcept { return since_start(first_); }
    [[nodiscard]] std::chrono::milliseconds all() const noexcept { return since_start(last_); }

    /// The permanent failure, else the last one.
    [[nodiscard]] const std::optional<error>& why() const noexcept { return why_; }

    /// "requested=20 warmed=18 failed=2 first_ms=… all_ms=…", and the reason when something failed.
    [[nodiscard]] std::string report() const;

private:
    [[nodiscard]] std::chrono::milliseconds since_start(time_point then) const noexcept;

    std::size_t requested_;
    std::size_t warmed_ = 0;
    std::size_t failed_ = 0;
    time_point start_;
    time_point end_;
    time_point first_{};
    time_point last_{};
    std::optional<error> why_;
    bool hopeless_ = false;
};

}  // namespace honeydue
