// SPDX-License-Identifier: MIT
// A host and a guest whose residences come, are shared and go: after each change both replicas are
// asked what the two of them see.
#pragma once

#include "caller.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace honeydue::chaos {

class household {
public:
    household(std::string name, std::string host, std::string guest, std::uint64_t seed)
        : name_{std::move(name)},
          host_{.token = std::move(host)},
          guest_{.token = std::move(guest)},
          random_{seed} {}

    // A change when one is due, else a look.
    void step(caller& by);

    std::vector<home_asked> homes{};
    read_judge reads{};

private:
    enum class stage { nothing, made, shared, left };

    struct view {
        std::string token;
        known_write last{};
    };

    void change(caller& by);
    void make(caller& by);
    void put_task(caller& by);
    void remove(caller& by);
    void look(caller& by, const view& whose, std::size_t replica);
    void note(view& whose, const reply& got, std::size_t replica, bool visible, const char* what);
    void change_visit(caller& by, const question& what, bool visible, const char* name);
    void rest();
    question join() const { return {"POST", path("join/"), {{"code", code_}}}; }
    question leave() const { return {"POST", path("leave/")}; }
    std::string path(const char* behind = "") const {
        return "/api/residences/" + std::to_string(home_) + "/" + behind;
    }

    std::string name_;
    view host_;
    view guest_;
    std::mt19937_64 random_;
    stage stage_ = stage::nothing;
    int visits_ = 0;
    std::int64_t home_ = 0;
    std::string code_;
    moment change_at_{};
};

}  // namespace honeydue::chaos
