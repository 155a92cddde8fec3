// SPDX-License-Identifier: MIT
// The run's own rows stand in one home, so that the seed's do not disturb what is counted.
#include "fleet.hpp"

#include "../demo/seed.hpp"

#include <csignal>
#include <thread>

namespace honeydue::chaos {

using support::plain_client;

namespace {

constexpr std::size_t sharers = 8;
constexpr int daily_tasks = 16;

// What is wrong when it is above zero.
struct contradiction {
    const char* what;
    std::string count;
};

std::vector<contradiction> contradictions() {
    const std::string ours =
        "t.residence_id = (select id from residence_residence where name = "
        "'Chaos works')";
    const std::string told = "notification_notification n join task_task t on t.id = n.task_id ";
    return {
        {"tasks that are done once are completed, and are not called so, or the other way round",
         "select count(*) from task_task t where t.recurrence = 'once' and " + ours +
             " and (t.status = 'completed') <> exists (select from task_taskcompletion c where "
             "c.task_id = t.id)"},
        {"completed occurrences have not been moved on",
         "select count(*) from task_task t join task_taskcompletion c on c.task_id = t.id and "
         "c.due_date = t.due_date where t.recurrence <> 'once' and " +
             ours},
        {"subscriptions have expired and not been ended",
         "select count(*) from subscription_usersubscription where tier = 'pro' and expires_at <= "
         "now()"},
        {"users were not told exactly once that their subscription has ended",
         "select count(*) from subscription_usersubscription s where tier = 'free' and (select "
         "count(*) from notification_notification n where n.user_id = s.user_id and n.kind = "
         "'system') <> 1"},
        {"tasks are due soon, and nobody was told",
         "select count(*) from task_task t where t.recurrence <> 'once' and " + ours +
             " and t.due_date <= (now() at time zone 'UTC')::date + 80 and not exists (select from "
             "notification_notification n where n.task_id = t.id and n.due_date = t.due_date)"},
        {"occurrences were told of twice",
         "select count(*) from (select from " + told + "where " + ours +
             " group by n.task_id, n.user_id, n.kind, n.due_date having count(*) > 1) twice"},
        {"occurrences were told of that have never been",
         "select count(*) from " + told + "where " + ours + " and n.due_date > t.due_date"},
    };
}

std::string one(plain_client& client, const std::string& sql) {
    return client.execute(sql).at(0).at(0);
}

std::vector<std::string> column(plain_client& client, const std::string& sql) {
    std::vector<std::string> all;
    for (const auto& row : client.execute(sql))
        all.push_back(row.at(0));
    return all;
}

std::vector<std::int64_t> keys(plain_client& client, const std::string& sql) {
    std::vector<std::int64_t> all;
    for (const auto& text : column(client, sql))
        all.push_back(std::stoll(text));
    return all;
}

std::string active_tokens(std::size_t from, std::size_t count) {
    return "select t.key from authtoken_token t join auth_user u on u.id = t.user_id where "
           "u.is_active order by u.id offset " +
           std::to_string(from) + " limit " + std::to_string(count);
}

std::string spelled(const support::connection_parameters& by) {
    std::string text;
    for (const auto& [word, value] : by)
        text += word + "='" + value + "' ";
    return text;
}

void stop_one(support::child_program& program, const std::string& name, api_evidence& seen) {
    program.signal(SIGTERM);
    const int code = program.wait();
    if (code == 0) return;
    const auto said = program.output();
    seen.wrong_endings.push_back(
        name + " ends with " + std::to_string(code) + ": " +
        said.substr(said.size() - std::min<std::size_t>(said.size(), 500)));
}

void collect_series(plain_client& client, const std::string& first_date, api_evidence& seen) {
    const auto rows = client.execute(
        "select t.id, t.due_date - date '" + first_date + "', c.due_date - date '" + first_date +
        "' from task_task t left join task_taskcompletion c on c.task_id = t.id where t.title = "
        "'Daily chaos' order by 1, 3");
    for (const auto& row : rows) {
        const auto task = std::stoll(row.at(0));
        if (seen.recurring.empty() || seen.recurring.back().task != task)
            seen.recurring.push_back({task, std::stoi(row.at(1)), {}, 0});
        if (row.at(2).empty()) continue;
        seen.recurring.back().completed.insert(std::stoi(row.at(2)));
        ++seen.recurring.back().completions;
    }
}

}  // namespace

fleet::fleet(support::pgbouncer_kind kind, std::size_t once, std::chrono::seconds ending_for)
    : servers_{kind} {
    demo::migrate_and_seed(servers_.direct());
    prepare(once, ending_for);
}

fleet::~fleet() {
    for (const auto& one : replicas_)
        one->signal(SIGKILL);
    for (const auto& one : workers_)
        one->signal(SIGKILL);
}

// Daily tasks begin behind today, and the seed's subscriptions end in turn, as do none of its
// tasks.
void fleet::prepare(std::size_t once, std::chrono::seconds ending_for) {
    plain_client client{servers_.direct()};
    client.execute("update task_task set is_archived = true where id > 500");
    client.execute(
        "delete from notification_notification where kind = 'system'; "
        "update subscription_usersubscription set tier = 'pro', store = coalesce(store, 'stripe'), "
        "started_at = null, expires_at = now() + id * interval '1 second' * " +
        std::to_string(ending_for.count()) + " / 500.0");
    work_.tokens = column(client, active_tokens(0, sharers));
    const auto home = one(client,
                          "insert into residence_residence (owner_id, name) select user_id, "
                          "'Chaos works' from authtoken_token where key = '" +
                              work_.tokens.front() + "' returning id");
    for (const auto& token : work_.tokens)
        client.execute("insert into residence_residence_users (residence_id, user_id) select " +
                       home + ", user_id from authtoken_token where key = '" + token + "'");
    client.execute("update user_userprofile set reminder_lead_days = 90");
    work_.first_date = one(client, "select (now() at time zone 'UTC')::date + 2");
    const std::string made =
        "insert into task_task (residence_id, created_by_id, title, "
        "recurrence, recurrence_interval_days, due_date) select id, owner_id, ";
    const std::string in = " from residence_residence, generate_series(1, ";
    const std::string there = ") where id = " + home + " returning id";
    work_.once =
        keys(client, made + "'Once', 'once', null, null" + in + std::to_string(once) + there);
    work_.daily = keys(client, made + "'Daily chaos', 'custom', 1, '" + work_.first_date + "'" +
                                   in + std::to_string(daily_tasks) + there);
}

support::environment_variables fleet::variables() const {
    auto all = support::variables_for(servers_.far());
    all["DB_MAX_OPEN_CONNS"] = "25";
    all["DB_MAX_IDLE_CONNS"] = "20";
    all["REDIS_URL"] = redis_.url();
    all["HONEYDUE_API_TIME_LIMIT_MS"] = "4000";  // the caches' window is five seconds then
    all["HONEYDUE_API_SECRET"] = support::random_password();
    return all;
}

std::unique_ptr<support::child_program> fleet::make_worker() const {
    auto all = support::variables_for(servers_.far());
    all["DATABASE_URL_UNPOOLED"] = spelled(servers_.direct());
    return std::make_unique<support::child_program>(
        "honeydue-worker", all, std::vector<std::string>{"--interval", "1", "--batch", "20"});
}

void fleet::start() {
    const auto shared = variables();
    for (int i = 0; i < replica_count; ++i)
        replicas_.push_back(std::make_unique<support::api_process>(shared));
    for (int i = 0; i < worker_count; ++i)
        workers_.push_back(make_worker());
    ports();
    for (const auto& one : workers_)
        one->line("ready, ");
}

std::vector<std::uint16_t> fleet::ports() {
    std::vector<std::uint16_t> all;
    for (const auto& one : replicas_)
        all.push_back(one->port());
    return all;
}

std::vector<std::string> fleet::tokens(std::size_t count) const {
    plain_client client{servers_.direct()};
    return column(client, active_tokens(sharers, count));
}

void fleet::stop_replicas(api_evidence& seen) {
    for (const auto& one : replicas_)
        stop_one(*one, "a replica", seen);
}

void fleet::stop_workers(api_evidence& seen) {
    for (const auto& one : workers_)
        stop_one(*one, "a worker", seen);
}

void fleet::await_workers() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{2};
    plain_client client{servers_.direct()};
    const auto is_right = [&](const contradiction& of) { return one(client, of.count) == "0"; };
    while (!std::ranges::all_of(contradictions(), is_right) &&
           std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(milliseconds{200});
}

void fleet::collect(api_evidence& seen) const {
    plain_client client{servers_.direct()};
    for (const auto& row : client.execute(
             "select c.notes, c.task_id, c.due_date from task_taskcompletion c join task_task t on "
             "t.id = c.task_id join residence_residence r on r.id = t.residence_id where r.name = "
             "'Chaos works'"))
        seen.completions_kept.push_back({row.at(0), std::stoll(row.at(1)), row.at(2)});
    for (const auto& row : client.execute(
             "select name, count(*) from residence_residence where name like 'chaos %' group by 1"))
        seen.homes_kept[row.at(0)] = std::stoi(row.at(1));
    collect_series(client, work_.first_date, seen);
    for (const auto& [what, count] : contradictions()) {
        if (const auto many = one(client, count); many != "0")
            seen.wrong_rows.push_back(many + " " + what);
    }
}

}  // namespace honeydue::chaos
