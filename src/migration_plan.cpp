// SPDX-License-Identifier: MIT
// Planning of migrations: see the header.
#include "migration_plan.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

namespace honeydue::detail {
namespace {

using steps = std::vector<migration_step>;

tl::unexpected<std::string> refuse(std::string words) { return tl::unexpected{std::move(words)}; }

const migration_source* find(const std::vector<migration_source>& sources, std::int64_t version) {
    const auto found = std::find_if(sources.begin(), sources.end(), [version](const auto& source) {
        return source.version == version;
    });
    return found == sources.end() ? nullptr : &*found;
}

std::string missing_message(const std::vector<const migration_source*>& missing,
                            std::int64_t highest, const std::string& folder) {
    std::string words = "error: found " + std::to_string(missing.size()) +
                        " missing migrations before current version " + std::to_string(highest) +
                        ":";
    for (const migration_source* source : missing) {
        words +=
            "\n\tversion " + std::to_string(source->version) + ": " + path_in(folder, source->name);
    }
    return words;
}

}  // namespace

std::string path_in(const std::string& folder, const std::string& name) {
    return (std::filesystem::path{folder} / name).lexically_normal().string();
}

planned<std::vector<migration_source>> sources_of(std::vector<std::string> names,
                                                  const std::string& folder, std::int64_t last) {
    std::vector<migration_source> sources;
    std::sort(names.begin(), names.end());
    for (std::string& name : names) {
        const auto version = version_of(name);
        if (version) {
            if (*version <= last) sources.push_back({*version, std::move(name)});
        } else if (name.ends_with(".sql")) {
            return refuse("could not parse SQL migration file \"" + path_in(folder, name) +
                          "\": " + version.error());
        }
    }
    std::stable_sort(sources.begin(), sources.end(),
                     [](const auto& a, const auto& b) { return a.version < b.version; });
    const auto twice =
        std::adjacent_find(sources.begin(), sources.end(),
                           [](const auto& a, const auto& b) { return a.version == b.version; });
    if (twice == sources.end()) return sources;
    return refuse("goose: duplicate version " + std::to_string(twice->version) + " detected:\n" +
                  path_in(folder, std::next(twice)->name) + "\n" + path_in(folder, twice->name));
}

std::optional<std::int64_t> current_version(const version_rows& rows) {
    std::set<std::int64_t> rolled_back;
    for (const version_row& row : rows) {
        if (rolled_back.contains(row.version)) continue;
        if (row.is_applied) return row.version;
        rolled_back.insert(row.version);
    }
    return std::nullopt;
}

std::vector<std::int64_t> applied_versions(const version_rows& rows) {
    std::map<std::int64_t, bool> latest;
    for (const version_row& row : rows)
        latest.emplace(row.version, row.is_applied);
    std::vector<std::int64_t> applied;
    for (const auto& [version, is_applied] : latest) {
        if (is_applied) applied.push_back(version);
    }
    return applied;
}

planned<steps> plan_up(const std::vector<migration_source>& sources, const version_rows& rows,
                       std::int64_t target, missing_policy missing, const std::string& folder) {
    const bool in_range = std::any_of(sources.begin(), sources.end(), [target](const auto& source) {
        return source.version <= target;
    });
    if (!in_range) return refuse(std::string{no_files_words});
    if (!current_version(rows)) return refuse("no next version found");
    std::set<std::int64_t> known;
    for (const version_row& row : rows)
        known.insert(row.version);
    const std::int64_t highest = known.empty() ? 0 : *known.rbegin();
    std::vector<const migration_source*> left_out;
    steps plan;
    for (const migration_source& source : sources) {
        if (source.version > target || known.contains(source.version)) continue;
        if (source.version < highest) left_out.push_back(&source);
        plan.push_back({source, direction::up});
    }
    if (!left_out.empty() && missing == missing_policy::refuse) {
        return refuse(missing_message(left_out, highest, folder));
    }
    return plan;
}

planned<steps> plan_down(const std::vector<migration_source>& sources, const version_rows& rows) {
    const auto current = current_version(rows);
    if (!current) return refuse("no next version found");
    const migration_source* source = find(sources, *current);
    if (source != nullptr) return steps{{*source, direction::down}};
    return refuse("migration " + std::to_string(*current) + ": no current version found");
}

planned<steps> plan_down_to(const std::vector<migration_source>& sources, const version_rows& rows,
                            std::int64_t target) {
    version_rows left = rows;
    steps plan;
    while (true) {
        const auto current = current_version(left);
        if (current == 0) return plan;
        const migration_source* source = current ? find(sources, *current) : nullptr;
        if (source == nullptr && !plan.empty()) return plan;
        if (!current) return refuse("no next version found");
        if (source == nullptr) {
            return refuse("migration file not found for current version (" +
                          std::to_string(*current) + "), error: no current version found");
        }
        if (*current <= target) return plan;
        plan.push_back({*source, direction::down});
        std::erase_if(left, [current](const version_row& row) { return row.version == *current; });
    }
}

planned<steps> plan_redo(const std::vector<migration_source>& sources, const version_rows& rows) {
    const auto current = current_version(rows);
    if (!current) return refuse("no next version found");
    const migration_source* source = find(sources, *current);
    if (source == nullptr) return refuse("no current version found");
    return steps{{*source, direction::down}, {*source, direction::up}};
}

steps plan_reset(const std::vector<migration_source>& sources, const version_rows& rows) {
    const auto applied = applied_versions(rows);
    steps plan;
    for (auto source = sources.rbegin(); source != sources.rend(); ++source) {
        if (std::binary_search(applied.begin(), applied.end(), source->version))
            plan.push_back({*source, direction::down});
    }
    return plan;
}

steps plan_up_unversioned(const std::vector<migration_source>& sources, std::int64_t target) {
    steps plan;
    for (const migration_source& source : sources) {
        if (source.version <= target) plan.push_back({source, direction::up});
    }
    return plan;
}

steps plan_down_unversioned(const std::vector<migration_source>& sources, std::int64_t target) {
    steps plan;
    for (auto source = sources.rbegin(); source != sources.rend(); ++source) {
        if (source->version <= target) break;
        plan.push_back({*source, direction::down});
    }
    return plan;
}

version_rows rows_after(version_rows rows, const std::vector<migration_step>& done) {
    std::reverse(rows.begin(), rows.end());
    for (const migration_step& step : done) {
        const std::int64_t version = step.source.version;
        if (step.way == direction::up) {
            rows.push_back({version, true});
        } else {
            std::erase_if(rows, [version](const auto& row) { return row.version == version; });
        }
    }
    std::reverse(rows.begin(), rows.end());
    return rows;
}

}  // namespace honeydue::detail
