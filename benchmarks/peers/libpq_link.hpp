// SPDX-License-Identifier: MIT
// What the peers on bare libpq share: a connection of the environment's, and results that are
// freed.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "peer.hpp"
#include "queries.hpp"

namespace honeydue::bench {

struct libpq_closing {
    void operator()(PGconn* connection) const { PQfinish(connection); }
    void operator()(PGresult* result) const { PQclear(result); }
};
using libpq_connection = std::unique_ptr<PGconn, libpq_closing>;
using received = std::unique_ptr<PGresult, libpq_closing>;

inline std::string libpq_version() {
    return "libpq " + std::to_string(PQlibVersion() / 10000) + "." +
           std::to_string(PQlibVersion() % 10000);
}

inline libpq_connection opened() {
    constexpr std::array words{
        "host",   "port",    "user",        "password",
        "dbname", "sslmode", "sslrootcert", static_cast<const char*>(nullptr)};
    constexpr std::array variables{"DB_HOST",           "DB_PORT",     "POSTGRES_USER",
                                   "POSTGRES_PASSWORD", "POSTGRES_DB", "DB_SSLMODE",
                                   "DB_SSLROOTCERT"};
    std::array<const char*, words.size()> values{};
    for (std::size_t at = 0; at < variables.size(); ++at)
        values[at] = std::getenv(variables[at]);
    libpq_connection made{PQconnectdbParams(words.data(), values.data(), 0)};
    if (PQstatus(made.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(made.get()));
    return made;
}

inline received checked(PGconn* from, PGresult* result) {
    received got{result};
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw std::runtime_error(PQerrorMessage(from));
    return got;
}

using values = std::vector<std::string>;

inline std::vector<const char*> pointers(const values& given) {
    std::vector<const char*> all;
    for (const std::string& one : given)
        all.push_back(one.c_str());
    return all;
}

// Text both ways, as the manual's examples have it.
inline received ask(PGconn* on, const char* text, const values& given = {}) {
    return checked(on, PQexecParams(on, text, static_cast<int>(given.size()), nullptr,
                                    pointers(given).data(), nullptr, nullptr, 0));
}

inline std::int64_t id_at(const PGresult* from, int row) {
    return std::atoll(PQgetvalue(from, row, 0));
}

// The ids in the first column.
inline answer sum_of(const PGresult* from) {
    answer sum;
    for (int row = 0; row < PQntuples(from); ++row)
        sum += id_at(from, row);
    return sum;
}

inline answer operator+(answer left, const answer& right) {
    left.rows += right.rows;
    left.sum += right.sum;
    return left;
}

inline answer warm_up_one_after_another() {
    std::vector<libpq_connection> all;
    for (int at = 0; at < warm_up_connections; ++at)
        all.push_back(opened());
    return {warm_up_connections, 0};
}

}  // namespace honeydue::bench
