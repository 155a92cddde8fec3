// SPDX-License-Identifier: MIT
// Every route, asked by somebody who has no business there.
#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_samples.hpp"

using namespace honeydue::support;

namespace {

bool is_about_rows(const api::route& one) { return one.needs_token && !is_about_tokens(one); }

/// Everything that belongs to a household, as one text.
std::string state_of(const household_rows& of) {
    plain_client client(servers().postgres.as_user());
    std::string all;
    for (const std::string& table :
         {"residence_residence where id = " + of.residence,
          "residence_residence_users where residence_id = " + of.residence,
          "task_task where residence_id = " + of.residence,
          "task_taskcompletion where task_id in (select id from task_task where residence_id = " +
              of.residence + ")",
          "contractor_contractor where created_by_id = " + of.user +
              " or residence_id = " + of.residence,
          "documents_document where residence_id = " + of.residence,
          "notification_notification where user_id = " + of.user}) {
        all += client
                   .execute(
                       "select coalesce(md5(string_agg(t::text, ';' order by t.id)), 'none') "
                       "from (select * from " +
                       table + ") t")
                   .at(0)
                   .at(0) +
               "\n";
    }
    return all;
}

bool is_removal(const api::route& one) { return one.method == "DELETE"; }

/// What reads first, then what adds and changes, then what removes, the home last.
std::vector<api::route> in_order_of_loss() {
    std::vector<api::route> all;
    std::copy_if(api::routes().begin(), api::routes().end(), std::back_inserter(all),
                 is_about_rows);
    std::stable_partition(all.begin(), all.end(), [](const auto& one) { return !is_removal(one); });
    std::stable_partition(all.begin(), all.end(),
                          [](const auto& one) { return one.method == "GET"; });
    std::stable_partition(all.begin(), all.end(), [](const auto& one) {
        return one.path != "/api/residences/{id}/" || !is_removal(one);
    });
    return all;
}

}  // namespace

TEST_CASE("nobody sees or changes what is another's, by any route; who owns it does by each",
          "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const auto both = households(2);
    REQUIRE(both.size() == 2);
    const household_rows& owner = both.at(0);
    const std::string stranger = token_of(500);
    const std::string before = state_of(owner);
    for (const api::route& one : in_order_of_loss()) {
        const sample asked = sample_of(one, owner);
        INFO(asked.line);
        const reply got = send(port, asked.line, stranger, asked.body);
        const bool names_a_row =
            one.path.find("{id}") != std::string_view::npos || asked.body.contains("residence_id");
        if (names_a_row) {
            CHECK((got.code().starts_with("unknown_") || got.code() == "wrong_code"));
        } else if (one.method == "GET") {
            CHECK(got.status == 200);
            // A newcomer, who owns nothing: every list is empty, with whatever filter.
            for (const auto& part : got.json()) {
                if (part.is_array()) CHECK(part.empty());
            }
            CHECK(send(port, asked.line + "?residence_id=" + owner.residence, stranger)
                      .body.find("\"residence_id\":" + owner.residence) == std::string::npos);
        } else {
            CHECK(got.status < 300);
        }
    }
    CHECK(state_of(owner) == before);
    for (const api::route& one : in_order_of_loss()) {
        const sample asked = sample_of(one, owner);
        INFO(asked.line);
        const reply got = send(port, asked.line, owner.token, asked.body);
        INFO(got.body);
        const bool is_of_guests = one.path.ends_with("/join/") || one.path.ends_with("/leave/");
        CHECK(is_of_guests != (got.status < 300));
    }
    CHECK(state_of(owner) != before);
}

TEST_CASE("what a row names must be its writer's to name", "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const auto both = households(3);
    const household_rows& mine = both.at(1);
    const household_rows& other = both.at(2);
    using nlohmann::json;
    const auto number = [](const std::string& id) { return std::stoll(id); };
    const auto refused = [&](const std::string& line, const json& body) {
        return send(port, line, mine.token, body).code();
    };
    for (const char* name : {"contractor_id", "assigned_to_id"}) {
        const auto id =
            number(name == std::string("contractor_id") ? other.contractor : other.user);
        CHECK(refused("PATCH /api/tasks/" + mine.task + "/", {{name, id}}) == "unknown_reference");
        CHECK(refused("POST /api/tasks/",
                      {{"residence_id", number(mine.residence)}, {"title", "a"}, {name, id}}) ==
              "unknown_reference");
    }
    CHECK(refused("POST /api/tasks/" + mine.task + "/completions/",
                  {{"contractor_id", number(other.contractor)}}) == "unknown_reference");
    for (const auto& [name, id] :
         {std::pair{"task_id", other.task}, std::pair{"contractor_id", other.contractor}}) {
        CHECK(refused("PATCH /api/documents/" + mine.document + "/", {{name, number(id)}}) ==
              "unknown_reference");
    }
    CHECK(refused("PATCH /api/contractors/" + mine.contractor + "/",
                  {{"residence_id", number(other.residence)}}) == "unknown_reference");
    CHECK(send(port, "PATCH /api/tasks/" + mine.task + "/", mine.token,
               {{"contractor_id", number(mine.contractor)}, {"assigned_to_id", number(mine.user)}})
              .status == 200);
}
