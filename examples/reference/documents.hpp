// SPDX-License-Identifier: MIT
// Model of documents_document: a file about a home. Its bytes are in an object store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "auth.hpp"
#include "contractor.hpp"
#include "residence.hpp"
#include "task.hpp"

namespace documents {

struct document {
    honeydue::id<document> id{};
    honeydue::foreign_key<residence::residence> residence_id;
    std::optional<honeydue::foreign_key<auth::user>> uploaded_by_id{};
    std::optional<honeydue::foreign_key<task::task>> task_id{};
    std::optional<honeydue::foreign_key<contractor::contractor>> contractor_id{};
    std::string kind = "general";  ///< general, warranty, receipt, contract, manual, insurance …
    std::string title;
    std::optional<std::string> description{};
    std::string file_name;
    std::string mime_type;
    std::string storage_key;  ///< unique
    std::int64_t size_bytes = 0;
    std::optional<honeydue::date> issued_on{};
    std::optional<honeydue::date> expires_on{};
    std::optional<honeydue::numeric> amount{};
    honeydue::timestamptz created_at = honeydue::timestamptz::now();
    honeydue::timestamptz updated_at = honeydue::timestamptz::now();
};

}  // namespace documents
