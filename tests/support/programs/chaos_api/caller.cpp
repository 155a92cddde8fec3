// SPDX-License-Identifier: MIT
// HTTP by cpp-httplib, a connection for each request.
#include "caller.hpp"

#include <httplib.h>

#include <initializer_list>

namespace honeydue::chaos {

namespace {

// Longer than the API lets its database take.
constexpr std::chrono::seconds patience{60};

std::unique_ptr<httplib::Client> client_for(std::uint16_t port) {
    auto made = std::make_unique<httplib::Client>("127.0.0.1", port);
    made->set_connection_timeout(patience);
    made->set_read_timeout(patience);
    made->set_tcp_nodelay(true);
    return made;
}

httplib::Request request_of(const question& what, const std::string& token) {
    httplib::Request made;
    made.method = what.method;
    made.path = what.path;
    made.headers.emplace("Authorization", "Token " + token);
    if (what.body.is_null()) return made;
    made.headers.emplace("Content-Type", "application/json");
    made.body = what.body.dump();
    return made;
}

}  // namespace

told reply::outcome() const {
    if (status >= 200 && status < 300) return told::committed;
    return answer_seen{ended, status}.is_failure() ? told::unknown : told::failed;
}

caller::caller(const std::vector<std::uint16_t>& ports, progress& of_all) : of_all_{&of_all} {
    for (const std::uint16_t port : ports)
        replicas_.push_back(client_for(port));
}

caller::~caller() = default;
caller::caller(caller&&) noexcept = default;

void caller::give_up() {
    for (const auto& one : replicas_)
        one->stop();
}

reply caller::ask(std::size_t replica, const std::string& token, const question& what,
                  std::initializer_list<int> expected) {
    reply got{.began = std::chrono::steady_clock::now(), .ended = {}, .status = 0, .body = {}};
    const auto answer = replicas_[replica]->send(request_of(what, token));
    got.ended = std::chrono::steady_clock::now();
    if (answer) {
        got.status = answer->status;
        got.body = nlohmann::json::parse(answer->body, nullptr, false);
    }
    answers.push_back({got.ended, got.status});
    ++of_all_->requests;
    if (answers.back().is_failure()) {
        ++of_all_->failures;
    } else if (std::find(expected.begin(), expected.end(), got.status) == expected.end() ||
               got.body.is_discarded()) {
        surprises.push_back(std::string{what.method} + " " + what.path + " is answered " +
                            std::to_string(got.status) + " " + got.body.dump());
    }
    return got;
}

}  // namespace honeydue::chaos
