// SPDX-License-Identifier: MIT
// What becomes of tasks, contractors, documents and notifications through the API.
#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_samples.hpp"

using namespace honeydue::support;
using nlohmann::json;

namespace {

std::string only_value(const std::string& sql) {
    return plain_client(servers().postgres.as_user()).execute(sql).at(0).at(0);
}

struct client {
    std::uint16_t port;
    household_rows mine = households(5).at(4);

    reply ask(const std::string& line, const json& body = {},
              const std::string& fields = "") const {
        return send(port, line, mine.token, body, fields);
    }
    json made(const std::string& path, json body) const {
        body["residence_id"] = std::stoll(mine.residence);
        const reply got = ask("POST " + path, body);
        INFO(got.body);
        REQUIRE(got.status == 201);
        CHECK(got.field("Location") == path + got.json().at("id").dump() + "/");
        return got.json();
    }
};

std::string row_path(const std::string& list, const json& row) {
    return list + row.at("id").dump() + "/";
}

}  // namespace

TEST_CASE("a task that is completed says when, and one that is opened again does not", "[api]") {
    api_process api(variables());
    const client user{api.port()};
    const json made = user.made("/api/tasks/", {{"title", "Paint"}, {"estimated_cost", "12.50"}});
    CHECK(made.at("status") == "pending");
    CHECK(made.at("category") == "general");
    CHECK(made.at("estimated_cost") == "12.50");
    const std::string path = row_path("/api/tasks/", made);
    const json same = user.ask("GET " + path).json();
    CHECK(same == made);
    const json done = user.ask("PATCH " + path, {{"status", "completed"}}).json();
    CHECK_FALSE(done.at("completed_at").is_null());
    CHECK(done.at("title") == "Paint");
    const json open =
        user.ask("PATCH " + path, {{"status", "pending"}, {"description", "b"}}).json();
    CHECK(open.at("completed_at").is_null());
    CHECK(open.at("description") == "b");
    CHECK(user.ask("PATCH " + path, {{"recurrence", "custom"}}).code() == "contradiction");
    CHECK(user.ask("PATCH " + path, {{"recurrence", "weekly"}}).code() == "contradiction");
    CHECK(user.ask("DELETE " + path).status == 200);
    CHECK(user.ask("GET " + path).code() == "unknown_task");
    CHECK(user.ask("DELETE " + path).code() == "unknown_task");
}

TEST_CASE("who completes a task records the date it was due; a task that does not recur is closed",
          "[api]") {
    api_process api(variables());
    const client user{api.port()};
    const json once = user.made("/api/tasks/", {{"title", "Paint"}, {"due_date", "2026-06-01"}});
    const json weekly = user.made(
        "/api/tasks/", {{"title", "Mow"}, {"due_date", "2026-06-01"}, {"recurrence", "weekly"}});
    for (const json& one : {once, weekly}) {
        const std::string path = row_path("/api/tasks/", one);
        CHECK(user.ask("POST " + path + "completions/", {{"due_date", "2026-05-25"}}).code() ==
              "already_completed");
        const reply done = user.ask("POST " + path + "completions/", {{"actual_cost", "7.00"}});
        CHECK(done.status == 201);
        CHECK(done.json().at("due_date") == "2026-06-01");
        CHECK(done.json().at("completed_by_id") == std::stoll(user.mine.user));
        CHECK(user.ask("POST " + path + "completions/").code() == "already_completed");
        const json now = user.ask("GET " + path).json();
        CHECK((now.at("status") == "completed") == (one == once));
    }
    // What the worker makes of it.
    child_program worker("honeydue-worker", variables(), {"--once"});
    CHECK(worker.wait() == 0);
    const std::string path = row_path("/api/tasks/", weekly);
    CHECK(user.ask("GET " + path).json().at("due_date") != "2026-06-01");
    CHECK(user.ask("POST " + path + "completions/", {{"due_date", "2026-06-01"}}).code() ==
          "already_completed");
}

TEST_CASE("an occurrence that many complete at once is completed once", "[api]") {
    api_process api(variables());
    const client user{api.port()};
    for (const char* recurrence : {"once", "weekly"}) {
        const json task =
            user.made("/api/tasks/",
                      {{"title", "Mow"}, {"due_date", "2026-06-01"}, {"recurrence", recurrence}});
        const std::string line = "POST " + row_path("/api/tasks/", task) + "completions/";
        std::atomic<int> made = 0;
        std::atomic<int> refused = 0;
        std::vector<std::thread> all;
        for (int i = 0; i < 12; ++i) {
            all.emplace_back([&] {
                const reply got = user.ask(line);
                if (got.status == 201) ++made;
                if (got.code() == "already_completed") ++refused;
            });
        }
        for (auto& one : all)
            one.join();
        CHECK(made == 1);
        CHECK(refused == 11);
        CHECK(only_value("select count(*) from task_taskcompletion where task_id = " +
                         task.at("id").dump()) == "1");
    }
}

TEST_CASE("what two change at once in one row is both changed", "[api]") {
    api_process api(variables());
    const client user{api.port()};
    const json task = user.made("/api/tasks/", {{"title", "Mow"}});
    const std::string line = "PATCH " + row_path("/api/tasks/", task);
    const json changes[] = {{{"title", "Mow the lawn"}},
                            {{"description", "Back and front"}},
                            {{"priority", "high"}},
                            {{"due_date", "2026-06-01"}}};
    std::vector<std::thread> all;
    std::atomic<int> right = 0;
    for (const json& change : changes)
        all.emplace_back([&] { right += user.ask(line, change).status == 200 ? 1 : 0; });
    for (auto& one : all)
        one.join();
    CHECK(right == 4);
    const json now = user.ask("GET " + row_path("/api/tasks/", task)).json();
    for (const json& change : changes) {
        for (const auto& [name, value] : change.items())
            CHECK(now.at(name) == value);
    }
}

TEST_CASE("filters and pages give what SQL by hand finds, page by page", "[api]") {
    api_process api(variables());
    const client user{api.port()};
    const std::string& id = user.mine.user;
    const std::string seen = " (r.owner_id = " + id +
                             " or exists (select from residence_residence_users s where "
                             "s.residence_id = r.id and s.user_id = " +
                             id + "))";
    struct list {
        const char* name;
        std::string query;
        std::string sql;
    };
    const std::vector<list> all{
        {"tasks", "status=pending&due_from=2026-05-01&due_to=2026-07-31",
         "select t.id from task_task t join residence_residence r on r.id = t.residence_id where" +
             seen +
             " and t.status = 'pending' and t.due_date between '2026-05-01' and "
             "'2026-07-31' order by t.due_date, t.id"},
        {"tasks", "residence_id=" + user.mine.residence + "&is_archived=false",
         "select id from task_task where residence_id = " + user.mine.residence +
             " and not is_archived order by due_date nulls last, id"},
        {"contractors", "is_active=true",
         "select k.id from contractor_contractor k where is_active and (k.residence_id is null and "
         "created_by_id = " +
             id + " or exists (select from residence_residence r where r.id = k.residence_id and" +
             seen + ")) order by name, id"},
        {"documents", "kind=receipt",
         "select d.id from documents_document d join residence_residence r on r.id = "
         "d.residence_id where" +
             seen +
             " and d.kind = 'receipt' order by d.created_at desc, "
             "d.id desc"},
        {"notifications", "is_read=false",
         "select id from notification_notification where read_at is null and user_id = " + id +
             " order by created_at desc, id desc"}};
    for (const list& one : all) {
        INFO(one.name << " " << one.query);
        std::vector<std::int64_t> expected;
        for (const auto& row : plain_client(servers().postgres.as_user()).execute(one.sql))
            expected.push_back(std::stoll(row.at(0)));
        CHECK_FALSE(expected.empty());
        std::vector<std::int64_t> found;
        const std::string start = std::string("GET /api/") + one.name + "/?limit=2&" + one.query;
        for (std::string line = start; !line.empty();) {
            const reply got = user.ask(line);
            REQUIRE(got.status == 200);
            for (const auto key : got.keys(one.name))
                found.push_back(key);
            const json next = got.json().at("next");
            line = next.is_null() ? "" : start + "&cursor=" + next.get<std::string>();
        }
        CHECK(found == expected);
        CHECK(user.ask(start + "&cursor=x").code() == "invalid_cursor");
    }
}

TEST_CASE("who has a list already is told so, until it changes", "[api]") {
    api_process api(variables());
    const client user{api.port()};
    const std::string line = "GET /api/contractors/";
    const reply first = user.ask(line);
    const std::string tag = first.field("ETag");
    REQUIRE(tag.size() == 36);
    const std::string opaque = tag.substr(2);
    CHECK(first.field("Cache-Control") == "private, no-cache");
    for (const std::string& has : {tag, opaque, "\"a\", " + tag, std::string{"*"}}) {
        const reply again = user.ask(line, {}, "If-None-Match: " + has + "\r\n");
        INFO(has);
        CHECK(again.status == 304);
        CHECK(again.body.empty());
        CHECK(again.field("ETag") == tag);
        CHECK(again.field("Content-Length").empty());
        CHECK(again.field("Vary") == first.field("Vary"));
    }
    for (const char* other : {"\"a\"", "", "a, b", ",,"}) {
        CHECK(user.ask(line, {}, std::string("If-None-Match: ") + other + "\r\n").status == 200);
    }
    user.made("/api/contractors/", {{"name", "Ada"}});
    const reply changed = user.ask(line, {}, "If-None-Match: " + tag + "\r\n");
    CHECK(changed.status == 200);
    CHECK(changed.field("ETag") != tag);
    // Not what is refused, nor what has no token.
    CHECK(user.ask("GET /api/contractors/?limit=0").field("ETag").empty());
    CHECK(request(api.port(), "GET /api/health/", "").field("Cache-Control") == "no-store");
}

TEST_CASE("residences are summed up as SQL by hand finds them", "[api]") {
    api_process api(variables());
    const client user{api.port()};
    const json page = user.ask("GET /api/residences/summary/").json();
    REQUIRE_FALSE(page.at("residences").empty());
    const std::string open =
        "select count(*) from task_task where completed_at is null and status <> 'cancelled' and "
        "not is_archived and residence_id = ";
    for (const json& one : page.at("residences")) {
        const std::string id = one.at("id").dump();
        const auto same = [&](const char* name, const std::string& sql) {
            INFO(name);
            CHECK(one.at(name).dump() == only_value(sql));
        };
        const std::string today = "(now() at time zone 'UTC')::date";
        same("open_tasks", open + id);
        same("overdue_tasks", open + id + " and due_date < " + today);
        same("due_soon_tasks",
             open + id + " and due_date between " + today + " and " + today + " + 7");
        same("completed_tasks",
             "select count(*) from task_task where status = 'completed' and residence_id = " + id);
        same("contractors",
             "select count(*) from contractor_contractor where residence_id = " + id);
        same("documents", "select count(*) from documents_document where residence_id = " + id);
    }
}

TEST_CASE("a notification stays read since when it was, and all are read at once", "[api]") {
    api_process api(variables());
    const client user{api.port()};
    const std::string line = "POST /api/notifications/" + user.mine.notification + "/read/";
    const json first = user.ask(line).json();
    CHECK_FALSE(first.at("read_at").is_null());
    CHECK(user.ask(line).json() == first);
    const auto unread = user.ask("GET /api/notifications/?is_read=false&limit=500").json();
    const reply all = user.ask("POST /api/notifications/read/");
    CHECK(all.json().at("read") == unread.at("count"));
    CHECK(user.ask("POST /api/notifications/read/").json().at("read") == 0);
}

TEST_CASE("a document's bytes go where the API says, and to nobody else's place", "[api]") {
    api_process api(variables());
    const client user{api.port()};
    const json file{{"title", "Bill"},
                    {"file_name", "bill.pdf"},
                    {"mime_type", "application/pdf"},
                    {"size_bytes", 3}};
    const json first = user.made("/api/documents/", file);
    const json second = user.made("/api/documents/", file);
    CHECK(first.at("storage_key") != second.at("storage_key"));
    CHECK(first.at("storage_key")
              .get<std::string>()
              .starts_with("residences/" + user.mine.residence + "/"));
    json chosen = file;
    chosen["storage_key"] = first.at("storage_key");
    chosen["residence_id"] = std::stoll(user.mine.residence);
    CHECK(user.ask("POST /api/documents/", chosen).code() == "invalid_document");
    const std::string path = row_path("/api/documents/", first);
    CHECK(user.ask("PATCH " + path, {{"storage_key", "a"}}).code() == "invalid_document");
    CHECK(user.ask("PATCH " + path, {{"issued_on", "2026-06-02"}, {"expires_on", "2026-06-01"}})
              .code() == "contradiction");
}
