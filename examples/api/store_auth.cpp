// SPDX-License-Identifier: MIT
// Logging in and out: what a password is checked against, and the one token a user has.
#include <optional>
#include <string>

#include "store_state.hpp"

namespace api {

namespace {

struct credentials_row {
    hd::id<auth::user> id;
    std::string password;
    std::optional<std::string> key;
};

}  // namespace

answer<std::optional<credentials>> store::credentials_of(const std::string& username) const {
    const counted_call counted;
    auto found = hd::sql<
                     "select u.id, u.password, t.key from auth_user u left join authtoken_token t "
                     "on t.user_id = u.id where u.username = $1 and u.is_active">(username)
                     .reads()
                     .fetch_optional<credentials_row>(state_->db);
    if (!found) return tl::unexpected{as_trouble(found.error())};
    if (!*found) return std::nullopt;
    auto& [user, password, token] = **found;
    return credentials{user.value, std::move(password), std::move(token)};
}

// Whoever is told of the token by another login at the same time is told of the same one. No cache
// can hold that the new one is nobody's: it has just been drawn.
answer<std::optional<std::string>> store::token_for(const credentials& known,
                                                    const std::string& drawn) const {
    const counted_call counted;
    auto made =
        hd::sql<
            "insert into authtoken_token (key, user_id) select $1::varchar, id from auth_user "
            "where id = $2 and password = $3 and is_active on conflict (user_id) do update set "
            "user_id = "
            "excluded.user_id returning key">(drawn, known.user, known.password)
            .fetch_optional<std::string>(state_->db);
    if (!made) return tl::unexpected{as_trouble(made.error())};
    return std::move(*made);
}

answer<void> store::log_out(const std::string& token) const {
    const counted_call counted;
    const auto gone = hd::transact(
        state_->db, state_->in_time, [&](hd::transaction& tx) -> hd::result<std::uint64_t> {
            tx.invalidate(state_->accounts, state_->key_of(token));
            tx.invalidate(state_->homes, state_->key_of(token));
            return tx.commit_with(
                hd::delete_from<authtoken::token>().where(col<&authtoken::token::key> == token));
        });
    if (!gone) return tl::unexpected{as_trouble(gone.error())};
    if (*gone == 0) return refused(trouble::kind::unknown_token);
    return {};
}

}  // namespace api
