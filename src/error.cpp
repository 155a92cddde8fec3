// SPDX-License-Identifier: MIT
// What an error knows of itself: its names, and the answers to the questions callers ask.
#include <honeydue/error.hpp>

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "libpq.hpp"

namespace honeydue {

namespace {

constexpr std::string_view names[] = {
    "configuration",   "resolve",     "connect",   "tls",       "authentication",
    "connection_lost", "deadline",    "statement", "commit",    "protocol",
    "encode",          "decode",      "row_count", "refused",   "round_trip_budget",
    "pool_exhausted",  "pool_closed", "file",      "migration", "cursor",
};
static_assert(std::size(names) == static_cast<std::size_t>(errc::cursor) + 1);

// Source: PostgreSQL documentation, appendix A, and the same reports as PgBouncer and hosted
// proxies word them.
constexpr std::string_view transient_states[] = {
    "40001",  // serialization_failure
    "40P01",  // deadlock_detected
    "53300",  // too_many_connections
    "55P03",  // lock_not_available
    "57P03",  // cannot_connect_now
    "57P01",  // admin_shutdown
    "57P02",  // crash_shutdown
};

// Poolers and proxies report these under 08P01 or XX000, whatever the cause, so the words decide.
constexpr std::string_view transient_messages[] = {
    "query_wait_timeout",
    "no more connections allowed",
    "client connections exceeded",
    "server login has been failing",
    "client_login_timeout",
    "server conn crashed",
    "server shutting down",
    "Control plane request failed",
    "Couldn't connect to compute node",
    "Too many connections",
    "Failed to acquire permit",
    "temporarily unavailable",
};

bool is_pooler_state(std::string_view state) { return state == "08P01" || state == "XX000"; }

}  // namespace

std::string_view name(errc code) noexcept { return names[static_cast<std::size_t>(code)]; }

error::error(errc code, honeydue::sqlstate state, server_report report, honeydue::outcome ran)
    : message_{libpq::one_line(report.message)}, sqlstate_{state}, code_{code}, outcome_{ran} {
    report_ = std::make_shared<const server_report>(std::move(report));
}

bool error::transient() const noexcept {
    if (!sqlstate_.empty()) {
        if (std::ranges::count(transient_states, sqlstate_.text()) > 0) return true;
        if (!report_ || !is_pooler_state(sqlstate_.text())) return false;
        return std::ranges::any_of(transient_messages, [&](std::string_view words) {
            return report_->message.find(words) != std::string::npos;
        });
    }
    return code_ == errc::connection_lost || code_ == errc::connect || code_ == errc::resolve ||
           code_ == errc::deadline || code_ == errc::pool_exhausted;
}

bool error::connection_lost() const noexcept {
    if (code_ == errc::connection_lost) return true;
    return report_ && (report_->severity == "FATAL" || report_->severity == "PANIC");
}

error error::in(std::string_view where) && {
    message_ = fmt::format("{}: {}", where, message_);
    return std::move(*this);
}

error error::with(honeydue::outcome ran) && {
    outcome_ = ran;
    return std::move(*this);
}

error error::at(std::size_t statement) && {
    statement_ = static_cast<std::uint16_t>(std::min<std::size_t>(statement, 65535));
    return std::move(*this);
}

std::string explain(const error& failure) {
    std::string line = fmt::format("{}: {}", name(failure.code()), failure.message());
    const auto add = [&](std::string_view label, std::string_view value) {
        if (!value.empty()) fmt::format_to(std::back_inserter(line), "; {} {}", label, value);
    };
    add("SQLSTATE", failure.sqlstate().text());
    if (const server_report* report = failure.report()) {
        add("severity", report->severity == "ERROR" ? "" : report->severity);
        add("table", report->table);
        add("column", report->column);
        add("constraint", report->constraint);
        add("hint", report->hint);
    }
    if (failure.transient()) line += "; transient";
    if (failure.statement() != 0) {
        fmt::format_to(std::back_inserter(line), "; statement {} of its group",
                       failure.statement());
    }
    if (failure.outcome() == outcome::may_have_run) line += "; may have run";
    if (failure.outcome() == outcome::ran) line += "; has run, and only the answer is lost";
    std::ranges::replace(line, '\n', ' ');
    return line;
}

}  // namespace honeydue
