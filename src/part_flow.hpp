// SPDX-License-Identifier: MIT
// A result that is read as it is asked for: on one connection, and what an executor makes of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <honeydue/connection.hpp>
#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>
#include <honeydue/stream.hpp>
#include <honeydue/trace.hpp>

#include "observers.hpp"

namespace honeydue {

/// One statement on a connection that the caller lends for each step.
/// Thread: one at a time.
class part_flow {
public:
    [[nodiscard]] static result<void> begin(connection& on, const statement& one,
                                            const sending& how);
    [[nodiscard]] static result<std::optional<rows>> next(connection& on, int stop);
    /// Reads past what has arrived already; what has not is not worth a wait, and the session ends.
    static void give_up(connection& on) noexcept;
    [[nodiscard]] static const endpoint& server(const connection& on);
};

/// What is told of a stream to those who observe, when it is over. A scope on the thread's stack
/// would take in what the caller does between two rows.
class stream_account {
public:
    void begin(const statement& one);
    void queued(std::chrono::nanoseconds waited) noexcept { event_.queue += waited; }
    void reached(const endpoint& server);
    void took(std::chrono::nanoseconds waited, const result<std::optional<rows>>& part) noexcept;
    void end(const error* failure) noexcept;

private:
    call_event event_{};
    std::chrono::steady_clock::time_point began_{};
    std::string text_;
    std::string server_;
    bool open_ = false;
};

/// `Reach` gets at the connection: `open(until)` once, `use(what)` for each step, `stop()` as in
/// `sending`.
template <class Reach>
class reached_parts final : public part_source {
public:
    reached_parts(Reach reach, statement one, const sending& how)
        : reach_{std::move(reach)}, one_{std::move(one)}, how_{how} {}

    ~reached_parts() override {
        if (!under_way_) return;
        static_cast<void>(reach_.use([](connection& on) -> result<void> {
            part_flow::give_up(on);
            return {};
        }));
        account_.end(nullptr);
    }

    result<std::optional<rows>> next() override {
        if (!begun_) {
            if (auto begun = begin(); !begun) return tl::unexpected{std::move(begun.error())};
        }
        if (!under_way_) return std::optional<rows>{};
        const auto asked = std::chrono::steady_clock::now();
        auto part = reach_.use([&](connection& on) { return part_flow::next(on, how_.stop); });
        account_.took(std::chrono::steady_clock::now() - asked, part);
        under_way_ = part && *part;
        if (!under_way_) account_.end(part ? nullptr : &part.error());
        return part;
    }

private:
    result<void> begin() {
        begun_ = true;
        account_.begin(one_);
        const auto asked = std::chrono::steady_clock::now();
        auto opened = reach_.open(how_.until);
        account_.queued(std::chrono::steady_clock::now() - asked);
        how_.stop = reach_.stop(how_.stop);
        if (opened) {
            opened = reach_.use([&](connection& on) {
                account_.reached(part_flow::server(on));
                return part_flow::begin(on, one_, how_);
            });
        }
        under_way_ = opened.has_value();
        if (!under_way_) account_.end(&opened.error());
        return opened;
    }

    Reach reach_;
    statement one_;
    sending how_;
    stream_account account_;
    bool begun_ = false;
    bool under_way_ = false;
};

}  // namespace honeydue
