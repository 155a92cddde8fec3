// SPDX-License-Identifier: MIT
// A small process between us and one server. It ends the server and removes its directory when we
// say so, and also when we die without a word: Ctrl-C, kill -9, a crash.
#pragma once

#include "program.hpp"
#include "scratch_directory.hpp"

#include <sys/types.h>
#include <memory>
#include <string>
#include <vector>

namespace honeydue::support {

struct server_command {
    std::vector<std::string> arguments;  // [0] is the program's path
    int stop_signal;                     // ends it soonest while it still cleans up after itself
};

// Should the keeper itself be killed, the kernel ends the server (PR_SET_PDEATHSIG) and the next
// start sweeps the directory.
// Thread: one at a time.
class keeper {
public:
    keeper(std::unique_ptr<scratch_directory> directory, const server_user& user,
           server_command command);
    ~keeper();

    keeper(const keeper&) = delete;
    keeper& operator=(const keeper&) = delete;

    // Starts the server, output to server.log; it is not yet known whether it will stay.
    void start();
    bool is_running();
    // Sends the signal and waits for the end; after five seconds SIGKILL.
    void stop(int signal);
    void stop() { stop(command_.stop_signal); }

    const scratch_directory& directory() const noexcept { return *directory_; }
    std::filesystem::path log() const { return directory_->path() / "server.log"; }
    pid_t server() const noexcept { return server_; }
    pid_t process() const noexcept { return process_; }

private:
    int ask(char order, int argument);

    std::unique_ptr<scratch_directory> directory_;
    server_command command_;
    pid_t process_ = -1;
    pid_t server_ = -1;
    int control_ = -1;
};

}  // namespace honeydue::support
