// SPDX-License-Identifier: MIT
// What a refused handshake is taken for.
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include "handshake_error.hpp"
#include "warm_up.hpp"

using namespace honeydue;
using namespace std::chrono_literals;

TEST_CASE("only the server's want of room counts as its limit", "[pool]") {
    const endpoint to{.host = "db", .user = "u", .database = "d"};
    const auto is_limit = [&](std::string_view said) {
        return is_connection_limit(handshake_error(to, handshake_phase::startup, said));
    };
    CHECK(is_limit("FATAL:  53300: sorry, too many clients already"));
    CHECK(is_limit("FATAL:  08P01: no more connections allowed (max_client_conn)"));
    CHECK(is_limit("FATAL:  08P01: client connections exceeded (max_user_client_connections)"));
    CHECK_FALSE(is_limit("FATAL:  57P03: the database system is starting up"));
    CHECK_FALSE(is_limit("Connection refused"));
}

TEST_CASE("a handshake that is cut off says nothing against TLS: waiting may cure it", "[pool]") {
    for (const char* reason :
         {"SSL SYSCALL error: EOF detected", "SSL SYSCALL error: Connection reset by peer",
          "SSL error: unexpected eof while reading"}) {
        INFO(reason);
        const error cut = handshake_error(endpoint{}, handshake_phase::tls, reason);
        CHECK(cut.code() == errc::connect);
        CHECK_FALSE(is_permanent(cut));
    }
    const error none =
        handshake_error(endpoint{}, handshake_phase::tls, "SSL error: no protocols available");
    CHECK(none.code() == errc::tls);
    CHECK(is_permanent(none));
}
