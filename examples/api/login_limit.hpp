// SPDX-License-Identifier: MIT
// Who may try to log in: so many wrong passwords a name, and so many passwords at a time, because
// each occupies a processor. What happens elsewhere, in another process, is not known here.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace api {

/// Pure: it is given the time, which does not run backwards. A name is one whether it is somebody's
/// or not.
class wrong_passwords {
public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr int allowed = 10;
    static constexpr std::chrono::minutes window{5};
    /// Beyond them the oldest are forgotten.
    static constexpr std::size_t most_names = 10'000;

    /// Counts a try before its password is known to be wrong, so that others at the same time are
    /// counted with it. False, and not counted, when the name has had too many.
    [[nodiscard]] bool try_once(const std::string& name, time_point now);
    /// A try of that moment was none of a wrong password.
    void take_back(const std::string& name, time_point tried);

private:
    struct count {
        time_point since;
        int wrong = 0;
    };
    void make_room(time_point now);

    std::map<std::string, count, std::less<>> counts_;
};

/// Thread: any.
class login_line {
public:
    /// Checks at a time, and how many may wait for their turn.
    login_line(std::size_t at_once, std::size_t waiting) : free_{at_once}, places_{waiting} {}

    /// Runs `check` when it is its turn. False when there was no place to wait.
    template <class Check>
    [[nodiscard]] bool run(Check&& check) {
        if (!enter()) return false;
        check();
        leave();
        return true;
    }

private:
    [[nodiscard]] bool enter();
    void leave();

    std::mutex guard_;
    std::condition_variable turn_;
    std::size_t free_;
    std::size_t places_;
};

}  // namespace api
