// SPDX-License-Identifier: MIT
// What is known of the files about homes.
#include "store_rows.hpp"

namespace api {

namespace {

using file = documents::document;

const row_kind document_kind{
    .author = "uploaded_by_id",
    .is_seen = "t.residence_id in (select id from homes)",
    .has_home = "n.residence_id in (select id from homes)",
    .fits =
        "(n.task_id is null or exists (select from task_task x where x.id = n.task_id and "
        "x.residence_id = n.residence_id)) and " +
        contractor_fits,
    .missing = trouble::kind::unknown_document,
    .own = "storage_key",
    .own_value = "'residences/' || n.residence_id || '/' || gen_random_uuid()",
};

}  // namespace

answer<page_of<document>> store::documents_of(const std::string& token, const document_filter& only,
                                              const page_wanted& wanted) const {
    const counted_call counted;
    const auto chosen = matching<&file::residence_id>(key_of<home>(only.residence_id)) &&
                        matching<&file::task_id>(key_of<chore>(only.task_id)) &&
                        matching<&file::kind>(only.kind);
    return state_->read_page<document>(
        token, hd::pages_of(
                   hd::select<file>().where(col<&file::residence_id>.in(homes_of(token)) && chosen),
                   col<&file::created_at>.descending())
                   .named("documents")
                   .size(wanted.limit)
                   .after(wanted.cursor)
                   .prepare());
}

answer<document> store::document_of(const std::string& token, std::int64_t id) const {
    const counted_call counted;
    return state_->read_one<document>(
        token,
        hd::select<file>().where(col<&file::id> == hd::id<file>{id} &&
                                 col<&file::residence_id>.in(homes_of(token))),
        trouble::kind::unknown_document);
}

answer<document> store::create_document(const std::string& token, const given_row& row) const {
    const counted_call counted;
    return create_row<document, file>(state_->db, document_kind, token, row);
}

answer<document> store::change_document(const std::string& token, std::int64_t id,
                                        const given_row& row) const {
    const counted_call counted;
    return change_row<document, file>(state_->db, document_kind, token, id, row);
}

answer<void> store::remove_document(const std::string& token, std::int64_t id) const {
    const counted_call counted;
    return remove_row<file>(state_->db, document_kind, token, id);
}

}  // namespace api
