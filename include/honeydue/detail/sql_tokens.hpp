// SPDX-License-Identifier: MIT
// Cuts SQL text into tokens, as PostgreSQL's own lexer does: nested comments, every kind of quotes,
// parameters. What the tokens mean is sql_reader.hpp's.
// Source: src/backend/parser/scan.l.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace honeydue::detail {

enum class token_kind : std::uint8_t {
    end,
    word,      ///< an unquoted name or keyword
    name,      ///< a name in double quotes
    odd_name,  ///< U&"…": a name that says itself by number
    text,      ///< a string of any kind
    number,
    parameter,
    symbol,  ///< one character
};

/// What keeps a text from being one sound statement.
enum class sql_fault : std::uint8_t {
    none,
    open_text,
    open_name,
    open_dollar_quote,
    open_comment,
    parentheses,
    several_statements,
    parameter_gap,
    no_statement,
    nul,
};

constexpr char lower_ascii(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// What a character can be, looked up, for compilers count the steps of what they compute.
enum character_class : std::uint8_t { blank = 1, word_start = 2, digit = 4 };
inline constexpr auto character_classes = [] {
    std::array<std::uint8_t, 256> classes{};
    for (std::size_t c = 0; c < classes.size(); ++c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter || c == '_' || c > 126) classes[c] = word_start;
        if (c >= '0' && c <= '9') classes[c] = digit;
        if (c == ' ' || (c >= '\t' && c <= '\r')) classes[c] = blank;
    }
    return classes;
}();
constexpr bool is_any(char c, int wanted) {
    return (character_classes[static_cast<unsigned char>(c)] & wanted) != 0;
}

struct token {
    token_kind kind = token_kind::end;
    std::string_view text{};
    std::size_t parameter = 0;

    /// `word` is in lower case.
    [[nodiscard]] constexpr bool is(std::string_view word) const {
        if (kind != token_kind::word || text.size() != word.size()) return false;
        for (std::size_t i = 0; i < word.size(); ++i) {
            if (lower_ascii(text[i]) != word[i]) return false;
        }
        return true;
    }
    [[nodiscard]] constexpr bool is(char symbol) const {
        return kind == token_kind::symbol && text[0] == symbol;
    }
    /// The name as the catalog has it: quoted letter for letter, else in lower case.
    [[nodiscard]] constexpr bool names(std::string_view wanted) const {
        if (kind == token_kind::name) return text == wanted;
        return is(wanted);
    }
};

class sql_tokens {
public:
    constexpr explicit sql_tokens(std::string_view text)
        : text_{text}, data_{text.data()}, size_{text.size()} {}

    /// The next token; `token_kind::end` at the end and after a fault.
    constexpr token next() {
        skip_blanks();
        if (fault_ != sql_fault::none || at_ >= size_) return {};
        const char c = data_[at_];
        if (c == '\0') return fail(sql_fault::nul);
        if (c == '\'') return quoted(token_kind::text, at_, false);
        if (c == '"') return name(token_kind::name);
        if (c == '$') return dollar();
        if (is_any(c, word_start)) return word();
        if (is_any(c, digit)) return number();
        return {token_kind::symbol, text_.substr(at_++, 1)};
    }

    [[nodiscard]] constexpr sql_fault fault() const { return fault_; }
    [[nodiscard]] constexpr std::size_t position() const { return at_; }

private:
    constexpr token fail(sql_fault why) {
        fault_ = why;
        return {};
    }

    [[nodiscard]] constexpr bool at(char first, char second) const {
        return at_ + 1 < size_ && data_[at_] == first && data_[at_ + 1] == second;
    }

    constexpr void skip_blanks() {
        while (at_ < size_ && fault_ == sql_fault::none) {
            if (is_any(data_[at_], blank)) {
                ++at_;
            } else if (at('-', '-')) {
                skip_line();
            } else if (at('/', '*')) {
                skip_comment();
            } else {
                return;
            }
        }
    }

    constexpr void skip_line() {
        while (at_ < size_ && data_[at_] != '\n' && data_[at_] != '\r')
            ++at_;
    }

    constexpr void skip_comment() {
        std::size_t depth = 0;
        do {
            if (at('/', '*')) {
                ++depth;
                at_ += 2;
            } else if (at('*', '/')) {
                --depth;
                at_ += 2;
            } else if (at_ >= size_) {
                fault_ = sql_fault::open_comment;
                return;
            } else {
                ++at_;
            }
        } while (depth > 0);
    }

    /// From the opening quote; a quote is doubled to stand for itself, or follows a backslash where
    /// backslashes escape.
    constexpr bool skip_quoted(char quote, bool escapes) {
        for (++at_; at_ < size_; ++at_) {
            if (escapes && data_[at_] == '\\') {
                ++at_;
            } else if (data_[at_] == quote) {
                if (!at(quote, quote)) {
                    ++at_;
                    return true;
                }
                ++at_;
            }
        }
        at_ = size_;
        return false;
    }

    constexpr token quoted(token_kind kind, std::size_t start, bool escapes) {
        do {
            if (!skip_quoted('\'', escapes)) return fail(sql_fault::open_text);
        } while (escapes && goes_on_below());
        return {kind, text_.substr(start, at_ - start)};
    }

    /// A string goes on, in its own kind, behind blanks with a new line among them.
    constexpr bool goes_on_below() {
        const std::size_t closed = at_;
        bool below = false;
        while (at_ < size_) {
            if (is_any(data_[at_], blank)) {
                below = below || data_[at_] == '\n' || data_[at_] == '\r';
                ++at_;
            } else if (at('-', '-')) {
                skip_line();
            } else {
                break;
            }
        }
        if (below && at_ < size_ && data_[at_] == '\'') return true;
        at_ = closed;
        return false;
    }

    constexpr token name(token_kind kind) {
        const std::size_t start = at_ + 1;
        if (!skip_quoted('"', false)) return fail(sql_fault::open_name);
        return {kind, text_.substr(start, at_ - 1 - start)};
    }

    /// "$1", or text between two "$tag$".
    constexpr token dollar() {
        const std::size_t start = at_++;
        if (at_ < size_ && is_any(data_[at_], digit)) return parameter(start);
        if (at_ < size_ && is_any(data_[at_], word_start)) {
            while (at_ < size_ && (is_any(data_[at_], word_start | digit)))
                ++at_;
        }
        if (at_ >= size_ || data_[at_] != '$') {
            at_ = start + 1;
            return {token_kind::symbol, text_.substr(start, 1)};
        }
        ++at_;
        return dollar_quoted(start, text_.substr(start, at_ - start));
    }

    constexpr token dollar_quoted(std::size_t start, std::string_view tag) {
        for (; at_ + tag.size() <= size_; ++at_) {
            if (data_[at_] != '$') continue;
            std::size_t same = 0;
            while (same < tag.size() && data_[at_ + same] == tag[same])
                ++same;
            if (same == tag.size()) {
                at_ += tag.size();
                return {token_kind::text, text_.substr(start, at_ - start)};
            }
        }
        at_ = size_;
        return fail(sql_fault::open_dollar_quote);
    }

    constexpr token parameter(std::size_t start) {
        constexpr std::size_t most = 65536;  // one more than a statement takes
        std::size_t value = 0;
        for (; at_ < size_ && is_any(data_[at_], digit); ++at_) {
            if (value < most) value = value * 10 + static_cast<std::size_t>(data_[at_] - '0');
        }
        return {token_kind::parameter, text_.substr(start, at_ - start), value};
    }

    constexpr token word() {
        const std::size_t start = at_;
        while (at_ < size_ && (is_any(data_[at_], word_start | digit) || data_[at_] == '$'))
            ++at_;
        const std::size_t size = at_ - start;
        const char first = lower_ascii(data_[start]);
        if (size == 1 && at_ < size_ && data_[at_] == '\'') {
            if (first == 'e') return quoted(token_kind::text, start, true);
            if (first == 'b' || first == 'x' || first == 'n')
                return quoted(token_kind::text, start, false);
        }
        if (size == 1 && first == 'u' && at('&', '\'')) {
            ++at_;
            return quoted(token_kind::text, start, false);
        }
        if (size == 1 && first == 'u' && at('&', '"')) {
            ++at_;
            return name(token_kind::odd_name);
        }
        return {token_kind::word, text_.substr(start, size)};
    }

    /// Only where it ends matters, not what it is worth.
    constexpr token number() {
        const std::size_t start = at_;
        while (at_ < size_ && (is_any(data_[at_], digit) || data_[at_] == '.'))
            ++at_;
        return {token_kind::number, text_.substr(start, at_ - start)};
    }

    std::string_view text_;
    const char* data_;
    std::size_t size_;
    std::size_t at_ = 0;
    sql_fault fault_ = sql_fault::none;
};

}  // namespace honeydue::detail
