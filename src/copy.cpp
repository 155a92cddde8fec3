// SPDX-License-Identifier: MIT
// COPY on a connection: out of pipeline mode, which has none, and back into it. The types of the
// columns come first in the same simple query, as those of a select of no rows.
#include <honeydue/copy.hpp>

#include <poll.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "copy_format.hpp"
#include "session.hpp"

namespace honeydue {

namespace {

/// Rows are handed to libpq in pieces of about this size.
constexpr std::size_t piece_bytes = 65'536;

std::string column_list(const copy_target& of) {
    std::string list;
    for (const std::string_view column : of.columns)
        list += (list.empty() ? "" : ", ") + libpq::quoted_name(column);
    return list;
}

std::string quoted_table(const copy_target& of) {
    const std::string table = libpq::quoted_name(of.table);
    return of.schema.empty() ? table : libpq::quoted_name(of.schema) + "." + table;
}

result<void> check(const copy_target& target) {
    const auto is_name = [](std::string_view name) {
        return !name.empty() && name.find('\0') == std::string_view::npos;
    };
    if (is_name(target.table) && !target.columns.empty() &&
        std::ranges::all_of(target.columns, is_name)) {
        return {};
    }
    return fail(errc::refused, "a copy needs the names of a table and of at least one column");
}

}  // namespace

/// One COPY, from the command to the session's return to its groups. Left early, the session is
/// over. Thread: one at a time.
class copy_flow {
public:
    copy_flow(connection& on, deadline until) noexcept : own_{*on.session_}, until_{until} {}
    copy_flow(const copy_flow&) = delete;
    copy_flow& operator=(const copy_flow&) = delete;
    ~copy_flow() {
        if (under_way_) own_.give_up();
    }

    /// Sends `text`, whose last command is the COPY, and answers its columns when the server is
    /// ready for it. What the server refuses leaves the session as it was.
    [[nodiscard]] result<rows> begin(const std::string& text, ExecStatusType ready);

    /// Hands a piece to libpq and waits until it has left.
    [[nodiscard]] result<void> put(std::span<const std::byte> piece);

    /// Ends a copy in; the answer is the number of rows.
    [[nodiscard]] result<std::uint64_t> finish_in();

    /// The next piece of a copy out; null at its end.
    using piece_ptr = std::unique_ptr<char, decltype(&PQfreemem)>;
    [[nodiscard]] result<piece_ptr> take(std::size_t& size);

    /// Reads the verdict of the server, and everything up to its being ready again.
    [[nodiscard]] result<std::uint64_t> finish();

    /// The wait for an answer is over: one round trip.
    void answered() noexcept { detail::end_round_trip(began_); }

private:
    [[nodiscard]] result<void> turn(deadline until);
    [[nodiscard]] result<libpq::result_ptr> next_result();
    [[nodiscard]] result<void> count(std::string_view text);
    [[nodiscard]] result<rows> expect(ExecStatusType ready);
    [[nodiscard]] error lost();
    [[nodiscard]] std::optional<error> last_words() const;
    [[nodiscard]] PGconn* raw() const noexcept { return own_.raw(); }

    connection::session& own_;
    deadline until_;
    detail::round_trip_ticket began_ = 0;
    outcome ran_ = outcome::did_not_run;
    bool under_way_ = false;
    bool putting_ = false;
};

result<void> copy_flow::count(std::string_view text) {
    auto began = detail::begin_round_trip(std::span{&text, 1});
    if (!began) return tl::unexpected{std::move(began.error())};
    began_ = *began;
    return {};
}

/// Writes what waits to be written, and sleeps until there is something to read, or room to write.
/// A failed write says nothing of what the server had to say before: that is read first.
result<void> copy_flow::turn(deadline until) {
    const bool writing = PQflush(raw()) == 1;
    pollfd watched{PQsocket(raw()), static_cast<short>(POLLIN | (writing ? POLLOUT : 0)), 0};
    const auto now = std::chrono::steady_clock::now();
    const int ready = ::poll(&watched, 1, milliseconds_until(until, now));
    if (ready == 0 && now >= until_) {
        return fail(errc::deadline,
                    "the copy was not done before the deadline; the server is told to stop, and "
                    "the connection is closed",
                    ran_);
    }
    if ((watched.revents & ~POLLOUT) != 0 && PQconsumeInput(raw()) == 0)
        return tl::unexpected{lost()};
    return {};
}

result<libpq::result_ptr> copy_flow::next_result() {
    while (PQisBusy(raw()) == 1) {
        if (auto turned = turn(until_); !turned) return tl::unexpected{std::move(turned.error())};
    }
    return libpq::result_ptr{PQgetResult(raw())};
}

/// libpq keeps an error to itself while rows go out, until it is told that they end.
std::optional<error> copy_flow::last_words() const {
    if (own_.farewell) return own_.farewell;
    if (!putting_ || PQputCopyEnd(raw(), "the connection is lost") != 1) return {};
    const libpq::result_ptr said{PQgetResult(raw())};
    if (said == nullptr || PQresultStatus(said.get()) != PGRES_FATAL_ERROR) return {};
    error failure = libpq::error_of(said.get(), ran_);
    if (failure.sqlstate().empty()) return {};
    return failure;
}

error copy_flow::lost() {
    std::string why = libpq::one_line(PQerrorMessage(raw()));
    auto said = last_words();
    own_.end(session_state::broken);
    under_way_ = false;
    if (said) return std::move(*said).with(ran_);
    if (why.empty()) why = "the connection fell out of step";
    return {errc::connection_lost, std::move(why), ran_};
}

result<rows> copy_flow::begin(const std::string& text, ExecStatusType ready) {
    if (auto free = own_.may_begin(until_, std::chrono::steady_clock::now()); !free)
        return tl::unexpected{std::move(free.error())};
    if (auto counted = count(text); !counted) return tl::unexpected{std::move(counted.error())};
    under_way_ = true;
    if (PQexitPipelineMode(raw()) != 1 || PQsendQuery(raw(), text.c_str()) != 1)
        return tl::unexpected{lost()};
    return expect(ready);
}

result<rows> copy_flow::expect(ExecStatusType ready) {
    rows columns;
    for (;;) {
        auto received = next_result();
        if (!received) return tl::unexpected{std::move(received.error())};
        const auto status = PQresultStatus(received->get());
        if (status == PGRES_TUPLES_OK) {
            columns = libpq::rows_of(std::move(*received));
        } else if (status == PGRES_FATAL_ERROR) {
            error refused = libpq::error_of(received->get(), ran_);
            if (auto finished = finish(); !finished && under_way_)
                return tl::unexpected{std::move(finished.error())};
            return tl::unexpected{std::move(refused)};
        } else if (status == ready && PQbinaryTuples(received->get()) == 1 &&
                   static_cast<std::size_t>(PQnfields(received->get())) == columns.columns()) {
            putting_ = ready == PGRES_COPY_IN;
            return columns;
        } else {
            return fail(errc::protocol,
                        "the server did not begin a binary copy; the connection is "
                        "closed");
        }
    }
}

result<void> copy_flow::put(std::span<const std::byte> piece) {
    const auto* data = reinterpret_cast<const char*>(piece.data());
    for (int taken = 0; taken != 1;) {
        taken = PQputCopyData(raw(), data, static_cast<int>(piece.size()));
        if (taken < 0) return tl::unexpected{lost()};
        if (taken == 0) {
            if (auto turned = turn(until_); !turned) return turned;
        }
    }
    // Looks at what the server says, too: libpq goes on taking rows after it has gone.
    if (auto turned = turn(deadline{}); !turned) return turned;
    while (PQflush(raw()) == 1) {
        if (auto turned = turn(until_); !turned) return turned;
    }
    return {};
}

result<std::uint64_t> copy_flow::finish_in() {
    if (auto counted = count("copy: end"); !counted)
        return tl::unexpected{std::move(counted.error())};
    for (int ended = 0; ended != 1;) {
        ended = PQputCopyEnd(raw(), nullptr);
        if (ended < 0) return tl::unexpected{lost()};
        if (ended == 0) {
            if (auto turned = turn(until_); !turned)
                return tl::unexpected{std::move(turned.error())};
        }
    }
    putting_ = false;
    ran_ = outcome::may_have_run;
    auto copied = finish();
    // After a refusal here some poolers keep the server's connection until ours is closed.
    if (!copied && !under_way_) {
        own_.end(session_state::abandoned);
        own_.link.reset();
    }
    return copied;
}

result<copy_flow::piece_ptr> copy_flow::take(std::size_t& size) {
    for (;;) {
        char* data = nullptr;
        const int count = PQgetCopyData(raw(), &data, 1);
        piece_ptr piece{data, PQfreemem};
        if (count > 0) {
            size = static_cast<std::size_t>(count);
            return piece;
        }
        if (count == -1) return piece;
        if (count < -1) return tl::unexpected{lost()};
        if (auto turned = turn(until_); !turned) return tl::unexpected{std::move(turned.error())};
    }
}

result<std::uint64_t> copy_flow::finish() {
    std::optional<error> refused;
    std::uint64_t copied = 0;
    for (;;) {
        auto received = next_result();
        if (!received) return tl::unexpected{std::move(received.error())};
        if (*received == nullptr) break;
        if (PQresultStatus(received->get()) == PGRES_COMMAND_OK) {
            copied = libpq::rows_of(std::move(*received)).affected();
        } else if (!refused) {
            refused = libpq::error_of(received->get(), ran_);
        }
    }
    answered();
    if (PQstatus(raw()) != CONNECTION_OK || PQenterPipelineMode(raw()) != 1)
        own_.end(session_state::broken);
    under_way_ = false;
    if (refused) return tl::unexpected{std::move(*refused)};
    return copied;
}

namespace detail {

namespace {

/// Why a row could not be copied.
error row_error(errc code, const rows& columns, std::size_t column, std::uint64_t row,
                std::string_view type, codec_fault fault) {
    return {code, fmt::format("{}: column {} of row {} {}", type, columns.column_name(column), row,
                              describe(fault))};
}

result<void> put_rows(copy_flow& flow, const rows& columns, const copied_rows& what,
                      copy_source source) {
    std::uint64_t count = 0;
    byte_buffer buffer;
    byte_writer to{buffer};
    write_copy_header(to);
    row_fault at;
    const auto put = [&] {
        const auto sent = flow.put({buffer.data(), buffer.size()});
        buffer.clear();
        return sent;
    };
    while (source(to, at)) {
        ++count;
        if (at.fault != codec_fault::none) {
            return tl::unexpected{
                row_error(errc::encode, columns, at.member - 1, count, what.type, at.fault)};
        }
        at = {};
        if (buffer.size() < piece_bytes) continue;
        if (auto sent = put(); !sent) return sent;
    }
    to.integer(copy_trailer);
    return put();
}

result<void> take_rows(copy_reader& reader, const rows& columns, const copied_rows& what,
                       std::span<const std::size_t> order, copy_sink sink, std::uint64_t& count) {
    std::vector<cell> received;
    std::vector<cell> wanted(order.size());
    for (;;) {
        const auto found = reader.next(received);
        if (!found) return tl::unexpected{found.error()};
        if (*found != copy_reader::found::row) return {};
        ++count;
        for (std::size_t i = 0; i < order.size(); ++i)
            wanted[i] = received[order[i]];
        row_fault at;
        if (auto taken = sink(wanted, at); !taken) return taken;
        if (at.fault != codec_fault::none) {
            return tl::unexpected{
                row_error(errc::decode, columns, order[at.member - 1], count, what.type, at.fault)};
        }
    }
}

}  // namespace

std::string select_of(const copy_target& source) {
    return fmt::format("select {} from {}", column_list(source), quoted_table(source));
}

result<std::uint64_t> copy_in(connection& to, const copy_target& target, const copied_rows& what,
                              copy_source source, deadline until) {
    if (auto sound = check(target); !sound) return tl::unexpected{std::move(sound.error())};
    copy_flow flow{to, until};
    const auto columns =
        flow.begin(fmt::format("{} limit 0; copy {} ({}) from stdin (format binary)",
                               select_of(target), quoted_table(target), column_list(target)),
                   PGRES_COPY_IN);
    if (!columns) return tl::unexpected{columns.error()};
    flow.answered();
    std::vector<std::size_t> order(what.wanted.size());
    if (auto fits = match_columns(*columns, what.type, what.wanted, order); !fits)
        return fail(errc::encode, "copy_in: " + fits.error().message());
    if (auto put = put_rows(flow, *columns, what, source); !put)
        return tl::unexpected{std::move(put.error())};
    return flow.finish_in();
}

result<std::uint64_t> copy_out(connection& from, std::string_view query, const copied_rows& what,
                               copy_sink sink, deadline until) {
    copy_flow flow{from, until};
    // A comment at the query's end ends with its line.
    const auto columns =
        flow.begin(fmt::format("select * from ({0}\n) as copied limit 0; copy ({0}\n) to stdout "
                               "(format binary)",
                               query),
                   PGRES_COPY_OUT);
    if (!columns) return tl::unexpected{columns.error()};
    std::vector<std::size_t> order(what.wanted.size());
    if (auto fits = match_columns(*columns, what.type, what.wanted, order); !fits)
        return tl::unexpected{std::move(fits.error())};
    copy_reader reader{columns->columns()};
    std::uint64_t count = 0;
    for (;;) {
        std::size_t size = 0;
        const auto piece = flow.take(size);
        if (!piece) return tl::unexpected{piece.error()};
        if (*piece == nullptr) break;
        reader.feed(std::as_bytes(std::span{piece->get(), size}));
        if (auto taken = take_rows(reader, *columns, what, order, sink, count); !taken)
            return tl::unexpected{std::move(taken.error())};
    }
    const auto copied = flow.finish();
    if (copied && (!reader.ended() || *copied != count)) {
        return fail(errc::protocol,
                    fmt::format("{} of {} rows came before the server's binary copy "
                                "ended",
                                count, *copied));
    }
    return copied;
}

}  // namespace detail

}  // namespace honeydue
