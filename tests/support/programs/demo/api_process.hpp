// SPDX-License-Identifier: MIT
// The real API program as a child: its output line by line, its port, its end. It does not outlive
// us.
#pragma once

#include "test_environment.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace honeydue::support {

// Thread: made, and ended, by one that lives as long as the child: the kernel ends the child with
// it.
class api_process {
public:
    using line_observer = std::function<void(const std::string&)>;

    // The environment is ours without what names a database, and `variables`.
    // Errors: server_error when the program is not built or cannot be started.
    explicit api_process(const environment_variables& variables,
                         const std::vector<std::string>& options = {"--port", "0"},
                         line_observer observer = {})
        : observer_(std::move(observer)) {
        const int out = start(variables, options);
        reader_ = std::thread([this, out] { read_lines(out); });
    }

    ~api_process() {
        end();
        reader_.join();
    }

    api_process(const api_process&) = delete;
    api_process& operator=(const api_process&) = delete;

    // Waits until it listens. Errors: server_error with what it said instead.
    std::uint16_t port() {
        std::unique_lock lock(mutex_);
        news_.wait_for(lock, std::chrono::seconds(30), [&] { return port_ != 0 || ended_; });
        if (port_ == 0) throw server_error("honeydue-api does not listen: " + output_);
        return port_;
    }

    // Waits for the end; the code, or 128 and the signal.
    int wait() {
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

    void signal(int number) const {
        if (process_ > 0) ::kill(process_, number);
    }

    // Everything said so far, both streams.
    std::string output() const {
        const std::lock_guard lock(mutex_);
        return output_;
    }

    static std::filesystem::path program() {
        const auto self = std::filesystem::read_symlink("/proc/self/exe");
        return self.parent_path().parent_path() / "examples" / "honeydue-api";
    }

private:
    static bool names_a_database(std::string_view variable) {
        return variable.starts_with("DB_") || variable.starts_with("POSTGRES_") ||
               variable.starts_with("PG") || variable.starts_with("DATABASE_URL=") ||
               variable.starts_with("HONEYDUE_API_") || variable.starts_with("REDIS_URL=");
    }

    static std::vector<std::string> environment(const environment_variables& variables) {
        std::vector<std::string> lines;
        for (char** one = environ; *one != nullptr; ++one) {
            if (!names_a_database(*one)) lines.emplace_back(*one);
        }
        for (const auto& [name, value] : variables)
            lines.push_back(name + "=" + value);
        return lines;
    }

    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> all;
        for (auto& text : texts)
            all.push_back(text.data());
        all.push_back(nullptr);
        return all;
    }

    // Between fork and exec: system calls only.
    [[noreturn]] static void become_program(int out, char* const* arguments,
                                            char* const* variables) noexcept {
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

    int start(const environment_variables& variables, const std::vector<std::string>& options) {
        std::vector<std::string> words{program().native()};
        if (::access(words.front().c_str(), X_OK) != 0) {
            throw server_error(words.front() + " is not there: build the target honeydue-api");
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

    void read_lines(int out) {
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

    void hear(const std::string& line) {
        if (observer_) observer_(line);
        const std::lock_guard lock(mutex_);
        output_ += line + "\n";
        if (port_ == 0 && line.starts_with("listening on ")) {
            port_ = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
        }
        news_.notify_all();
    }

    void end() {
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

    line_observer observer_;
    pid_t process_ = -1;
    int code_ = -1;
    mutable std::mutex mutex_;
    std::condition_variable news_;
    std::string output_;
    std::uint16_t port_ = 0;
    bool ended_ = false;
    std::thread reader_;
};

}  // namespace honeydue::support
