// SPDX-License-Identifier: MIT
// Failures of a file in the words of goose's own program, which scripts may look for. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <honeydue/error.hpp>

#include "migration_plan.hpp"

namespace honeydue::detail {

/// Where a file's run stopped.
enum class migration_stage : std::uint8_t {
    opening,
    reading,
    beginning,
    running,
    recording,
    committing,
};

/// What the server said as Go's driver writes it, "ERROR: … (SQLSTATE 42601)"; else our message.
[[nodiscard]] std::string goose_error(const error& why);

/// A text as goose quotes it: without the comment lines and empty lines that begin at the margin.
[[nodiscard]] std::string cleared(std::string_view text);

/// "ERROR 1_a.sql: failed to …". `text` is what goose would have sent, for a running file.
[[nodiscard]] std::string goose_words(migration_stage stage, const migration_step& step,
                                      std::string_view why, std::string_view text = {});

}  // namespace honeydue::detail
