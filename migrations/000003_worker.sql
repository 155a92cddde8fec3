-- SPDX-License-Identifier: MIT
-- What the worker needs: a key by which nobody is told twice of one occurrence of a task, and a
-- wake-up when a task is done.

-- +goose Up
alter table notification_notification add column due_date date;

-- What was told already counts: the newest of each kind, when it is about the date of today.
update notification_notification n set due_date = told.due_date
from (select distinct on (n.task_id, n.user_id, n.kind) n.id, t.due_date
      from notification_notification n join task_task t on t.id = n.task_id
      where (n.kind = 'task_overdue' and n.created_at > t.due_date)
            or (n.kind = 'task_due_soon' and n.created_at > t.due_date - 91)
      order by n.task_id, n.user_id, n.kind, n.created_at desc) told
where n.id = told.id;

create unique index notification_notification_told_uniq
    on notification_notification (task_id, user_id, kind, due_date) where due_date is not null;

-- +goose StatementBegin
create function honeydue_wake_worker() returns trigger language plpgsql as $$
begin
    perform pg_notify('honeydue_work', '');
    return null;
end $$;
-- +goose StatementEnd
create trigger task_taskcompletion_wake_worker after insert on task_taskcompletion
    for each statement execute function honeydue_wake_worker();

-- +goose Down
drop trigger task_taskcompletion_wake_worker on task_taskcompletion;
drop function honeydue_wake_worker();
drop index notification_notification_told_uniq;
alter table notification_notification drop column due_date;
