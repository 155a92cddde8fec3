// SPDX-License-Identifier: MIT
// Rows that belong to homes, as they are written. Each write is one statement that finds out by
// itself who asks, what they may, and whether what the row names is theirs to name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store_state.hpp"

namespace api {

/// Who asks: nobody when the token is not known. $1 is the token.
inline constexpr std::string_view with_caller =
    "with caller as (select t.user_id from authtoken_token t join auth_user u on u.id = t.user_id "
    "where t.key = $1 and u.is_active) ";

/// And the homes they own or share.
inline const std::string with_homes =
    std::string{with_caller} +
    ", homes as (select id from residence_residence where owner_id = (select user_id from caller) "
    "union select residence_id from residence_residence_users where user_id = (select user_id from "
    "caller))";

/// That a contractor is the caller's to see: of a home of theirs, or of none and made by them.
/// `row` is the name of its row.
inline std::string contractor_is_seen(const std::string& row) {
    return "(" + row + ".residence_id in (select id from homes) or " + row +
           ".residence_id is null and " + row + ".created_by_id = (select user_id from caller))";
}

/// That the caller sees the contractor whom the row n names, if it names one.
inline const std::string contractor_fits =
    "(n.contractor_id is null or exists (select from contractor_contractor k where k.id = "
    "n.contractor_id and " +
    contractor_is_seen("k") + "))";

/// A kind of row, in SQL: n is the row that a client gives, t the one that is there.
struct row_kind {
    std::string_view author;       ///< the column that names who made it
    std::string is_seen;           ///< whether t is the caller's to see
    std::string has_home;          ///< whether n is in a home of the caller's
    std::string fits;              ///< whether what else n names is theirs to name
    trouble::kind missing;         ///< when there is no such row
    std::string_view own{};        ///< a column of the API's choice in a new row,
    std::string_view own_value{};  ///< and its value
};

/// What a write found out by itself: whether the token is somebody's, whether its row, or its row's
/// home, is theirs, whether all it names is, and the row when it was written.
template <class Model>
struct written {
    bool is_known;
    bool is_there;
    bool fits;
    hd::children<Model> made;
};

/// Of the rows that a part called `made` of the statement returns.
template <class Model>
std::string made_rows() {
    std::string text = "array(select row(";
    std::string_view separator;
    for (const std::string_view column : hd::model<Model>::columns) {
        text.append(separator).append("m.").append(column);
        separator = ", ";
    }
    return text + ") from made m) as made";
}

inline std::string listed(const std::vector<std::string_view>& columns, std::string_view before) {
    std::string text;
    for (const std::string_view column : columns)
        text.append(text.empty() ? "" : ", ").append(before).append(column);
    return text;
}

/// `missing` when the row, or the home of a new one, is not there; `otherwise` when it was not
/// written for another reason.
template <class Model>
answer<Model> judged(hd::result<written<Model>>&& found, trouble::kind missing,
                     trouble::kind otherwise, trouble (*told)(const hd::error&) = as_trouble) {
    using kind = trouble::kind;
    if (!found) return tl::unexpected{told(found.error())};
    if (!found->made.empty()) return std::move(found->made.front().value);
    return refused(!found->is_known   ? kind::unknown_token
                   : !found->is_there ? missing
                   : !found->fits     ? kind::unknown_reference
                                      : otherwise);
}

template <class T, class Model>
answer<T> as_plain(answer<Model>&& row) {
    if (!row) return tl::unexpected{std::move(row.error())};
    return plain(std::move(*row));
}

template <class T, class Model>
answer<T> create_row(hd::pool& db, const row_kind& kind, const std::string& token,
                     const given_row& row) {
    const std::string table{hd::model<Model>::table()};
    std::string into{kind.author};
    std::string values = "c.user_id";
    if (!kind.own.empty()) {
        into.append(", ").append(kind.own);
        values.append(", ").append(kind.own_value);
    }
    std::string text = with_homes;
    text.append(", n as (select * from jsonb_populate_record(null::" + table);
    text.append(", jsonb_build_object('").append(kind.author);
    text.append("', (select user_id from caller)) || $2)), ");
    text.append("made as (insert into " + table + " (" + into + ", " + listed(row.columns, ""));
    text.append(") select " + values + ", " + listed(row.columns, "n."));
    text.append(" from n, caller c where ").append(kind.has_home).append(" and ");
    text.append(kind.fits).append(" returning *) select exists (select from caller) as is_known, ");
    text.append("exists (select from n where ").append(kind.has_home).append(") as is_there, ");
    text.append("exists (select from made) as fits, ").append(made_rows<Model>());
    return as_plain<T>(
        judged(hd::fetch_one<written<Model>>(db, hd::runtime(text, token, hd::jsonb{row.values})),
               trouble::kind::unknown_residence, trouble::kind::internal, as_trouble_of_new_row));
}

/// `also` is what changes by itself, in the words of `set`.
template <class T, class Model>
answer<T> change_row(hd::pool& db, const row_kind& kind, const std::string& token, std::int64_t id,
                     const given_row& row, std::string_view also = "") {
    const std::string table{hd::model<Model>::table()};
    std::string text = with_homes;
    text.append(", t as (select * from " + table + " t where t.id = $2 and ").append(kind.is_seen);
    // Whose it was, and of the home it has, unless it is given another.
    text.append("), n as (select p.* from t, jsonb_populate_record(null::" + table);
    text.append(", jsonb_build_object('residence_id', t.residence_id, '").append(kind.author);
    text.append("', t.").append(kind.author).append(") || $3) p), made as (update ");
    text.append(table + " u set (updated_at, " + listed(row.columns, "") + ") = row(now(), ");
    text.append(listed(row.columns, "n.") + ")").append(also);
    text.append(" from t, n where u.id = t.id and ").append(kind.has_home).append(" and ");
    text.append(kind.fits).append(" returning u.*) select exists (select from caller) as is_known");
    text.append(", exists (select from t) as is_there, exists (select from made) as fits, ");
    text.append(made_rows<Model>());
    return as_plain<T>(judged(
        hd::fetch_one<written<Model>>(db, hd::runtime(text, token, id, hd::jsonb{row.values})),
        kind.missing, trouble::kind::internal));
}

template <class Model>
answer<void> remove_row(hd::pool& db, const row_kind& kind, const std::string& token,
                        std::int64_t id) {
    std::string text = with_homes;
    text.append(", gone as (delete from ").append(hd::model<Model>::table());
    text.append(" t where t.id = $2 and ").append(kind.is_seen);
    text.append(" returning t.id) select exists (select from caller) as is_known, exists (select ");
    text.append("from gone) as is_done, false as other");
    const auto found = hd::fetch_one<verdict>(db, hd::runtime(text, token, id));
    if (!found) return tl::unexpected{as_trouble(found.error())};
    if (found->is_done) return {};
    return refused(found->is_known ? kind.missing : trouble::kind::unknown_token);
}

}  // namespace api
