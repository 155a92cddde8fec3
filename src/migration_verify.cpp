// SPDX-License-Identifier: MIT
// Where the folder and what was applied do not agree.
#include <map>
#include <set>
#include <utility>

#include "migration_state.hpp"

namespace honeydue {
namespace {

using remembered = std::map<std::int64_t, detail::remembered_file>;

std::vector<migration_drift> edited(const detail::sources& files, const std::string& folder,
                                    const remembered& known) {
    std::vector<migration_drift> drift;
    for (const auto& [version, name] : files) {
        const auto found = known.find(version);
        if (found == known.end()) continue;
        const auto& [of, file, checksum, by, took] = found->second;
        if (detail::checksum_of(detail::path_in(folder, name)) == checksum) continue;
        drift.push_back({migration_drift::kind::edited, version, name, by});
    }
    return drift;
}

std::vector<migration_drift> vanished(const detail::sources& files,
                                      const detail::version_rows& rows, const remembered& known) {
    std::set<std::int64_t> present{0};
    for (const detail::migration_source& source : files)
        present.insert(source.version);
    std::vector<migration_drift> drift;
    for (const std::int64_t version : detail::applied_versions(rows)) {
        if (present.contains(version)) continue;
        const auto found = known.find(version);
        const auto what = found == known.end() ? detail::remembered_file{} : found->second;
        drift.push_back({migration_drift::kind::vanished, version, what.file, what.by});
    }
    return drift;
}

}  // namespace

result<std::vector<migration_drift>> migrator::verify() {
    const auto files = detail::read_folder(state_->folder);
    if (!files && files.error() != detail::no_files_words) {
        return tl::unexpected{detail::folder_error(files.error())};
    }
    auto session = state_->session(detail::deadline_after(state_->options.timeout));
    if (auto found = session.look(); !found) return tl::unexpected{std::move(found.error())};
    const auto listed = session.remembered();
    if (!listed) return tl::unexpected{listed.error()};
    remembered known;
    for (const detail::remembered_file& one : *listed)
        known.emplace(one.version, one);
    const detail::sources none;
    auto drift = edited(files ? *files : none, state_->folder, known);
    for (migration_drift& one : vanished(files ? *files : none, session.rows(), known))
        drift.push_back(std::move(one));
    return drift;
}

}  // namespace honeydue
