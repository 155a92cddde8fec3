// SPDX-License-Identifier: MIT
// The tasks of a token as they are asked for today: token, user, residences, tasks, each after the
// answer of the one before. libpq alone, on one warm connection.
#pragma once

#include "plain_client.hpp"

#include <libpq-fe.h>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace honeydue::demo {

class one_at_a_time {
public:
    // Errors: server_error.
    explicit one_at_a_time(const support::connection_parameters& to) {
        std::vector<const char*> words;
        std::vector<const char*> values;
        for (const auto& [word, value] : to) {
            words.push_back(word.c_str());
            values.push_back(value.c_str());
        }
        words.push_back(nullptr);
        values.push_back(nullptr);
        connection_.reset(PQconnectdbParams(words.data(), values.data(), 0));
        if (PQstatus(connection_.get()) != CONNECTION_OK) complain();
    }

    // The keys of the first fifty tasks. Errors: server_error.
    std::vector<std::int64_t> tasks_of(const std::string& token) {
        const auto tokens =
            ask("select key, user_id, created from authtoken_token where key = $1", {token});
        const std::string user = PQgetvalue(tokens.get(), 0, 1);
        ask("select * from auth_user where id = $1 and is_active", {user});
        const auto residences =
            ask("select id from residence_residence where owner_id = $1 union "
                "select residence_id from residence_residence_users where user_id = $1",
                {user});
        std::string list;
        for (const std::int64_t key : keys_in(residences.get()))
            list += (list.empty() ? "" : ", ") + std::to_string(key);
        const auto tasks = ask("select * from task_task where residence_id in (" + list +
                                   ") order by due_date nulls last, id limit 50",
                               {});
        return keys_in(tasks.get());
    }

private:
    struct closing {
        void operator()(PGconn* connection) const { PQfinish(connection); }
        void operator()(PGresult* answer) const { PQclear(answer); }
    };
    using answer = std::unique_ptr<PGresult, closing>;

    [[noreturn]] void complain() const {
        throw support::server_error(std::string("one at a time: ") +
                                    PQerrorMessage(connection_.get()));
    }

    answer ask(const std::string& text, const std::vector<std::string>& parameters) {
        std::vector<const char*> values;
        for (const auto& parameter : parameters)
            values.push_back(parameter.c_str());
        answer got(PQexecParams(connection_.get(), text.c_str(), static_cast<int>(values.size()),
                                nullptr, values.data(), nullptr, nullptr, 0));
        if (PQresultStatus(got.get()) != PGRES_TUPLES_OK || PQntuples(got.get()) == 0) complain();
        return got;
    }

    static std::vector<std::int64_t> keys_in(const PGresult* rows) {
        std::vector<std::int64_t> keys;
        for (int row = 0; row < PQntuples(rows); ++row)
            keys.push_back(std::stoll(PQgetvalue(rows, row, 0)));
        return keys;
    }

    std::unique_ptr<PGconn, closing> connection_;
};

}  // namespace honeydue::demo
