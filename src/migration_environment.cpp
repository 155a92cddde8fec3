// SPDX-License-Identifier: MIT
// Environment substitution: one pass that parses and expands. goose parses a line to its end before
// it expands any of it, so a failed expansion is kept back until the rest has been seen to be
// sound.
#include "migration_environment.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "migration_text.hpp"

namespace honeydue::detail {
namespace {

using fault = tl::unexpected<std::string>;
template <class T>
using parsed = tl::expected<T, std::string>;

struct rune_range {
    char32_t first, last;
};

// The symbols, marks and punctuation that follow a name in prose; other code points from U+0080 on
// count as letters.
constexpr std::array<rune_range, 14> not_in_names{{{0x80, 0xA9},
                                                   {0xAB, 0xB1},
                                                   {0xB4, 0xB4},
                                                   {0xB6, 0xB8},
                                                   {0xBB, 0xBB},
                                                   {0xBF, 0xBF},
                                                   {0xD7, 0xD7},
                                                   {0xF7, 0xF7},
                                                   {0x300, 0x36F},
                                                   {0x2000, 0x206F},
                                                   {0x20A0, 0x20FF},
                                                   {0x2190, 0x245F},
                                                   {0x2500, 0x2BFF},
                                                   {0x1F000, 0x1FAFF}}};

bool is_letter(char32_t value) noexcept {
    if (value < 0x80) return (value | 0x20U) >= U'a' && (value | 0x20U) <= U'z';
    if (value == replacement_rune || is_space(value)) return false;
    return std::none_of(not_in_names.begin(), not_in_names.end(), [value](const rune_range& range) {
        return value >= range.first && value <= range.last;
    });
}

bool is_name_part(char32_t value) noexcept {
    return is_letter(value) || (value >= U'0' && value <= U'9') || value == U'_';
}

/// Source: Go's strconv.Atoi.
parsed<std::int64_t> read_number(std::string_view text) {
    std::string_view digits = text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool complete = end == digits.data() + digits.size() && !digits.empty();
    const bool two_signs = text.size() > 1 && text[0] == '+' && text[1] == '-';
    if (code == std::errc{} && complete && !two_signs) return value;
    const bool out_of_range = code == std::errc::result_out_of_range && complete && !two_signs;
    return fault{"strconv.Atoi: parsing " + quoted(text) +
                 (out_of_range ? ": value out of range" : ": invalid syntax")};
}

std::string_view substring(std::string_view value, std::int64_t offset,
                           std::optional<std::int64_t> length) {
    const auto size = static_cast<std::int64_t>(value.size());
    const std::int64_t from =
        std::clamp(offset < 0 ? offset + size : offset, std::int64_t{0}, size);
    std::int64_t count = size - from;
    if (length)
        count = std::min(count,
                         *length >= 0 ? *length : std::max<std::int64_t>(*length + size - from, 0));
    return value.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(count));
}

/// Reads a line from left to right. What is read under `wanted == false` is checked and thrown
/// away.
class substitution {
public:
    substitution(std::string_view line, const environment& variables)
        : rest_{line}, variables_{variables} {}

    parsed<std::string> run() {
        std::string out;
        if (auto done = expression('\0', out); !done) return fault{std::move(done.error())};
        if (failure_) return fault{std::move(*failure_)};
        return out;
    }

private:
    static constexpr int deepest = 1000;

    /// Up to `stop`, which is left in place, or to the end of the line when `stop` is NUL.
    parsed<void> expression(char stop, std::string& out) {
        if (++depth_ > deepest) return fault{"expressions are nested too deep"};
        while (!rest_.empty() && (stop == '\0' || rest_[0] != stop)) {
            if (take_escape(out)) continue;
            if (rest_[0] == '$' && rest_.size() > 1) {
                if (auto done = expansion(out); !done) return done;
                continue;
            }
            append_rune(out, next());
            out += scan([stop](char32_t value) {
                return value == U'$' || value == U'\\' ||
                       (stop != '\0' && value == static_cast<unsigned char>(stop));
            });
        }
        --depth_;
        return {};
    }

    bool take_escape(std::string& out) {
        struct escape {
            std::string_view from, to;
        };
        constexpr std::array<escape, 4> escapes{
            {{"\\\\", "\\\\"}, {"\\$", "$"}, {"$$", "$"}, {"$(", "$("}}};
        for (const escape& known : escapes) {
            if (!rest_.starts_with(known.from)) continue;
            rest_.remove_prefix(known.from.size());
            out += known.to;
            return true;
        }
        return false;
    }

    parsed<void> expansion(std::string& out) {
        rest_.remove_prefix(1);
        const bool braced = rest_.starts_with('{');
        if (braced) rest_.remove_prefix(1);
        const auto name = identifier();
        if (!name) return fault{name.error()};
        const auto value = variables_(*name);
        if (!braced || rest_.starts_with('}')) {
            if (braced) rest_.remove_prefix(1);
            out += value.value_or("");
            return {};
        }
        if (auto done = operation(*name, value, out); !done) return done;
        if (const char32_t end = next(); end != U'}') {
            return fault{"Expected brace expansion to end with }, got " + spelled(end)};
        }
        return {};
    }

    parsed<void> operation(std::string_view name, const std::optional<std::string>& value,
                           std::string& out) {
        const char32_t first = next();
        if (first == U':' && !rest_.starts_with('-')) return slice(value.value_or(""), out);
        const bool empty_too = first == U':';
        if (empty_too) rest_.remove_prefix(1);
        if (!empty_too && first != U'?' && first != U'-') {
            return fault{"Expected an operator, got " + spelled(first)};
        }
        const bool present = value && !(empty_too && value->empty());
        return alternative(name, present ? &*value : nullptr, first, out);
    }

    /// The text after `:-`, `-` and `?`: stands in for a value that is not there, or says why it
    /// has to be.
    parsed<void> alternative(std::string_view name, const std::string* value, char32_t operation,
                             std::string& out) {
        const auto failure_before = failure_;
        std::string text;
        if (auto done = expression('}', text); !done) return done;
        if (value != nullptr) {
            failure_ = failure_before;
            out += *value;
        } else if (operation != U'?') {
            out += text;
        } else if (!failure_) {
            failure_ = "$" + std::string{name} + ": " + (text.empty() ? "not set" : text);
        }
        return {};
    }

    parsed<void> slice(std::string_view value, std::string& out) {
        const auto offset =
            read_number(trim(scan([](char32_t c) { return c == U':' || c == U'}'; })));
        if (!offset) return fault{"Unable to parse offset: " + offset.error()};
        if (rest_.starts_with('}')) {
            out += substring(value, *offset, std::nullopt);
            return {};
        }
        next();
        const auto length = read_number(trim(scan([](char32_t c) { return c == U'}'; })));
        if (!length) return fault{"Unable to parse length: " + length.error()};
        out += substring(value, *offset, *length);
        return {};
    }

    parsed<std::string_view> identifier() {
        const decoded_rune first = decode_rune(rest_);
        if (first.size == 0 || !is_letter(first.value)) {
            return fault{"Expected identifier to start with a letter, got " +
                         spelled(first.size == 0 ? replacement_rune : first.value)};
        }
        return scan([](char32_t value) { return !is_name_part(value); });
    }

    template <class Stops>
    std::string_view scan(Stops stops) {
        std::size_t size = 0;
        while (size < rest_.size()) {
            const decoded_rune at = decode_rune(rest_.substr(size));
            if (at.value == replacement_rune || stops(at.value)) break;
            size += at.size;
        }
        const std::string_view found = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return found;
    }

    /// U+FFFD at the end of the line, as Go prints its "end of file".
    char32_t next() {
        const decoded_rune found = decode_rune(rest_);
        rest_.remove_prefix(found.size);
        return found.size == 0 ? replacement_rune : found.value;
    }

    static std::string spelled(char32_t value) {
        std::string out;
        append_rune(out, value);
        return out;
    }

    std::string_view rest_;
    const environment& variables_;
    std::optional<std::string> failure_;
    int depth_ = 0;
};

}  // namespace

std::optional<std::string> process_environment(std::string_view name) {
    const char* value = std::getenv(std::string{name}.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr) return std::nullopt;
    return std::string{value};
}

tl::expected<std::string, std::string> substitute(std::string_view line,
                                                  const environment& variables) {
    return substitution{line, variables}.run();
}

}  // namespace honeydue::detail
