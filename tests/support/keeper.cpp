// SPDX-License-Identifier: MIT
// A small process between us and one server. The child never returns from fork into our code and
// calls nothing but system calls, so that a program with threads may start it.
#include "keeper.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace honeydue::support {

namespace {

struct order {
    int what;  // 'u'p, 'd'own, '?' running
    int argument;
};

// Everything the child needs, laid out before the fork: it must not allocate.
struct plan {
    char* const* arguments;
    const char* directory;
    const char* log;
    server_user user;
    visibility seen;
    int stop_signal;
    int control;
    int parent;  // a pidfd, or -1 on a kernel without
    int lock;
};

void pause_briefly() noexcept {
    const timespec ten_milliseconds{0, 10'000'000};
    ::nanosleep(&ten_milliseconds, nullptr);
}

void close_range_of(unsigned first, unsigned last) noexcept {
    if (first <= last) ::syscall(SYS_close_range, first, last, 0U);
}

// An inherited end of another keeper's socket would keep that one from seeing us die.
void close_all_but(std::array<int, 3> kept) noexcept {
    std::sort(kept.begin(), kept.end());
    unsigned first = 3;
    for (const int descriptor : kept) {
        if (descriptor < 3) continue;
        const auto keep = static_cast<unsigned>(descriptor);
        if (keep > first) close_range_of(first, keep - 1);
        first = keep + 1;
    }
    close_range_of(first, ~0U);
}

void reset_signals() noexcept {
    for (int signal = 1; signal < NSIG; ++signal)
        ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become_server(const plan& what, pid_t keeper_process) noexcept {
    reset_signals();
    const int log = ::open(what.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log >= 0 && ::dup2(log, STDOUT_FILENO) >= 0 && ::dup2(log, STDERR_FILENO) >= 0 &&
        ::chdir(what.directory) == 0 && become(what.user, what.seen) &&
        ::prctl(PR_SET_PDEATHSIG, what.stop_signal) == 0 && ::getppid() == keeper_process) {
        close_all_but({-1, -1, -1});
        ::execv(what.arguments[0], what.arguments);
    }
    ::_exit(127);
}

bool has_ended(pid_t& server) noexcept {
    if (server > 0 && ::waitpid(server, nullptr, WNOHANG) == server) server = -1;
    return server <= 0;
}

void end_server(pid_t& server, int signal) noexcept {
    if (has_ended(server)) return;
    ::kill(server, signal);
    for (int waited = 0; waited < 500; ++waited) {
        if (has_ended(server)) return;
        pause_briefly();
    }
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
    server = -1;
}

// Tries again while something we did not start (an initdb whose caller was killed) still writes.
void remove_directory(const char* directory) noexcept {
    const char* const arguments[] = {"rm", "-rf", "--", directory, nullptr};
    for (int attempt = 0; attempt < 50 && ::access(directory, F_OK) == 0; ++attempt) {
        if (attempt > 0) pause_briefly();
        const auto remover = ::fork();
        if (remover == 0) {
            ::execv("/bin/rm", const_cast<char* const*>(arguments));
            ::_exit(127);
        }
        ::waitpid(remover, nullptr, 0);
    }
}

int obey(const plan& what, const order& said, pid_t& server) noexcept {
    if (said.what == 'd') end_server(server, said.argument);
    if (said.what == 'u' && has_ended(server)) {
        const auto self = ::getpid();
        server = ::fork();
        if (server == 0) become_server(what, self);
    }
    return has_ended(server) ? -1 : server;
}

// True while there is more to come: an order arrived whole and our maker is alive.
bool next_order(const plan& what, order& said) noexcept {
    std::array<pollfd, 2> ready{{{what.control, POLLIN, 0}, {what.parent, POLLIN, 0}}};
    while (::poll(ready.data(), ready.size(), -1) < 0 && errno == EINTR) {
    }
    if (ready[1].revents != 0) return false;
    return ::recv(what.control, &said, sizeof said, MSG_WAITALL) ==
           static_cast<ssize_t>(sizeof said);
}

[[noreturn]] void keep(const plan& what) noexcept {
    ::setsid();
    for (const int ignored : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) {
        ::signal(ignored, SIG_IGN);
    }
    ::signal(SIGCHLD, SIG_DFL);
    ::prctl(PR_SET_NAME, "honeydue-keeper");
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {0, 1, 2})
        ::dup2(null, standard);
    close_all_but({what.control, what.parent, what.lock});

    pid_t server = -1;
    for (order said{}; next_order(what, said);) {
        const int answer = obey(what, said, server);
        if (::send(what.control, &answer, sizeof answer, MSG_NOSIGNAL) < 0) break;
    }
    end_server(server, what.stop_signal);
    remove_directory(what.directory);
    ::_exit(0);
}

int descriptor_of_ourselves() noexcept {
#ifdef SYS_pidfd_open
    return static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0));
#else
    return -1;
#endif
}

}  // namespace

keeper::keeper(std::unique_ptr<scratch_directory> directory, const server_user& user,
               server_command command)
    : directory_(std::move(directory)), command_(std::move(command)) {
    std::vector<char*> arguments;
    for (auto& argument : command_.arguments)
        arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    const auto log_path = log();

    std::array<int, 2> ends;
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw server_error("no socket pair: too many open files");
    }
    const plan what{arguments.data(),
                    directory_->path().c_str(),
                    log_path.c_str(),
                    user,
                    visibility_of(command_.arguments.front()),
                    command_.stop_signal,
                    ends[1],
                    descriptor_of_ourselves(),
                    directory_->lock()};
    process_ = ::fork();
    if (process_ == 0) keep(what);
    ::close(ends[1]);
    if (what.parent >= 0) ::close(what.parent);
    control_ = ends[0];
    if (process_ < 0) throw server_error("cannot fork: too many processes");
}

keeper::~keeper() {
    ::close(control_);
    while (process_ > 0 && ::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

int keeper::ask(char what, int argument) {
    const order said{what, argument};
    int answer = -1;
    if (::send(control_, &said, sizeof said, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof said)) {
        throw server_error("the keeper of " + command_.arguments.front() + " was killed");
    }
    while (::recv(control_, &answer, sizeof answer, MSG_WAITALL) < 0) {
        if (errno != EINTR) break;
    }
    return answer;
}

void keeper::start() { server_ = ask('u', 0); }

bool keeper::is_running() { return ask('?', 0) > 0; }

void keeper::stop(int signal) { server_ = ask('d', signal); }

}  // namespace honeydue::support
