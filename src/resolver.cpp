// SPDX-License-Identifier: MIT
// One detached thread for each running look-up.
#include "resolver.hpp"

#include <netdb.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "quiet_thread.hpp"

namespace honeydue {

namespace {

struct free_addresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

/// Asks the system. The first is getaddrinfo's answer, 0 when it found something.
std::pair<int, std::vector<std::string>> ask(const std::string& host, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* list = nullptr;
    const int fault = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    const std::unique_ptr<addrinfo, free_addresses> held{fault == 0 ? list : nullptr};
    std::vector<std::string> found;
    for (const addrinfo* one = held.get(); one != nullptr; one = one->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                          NI_NUMERICHOST) == 0) {
            found.emplace_back(text.data());
        }
    }
    return {fault, std::move(found)};
}

struct running_lookups {
    std::mutex guard;
    std::map<std::string, std::weak_ptr<lookup>> by_host;
};

/// Never destroyed: a detached look-up may outlive main.
running_lookups& running() {
    static auto* all = new running_lookups;  // NOLINT(*-owning-memory)
    return *all;
}

}  // namespace

std::shared_ptr<lookup> lookup::start(const std::string& host) {
    if (auto [fault, found] = ask(host, AI_NUMERICHOST); fault == 0) {
        auto answered = std::make_shared<lookup>(host);
        answered->finish(0, std::move(found));
        return answered;
    }
    running_lookups& all = running();
    const std::lock_guard lock{all.guard};
    std::erase_if(all.by_host, [](const auto& entry) { return entry.second.expired(); });
    if (auto joined = all.by_host[host].lock(); joined && !joined->done()) return joined;
    auto begun = std::make_shared<lookup>(host);
    try {
        quiet_thread([begun] { begun->run(); }).detach();
    } catch (const std::system_error&) {
        begun->finish(EAI_AGAIN, {});
    }
    all.by_host[host] = begun;
    return begun;
}

lookup::lookup(std::string host)
    : host_{std::move(host)}, fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}

lookup::~lookup() {
    if (fd_ >= 0) ::close(fd_);
}

void lookup::run() {
    auto [fault, found] = ask(host_, AI_ADDRCONFIG);
    finish(fault, std::move(found));
}

void lookup::finish(int fault, std::vector<std::string> found) {
    const std::lock_guard lock{guard_};
    fault_ = fault;
    found_ = std::move(found);
    done_ = true;
    if (fd_ >= 0) ::eventfd_write(fd_, 1);
}

bool lookup::done() const {
    const std::lock_guard lock{guard_};
    return done_;
}

result<std::vector<std::string>> lookup::addresses() const {
    const std::lock_guard lock{guard_};
    if (!found_.empty()) return found_;
    if (fault_ == EAI_AGAIN) {
        return fail(errc::resolve,
                    fmt::format("host '{}' could not be looked up ({}): check host (DB_HOST), "
                                "and that the name service answers",
                                host_, ::gai_strerror(fault_)));
    }
    return fail(errc::resolve,
                fmt::format("host '{}' has no address ({}): check host (DB_HOST)", host_,
                            fault_ == 0 ? "empty answer" : ::gai_strerror(fault_)));
}

}  // namespace honeydue
