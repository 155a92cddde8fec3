// SPDX-License-Identifier: MIT
// The real worker program, several at a time, on a database of its own behind a wire that counts.
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "migration_scratch.hpp"
#include "support/child_program.hpp"
#include "support/plain_client.hpp"
#include "support/programs/demo/measure.hpp"
#include "support/wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;
using honeydue::demo::lull;
using honeydue::demo::wait_until_quiet;

namespace {

/// The migrated schema with one user and one home, reached as the row says; listened to directly.
class stage {
public:
    explicit stage(std::chrono::milliseconds rtt = 0ms)
        : wire{row_port(), {.rtt = rtt}}, client_{named(direct())} {
        const auto report = must(migrator::open(database.to(), "migrations")).up();
        if (report.failed) throw server_error(explain(report.failed->why));
        client_.execute(
            "insert into auth_user (username, email, password) values ('ada', "
            "'ada@example.org', '!'); insert into residence_residence (owner_id, name) "
            "values (1, 'Home')");
    }

    [[nodiscard]] environment_variables variables() {
        auto all = variables_for(named(by_port(row(), wire.port())));
        all["DATABASE_URL_UNPOOLED"] = text(named(direct()));
        return all;
    }

    [[nodiscard]] std::unique_ptr<child_program> worker(std::vector<std::string> options) {
        return std::make_unique<child_program>("honeydue-worker", variables(), options);
    }

    /// The same, once it has looked and waits.
    [[nodiscard]] std::unique_ptr<child_program> waiting_worker(std::vector<std::string> options) {
        auto started = worker(std::move(options));
        started->line("ready, ");
        return started;
    }

    /// In one transaction, whose last statement wakes the workers: as many recurring tasks that
    /// have been done, tasks that are overdue, and subscriptions that have expired.
    void make_due(int tasks, int of_the_others) {
        client_.execute(
            "insert into auth_user (username, email, password) select 'user ' || g, "
            "g || '@example.org', '!' from generate_series(" +
            std::to_string(users_ + 1) + ", " + std::to_string(users_ + of_the_others) +
            ") g; insert into subscription_usersubscription (user_id, tier, store, "
            "expires_at) select id, 'pro', 'stripe', now() - interval '1 hour' from "
            "auth_user u where not exists (select from subscription_usersubscription s "
            "where s.user_id = u.id) and id <> 1; " +
            tasks_of("once", -1, of_the_others) + tasks_of("weekly", 10, tasks) +
            "insert into task_taskcompletion (task_id, completed_by_id, due_date) "
            "select id, 1, due_date from task_task t where recurrence = 'weekly' and "
            "not exists (select from task_taskcompletion c where c.task_id = t.id)");
        users_ += of_the_others;
        tasks_ += tasks;
    }

    void await_everything() { database.await(moved() + " and " + told() + " and " + expired()); }

    /// By counting, which sees what was done twice.
    void check_exactly_once() {
        check(moved());
        check(told());
        check(expired());
    }

    void check(const std::string& condition) {
        CAPTURE(condition);
        CHECK(client_.execute("select " + condition).at(0).at(0) == "t");
    }

    std::string one(const std::string& query) { return client_.execute(query).at(0).at(0); }

    plain_client& client() { return client_; }

    scratch_database database{};
    wire_proxy wire;

private:
    static connection_parameters direct() {
        return test_environment::shared().postgres().as_user();
    }

    static connection_parameters row() {
        auto& servers = test_environment::shared();
        return servers.row() == test_row::direct ? direct() : servers.pooled();
    }

    static std::uint16_t row_port() { return reach(row()).port; }

    connection_parameters named(connection_parameters parameters) const {
        parameters["dbname"] = database.to().database;
        return parameters;
    }

    static std::string text(const connection_parameters& parameters) {
        std::string all;
        for (const auto& [word, value] : parameters)
            all += word + "='" + value + "' ";
        return all;
    }

    static std::string tasks_of(const std::string& recurrence, int days, int count) {
        return "insert into task_task (residence_id, created_by_id, title, description, recurrence,"
               " due_date) select 1, 1, 'Chore', day, '" +
               recurrence + "', day from (select (now() at time zone 'UTC')::date + " +
               std::to_string(days) + " as day) today, generate_series(1, " +
               std::to_string(count) + "); ";
    }

    [[nodiscard]] std::string moved() const {
        return "(select count(*) = " + std::to_string(tasks_) +
               " and bool_and(due_date = description::date + 7) is not false from task_task "
               "where recurrence = 'weekly')";
    }

    [[nodiscard]] std::string told() const {
        return "(select count(*) = " + std::to_string(users_) +
               " and count(distinct task_id) = " + std::to_string(users_) +
               " from notification_notification where kind = "
               "'task_overdue' and user_id = 1)";
    }

    [[nodiscard]] std::string expired() const {
        return "(select count(*) = " + std::to_string(users_) +
               " and count(distinct user_id) = " + std::to_string(users_) +
               " from notification_notification where kind = 'system') "
               "and not exists (select from subscription_usersubscription where tier = 'pro')";
    }

    plain_client client_;
    int users_ = 0;
    int tasks_ = 0;
};

}  // namespace

TEST_CASE("three workers at once, one of them killed again and again, do everything exactly once",
          "[worker]") {
    stage on{10ms};
    const std::vector<std::string> options{"--batch", "3", "--interval", "1"};
    const auto first = on.waiting_worker(options);
    const auto second = on.waiting_worker(options);
    for (int round = 0; round < 6; ++round) {
        const auto victim = on.waiting_worker(options);
        on.make_due(120, 120);
        victim->line("batch: ");
        victim->signal(SIGKILL);
        CHECK(victim->wait() == 128 + SIGKILL);
    }
    on.await_everything();
    for (const auto& one : {first.get(), second.get()}) {
        one->signal(SIGTERM);
        CHECK(one->wait() == 0);
        CHECK(one->output().ends_with("stopped\n"));
    }
    on.check_exactly_once();
}

TEST_CASE("a batch of everything that is due is one round trip on the wire", "[worker]") {
    stage on{20ms};
    const auto worker = on.waiting_worker({"--batch", "2", "--interval", "3600"});
    wait_until_quiet(on.wire, lull);
    const auto before = on.wire.snapshot();
    on.make_due(5, 3);
    on.await_everything();
    wait_until_quiet(on.wire, 200ms);
    const auto spent = on.wire.snapshot() - before;
    CHECK(spent.round_trips == 3);
    CHECK(spent.connections == 0);
}

TEST_CASE("a task that is done wakes an idle worker, and one whose listening was cut off",
          "[worker]") {
    stage on;
    const auto worker = on.waiting_worker({"--interval", "3600"});
    wait_until_quiet(on.wire, lull);
    on.make_due(1, 1);
    on.await_everything();
    const std::string listens =
        "from pg_stat_activity where datname = current_database() and "
        "query ilike 'listen%'";
    const std::string session = on.one("select pid " + listens);
    on.one("select pg_terminate_backend(pid) " + listens);
    on.database.await("exists (select " + listens + " and pid <> " + session + ")");
    on.make_due(1, 1);
    on.await_everything();
}

TEST_CASE("a worker that cannot listen says so, and looks by the clock", "[worker]") {
    stage on;
    auto variables = on.variables();
    variables["DATABASE_URL_UNPOOLED"] += "port=1";
    child_program worker("honeydue-worker", variables, {"--interval", "1"});
    CHECK(worker.line("ready, ").find(" only: ") != std::string::npos);
    on.make_due(2, 2);
    on.await_everything();
}

TEST_CASE("SIGTERM and SIGINT end an idle worker in good order", "[worker]") {
    stage on;
    for (const int signal : {SIGTERM, SIGINT}) {
        const auto worker = on.waiting_worker({"--interval", "3600"});
        worker->signal(signal);
        CHECK(worker->wait() == 0);
        CHECK(worker->output().ends_with("stopped\n"));
    }
}

TEST_CASE("one look does all that is due, and a second finds nothing", "[worker]") {
    stage on;
    on.make_due(5, 7);
    const auto worker = on.worker({"--once", "--batch", "100"});
    CHECK(worker->wait() == 0);
    CHECK(worker->output().find("batch: 5 moved on, 7 told, 7 expired") != std::string::npos);
    on.check_exactly_once();
    const auto again = on.worker({"--once"});
    CHECK(again->wait() == 0);
    CHECK(again->output().find("batch: ") == std::string::npos);
    on.check_exactly_once();
}

TEST_CASE("what another has claimed is passed over, and done when it is let go", "[worker]") {
    stage on;
    on.make_due(3, 3);
    on.client().execute(
        "begin; select from task_task where id in (select min(id) from task_task group by "
        "recurrence) for update; select from subscription_usersubscription where user_id = 2 for "
        "update");
    const auto worker = on.worker({"--once"});
    CHECK(worker->wait() == 0);
    CHECK(worker->output().find("batch: 2 moved on, 2 told, 2 expired") != std::string::npos);
    on.client().execute("rollback");
    CHECK(on.worker({"--once"})->wait() == 0);
    on.check_exactly_once();
}

TEST_CASE("the next date is the first of its series after the task was due and done", "[worker]") {
    stage on;
    struct example {
        const char *recurrence, *days, *due, *done, *next;
    };
    const std::vector<example> examples{
        {"weekly", "null", "2024-01-01", "2024-01-01 12:00+00", "2024-01-08"},
        {"weekly", "null", "2024-01-01", "2023-12-20 12:00+00", "2024-01-08"},
        {"weekly", "null", "2024-01-01", "2024-01-22 12:00+00", "2024-01-29"},
        {"monthly", "null", "2024-01-31", "2024-02-01 12:00+00", "2024-02-29"},
        {"monthly", "null", "2024-01-31", "2024-03-01 12:00+00", "2024-03-31"},
        {"quarterly", "null", "2024-01-31", "2024-01-31 12:00+00", "2024-04-30"},
        {"semiannual", "null", "2024-01-31", "2024-01-31 12:00+00", "2024-07-31"},
        {"annual", "null", "2024-02-29", "2024-02-29 12:00+00", "2025-02-28"},
        {"custom", "45", "2024-01-01", "2024-01-01 12:00+00", "2024-02-15"},
        {"custom", "45", "2024-01-01", "-infinity", "2024-02-15"},
        {"custom", "2147483647", "2024-01-01", "2024-01-01 12:00+00", "2024-01-01"},
        {"weekly", "null", "infinity", "infinity", "infinity"},
    };
    for (const example& one : examples) {
        on.client().execute(
            std::string{"with made as (insert into task_task (residence_id, created_by_id, title, "
                        "recurrence, recurrence_interval_days, due_date, description, status) "
                        "values (1, 1, repeat('x', 200), '"} +
            one.recurrence + "', " + one.days + ", '" + one.due + "', '" + one.next +
            "', 'in_progress') returning id) insert into task_taskcompletion (task_id, due_date, "
            "completed_at) select id, '" +
            one.due + "', '" + one.done + "' from made");
    }
    CHECK(on.worker({"--once"})->wait() == 0);
    CHECK(on.one("select coalesce(string_agg(concat_ws(' ', recurrence, due_date, description), "
                 "', '), '') from task_task where due_date <> description::date") == "");
    on.check("(select count(*) = 10 from task_task where status = 'pending')");
}

TEST_CASE("a series of the month's last days keeps its day beyond a shorter month", "[worker]") {
    stage on;
    struct example {
        const char *recurrence, *before, *due, *next;
    };
    const std::vector<example> examples{
        {"monthly", "2024-01-31", "2024-02-29", "2024-03-31"},
        {"monthly", "2023-01-30", "2023-02-28", "2023-03-30"},
        {"monthly", "2023-03-31", "2023-04-30", "2023-05-31"},
        {"quarterly", "2023-08-31", "2023-11-30", "2024-02-29"},
        {"annual", "2024-02-29", "2027-02-28", "2028-02-29"},
        {"monthly", "2024-01-31", "2024-02-15", "2024-03-15"},
        {"weekly", "2024-01-31", "2024-02-29", "2024-03-07"},
    };
    for (const example& one : examples) {
        on.client().execute(
            std::string{"with made as (insert into task_task (residence_id, created_by_id, title, "
                        "recurrence, due_date, description) values (1, 1, 'Last day', '"} +
            one.recurrence + "', '" + one.due + "', '" + one.next +
            "') returning id) insert into task_taskcompletion (task_id, due_date, completed_at) "
            "select id, due, due from made, (values (date '" +
            one.before + "'), (date '" + one.due + "')) d (due)");
    }
    CHECK(on.worker({"--once"})->wait() == 0);
    CHECK(on.one("select coalesce(string_agg(concat_ws(' ', recurrence, due_date, description), "
                 "', '), '') from task_task where title = 'Last day' and due_date <> "
                 "description::date") == "");
}

TEST_CASE(
    "whom a task is assigned to is told of it as early as they wish, and once more when it "
    "is overdue",
    "[worker]") {
    stage on;
    on.client().execute(
        "insert into auth_user (id, username, email, password) values "
        "(2, 'bob', 'bob@example.org', '!'); insert into residence_residence_users (residence_id, "
        "user_id) values (1, 2); insert into user_userprofile (user_id, "
        "reminder_lead_days) values (2, 9); insert into task_task (residence_id, created_by_id, "
        "assigned_to_id, title, due_date, status, completed_at, is_archived) select 1, 1, "
        "assigned, label, (now() at time zone 'UTC')::date + days, status, case status when "
        "'completed' then now() end, archived from (values (2, 'early', 9, 'pending', false), "
        "(2, 'too early', 10, 'pending', false), (null, 'by default', 3, 'in_progress', false), "
        "(null, 'not yet', 5, 'pending', false), (1, repeat('x', 200), 0, 'pending', false), (1, "
        "'done', -1, 'completed', false), (1, 'given up', -1, 'cancelled', false), (1, 'put away', "
        "-1, 'pending', true)) v (assigned, label, days, status, archived)");
    const auto told = [&] {
        CHECK(on.worker({"--once"})->wait() == 0);
        return on.one(
            "select string_agg(user_id || ' ' || left(title, 14), ', ' order by user_id, "
            "created_at, due_date) from notification_notification");
    };
    CHECK(told() == "1 Due soon: xxxx, 1 Due soon: by d, 2 Due soon: earl");
    on.client().execute("update task_task set due_date = due_date - 10 where title = 'early'");
    CHECK(told() == "1 Due soon: xxxx, 1 Due soon: by d, 2 Due soon: earl, 2 Overdue: early");
    CHECK(told() == "1 Due soon: xxxx, 1 Due soon: by d, 2 Due soon: earl, 2 Overdue: early");
}

TEST_CASE("nobody is told of a home's tasks who is not of it: the next who is, is", "[worker]") {
    stage on;
    on.client().execute(
        "insert into auth_user (id, username, email, password) select g, 'user ' || g, g || "
        "'@example.org', '!' from generate_series(2, 4) g; insert into user_userprofile (user_id, "
        "reminder_lead_days) values (2, 90), (3, 9); insert into residence_residence_users "
        "(residence_id, user_id) values (1, 3), (1, 4); insert into task_task (residence_id, "
        "created_by_id, assigned_to_id, title, due_date) select 1, made, assigned, label, (now() "
        "at time zone 'UTC')::date + days from (values (3, 2, 9, 'made'), (2, 2, 3, 'owned'), (2, "
        "null, 0, 'left'), (4, 2, 80, 'theirs no more'), (2, 4, 0, 'assigned')) v (made, "
        "assigned, days, label)");
    const auto told = [&] {
        CHECK(on.worker({"--once"})->wait() == 0);
        return on.one(
            "select string_agg(n.user_id || ' ' || t.title, ', ' order by t.title, n.user_id) from "
            "notification_notification n join task_task t on t.id = n.task_id");
    };
    CHECK(told() == "4 assigned, 1 left, 3 made, 1 owned");
    CHECK(told() == "4 assigned, 1 left, 3 made, 1 owned");
    // Who leaves has been told once; who is told instead is told once as well.
    on.client().execute("delete from residence_residence_users where user_id = 4");
    CHECK(told() == "1 assigned, 4 assigned, 1 left, 3 made, 1 owned");
    CHECK(told() == "1 assigned, 4 assigned, 1 left, 3 made, 1 owned");
}

TEST_CASE("a worker does not start on a schema that is behind, and says what to run", "[worker]") {
    stage on;
    REQUIRE_FALSE(must(migrator::open(on.database.to(), "migrations")).down().failed);
    const auto worker = on.worker({"--once"});
    CHECK(worker->wait() == 1);
    CHECK(worker->output().find("honeydue migrate up") != std::string::npos);
}
