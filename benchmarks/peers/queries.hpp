// SPDX-License-Identifier: MIT
// The operations' SQL, for the peers that are given SQL as text.
#pragma once

#define HONEYDUE_BENCH_TASK                                                                \
    "select id, residence_id, title, description, status, priority, due_date, created_at " \
    "from task_task "

namespace honeydue::bench::query {

inline constexpr const char* token = "92b595766c69fe2e49154f0ef2226405b82823d9";

inline constexpr const char* one_task = HONEYDUE_BENCH_TASK "where id = $1";
inline constexpr const char* notification =
    "insert into notification_notification (user_id, kind, title, body) "
    "values ($1, 'system', $2, $3) returning id, created_at";
inline constexpr const char* completion =
    "insert into task_taskcompletion (task_id, notes) values ($1, $2) returning id";
inline constexpr const char* touch = "update task_task set updated_at = now() where id = $1";
inline constexpr const char* homes =
    "select id, name from residence_residence where id <= $1 order by id";
inline constexpr const char* tasks_of_home =
    HONEYDUE_BENCH_TASK "where residence_id = $1 order by id";
inline constexpr const char* tasks_of_homes =
    HONEYDUE_BENCH_TASK "where residence_id = any($1) order by residence_id, id";
inline constexpr const char* tasks_of_first_homes = HONEYDUE_BENCH_TASK
    "where residence_id in (select id from residence_residence where id <= $1) "
    "order by residence_id, id";
inline constexpr const char* upsert =
    "insert into bench_reading (id, value, note) values ($1, $2, $3) "
    "on conflict (id) do update set value = excluded.value, note = excluded.note";
inline constexpr const char* upsert_many =
    "insert into bench_reading (id, value, note) select * from "
    "unnest($1::bigint[], $2::bigint[], $3::text[]) "
    "on conflict (id) do update set value = excluded.value, note = excluded.note";
inline constexpr const char* page =
    HONEYDUE_BENCH_TASK "where residence_id <= 100 and id > 1000 order by id limit 40";
inline constexpr const char* total = "select count(*) from task_task where residence_id <= 100";
inline constexpr const char* profile = "select * from user_userprofile where user_id = $1";
inline constexpr const char* tasks_of_owner = HONEYDUE_BENCH_TASK
    "where residence_id in (select id from residence_residence where owner_id = $1) "
    "order by due_date nulls last, id limit 50";
inline constexpr const char* documents_of_owner =
    "select id, title from documents_document "
    "where residence_id in (select id from residence_residence where owner_id = $1) order by id";

// The request, each statement after the answer of the one before.
inline constexpr const char* token_row =
    "select user_id, key, created from authtoken_token where key = $1";
inline constexpr const char* active_user =
    "select id, username from auth_user where id = $1 and is_active";
inline constexpr const char* homes_of_user =
    "select id from residence_residence where owner_id = $1 union "
    "select residence_id from residence_residence_users where user_id = $1";
inline constexpr const char* due_tasks_of_homes =
    HONEYDUE_BENCH_TASK "where residence_id = any($1) order by due_date nulls last, id limit 50";

// The same with nothing to wait for.
inline constexpr const char* user_of_token =
    "select u.id, u.username from auth_user u join authtoken_token t on t.user_id = u.id "
    "where t.key = $1 and u.is_active";
inline constexpr const char* due_tasks_of_token = HONEYDUE_BENCH_TASK
    "where residence_id in (select id from residence_residence where owner_id in "
    "(select user_id from authtoken_token where key = $1) union "
    "select residence_id from residence_residence_users where user_id in "
    "(select user_id from authtoken_token where key = $1)) "
    "order by due_date nulls last, id limit 50";

}  // namespace honeydue::bench::query

#undef HONEYDUE_BENCH_TASK
