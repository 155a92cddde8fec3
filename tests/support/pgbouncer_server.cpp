// SPDX-License-Identifier: MIT
// A private PgBouncer in transaction mode in front of a postgres_server.
#include "pgbouncer_server.hpp"

#include "loopback.hpp"

#include <chrono>
#include <csignal>
#include <thread>

namespace honeydue::support {

namespace {

constexpr auto start_limit = std::chrono::seconds(15);
constexpr int port_attempts = 5;

// A user's line holds the verifier the server has, copied: with it PgBouncer can both check the
// client and, with the keys the client's proof reveals, log in upstream.
std::string line_for(const postgres_server& server, const std::string& role) {
    return '"' + role + "\" \"" + server.verifier_of(role) + "\"\n";
}

std::string binary_of(pgbouncer_kind kind) {
    if (kind == pgbouncer_kind::tracking) return find_program("pgbouncer-tracking").native();
    const auto unpacked = look_for_program("pgbouncer-packaged");
    return unpacked.empty() ? find_program("pgbouncer").native() : unpacked.native();
}

// "PgBouncer 1.18.0" is the first line it prints for --version; older ones print "version" too.
std::string version_of(const std::string& binary) {
    auto printed = run_program({binary, "--version"}, unprivileged_user(), "/");
    return printed.substr(0, printed.find('\n'));
}

}  // namespace

pgbouncer_server::pgbouncer_server(const postgres_server& server, pgbouncer_options options)
    : options_(std::move(options)),
      socket_directory_(server.socket_directory().native()),
      server_port_(server.port()),
      user_(server.as_user()),
      superuser_(server.as_superuser()) {
    prepare(server);
    for (int attempt = 0; attempt < port_attempts; ++attempt) {
        port_ = free_port();
        write_settings();
        if (comes_up()) return;
        keeper_->stop();
    }
    throw server_error("PgBouncer does not start: " + log_tail(keeper_->log()));
}

void pgbouncer_server::prepare(const postgres_server& server) {
    const auto binary = binary_of(options_.kind);
    version_ = version_of(binary);
    const auto owner = unprivileged_user();
    auto directory = std::make_unique<scratch_directory>(owner);
    copy_certificates(server.certificates(), *directory);
    directory->write("users.txt",
                     line_for(server, server.user()) + line_for(server, server.superuser()));
    keeper_ = std::make_unique<keeper>(std::move(directory), owner,
                                       server_command{{binary, "pgbouncer.ini"}, SIGKILL});
}

// 1.18 refuses the settings of newer versions, so each kind gets its own.
void pgbouncer_server::write_settings() const {
    std::string text = "[databases]\n* = host=" + socket_directory_ +
                       " port=" + std::to_string(server_port_) + "\n";
    text += R"([pgbouncer]
pool_mode = transaction
listen_addr = 127.0.0.1
unix_socket_dir =
auth_type = scram-sha-256
auth_file = users.txt
client_tls_sslmode = require
client_tls_key_file = server.key
client_tls_cert_file = server.crt
server_login_retry = 1
ignore_startup_parameters = extra_float_digits
)";
    text += "listen_port = " + std::to_string(port_) + "\n";
    text += "default_pool_size = " + std::to_string(options_.pool_size) + "\n";
    text += "max_client_conn = " + std::to_string(options_.max_client_conn) + "\n";
    text += "admin_users = " + superuser_.at("user") + "\n";
    if (options_.kind == pgbouncer_kind::tracking) text += "max_prepared_statements = 200\n";
    for (const auto& line : options_.settings)
        text += line + "\n";
    keeper_->directory().write("pgbouncer.ini", text);
}

bool pgbouncer_server::comes_up() {
    const auto until = std::chrono::steady_clock::now() + start_limit;
    keeper_->start();
    while (keeper_->is_running() && std::chrono::steady_clock::now() < until) {
        try {
            administer("show version");
            return true;
        } catch (const server_error&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    return false;
}

connection_parameters pgbouncer_server::as_user() const {
    auto parameters = user_;
    parameters["port"] = std::to_string(port_);
    return parameters;
}

std::vector<text_row> pgbouncer_server::administer(std::string_view command) const {
    auto parameters = superuser_;
    parameters["port"] = std::to_string(port_);
    parameters["dbname"] = "pgbouncer";
    return plain_client(parameters).execute(command);
}

// From 1.23 SIGTERM means "when the last client has left"; after five seconds it is killed.
void pgbouncer_server::stop(int signal) { keeper_->stop(signal); }

void pgbouncer_server::start() {
    if (!comes_up()) {
        throw server_error("PgBouncer does not come back: " + log_tail(keeper_->log()));
    }
}

}  // namespace honeydue::support
