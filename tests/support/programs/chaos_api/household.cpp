// SPDX-License-Identifier: MIT
// A user's list of residences is what the API caches; a task in a residence shows whether it is on
// the list.
#include "household.hpp"

namespace honeydue::chaos {

void household::step(caller& by) {
    if (std::chrono::steady_clock::now() >= change_at_) return change(by);
    look(by, random_() % 2 == 0 ? host_ : guest_, random_() % by.replicas());
}

void household::change(caller& by) {
    switch (stage_) {
        case stage::nothing:
            make(by);
            break;
        case stage::made:
            change_visit(by, join(), true, "joining");
            break;
        case stage::shared:
            change_visit(by, leave(), false, "leaving");
            break;
        case stage::left:
            if (++visits_ == 3) {
                remove(by);
            } else {
                change_visit(by, join(), true, "joining");
            }
            break;
    }
    rest();
}

// Some changes are looked at until the bound has passed: the next would hide what they left behind.
void household::rest() {
    const auto span = random_() % 4 == 0 ? cache_bound + milliseconds{1'500}
                                         : milliseconds{100 + random_() % 1'500};
    change_at_ = std::chrono::steady_clock::now() + span;
}

void household::note(view& whose, const reply& got, std::size_t replica, bool visible,
                     const char* what) {
    whose.last = {replica, got.ended, visible,
                  homes.back().name + ": " + what + " " + std::to_string(visits_) +
                      " through replica " + std::to_string(replica + 1)};
}

void household::make(caller& by) {
    for (std::size_t i = 0; i < by.replicas(); ++i)
        look(by, host_, i);
    const std::size_t replica = random_() % by.replicas();
    homes.push_back({name_ + "-" + std::to_string(homes.size() + 1), told::unknown});
    const auto got = by.ask(replica, host_.token,
                            {"POST", "/api/residences/", {{"name", homes.back().name}}}, {201});
    homes.back().made = got.outcome();
    if (got.status != 201 || !got.body.is_object()) return;
    home_ = got.body.value("id", std::int64_t{0});
    code_ = got.body.value("join_code", std::string{});
    visits_ = 0;
    note(host_, got, replica, true, "making");
    note(guest_, got, replica, false, "making");
    put_task(by);
}

void household::put_task(caller& by) {
    const auto got =
        by.ask(random_() % by.replicas(), host_.token,
               {"POST", "/api/tasks/", {{"residence_id", home_}, {"title", "Sweep"}}}, {201});
    if (got.status != 201) return;
    stage_ = stage::made;
    look(by, host_, host_.last.replica);
}

// Seen before, so that there is something old to see, and at once behind it.
void household::change_visit(caller& by, const question& what, bool visible, const char* name) {
    for (std::size_t i = 0; i < by.replicas(); ++i)
        look(by, guest_, i);
    const std::size_t replica = random_() % by.replicas();
    const auto got = by.ask(replica, guest_.token, what);
    // What becomes of this residence nobody knows then: it is left alone.
    stage_ = got.status != 200 ? stage::nothing : visible ? stage::shared : stage::left;
    if (got.status != 200) return;
    note(guest_, got, replica, visible, name);
    look(by, guest_, replica);
}

// Nothing shows then whether it is still on a list.
void household::remove(caller& by) {
    const auto got = by.ask(random_() % by.replicas(), host_.token, {"DELETE", path()});
    homes.back().is_removal_asked = true;
    homes.back().removed = got.outcome();
    stage_ = stage::nothing;
}

void household::look(caller& by, const view& whose, std::size_t replica) {
    const question tasks{"GET", stage_ == stage::nothing
                                    ? "/api/tasks/?limit=1"
                                    : "/api/tasks/?limit=1&residence_id=" + std::to_string(home_)};
    const auto got = by.ask(replica, whose.token, tasks);
    if (stage_ == stage::nothing || got.status != 200 || !got.body.is_object()) return;
    reads.judge(whose.last, replica, got.began, !got.body["tasks"].empty());
}

}  // namespace honeydue::chaos
