// SPDX-License-Identifier: MIT
// The operations by libpqxx as its tutorial has them: pqxx::work for what writes, stream_to for
// many rows; reads in a nontransaction, which spares them BEGIN and COMMIT.
#include <pqxx/pqxx>

#include "libpq_link.hpp"

namespace {

using namespace honeydue::bench;

std::string conninfo() {
    std::string text;
    const auto add = [&](const char* word, const char* variable) {
        const char* const value = std::getenv(variable);
        if (value != nullptr) text.append(word).append("='").append(value).append("' ");
    };
    add("host", "DB_HOST");
    add("port", "DB_PORT");
    add("user", "POSTGRES_USER");
    add("password", "POSTGRES_PASSWORD");
    add("dbname", "POSTGRES_DB");
    add("sslmode", "DB_SSLMODE");
    add("sslrootcert", "DB_SSLROOTCERT");
    return text;
}

answer sum_of(const pqxx::result& from) {
    answer sum;
    for (const auto& row : from)
        sum += row[0].as<std::int64_t>();
    return sum;
}

template <class... Values>
answer read(pqxx::connection& on, const char* text, const Values&... values) {
    pqxx::nontransaction work{on};
    return sum_of(work.exec_params(text, values...));
}

answer insert(pqxx::connection& on) {
    pqxx::work work{on};
    work.exec_params1(query::notification, 1, "Due", "Tomorrow");
    work.commit();
    return {1, 0};
}

answer transaction(pqxx::connection& on) {
    pqxx::work work{on};
    work.exec_params1(query::completion, 2, "As always");
    work.exec_params0(query::touch, 2);
    work.commit();
    return {2, 0};
}

// "{1,2,3}" of the ids.
std::string array_of(const pqxx::result& ids) {
    std::string list = "{";
    for (const auto& row : ids)
        list.append(list.size() == 1 ? "" : ",").append(row[0].c_str());
    return list + "}";
}

answer children(pqxx::connection& on) {
    pqxx::nontransaction work{on};
    const pqxx::result homes = work.exec_params(query::homes, 20);
    return sum_of(homes) + sum_of(work.exec_params(query::tasks_of_homes, array_of(homes)));
}

answer upsert_one(pqxx::connection& on) {
    pqxx::work work{on};
    work.exec_params0(query::upsert, 1, 7, "measured again");
    work.commit();
    return {1, 0};
}

// COPY knows no conflict, so it goes by a table of the transaction's own.
answer upsert_many(pqxx::connection& on, std::int64_t count) {
    pqxx::work work{on};
    work.exec0("create temporary table given (like bench_reading) on commit drop");
    pqxx::stream_to to{work, "given", std::vector<std::string>{"id", "value", "note"}};
    for (std::int64_t id = 1; id <= count; ++id)
        to << std::make_tuple(id, id * 7, "measured again");
    to.complete();
    work.exec0(
        "insert into bench_reading select * from given "
        "on conflict (id) do update set value = excluded.value, note = excluded.note");
    work.commit();
    return {count, 0};
}

answer dashboard(pqxx::connection& on) {
    pqxx::nontransaction work{on};
    const answer profile = sum_of(work.exec_params(query::profile, 1));
    const answer tasks = sum_of(work.exec_params(query::tasks_of_owner, 1));
    return profile + tasks + sum_of(work.exec_params(query::documents_of_owner, 1));
}

answer request(pqxx::connection& on) {
    pqxx::nontransaction work{on};
    const auto user = work.exec_params1(query::token_row, query::token)[0].as<std::int64_t>();
    const answer known = sum_of(work.exec_params(query::active_user, user));
    const pqxx::result homes = work.exec_params(query::homes_of_user, user);
    return known + sum_of(work.exec_params(query::due_tasks_of_homes, array_of(homes)));
}

answer warm_up() {
    std::vector<std::unique_ptr<pqxx::connection>> all;
    for (int at = 0; at < warm_up_connections; ++at)
        all.push_back(std::make_unique<pqxx::connection>(conninfo()));
    return {warm_up_connections, 0};
}

}  // namespace

int main() {
    pqxx::connection on{conninfo()};
    serve("libpqxx " PQXX_VERSION ", " + libpq_version(),
          {
              {"one_task", [&] { return read(on, query::one_task, 1); }},
              {"insert", [&] { return insert(on); }},
              {"transaction", [&] { return transaction(on); }},
              {"children", [&] { return children(on); }},
              {"upsert_1", [&] { return upsert_one(on); }},
              {"upsert_100", [&] { return upsert_many(on, 100); }},
              {"upsert_10000", [&] { return upsert_many(on, 10'000); }},
              {"page", [&] { return read(on, query::page) + read(on, query::total); }},
              {"dashboard", [&] { return dashboard(on); }},
              {"request", [&] { return request(on); }},
              {"warm_up", warm_up},
          });
}
