// SPDX-License-Identifier: MIT
// Opening the Redis tier: AUTH, ACL, database, TLS, and what is refused by its name.
#include <honeydue/redis.hpp>

#include "support/redis_server.hpp"

#include <chrono>
#include <span>
#include <string>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;

namespace {

bool leases(redis_tier& tier, std::string_view name = "k") {
    const shared_acquire wanted{{name, 1, {}}, "t"};
    const auto answers = tier.acquire(std::span{&wanted, 1});
    REQUIRE(answers);
    return answers->front().state == shared_state::leased;
}

redis_config over_tls(const redis_server& server) {
    return {.url = server.tls_url("localhost"),
            .tls_ca_cert_file = server.certificates().authority,
            .call_deadline = 5s,
            .connect_deadline = 5s};
}

error refused(const redis_config& config) {
    auto tier = redis_tier::open(config);
    REQUIRE_FALSE(tier);
    return std::move(tier.error());
}

}  // namespace

TEST_CASE("a password, an ACL user and a database number are used", "[redis][cache]") {
    redis_server server{
        {.settings = {"requirepass open-sesame", "user ada on >love:lace ~hd:* +@all"}}};
    const auto at = "127.0.0.1:" + std::to_string(server.port());
    CHECK(redis_tier::open({.url = "redis://:open-sesame@" + at}));
    auto tier =
        redis_tier::open({.url = "redis://ada:love%3Alace@" + at + "/3", .call_deadline = 5s});
    REQUIRE(tier);
    CHECK(leases(*tier));
    for (const auto* const wrong : {"redis://:nonsense@", "redis://", "redis://ada:nonsense@"}) {
        const error why = refused({.url = wrong + at});
        CHECK(why.code() == errc::authentication);
        CHECK(why.message().find("nonsense") == std::string::npos);
    }
}

TEST_CASE("a user without a password is the one that commands run as", "[redis][cache]") {
    redis_server server{{.settings = {"user ada on nopass ~hd:* +@all"}}};
    const auto tier =
        redis_tier::open({.url = "redis://ada:@127.0.0.1:" + std::to_string(server.port()),
                          .call_deadline = 5s,
                          .connect_deadline = 5s});
    REQUIRE(tier);
    CHECK(server.command({"CLIENT", "LIST"}).find("user=ada") != std::string::npos);
}

TEST_CASE("a configuration that cannot work is refused by its field's name", "[redis][cache]") {
    const auto refusal = [](const redis_config& config) {
        const error why = refused(config);
        CHECK(why.code() == errc::configuration);
        return why.message();
    };
    CHECK(refusal({.url = ""}).starts_with("url: it is empty"));
    CHECK(refusal({.url = "http://x"}).starts_with("url: it is neither"));
    CHECK(refusal({.url = "redis://x:0"}).starts_with("url: the port"));
    for (const auto* const junk :
         {"redis://[::1]6380", "redis://[::1]x:6379", "redis://[::1", "redis://[::1]:"})
        CHECK(refusal({.url = junk}).starts_with("url: the port"));
    CHECK(refusal({.url = "redis://[]:6379"}).starts_with("url: there is no host"));
    CHECK(refusal({.url = "redis://x/abc"}).starts_with("url: the database"));
    CHECK(refusal({.url = "redis://:secret@"}).find("secret") == std::string::npos);
    CHECK(refusal({.url = "redis://x?y"}).starts_with("url: it has a query"));
    CHECK(refusal({.url = "redis://x", .tls_ca_cert_file = "y"}).find("rediss://") !=
          std::string::npos);
    CHECK(refusal({.url = "rediss://x", .tls_ca_cert_file = "/no/such"})
              .starts_with("tls_ca_cert_file: /no/such: "));
    CHECK(refusal({.url = "rediss://x", .tls_cert_file = "y"}).starts_with("tls_cert_file"));
    CHECK(refusal({.url = "rediss://x", .tls_cert_file = "/no/such", .tls_key_file = "y"})
              .starts_with("tls_cert_file: /no/such: "));
    CHECK(refusal({.url = "redis://x", .name_space = ""}).starts_with("name_space"));
    CHECK(refusal({.url = "redis://x", .call_deadline = 0ms}).starts_with("call_deadline"));
    CHECK(refusal({.url = "redis://x", .trust = 1s}).starts_with("trust"));
    constexpr auto endless = std::chrono::milliseconds::max();
    CHECK(refusal({.url = "redis://x", .call_deadline = endless}).starts_with("call_deadline"));
    CHECK(
        refusal({.url = "redis://x", .connect_deadline = endless}).starts_with("connect_deadline"));
    CHECK(refusal({.url = "redis://x", .lease = endless}).starts_with("lease"));
    CHECK(refusal({.url = "redis://x", .window = 721h}).starts_with("window"));
    CHECK(refusal({.url = "redis://x", .trust = endless}).starts_with("trust"));
    CHECK(refusal({.url = "redis://x", .max_reply_bytes = 1000}).starts_with("max_reply_bytes"));
    const redis_server server;
    CHECK(refusal({.url = server.url() + "/999", .call_deadline = 5s, .connect_deadline = 5s})
              .find("SELECT") != std::string::npos);
}

TEST_CASE("a Redis Cluster is refused at open", "[redis][cache]") {
    redis_server server{{.settings = {"cluster-enabled yes"}}};
    const error why = refused({.url = server.url(), .call_deadline = 5s, .connect_deadline = 5s});
    CHECK(why.code() == errc::configuration);
    CHECK(why.message().find("Cluster") != std::string::npos);
}

TEST_CASE("under TLS a value crosses whole, whatever its size", "[redis][cache]") {
    const redis_server server{{.tls = true}};
    for (const auto* const host : {"localhost", "127.0.0.1"}) {
        auto config = over_tls(server);
        config.url = server.tls_url(host);
        config.name_space = host;
        auto tier = redis_tier::open(config);
        REQUIRE(tier);
        std::string value(3'000'000, 'x');
        value[1'234'567] = '\0';
        REQUIRE(leases(*tier));
        const shared_fill one{{"k", 1, {}}, "t", value, 60s};
        const auto stored = tier->fill(std::span{&one, 1});
        REQUIRE(stored);
        CHECK(stored->front() == 1);
        const shared_acquire wanted{{"k", 1, {}}, "t"};
        const auto found = tier->acquire(std::span{&wanted, 1});
        REQUIRE(found);
        CHECK(found->front().value == value);
    }
}

TEST_CASE("a certificate that is not trusted, or of another host, is refused at open",
          "[redis][cache]") {
    const redis_server server{{.settings = {"bind 127.0.0.1 127.0.0.2"}, .tls = true}};
    auto config = over_tls(server);
    config.url = server.tls_url("127.0.0.2");
    const error other_host = refused(config);
    CHECK(other_host.code() == errc::tls);
    CHECK(other_host.message().find("it has to name 127.0.0.2") != std::string::npos);
    config = over_tls(server);
    config.tls_ca_cert_file.clear();
    const error stranger = refused(config);
    CHECK(stranger.code() == errc::tls);
    CHECK(stranger.message().find("tls_ca_cert_file") != std::string::npos);
}

TEST_CASE("a server that asks for a certificate is shown ours", "[redis][cache]") {
    const redis_server server{{.settings = {"tls-auth-clients yes"}, .tls = true}};
    auto config = over_tls(server);
    const error unnamed = refused(config);
    CHECK(unnamed.code() == errc::tls);
    CHECK(unnamed.message().find("tls_cert_file") != std::string::npos);
    config.tls_cert_file = server.certificates().certificate;
    config.tls_key_file = server.certificates().key;
    auto tier = redis_tier::open(config);
    REQUIRE(tier);
    CHECK(leases(*tier));
}
