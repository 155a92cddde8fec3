// SPDX-License-Identifier: MIT
// goose's state machine over lines, and the strict checks on what it makes of them: see the header.
#include "migration_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "migration_sql.hpp"
#include "migration_text.hpp"

namespace honeydue::detail {
namespace {

constexpr std::string_view see = ", see https://github.com/pressly/goose#sql-migrations";

/// Whether the last word before a comment ends in a semicolon. A word as long as goose's buffer
/// stops its search.
bool ends_statement(std::string_view line) {
    bool ends = false;
    while (true) {
        const std::string_view word = next_word(line);
        if (word.empty() || word.starts_with("--")) return ends;
        if (word.size() >= migration_reader::longest_line) return ends;
        ends = word.ends_with(';');
    }
}

std::string without_dashes(std::string_view line) {
    std::string out;
    for (std::size_t at = 0; at < line.size();) {
        if (line.substr(at, 2) == "--") {
            at += 2;
        } else {
            out += line[at++];
        }
    }
    return out;
}

bool is_annotation(std::string_view line) {
    return trim(line).starts_with("--") && line.find("+goose") != std::string_view::npos;
}

bool is_comment_or_blank(std::string_view text) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        const std::string_view inner = trim(line);
        if (!inner.empty() && !inner.starts_with("--")) return false;
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return true;
}

/// goose feeds `text` to its scanner; a CR before the end of a line goes with it.
std::string_view without_cr(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

struct migration_reader::annotation_word {
    std::string_view text;
    annotation meaning;
};

migration_reader::migration_reader(direction wanted, reading how, environment variables)
    : variables_{std::move(variables)}, wanted_{wanted}, how_{how} {}

migration_parsed<void> migration_reader::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::size_t size = std::min(end, bytes.size());
        const std::size_t with_end = size + (end == std::string_view::npos ? 0 : 1);
        const std::size_t limit = end == std::string_view::npos ? longest_line - 1 : longest_line;
        if (partial_.size() + with_end > limit) {
            ++line_number_;
            return fault("failed to scan migration: bufio.Scanner: token too long",
                         "break the line: goose reads up to 4 MiB");
        }
        if (end == std::string_view::npos) {
            partial_ += bytes;
            return {};
        }
        std::string whole;
        std::string_view line = bytes.substr(0, size);
        if (!partial_.empty()) {
            whole = std::exchange(partial_, {});
            whole += line;
            line = whole;
        }
        if (auto done = read_line(without_cr(line)); !done) return done;
        bytes.remove_prefix(with_end);
    }
    return {};
}

migration_parsed<void> migration_reader::finish() {
    if (!partial_.empty()) {
        const std::string last = std::exchange(partial_, {});
        if (auto done = read_line(without_cr(last)); !done) return done;
    }
    line_number_ = 0;
    if (place_ == migration_place::start) {
        return fault("failed to parse migration: must start with '-- +goose Up' annotation" +
                         std::string{see},
                     "write the line \"-- +goose Up\" before the first statement");
    }
    if (place_ == migration_place::up_block || place_ == migration_place::down_block) {
        return fault("failed to parse migration: missing '-- +goose StatementEnd' annotation",
                     "close the block with the line \"-- +goose StatementEnd\"");
    }
    if (!trim(buffer_).empty()) return unfinished();
    return {};
}

std::vector<migration_statement> migration_reader::take() { return std::exchange(ready_, {}); }

migration_parsed<void> migration_reader::read_line(std::string_view line) {
    ++line_number_;
    if (trace_) trace_(line);
    if (place_ == migration_place::start && trim(line).empty()) return {};
    if (is_annotation(line)) {
        const auto given = read_annotation(line);
        if (!given) return tl::unexpected{given.error()};
        if (auto done = obey(*given); !done) return done;
        if (*given != annotation::statement_end) return {};
    }
    return add(line);
}

auto migration_reader::read_annotation(std::string_view line) const
    -> migration_parsed<annotation> {
    static constexpr std::array<annotation_word, 7> words{
        {{"Up", annotation::up},
         {"Down", annotation::down},
         {"StatementBegin", annotation::statement_begin},
         {"StatementEnd", annotation::statement_end},
         {"NO TRANSACTION", annotation::no_transaction},
         {"ENVSUB ON", annotation::envsub_on},
         {"ENVSUB OFF", annotation::envsub_off}}};
    const auto invalid = [this, line](std::string_view text, std::string_view reason,
                                      std::string cure) {
        return fault("failed to parse annotation line " + quoted(line) + ": " + quoted(text) + " " +
                         std::string{reason} + ": invalid annotation",
                     std::move(cure));
    };
    if (line.starts_with(' ') || line.starts_with('\t')) {
        return invalid(line, "contains leading whitespace", "begin the line with its dashes");
    }
    std::string command = without_dashes(line);
    command.erase(std::min(command.find("+goose"), command.size()), 6);
    if (command.find("+goose") != std::string::npos) {
        return invalid(command, "contains multiple '+goose' annotations", "write one to a line");
    }
    const std::string_view wanted = trim(command);
    if (wanted.empty()) {
        return fault("failed to parse annotation line " + quoted(line) + ": empty annotation",
                     "write Up, Down, StatementBegin or StatementEnd after +goose");
    }
    const auto* const found = std::find_if(
        words.begin(), words.end(),
        [wanted](const annotation_word& known) { return equal_folded(wanted, known.text); });
    if (found != words.end()) return found->meaning;
    return invalid(wanted, "not supported",
                   "goose knows Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, ENVSUB ON "
                   "and ENVSUB OFF; a comment may not mention +goose");
}

migration_parsed<void> migration_reader::obey(annotation given) {
    switch (given) {
        case annotation::up:
            return begin_up();
        case annotation::down:
            return begin_down();
        case annotation::statement_begin:
            return begin_block();
        case annotation::statement_end:
            return end_block();
        case annotation::no_transaction:
            return begin_no_transaction();
        case annotation::envsub_on:
            substituting_ = true;
            return {};
        case annotation::envsub_off:
            substituting_ = false;
            return {};
    }
    return {};
}

migration_parsed<void> migration_reader::begin_up() {
    if (place_ != migration_place::start) {
        return fault("duplicate '-- +goose Up' annotations; stateMachine=" + place_number() +
                         std::string{see},
                     "one file has one Up section: put the rest into a file of its own");
    }
    move_to(migration_place::up);
    return {};
}

migration_parsed<void> migration_reader::begin_down() {
    if (place_ != migration_place::up && place_ != migration_place::up_block_ended) {
        return fault("must start with '-- +goose Up' annotation, stateMachine=" + place_number() +
                         std::string{see},
                     "Down comes once, after Up and outside of a block");
    }
    if (!trim(buffer_).empty()) return unfinished();
    move_to(migration_place::down);
    return {};
}

migration_parsed<void> migration_reader::begin_block() {
    if (how_ == reading::strict && !trim(buffer_).empty() && !is_comment_or_blank(buffer_)) {
        return fault("a statement that is not finished before this block would become part of it",
                     "end it with a semicolon at the end of its line");
    }
    switch (place_) {
        case migration_place::up:
        case migration_place::up_block_ended:
            move_to(migration_place::up_block);
            return {};
        case migration_place::down:
        case migration_place::down_block_ended:
            move_to(migration_place::down_block);
            return {};
        default:
            return fault(
                "'-- +goose StatementBegin' must be defined after '-- +goose Up' or '-- "
                "+goose Down' annotation, stateMachine=" +
                    place_number() + std::string{see},
                "a block is inside the Up or Down section, and in no other block");
    }
}

migration_parsed<void> migration_reader::end_block() {
    if (place_ != migration_place::up_block && place_ != migration_place::down_block) {
        return fault("'-- +goose StatementEnd' must be defined after '-- +goose StatementBegin'" +
                         std::string{see},
                     "begin the block with the line \"-- +goose StatementBegin\"");
    }
    move_to(place_ == migration_place::up_block ? migration_place::up_block_ended
                                                : migration_place::down_block_ended);
    if (how_ == reading::strict && buffer_.empty() && !in_other_direction()) {
        return fault("an empty block: goose would drop the line after it and run nothing instead",
                     "take its StatementBegin and StatementEnd away");
    }
    return {};
}

migration_parsed<void> migration_reader::begin_no_transaction() {
    if (how_ == reading::strict && has_down()) {
        return fault("NO TRANSACTION in the Down section holds for Up as well",
                     "write it at the top of the file");
    }
    in_transaction_ = false;
    return {};
}

migration_parsed<void> migration_reader::add(std::string_view line) {
    if (buffer_.empty()) {
        if (line.empty() || trim(line).starts_with("--")) {
            say("ignore comment");
            return {};
        }
        buffer_line_ = line_number_;
    }
    last_line_.clear();
    if (!is_block_ended()) {
        if (auto done = append(line); !done) return done;
    }
    if (place_ == migration_place::start) {
        return fault("failed to parse migration: unexpected state 0 on line " + quoted(last_line_) +
                         std::string{see},
                     line.starts_with("\xEF\xBB\xBF")
                         ? "save the file without a byte order mark"
                         : "write the line \"-- +goose Up\" before the first statement");
    }
    if (in_other_direction()) {
        buffer_.clear();
        say(has_down() ? "ignore up" : "ignore down");
        return {};
    }
    const bool in_block =
        place_ == migration_place::up_block || place_ == migration_place::down_block;
    if (in_block || (!is_block_ended() && !ends_statement(last_line_))) return {};
    return complete();
}

migration_parsed<void> migration_reader::append(std::string_view line) {
    last_line_ = line;
    if (substituting_) {
        auto replaced = substitute(line, variables_);
        if (!replaced) {
            return fault(
                "variable substitution failed: " + replaced.error() + ":\n" + std::string{line},
                "write $$ for a dollar sign, or ENVSUB OFF before the line");
        }
        last_line_ = std::move(*replaced);
    }
    buffer_ += last_line_;
    buffer_ += '\n';
    return {};
}

migration_parsed<void> migration_reader::complete() {
    const std::string_view text = trim(buffer_);
    // Every white space character but LF is on the first line or follows an LF that is counted.
    const auto skipped =
        std::string_view{buffer_}.substr(0, static_cast<std::size_t>(text.data() - buffer_.data()));
    const auto lines = static_cast<std::size_t>(std::count(skipped.begin(), skipped.end(), '\n'));
    migration_statement made{std::string{text}, buffer_line_ + lines};
    if (how_ == reading::strict) {
        if (auto done = check_strictly(made); !done) return done;
    }
    ready_.push_back(std::move(made));
    buffer_.clear();
    if (trace_) {
        say(std::string{"store "} + (is_block_ended() ? "" : "simple ") +
            (has_down() ? "Down" : "Up") + (is_block_ended() ? " statement" : " query"));
    }
    if (is_block_ended()) move_to(has_down() ? migration_place::down : migration_place::up);
    return {};
}

migration_parsed<void> migration_reader::check_strictly(const migration_statement& made) const {
    const auto refuse = [&made](std::size_t line, std::string message, std::string cure) {
        return tl::unexpected{
            migration_fault{made.line + line, std::move(message), std::move(cure)}};
    };
    const sql_cut cut = cut_statements(made.text);
    if (cut.open != sql_open::nothing) {
        const std::string what{describe(cut.open)};
        if (is_block_ended())
            return refuse(cut.open_line, "the block ends inside " + what, "close it");
        return refuse(cut.open_line, "a line ends in a semicolon inside " + what,
                      "put the statement between StatementBegin and StatementEnd");
    }
    for (std::size_t i = 0; i < cut.pieces.size(); ++i) {
        const sql_piece& piece = cut.pieces[i];
        if (control_of(piece.text) != transaction_control::none) {
            return refuse(piece.line, "a statement that begins or ends a transaction",
                          "take it away: each file is one transaction, unless NO TRANSACTION");
        }
        if (i > 0 && !is_block_ended() && piece.line > cut.pieces[i - 1].last_line) {
            return refuse(cut.pieces[i - 1].last_line,
                          "goose does not see that a statement ends on this line",
                          "nothing but blanks and \" -- comment\" may follow its semicolon");
        }
    }
    return {};
}

bool migration_reader::in_other_direction() const noexcept {
    if (place_ == migration_place::start) return false;
    return (wanted_ == direction::up) == has_down();
}

bool migration_reader::is_block_ended() const noexcept {
    return place_ == migration_place::up_block_ended || place_ == migration_place::down_block_ended;
}

void migration_reader::say(std::string_view words) const {
    if (trace_) trace_("StateMachine: " + std::string{words});
}

void migration_reader::move_to(migration_place next) {
    const std::string before = place_number();
    place_ = next;
    if (trace_) say("set " + before + " => " + place_number());
}

std::string migration_reader::place_number() const {
    return std::to_string(static_cast<int>(place_));
}

tl::unexpected<migration_fault> migration_reader::fault(std::string message,
                                                        std::string cure) const {
    return tl::unexpected{migration_fault{line_number_, std::move(message), std::move(cure)}};
}

tl::unexpected<migration_fault> migration_reader::unfinished() const {
    const std::string_view rest = trim(buffer_);
    const bool only_comments = is_comment_or_blank(rest);
    return tl::unexpected{migration_fault{
        buffer_line_,
        "failed to parse migration: state " + place_number() +
            ", direction: " + (wanted_ == direction::up ? "up" : "down") +
            ": unexpected unfinished SQL query: " + quoted(rest) + ": missing semicolon?",
        only_comments ? "the line before the comment holds blanks: empty it"
                      : "end the statement with a semicolon at the end of its line"}};
}

migration_parsed<migration_script> read_migration(std::string_view text, direction wanted,
                                                  reading how, const environment& variables) {
    migration_reader reader{wanted, how, variables};
    if (auto fed = reader.feed(text); !fed) return tl::unexpected{std::move(fed.error())};
    if (auto done = reader.finish(); !done) return tl::unexpected{std::move(done.error())};
    return migration_script{reader.take(), reader.in_transaction()};
}

tl::expected<std::int64_t, std::string> version_of(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    const std::string_view extension = dot == std::string_view::npos ? "" : name.substr(dot);
    if (extension != ".sql" && extension != ".go") {
        return tl::unexpected{
            std::string{"migration file does not have .sql or .go file extension"}};
    }
    const std::size_t separator = name.find('_');
    if (separator == std::string_view::npos) {
        return tl::unexpected{std::string{"no filename separator '_' found"}};
    }
    const std::string_view text = name.substr(0, separator);
    const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
    std::int64_t version = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
    const bool malformed = end != digits.data() + digits.size() || digits.empty() ||
                           (digits != text && digits.starts_with('-')) ||
                           code == std::errc::invalid_argument;
    if (malformed || code == std::errc::result_out_of_range) {
        return tl::unexpected{"failed to parse version from migration file: " + std::string{name} +
                              ": strconv.ParseInt: parsing " + quoted(text) +
                              (malformed ? ": invalid syntax" : ": value out of range")};
    }
    if (version < 1) {
        return tl::unexpected{std::string{"migration version must be greater than zero"}};
    }
    return version;
}

}  // namespace honeydue::detail
