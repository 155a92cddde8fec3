// SPDX-License-Identifier: MIT
// Fork, exec, and a thread that reads.
#include "child_program.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

namespace honeydue::support {

namespace {

bool names_a_database(std::string_view variable) {
    constexpr std::array beginnings{"DB_",          "POSTGRES_",     "PG",
                                    "DATABASE_URL", "HONEYDUE_API_", "HONEYDUE_WORKER_",
                                    "REDIS_URL="};
    for (const std::string_view one : beginnings) {
        if (variable.starts_with(one)) return true;
    }
    return false;
}

std::vector<std::string> environment(const environment_variables& variables) {
    std::vector<std::string> lines;
    for (char** one = environ; *one != nullptr; ++one) {
        if (!names_a_database(*one)) lines.emplace_back(*one);
    }
    for (const auto& [name, value] : variables)
        lines.push_back(name + "=" + value);
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

// Between fork and exec: system calls only.
[[noreturn]] void become_program(int out, char* const* arguments, char* const* variables) noexcept {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::syscall(SYS_close_range, 3U, ~0U, 0U);
    ::execve(arguments[0], arguments, variables);
    ::_exit(127);
}

std::optional<std::string> first_line(const std::string& text, std::string_view beginning) {
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        if (end == std::string::npos) break;
        const std::string line = text.substr(at, end - at);
        if (line.starts_with(beginning)) return line;
        at = end + 1;
    }
    return std::nullopt;
}

}  // namespace

child_program::child_program(std::string name, const environment_variables& variables,
                             const std::vector<std::string>& options, line_observer observer)
    : name_(std::move(name)), observer_(std::move(observer)) {
    const int out = start(variables, options);
    reader_ = std::thread([this, out] { read_lines(out); });
}

child_program::~child_program() {
    end();
    reader_.join();
}

std::string child_program::line(std::string_view beginning) {
    std::unique_lock lock(mutex_);
    std::optional<std::string> found;
    news_.wait_for(lock, std::chrono::seconds(30), [&] {
        found = first_line(output_, beginning);
        return found || ended_;
    });
    if (found) return *found;
    throw server_error(name_ + " does not say \"" + std::string(beginning) + "\": " + output_);
}

int child_program::wait() {
    if (process_ > 0) {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = -1;
        code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return ended_; });
    return code_;
}

void child_program::signal(int number) const {
    if (process_ > 0) ::kill(process_, number);
}

std::string child_program::output() const {
    const std::lock_guard lock(mutex_);
    return output_;
}

std::filesystem::path child_program::path_of(const std::string& name) {
    const auto self = std::filesystem::read_symlink("/proc/self/exe");
    return self.parent_path().parent_path() / "examples" / name;
}

int child_program::start(const environment_variables& variables,
                         const std::vector<std::string>& options) {
    std::vector<std::string> words{path_of(name_).native()};
    if (::access(words.front().c_str(), X_OK) != 0) {
        throw server_error(words.front() + " is not there: build the target " + name_);
    }
    words.insert(words.end(), options.begin(), options.end());
    auto lines = environment(variables);
    const auto arguments = pointers(words);
    const auto settings = pointers(lines);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw server_error("no pipe: too many open files?");
    process_ = ::fork();
    if (process_ == 0) become_program(ends[1], arguments.data(), settings.data());
    ::close(ends[1]);
    if (process_ < 0) throw server_error("no process: too many of them?");
    return ends[0];
}

void child_program::read_lines(int out) {
    std::string pending;
    char buffer[4096];
    for (;;) {
        const auto count = ::read(out, buffer, sizeof buffer);
        if (count <= 0) break;
        pending.append(buffer, static_cast<std::size_t>(count));
        for (auto at = pending.find('\n'); at != std::string::npos; at = pending.find('\n')) {
            hear(pending.substr(0, at));
            pending.erase(0, at + 1);
        }
    }
    ::close(out);
    const std::lock_guard lock(mutex_);
    output_ += pending;
    ended_ = true;
    news_.notify_all();
}

void child_program::hear(const std::string& line) {
    if (observer_) observer_(line);
    const std::lock_guard lock(mutex_);
    output_ += line + "\n";
    news_.notify_all();
}

void child_program::end() {
    if (process_ <= 0) return;
    ::kill(process_, SIGTERM);
    for (int waited = 0; waited < 1000; ++waited) {
        if (::waitpid(process_, nullptr, WNOHANG) == process_) {
            process_ = -1;
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

}  // namespace honeydue::support
