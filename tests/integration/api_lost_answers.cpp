// SPDX-License-Identifier: MIT
// Writes whose answer is lost on its way from the database, and what their clients are told.
#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_homes.hpp"
#include "pool_setting.hpp"

using namespace honeydue::support;
using namespace std::chrono_literals;
using honeydue::demo::demo_token;
using nlohmann::json;

namespace {

/// Whose answer is cut off behind its first byte: what was asked for has been done by then.
reply sent_in_vain(std::uint16_t port, const std::string& line, const json& body = {}) {
    auto& wire = servers().wire;
    honeydue::demo::wait_until_quiet(wire, honeydue::demo::lull);
    wire.inject(
        {.fault = wire_fault::reset, .direction = wire_direction::to_client, .after_bytes = 1});
    return send(port, line, demo_token, body);
}

bool logs_an_error(const std::string& log, const std::string& request) {
    const auto at = log.find("\"request_id\":\"" + request);
    return at != std::string::npos &&
           log.substr(at, log.find('\n', at) - at).find("\"error\"") != std::string::npos;
}

std::string count(const std::string& rows) {
    return plain_client(servers().postgres.as_user())
        .execute("select count(*) from " + rows)
        .at(0)
        .at(0);
}

}  // namespace

TEST_CASE("who is not told whether something was made is told that, and not to try again",
          "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const home cabin = made_by(port, demo_token);
    const std::string id = std::to_string(cabin.id);
    const json task{{"residence_id", cabin.id}, {"title", "Once"}, {"due_date", "2026-06-01"}};
    const auto chore = send(port, "POST /api/tasks/", demo_token, task).json().at("id").dump();
    struct example {
        std::string path;
        json body;
        std::string rows;
    };
    const std::vector<example> all{
        {"/api/residences/", {{"name", "Lost"}}, "residence_residence where name = 'Lost'"},
        {"/api/contractors/",
         {{"residence_id", cabin.id}, {"name", "Lost"}},
         "contractor_contractor where residence_id = " + id},
        {"/api/documents/",
         {{"residence_id", cabin.id},
          {"title", "Lost"},
          {"file_name", "lost.pdf"},
          {"mime_type", "application/pdf"},
          {"size_bytes", 1}},
         "documents_document where residence_id = " + id},
        {"/api/tasks/",
         {{"residence_id", cabin.id}, {"title", "Lost"}},
         "task_task where title = 'Lost' and residence_id = " + id},
        {"/api/tasks/" + chore + "/completions/",
         {{"due_date", "2026-06-01"}},
         "task_taskcompletion where task_id = " + chore}};
    for (const example& one : all) {
        INFO(one.path);
        REQUIRE(count(one.rows) == "0");
        const reply got = sent_in_vain(port, "POST " + one.path, one.body);
        INFO(got.body);
        CHECK(got.status == 504);
        CHECK(got.code() == "outcome_unknown");
        CHECK(got.field("Retry-After").empty());
        CHECK(count(one.rows) == "1");
        CHECK(comes_true([&] { return logs_an_error(api.output(), got.field("X-Request-Id")); }));
    }
    // What may be done again, one is told to.
    const reply changed = sent_in_vain(port, "PATCH /api/tasks/" + chore + "/", {{"title", "Two"}});
    CHECK(changed.code() == "database_unavailable");
    CHECK(changed.field("Retry-After") == "1");
    CHECK(count("task_task where title = 'Two' and id = " + chore) == "1");
    // As the document says: with its date, an occurrence is not completed twice.
    CHECK(send(api_process(variables()).port(), "POST /api/tasks/" + chore + "/completions/",
               demo_token, {{"due_date", "2026-06-01"}})
              .code() == "already_completed");
    plain_client(servers().postgres.as_user())
        .execute("delete from residence_residence where name = 'Lost' or id = " + id);
}
