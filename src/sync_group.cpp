// SPDX-License-Identifier: MIT
// libpq's pipeline mode, used for exactly one group at a time.
#include "sync_group.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace honeydue {

namespace {

constexpr int binary = 1;

/// Parameters that are handed over without an allocation.
constexpr std::size_t few_parameters = 16;
constexpr auto few_formats = [] {
    std::array<int, few_parameters> all{};
    all.fill(binary);
    return all;
}();

/// Consecutive boundaries without a result between them. libpq gives one after each statement; more
/// mean that it waits for nothing and we would wait for ever.
constexpr int boundaries_allowed = 3;

/// The views libpq takes of a statement's parameters.
class parameter_views {
public:
    explicit parameter_views(const statement& of)
        : count_{of.parameters().size()}, given_{of.types().data()} {
        if (count_ > few_parameters) make_room();
        const std::byte* at = of.parameters().wire().data();
        for (std::size_t i = 0; i < count_; ++i) {
            const auto length = read_integer<std::int32_t>(at);
            at += sizeof length;
            values_[i] = length < 0 ? nullptr : reinterpret_cast<const char*>(at);
            lengths_[i] = std::max(length, 0);
            at += lengths_[i];
        }
        if (of.types().size() != count_) infer_the_rest(of.types());
    }
    parameter_views(const parameter_views&) = delete;
    parameter_views& operator=(const parameter_views&) = delete;

    [[nodiscard]] int send(PGconn* to, std::string_view text) const {
        return PQsendQueryParams(to, text.data(), static_cast<int>(count_), given_, values_,
                                 lengths_, formats_, binary);
    }

private:
    struct room {
        std::vector<const char*> values;
        std::vector<int> lengths, formats;
        std::vector<Oid> types;
    };

    [[gnu::noinline]] void make_room() {
        many_ = std::make_unique<room>();
        many_->values.resize(count_);
        many_->lengths.resize(count_);
        many_->formats.assign(count_, binary);
        values_ = many_->values.data();
        lengths_ = many_->lengths.data();
        formats_ = many_->formats.data();
    }

    [[gnu::noinline]] void infer_the_rest(std::span<const oid> types) {
        if (!many_) many_ = std::make_unique<room>();
        many_->types.assign(types.begin(), types.end());
        many_->types.resize(count_, oids::inferred);
        given_ = many_->types.data();
    }

    std::size_t count_;
    const Oid* given_;
    const char* few_values_[few_parameters];
    int few_lengths_[few_parameters];
    const char** values_ = few_values_;
    int* lengths_ = few_lengths_;
    const int* formats_ = few_formats.data();
    std::unique_ptr<room> many_;
};

bool begins_transaction(const statement& one) {
    constexpr std::string_view word = "begin";
    const std::string_view text = one.text();
    return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                    [](char a, char b) { return a == (b | 0x20); });
}

result<void> fits(const statement& one, std::size_t group_size, bool transaction) {
    switch (one.place()) {
        case place::anywhere:
            [[fallthrough]];
        case place::session:
            return {};
        case place::in_transaction:
            if (transaction) return {};
            return fail(errc::refused,
                        fmt::format("[{}] needs a transaction: send it with atomically or transact",
                                    one.text()));
        case place::alone:
            if (group_size == 1 && !transaction) return {};
            return fail(errc::refused,
                        fmt::format("[{}] must be alone: send it outside a transaction, in a call "
                                    "of its own",
                                    one.text()));
    }
    return {};
}

}  // namespace

result<void> check_group(std::span<const statement> group, framing as, bool in_transaction) {
    if (group.empty()) return fail(errc::refused, "an empty group: give at least one statement");
    const bool transaction =
        in_transaction || as == framing::atomic || begins_transaction(group.front());
    for (const statement& one : group) {
        if (auto sound = one.check(); !sound) return sound;
        if (auto placed = fits(one, group.size(), transaction); !placed) return placed;
    }
    return {};
}

statement statement_limit(std::chrono::milliseconds left) {
    static constexpr std::array<oid, 1> types = {oids::text};
    static constexpr statement_shape shape{
        "select set_config('statement_timeout', $1, true) "
        "where current_setting('statement_timeout')::interval = interval '0' "
        "or current_setting('statement_timeout')::interval > $1::interval",
        types, effect::reads, place::anywhere};
    parameters values;
    values.add(fmt::format("{}ms", std::max<std::int64_t>(left.count(), 1)));
    return statement{shape, std::move(values)};
}

result<void> sync_group::send(PGconn* to, std::span<const statement> group,
                              const std::optional<statement>& limit) {
    if (limit) limit_at_ = begins_transaction(group.front()) ? 1 : 0;
    statements_ = group.size() + (limit ? 1 : 0);
    const auto send_one = [&](const statement& one) {
        return parameter_views{one}.send(to, one.text()) != 0;
    };
    for (std::size_t i = 0; i < group.size(); ++i) {
        only_reads_ = only_reads_ && group[i].effect() == effect::reads;
        if (limit_at_ == i && !send_one(*limit)) return tl::unexpected{lost(to)};
        if (!send_one(group[i])) return tl::unexpected{lost(to)};
    }
    if (limit_at_ == group.size() && !send_one(*limit)) return tl::unexpected{lost(to)};
    // One Sync a group, and libpq writes what it can along with it.
    if (PQpipelineSync(to) == 0) return tl::unexpected{lost(to)};
    writing_ = PQflush(to) == 1;
    return {};
}

result<void> sync_group::send_probe(PGconn* to) {
    const std::string name =
        fmt::format("honeydue_probe_{:08x}{:08x}", std::random_device{}(), std::random_device{}());
    const std::string prepared = fmt::format("select 1 /* {} */", name);
    const statement asks = runtime(
        "select pg_backend_pid()::bigint, (select name from pg_prepared_statements where statement "
        "= $1 limit 1)",
        prepared);
    statements_ = 2;
    if (PQsendPrepare(to, name.c_str(), prepared.c_str(), 0, nullptr) == 0 ||
        parameter_views{asks}.send(to, asks.text()) == 0 || PQpipelineSync(to) == 0) {
        return tl::unexpected{lost(to)};
    }
    writing_ = PQflush(to) == 1;
    return {};
}

result<void> sync_group::send_descriptions(PGconn* to, std::span<const statement> asked,
                                           const statement& question) {
    statements_ = 2 * asked.size() + 1;
    for (const statement& one : asked) {
        const std::string text{one.text()};
        if (PQsendPrepare(to, "", text.c_str(), static_cast<int>(one.types().size()),
                          one.types().data()) == 0 ||
            PQsendDescribePrepared(to, "") == 0) {
            return tl::unexpected{lost(to)};
        }
    }
    if (parameter_views{question}.send(to, question.text()) == 0 || PQpipelineSync(to) == 0)
        return tl::unexpected{lost(to)};
    writing_ = PQflush(to) == 1;
    return {};
}

namespace {

void ask_for_parts(PGconn* from) {
#ifdef LIBPQ_HAS_CHUNK_MODE
    constexpr int rows_at_once = 256;
    PQsetChunkedRowsMode(from, rows_at_once);
#else
    PQsetSingleRowMode(from);
#endif
}

}  // namespace

void sync_group::stream_to(PGconn* from, row_sink sink) {
    sink_ = sink;
    ask_for_parts(from);
}

void sync_group::pull_from(PGconn* from) {
    pulled_ = true;
    ask_for_parts(from);
}

/// On a connection that is gone there is nothing to wait for.
bool sync_group::waits(PGconn* on) const noexcept {
    return !complete_ && !part_ && PQisBusy(on) == 1 && PQstatus(on) == CONNECTION_OK;
}

result<void> sync_group::advance(PGconn* on, std::chrono::steady_clock::time_point now) {
    if (now >= until_) {
        return fail(errc::deadline,
                    "no answer before the deadline; the server is told to stop, and the connection "
                    "is closed",
                    ran());
    }
    const bool sated = pulled_ && PQisBusy(on) == 0;
    const bool readable = sated || PQconsumeInput(on) == 1;
    // A failed write says nothing of what the server had to say before: that is read first.
    writing_ = readable && PQflush(on) == 1;
    if (auto drained = drain(on); !drained || complete_) return drained;
    if (part_) return {};
    if (!readable || PQstatus(on) == CONNECTION_BAD) return tl::unexpected{lost(on)};
    return {};
}

/// Reads every result that has arrived.
result<void> sync_group::drain(PGconn* on) {
    while (!complete_ && !part_ && PQisBusy(on) == 0) {
        libpq::result_ptr received{PQgetResult(on)};
        if (received == nullptr) {
            if (++boundaries_ < boundaries_allowed) continue;
            return tl::unexpected{lost(on)};
        }
        boundaries_ = 0;
        if (auto accepted = accept(std::move(received)); !accepted) return accepted;
    }
    return {};
}

/// Takes one result. After the first error the server only skips to the Sync, but a deferred
/// constraint speaks up after every statement was well.
result<void> sync_group::accept(libpq::result_ptr received) {
    switch (PQresultStatus(received.get())) {
        case PGRES_PIPELINE_SYNC:
            complete_ = true;
            return {};
        case PGRES_PIPELINE_ABORTED:
            return {};
        case PGRES_COMMAND_OK:
            [[fallthrough]];
        case PGRES_TUPLES_OK:
            [[fallthrough]];
        case PGRES_EMPTY_QUERY:
            if ((sink_ || pulled_) && PQntuples(received.get()) == 0) received.reset();
            if (received == nullptr)
                answers_.emplace_back();
            else
                answers_.push_back(libpq::rows_of(std::move(received)));
            return {};
#ifdef LIBPQ_HAS_CHUNK_MODE
        case PGRES_TUPLES_CHUNK:
            [[fallthrough]];
#endif
        case PGRES_SINGLE_TUPLE:
            if (sink_) return (*sink_)(libpq::rows_of(std::move(received)));
            part_ = libpq::rows_of(std::move(received));
            return {};
        case PGRES_FATAL_ERROR:
            [[fallthrough]];
        case PGRES_BAD_RESPONSE:
            [[fallthrough]];
        case PGRES_NONFATAL_ERROR:
            if (!refused_) refused_ = limited(blame(libpq::error_of(received.get(), ran())));
            // Without a SQLSTATE it is libpq that speaks: the session is over or out of step.
            if (libpq::state_of(received.get()).empty()) return tl::unexpected{*refused_};
            return {};
        default:
            break;
    }
    return fail(errc::protocol,
                "the server started a COPY inside a sync group; the connection is closed", ran());
}

/// As the caller counts his statements. A deferred constraint speaks after the last answer, and is
/// nobody's, like our own limit.
error sync_group::blame(error failure) const {
    const bool limited = limit_at_.has_value();
    const std::size_t callers = statements_ - (limited ? 1 : 0);
    const std::size_t answered = answers_.size();
    if (callers < 2 || answered >= statements_ || limit_at_ == answered) return failure;
    const bool behind_limit = limited && answered > *limit_at_;
    return std::move(failure).at(answered + (behind_limit ? 0 : 1));
}

result<std::vector<rows>> sync_group::take() {
    if (refused_) return tl::unexpected{std::move(*refused_)};
    if (answers_.size() != statements_) {
        return fail(errc::protocol,
                    fmt::format("{} answers to {} statements", answers_.size(), statements_),
                    ran());
    }
    if (limit_at_) answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(*limit_at_));
    return std::move(answers_);
}

error sync_group::lost(PGconn* on) {
    if (refused_) return std::move(*refused_);
    std::string why = libpq::one_line(PQerrorMessage(on));
    if (why.empty()) why = "the connection fell out of step";
    return {errc::connection_lost, std::move(why), ran()};
}

/// What the server cancelled because it was told when to; it may be that much before us.
error sync_group::limited(error refused) const {
    constexpr std::chrono::milliseconds rounding{5};
    const bool in_time = std::chrono::steady_clock::now() + rounding < until_;
    if (!limit_at_ || in_time || refused.sqlstate() != "57014"_sqlstate) return refused;
    return {errc::deadline, refused.sqlstate(), *refused.report()};
}

outcome sync_group::ran() const noexcept {
    return only_reads_ ? outcome::did_not_run : outcome::may_have_run;
}

interest sync_group::wants() const noexcept {
    if (complete_) return interest::nothing;
    return writing_ ? interest::read_and_write : interest::read;
}

}  // namespace honeydue
