// SPDX-License-Identifier: MIT
// A private PostgreSQL: temporary directory, free loopback port, SCRAM-SHA-256, TLS, and a
// database named honeyDue whose capital letter is kept.
#include "postgres_server.hpp"

#include "loopback.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

namespace honeydue::support {

namespace fs = std::filesystem;

namespace {

constexpr auto start_limit = std::chrono::seconds(30);
constexpr int port_attempts = 5;

// The pooler comes by the Unix socket; everybody else must speak TLS.
constexpr std::string_view access_rules = R"(local   all all           scram-sha-256
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl all all ::1/128      scram-sha-256
)";

// mmap, so that a killed server leaves nothing in /dev/shm.
constexpr std::string_view fixed_settings = R"(listen_addresses = '127.0.0.1'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
ssl = on
dynamic_shared_memory_type = mmap
logging_collector = off
log_min_messages = warning
log_line_prefix = '%m [%p] '
)";

constexpr std::string_view undurable_settings = R"(fsync = off
synchronous_commit = off
full_page_writes = off
)";

std::string as_identifier(const std::string& identifier) {
    std::string text = "\"";
    for (const char c : identifier)
        text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + "\"";
}

// The eighth line of postmaster.pid is the server's own word on its state.
bool says_ready(const fs::path& pid_file) {
    std::ifstream file(pid_file);
    std::string line;
    for (int number = 0; number < 8; ++number)
        std::getline(file, line);
    // The second is a hot standby's word for it.
    return line.starts_with("ready") || line.starts_with("standby");
}

}  // namespace

std::string random_password() {
    std::random_device source;
    std::string text;
    constexpr std::string_view digits = "0123456789abcdef";
    for (int count = 0; count < 24; ++count)
        text += digits[source() % digits.size()];
    return text;
}

postgres_server::postgres_server(postgres_options options)
    : options_(std::move(options)), superuser_password_(random_password()) {
    if (options_.password.empty()) options_.password = random_password();
    initialise_directory();
    start_on_free_port();
    create_database();
}

// The keeper comes first: it cleans up even when we are killed during initdb.
void postgres_server::initialise_directory() {
    const auto owner = unprivileged_user();
    std::vector<std::string> arguments{find_program("postgres").native(), "-D", "data"};
    keeper_ = std::make_unique<keeper>(std::make_unique<scratch_directory>(owner), owner,
                                       server_command{std::move(arguments), SIGQUIT});
    const auto& directory = keeper_->directory();
    certificates_ = make_certificates(directory, owner);
    const auto password_file = directory.write("superuser-password", superuser_password_);
    run_program({find_program("initdb").native(), "--pgdata=data", "--username=" + superuser_,
                 "--pwfile=superuser-password", "--auth=scram-sha-256", "--encoding=UTF8",
                 "--locale=C.UTF-8", "--no-sync"},
                owner, directory.path());
    fs::remove(password_file);
    directory.write("data/pg_hba.conf", access_rules);
}

void postgres_server::write_settings() const {
    std::string text(fixed_settings);
    if (options_.writes == durability::none) text += undurable_settings;
    text += "port = " + std::to_string(port_) + "\n";
    text += "max_connections = " + std::to_string(options_.max_connections) + "\n";
    text += "ssl_cert_file = '" + certificates_.certificate.native() + "'\n";
    text += "ssl_key_file = '" + certificates_.key.native() + "'\n";
    text += "unix_socket_directories = '" + socket_directory().native() + "'\n";
    for (const auto& line : options_.settings)
        text += line + "\n";
    keeper_->directory().write("data/postgresql.conf", text);
}

bool postgres_server::comes_up() {
    const auto until = std::chrono::steady_clock::now() + start_limit;
    keeper_->start();
    while (keeper_->is_running() && std::chrono::steady_clock::now() < until) {
        if (says_ready(socket_directory() / "data/postmaster.pid")) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

void postgres_server::start_on_free_port() {
    for (int attempt = 0; attempt < port_attempts; ++attempt) {
        port_ = free_port();
        write_settings();
        if (comes_up()) return;
        keeper_->stop();
    }
    throw server_error("PostgreSQL does not start: " + log_tail(keeper_->log()));
}

void postgres_server::create_database() {
    auto parameters = as_superuser();
    parameters["dbname"] = "postgres";
    plain_client client(parameters);
    version_ = client.server_version();
    client.execute("create role " + as_identifier(options_.user) + " login password " +
                   client.quote_literal(options_.password));
    client.execute("create database " + as_identifier(options_.database) + " owner " +
                   as_identifier(options_.user));
}

std::string postgres_server::verifier_of(const std::string& role) const {
    plain_client client(as_superuser());
    const auto rows = client.execute("select rolpassword from pg_authid where rolname = " +
                                     client.quote_literal(role));
    if (rows.empty()) throw server_error("role " + role + " does not exist");
    return rows.front().front();
}

connection_parameters postgres_server::reach_as(const std::string& user,
                                                const std::string& password) const {
    return {{"host", "localhost"},           {"hostaddr", loopback_address},
            {"port", std::to_string(port_)}, {"user", user},
            {"password", password},          {"dbname", options_.database},
            {"sslmode", "verify-full"},      {"sslrootcert", certificates_.authority.native()},
            {"gssencmode", "disable"},       {"connect_timeout", "10"}};
}

connection_parameters postgres_server::as_user() const {
    return reach_as(options_.user, options_.password);
}

connection_parameters postgres_server::as_superuser() const {
    return reach_as(superuser_, superuser_password_);
}

void postgres_server::stop(int signal) { keeper_->stop(signal); }

void postgres_server::start() {
    if (!comes_up()) {
        throw server_error("PostgreSQL does not come back: " + log_tail(keeper_->log()));
    }
}

}  // namespace honeydue::support
