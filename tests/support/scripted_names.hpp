// SPDX-License-Identifier: MIT
// Host names of a test's own: getaddrinfo of the test program answers those from here, and hands
// every other to the system.
#pragma once

#include <string>
#include <vector>

namespace honeydue::support {

// While it lives, `host` has these addresses. Thread: any.
class scripted_name {
public:
    scripted_name(std::string host, std::vector<std::string> addresses);
    ~scripted_name();

    scripted_name(const scripted_name&) = delete;
    scripted_name& operator=(const scripted_name&) = delete;

    void move_to(std::vector<std::string> addresses);
    // Who asks from now on waits until `answer`.
    void hold_back();
    void answer();
    // How many are waiting.
    int asking() const;
    const std::string& host() const noexcept { return host_; }

private:
    std::string host_;
};

}  // namespace honeydue::support
