// SPDX-License-Identifier: MIT
// The folder of migrations on the disk: which files there are, and reading one through. What they
// mean is migration_file.hpp's and migration_plan.hpp's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <honeydue/error.hpp>

#include "migration_file.hpp"
#include "migration_plan.hpp"

namespace honeydue::detail {

/// What goose's glob *.sql gives, and its Go migrations, up to and including `last`. The error is
/// in goose's words.
[[nodiscard]] planned<std::vector<migration_source>> read_folder(
    const std::string& folder, std::int64_t last = std::numeric_limits<std::int64_t>::max());

/// The same as an error of ours, with the cure.
[[nodiscard]] error folder_error(const std::string& goose_words);

/// A file that was read to its end and found sound.
struct file_outline {
    std::size_t statements = 0;
    bool in_transaction = true;
    bool has_down = false;
    std::string checksum;  ///< SHA-256 in hexadecimal, of everything but CR
};

/// Takes the file's statements one by one; false stops the reading.
using statement_sink = std::function<bool(migration_statement&&)>;

/// Hands a file to a reader part by part and its statements to `sink`. An error without a line is
/// that of the disk; its words are then goose's as well. Memory: one part, and what the reader
/// needs.
[[nodiscard]] migration_parsed<file_outline> read_file(
    const std::string& path, direction way, reading how, const statement_sink& sink,
    const std::function<void(std::string_view)>& trace = {});

/// The checksum of a file that need not be sound; empty when it cannot be read.
[[nodiscard]] std::string checksum_of(const std::string& path);

}  // namespace honeydue::detail
