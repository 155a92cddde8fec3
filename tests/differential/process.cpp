// SPDX-License-Identifier: MIT
// Running a program: see the header.
#include "process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "program.hpp"

namespace honeydue::support {

process::process(const std::vector<std::string>& arguments,
                 const std::filesystem::path& directory) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw server_error("no pipe: raise the open files limit");
    std::vector<char*> words;
    for (const std::string& word : arguments)
        words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    id_ = ::fork();
    if (id_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(ends[1], STDOUT_FILENO);
        ::dup2(ends[1], STDERR_FILENO);
        if (::chdir(directory.c_str()) == 0) ::execv(words[0], words.data());
        ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
}

process::~process() {
    if (code_ < 0) {
        signal(SIGKILL);
        wait();
    }
}

void process::signal(int number) const { ::kill(id_, number); }

int process::wait() {
    if (code_ >= 0) return code_;
    std::array<char, 4096> part{};
    for (ssize_t size = 0; (size = ::read(output_, part.data(), part.size())) > 0;) {
        printed_.append(part.data(), static_cast<std::size_t>(size));
    }
    ::close(output_);
    int status = 0;
    ::waitpid(id_, &status, 0);
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return code_;
}

}  // namespace honeydue::support
