// SPDX-License-Identifier: MIT
// Naming new migrations: see the header.
#include "migration_name.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace honeydue::detail {

std::string snake_case(std::string_view name) {
    std::string made;
    bool is_apart = false;
    for (const char c : name) {
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        const bool is_kept = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
                             static_cast<signed char>(c) < 0;
        if (is_kept && is_apart && !made.empty()) made += '_';
        if (is_kept) made += lower;
        is_apart = !is_kept;
    }
    return made;
}

bool is_timestamp(std::int64_t version) {
    if (version <= 19700101000000 || version > 99991231235959) return false;
    const auto part = [version](std::int64_t above, std::int64_t size) {
        return version / above % size;
    };
    const std::chrono::year_month_day day{
        std::chrono::year{static_cast<int>(part(10'000'000'000, 10'000))},
        std::chrono::month{static_cast<unsigned>(part(100'000'000, 100))},
        std::chrono::day{static_cast<unsigned>(part(1'000'000, 100))}};
    return day.ok() && part(10'000, 100) < 24 && part(100, 100) < 60 && part(1, 100) < 60;
}

std::string next_file_name(const std::vector<migration_source>& sources, std::string_view name,
                           std::chrono::sys_seconds now) {
    const std::string words = snake_case(name);
    if (!sources.empty() && is_timestamp(sources.back().version)) {
        const auto day = std::chrono::floor<std::chrono::days>(now);
        const std::chrono::year_month_day date{day};
        const std::chrono::hh_mm_ss time{now - day};
        return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}_{}.sql", static_cast<int>(date.year()),
                           static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                           time.hours().count(), time.minutes().count(), time.seconds().count(),
                           words);
    }
    constexpr std::size_t goose_width = 5;
    const std::int64_t last = sources.empty() ? 0 : sources.back().version;
    const std::size_t width = sources.empty() ? goose_width : sources.back().name.find('_');
    return fmt::format("{:0{}}_{}.sql", last + 1, width, words);
}

}  // namespace honeydue::detail
