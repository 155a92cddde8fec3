// SPDX-License-Identifier: MIT
// What fits a field. The database has the same checks; here a client is told which value it was.
#include "fields.hpp"

#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

namespace api {

namespace {

using form = field::form;

constexpr std::size_t most_digits = 10;  // of a numeric(12, 2), before its point

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return number;
}

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t letters_in(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // the first byte of a letter
    });
}

bool is_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const std::string_view parts[] = {text.substr(0, 4), text.substr(5, 2), text.substr(8)};
    if (!std::all_of(std::begin(parts), std::end(parts), all_digits)) return false;
    const auto year = static_cast<int>(*number_in(parts[0]));
    const std::chrono::year_month_day day{
        std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(*number_in(parts[1]))},
        std::chrono::day{static_cast<unsigned>(*number_in(parts[2]))}};
    return day.ok() && year >= 1900 && year < 2200;
}

bool is_amount(std::string_view text) {
    const auto point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    if (!all_digits(whole) || whole.size() > most_digits) return false;
    if (point == std::string_view::npos) return true;
    const std::string_view cents = text.substr(point + 1);
    return all_digits(cents) && cents.size() <= 2;
}

bool is_text(std::string_view text, std::int64_t most) {
    const auto letters = letters_in(text);
    return letters >= 1 && letters <= most && text.find('\0') == std::string_view::npos;
}

/// Anywhere but at the beginning.
bool has_inside(std::string_view text, char mark) {
    const auto at = text.find(mark);
    return at != std::string_view::npos && at > 0;
}

bool is_one_of(std::span<const std::string_view> choices, std::string_view text) {
    return std::find(choices.begin(), choices.end(), text) != choices.end();
}

bool is_whole(const json& value, const field& of) {
    if (!value.is_number_integer()) return false;
    // What is unsigned and too large would be negative.
    const bool fits = !value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX;
    return fits && value.get<std::int64_t>() >= of.least && value.get<std::int64_t>() <= of.most;
}

bool fits(const json& value, const field& of) {
    if (of.is == form::whole) return is_whole(value, of);
    if (of.is == form::flag) return value.is_boolean();
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    switch (of.is) {
        case form::choice:
            return is_one_of(of.choices, text);
        case form::day:
            return is_day(text);
        case form::amount:
            return is_amount(text);
        case form::email:
            return is_text(text, of.most) && has_inside(text, '@');
        case form::media_type:
            return is_text(text, of.most) && has_inside(text, '/');
        default:
            return is_text(text, of.most);
    }
}

std::string expected_of(const field& of) {
    const std::string length = std::to_string(of.most) + " characters";
    switch (of.is) {
        case form::text:
            return "a text of 1 to " + length;
        case form::email:
            return "an address such as ada@example.org, of at most " + length;
        case form::media_type:
            return "a media type such as application/pdf, of at most " + length;
        case form::day:
            return "a day from 1900 to 2199, such as 2026-06-01";
        case form::amount:
            return "a text such as 12.50: at most ten digits, and two behind the point";
        case form::whole:
            return of.most == largest_key ? "a key, which is a whole number from 1"
                                          : "a whole number from " + std::to_string(of.least) +
                                                " to " + std::to_string(of.most);
        case form::flag:
            return "true or false";
        case form::choice:
            break;
    }
    std::string all = "one of ";
    for (const std::string_view one : of.choices)
        all.append(one == of.choices.front() ? "" : ", ").append(one);
    return all;
}

field_fault wrong(const field& of) {
    const bool can_be_null = of.wanted == field::presence::nullable;
    return {std::string{of.name},
            std::string{of.name} + " is " + expected_of(of) + (can_be_null ? ", or null" : "")};
}

/// A name of the client's may be anything, and comes back to it as data.
field_fault unknown(const std::string& name) {
    return {name.substr(0, 100), "there is no such field here"};
}

const field* find(std::span<const field> known, std::string_view name) {
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const field& one) { return one.name == name; });
    return found == known.end() ? nullptr : &*found;
}

bool is_for(const field& one, field::occasion when) {
    return one.when == field::occasion::always || one.when == when;
}

/// A value of a query as JSON would have it; as the text it is when it is nothing else.
json value_of(const std::string& text, const field& of) {
    if (of.is == form::flag && (text == "true" || text == "false")) return text == "true";
    if (of.is != form::whole) return text;
    const auto number = number_in(text);
    return number ? json(*number) : json(text);
}

}  // namespace

tl::expected<given_row, field_fault> row_in(const json& body, std::span<const field> known,
                                            field::occasion when) {
    if (!body.is_object()) return tl::unexpected{field_fault{"", "send a JSON object"}};
    given_row row;
    for (const auto& [name, value] : body.items()) {
        const field* const one = find(known, name);
        if (one == nullptr || !is_for(*one, when)) return tl::unexpected{unknown(name)};
        const bool is_null = value.is_null() && one->wanted == field::presence::nullable;
        if (!is_null && !fits(value, *one)) return tl::unexpected{wrong(*one)};
        row.columns.push_back(one->name);
    }
    for (const field& one : known) {
        const bool is_missing = when == field::occasion::creation && is_for(one, when) &&
                                one.wanted == field::presence::required && !row.has(one.name);
        if (is_missing) return tl::unexpected{wrong(one)};
    }
    if (when == field::occasion::change && row.columns.empty()) {
        return tl::unexpected{field_fault{"", "name one field at least that is to change"}};
    }
    row.values = body.dump();
    return row;
}

tl::expected<json, field_fault> filter_in(const httplib::Request& request,
                                          std::span<const field> known) {
    json asked = json::object();
    for (const auto& [name, text] : request.params) {
        if (name == "limit" || name == "cursor") continue;
        const field* const one = find(known, name);
        if (one == nullptr) return tl::unexpected{unknown(name)};
        json value = value_of(text, *one);
        if (asked.contains(name) || !fits(value, *one)) return tl::unexpected{wrong(*one)};
        asked[name] = std::move(value);
    }
    return asked;
}

}  // namespace api
