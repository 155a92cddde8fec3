// SPDX-License-Identifier: MIT
// Passwords that Django made: the encoded ones come from Django 4.2's own PBKDF2PasswordHasher.
#include "api/password.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>

using namespace api;

namespace {

bool lets_in(const std::string& kept, const std::string& given) {
    const auto read = read_password(kept);
    return read && matches(*read, given);
}

const std::string battery =
    "pbkdf2_sha256$1000$Xk3nT0q9pLw2ZbYr$XmUxpPEmA7Dw4WdeksJQTBHltBADSblua4bNL3XDbcU=";

}  // namespace

TEST_CASE("a password that Django kept is matched by itself alone", "[password]") {
    CHECK(lets_in(battery, "correct horse battery staple"));
    CHECK_FALSE(lets_in(battery, "correct horse battery stapl"));
    CHECK_FALSE(lets_in(battery, ""));
    // Longer than a block of SHA-256, and empty.
    CHECK(lets_in("pbkdf2_sha256$1000$seasalt$4yelSw3ma0aX0RZCg7tgElz7pIUfn8miYuWA67+sum8=",
                  std::string(100, 'p')));
    CHECK(lets_in("pbkdf2_sha256$1$seasalt$7uPyO44geqCt/Nv3ztly1adSqh5hHCYtGPDoMYOOBWU=", ""));
}

TEST_CASE("Django's own test vector is matched, with the iterations it has today", "[password]") {
    CHECK(lets_in("pbkdf2_sha256$600000$seasalt2$OSllgFdJjYQjb0RfMzrx8u0XYl4Fkt+wKpI1yq4lZlo=",
                  "l\u00e8tmein"));
}

TEST_CASE("what no password matches is told before any work", "[password]") {
    const std::string digest = "$seasalt$7uPyO44geqCt/Nv3ztly1adSqh5hHCYtGPDoMYOOBWU=";
    CHECK(read_password("pbkdf2_sha256$1" + digest));
    CHECK(read_password("pbkdf2_sha256$5000000" + digest));
    for (const std::string& wrong :
         {std::string{}, std::string{"!"}, "!pbkdf2_sha256$1" + digest, "pbkdf2_sha1$1" + digest,
          std::string{"argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA"},
          "pbkdf2_sha256$0" + digest, "pbkdf2_sha256$-1" + digest, "pbkdf2_sha256$1x" + digest,
          "pbkdf2_sha256$" + digest, "pbkdf2_sha256$5000001" + digest,
          "pbkdf2_sha256$99999999999999999999" + digest,
          std::string{"pbkdf2_sha256$1$$7uPyO44geqCt/Nv3ztly1adSqh5hHCYtGPDoMYOOBWU="},
          std::string{"pbkdf2_sha256$1$seasalt$"}, std::string{"pbkdf2_sha256$1$seasalt"},
          std::string{"pbkdf2_sha256$1$sea$salt$7uPyO44geqCt/Nv3ztly1adSqh5hHCYtGPDoMYOOBWU="},
          std::string{"pbkdf2_sha256$1$seasalt$7uPyO44geqCt/Nv3ztly1adSqh5hHCYtGPDoMYOOBWU"},
          std::string{"pbkdf2_sha256$1$seasalt$7uPyO44geqCt_Nv3ztly1adSqh5hHCYtGPDoMYOOBWU="},
          "pbkdf2_sha256$1" + digest + "="}) {
        INFO(wrong);
        CHECK_FALSE(read_password(wrong));
    }
}
