// SPDX-License-Identifier: MIT
// Another process with a cache of its own.
#include "cache_peer.hpp"

#include "program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <filesystem>

namespace honeydue::support {

namespace {

// Dies with whoever started it.
[[noreturn]] void become_peer(const char* const* arguments, int input, int output) noexcept {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::dup2(input, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0) {
        ::execv(arguments[0], const_cast<char* const*>(arguments));
    }
    ::_exit(127);
}

}  // namespace

cache_peer::cache_peer(const std::string& url, const std::string& name_space,
                       std::chrono::milliseconds window, std::chrono::milliseconds trust) {
    const auto program =
        (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "cache_peer").native();
    const auto window_text = std::to_string(window.count());
    const auto trust_text = std::to_string(trust.count());
    const std::array<const char*, 6> arguments{program.c_str(),    url.c_str(),
                                               name_space.c_str(), window_text.c_str(),
                                               trust_text.c_str(), nullptr};
    std::array<int, 2> orders{};
    std::array<int, 2> answers{};
    if (::pipe2(orders.data(), O_CLOEXEC) != 0 || ::pipe2(answers.data(), O_CLOEXEC) != 0) {
        throw server_error("no pipe: too many open files");
    }
    process_ = ::fork();
    if (process_ == 0) become_peer(arguments.data(), orders[0], answers[1]);
    ::close(orders[0]);
    ::close(answers[1]);
    to_ = orders[1];
    from_ = answers[0];
    if (next_line(std::chrono::seconds{15}) != "ready") {
        throw server_error("cache_peer does not start; build the target cache_peer");
    }
}

cache_peer::~cache_peer() {
    ::close(to_);
    ::close(from_);
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

void cache_peer::order(const std::string& line) {
    const auto text = line + '\n';
    if (::write(to_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw server_error("cache_peer is gone");
    }
}

std::string cache_peer::ask(const std::string& line) {
    order(line);
    return next_line(std::chrono::seconds{15});
}

bool cache_peer::heard(const std::string& line) {
    return next_line(std::chrono::milliseconds{10}) == line;
}

std::string cache_peer::next_line(std::chrono::milliseconds within) {
    for (;;) {
        if (const auto end = pending_.find('\n'); end != std::string::npos) {
            auto line = pending_.substr(0, end);
            pending_.erase(0, end + 1);
            return line;
        }
        pollfd ready{from_, POLLIN, 0};
        if (::poll(&ready, 1, static_cast<int>(within.count())) <= 0) return "";
        std::array<char, 512> part{};
        const auto size = ::read(from_, part.data(), part.size());
        if (size <= 0) return "";
        pending_.append(part.data(), static_cast<std::size_t>(size));
    }
}

bool cache_peer::has_ended() {
    if (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) == process_) process_ = -1;
    return process_ <= 0;
}

void cache_peer::kill(int signal) const { ::kill(process_, signal); }

}  // namespace honeydue::support
