// SPDX-License-Identifier: MIT
// One set of servers for a whole test program.
#include "test_environment.hpp"

#include <cstdlib>

namespace honeydue::support {

namespace {

std::string variable_or(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr || *value == '\0' ? otherwise : value;
}

std::string value_or(const connection_parameters& parameters, const char* name,
                     const char* otherwise) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? otherwise : found->second;
}

}  // namespace

environment_variables variables_for(const connection_parameters& parameters) {
    environment_variables variables{
        {"DB_HOST", value_or(parameters, "host", "localhost")},
        {"DB_PORT", value_or(parameters, "port", "5432")},
        {"POSTGRES_USER", value_or(parameters, "user", "")},
        {"POSTGRES_PASSWORD", value_or(parameters, "password", "")},
        {"POSTGRES_DB", value_or(parameters, "dbname", "")},
        {"DB_SSLMODE", value_or(parameters, "sslmode", "prefer")},
    };
    const auto trusted = parameters.find("sslrootcert");
    if (trusted != parameters.end()) variables["DB_SSLROOTCERT"] = trusted->second;
    return variables;
}

connection_parameters by_port(connection_parameters parameters, std::uint16_t port) {
    parameters["port"] = std::to_string(port);
    return parameters;
}

test_row row_named(std::string_view name) {
    if (name == "direct") return test_row::direct;
    if (name == "pooled") return test_row::pooled;
    throw server_error("row \"" + std::string(name) + "\" is unknown: say direct or pooled");
}

pgbouncer_kind pgbouncer_named(std::string_view name) {
    if (name == "packaged") return pgbouncer_kind::packaged;
    if (name == "tracking") return pgbouncer_kind::tracking;
    throw server_error("pgbouncer \"" + std::string(name) +
                       "\" is unknown: say packaged or tracking");
}

test_environment& test_environment::shared() {
    static test_environment environment;
    return environment;
}

test_environment::test_environment()
    : row_(row_named(variable_or("HONEYDUE_TEST_ROW", "direct"))),
      kind_(pgbouncer_named(variable_or("HONEYDUE_TEST_PGBOUNCER", "packaged"))),
      url_(variable_or("HONEYDUE_TEST_DATABASE_URL", "")) {}

postgres_server& test_environment::postgres() {
    const std::lock_guard lock(mutex_);
    if (!postgres_) postgres_ = std::make_unique<postgres_server>();
    return *postgres_;
}

pgbouncer_server& test_environment::pgbouncer(pgbouncer_kind kind) {
    const std::lock_guard lock(mutex_);
    auto& server = pgbouncers_[kind];
    if (!server) {
        server = std::make_unique<pgbouncer_server>(postgres(), pgbouncer_options{.kind = kind});
    }
    return *server;
}

connection_parameters test_environment::direct() {
    return url_.empty() ? postgres().as_user() : parse_connection_string(url_);
}

connection_parameters test_environment::pooled(pgbouncer_kind kind) {
    return pgbouncer(kind).as_user();
}

connection_parameters test_environment::parameters() {
    return row_ == test_row::direct ? direct() : pooled();
}

std::uint16_t test_environment::port() {
    return static_cast<std::uint16_t>(std::stoi(variables().at("DB_PORT")));
}

std::string test_environment::description() {
    plain_client client(parameters());
    const auto version = client.execute("show server_version").front().front();
    std::string line = row_ == test_row::direct ? "row direct: " : "row pooled: ";
    if (row_ == test_row::pooled) line += pgbouncer(kind_).version() + " in front of ";
    line += "PostgreSQL " + version;
    if (row_ == test_row::direct && !url_.empty()) line += " (HONEYDUE_TEST_DATABASE_URL)";
    return line;
}

}  // namespace honeydue::support
