// SPDX-License-Identifier: MIT
// Reads one migration file in goose's format, one direction at a time, as goose v3.22.1 to v3.27
// read it to the byte; and a strict reading beside it that refuses what goose reads otherwise than
// it is written. Names of files are here too. Nothing here touches a disk or a server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "migration_environment.hpp"

namespace honeydue::detail {

enum class direction : std::uint8_t { up, down };

/// `strict` accepts a subset of what `compatible` does, and reads it the same.
enum class reading : std::uint8_t { compatible, strict };

/// One text that goose sends by itself; from a block it may hold several SQL statements, or none.
struct migration_statement {
    std::string text;
    std::size_t line = 0;  ///< from 1, of its first line in the file

    friend bool operator==(const migration_statement&, const migration_statement&) = default;
};

/// Why a file cannot be read.
struct migration_fault {
    std::size_t line = 0;  ///< from 1; 0 when it is the end of the file
    std::string message;   ///< goose's own words, where goose refuses it as well
    std::string cure;      ///< what to write instead; may be empty
};

template <class T>
using migration_parsed = tl::expected<T, migration_fault>;

struct migration_script {
    std::vector<migration_statement> statements;
    bool in_transaction = true;
};

/// The seven places of goose's state machine; the numbers appear in its messages.
enum class migration_place : std::uint8_t {
    start,
    up,
    up_block,
    up_block_ended,
    down,
    down_block,
    down_block_ended,
};

/// Reads a file handed over in parts of any size. Memory: one statement and one line, besides what
/// is not taken.
class migration_reader {
public:
    /// Range: a line and its end, as goose has it.
    static constexpr std::size_t longest_line = std::size_t{4} * 1024 * 1024;

    migration_reader(direction wanted, reading how, environment variables);

    /// Whom to tell each line and each change of place, in the words of goose's verbose mode.
    void tell(std::function<void(std::string_view)> trace) { trace_ = std::move(trace); }

    /// After an error nothing more is read.
    [[nodiscard]] migration_parsed<void> feed(std::string_view bytes);
    [[nodiscard]] migration_parsed<void> finish();

    /// The statements completed since the last call.
    [[nodiscard]] std::vector<migration_statement> take();

    /// Final after `finish` only: NO TRANSACTION may stand anywhere.
    [[nodiscard]] bool in_transaction() const noexcept { return in_transaction_; }

    /// True once a Down section has been seen.
    [[nodiscard]] bool has_down() const noexcept { return place_ >= migration_place::down; }

private:
    enum class annotation : std::uint8_t {
        up,
        down,
        statement_begin,
        statement_end,
        no_transaction,
        envsub_on,
        envsub_off,
    };
    struct annotation_word;

    [[nodiscard]] migration_parsed<void> read_line(std::string_view line);
    [[nodiscard]] migration_parsed<annotation> read_annotation(std::string_view line) const;
    [[nodiscard]] migration_parsed<void> obey(annotation given);
    [[nodiscard]] migration_parsed<void> begin_up();
    [[nodiscard]] migration_parsed<void> begin_down();
    [[nodiscard]] migration_parsed<void> begin_block();
    [[nodiscard]] migration_parsed<void> end_block();
    [[nodiscard]] migration_parsed<void> begin_no_transaction();
    [[nodiscard]] migration_parsed<void> add(std::string_view line);
    [[nodiscard]] migration_parsed<void> append(std::string_view line);
    [[nodiscard]] migration_parsed<void> complete();
    [[nodiscard]] migration_parsed<void> check_strictly(const migration_statement& made) const;
    [[nodiscard]] bool in_other_direction() const noexcept;
    [[nodiscard]] bool is_block_ended() const noexcept;
    [[nodiscard]] std::string place_number() const;
    [[nodiscard]] tl::unexpected<migration_fault> fault(std::string message,
                                                        std::string cure) const;
    [[nodiscard]] tl::unexpected<migration_fault> unfinished() const;

    void say(std::string_view words) const;
    void move_to(migration_place next);

    environment variables_;
    std::function<void(std::string_view)> trace_;
    direction wanted_;
    reading how_;
    migration_place place_ = migration_place::start;
    bool in_transaction_ = true;
    bool substituting_ = false;
    std::size_t line_number_ = 0;
    std::size_t buffer_line_ = 0;
    std::string last_line_;  ///< after substitution: what may end a statement
    std::string partial_;
    std::string buffer_;
    std::vector<migration_statement> ready_;
};

/// The whole of a file at once.
[[nodiscard]] migration_parsed<migration_script> read_migration(
    std::string_view text, direction wanted, reading how = reading::compatible,
    const environment& variables = process_environment);

/// The version a file's name carries, or goose's words on why it is none.
/// Range: 1 to 9223372036854775807; `name` is without its folder.
[[nodiscard]] tl::expected<std::int64_t, std::string> version_of(std::string_view name);

}  // namespace honeydue::detail
