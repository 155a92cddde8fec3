// SPDX-License-Identifier: MIT
// A program run as a process of its own: what it printed, how it ended, and signals to it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace honeydue::support {

/// What it prints to both streams is kept together. Dies with its parent.
class process {
public:
    explicit process(const std::vector<std::string>& arguments,
                     const std::filesystem::path& directory = "/");
    ~process();
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    void signal(int number) const;

    /// The exit code, or 128 and the signal that ended it. Once is enough: later calls answer the
    /// same.
    int wait();

    /// Everything it printed; after `wait`.
    [[nodiscard]] const std::string& printed() const { return printed_; }

private:
    pid_t id_ = -1;
    int output_ = -1;
    int code_ = -1;
    std::string printed_;
};

}  // namespace honeydue::support
