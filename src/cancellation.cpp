// SPDX-License-Identifier: MIT
// One detached thread for each running request: libpq's request before version 17 blocks.
#include "cancellation.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include "quiet_thread.hpp"

namespace honeydue {

namespace {

constexpr std::size_t most_at_a_time = 32;

/// A request that overtakes its statement, or finds it waiting in a pooler for a server, stops
/// nothing: so long an answer is waited for before it is made again, and in the end given up.
constexpr std::array<std::chrono::milliseconds, 3> patience{
    std::chrono::milliseconds{100}, std::chrono::milliseconds{300}, std::chrono::milliseconds{600}};

/// So long a program that ends lets its last requests leave.
constexpr std::chrono::seconds last_wait{1};

/// The requests under way. Outlived by their threads, so never freed.
struct running_cancels {
    std::mutex guard;
    std::condition_variable ended;
    std::size_t count = 0;
    bool program_ends = false;
};

running_cancels& running() {
    static auto* all = new running_cancels;  // NOLINT(*-owning-memory)
    return *all;
}

/// Ends before what OpenSSL tears down at exit, for it is made after the first connection: no
/// thread closes one later.
struct last_stop {
    pid_t owner = ::getpid();

    last_stop() = default;
    last_stop(const last_stop&) = delete;
    last_stop& operator=(const last_stop&) = delete;
    ~last_stop() {
        if (owner != ::getpid()) return;
        running_cancels& all = running();
        std::unique_lock lock{all.guard};
        all.ended.wait_for(lock, last_wait, [&] { return all.count == 0; });
        all.program_ends = true;
    }
};

bool admit() {
    static const last_stop at_exit;
    running_cancels& all = running();
    const std::lock_guard lock{all.guard};
    if (all.count == most_at_a_time || all.program_ends) return false;
    ++all.count;
    return true;
}

/// Returns when the peer has heard, or cannot be made to hear.
void ask(PGconn* to_stop) {
#ifdef LIBPQ_HAS_ASYNC_CANCEL
    const std::unique_ptr<PGcancelConn, decltype(&PQcancelFinish)> request{PQcancelCreate(to_stop),
                                                                           PQcancelFinish};
    if (request) PQcancelBlocking(request.get());
#else
    const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> request{PQgetCancel(to_stop),
                                                                     PQfreeCancel};
    std::array<char, 256> why{};
    if (request) PQcancel(request.get(), why.data(), static_cast<int>(why.size()));
#endif
}

/// Rows, an error or the end: the server is, or was, at it.
bool answers(PGconn* stopped, std::chrono::milliseconds within) {
    pollfd seen{PQsocket(stopped), POLLIN, 0};
    return ::poll(&seen, 1, static_cast<int>(within.count())) != 0;
}

void run(libpq::connection_ptr given_up) {
    for (const auto within : patience) {
        ask(given_up.get());
        if (answers(given_up.get(), within)) break;
    }
    running_cancels& all = running();
    const std::lock_guard lock{all.guard};
    if (all.program_ends) {
        static_cast<void>(given_up.release());
    } else {
        given_up.reset();
    }
    --all.count;
    all.ended.notify_all();
}

}  // namespace

void cancel_and_close(libpq::connection_ptr given_up) noexcept {
    if (given_up == nullptr || !admit()) return;
    PQsetNoticeReceiver(
        given_up.get(), [](void*, const PGresult*) {}, nullptr);
    PGconn* const released = given_up.release();
    try {
        quiet_thread([released] { run(libpq::connection_ptr{released}); }).detach();
    } catch (const std::system_error&) {
        PQfinish(released);
        running_cancels& all = running();
        const std::lock_guard lock{all.guard};
        --all.count;
    }
}

}  // namespace honeydue
