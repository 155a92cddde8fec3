// SPDX-License-Identifier: MIT
// How libpq's texts and result fields become honeydue::error.
#include "libpq.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace honeydue::libpq {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Borrowed by libpq and null where absent, so it is copied at once.
std::string whole_field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? std::string{} : text;
}

std::string field(const PGresult* result, int code) { return one_line(whole_field(result, code)); }

int number(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

rows rows_of(result_ptr received) {
    return rows{std::shared_ptr<const void>{
        received.release(), [](const void* held) {
            PQclear(const_cast<PGresult*>(static_cast<const PGresult*>(held)));  // NOLINT
        }}};
}

std::string quoted_name(std::string_view name) {
    std::string text{"\""};
    for (const char c : name) {
        text.push_back(c);
        if (c == '"') text.push_back(c);
    }
    return text + '"';
}

std::string one_line(std::string_view text) {
    std::string folded;
    folded.reserve(text.size());
    for (const char c : text) {
        if (!is_blank(c)) {
            folded.push_back(c);
        } else if (!folded.empty() && folded.back() != ' ') {
            folded.push_back(' ');
        }
    }
    if (!folded.empty() && folded.back() == ' ') folded.pop_back();
    return folded;
}

sqlstate state_in(std::string_view verbose_message) {
    constexpr std::string_view mark = ":  ";
    for (auto at = verbose_message.find(mark); at != std::string_view::npos;
         at = verbose_message.find(mark, at + 1)) {
        const std::string_view rest = verbose_message.substr(at + mark.size());
        if (rest.size() > 5 && rest[5] == ':' && sqlstate::is_valid(rest.substr(0, 5))) {
            return sqlstate{rest.substr(0, 5)};
        }
    }
    return {};
}

server_report report_of(const PGresult* result) {
    server_report report;
    report.severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (report.severity.empty()) report.severity = field(result, PG_DIAG_SEVERITY);
    report.message = whole_field(result, PG_DIAG_MESSAGE_PRIMARY);
    report.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    report.hint = field(result, PG_DIAG_MESSAGE_HINT);
    report.context = field(result, PG_DIAG_CONTEXT);
    report.schema = field(result, PG_DIAG_SCHEMA_NAME);
    report.table = field(result, PG_DIAG_TABLE_NAME);
    report.column = field(result, PG_DIAG_COLUMN_NAME);
    report.data_type = field(result, PG_DIAG_DATATYPE_NAME);
    report.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    report.position = number(field(result, PG_DIAG_STATEMENT_POSITION));
    return report;
}

sqlstate state_of(const PGresult* result) {
    const char* text = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return text == nullptr ? sqlstate{} : sqlstate{std::string_view{text}};
}

bool is_fatal(const server_report& report) noexcept {
    return report.severity == "FATAL" || report.severity == "PANIC";
}

bool never_reached_server(const server_report& report) noexcept {
    // The last one: PgBouncer's own SET failed, before it forwarded anything (its src/server.c).
    static constexpr std::array<std::string_view, 7> words = {
        "query_wait_timeout",          "server login has been failing", "client_login_timeout",
        "no more connections allowed", "client connections exceeded",   "server login failed",
        "invalid server parameter"};
    return is_fatal(report) && std::any_of(words.begin(), words.end(), [&](std::string_view word) {
               return report.message.find(word) != std::string::npos;
           });
}

error error_of(const PGresult* result, outcome ran) {
    const sqlstate state = state_of(result);
    if (state.empty()) {
        std::string text = one_line(PQresultErrorMessage(result));
        if (text.empty()) text = "the connection ended without a word";
        return {errc::connection_lost, std::move(text), ran};
    }
    server_report report = report_of(result);
    const bool fatal = is_fatal(report);
    if (!fatal || never_reached_server(report)) ran = outcome::did_not_run;
    return {fatal ? errc::connection_lost : errc::statement, state, std::move(report), ran};
}

}  // namespace honeydue::libpq
