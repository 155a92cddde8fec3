// SPDX-License-Identifier: MIT
// The text forms of the temporal types, as the server's with DateStyle ISO.
// Source: EncodeDateTime and EncodeInterval, src/backend/utils/adt/datetime.c;
// the calendar is Howard Hinnant's "chrono-Compatible Low-Level Date
// Algorithms".
#include <honeydue/temporal.hpp>

#include <charconv>
#include <cstdlib>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace honeydue {

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;

struct civil_day {
    std::int64_t year = 0;  // astronomical: 0 is 1 BC
    unsigned month = 1;
    unsigned day = 1;
};

constexpr std::int64_t days_per_era = 146097;  // 400 years

/// Days since 1970-01-01 to a day of the proleptic Gregorian calendar.
constexpr civil_day civil_of(std::int64_t days) {
    days += 719468;
    const std::int64_t era = (days >= 0 ? days : days - (days_per_era - 1)) / days_per_era;
    const auto of_era = static_cast<unsigned>(days - era * days_per_era);
    const unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    const unsigned from_march = (5 * of_year + 2) / 153;
    const unsigned month = from_march < 10 ? from_march + 3 : from_march - 9;
    return {static_cast<std::int64_t>(year) + era * 400 + (month <= 2 ? 1 : 0), month,
            of_year - (153 * from_march + 2) / 5 + 1};
}

constexpr std::int64_t days_of(civil_day day) {
    const std::int64_t year = day.month <= 2 ? day.year - 1 : day.year;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto of_era = static_cast<unsigned>(year - era * 400);
    const unsigned from_march = day.month > 2 ? day.month - 3 : day.month + 9;
    const unsigned of_year = (153 * from_march + 2) / 5 + day.day - 1;
    return era * days_per_era + (of_era * 365 + of_era / 4 - of_era / 100 + of_year) - 719468;
}
static_assert(days_of({1970, 1, 1}) == 0 && days_of({2000, 3, 1}) == 11017);
static_assert(civil_of(11016).month == 2 && civil_of(11016).day == 29);

constexpr unsigned days_in(std::int64_t year, unsigned month) {
    constexpr unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return lengths[month - 1] + (month == 2 && leap ? 1U : 0U);
}

/// "2024-02-29"; the era is the caller's to add.
std::string spell_day(const civil_day& day) {
    const std::int64_t year = day.year > 0 ? day.year : 1 - day.year;
    return fmt::format("{:04}-{:02}-{:02}", year, day.month, day.day);
}

std::string_view era_of(const civil_day& day) { return day.year > 0 ? "" : " BC"; }

/// "04:05:06.789"
std::string spell_time(std::int64_t microseconds) {
    std::string text = fmt::format("{:02}:{:02}:{:02}", microseconds / hour,
                                   microseconds / minute % 60, microseconds / second % 60);
    if (const std::int64_t fraction = microseconds % second; fraction != 0) {
        text += fmt::format(".{:06}", fraction);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

/// "+02", "-03:30", "+00:19:32"
std::string spell_offset(std::int64_t seconds) {
    const std::int64_t size = std::abs(seconds);
    std::string text = fmt::format("{}{:02}", seconds < 0 ? '-' : '+', size / 3600);
    if (size % 3600 != 0) text += fmt::format(":{:02}", size / 60 % 60);
    if (size % 60 != 0) text += fmt::format(":{:02}", size % 60);
    return text;
}

/// Reads text from left to right; once something does not fit, everything after
/// it fails too.
class scanner {
public:
    explicit scanner(std::string_view text) : rest_{text} {}

    bool accept(char wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool accept(std::string_view wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(wanted.size());
        return true;
    }
    void expect(char wanted) { sound_ = accept(wanted) && sound_; }

    /// A number of `least` to `most` digits.
    std::int64_t number(std::size_t least, std::size_t most) {
        std::int64_t value = 0;
        std::size_t digits = 0;
        for (; digits < most && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; ++digits) {
            value = value * 10 + (rest_[0] - '0');
            rest_.remove_prefix(1);
        }
        sound_ = sound_ && digits >= least;
        return value;
    }

    /// What follows a decimal point, in millionths; more than six digits would be
    /// lost.
    std::int64_t millionths() {
        const std::size_t before = rest_.size();
        std::int64_t value = number(1, 6);
        for (std::size_t digits = before - rest_.size(); digits < 6; ++digits)
            value *= 10;
        return value;
    }

    void require(bool condition) { sound_ = sound_ && condition; }
    [[nodiscard]] bool at_end() const { return sound_ && rest_.empty(); }
    [[nodiscard]] bool sound() const { return sound_; }

private:
    std::string_view rest_;
    bool sound_ = true;
};

civil_day scan_day(scanner& from) {
    civil_day day;
    day.year = from.number(4, 7);
    from.expect('-');
    day.month = static_cast<unsigned>(from.number(1, 2));
    from.expect('-');
    day.day = static_cast<unsigned>(from.number(1, 2));
    from.require(day.year >= 1 && day.month >= 1 && day.month <= 12 && day.day >= 1);
    return day;
}

/// Days since 1970, once the era is known.
std::int64_t finish_day(scanner& from, civil_day day) {
    if (from.accept(" BC")) day.year = 1 - day.year;
    if (!from.sound()) return 0;
    from.require(day.day <= days_in(day.year, day.month));
    return days_of(day);
}

std::int64_t scan_time(scanner& from) {
    const std::int64_t hours = from.number(1, 2);
    from.expect(':');
    const std::int64_t minutes = from.number(2, 2);
    std::int64_t after = 0;
    if (from.accept(':')) after = from.number(2, 2) * second;
    from.require(minutes < 60 && after < minute);
    if (from.accept('.')) after += from.millionths();
    const std::int64_t total = hours * hour + minutes * minute + after;
    from.require(total <= detail::microseconds_per_day);
    return total;
}

/// Seconds ahead of UTC.
std::int64_t scan_offset(scanner& from) {
    if (from.accept('Z')) return 0;
    const bool behind = from.accept('-');
    if (!behind) from.expect('+');
    std::int64_t seconds = from.number(2, 2) * 3600;
    if (from.accept(':')) seconds += from.number(2, 2) * 60;
    if (from.accept(':')) seconds += from.number(2, 2);
    constexpr std::int64_t end = std::int64_t{16} * 3600;
    from.require(seconds < end);
    return behind ? -seconds : seconds;
}

/// The sign that belongs to one part of an interval.
std::int64_t scan_sign(scanner& from) {
    if (from.accept('-')) return -1;
    (void)from.accept('+');
    return 1;
}

/// What follows the hours of an interval, which may be any number of them.
std::int64_t scan_after_hours(scanner& from, std::int64_t sign, std::int64_t hours) {
    const std::int64_t minutes = from.number(2, 2);
    std::int64_t after = 0;
    if (from.accept(':')) after = from.number(2, 2) * second;
    if (from.accept('.')) after += from.millionths();
    from.require(minutes < 60 && after < minute);
    std::int64_t total = 0;
    from.require(!__builtin_mul_overflow(sign * hours, hour, &total));
    from.require(!__builtin_add_overflow(total, sign * (minutes * minute + after), &total));
    return total;
}

interval scan_interval(scanner& from) {
    struct unit {
        std::string_view name, also;
    };
    constexpr unit units[] = {{"year", "year"}, {"month", "mon"}, {"day", "day"}};
    std::int64_t counts[std::size(units)]{};
    interval read;
    std::size_t next = 0;
    do {
        const std::int64_t sign = scan_sign(from);
        const std::int64_t number = from.number(1, 10);
        if (from.accept(':')) {
            read.microseconds = scan_after_hours(from, sign, number);
            break;
        }
        from.expect(' ');
        while (next < std::size(units) && !from.accept(units[next].name) &&
               !from.accept(units[next].also))
            ++next;
        from.require(next < std::size(units));
        if (!from.sound()) return {};
        counts[next++] = sign * number;
        (void)from.accept('s');
    } while (from.accept(' '));
    const std::int64_t months = counts[0] * 12 + counts[1];
    from.require(std::in_range<std::int32_t>(months) && std::in_range<std::int32_t>(counts[2]));
    read.months = static_cast<std::int32_t>(months);
    read.days = static_cast<std::int32_t>(counts[2]);
    return read;
}

tl::unexpected<error> not_a(std::string_view what, std::string_view example) {
    return fail(errc::encode, fmt::format("not a {}: expected the form {}", what, example));
}

enum class zone : unsigned char { none, required };

result<std::int64_t> parse_moment(std::string_view text, zone offset, std::string_view what,
                                  std::string_view example) {
    if (text == "infinity") return timestamptz::infinity().wire();
    if (text == "-infinity") return timestamptz::minus_infinity().wire();
    scanner from{text};
    const civil_day day = scan_day(from);
    if (!from.accept('T')) from.expect(' ');
    const std::int64_t time = scan_time(from);
    const std::int64_t ahead = offset == zone::required ? scan_offset(from) : 0;
    const std::int64_t days = finish_day(from, day) - detail::server_epoch_days;
    // A day further, for an offset may bring it back.
    constexpr std::int64_t first_day = detail::first_timestamp / detail::microseconds_per_day - 1;
    constexpr std::int64_t last_day = detail::end_of_timestamps / detail::microseconds_per_day;
    if (!from.at_end() || days < first_day || days > last_day) return not_a(what, example);
    const timestamptz moment =
        timestamptz::from_wire(days * detail::microseconds_per_day + time - ahead * second);
    if (!moment.is_in_range()) return not_a(what, "4713 BC to 294276 AD");
    return moment.wire();
}

/// The parts of an interval as EncodeInterval joins them: a sign is written
/// when the part before it was negative.
class interval_speller {
public:
    void part(std::int64_t value, std::string_view unit) {
        if (value == 0) return;
        text_ += fmt::format("{}{}{} {}{}", text_.empty() ? "" : " ",
                             after_negative_ && value > 0 ? "+" : "", value, unit,
                             value == 1 ? "" : "s");
        after_negative_ = value < 0;
    }

    std::string finish(std::int64_t microseconds) && {
        if (microseconds == 0 && !text_.empty()) return std::move(text_);
        const bool negative = microseconds < 0;
        const std::uint64_t size = negative ? 0 - static_cast<std::uint64_t>(microseconds)
                                            : static_cast<std::uint64_t>(microseconds);
        text_ += fmt::format("{}{}", text_.empty() ? "" : " ",
                             negative          ? "-"
                             : after_negative_ ? "+"
                                               : "");
        text_ +=
            fmt::format("{:02}:{:02}:{:02}", size / hour, size / minute % 60, size / second % 60);
        if (const std::uint64_t fraction = size % second; fraction != 0) {
            text_ += fmt::format(".{:06}", fraction);
            text_.erase(text_.find_last_not_of('0') + 1);
        }
        return std::move(text_);
    }

private:
    std::string text_;
    bool after_negative_ = false;
};

}  // namespace

namespace detail {

std::string timestamp_text(std::int64_t since_2000, std::string_view zone) {
    const timestamptz moment = timestamptz::from_wire(since_2000);
    if (!moment.is_finite()) return since_2000 > 0 ? "infinity" : "-infinity";
    std::int64_t days = since_2000 / microseconds_per_day;
    std::int64_t time = since_2000 % microseconds_per_day;
    if (time < 0) {
        time += microseconds_per_day;
        --days;
    }
    const civil_day day = civil_of(days + server_epoch_days);
    return fmt::format("{} {}{}{}", spell_day(day), spell_time(time), zone, era_of(day));
}

result<std::int64_t> parse_timestamp(std::string_view text) {
    return parse_moment(text, zone::none, "timestamp", "2024-02-29 12:30:00.5");
}

result<std::int64_t> parse_timestamptz(std::string_view text) {
    return parse_moment(text, zone::required, "timestamptz", "2024-02-29 12:30:00.5+02:00");
}

}  // namespace detail

result<date> date::parse(std::string_view text) {
    if (text == "infinity") return infinity();
    if (text == "-infinity") return minus_infinity();
    scanner from{text};
    const civil_day day = scan_day(from);
    const std::int64_t days = finish_day(from, day) - detail::server_epoch_days;
    if (!from.at_end()) return not_a("date", "2024-02-29");
    const date read = from_wire(saturated(days));
    if (!read.is_in_range()) return not_a("date", "4713 BC to 5874897 AD");
    return read;
}

std::string date::text() const {
    if (!is_finite()) return since_2000_ > 0 ? "infinity" : "-infinity";
    const civil_day day = civil_of(since_2000_ + detail::server_epoch_days);
    return fmt::format("{}{}", spell_day(day), era_of(day));
}

result<time_of_day> time_of_day::parse(std::string_view text) {
    scanner from{text};
    const std::chrono::microseconds read{scan_time(from)};
    if (!from.at_end()) return not_a("time", "04:05:06.789");
    return time_of_day{read};
}

std::string time_of_day::text() const { return spell_time(since_midnight.count()); }

result<timetz> timetz::parse(std::string_view text) {
    scanner from{text};
    timetz read;
    read.time = std::chrono::microseconds{scan_time(from)};
    read.ahead_of_utc = std::chrono::seconds{scan_offset(from)};
    if (!from.at_end()) return not_a("timetz", "04:05:06.789+02:00");
    return read;
}

std::string timetz::text() const { return time.text() + spell_offset(ahead_of_utc.count()); }

result<interval> interval::parse(std::string_view text) {
    scanner from{text};
    const interval read = scan_interval(from);
    if (!from.at_end()) return not_a("interval", "1 year 2 mons -3 days +04:05:06");
    return read;
}

std::string interval::text() const {
    interval_speller speller;
    speller.part(months / 12, "year");
    speller.part(months % 12, "mon");
    speller.part(days, "day");
    return std::move(speller).finish(microseconds);
}

}  // namespace honeydue
