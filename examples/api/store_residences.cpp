// SPDX-License-Identifier: MIT
// Residences as they are read, made, shared, left and deleted. Each change is one statement that
// finds out by itself who asks and what they may, and names before its COMMIT what the caches are
// to forget.
#include <openssl/crypto.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store_rows.hpp"

namespace api {

namespace {

struct household {
    hd::record<home> residence;
    hd::children<chore> tasks;
    std::int64_t open_tasks = 0;
    hd::children<auth::user> members;
};

auto open_tasks() {
    return col<&chore::completed_at>.is_null() && col<&chore::status> != "cancelled" &&
           col<&chore::is_archived> == false;
}

auto households_of(std::string_view token, std::int64_t behind, std::int64_t limit) {
    constexpr std::int64_t told = 5;
    const auto is_open = open_tasks();
    return hd::select<household>(hd::whole<home>(),
                                 hd::with_many<&chore::residence_id>()
                                     .where(is_open)
                                     .order_by(col<&chore::due_date>.ascending().nulls_last(),
                                               col<&chore::id>.ascending())
                                     .limit(told),
                                 hd::count_many<&chore::residence_id>().where(is_open),
                                 hd::with_many_through<&::residence::users::residence_id,
                                                       &::residence::users::user_id>()
                                     .order_by(col<&auth::user::id>.ascending()))
        .where(col<&home::id>.in(homes_of(token)) && col<&home::id> > hd::id<home>{behind})
        .order_by(col<&home::id>.ascending())
        .limit(limit);
}

struct summary_row {
    hd::id<home> id;
    std::string name;
    std::int64_t open_tasks;
    std::int64_t overdue_tasks;
    std::int64_t due_soon_tasks;
    std::int64_t completed_tasks;
    std::int64_t contractors;
    std::int64_t documents;
};

auto summaries_of(std::string_view token) {
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    const hd::date now{today};
    const hd::date soon{today + std::chrono::days{7}};
    const auto is_due = col<&chore::due_date>.between(now, soon);
    return hd::select<summary_row>(
               col<&home::id>, col<&home::name>,
               hd::count_many<&chore::residence_id>().where(open_tasks()),
               hd::count_many<&chore::residence_id>().where(open_tasks() &&
                                                            col<&chore::due_date> < now),
               hd::count_many<&chore::residence_id>().where(open_tasks() && is_due),
               hd::count_many<&chore::residence_id>().where(col<&chore::status> == "completed"),
               hd::count_many<&::contractor::contractor::residence_id>(),
               hd::count_many<&documents::document::residence_id>())
        .where(col<&home::id>.in(homes_of(token)))
        .order_by(col<&home::id>.ascending());
}

api::residence as_residence(household&& one) {
    home& of = one.residence.value;
    api::residence made{.id = of.id.value,
                        .owner_id = of.owner_id.value,
                        .name = std::move(of.name),
                        .property_type = std::move(of.property_type),
                        .city = std::move(of.city),
                        .country = std::move(of.country),
                        .join_code = {},
                        .members = {},
                        .open_tasks = one.open_tasks,
                        .tasks = {}};
    for (auto& user : one.members)
        made.members.push_back({user->id.value, std::move(user->username)});
    for (auto& task : one.tasks)
        made.tasks.push_back(plain(std::move(task.value)));
    return made;
}

/// Takes as long wherever they differ.
bool are_equal(const std::string& a, const std::string& b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

answer<void> judged(const verdict& found, trouble::kind other) {
    using kind = trouble::kind;
    if (found.is_done) return {};
    const auto why = !found.is_known ? kind::unknown_token
                     : found.other   ? other
                                     : kind::unknown_residence;
    return refused(why);
}

}  // namespace

answer<page_of<residence>> store::residences_of(const std::string& token,
                                                const page_wanted& wanted) const {
    const counted_call counted;
    std::int64_t behind = 0;
    const char* const end = wanted.cursor.data() + wanted.cursor.size();
    const auto read = std::from_chars(wanted.cursor.data(), end, behind);
    if (!wanted.cursor.empty() && (read.ec != std::errc{} || read.ptr != end || behind < 1)) {
        return refused(trouble::kind::invalid_cursor);
    }
    const auto asked = households_of(token, behind, wanted.limit + 1);
    auto known = state_->read(token, asked);
    if (!known) return tl::unexpected{std::move(known.error())};
    auto& [owner, found] = *known;
    page_of<residence> page{.owner = std::move(owner), .rows = {}, .next = {}};
    if (found.size() > static_cast<std::size_t>(wanted.limit)) {
        found.pop_back();
        page.next = std::to_string(found.back().residence->id.value);
    }
    for (auto& one : found) {
        auto& row = page.rows.emplace_back(as_residence(std::move(one)));
        if (row.owner_id == page.owner.id) row.join_code = join_code(row.id);
    }
    return page;
}

answer<summary> store::summary_of(const std::string& token) const {
    const counted_call counted;
    auto known = state_->read(token, summaries_of(token));
    if (!known) return tl::unexpected{std::move(known.error())};
    summary made{.owner = std::move(known->first), .residences = {}};
    for (auto& [id, name, open, overdue, soon, completed, contractors, documents] : known->second) {
        made.residences.push_back(
            {id.value, std::move(name), open, overdue, soon, completed, contractors, documents});
    }
    return made;
}

answer<residence_made> store::create(const std::string& token, const new_residence& wanted) const {
    const counted_call counted;
    const auto made = hd::transact(
        state_->db, state_->in_time,
        [&](hd::transaction& tx) -> hd::result<std::vector<std::int64_t>> {
            tx.invalidate(state_->homes, state_->key_of(token));
            const auto rows = tx.commit_with(hd::runtime(
                std::string{with_caller} +
                    "insert into residence_residence (owner_id, name, property_type) select "
                    "user_id, $2::text, $3::text from caller returning id",
                token, wanted.name, wanted.property_type));
            if (!rows) return tl::unexpected{rows.error()};
            return hd::decode<std::int64_t>(*rows);
        });
    if (!made) return tl::unexpected{as_trouble_of_new_row(made.error())};
    if (made->empty()) return refused(trouble::kind::unknown_token);
    return residence_made{made->front(), join_code(made->front())};
}

answer<void> store::join(const std::string& token, std::int64_t residence,
                         const std::string& code) const {
    const counted_call counted;
    // Whoever has a wrong code is told so, whether there is such a home or not.
    const bool is_right = are_equal(code, join_code(residence));
    const auto done = state_->change(
        token,
        hd::runtime(std::string{with_caller} +
                        ", home as (select id, owner_id from residence_residence where id = "
                        "$2 and $3), made as (insert into residence_residence_users (residence_id, "
                        "user_id) select home.id, caller.user_id from home, caller where "
                        "owner_id <> user_id on conflict do nothing) select exists (select "
                        "from caller) as is_known, exists (select from home, caller where "
                        "owner_id <> user_id) as is_done, exists (select from home) as other",
                    token, residence, is_right));
    if (!done) return tl::unexpected{as_trouble(done.error())};
    if (done->is_known && !is_right) return refused(trouble::kind::wrong_code);
    return judged(*done, trouble::kind::is_the_owner);
}

answer<void> store::leave(const std::string& token, std::int64_t residence) const {
    const counted_call counted;
    const auto done = state_->change(
        token, hd::runtime(std::string{with_caller} +
                               ", gone as (delete from residence_residence_users s using caller c "
                               "where s.residence_id = $2 and s.user_id = c.user_id returning "
                               "s.residence_id, s.user_id), unassigned as (update task_task t set "
                               "assigned_to_id = null, updated_at = now() from gone g where "
                               "t.residence_id = g.residence_id and t.assigned_to_id = "
                               "g.user_id) select exists (select from caller) as is_known, exists "
                               "(select from gone) as is_done, exists (select from "
                               "residence_residence r, caller c where r.id = $2 and r.owner_id = "
                               "c.user_id) as other",
                           token, residence));
    if (!done) return tl::unexpected{as_trouble(done.error())};
    return judged(*done, trouble::kind::is_the_owner);
}

answer<void> store::remove(const std::string& token, std::int64_t residence) const {
    const counted_call counted;
    const auto done = state_->change(
        token, hd::runtime(std::string{with_caller} +
                               ", gone as (delete from residence_residence r using caller c where "
                               "r.id = $2 and r.owner_id = c.user_id returning r.id) select exists "
                               "(select from caller) as is_known, exists (select from gone) as "
                               "is_done, exists (select from residence_residence_users s, caller c "
                               "where s.residence_id = $2 and s.user_id = c.user_id) as other",
                           token, residence));
    if (!done) return tl::unexpected{as_trouble(done.error())};
    return judged(*done, trouble::kind::not_the_owner);
}

std::string store::join_code(std::int64_t residence) const {
    const auto made = state_->key_of("join " + std::to_string(residence));
    std::string text;
    for (const std::byte part : std::span{made.digest}.first(8)) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", std::to_integer<unsigned>(part));
        text += two;
    }
    return text;
}

}  // namespace api
