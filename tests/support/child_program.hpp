// SPDX-License-Identifier: MIT
// One of our own programs as a child: its output line by line, its end. It does not outlive us.
#pragma once

#include "test_environment.hpp"

#include <sys/types.h>
#include <condition_variable>
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
class child_program {
public:
    using line_observer = std::function<void(const std::string&)>;

    // `name` is a target of examples/, or a path from there. The environment is ours without what
    // names a database, and `variables`. Errors: server_error when the program is not built or
    // cannot be started.
    child_program(std::string name, const environment_variables& variables,
                  const std::vector<std::string>& options, line_observer observer = {});
    ~child_program();

    child_program(const child_program&) = delete;
    child_program& operator=(const child_program&) = delete;

    // Waits for the first line that begins so. Errors: server_error with what it said instead,
    // when it has ended or half a minute has passed.
    std::string line(std::string_view beginning);

    // Waits for the end; the code, or 128 and the signal.
    int wait();

    void signal(int number) const;

    // Everything said so far, both streams.
    std::string output() const;

    static std::filesystem::path path_of(const std::string& name);

private:
    int start(const environment_variables& variables, const std::vector<std::string>& options);
    void read_lines(int out);
    void hear(const std::string& line);
    void end();

    std::string name_;
    line_observer observer_;
    pid_t process_ = -1;
    int code_ = -1;
    mutable std::mutex mutex_;
    std::condition_variable news_;
    std::string output_;
    bool ended_ = false;
    std::thread reader_;
};

}  // namespace honeydue::support
