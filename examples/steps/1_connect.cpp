// SPDX-License-Identifier: MIT
// Step 1: one direct connection, one statement. Where to connect is read from the environment:
// DB_HOST DB_PORT POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB DB_SSLMODE DB_SSLROOTCERT.
#include <cstdio>
#include <cstdlib>

#include <honeydue/connection.hpp>
#include <honeydue/query.hpp>

namespace hd = honeydue;

namespace {

hd::result<void> print_version() {
    const auto where = hd::endpoint::from_env();
    return hd::connection::open(where).and_then([&](hd::connection db) {
        return hd::fetch_one<std::string>(db, hd::runtime("select version()"))
            .map([&](const std::string& version) {
                std::printf("%s\n%s\n", where.redacted().c_str(), version.c_str());
            });
    });
}

}  // namespace

int main() {
    const auto printed = print_version();
    if (!printed) std::fprintf(stderr, "%s\n", hd::explain(printed.error()).c_str());
    return printed ? EXIT_SUCCESS : EXIT_FAILURE;
}
