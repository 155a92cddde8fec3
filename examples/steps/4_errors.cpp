// SPDX-License-Identifier: MIT
// Step 4: an error is a value that answers questions; the server's report stands behind it.
#include <cstdio>
#include <cstdlib>

#include <honeydue/honeydue.hpp>

namespace hd = honeydue;
using namespace honeydue::literals;

namespace {

void describe(const hd::error& failure) {
    std::printf("%s\n  transient: %s, connection lost: %s, may have run: %s\n",
                hd::explain(failure).c_str(), failure.transient() ? "yes" : "no",
                failure.connection_lost() ? "yes" : "no", failure.may_have_run() ? "yes" : "no");
}

bool is_refused_as_expected(hd::pool& db) {
    const auto twice = hd::execute(db, hd::runtime("insert into auth_user (username, email, "
                                                   "password) values ($1, 'no address', '!')",
                                                   std::string{"nobody"}));
    if (!twice) describe(twice.error());
    return !twice && twice.error().sqlstate() == "23514"_sqlstate &&
           twice.error().report()->table == "auth_user";
}

bool is_not_decoded_in_silence(hd::pool& db) {
    const auto number = hd::fetch_one<std::int32_t>(db, hd::runtime("select 'seven'::text"));
    if (!number) describe(number.error());
    return !number && number.error().code() == hd::errc::decode;
}

}  // namespace

int main() {
    auto db = hd::pool::open(hd::pool_config::from_env());
    if (!db) {
        describe(db.error());
        return EXIT_FAILURE;
    }
    const bool refused = is_refused_as_expected(*db);
    return is_not_decoded_in_silence(*db) && refused ? EXIT_SUCCESS : EXIT_FAILURE;
}
