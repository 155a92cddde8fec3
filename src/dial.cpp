// SPDX-License-Identifier: MIT
// The handshake as a pump around PQconnectStartParams and PQconnectPoll, which neither bounds time
// nor races addresses.
#include "dial.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "bytes_sent.hpp"
#include "handshake_error.hpp"

namespace honeydue {

/// One address being tried.
struct dial::attempt {
    libpq::connection_ptr connection;
    PostgresPollingStatusType waits_for = PGRES_POLLING_WRITING;
    handshake_phase phase = handshake_phase::tcp;
    std::vector<time_point> entered{};  ///< resolving, then each phase
    int messages = 0;                   ///< sent since the startup packet, that included

    [[nodiscard]] bool accepted() const noexcept { return phase != handshake_phase::tcp; }
    [[nodiscard]] short events() const noexcept {
        return waits_for == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    }
    /// PQconnectPoll takes an untimely call for readiness, so it is asked for first.
    [[nodiscard]] bool ready() const noexcept {
        pollfd one{PQsocket(connection.get()), events(), 0};
        return ::poll(&one, 1, 0) > 0;
    }
};

namespace {

constexpr std::array<const char*, 4> bundles = {"/etc/ssl/certs/ca-certificates.crt",
                                                "/etc/pki/tls/certs/ca-bundle.crt",
                                                "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

/// libpq's own default is a file in the home directory that nobody has. "system" came with libpq
/// 16, and insists on verify-full.
std::string trusted_authorities(const endpoint& to) {
    const bool verifies = to.sslmode == sslmode::verify_ca || to.sslmode == sslmode::verify_full;
    const bool knows_system = PQlibVersion() >= 160000 && to.sslmode == sslmode::verify_full;
    const bool of_the_system = to.sslrootcert.empty() ? verifies : to.sslrootcert == "system";
    if (!of_the_system) return to.sslrootcert;
    if (knows_system) return "system";
    const auto* found =
        std::ranges::find_if(bundles, [](const char* path) { return ::access(path, R_OK) == 0; });
    return found == bundles.end() ? bundles.front() : *found;
}

/// libpq's conninfo as arrays: nothing to quote. Empty values are left out by libpq.
class conninfo {
public:
    conninfo(const endpoint& to, const std::string& address) {
        set("host", to.host);
        set("hostaddr", address);
        set("port", fmt::format("{}", to.port));
        set("user", to.user);
        set("password", to.password);
        set("dbname", to.database);
        set("sslmode", std::string{name(to.sslmode)});
        set("sslrootcert", trusted_authorities(to));
        // Given, for libpq would take another from the environment.
        set("ssl_min_protocol_version", "TLSv1.2");
        if (to.sslnegotiation == sslnegotiation::direct) set("sslnegotiation", "direct");
        set("channel_binding", to.channel_binding);
        set("application_name", to.application_name);
        set("client_encoding", "UTF8");
        set("gssencmode", "disable");
        // Of cancel requests: libpq knows no timeout while it is polled.
        set("connect_timeout",
            fmt::format("{}", std::chrono::ceil<std::chrono::seconds>(to.connect_timeout).count()));
        set("keepalives_idle", "30");
        set("keepalives_interval", "10");
        set("keepalives_count", "3");
        set("tcp_user_timeout", fmt::format("{}", to.tcp_user_timeout.count()));
    }

    [[nodiscard]] libpq::connection_ptr start() const {
        std::vector<const char*> words;
        std::vector<const char*> texts;
        for (const auto& [word, text] : options_) {
            words.push_back(word);
            texts.push_back(text.c_str());
        }
        words.push_back(nullptr);
        texts.push_back(nullptr);
        return libpq::connection_ptr{PQconnectStartParams(words.data(), texts.data(), 0)};
    }

private:
    void set(const char* word, std::string text) { options_.emplace_back(word, std::move(text)); }

    std::vector<std::pair<const char*, std::string>> options_;
};

handshake_phase phase_of(ConnStatusType status, handshake_phase before) {
    switch (status) {
        case CONNECTION_STARTED:
            return handshake_phase::tcp;
        case CONNECTION_MADE:
            [[fallthrough]];
        case CONNECTION_SSL_STARTUP:
            return handshake_phase::tls;
        case CONNECTION_BAD:
            return before;
        default:
            return handshake_phase::startup;
    }
}

/// The startup packet and SCRAM's first message.
constexpr int before_proof = 2;

bool is_socket_directory(std::string_view host) { return host.starts_with('/'); }

void ignore(void*, const PGresult*) {}

result<std::string> password_in(const std::string& path) {
    std::ifstream file{path};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file) {
        return fail(errc::configuration,
                    fmt::format("password_file '{}' cannot be read: check its name and that this "
                                "user may read it",
                                path));
    }
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    return text;
}

/// As it is now: it may have changed since the last dial.
result<std::string> password_of(const endpoint& to) {
    if (to.password_source) return to.password_source();
    if (!to.password_file.empty()) return password_in(to.password_file);
    return to.password;
}

}  // namespace

dial::dial(endpoint to, deadline until, time_point now)
    : to_{std::move(to)},
      until_{std::min(until, now + to_.connect_timeout)},
      callers_deadline_{until < now + to_.connect_timeout},
      entered_{now} {}

dial::~dial() {
    if (race_ >= 0) ::close(race_);
}

result<void> dial::advance(time_point now) {
    if (done()) return {};
    if (now >= until_) return tl::unexpected{too_late()};
    if (lookup_ == nullptr && addresses_.empty()) {
        auto password = password_of(to_);
        if (!password) return tl::unexpected{std::move(password.error())};
        to_.password = std::move(*password);
        if (auto sound = to_.check(); !sound) return sound;
    }
    if (addresses_.empty()) {
        if (auto begun = begin(now); !begun || addresses_.empty()) return begun;
    }
    return step(now);
}

error dial::too_late() const {
    if (addresses_.empty()) {
        return {callers_deadline_ ? errc::deadline : errc::resolve,
                fmt::format("host '{}' was not looked up in time: check host (DB_HOST), and that "
                            "the name service answers",
                            to_.host)};
    }
    const bool accepted = std::ranges::any_of(attempts_, &attempt::accepted);
    return {callers_deadline_ ? errc::deadline : errc::connect,
            fmt::format("no answer from {}:{} in time ({}): check host (DB_HOST) and port "
                        "(DB_PORT), or raise connect_timeout",
                        to_.host, to_.port,
                        accepted ? "it accepted, then fell silent" : "it did not accept")};
}

/// Gets the addresses, if they are there already.
result<void> dial::begin(time_point now) {
    if (is_socket_directory(to_.host) || !to_.hostaddr.empty()) {
        addresses_.push_back(to_.hostaddr);
        return launch(now);
    }
    if (lookup_ == nullptr) lookup_ = lookup::start(to_.host);
    if (!lookup_->done()) return {};
    auto found = lookup_->addresses();
    if (!found) return tl::unexpected{std::move(found.error())};
    addresses_ = std::move(*found);
    return launch(now);
}

/// Starts the next address.
result<void> dial::launch(time_point now) {
    attempt one{conninfo{to_, addresses_[launched_]}.start()};
    one.entered = {entered_.front(), now};
    if (entered_.size() == 1) entered_.push_back(now);
    ++launched_;
    next_launch_ = launched_ < addresses_.size() ? now + stagger : no_deadline;
    if (one.connection == nullptr) return fail(errc::connect, "out of memory for a connection");
    PQsetErrorVerbosity(one.connection.get(), PQERRORS_VERBOSE);
    PQsetNoticeReceiver(one.connection.get(), ignore, nullptr);
    if (PQstatus(one.connection.get()) == CONNECTION_BAD) {
        refused_ = handshake_error(to_, handshake_phase::tcp, PQerrorMessage(one.connection.get()));
    } else {
        attempts_.push_back(std::move(one));
    }
    return {};
}

result<void> dial::step(time_point now) {
    for (std::size_t i = 0; i < attempts_.size() && !done();) {
        attempt& one = attempts_[i];
        if (auto stepped = step_one(one, now); !stepped) {
            if (one.accepted()) return stepped;
            refused_ = std::move(stepped.error());
            attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    if (done()) return {};
    keep_only_accepted();
    const bool raced = !attempts_.empty() && attempts_.front().accepted();
    while (!raced && launched_ < addresses_.size() && (attempts_.empty() || now >= next_launch_)) {
        if (auto launched = launch(now); !launched) return launched;
    }
    if (attempts_.empty()) return tl::unexpected{*refused_};
    watch_all();
    return {};
}

/// Moves one attempt as far as it goes without waiting.
result<void> dial::step_one(attempt& one, time_point now) {
    PGconn* const connection = one.connection.get();
    while (one.ready()) {
        holding_ = held_ && one.messages >= before_proof;
        if (holding_) return {};
        const auto before = held_ ? bytes_sent(PQsocket(connection)) : std::nullopt;
        one.waits_for = PQconnectPoll(connection);
        // Something may arrive that is not answered, such as TLS's tickets.
        if (before && PQstatus(connection) == CONNECTION_AWAITING_RESPONSE &&
            bytes_sent(PQsocket(connection)) > before)
            ++one.messages;
        enter(one, phase_of(PQstatus(connection), one.phase), now);
        if (one.waits_for == PGRES_POLLING_OK) {
            PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
            connected_ = std::move(one.connection);
            return {};
        }
        if (one.waits_for == PGRES_POLLING_FAILED) {
            return tl::unexpected{handshake_error(to_, one.phase, PQerrorMessage(connection))};
        }
    }
    return {};
}

void dial::enter(attempt& one, handshake_phase phase, time_point now) {
    if (one.phase == phase) return;
    one.phase = phase;
    // Without TLS its phase is over as it begins.
    one.entered.resize(2 + static_cast<std::size_t>(phase), now);
    if (one.entered.size() > entered_.size()) entered_ = one.entered;
}

dial::phases dial::took(time_point now) const noexcept {
    const auto length = [&](std::size_t at) {
        const time_point end = at + 1 < entered_.size() ? entered_[at + 1] : now;
        return at < entered_.size() ? end - entered_[at] : std::chrono::nanoseconds{};
    };
    return {length(0), length(1), length(2), length(3)};
}

/// The first address that accepts has won.
void dial::keep_only_accepted() {
    const auto won = std::ranges::find_if(attempts_, &attempt::accepted);
    if (won == attempts_.end() || attempts_.size() == 1) return;
    attempt kept = std::move(*won);
    attempts_.clear();
    attempts_.push_back(std::move(kept));
    next_launch_ = no_deadline;
}

/// One descriptor for several sockets; libpq may have changed any of them.
void dial::watch_all() {
    if (race_ >= 0) ::close(std::exchange(race_, -1));
    if (attempts_.size() < 2) return;
    race_ = ::epoll_create1(EPOLL_CLOEXEC);
    for (const attempt& one : attempts_) {
        epoll_event event{};
        event.events = one.waits_for == PGRES_POLLING_READING ? EPOLLIN : EPOLLOUT;
        ::epoll_ctl(race_, EPOLL_CTL_ADD, PQsocket(one.connection.get()), &event);
    }
}

int dial::fd() const noexcept {
    if (attempts_.empty()) return lookup_ == nullptr ? -1 : lookup_->fd();
    return race_ >= 0 ? race_ : PQsocket(attempts_.front().connection.get());
}

interest dial::wants() const noexcept {
    if (holding_) return interest::nothing;
    if (attempts_.empty() || race_ >= 0) return interest::read;
    return attempts_.front().waits_for == PGRES_POLLING_READING ? interest::read : interest::write;
}

deadline dial::wake_at() const noexcept { return std::min(until_, next_launch_); }

}  // namespace honeydue
