// SPDX-License-Identifier: MIT
// The SQL reader of migrations: see the header.
#include "migration_sql.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace honeydue::detail {
namespace {

constexpr char folded(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same_word(std::string_view word, std::string_view lower) noexcept {
    return word.size() == lower.size() && std::equal(word.begin(), word.end(), lower.begin(),
                                                     [](char a, char b) { return folded(a) == b; });
}

bool starts_word(char c) noexcept {
    return (folded(c) >= 'a' && folded(c) <= 'z') || c == '_' || static_cast<signed char>(c) < 0;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool continues_word(char c) noexcept { return starts_word(c) || is_digit(c) || c == '$'; }

/// flex's notion, which is not Unicode's.
bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

class sql_reader {
public:
    explicit sql_reader(std::string_view text) : text_{text} {}

    sql_cut run() {
        while (at_ < text_.size() && cut_.open == sql_open::nothing)
            step();
        if (cut_.open == sql_open::nothing) close_at_end();
        finish_piece();
        return std::move(cut_);
    }

private:
    void step() {
        const char c = text_[at_];
        if (is_blank(c)) {
            advance(1);
        } else if (sees("--")) {
            advance(std::min(text_.find('\n', at_), text_.size()) - at_);
        } else if (sees("/*")) {
            block_comment();
        } else if (c == ';' && parentheses_ == 0 && atomic_depth_ == 0) {
            finish_piece();
            advance(1);
        } else {
            token(c);
        }
    }

    void token(char c) {
        mark_token(at_, line_);
        if (starts_word(c)) {
            word();
        } else if (c == '\'') {
            quoted_until('\'', sql_open::quote);
        } else if (c == '"') {
            quoted_until('"', sql_open::identifier);
        } else if (c == '$' && dollar_tag_size() > 0) {
            dollar_body();
        } else {
            if (c == '(' && parentheses_++ == 0) parenthesis_line_ = line_;
            if (c == ')' && parentheses_ > 0) --parentheses_;
            advance(1);
        }
        end_token();
    }

    void word() {
        std::size_t size = 1;
        while (at_ + size < text_.size() && continues_word(text_[at_ + size]))
            ++size;
        const std::string_view found = text_.substr(at_, size);
        if (same_word(found, "e") && at_ + size < text_.size() && text_[at_ + size] == '\'') {
            advance(size);
            escaped_quote();
            return;
        }
        note_word(found);
        advance(size);
    }

    /// psql counts BEGIN and CASE against END, but only in CREATE [OR REPLACE] FUNCTION or
    /// PROCEDURE.
    void note_word(std::string_view found) {
        if (words_ < first_words_.size()) first_words_[words_] = found;
        ++words_;
        if (!defines_routine() || parentheses_ > 0) return;
        if (same_word(found, "begin")) {
            if (atomic_depth_++ == 0) atomic_line_ = line_;
        } else if (same_word(found, "case") && atomic_depth_ > 0) {
            ++atomic_depth_;
        } else if (same_word(found, "end") && atomic_depth_ > 0) {
            --atomic_depth_;
        }
    }

    [[nodiscard]] bool defines_routine() const {
        const auto is_routine = [](std::string_view word) {
            return same_word(word, "function") || same_word(word, "procedure");
        };
        if (!same_word(first_words_[0], "create")) return false;
        return is_routine(first_words_[1]) ||
               (same_word(first_words_[1], "or") && same_word(first_words_[2], "replace") &&
                is_routine(first_words_[3]));
    }

    /// A doubled mark is two quotes side by side, which reads the same.
    void quoted_until(char mark, sql_open kind) {
        const std::size_t end = text_.find(mark, at_ + 1);
        if (end == std::string_view::npos) return leave_open(kind, line_);
        advance(end + 1 - at_);
    }

    void escaped_quote() {
        const std::size_t begun = line_;
        std::size_t end = at_ + 1;
        while (end < text_.size() && text_[end] != '\'')
            end += text_[end] == '\\' ? 2 : 1;
        if (end >= text_.size()) return leave_open(sql_open::quote, begun);
        advance(end + 1 - at_);
    }

    /// The size of `$tag$` at the present place; 0 when it is none.
    [[nodiscard]] std::size_t dollar_tag_size() const {
        std::size_t size = 1;
        while (at_ + size < text_.size() && text_[at_ + size] != '$' &&
               (starts_word(text_[at_ + size]) || (size > 1 && is_digit(text_[at_ + size])))) {
            ++size;
        }
        return at_ + size < text_.size() && text_[at_ + size] == '$' ? size + 1 : 0;
    }

    void dollar_body() {
        const std::string_view tag = text_.substr(at_, dollar_tag_size());
        const std::size_t end = text_.find(tag, at_ + tag.size());
        if (end == std::string_view::npos) return leave_open(sql_open::dollar_body, line_);
        advance(end + tag.size() - at_);
    }

    /// One that is never closed is part of its statement, for the server would refuse it.
    void block_comment() {
        const std::size_t begin = at_;
        const std::size_t begun = line_;
        std::size_t depth = 0;
        do {
            if (sees("/*")) {
                ++depth;
                advance(2);
            } else if (sees("*/")) {
                --depth;
                advance(2);
            } else if (at_ < text_.size()) {
                advance(1);
            } else {
                leave_open(sql_open::comment, begun);
                mark_token(begin, begun);
                return end_token();
            }
        } while (depth > 0);
    }

    [[nodiscard]] bool sees(std::string_view what) const {
        return text_.substr(at_, what.size()) == what;
    }

    void advance(std::size_t count) {
        const std::string_view passed = text_.substr(at_, count);
        line_ += static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
        at_ += count;
    }

    void leave_open(sql_open kind, std::size_t line) {
        cut_.open = kind;
        cut_.open_line = line;
        advance(text_.size() - at_);
    }

    void close_at_end() {
        if (atomic_depth_ > 0) {
            cut_.open = sql_open::atomic_body;
            cut_.open_line = atomic_line_;
        } else if (parentheses_ > 0) {
            cut_.open = sql_open::parenthesis;
            cut_.open_line = parenthesis_line_;
        }
    }

    void mark_token(std::size_t begin, std::size_t line) {
        if (in_piece_) return;
        in_piece_ = true;
        piece_begin_ = begin;
        piece_line_ = line;
    }

    void end_token() {
        piece_end_ = at_;
        cut_last_line_ = line_;
    }

    void finish_piece() {
        if (in_piece_) {
            cut_.pieces.push_back({text_.substr(piece_begin_, piece_end_ - piece_begin_),
                                   piece_line_, cut_last_line_});
        }
        in_piece_ = false;
        words_ = 0;
        first_words_ = {};
        parentheses_ = 0;
        atomic_depth_ = 0;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 0;
    sql_cut cut_;

    bool in_piece_ = false;
    std::size_t piece_begin_ = 0;
    std::size_t piece_end_ = 0;
    std::size_t piece_line_ = 0;
    std::size_t cut_last_line_ = 0;

    std::array<std::string_view, 4> first_words_{};
    std::size_t words_ = 0;
    std::size_t parentheses_ = 0;
    std::size_t parenthesis_line_ = 0;
    std::size_t atomic_depth_ = 0;
    std::size_t atomic_line_ = 0;
};

/// The first words of a statement that begins with a token, comments between them skipped.
std::array<std::string, 3> first_words_of(std::string_view statement) {
    std::array<std::string, 3> words;
    std::size_t at = 0;
    for (std::string& word : words) {
        while (at < statement.size() && !starts_word(statement[at])) {
            if (is_blank(statement[at])) {
                ++at;
            } else if (statement.substr(at, 2) == "--") {
                at = std::min(statement.find('\n', at), statement.size());
            } else if (statement.substr(at, 2) == "/*") {
                const std::size_t end = statement.find("*/", at + 2);
                at = end == std::string_view::npos ? statement.size() : end + 2;
            } else {
                return words;
            }
        }
        while (at < statement.size() && continues_word(statement[at])) {
            word += folded(statement[at++]);
        }
    }
    return words;
}

}  // namespace

std::string_view describe(sql_open open) noexcept {
    switch (open) {
        case sql_open::nothing:
            return "nothing";
        case sql_open::quote:
            return "a quoted string";
        case sql_open::identifier:
            return "a quoted identifier";
        case sql_open::dollar_body:
            return "a dollar-quoted body";
        case sql_open::comment:
            return "a block comment";
        case sql_open::parenthesis:
            return "parentheses";
        case sql_open::atomic_body:
            return "a BEGIN ATOMIC body";
    }
    return "";
}

sql_cut cut_statements(std::string_view text) { return sql_reader{text}.run(); }

transaction_control control_of(std::string_view statement) {
    const auto [first, second, third] = first_words_of(statement);
    if (first == "begin" || (first == "start" && second == "transaction")) {
        return transaction_control::begins;
    }
    if (first == "commit" || first == "end" || first == "abort") return transaction_control::ends;
    if (first == "prepare" && second == "transaction") return transaction_control::ends;
    const bool to_savepoint =
        second == "to" || ((second == "work" || second == "transaction") && third == "to");
    if (first == "rollback" && !to_savepoint) return transaction_control::ends;
    return transaction_control::none;
}

}  // namespace honeydue::detail
