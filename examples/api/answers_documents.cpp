// SPDX-License-Identifier: MIT
// Files about homes: what is known of them, and where their bytes are kept.
#include <httplib.h>

#include "answers.hpp"

namespace api {

namespace {

using form = field::form;
using presence = field::presence;
using occasion = field::occasion;

constexpr std::string_view kinds[] = {"general", "warranty",  "receipt", "contract",
                                      "manual",  "insurance", "permit",  "photo"};

constexpr field document_fields[] = {
    {"residence_id", form::whole, largest_key, 1, {}, presence::required, occasion::creation},
    {"task_id", form::whole, largest_key, 1},
    {"contractor_id", form::whole, largest_key, 1},
    {"kind", form::choice, 0, 0, kinds, presence::defaulted},
    {"title", form::text, 200, 1, {}, presence::required},
    {"description", form::text, 10'000},
    {"file_name", form::text, 255, 1, {}, presence::required, occasion::creation},
    {"mime_type", form::media_type, 127, 1, {}, presence::required, occasion::creation},
    {"size_bytes", form::whole, INT64_MAX - 1, 0, {}, presence::required, occasion::creation},
    {"issued_on", form::day},
    {"expires_on", form::day},
    {"amount", form::amount},
};

constexpr field document_filters[] = {
    {"residence_id", form::whole, largest_key, 1},
    {"task_id", form::whole, largest_key, 1},
    {"kind", form::choice, 0, 0, kinds},
};

document_filter filter_of(const json& only) {
    return {.residence_id = said<std::int64_t>(only, "residence_id"),
            .task_id = said<std::int64_t>(only, "task_id"),
            .kind = said<std::string>(only, "kind")};
}

}  // namespace

json as_json(const document& one) {
    return {{"id", one.id},
            {"residence_id", one.residence_id},
            {"uploaded_by_id", one.uploaded_by_id},
            {"task_id", one.task_id},
            {"contractor_id", one.contractor_id},
            {"kind", one.kind},
            {"title", one.title},
            {"description", one.description},
            {"file_name", one.file_name},
            {"mime_type", one.mime_type},
            {"storage_key", one.storage_key},
            {"size_bytes", one.size_bytes},
            {"issued_on", one.issued_on},
            {"expires_on", one.expires_on},
            {"amount", one.amount},
            {"created_at", one.created_at},
            {"updated_at", one.updated_at}};
}

void answer_documents(const asked& by, httplib::Response& to) {
    answer_page(by, to, "documents", document_filters,
                [&](const json& only, const page_wanted& wanted) {
                    return by.from.documents_of(by.token, filter_of(only), wanted);
                });
}

void answer_document(const asked& by, httplib::Response& to) {
    answer_one(by.from.document_of(by.token, by.id), to);
}

void answer_document_creation(const asked& by, httplib::Response& to) {
    answer_creation(by, to, document_fields, invalid_document, "/api/documents/",
                    [&](const given_row& row) { return by.from.create_document(by.token, row); });
}

void answer_document_change(const asked& by, httplib::Response& to) {
    answer_change(by, to, document_fields, invalid_document, [&](const given_row& row) {
        return by.from.change_document(by.token, by.id, row);
    });
}

void answer_document_removal(const asked& by, httplib::Response& to) {
    answer_done(by.from.remove_document(by.token, by.id), to);
}

}  // namespace api
