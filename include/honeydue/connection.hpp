// SPDX-License-Identifier: MIT
// One PostgreSQL connection, opened directly: it sends one sync group at a time and knows its
// session. Sharing between threads, and keeping connections ready, is pool.hpp's business.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/endpoint.hpp>
#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>

namespace honeydue {

class dial;

/// The moment a caller stops waiting.
using deadline = std::chrono::steady_clock::time_point;
inline constexpr deadline no_deadline = deadline::max();

/// What the statements of a sync group are to each other.
enum class framing : std::uint8_t {
    independent,  ///< they only travel together
    atomic,       ///< the caller means one transaction, so `place::in_transaction` fits
};

/// Who keeps a deadline.
enum class limiter : std::uint8_t {
    client,  ///< the caller stops waiting, and the server is then asked to stop
    both,    ///< the server is told too, in the same flight, and stops each statement in time. Not
             ///< for `stream`, nor for what must be alone.
};

/// How a sync group is sent.
struct sending {
    /// When it passes, the answer is `errc::deadline`. The server is asked to stop, on a connection
    /// of its own, and this one is closed after that; nobody waits for either. A moment gone by
    /// when called: nothing is sent.
    deadline until = no_deadline;

    framing as = framing::independent;

    limiter kept_by = limiter::client;

    /// A descriptor that, once it can be read, ends the wait of `run` and `stream` as `until`
    /// does. Negative is none. Lifetime: of the call; it is neither read nor closed.
    int stop = -1;
};

/// What a poll loop waits for on `connection::fd()`.
enum class interest : std::uint8_t { nothing, read, write, read_and_write };

/// Where a session stands between two groups.
enum class session_state : std::uint8_t {
    opening,
    idle,
    busy,  ///< a group is under way, or its answer has not been taken
    in_transaction,
    failed_transaction,  ///< only ROLLBACK is heard
    abandoned,           ///< for good: given up by us, in the middle of an answer
    broken,              ///< for good: the peer is gone
};

/// What a connection leads to, as far as can be told from this end.
enum class peer : std::uint8_t {
    unasked,
    unknown,          ///< a pooler that does not follow statements, such as PgBouncer before 1.21
    server,           ///< PostgreSQL itself
    tracking_pooler,  ///< PgBouncer from 1.21 on that renames prepared statements
};

/// A message of another session's NOTIFY.
struct channel_message {
    std::string channel;
    std::string payload;
    int process;  ///< of the session that sent it
};

/// Takes each part of a streamed result. Lifetime: borrows the callable, for the length of one
/// call.
class row_sink {
public:
    /// `Callable` takes `const rows&` and returns `result<void>`, or nothing.
    template <class Callable>
        requires(!std::same_as<std::remove_cvref_t<Callable>, row_sink> &&
                 std::invocable<Callable&, const rows&>)
    row_sink(Callable&& callable)
    noexcept  // NOLINT(*-explicit-*, *-forwarding-*): a view of a callable
        : callable_{const_cast<void*>(static_cast<const void*>(std::addressof(callable)))},
          call_{[](void* held, const rows& part) -> result<void> {
              auto& sink = *static_cast<std::remove_reference_t<Callable>*>(held);
              if constexpr (std::is_void_v<std::invoke_result_t<Callable&, const rows&>>) {
                  sink(part);
                  return {};
              } else {
                  return sink(part);
              }
          }} {}

    result<void> operator()(const rows& part) const { return call_(callable_, part); }

private:
    void* callable_;
    result<void> (*call_)(void*, const rows&);
};

class copy_flow;
class part_flow;
class part_source;

/// One connection. Move-only; closing is its destructor.
/// Thread: one at a time. Cost: opening is 6 to 7 round trips, with TLS and SCRAM; they are not
/// counted by `round_trips`.
class connection {
public:
    /// Connects, at the latest until the endpoint's `connect_timeout` or `until`.
    /// Errors: configuration, resolve, connect, tls, authentication, deadline; each names the field
    /// and the cure.
    [[nodiscard]] static result<connection> open(const endpoint& to, deadline until = no_deadline);

    /// Another connection to where this one was opened to. Errors: as `open`.
    [[nodiscard]] result<connection> open_another(deadline until = no_deadline) const;

    connection(connection&&) noexcept;
    connection& operator=(connection&&) noexcept;
    ~connection();

    /// Sends `group` as one sync group and reads its answer to the end: one `rows` for each
    /// statement, or the first error. Without BEGIN in it the server treats the group as one
    /// transaction. Errors: refused, encode, round_trip_budget, before anything is sent; statement,
    /// connection_lost, deadline. Cost: 1 round trip; none for an empty group.
    [[nodiscard]] result<std::vector<rows>> run(std::span<const statement> group,
                                                const sending& how = {});

    /// A group of one.
    [[nodiscard]] result<rows> run(const statement& one, const sending& how = {});

    /// Gives the result to `sink` as it arrives. An error of the sink, or an exception, closes the
    /// connection; an error of the server may follow rows already given. Cost: 1 round trip; memory
    /// for one part.
    [[nodiscard]] result<void> stream(const statement& one, row_sink sink, const sending& how = {});

    /// The parts of the result, read as they are asked for; see stream.hpp. Nothing is sent before
    /// the first. Until the last, nothing else can be sent. Lifetime: the connection stays in its
    /// place. Cost: 1 round trip; memory for one part.
    [[nodiscard]] std::unique_ptr<part_source> pull(statement one, const sending& how = {});

    /// What `asked` would answer, and what `question` does: one `rows` without a row for each of
    /// the first, with its columns, and then that of the question. Nothing of `asked` is run.
    /// Errors: as `run`; the server's say which statement it does not take. Cost: 1 round trip.
    [[nodiscard]] result<std::vector<rows>> describe(std::span<const statement> asked,
                                                     const statement& question,
                                                     const sending& how = {});

    /// The pump, for a poll loop of one's own: `start` or `send`, then wait on `fd` for `wants`, at
    /// the latest until `wake_at`, and `advance`, until `state()` is neither `opening` nor `busy`
    /// or `answered()`. Nothing here blocks.
    [[nodiscard]] static result<connection> start(const endpoint& to, deadline until,
                                                  std::chrono::steady_clock::time_point now);
    [[nodiscard]] result<void> send(std::span<const statement> group, const sending& how,
                                    std::chrono::steady_clock::time_point now);
    [[nodiscard]] result<void> advance(std::chrono::steady_clock::time_point now);

    /// Asks what the connection leads to. It leaves one prepared statement there. Errors: as `run`.
    /// Cost: 1 round trip.
    [[nodiscard]] result<peer> probe(deadline until = no_deadline);

    /// The same for the pump: `advance` until `answered()`, then `take_probe`.
    [[nodiscard]] result<void> send_probe(deadline until,
                                          std::chrono::steady_clock::time_point now);
    [[nodiscard]] result<peer> take_probe();

    /// Waits for the next message on a channel this session listens on; those that came along with
    /// answers are there at once. A deadline that passes leaves the connection as it was. Errors:
    /// deadline, connection_lost, refused. Cost: no round trip.
    [[nodiscard]] result<channel_message> next_notification(deadline until = no_deadline);

    /// What the kernel has measured between here and the next hop that acknowledges: a pooler or
    /// the server. None for what is not TCP. Cost: no round trip, one system call.
    [[nodiscard]] std::optional<std::chrono::microseconds> tcp_round_trip() const noexcept;

    /// May change with each `advance` while opening. Negative when there is none.
    [[nodiscard]] int fd() const noexcept;
    [[nodiscard]] interest wants() const noexcept;
    [[nodiscard]] deadline wake_at() const noexcept;

    /// True when the whole answer to `send` is there, and `take` gives it.
    [[nodiscard]] bool answered() const noexcept;
    [[nodiscard]] result<std::vector<rows>> take();

    [[nodiscard]] session_state state() const noexcept;

    /// Looks whether the peer has hung up while nothing was asked of it. False is final; true is no
    /// promise. Cost: no round trip, one system call.
    [[nodiscard]] bool alive() noexcept;

    /// The process number the peer gave; behind a pooler it is the pooler's invention.
    [[nodiscard]] int process() const noexcept;

private:
    friend class copy_flow;
    friend class part_flow;
    friend class pool_core;

    struct session;

    explicit connection(std::unique_ptr<session> opened) noexcept;

    /// Null unless opening.
    [[nodiscard]] dial* dialling() const noexcept;

    [[nodiscard]] result<std::vector<rows>> run_group(std::span<const statement> group,
                                                      const sending& how);
    [[nodiscard]] result<std::vector<rows>> describe_group(std::span<const statement> asked,
                                                           const statement& question,
                                                           const sending& how);
    [[nodiscard]] result<void> stream_to(const statement& one, row_sink sink, const sending& how);

    std::unique_ptr<session> session_;
};

}  // namespace honeydue
