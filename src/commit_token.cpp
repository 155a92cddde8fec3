// SPDX-License-Identifier: MIT
// Making, leaving and claiming commit tokens, and asking by number.
#include "commit_token.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <thread>

#include <honeydue/types.hpp>

#include "transaction_link.hpp"

namespace honeydue::detail {

namespace {

using clock = std::chrono::steady_clock;

/// Granted beyond the deadline, for that may be what cut the answer off.
constexpr std::chrono::milliseconds time_to_find_out{700};
constexpr std::chrono::milliseconds longest_pause{400};

uuid parsed(std::string_view token) { return uuid::parse(token).value_or(uuid{}); }

/// `read` answers nothing when asking again may help.
template <class Read>
outcome ask_until_known(const statement& question, deadline until, const ask_elsewhere& ask,
                        Read read) {
    const deadline last = until + time_to_find_out;
    for (std::chrono::milliseconds pause{20};; pause = std::min(pause * 2, longest_pause)) {
        if (const auto answer = ask(question, last)) {
            if (const std::optional<outcome> known = read(*answer)) return *known;
        }
        if (clock::now() + pause >= last) return outcome::may_have_run;
        std::this_thread::sleep_for(pause);
    }
}

std::string text_at(const rows& answer, std::size_t column) {
    std::string text;
    const bool is_text = answer.size() == 1 && !answer.at(0, column).is_null() &&
                         decode(answer.at(0, column), text) == codec_fault::none;
    return is_text ? text : std::string{};
}

std::optional<outcome> fate_of_claim(const rows& answer) {
    const std::string claimed = text_at(answer, 0);
    if (claimed.empty()) return std::nullopt;
    return claimed == "true" ? outcome::did_not_run : outcome::ran;
}

std::optional<outcome> fate_by_number(const rows& answer) {
    const std::string status = text_at(answer, 0);
    if (status == "aborted") return outcome::did_not_run;
    if (status != "committed") return std::nullopt;
    const bool given_out_again = text_at(answer, 1) != "false";
    return given_out_again ? outcome::may_have_run : outcome::ran;
}

}  // namespace

std::string new_commit_token() {
    thread_local std::random_device source;
    uuid made;
    for (std::size_t i = 0; i < made.bytes.size(); i += sizeof(unsigned)) {
        const unsigned bits = source();
        for (std::size_t j = 0; j < sizeof bits; ++j) {
            made.bytes[i + j] = static_cast<std::byte>(bits >> (8 * j));
        }
    }
    // Source: RFC 9562, section 5.4.
    made.bytes[6] = (made.bytes[6] & std::byte{0x0F}) | std::byte{0x40};
    made.bytes[8] = (made.bytes[8] & std::byte{0x3F}) | std::byte{0x80};
    return made.text();
}

statement leave_commit_token(std::string_view token) {
    return runtime("insert into honeydue_commit (token) values ($1)", parsed(token));
}

outcome claim_commit_token(std::string_view token, deadline until, const ask_elsewhere& ask) {
    const statement claim = runtime(
        "insert into honeydue_commit as left_before (token, claimed) values ($1, true) "
        "on conflict (token) do update set claimed = left_before.claimed "
        "returning claimed::text",
        parsed(token));
    return ask_until_known(claim, until, ask, fate_of_claim);
}

// A crash forgets the numbers given out since the last record that survived it, and gives them out
// again. It forgets the counts of statistics too, and says when: a clean restart keeps both.
// A standby that is promoted gives out again what had not reached it, on a timeline of its own.
// Source: PostgreSQL, pgstat_reset_after_failure, called by StartupXLOG; XLogFileName.
outcome look_up_transaction(const transaction_identity& which, deadline until,
                            const ask_elsewhere& ask) {
    parameters values;
    values.add(std::string{which.number});
    values.add(std::string{which.begun});
    values.add(std::string{which.timeline});
    const statement question{
        "select pg_xact_status($1::xid8), (exists (select from pg_stat_bgwriter "
        "where extract(epoch from stats_reset) >= $2::numeric) "
        "or left(pg_walfile_name(pg_current_wal_lsn()), 8) <> $3)::text",
        {oids::text, oids::text, oids::text},
        std::move(values),
        effect::reads};
    return ask_until_known(question, until, ask, fate_by_number);
}

statement observe_transaction() {
    return control(
        "select pg_current_xact_id()::text, extract(epoch from clock_timestamp())::text, "
        "left(pg_walfile_name(pg_current_wal_lsn()), 8) where not pg_is_in_recovery()",
        effect::reads);
}

error not_committed() {
    return error{errc::commit,
                 "COMMIT was answered with ROLLBACK: the transaction had failed before; nothing of "
                 "it is kept"};
}

}  // namespace honeydue::detail
