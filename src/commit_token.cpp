// SPDX-License-Identifier: MIT
// Making, leaving and claiming commit tokens.
#include "commit_token.hpp"

#include <random>

#include <honeydue/types.hpp>

namespace honeydue::detail {

namespace {

uuid parsed(std::string_view token) { return uuid::parse(token).value_or(uuid{}); }

}  // namespace

std::string new_commit_token() {
    thread_local std::random_device source;
    uuid made;
    for (std::size_t i = 0; i < made.bytes.size(); i += sizeof(unsigned)) {
        const unsigned bits = source();
        for (std::size_t j = 0; j < sizeof bits; ++j) {
            made.bytes[i + j] = static_cast<std::byte>(bits >> (8 * j));
        }
    }
    // Source: RFC 9562, section 5.4.
    made.bytes[6] = (made.bytes[6] & std::byte{0x0F}) | std::byte{0x40};
    made.bytes[8] = (made.bytes[8] & std::byte{0x3F}) | std::byte{0x80};
    return made.text();
}

statement leave_commit_token(std::string_view token) {
    return runtime("insert into honeydue_commit (token) values ($1)", parsed(token));
}

statement claim_commit_token(std::string_view token) {
    return runtime("insert into honeydue_commit (token) values ($1) on conflict do nothing",
                   parsed(token));
}

bool was_committed(const rows& claimed) { return claimed.affected() == 0; }

error not_committed() {
    return error{errc::commit,
                 "COMMIT was answered with ROLLBACK: the transaction had failed before; nothing of "
                 "it is kept"};
}

}  // namespace honeydue::detail
