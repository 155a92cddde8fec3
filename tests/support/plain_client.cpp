// SPDX-License-Identifier: MIT
// libpq and nothing else: how the test servers are set up and asked, without the library under
// test.
#include "plain_client.hpp"

#include <libpq-fe.h>

namespace honeydue::support {

namespace {

using owned_result = std::unique_ptr<PGresult, decltype(&PQclear)>;

std::string one_line(std::string text) {
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    for (auto& c : text) {
        if (c == '\n') c = ' ';
    }
    return text;
}

bool is_failure(const PGresult* result) {
    const auto status = PQresultStatus(result);
    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY;
}

std::vector<text_row> rows_of(const PGresult* result) {
    std::vector<text_row> rows(static_cast<std::size_t>(PQntuples(result)));
    for (int row = 0; row < PQntuples(result); ++row) {
        for (int field = 0; field < PQnfields(result); ++field) {
            rows[static_cast<std::size_t>(row)].emplace_back(PQgetvalue(result, row, field));
        }
    }
    return rows;
}

}  // namespace

struct plain_client::state {
    PGconn* connection = nullptr;
    ~state() { PQfinish(connection); }

    [[noreturn]] void fail(const std::string& doing) const {
        throw server_error(doing + ": " + one_line(PQerrorMessage(connection)));
    }
};

plain_client::plain_client(const connection_parameters& parameters)
    : state_(std::make_unique<state>()) {
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : parameters) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    state_->connection = PQconnectdbParams(names.data(), values.data(), 0);
    if (PQstatus(state_->connection) != CONNECTION_OK) state_->fail("cannot connect");
    PQsetNoticeProcessor(
        state_->connection, [](void*, const char*) {}, nullptr);
}

plain_client::~plain_client() = default;

std::vector<text_row> plain_client::execute(std::string_view sql) {
    const std::string text(sql);
    const owned_result result(PQexec(state_->connection, text.c_str()), PQclear);
    if (is_failure(result.get())) state_->fail("statement failed");
    return rows_of(result.get());
}

int plain_client::execute_as_group(const std::vector<std::string>& statements) {
    auto* connection = state_->connection;
    if (PQenterPipelineMode(connection) != 1) state_->fail("no pipeline mode");
    for (const auto& text : statements) {
        if (PQsendQueryParams(connection, text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1) !=
            1) {
            state_->fail("statement not sent");
        }
    }
    if (PQpipelineSync(connection) != 1) state_->fail("group not sent");
    int succeeded = 0;
    for (auto status = PGRES_EMPTY_QUERY; status != PGRES_PIPELINE_SYNC;) {
        const owned_result result(PQgetResult(connection), PQclear);
        if (PQstatus(connection) == CONNECTION_BAD) state_->fail("group not answered");
        if (!result) continue;
        status = PQresultStatus(result.get());
        if (status != PGRES_PIPELINE_SYNC && !is_failure(result.get())) ++succeeded;
    }
    PQexitPipelineMode(connection);
    return succeeded;
}

std::string plain_client::quote_literal(std::string_view text) const {
    char* quoted = PQescapeLiteral(state_->connection, text.data(), text.size());
    if (quoted == nullptr) state_->fail("text cannot be quoted");
    std::string copy(quoted);
    PQfreemem(quoted);
    return copy;
}

int plain_client::server_version() const { return PQserverVersion(state_->connection); }

connection_parameters parse_connection_string(const std::string& text) {
    char* message = nullptr;
    auto* options = PQconninfoParse(text.c_str(), &message);
    if (options == nullptr) {
        const std::string why = message == nullptr ? "out of memory" : message;
        PQfreemem(message);
        throw server_error("connection string cannot be read: " + one_line(why));
    }
    connection_parameters parameters;
    for (auto* option = options; option->keyword != nullptr; ++option) {
        if (option->val != nullptr) parameters[option->keyword] = option->val;
    }
    PQconninfoFree(options);
    return parameters;
}

}  // namespace honeydue::support
