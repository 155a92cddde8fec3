// SPDX-License-Identifier: MIT
// The operations by libpq as an expert writes them by hand: pipeline mode, one Sync, nothing that
// waits for another answer, many rows as arrays.
#include "libpq_link.hpp"

namespace {

using namespace honeydue::bench;

struct asked {
    const char* text;
    values given{};
};

// One sync group; the sum of what all of it answers.
answer together(PGconn* on, const std::vector<asked>& group) {
    for (const asked& one : group) {
        if (PQsendQueryParams(on, one.text, static_cast<int>(one.given.size()), nullptr,
                              pointers(one.given).data(), nullptr, nullptr, 0) != 1)
            throw std::runtime_error(PQerrorMessage(on));
    }
    if (PQpipelineSync(on) != 1) throw std::runtime_error(PQerrorMessage(on));
    answer sum;
    for (;;) {
        received got{PQgetResult(on)};
        if (!got) continue;  // between the answers of two statements
        if (PQresultStatus(got.get()) == PGRES_PIPELINE_SYNC) return sum;
        sum = sum + sum_of(checked(on, got.release()).get());
    }
}

answer insert(PGconn* on) {
    together(on, {{query::notification, {"1", "Due", "Tomorrow"}}});
    return {1, 0};
}

answer transaction(PGconn* on) {
    together(
        on,
        {{"begin"}, {query::completion, {"2", "As always"}}, {query::touch, {"2"}}, {"commit"}});
    return {2, 0};
}

answer upsert(PGconn* on, std::int64_t count) {
    std::string ids = "{", amounts = "{", notes = "{";
    for (std::int64_t id = 1; id <= count; ++id) {
        const char* const comma = id == 1 ? "" : ",";
        ids.append(comma).append(std::to_string(id));
        amounts.append(comma).append(std::to_string(id * 7));
        notes.append(comma).append("measured again");
    }
    together(on, {{query::upsert_many, {ids + "}", amounts + "}", notes + "}"}}});
    return {count, 0};
}

}  // namespace

int main() {
    const libpq_connection own = opened();
    PGconn* const on = own.get();
    if (PQenterPipelineMode(on) != 1) return EXIT_FAILURE;
    const auto group = [on](const std::vector<asked>& all) {
        return [=] { return together(on, all); };
    };
    serve(libpq_version(),
          {
              {"one_task", group({{query::one_task, {"1"}}})},
              {"insert", [on] { return insert(on); }},
              {"transaction", [on] { return transaction(on); }},
              {"children", group({{query::homes, {"20"}}, {query::tasks_of_first_homes, {"20"}}})},
              {"upsert_1", [on] { return upsert(on, 1); }},
              {"upsert_100", [on] { return upsert(on, 100); }},
              {"upsert_10000", [on] { return upsert(on, 10'000); }},
              {"page", group({{query::page}, {query::total}})},
              {"dashboard", group({{query::profile, {"1"}},
                                   {query::tasks_of_owner, {"1"}},
                                   {query::documents_of_owner, {"1"}}})},
              {"request", group({{query::user_of_token, {query::token}},
                                 {query::due_tasks_of_token, {query::token}}})},
              {"warm_up", warm_up_one_after_another},
          });
}
