// SPDX-License-Identifier: MIT
// goose's words: see the header.
#include "migration_words.hpp"

#include <algorithm>

#include "migration_text.hpp"

namespace honeydue::detail {

std::string goose_error(const error& why) {
    if (why.report() == nullptr) return why.message();
    return why.report()->severity + ": " + why.report()->message + " (SQLSTATE " +
           std::string{why.sqlstate().text()} + ")";
}

namespace {

/// Without the lines that `is_left_out` says, each with every line end behind it.
template <class Left>
std::string without_lines(std::string_view text, Left&& is_left_out) {
    std::string kept;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find('\n'), text.size());
        if (is_left_out(text.substr(0, size))) {
            text.remove_prefix(size);
            text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
        } else {
            const std::size_t whole = std::min(size + 1, text.size());
            kept += text.substr(0, whole);
            text.remove_prefix(whole);
        }
    }
    return kept;
}

}  // namespace

std::string cleared(std::string_view text) {
    const std::string uncommented =
        without_lines(text, [](std::string_view line) { return line.starts_with("--"); });
    return without_lines(uncommented, [](std::string_view line) { return line.empty(); });
}

std::string goose_words(migration_stage stage, const migration_step& step, std::string_view why,
                        std::string_view text) {
    std::string words = "ERROR " + step.source.name + ": failed to ";
    switch (stage) {
        case migration_stage::opening:
            words += "open SQL migration file: ";
            break;
        case migration_stage::reading:
            words += "parse SQL migration file: ";
            break;
        case migration_stage::beginning:
            words += "run SQL migration: failed to begin transaction: ";
            break;
        case migration_stage::running:
            words +=
                "run SQL migration: failed to execute SQL query " + quoted(cleared(text)) + ": ";
            break;
        case migration_stage::recording:
            words += std::string{"run SQL migration: failed to "} +
                     (step.way == direction::up ? "insert new" : "delete") + " goose version: ";
            break;
        case migration_stage::committing:
            words += "run SQL migration: failed to commit transaction: ";
            break;
    }
    return words += why;
}

}  // namespace honeydue::detail
