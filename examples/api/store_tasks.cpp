// SPDX-License-Identifier: MIT
// Tasks as they are read. What the caches do not know is asked with the token itself: nothing waits
// for another answer, so each request is one flight.
#include <utility>

#include "store_state.hpp"
#include "store_text.hpp"

namespace api {

answer<task_page> store::tasks_of(const std::string& token, const page_wanted& wanted) const {
    const counted_call counted;
    const auto asked = tasks_in(homes_of(token), wanted);
    if (!asked) return tl::unexpected{as_trouble(asked.error())};
    auto known = state_->recognise(token, *asked);
    if (!known) return tl::unexpected{as_trouble(known.error())};
    if (!known->who) return refused(trouble::kind::unknown_token);
    auto found = known->rows ? hd::result<hd::page<chore>>{asked->cut(std::move(*known->rows))}
                             : state_->tasks_at(token, *asked, wanted);
    if (!found) return tl::unexpected{as_trouble(found.error())};
    task_page page{.owner = std::move(*known->who), .tasks = {}, .next = std::move(found->next)};
    page.tasks.reserve(found->rows.size());
    for (auto& row : found->rows)
        page.tasks.push_back(as_task(std::move(row)));
    return page;
}

}  // namespace api
