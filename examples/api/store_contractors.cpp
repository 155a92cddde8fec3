// SPDX-License-Identifier: MIT
// Contractors: of a home, or of who made them alone.
#include "store_rows.hpp"

namespace api {

namespace {

using tradesman = ::contractor::contractor;

const row_kind contractor_kind{
    .author = "created_by_id",
    .is_seen = contractor_is_seen("t"),
    .has_home = contractor_is_seen("n"),
    .fits = "true",
    .missing = trouble::kind::unknown_contractor,
};

/// A union, as in `homes_of`.
auto contractors_seen(std::string_view token) {
    const auto user =
        hd::select<&authtoken::token::user_id>().where(col<&authtoken::token::key> == token);
    return hd::select<&tradesman::id>()
        .where(col<&tradesman::created_by_id>.in(user) && col<&tradesman::residence_id>.is_null())
        .union_with(
            hd::select<&tradesman::id>().where(col<&tradesman::residence_id>.in(homes_of(token))));
}

}  // namespace

answer<page_of<contractor>> store::contractors_of(const std::string& token,
                                                  const contractor_filter& only,
                                                  const page_wanted& wanted) const {
    const counted_call counted;
    const auto chosen = matching<&tradesman::residence_id>(key_of<home>(only.residence_id)) &&
                        matching<&tradesman::specialty>(only.specialty) &&
                        matching<&tradesman::is_favorite>(only.is_favorite) &&
                        matching<&tradesman::is_active>(only.is_active);
    return state_->read_page<contractor>(
        token, hd::pages_of(hd::select<tradesman>().where(
                                col<&tradesman::id>.in(contractors_seen(token)) && chosen),
                            col<&tradesman::name>.ascending())
                   .named("contractors")
                   .size(wanted.limit)
                   .after(wanted.cursor)
                   .prepare());
}

answer<contractor> store::contractor_of(const std::string& token, std::int64_t id) const {
    const counted_call counted;
    return state_->read_one<contractor>(
        token,
        hd::select<tradesman>().where(col<&tradesman::id> == hd::id<tradesman>{id} &&
                                      col<&tradesman::id>.in(contractors_seen(token))),
        trouble::kind::unknown_contractor);
}

answer<contractor> store::create_contractor(const std::string& token, const given_row& row) const {
    const counted_call counted;
    return create_row<contractor, tradesman>(state_->db, contractor_kind, token, row);
}

answer<contractor> store::change_contractor(const std::string& token, std::int64_t id,
                                            const given_row& row) const {
    const counted_call counted;
    return change_row<contractor, tradesman>(state_->db, contractor_kind, token, id, row);
}

answer<void> store::remove_contractor(const std::string& token, std::int64_t id) const {
    const counted_call counted;
    return remove_row<tradesman>(state_->db, contractor_kind, token, id);
}

}  // namespace api
