// SPDX-License-Identifier: MIT
// Whether the schema is as far as a service needs it: one question, and what to run if it is not.
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <honeydue/migration.hpp>

#include "migration_table.hpp"

namespace honeydue::detail {
namespace {

constexpr std::string_view run_up = "run `honeydue migrate up` (or goose up) first";

}  // namespace

result<statement> ask_schema(std::string_view table) {
    if (!is_table_name(table)) {
        return fail(
            errc::configuration,
            fmt::format("table is '{}': give a name, or schema.name, as SQL spells it", table));
    }
    return runtime(
        fmt::format("select coalesce((select max(version_id) from {0} where is_applied), 0),"
                    " coalesce((select is_applied from {0} order by id desc limit 1), false),"
                    " coalesce((select version_id from {0} order by id desc limit 1), 0)",
                    table));
}

result<void> judge_schema(const result<std::vector<rows>>& answer, std::int64_t version,
                          std::string_view table) {
    if (!answer && answer.error().sqlstate() == "42P01"_sqlstate) {
        return fail(errc::migration, fmt::format("table {} does not exist, so no migration was "
                                                 "applied: {}",
                                                 table, run_up));
    }
    if (!answer) return tl::unexpected{answer.error()};
    const auto read = decode<std::tuple<std::int64_t, bool, std::int64_t>>(answer->at(0));
    if (!read) return tl::unexpected{read.error()};
    const auto& [highest, is_newest_applied, newest] = read->at(0);
    if (!is_newest_applied) {
        return fail(errc::migration,
                    fmt::format("the newest row of {} says version {} is not applied: look at "
                                "`honeydue migrate status`, then {}",
                                table, newest, run_up));
    }
    if (highest >= version) return {};
    return fail(errc::migration, fmt::format("the schema is at version {} and {} is needed: {}",
                                             highest, version, run_up));
}

}  // namespace honeydue::detail
