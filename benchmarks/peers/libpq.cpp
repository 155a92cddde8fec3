// SPDX-License-Identifier: MIT
// The operations by libpq as its manual begins: PQexecParams, a statement at a time, the tasks of a
// residence where the residence is at hand.
#include "libpq_link.hpp"

namespace {

using namespace honeydue::bench;

answer transaction(PGconn* on) {
    ask(on, "begin");
    ask(on, query::completion, {"2", "As always"});
    ask(on, query::touch, {"2"});
    ask(on, "commit");
    return {2, 0};
}

answer children(PGconn* on) {
    const received homes = ask(on, query::homes, {"20"});
    answer sum = sum_of(homes.get());
    for (int row = 0; row < PQntuples(homes.get()); ++row)
        sum = sum + sum_of(ask(on, query::tasks_of_home, {PQgetvalue(homes.get(), row, 0)}).get());
    return sum;
}

answer upsert(PGconn* on, std::int64_t count) {
    if (count > 1) ask(on, "begin");
    for (std::int64_t id = 1; id <= count; ++id)
        ask(on, query::upsert, {std::to_string(id), std::to_string(id * 7), "measured again"});
    if (count > 1) ask(on, "commit");
    return {count, 0};
}

answer page(PGconn* on) {
    const answer tasks = sum_of(ask(on, query::page).get());
    return tasks + sum_of(ask(on, query::total).get());
}

answer dashboard(PGconn* on) {
    const answer profile = sum_of(ask(on, query::profile, {"1"}).get());
    const answer tasks = sum_of(ask(on, query::tasks_of_owner, {"1"}).get());
    return profile + tasks + sum_of(ask(on, query::documents_of_owner, {"1"}).get());
}

answer request(PGconn* on) {
    const std::string user = PQgetvalue(ask(on, query::token_row, {query::token}).get(), 0, 0);
    const answer known = sum_of(ask(on, query::active_user, {user}).get());
    const received homes = ask(on, query::homes_of_user, {user});
    std::string list = "{";
    for (int row = 0; row < PQntuples(homes.get()); ++row)
        list.append(row == 0 ? "" : ",").append(PQgetvalue(homes.get(), row, 0));
    return known + sum_of(ask(on, query::due_tasks_of_homes, {list + "}"}).get());
}

}  // namespace

int main() {
    const libpq_connection own = opened();
    PGconn* const on = own.get();
    const auto one = [on](const char* text, const values& given) {
        return [=] { return sum_of(ask(on, text, given).get()); };
    };
    serve(libpq_version(), {
                               {"one_task", one(query::one_task, {"1"})},
                               {"insert",
                                [on] {
                                    ask(on, query::notification, {"1", "Due", "Tomorrow"});
                                    return answer{1, 0};
                                }},
                               {"transaction", [on] { return transaction(on); }},
                               {"children", [on] { return children(on); }},
                               {"upsert_1", [on] { return upsert(on, 1); }},
                               {"upsert_100", [on] { return upsert(on, 100); }},
                               {"page", [on] { return page(on); }},
                               {"dashboard", [on] { return dashboard(on); }},
                               {"request", [on] { return request(on); }},
                               {"warm_up", warm_up_one_after_another},
                           });
}
