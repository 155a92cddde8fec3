// SPDX-License-Identifier: MIT
// The judge of the replicas' run: what was told beside what is kept. Knows no server.
#pragma once

#include "evidence.hpp"

#include <unordered_map>

namespace honeydue::chaos {

inline std::string first_of(const std::vector<std::string>& all) {
    return all.empty() ? std::string{} : std::to_string(all.size()) + ", the first: " + all.front();
}

inline std::string first_of(const std::map<std::string, std::string>& all) {
    return all.empty() ? std::string{}
                       : std::to_string(all.size()) + ", the first: " + all.begin()->second;
}

inline std::vector<finding> judge_completions(const api_evidence& seen) {
    std::unordered_map<std::string, std::vector<const completion_kept*>> kept;
    std::map<std::pair<std::int64_t, std::string>, int> occurrences;
    for (const completion_kept& one : seen.completions_kept) {
        kept[one.mark].push_back(&one);
        ++occurrences[{one.task, one.due}];
    }
    std::set<std::string> asked;
    for (const completion_asked& one : seen.completions)
        asked.insert(one.mark);
    const auto describe = [&](const completion_asked& one) {
        return "\"" + one.mark + "\" of task " + std::to_string(one.task) + ": " +
               std::to_string(kept[one.mark].size()) + " rows";
    };
    const auto is_told = [](told outcome, auto wrong) {
        return [=](const completion_asked& one) { return one.outcome == outcome && wrong(one); };
    };
    const auto rows = [&](const completion_asked& one) { return kept[one.mark].size(); };
    const auto is_as_told = [&](const completion_asked& one) {
        return rows(one) == 1 && kept[one.mark].front()->task == one.task &&
               kept[one.mark].front()->due == one.due;
    };
    const auto twice =
        std::ranges::find_if(occurrences, [](const auto& one) { return one.second > 1; });
    const auto stranger = std::ranges::find_if(
        seen.completions_kept, [&](const auto& one) { return !asked.contains(one.mark); });
    return {
        judge_each(seen.completions, "a completion answered 201 is there exactly once",
                   is_told(told::committed, [&](const auto& one) { return !is_as_told(one); }),
                   describe),
        judge_each(seen.completions, "a completion answered 409 is not there",
                   is_told(told::failed, [&](const auto& one) { return rows(one) != 0; }),
                   describe),
        judge_each(seen.completions, "a completion of unknown outcome is there at most once",
                   is_told(told::unknown, [&](const auto& one) { return rows(one) > 1; }),
                   describe),
        judge("no occurrence of a task is completed twice", twice == occurrences.end(),
              twice == occurrences.end()
                  ? ""
                  : "task " + std::to_string(twice->first.first) + ", due " + twice->first.second),
        judge("no completion is there that nobody asked for",
              stranger == seen.completions_kept.end(),
              stranger == seen.completions_kept.end() ? "" : "\"" + stranger->mark + "\""),
    };
}

// A name is asked for once.
inline std::vector<finding> judge_homes(const api_evidence& seen) {
    const auto rows = [&](const home_asked& one) {
        const auto found = seen.homes_kept.find(one.name);
        return found == seen.homes_kept.end() ? 0 : found->second;
    };
    const auto is_wrong = [&](const home_asked& one) {
        if (one.made == told::unknown) return rows(one) > 1;
        if (one.made == told::failed) return rows(one) != 0;
        if (!one.is_removal_asked || one.removed == told::failed) return rows(one) != 1;
        return one.removed == told::committed ? rows(one) != 0 : rows(one) > 1;
    };
    return {judge_each(seen.homes, "a residence is there as its making and removal were answered",
                       is_wrong, [&](const home_asked& one) {
                           return "\"" + one.name + "\": " + std::to_string(rows(one)) + " rows";
                       })};
}

// A commit that was not fenced is P4's, not P3's; the API counts them.
inline std::vector<finding> judge_reads(const api_evidence& seen) {
    return {
        judge("a replica shows what was written through it at once", seen.reads.in_own().empty(),
              first_of(seen.reads.in_own())),
        judge("the other replica shows it within the cache's bound",
              seen.reads.beyond_bound().size() <= seen.unfenced_commits,
              first_of(seen.reads.beyond_bound()) +
                  "; unfenced commits: " + std::to_string(seen.unfenced_commits)),
    };
}

// How long after the last fault one was still told of a failure.
inline milliseconds last_failure(const std::vector<answer_seen>& answers, moment fault_ended,
                                 moment until) {
    milliseconds last{0};
    for (const answer_seen& one : answers) {
        if (one.is_failure() && one.ended > fault_ended && one.ended <= until)
            last = std::max(last, between(fault_ended, one.ended));
    }
    return last;
}

inline std::vector<finding> judge_recovery(const api_evidence& seen) {
    const auto describe = [&](const lull& one) {
        return one.is_well
                   ? "a failure " +
                         std::to_string(
                             last_failure(seen.answers, one.fault_ended, one.over).count()) +
                         " ms after the last fault"
                   : "not within " + std::to_string(between(one.fault_ended, one.over).count()) +
                         " ms";
    };
    return {judge_each(
        seen.lulls,
        "both replicas answer, and nobody is told of a failure, later than " +
            std::to_string(seen.well_within.count() / 1000) + " s after the last fault",
        [&](const lull& one) {
            return !one.is_well ||
                   last_failure(seen.answers, one.fault_ended, one.over) > seen.well_within;
        },
        describe)};
}

// Each completed occurrence moves its task on by one, and none is passed over.
inline std::vector<finding> judge_workers(const api_evidence& seen) {
    const auto is_wrong = [](const series& one) {
        const auto days = static_cast<std::size_t>(std::max(one.moved, 0));
        const bool is_dense = one.completed.empty() || (*one.completed.begin() == 0 &&
                                                        *one.completed.rbegin() + 1 == one.moved);
        return one.moved < 0 || one.completions != days || one.completed.size() != days ||
               !is_dense;
    };
    return {judge_each(
        seen.recurring, "a recurring task has moved on once for each occurrence that was completed",
        is_wrong, [](const series& one) {
            return "task " + std::to_string(one.task) + " moved " + std::to_string(one.moved) +
                   " days, completed " + std::to_string(one.completions) + " times on " +
                   std::to_string(one.completed.size()) + " dates";
        })};
}

inline std::vector<finding> judge_all(const api_evidence& seen) {
    std::vector<finding> all;
    for (auto&& part : {judge_completions(seen), judge_homes(seen), judge_reads(seen),
                        judge_workers(seen), judge_recovery(seen)})
        all.insert(all.end(), part.begin(), part.end());
    all.push_back(judge("what the workers tell and end is told and ended once, and nothing is left",
                        seen.wrong_rows.empty(), first_of(seen.wrong_rows)));
    all.push_back(judge("every answer is one that fits its request", seen.surprises.empty(),
                        first_of(seen.surprises)));
    all.push_back(judge("every process stops well", seen.wrong_endings.empty(),
                        first_of(seen.wrong_endings)));
    all.push_back(judge(
        "there was something to judge",
        std::ranges::count(seen.completions, told::committed, &completion_asked::outcome) > 0 &&
            seen.reads.reads() > 0 && !seen.recurring.empty(),
        std::to_string(seen.completions.size()) + " completions, " +
            std::to_string(seen.reads.reads()) + " reads"));
    return all;
}

}  // namespace honeydue::chaos
