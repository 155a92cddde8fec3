// SPDX-License-Identifier: MIT
// Claiming and doing, one statement a kind. One row that PostgreSQL cannot calculate with would
// stop its whole batch for ever: dates are bounded, and texts cut. Days are UTC's.
#include "due.hpp"

#include <tuple>

#include <honeydue/honeydue.hpp>

namespace hd = honeydue;

namespace worker {

namespace {

struct tally {
    std::int64_t claimed;
    std::int64_t done;
};

/// To the first date of its series after it was due and done: an occurrence missed meanwhile is not
/// made up for. A series of the 31st that has met a shorter month goes back to the 31st.
auto move_on(std::int64_t size) {
    return hd::sql<R"(
with claimed as (
    select t.id, t.due_date, greatest(t.due_date, least(c.completed_at at time zone 'UTC',
                                                        now() at time zone 'UTC')::date) as done_on,
           case t.recurrence when 'weekly' then interval '7 days'
                             when 'monthly' then interval '1 month'
                             when 'quarterly' then interval '3 months'
                             when 'semiannual' then interval '6 months'
                             when 'annual' then interval '1 year'
                             else t.recurrence_interval_days * interval '1 day' end as step,
           case when t.recurrence in ('monthly', 'quarterly', 'semiannual', 'annual')
                     and extract(month from t.due_date + 1) <> extract(month from t.due_date)
                then (select max(extract(day from d.due_date))::int - extract(day from t.due_date)::int
                      from task_taskcompletion d where d.task_id = t.id)
                else 0 end as lost
    from task_task t
    join task_taskcompletion c on c.task_id = t.id and c.due_date = t.due_date
    where t.recurrence <> 'once' and t.status in ('pending', 'in_progress') and not t.is_archived
          and t.due_date between date '1900-01-01' and date '2200-01-01'
          and coalesce(t.recurrence_interval_days, 1) <= 36525
    order by t.due_date, t.id limit $1 for update of t skip locked),
moved as (
    update task_task t set due_date = next.day, status = 'pending', updated_at = now()
    from (select id, due_date, step, lost, max(done_on) as done_on from claimed
          group by 1, 2, 3, 4) k
    cross join lateral (
        select kept.day
        from generate_series(1, k.done_on - k.due_date + 1) n
        cross join lateral (select (k.due_date + n * k.step)::date as day) plain
        cross join lateral (
            select least(plain.day + k.lost,
                         (date_trunc('month', plain.day) + interval '1 month - 1 day')::date) as day
            ) kept
        where kept.day > k.done_on order by n limit 1) next
    where t.id = k.id and t.due_date = k.due_date
    returning t.id)
select (select count(*) from claimed) as claimed, (select count(*) from moved) as done)">(size)
        .as<tally>();
}

/// Whom a task is assigned to, who made it, or who owns the home: the first who is still of the
/// home, as many days ahead as they wish, and once more when it is overdue. With `offset 0` that is
/// found out once a task and not wherever it is named.
auto tell(std::int64_t size) {
    return hd::sql<R"(
with claimed as (
    select t.id, t.residence_id, due.user_id, t.title, t.due_date, due.kind, r.name as home
    from task_task t
    join residence_residence r on r.id = t.residence_id
    cross join lateral (
        select case when t.assigned_to_id = r.owner_id
                         or exists (select from residence_residence_users s
                                    where s.residence_id = r.id and s.user_id = t.assigned_to_id)
                    then t.assigned_to_id
                    when t.created_by_id <> r.owner_id
                         and exists (select from residence_residence_users s
                                     where s.residence_id = r.id and s.user_id = t.created_by_id)
                    then t.created_by_id else r.owner_id end as user_id,
               case when t.due_date < (now() at time zone 'UTC')::date
                    then 'task_overdue' else 'task_due_soon' end as kind
        offset 0) due
    left join user_userprofile p on p.user_id = due.user_id
    where t.completed_at is null and t.status <> 'cancelled' and not t.is_archived
          and t.due_date >= date '1900-01-01' and t.due_date <= (now() at time zone 'UTC')::date + 90
          and t.due_date <= (now() at time zone 'UTC')::date + coalesce(p.reminder_lead_days, 3)
          and not exists (select from notification_notification n
                          where n.task_id = t.id and n.user_id = due.user_id and n.kind = due.kind
                                and n.due_date = t.due_date)
          and not exists (select from task_taskcompletion c
                          where c.task_id = t.id and c.due_date = t.due_date)
    order by t.due_date, t.id limit $1 for update of t skip locked),
told as (
    insert into notification_notification (user_id, residence_id, task_id, kind, title, body,
                                           due_date)
    select user_id, residence_id, id, kind,
           left(case kind when 'task_overdue' then 'Overdue: ' else 'Due soon: ' end || title, 200),
           title || ' at ' || home || ' is due on ' || due_date || '.', due_date
    from claimed on conflict do nothing
    returning id)
select (select count(*) from claimed) as claimed, (select count(*) from told) as done)">(size)
        .as<tally>();
}

auto expire(std::int64_t size) {
    return hd::sql<R"(
with claimed as (
    select id from subscription_usersubscription
    where tier = 'pro' and expires_at <= now()
    order by expires_at limit $1 for update skip locked),
expired as (
    update subscription_usersubscription s set tier = 'free', updated_at = now()
    from claimed k where s.id = k.id and s.tier = 'pro'
    returning s.user_id),
told as (
    insert into notification_notification (user_id, kind, title)
    select user_id, 'system', 'Your subscription has ended' from expired)
select (select count(*) from claimed) as claimed, (select count(*) from expired) as done)">(size)
        .as<tally>();
}

}  // namespace

hd::result<batch_done> do_batch(hd::pool& db, std::int64_t size) {
    return hd::atomically(db, move_on(size), tell(size), expire(size)).map([&](const auto& all) {
        const tally& moved = std::get<0>(all).front();
        const tally& told = std::get<1>(all).front();
        const tally& expired = std::get<2>(all).front();
        const bool is_full =
            moved.claimed >= size || told.claimed >= size || expired.claimed >= size;
        return batch_done{moved.done, told.done, expired.done, is_full};
    });
}

}  // namespace worker
