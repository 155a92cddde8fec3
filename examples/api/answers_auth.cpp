// SPDX-License-Identifier: MIT
// Logging in and out. A name that is nobody's gets the answer of a wrong password, and as much
// work.
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "answers.hpp"
#include "login_limit.hpp"
#include "password.hpp"

namespace api {

namespace {

constexpr std::size_t longest_name = 150;
constexpr std::size_t token_bytes = 20;

constexpr refusal invalid_login{
    400, "invalid_login",
    "send {\"username\": 1 to 150 characters, \"password\": 1 to 4096 bytes}"};
constexpr refusal wrong_login{401, "wrong_login", "no active user has this name and this password"};
constexpr refusal too_many_attempts{429, "too_many_attempts",
                                    "too many wrong passwords for this name: wait five minutes"};
constexpr refusal too_many_logins{429, "too_many_logins",
                                  "too many are logging in at the moment: try again"};

/// One for the process: it is its processors that are shared out.
struct desk {
    std::mutex guard;
    wrong_passwords wrong;
    login_line line{std::max(1U, std::thread::hardware_concurrency() / 2), 16};
    /// As the password that was looked at last has them: what a wrong name costs. Django 5.2's
    /// until then.
    std::atomic<std::uint32_t> usual_iterations{1'000'000};
};

desk& the_desk() {
    static desk only;
    return only;
}

/// Counts against its name while it is judged, and afterwards when its password was wrong.
class attempt {
public:
    explicit attempt(std::string name) : name_{std::move(name)} {
        const std::lock_guard lock{the_desk().guard};
        at_ = std::chrono::steady_clock::now();
        counts_ = the_desk().wrong.try_once(name_, at_);
    }
    attempt(const attempt&) = delete;
    attempt& operator=(const attempt&) = delete;
    ~attempt() {
        if (!counts_ || was_wrong_) return;
        const std::lock_guard lock{the_desk().guard};
        the_desk().wrong.take_back(name_, at_);
    }

    [[nodiscard]] bool is_allowed() const { return counts_; }
    void was_wrong() { was_wrong_ = true; }

private:
    std::string name_;
    std::chrono::steady_clock::time_point at_;
    bool counts_;
    bool was_wrong_ = false;
};

struct login {
    std::string name;
    std::string password;
};

std::optional<login> login_in(const json& body) {
    constexpr std::size_t longest_password = 4096;
    auto name = text_in(body, "username");
    auto password = text_in(body, "password");
    if (!name || !password) return std::nullopt;
    // A letter of UTF-8 has four bytes at most.
    const bool is_name =
        !name->empty() && name->size() <= 4 * longest_name && name->find('\0') == std::string::npos;
    const bool is_password = !password->empty() && password->size() <= longest_password;
    if (!is_name || !is_password) return std::nullopt;
    return login{std::move(*name), std::move(*password)};
}

bool is_theirs(const std::optional<credentials>& known, const std::string& password) {
    const auto kept = known ? read_password(known->password) : std::nullopt;
    auto& usual = the_desk().usual_iterations;
    if (kept) usual = kept->iterations;
    const kept_password nobodys{usual, "salt of nobody", std::string{}};
    return matches(kept ? *kept : nobodys, password);
}

void answer_token(const asked& by, const credentials& theirs, httplib::Response& to) {
    if (theirs.token) return send(to, 200, {{"token", *theirs.token}});
    const auto made = by.from.token_for(theirs, random_digits(token_bytes));
    if (!made) return refuse(to, made.error());
    if (!*made) return refuse(to, wrong_login);
    send(to, 200, {{"token", **made}});
}

void refuse_for_now(httplib::Response& to, const refusal& why, const char* seconds) {
    to.set_header("Retry-After", seconds);
    refuse(to, why);
}

}  // namespace

void answer_login(const asked& by, httplib::Response& to) {
    const auto wanted = login_in(body_of(by.request));
    if (!wanted) return refuse(to, invalid_login);
    attempt counted{wanted->name};
    if (!counted.is_allowed()) return refuse_for_now(to, too_many_attempts, "300");
    const auto known = by.from.credentials_of(wanted->name);
    if (!known) return refuse(to, known.error());
    bool is_right = false;
    const auto check = [&] { is_right = is_theirs(*known, wanted->password); };
    if (!the_desk().line.run(check)) return refuse_for_now(to, too_many_logins, "1");
    if (is_right) return answer_token(by, **known, to);
    counted.was_wrong();
    refuse(to, wrong_login);
}

void answer_logout(const asked& by, httplib::Response& to) {
    answer_done(by.from.log_out(by.token), to);
}

}  // namespace api
