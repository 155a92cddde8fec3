// SPDX-License-Identifier: MIT
// One connection to Redis, never blocking longer than it was told: hiredis' own timeouts hold for
// one system call each, so the waiting is done here.
#include "redis_connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace honeydue {

namespace {

using std::chrono::milliseconds;

/// A TLS record's plain text. Source: RFC 8446, section 5.1.
constexpr std::size_t wire_part = 16384;

/// What hiredis takes for an element of an array, about.
constexpr std::size_t element_bytes = 64;

error deadline_passed(std::string_view doing) {
    return {errc::deadline, fmt::format("redis: {} took longer than it may", doing)};
}

bool begins_with(const redisReply& reply, std::string_view code) noexcept {
    return reply.type == REDIS_REPLY_ERROR &&
           std::string_view{reply.str, reply.len}.starts_with(code);
}

// Source: the Redis serialization protocol: an array of bulk strings.
void append(const redis_command& command, std::string& wire) {
    fmt::format_to(std::back_inserter(wire), "*{}\r\n", command.size());
    for (const auto& part : command) {
        fmt::format_to(std::back_inserter(wire), "${}\r\n", part.size());
        wire += part;
        wire += "\r\n";
    }
}

using array_maker = decltype(redisReplyObjectFunctions::createArray);

array_maker make_array = nullptr;  // hiredis' own

// The type of a count is another in hiredis 1.0.
template <class Count>
void* make_bounded_array(const redisReadTask* task, Count elements) {
    auto& left = *static_cast<array_allowance*>(task->privdata);
    left.exceeded = static_cast<std::size_t>(elements) > left.elements;
    if (left.exceeded) return nullptr;
    left.elements -= static_cast<std::size_t>(elements);
    return make_array(task, elements);
}

redisReplyObjectFunctions bounded_functions(redisReplyObjectFunctions of) {
    make_array = std::exchange(of.createArray, &make_bounded_array);
    return of;
}

// The value of a line "name:value" of INFO.
std::string_view info_line(std::string_view info, std::string_view name) {
    const auto wanted = fmt::format("\n{}:", name);
    const auto at = info.find(wanted);
    if (at == info.npos) return {};
    const auto start = at + wanted.size();
    return info.substr(start, info.find_first_of("\r\n", start) - start);
}

}  // namespace

std::string_view text_of(const redisReply& reply) noexcept {
    const bool is_text = reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS;
    return is_text ? std::string_view{reply.str, reply.len} : std::string_view{};
}

const redisReply* element(const redisReply& reply, std::size_t index) noexcept {
    return reply.type == REDIS_REPLY_ARRAY && index < reply.elements ? reply.element[index]
                                                                     : nullptr;
}

long long number_of(const redisReply* reply) noexcept {
    return reply != nullptr && reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
}

bool is_server_trouble(const redisReply& reply) noexcept {
    constexpr std::array<std::string_view, 11> codes{
        "READONLY", "LOADING", "MASTERDOWN", "BUSY",       "NOAUTH", "CLUSTERDOWN",
        "MOVED",    "ASK",     "MISCONF",    "NOREPLICAS", "NOPERM"};
    return std::ranges::any_of(codes, [&](auto code) { return begins_with(reply, code); });
}

redis_connection::redis_connection(redisContext* context, std::size_t max_reply_bytes)
    : context_{context}, max_reply_bytes_{max_reply_bytes} {
    static auto bounded = bounded_functions(*context->reader->fn);
    context->reader->fn = &bounded;
    context->reader->privdata = arrays_.get();
}

result<redis_connection> redis_connection::open(const redis_url& to, const redis_trust& trust,
                                                redis_deadline until, std::size_t max_reply_bytes) {
    auto* const context = ::redisConnectNonBlock(to.host.c_str(), to.port);
    if (context == nullptr) return fail(errc::connect, "redis: no memory for a connection");
    redis_connection made{context, max_reply_bytes};
    const auto where = fmt::format("{}:{}", to.host, to.port);
    if (context->err != 0) {
        return fail(errc::connect, fmt::format("redis: {}: {}", where, context->errstr));
    }
    if (auto ready = made.await(POLLOUT, until); !ready) {
        return tl::unexpected{std::move(ready.error()).in(where)};
    }
    int fault = 0;
    socklen_t size = sizeof fault;
    ::getsockopt(context->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
    if (fault != 0) {
        return fail(errc::connect,
                    fmt::format("redis: {}: {}", where, std::generic_category().message(fault)));
    }
    if (trust != nullptr) {
        if (auto safe = made.begin_tls(trust, to.host, until); !safe) {
            return tl::unexpected{std::move(safe.error()).in(where)};
        }
    }
    // hiredis 1.x notes the end of the dial only here; 0.14 has noted it already.
    if (auto greeted = made.greet(to, until); !greeted) {
        return tl::unexpected{std::move(greeted.error()).in(where)};
    }
    return made;
}

result<void> redis_connection::await(short events, redis_deadline until) const {
    pollfd socket{context_->fd, events, 0};
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
        if (left <= milliseconds{0}) return tl::unexpected{deadline_passed("an answer")};
        const int ready = ::poll(&socket, 1, static_cast<int>(left.count()));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return tl::unexpected{lost()};
    }
}

error redis_connection::lost() const {
    const std::string_view why = context_->err != 0 ? context_->errstr : "the connection broke";
    return {errc::connection_lost, fmt::format("redis: {}", why)};
}

result<void> redis_connection::begin_tls(const redis_trust& trust, const std::string& host,
                                         redis_deadline until) {
    tls_.emplace(trust, host);
    for (;;) {
        auto is_over = tls_->shake_hands();
        auto sent = send_all(tls_->to_send(), until);
        if (!is_over) return tl::unexpected{std::move(is_over.error())};
        if (!sent || *is_over) return sent;
        if (auto heard = hear_for_tls(until); !heard) return heard;
    }
}

// AUTH first; then who the server is, and the scripts, whose digests it answers.
result<void> redis_connection::greet(const redis_url& to, redis_deadline until) {
    std::vector<redis_command> commands;
    if (!to.user.empty() || !to.password.empty()) {
        commands.push_back(to.user.empty() ? redis_command{"AUTH", to.password}
                                           : redis_command{"AUTH", to.user, to.password});
    }
    const auto authentications = commands.size();
    commands.push_back({"SELECT", std::to_string(to.database)});
    commands.push_back({"INFO"});
    for (std::size_t i = 0; i < redis_script_count; ++i)
        commands.push_back({"SCRIPT", "LOAD", text_of(static_cast<redis_script>(i))});
    auto replies = call(commands, until);
    if (!replies) return tl::unexpected{std::move(replies.error())};
    for (std::size_t i = 0; i < replies->size(); ++i) {
        const auto& reply = *(*replies)[i];
        if (reply.type != REDIS_REPLY_ERROR) continue;
        const std::string_view said{reply.str, reply.len};
        const bool refused = i < authentications || begins_with(reply, "NOAUTH") ||
                             begins_with(reply, "WRONGPASS") || begins_with(reply, "NOPERM");
        if (refused) {
            return fail(errc::authentication,
                        fmt::format("redis: {}; check user, password and ACL in url", said));
        }
        const bool selecting = i == authentications;
        return fail(selecting && !is_server_trouble(reply) ? errc::configuration : errc::connect,
                    fmt::format("redis: {}: {}", commands[i].front(), said));
    }
    for (std::size_t i = 0; i < redis_script_count; ++i)
        digests_[i] = text_of(*(*replies)[authentications + 2 + i]);
    return read_info(text_of(*(*replies)[authentications + 1]));
}

result<void> redis_connection::read_info(std::string_view info) {
    run_id_ = info_line(info, "run_id");
    if (run_id_.empty()) return fail(errc::protocol, "redis: INFO names no run_id; is this Redis?");
    if (info_line(info, "cluster_enabled") == "1") {
        return fail(errc::configuration,
                    "url: this is a Redis Cluster, where a transaction's keys are "
                    "not in one place; use a single Redis or a replicated one");
    }
    return {};
}

result<std::vector<redis_reply>> redis_connection::call(std::span<const redis_command> commands,
                                                        redis_deadline until) {
    std::string wire;
    for (const auto& command : commands)
        append(command, wire);
    if (auto sent = say(wire, until); !sent) return tl::unexpected{std::move(sent.error())};
    std::vector<redis_reply> replies;
    while (replies.size() < commands.size()) {
        auto reply = receive(until);
        if (!reply) return tl::unexpected{std::move(reply.error())};
        replies.push_back(std::move(*reply));
    }
    return replies;
}

result<void> redis_connection::say(std::string_view plain, redis_deadline until) {
    if (!tls_) return send_all(plain, until);
    if (auto hidden = tls_->encrypt(plain); !hidden) return hidden;
    auto sent = send_all(tls_->to_send(), until);
    if (sent || !hear_for_tls(until)) return sent;
    // A server that refuses our certificate says why, and hangs up before it has heard us.
    std::array<char, 1> unused;
    auto why = tls_->decrypt(unused);
    return why ? sent : tl::unexpected{std::move(why.error())};
}

// Written by ourselves: hiredis would raise SIGPIPE when the server has hung up.
result<void> redis_connection::send_all(std::string_view wire, redis_deadline until) {
    while (!wire.empty()) {
        const auto sent = ::send(context_->fd, wire.data(), wire.size(), MSG_NOSIGNAL);
        if (sent > 0) wire.remove_prefix(static_cast<std::size_t>(sent));
        if (sent >= 0 || errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return tl::unexpected{lost()};
        if (auto ready = await(POLLOUT, until); !ready) return ready;
    }
    return {};
}

result<redis_reply> redis_connection::receive(redis_deadline until) {
    const auto& reader = *context_->reader;
    reply_bytes_ = reader.len - reader.pos;
    arrays_->elements = max_reply_bytes_ / element_bytes;
    for (;;) {
        void* reply = nullptr;
        const bool is_sound = ::redisGetReplyFromReader(context_.get(), &reply) == REDIS_OK;
        if (reply != nullptr) return redis_reply{static_cast<redisReply*>(reply)};
        if (arrays_->exceeded || reply_bytes_ > max_reply_bytes_) {
            return fail(errc::protocol, "redis: an answer is longer than max_reply_bytes");
        }
        if (!is_sound) return tl::unexpected{lost()};
        if (auto heard = hear_more(until); !heard) return tl::unexpected{std::move(heard.error())};
    }
}

// Some of what the server says, for hiredis' reader.
result<void> redis_connection::hear_more(redis_deadline until) {
    std::array<char, wire_part> part;
    auto size = tls_ ? tls_->decrypt(part) : hear_wire(part, until);
    while (size && *size == 0) {
        if (auto heard = hear_for_tls(until); !heard) return heard;
        size = tls_->decrypt(part);
    }
    if (!size) return tl::unexpected{std::move(size.error())};
    reply_bytes_ += *size;
    if (::redisReaderFeed(context_->reader, part.data(), *size) != REDIS_OK) {
        return tl::unexpected{lost()};
    }
    return {};
}

result<void> redis_connection::hear_for_tls(redis_deadline until) {
    std::array<char, wire_part> part;
    const auto size = hear_wire(part, until);
    if (!size) return tl::unexpected{size.error()};
    tls_->hear({part.data(), *size});
    return {};
}

// Never nothing.
result<std::size_t> redis_connection::hear_wire(std::span<char> part, redis_deadline until) {
    for (;;) {
        if (auto ready = await(POLLIN, until); !ready) {
            return tl::unexpected{std::move(ready.error())};
        }
        const auto size = ::recv(context_->fd, part.data(), part.size(), 0);
        if (size > 0) return static_cast<std::size_t>(size);
        const bool is_early = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        if (size == 0 || !is_early) return tl::unexpected{lost()};
    }
}

result<std::vector<redis_reply>> redis_connection::run(redis_script script,
                                                       std::span<const redis_command> arguments,
                                                       redis_deadline until) {
    std::vector<redis_command> commands;
    for (const auto& of : arguments) {
        auto& command = commands.emplace_back(
            redis_command{"EVALSHA", digests_[static_cast<std::size_t>(script)]});
        command.insert(command.end(), of.begin(), of.end());
    }
    auto replies = call(commands, until);
    if (!replies) return replies;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        if (!begins_with(*(*replies)[i], "NOSCRIPT")) continue;
        commands[i][0] = "EVAL";
        commands[i][1] = text_of(script);
        auto again = call(std::span{&commands[i], 1}, until);
        if (!again) return again;
        (*replies)[i] = std::move(again->front());
    }
    return replies;
}

}  // namespace honeydue
