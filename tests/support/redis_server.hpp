// SPDX-License-Identifier: MIT
// A private Redis on a port of 127.0.0.1, in memory only unless told to save; or a Valkey, where
// HONEYDUE_TEST_REDIS is valkey-server.
#pragma once

#include "certificate.hpp"
#include "keeper.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace honeydue::support {

struct redis_options {
    std::vector<std::string> settings{};  // lines of redis.conf, after ours
    bool tls = false;  // on a second port; clients need no certificate unless settings say so
};

// False where the machine has none: the tests that need it are skipped, and say so.
bool has_redis();

// Runs while the object lives, and not longer than the program. Errors: server_error.
class redis_server {
public:
    explicit redis_server(redis_options options = {});

    std::uint16_t port() const noexcept { return port_; }
    std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
    std::string tls_url(const std::string& host) const {
        return "rediss://" + host + ":" + std::to_string(tls_port_);
    }
    const certificate_files& certificates() const noexcept { return certificates_; }
    // One command and what it answers, as text; arrays as lines.
    std::string command(const std::vector<std::string>& words) const;

    void stop(int signal) { keeper_->stop(signal); }
    void start();
    const keeper& process() const noexcept { return *keeper_; }

private:
    bool comes_up();
    std::string configuration();

    std::uint16_t port_ = 0;
    std::uint16_t tls_port_ = 0;
    certificate_files certificates_;
    redis_options options_;
    std::unique_ptr<keeper> keeper_;
};

}  // namespace honeydue::support
