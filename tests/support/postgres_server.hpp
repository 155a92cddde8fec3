// SPDX-License-Identifier: MIT
// A private PostgreSQL: temporary directory, free loopback port, SCRAM-SHA-256, TLS, and a
// database named honeyDue whose capital letter is kept.
#pragma once

#include "certificate.hpp"
#include "keeper.hpp"
#include "plain_client.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace honeydue::support {

enum class durability {
    none,  // fsync, synchronous_commit and full_page_writes off
    full,  // as shipped: for tests of durability and measurements of COMMIT
};

struct postgres_options {
    durability writes = durability::none;
    int max_connections = 200;
    std::string database = "honeyDue";
    std::string user = "honeydue_app";    // owns the database, is no superuser
    std::string password{};               // empty: a random one
    std::vector<std::string> settings{};  // further lines of postgresql.conf
};

// Runs while the object lives, and not longer than the program.
// Errors: server_error.
class postgres_server {
public:
    explicit postgres_server(postgres_options options = {});

    std::uint16_t port() const noexcept { return port_; }
    const std::string& user() const noexcept { return options_.user; }
    const std::string& password() const noexcept { return options_.password; }
    const std::string& database() const noexcept { return options_.database; }
    const std::string& superuser() const noexcept { return superuser_; }
    const std::string& superuser_password() const noexcept { return superuser_password_; }
    const certificate_files& certificates() const noexcept { return certificates_; }
    const std::filesystem::path& socket_directory() const { return keeper_->directory().path(); }
    // Such as 150018.
    int version() const noexcept { return version_; }
    // What pg_authid keeps instead of the password.
    std::string verifier_of(const std::string& role) const;

    // How a libpq client reaches it: TLS, verify-full, by the name localhost.
    connection_parameters as_user() const;
    connection_parameters as_superuser() const;

    // Ends it as a crash of the machine would (SIGQUIT), or waits for nobody and checkpoints
    // (SIGINT). The data and the port stay; start() brings it back.
    void stop(int signal);
    void start();

    const keeper& process() const noexcept { return *keeper_; }

private:
    void initialise_directory();
    void write_settings() const;
    bool comes_up();
    void start_on_free_port();
    void create_database();
    connection_parameters reach_as(const std::string& user, const std::string& password) const;

    postgres_options options_;
    std::string superuser_ = "postgres";
    std::string superuser_password_;
    std::uint16_t port_ = 0;
    int version_ = 0;
    certificate_files certificates_;
    std::unique_ptr<keeper> keeper_;
};

// Hexadecimal, from the system's random source.
std::string random_password();

}  // namespace honeydue::support
