// SPDX-License-Identifier: MIT
// Which migrations to run, in which direction and order, from the files there are and the rows of
// the version table. Pure: no disk, no server. The rules are those of goose's command line, which
// differ from command to command.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "migration_file.hpp"

namespace honeydue::detail {

/// A file of the migrations folder.
struct migration_source {
    std::int64_t version = 0;
    std::string name;  ///< without its folder

    friend bool operator==(const migration_source&, const migration_source&) = default;
};

/// A row of the version table.
struct version_row {
    std::int64_t version = 0;
    bool is_applied = true;

    friend bool operator==(const version_row&, const version_row&) = default;
};

/// Rows as goose lists them: the newest first, by descending id.
using version_rows = std::vector<version_row>;

struct migration_step {
    migration_source source;
    direction way = direction::up;

    friend bool operator==(const migration_step&, const migration_step&) = default;
};

enum class missing_policy : std::uint8_t { refuse, apply };

template <class T>
using planned = tl::expected<T, std::string>;

/// A file of the folder, as goose writes it: "m/1_a.sql" for "./m/".
[[nodiscard]] std::string path_in(const std::string& folder, const std::string& name);

inline constexpr std::string_view no_files_words = "no migration files found";

/// Sources up to and including `last`, by ascending version; or goose's words on two files of one
/// version, or on a name that has none.
[[nodiscard]] planned<std::vector<migration_source>> sources_of(
    std::vector<std::string> names, const std::string& folder,
    std::int64_t last = std::numeric_limits<std::int64_t>::max());

/// The last version applied that was not rolled back since: not the highest, when they were applied
/// out of order. Empty when no row says "applied", not even version 0's.
[[nodiscard]] std::optional<std::int64_t> current_version(const version_rows& rows);

/// The versions whose latest row says applied, ascending.
[[nodiscard]] std::vector<std::int64_t> applied_versions(const version_rows& rows);

/// Everything up to and including `target` that no row speaks of, ascending. A file older than the
/// highest row is missing, and refused with its name unless `missing` says apply. A target below
/// every file is refused, as goose then finds none. `folder` is for messages.
[[nodiscard]] planned<std::vector<migration_step>> plan_up(
    const std::vector<migration_source>& sources, const version_rows& rows, std::int64_t target,
    missing_policy missing, const std::string& folder);

/// The current version's Down.
[[nodiscard]] planned<std::vector<migration_step>> plan_down(
    const std::vector<migration_source>& sources, const version_rows& rows);

/// Down after Down, in the opposite of the order they were applied in, until the current version is
/// `target` or below. Where a version has no file, or none is left to be current, the plan stops,
/// and is refused once it begins there, be it at or below `target`: what can be undone is, as goose
/// does.
[[nodiscard]] planned<std::vector<migration_step>> plan_down_to(
    const std::vector<migration_source>& sources, const version_rows& rows, std::int64_t target);

/// The current version's Down, then its Up.
[[nodiscard]] planned<std::vector<migration_step>> plan_redo(
    const std::vector<migration_source>& sources, const version_rows& rows);

/// The Down of every applied file, by descending version. Rows without a file are left.
[[nodiscard]] std::vector<migration_step> plan_reset(const std::vector<migration_source>& sources,
                                                     const version_rows& rows);

/// Without a version table: every file up to `target`, ascending.
[[nodiscard]] std::vector<migration_step> plan_up_unversioned(
    const std::vector<migration_source>& sources, std::int64_t target);

/// Without a version table: from the last file down while it is above `target`.
[[nodiscard]] std::vector<migration_step> plan_down_unversioned(
    const std::vector<migration_source>& sources, std::int64_t target);

/// The rows once these steps are done.
[[nodiscard]] version_rows rows_after(version_rows rows, const std::vector<migration_step>& done);

}  // namespace honeydue::detail
