// SPDX-License-Identifier: MIT
// Telling all who observe, and a call's own account of itself.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <honeydue/endpoint.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/trace.hpp>

namespace honeydue::detail {

void tell(const call_event& event) noexcept;
void tell(const handshake_event& event) noexcept;
void tell(const loan_event& event) noexcept;
void tell(const eviction_event& event) noexcept;
void tell(const pool_event& event) noexcept;
void tell(const cache_event& event) noexcept;

/// True while this thread has an open call that somebody observes.
[[nodiscard]] bool call_is_open() noexcept;
/// A sync group leaves, and its answer has come, or never will.
void note_departure(std::span<const std::string_view> texts);
void note_arrival() noexcept;

/// "host:port/database": OpenTelemetry's name for a pool that was given none.
[[nodiscard]] std::string server_name(const endpoint& of);

inline void note_answer(const rows& received) noexcept {
    if (is_observed()) note_rows(received.size(), received.bytes());
}

/// The answer, after the open call of this thread was told of its rows.
[[nodiscard]] inline result<std::vector<rows>> counted(result<std::vector<rows>> answer) {
    if (answer) std::ranges::for_each(*answer, note_answer);
    return answer;
}

/// The answer, after the open call of this thread was told how it went.
template <class Answer>
[[nodiscard]] Answer noted(const endpoint& from, Answer answer) {
    if (!is_observed()) return answer;
    note_server(server_name(from));
    note_failure(answer ? nullptr : &answer.error());
    return answer;
}

}  // namespace honeydue::detail
