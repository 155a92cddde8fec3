// SPDX-License-Identifier: MIT
// A peer as a child: asked by a line, it answers by one (benchmarks/peers/peer.hpp says which).
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "test_environment.hpp"

namespace honeydue::bench {

// Thread: made by one that lives as long as the child: the kernel ends the child with it.
class peer_process {
public:
    // Errors: std::runtime_error. A program that cannot be run ends at once.
    peer_process(std::vector<std::string> command,
                 const support::environment_variables& variables) {
        int questions[2];
        int answers[2];
        if (::pipe2(questions, O_CLOEXEC) != 0 || ::pipe2(answers, O_CLOEXEC) != 0)
            throw std::runtime_error("no pipe: too many open files?");
        process_ = ::fork();
        if (process_ == 0) become(command, variables, questions[0], answers[1]);
        ::close(questions[0]);
        ::close(answers[1]);
        to_ = questions[1];
        from_ = answers[0];
        if (process_ < 0) throw std::runtime_error("no process: too many of them?");
    }

    // The end of its questions is a peer's sign to go.
    ~peer_process() {
        ::close(to_);
        ::close(from_);
        ::kill(process_, SIGTERM);
        ::waitpid(process_, nullptr, 0);
    }

    peer_process(const peer_process&) = delete;
    peer_process& operator=(const peer_process&) = delete;

    // Its next line; "failed …" when it has ended or says nothing for two minutes.
    std::string line() {
        for (;;) {
            if (const auto end = pending_.find('\n'); end != std::string::npos) {
                const std::string said = pending_.substr(0, end);
                pending_.erase(0, end + 1);
                return said;
            }
            pollfd news{from_, POLLIN, 0};
            if (::poll(&news, 1, 120'000) == 0) return "failed it has said nothing for two minutes";
            char buffer[4096];
            const auto count = ::read(from_, buffer, sizeof buffer);
            if (count <= 0) return "failed it has ended: what it said is above";
            pending_.append(buffer, static_cast<std::size_t>(count));
        }
    }

    std::string ask(const std::string& operation) {
        const std::string question = operation + "\n";
        if (::write(to_, question.data(), question.size()) < 0) return "failed it has ended";
        return line();
    }

private:
    [[noreturn]] static void become(std::vector<std::string>& command,
                                    const support::environment_variables& variables, int in,
                                    int out) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(in, STDIN_FILENO);
        ::dup2(out, STDOUT_FILENO);
        for (const auto& [name, value] : variables)
            ::setenv(name.c_str(), value.c_str(), 1);
        std::vector<char*> arguments;
        for (std::string& one : command)
            arguments.push_back(one.data());
        arguments.push_back(nullptr);
        ::execv(arguments.front(), arguments.data());
        ::_exit(127);
    }

    pid_t process_ = -1;
    int to_ = -1;
    int from_ = -1;
    std::string pending_;
};

}  // namespace honeydue::bench
