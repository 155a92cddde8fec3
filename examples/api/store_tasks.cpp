// SPDX-License-Identifier: MIT
// Tasks. What the caches do not know is asked with the token itself: nothing waits for another
// answer, so each request is one flight.
#include <tuple>
#include <utility>

#include "store_rows.hpp"

namespace api {

namespace {

const row_kind task_kind{
    .author = "created_by_id",
    .is_seen = "t.residence_id in (select id from homes)",
    .has_home = "n.residence_id in (select id from homes)",
    .fits =
        "(n.assigned_to_id is null or exists (select from residence_residence r where r.id = "
        "n.residence_id and (r.owner_id = n.assigned_to_id or exists (select from "
        "residence_residence_users s where s.residence_id = r.id and s.user_id = "
        "n.assigned_to_id)))) and " +
        contractor_fits,
    .missing = trouble::kind::unknown_task,
};

/// Who completes a task at the same time waits here, and then sees that it is completed: the
/// statement behind looks at what has been committed by then.
hd::statement lock_task(const std::string& token, std::int64_t id) {
    return hd::runtime(with_homes +
                           " select t.id from task_task t where t.id = $2 and t.residence_id in "
                           "(select id from homes) for no key update of t",
                       token, id);
}

/// With the date it was due, from which the worker moves on a task that recurs.
hd::statement add_completion(const std::string& token, std::int64_t id, const given_row& row) {
    std::string text = with_homes;
    text.append(
        ", t as (select * from task_task t where t.id = $2 and t.residence_id in (select id from "
        "homes)), n as (select * from jsonb_populate_record(null::task_taskcompletion, $3)), made "
        "as (insert into task_taskcompletion (task_id, completed_by_id, contractor_id, due_date, "
        "actual_cost, rating, notes) select t.id, c.user_id, coalesce(n.contractor_id, "
        "t.contractor_id), t.due_date, n.actual_cost, n.rating, n.notes from t, n, caller c where "
        "t.status in ('pending', 'in_progress') and not t.is_archived and (n.due_date is null or "
        "n.due_date = t.due_date) and (t.recurrence = 'once' or not exists (select from "
        "task_taskcompletion d where d.task_id = t.id and d.due_date = t.due_date)) and ");
    text.append(contractor_fits);
    text.append(
        " returning *), finished as (update task_task u set status = 'completed', completed_at = "
        "m.completed_at, actual_cost = coalesce(m.actual_cost, u.actual_cost), updated_at = now() "
        "from made m where u.id = m.task_id and u.recurrence = 'once') select exists (select from "
        "caller) as is_known, exists (select from t) as is_there, exists (select from n where ");
    text.append(contractor_fits).append(") as fits, ").append(made_rows<::task::taskcompletion>());
    return hd::runtime(text, token, id, hd::jsonb{row.values});
}

}  // namespace

answer<page_of<task>> store::tasks_of(const std::string& token, const task_filter& only,
                                      const page_wanted& wanted) const {
    const counted_call counted;
    const auto asked = tasks_in(homes_of(token), only, wanted);
    if (!asked) return tl::unexpected{as_trouble(asked.error())};
    auto known = state_->recognise(token, *asked);
    if (!known) return tl::unexpected{as_trouble(known.error())};
    if (!known->who) return refused(trouble::kind::unknown_token);
    auto found = known->rows ? hd::result<hd::page<chore>>{asked->cut(std::move(*known->rows))}
                             : state_->tasks_at(token, *asked, only, wanted);
    if (!found) return tl::unexpected{as_trouble(found.error())};
    return as_page<task>(std::move(*known->who), std::move(*found));
}

answer<task> store::task_of(const std::string& token, std::int64_t id) const {
    const counted_call counted;
    return state_->read_one<task>(
        token,
        hd::select<chore>().where(col<&chore::id> == hd::id<chore>{id} &&
                                  col<&chore::residence_id>.in(homes_of(token))),
        trouble::kind::unknown_task);
}

answer<task> store::create_task(const std::string& token, const given_row& row) const {
    const counted_call counted;
    return create_row<task, chore>(state_->db, task_kind, token, row);
}

answer<task> store::change_task(const std::string& token, std::int64_t id,
                                const given_row& row) const {
    const counted_call counted;
    constexpr std::string_view when_completed =
        ", completed_at = case when n.status = 'completed' then coalesce(u.completed_at, now()) "
        "end";
    return change_row<task, chore>(state_->db, task_kind, token, id, row,
                                   row.has("status") ? when_completed : std::string_view{});
}

answer<void> store::remove_task(const std::string& token, std::int64_t id) const {
    const counted_call counted;
    return remove_row<chore>(state_->db, task_kind, token, id);
}

answer<completion> store::complete_task(const std::string& token, std::int64_t id,
                                        const given_row& row) const {
    const counted_call counted;
    using model = ::task::taskcompletion;
    const auto both =
        hd::atomically(state_->db, lock_task(token, id), add_completion(token, id, row));
    if (!both) return tl::unexpected{as_trouble_of_new_row(both.error())};
    auto found = hd::decode<written<model>>(std::get<1>(*both));
    if (!found) return tl::unexpected{as_trouble(found.error())};
    return as_plain<completion>(judged<model>(
        std::move(found->front()), trouble::kind::unknown_task, trouble::kind::already_completed));
}

}  // namespace api
