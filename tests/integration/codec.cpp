// SPDX-License-Identifier: MIT
// Every codec against a real server. For each vector the server reads its own text; what it sends
// must decode to our value, our bytes must be its bytes, our parameter must come back equal to its
// value, and its text form must be ours.
#include <honeydue/composite.hpp>
#include <honeydue/connection.hpp>
#include <honeydue/enumeration.hpp>
#include <honeydue/json.hpp>
#include <honeydue/range.hpp>
#include <honeydue/rows.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "reach.hpp"
#include "spelled.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace honeydue::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace house {

enum class mood { calm, in_love, wild };

struct room {
    std::string name;
    std::optional<std::int32_t> windows;
    mood feeling = mood::calm;
    std::vector<std::int64_t> codes;

    friend bool operator==(const room&, const room&) = default;
};

}  // namespace house

template <>
inline constexpr honeydue::enum_storage honeydue::storage_of<house::mood>{.type = "vectors.mood"};
template <>
inline constexpr std::string_view honeydue::composite_name<house::room> = "vectors.room";
template <>
inline constexpr honeydue::range_type honeydue::range_over<double>{
    .name = "vectors.floatrange", .multirange_name = "vectors.floatmultirange"};

namespace {

connection& shared_connection() {
    static connection opened = must(connection::open(reach_row()));
    return opened;
}

/// What `text` is as a value of `type`, as bytes and as text, and what our parameter is.
template <class T>
rows ask(std::string_view type, std::string_view text, const T& value) {
    const std::string name{type};
    // An inet's cast to text adds the length that its output leaves out.
    const std::string shown =
        name == "inet" ? "format('%s', $1::text::inet)" : "$1::text::" + name + "::text";
    const std::vector group{
        runtime("select set_config('TimeZone', 'UTC', true)"),
        runtime("select $1::text::" + name + ", " + shown + ", $2::" + name +
                    ", coalesce($2::" + name + "::text = $1::text::" + name + "::text, false)",
                text, value),
    };
    return must(shared_connection().run(group)).at(1);
}

template <class T>
T read(const rows& from, std::size_t column) {
    T value{};
    REQUIRE(codec<T>::accepts(from.column_type(column)));
    REQUIRE(decode(from.at(0, column), value) == codec_fault::none);
    return value;
}

std::string bytes_of(cell from) { return std::string{from.text()}; }

template <class T>
std::string bytes_of(const T& value) {
    parameters one;
    one.add(value);
    REQUIRE(one.fault() == codec_fault::none);
    const auto wire = one.wire().subspan(4);
    return {reinterpret_cast<const char*>(wire.data()), wire.size()};
}

/// Bytes are ours alone where user types carry their numbers inside arrays and records, and where a
/// numeric is infinite: what follows its sign is whatever was there.
enum class wire { the_same, each_its_own };

template <class T>
void agree(std::string_view type, std::string_view text, const T& value,
           wire bytes = wire::the_same) {
    CAPTURE(type, text.substr(0, 100));
    const rows answer = ask(type, text, value);
    const T decoded = read<T>(answer, 0);
    CHECK(bytes_of(decoded) == bytes_of(value));
    CHECK(read<T>(answer, 2) == decoded);
    CHECK(read<bool>(answer, 3));
    if (bytes == wire::the_same) CHECK(bytes_of(answer.at(0, 0)) == bytes_of(value));
    if constexpr (requires { spelled(value); })
        CHECK(read<std::string>(answer, 1) == spelled(value));
}

/// A type whose text is read by `T::parse`: the server's own spelling gives the same value.
template <class T>
void agree_parsed(std::string_view type, std::string_view text) {
    const auto value = T::parse(text);
    REQUIRE(value);
    const bool infinite = type == "numeric" && text.find("Inf") != std::string_view::npos;
    agree(type, text, *value, infinite ? wire::each_its_own : wire::the_same);
    const auto again = T::parse(value->text());
    REQUIRE(again);
    CHECK(*again == *value);
}

template <class T>
void agree_in_arrays(std::string_view type, const std::vector<T>& values,
                     wire bytes = wire::the_same) {
    std::vector<std::optional<T>> with_null{std::nullopt};
    for (const auto& value : values)
        with_null.emplace_back(value);
    const std::string name = std::string{type} + "[]";
    agree(name, spelled(values), values, bytes);
    agree(name, spelled(with_null), with_null, bytes);
    agree(name, "{}", std::vector<T>{}, bytes);
    agree(name, "{NULL}", std::vector<std::optional<T>>{std::nullopt}, bytes);
}

template <class T>
void null_comes_back(std::string_view type) {
    CAPTURE(type);
    const std::string name{type};
    const rows answer =
        must(shared_connection().run(runtime("select $1::" + name, std::optional<T>{})));
    CHECK(read<std::optional<T>>(answer, 0) == std::nullopt);
    T value{};
    CHECK(decode(answer.at(0, 0), value) == codec_fault::null);
}

/// The types of one schema, gone at the end.
class user_types {
public:
    user_types() {
        run("drop schema if exists vectors cascade");
        run("create schema vectors");
        run("create type vectors.mood as enum ('calm', 'in_love', 'wild')");
        run("create type vectors.room as (name varchar, windows int, feeling vectors.mood, codes "
            "bigint[])");
        run("create type vectors.floatrange as range (subtype = float8)");
        run("create domain vectors.percent as int check (value between 0 and 100)");
    }
    ~user_types() { (void)shared_connection().run(runtime("drop schema vectors cascade")); }
    user_types(const user_types&) = delete;
    user_types& operator=(const user_types&) = delete;

private:
    static void run(std::string sql) { must(shared_connection().run(runtime(std::move(sql)))); }
};

constexpr auto least64 = std::numeric_limits<std::int64_t>::min();
constexpr auto most64 = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("integers and booleans agree with the server, at their ends too", "[codec]") {
    for (const std::int16_t value : {std::int16_t{-32768}, std::int16_t{0}, std::int16_t{32767}})
        agree("smallint", std::to_string(value), value);
    for (const std::int32_t value : {std::numeric_limits<std::int32_t>::min(), -1, 0,
                                     std::numeric_limits<std::int32_t>::max()})
        agree("integer", std::to_string(value), value);
    for (const std::int64_t value : {least64, std::int64_t{-1}, std::int64_t{0}, most64})
        agree("bigint", std::to_string(value), value);
    agree("bigint", "7", 7LL);
    agree("boolean", "true", true);
    agree("boolean", "false", false);
    agree_in_arrays<std::int64_t>("bigint", {least64, 0, most64});
    agree_in_arrays<std::int16_t>("smallint", {-32768, 32767});
    agree_in_arrays<bool>("boolean", {true, false, true});
    null_comes_back<std::int64_t>("bigint");
    null_comes_back<bool>("boolean");
}

TEST_CASE("floating-point numbers agree with the server, bit for bit", "[codec]") {
    using double_limits = std::numeric_limits<double>;
    for (const double value :
         {0.0, -0.0, 1.0, -1.5, 0.1, 1e15, 1e14, 123456789012345680.0, 1e-4, 1e-5,
          double_limits::max(), double_limits::min(), double_limits::denorm_min(),
          double_limits::infinity(), -double_limits::infinity()})
        agree("double precision", spelled(value), value);
    agree_in_arrays<float>("real", {0.5F, -1e30F});
    for (const float value : {0.0F, -1.5F, 0.1F, 1e6F, 1e5F, 3.4028235e38F, 1e-45F})
        agree("real", spelled(value), value);
    const rows answer = ask("double precision", "NaN", double_limits::quiet_NaN());
    CHECK(std::isnan(read<double>(answer, 0)));
    CHECK(std::isnan(read<double>(answer, 2)));
    agree_in_arrays<double>("double precision", {0.5, -1e300});
    null_comes_back<double>("double precision");
}

TEST_CASE("text agrees with the server: empty, emoji, 10 MB, and every character type", "[codec]") {
    for (const auto* type : {"text", "varchar", "name"})
        for (const auto& value : {""s, "plain"s, "h\u00e9llo \U0001F41D\U0001F468\u200D\U0001F33E"s,
                                  "quote ' \" \\ \n\t {}"s})
            agree(type, value, value);
    agree("char(5)", "ab  x", "ab  x"s);
    std::string large(10'000'000, 'x');
    large += "\U0001F41D";
    agree("text", large, large);
    for (const auto* type : {"text", "varchar", "name"})
        agree_in_arrays<std::string>(type, {"", "a b", "NULL", "\"", "\\", "{}", ",", "\U0001F41D"},
                                     wire::each_its_own);
    agree_in_arrays<std::string>("char(3)", {"a b", "xyz"}, wire::each_its_own);
    null_comes_back<std::string>("text");
}

TEST_CASE("text with a NUL byte is refused before anything leaves", "[codec]") {
    const auto refused = shared_connection().run(runtime("select $1::text", "a\0b"s));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::encode);
    CHECK_FALSE(refused.error().may_have_run());
    CHECK(shared_connection().run(runtime("select 1")));
}

TEST_CASE("bytea agrees with the server, every byte and none", "[codec]") {
    bytes all;
    for (int i = 0; i < 256; ++i)
        all.push_back(static_cast<std::byte>(i));
    agree("bytea", spelled(all), all);
    agree("bytea", "", bytes{});
    agree_in_arrays<bytes>("bytea", {all, bytes{}});
    null_comes_back<bytes>("bytea");
}

TEST_CASE("uuids agree with the server", "[codec]") {
    for (const auto* text :
         {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"})
        agree_parsed<uuid>("uuid", text);
    agree_in_arrays<uuid>("uuid", {uuid{}});
}

TEST_CASE("dates agree with the server from 4713 BC to 5874897 AD", "[codec]") {
    for (const auto* text :
         {"2000-01-01", "1999-12-31", "2024-02-29", "1900-02-28", "0001-01-01", "0001-12-31 BC",
          "0044-03-15 BC", "4714-11-24 BC", "5874897-12-31", "infinity", "-infinity"})
        agree_parsed<date>("date", text);
    agree_in_arrays<date>("date", {date{2024y / 2 / 29}, date::infinity()});
    null_comes_back<date>("date");
    for (const auto* wrong : {"2023-02-29", "4714-11-23 BC", "5874898-01-01", "2024-13-01", ""})
        CHECK_FALSE(date::parse(wrong));
}

TEST_CASE("timestamps agree with the server to the microsecond and to both ends", "[codec]") {
    for (const auto* text :
         {"2000-01-01 00:00:00", "1999-12-31 23:59:59.999999", "0001-01-01 00:00:00",
          "0044-03-15 12:00:00.5 BC", "4714-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999",
          "infinity", "-infinity"})
        agree_parsed<timestamp>("timestamp", text);
    for (const auto* text :
         {"2000-01-01 00:00:00+00", "2024-02-29 12:30:00.123456+00", "0001-01-01 00:00:00+00",
          "4714-11-24 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "infinity", "-infinity"})
        agree_parsed<timestamptz>("timestamptz", text);
    agree("timestamptz", "2024-02-29 12:30:00+05:30",
          timestamptz::parse("2024-02-29T12:30:00+05:30").value());
    agree_in_arrays<timestamp>("timestamp", {timestamp{}, timestamp::infinity()});
    agree_in_arrays<timestamptz>("timestamptz", {timestamptz{}, timestamptz::minus_infinity()});
    null_comes_back<timestamptz>("timestamptz");
}

TEST_CASE("times of day agree with the server from 00:00 to 24:00, with and without offset",
          "[codec]") {
    for (const auto* text : {"00:00:00", "04:05:06.789", "23:59:59.999999", "24:00:00"})
        agree_parsed<time_of_day>("time", text);
    for (const auto* text : {"00:00:00+00", "04:05:06.789-08", "23:59:59.999999+05:30",
                             "24:00:00-15:59:59", "12:00:00+15:59:59"})
        agree_parsed<timetz>("timetz", text);
    agree_in_arrays<time_of_day>("time", {time_of_day{1h}});
    agree_in_arrays<timetz>("timetz", {timetz{time_of_day{1h}, -2h}});
    null_comes_back<time_of_day>("time");
}

TEST_CASE("intervals keep months, days and microseconds apart", "[codec]") {
    constexpr std::int64_t hour = 3'600'000'000;
    for (const interval& value :
         {interval{}, interval{1, 2, 3}, interval{14, -3, hour}, interval{-14, 3, -hour},
          interval{0, 0, -1}, interval{0, 1, 0}, interval{1, 0, 0}, interval{12, 0, 0},
          interval{-1, 0, 1500000}, interval{0, -1, 90'061'000'001}, interval{25, 31, 25 * hour},
          interval{std::numeric_limits<std::int32_t>::max(), 0, 0},
          interval{0, std::numeric_limits<std::int32_t>::min(), 0}, interval{0, 0, most64},
          interval{0, 0, least64 + 1}})
        agree_parsed<interval>("interval", value.text());
    agree_in_arrays<interval>("interval", {interval{1, 2, 3}});
    null_comes_back<interval>("interval");
}

TEST_CASE("numerics agree with the server: scale, NaN, infinities, 131072 digits", "[codec]") {
    for (const auto* text : {"0", "0.00", "1", "-1", "12.50", "10000", "9999.9999", "0.0001",
                             "0.00001", "-12345678901234567890.123456789", "1000000000000",
                             "0.0000000000000000000000000001", "NaN", "Infinity", "-Infinity"})
        agree_parsed<numeric>("numeric", text);
    agree_parsed<numeric>("numeric", std::string(131072, '9'));
    agree_parsed<numeric>("numeric",
                          "1" + std::string(131071, '0') + "." + std::string(16383, '1'));
    agree_parsed<numeric>("numeric", "0." + std::string(16382, '0') + "1");
    agree_in_arrays<numeric>("numeric", {numeric{1}, numeric::parse("-0.5").value()});
    null_comes_back<numeric>("numeric");
}

TEST_CASE("documents agree with the server", "[codec]") {
    agree("json", R"({ "b":1,  "a": [null, "\u00e9"]})",
          json{R"({ "b":1,  "a": [null, "\u00e9"]})"});
    agree("jsonb", R"({"a":1,"b":[true,null]})", jsonb{R"({"a": 1, "b": [true, null]})"});
    agree("jsonb", "null", jsonb{"null"});
    agree_in_arrays<json>("json", {json{R"({"a":"\\"})"}, json{"1"}});
    agree_in_arrays<jsonb>("jsonb", {jsonb{R"({"a": 1})"}, jsonb{"true"}});
    const rows answer = must(shared_connection().run(
        runtime("select $1::jsonb -> 'b' ->> 1", jsonb_of<std::vector<std::int32_t>>{{1, 2}})));
    CHECK(answer.at(0, 0).is_null());
    const rows list = must(shared_connection().run(
        runtime("select ($1::jsonb ->> 1)::int, $1", jsonb_of<std::vector<std::int32_t>>{{1, 2}})));
    CHECK(read<std::int32_t>(list, 0) == 2);
    CHECK(read<jsonb_of<std::vector<std::int32_t>>>(list, 1).value == std::vector{1, 2});
    null_comes_back<jsonb>("jsonb");
}

TEST_CASE("addresses agree with the server", "[codec]") {
    for (const auto* text :
         {"0.0.0.0", "192.168.0.1", "192.168.0.1/24", "255.255.255.255", "10.0.0.0/8", "::", "::1",
          "::2", "::0.1.0.2", "::ffff:1.2.3.4", "2001:db8::1/64", "1:2:3:4:5:6:7:8", "1:0:0:2::3",
          "fe80::1:0:0:1", "1::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "0.0.0.0/0"})
        agree_parsed<inet>("inet", text);
    for (const auto* text : {"10.0.0.0/8", "192.168.0.1/32", "::/0", "2001:db8::/32", "0.0.0.0/0"})
        agree_parsed<cidr>("cidr", text);
    for (const auto* text : {"08:00:2b:01:02:03", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"})
        agree_parsed<macaddr>("macaddr", text);
    agree_in_arrays<inet>("inet", {inet::parse("::1").value()});
    agree_in_arrays<cidr>("cidr", {cidr::parse("10.0.0.0/8").value()});
    agree_in_arrays<macaddr>("macaddr", {macaddr::parse("08:00:2b:01:02:03").value()});
    null_comes_back<inet>("inet");
}

TEST_CASE("ranges agree with the server: bounded, open, everything and nothing", "[codec]") {
    agree("int4range", "[1,5)", range<std::int32_t>::half_open(1, 5));
    agree("int8range", "(,)", range<std::int64_t>{});
    agree("int8range", "empty", range<std::int64_t>::nothing());
    agree("int8range", "[7,)", range<std::int64_t>::starting(7));
    agree("numrange", "[1.5,2.50]",
          range<numeric>::closed(numeric::parse("1.5").value(), numeric::parse("2.50").value()));
    agree("daterange", "(,2024-03-01)", range<date>::until(date{2024y / 3 / 1}));
    const auto day = timestamptz{std::chrono::sys_days{2024y / 2 / 29}};
    agree("tstzrange", "[\"2024-02-29 00:00:00+00\",infinity)",
          range<timestamptz>::half_open(day, timestamptz::infinity()));
    agree("tsrange", "empty", range<timestamp>::nothing());
    null_comes_back<range<date>>("daterange");
    agree_in_arrays<range<std::int32_t>>("int4range", {range<std::int32_t>::half_open(1, 2)});
    agree_in_arrays<range<date>>("daterange", {range<date>::nothing(), range<date>{}});
}

TEST_CASE("multiranges agree with the server: none, several, open, of every subtype", "[codec]") {
    const auto day = [](int of) { return date::from_wire(of); };
    const auto real = [](std::string_view text) { return numeric::parse(text).value(); };
    using ints = range<std::int32_t>;
    agree("int4multirange", "{}", multirange<std::int32_t>{});
    agree("int4multirange", "{[1,3),[5,)}",
          multirange<std::int32_t>{{ints::half_open(1, 3), ints::starting(5)}});
    agree("int8multirange", "{(,)}", multirange<std::int64_t>{{range<std::int64_t>{}}});
    agree("nummultirange", "{[1.5,2.50],[7,8)}",
          multirange<numeric>{{range<numeric>::closed(real("1.5"), real("2.50")),
                               range<numeric>::half_open(7, 8)}});
    agree("datemultirange", "{(,2000-01-01),[2000-01-03,2000-01-04)}",
          multirange<date>{{range<date>::until(day(0)), range<date>::half_open(day(2), day(3))}});
    agree("tsmultirange", "{[\"2000-01-01 00:00:00\",infinity)}",
          multirange<timestamp>{{range<timestamp>::half_open({}, timestamp::infinity())}});
    agree("tstzmultirange", "{[\"2000-01-01 00:00:00+00\",)}",
          multirange<timestamptz>{{range<timestamptz>::starting({})}});
    agree_in_arrays<multirange<std::int64_t>>(
        "int8multirange", {multirange<std::int64_t>{{range<std::int64_t>::half_open(1, 2)}}, {}});
    null_comes_back<multirange<date>>("datemultirange");
    const rows joined = must(shared_connection().run(runtime(
        "select $1::int4multirange",
        multirange<std::int32_t>{{ints::closed(4, 5), ints::nothing(), ints::closed(1, 3)}})));
    CHECK(read<multirange<std::int32_t>>(joined, 0) ==
          multirange<std::int32_t>{{ints::half_open(1, 6)}});
}

TEST_CASE("user types need no look-up: enums, composites, ranges, domains, arrays of them",
          "[codec]") {
    const user_types made;
    agree("vectors.mood", "in_love", house::mood::in_love);
    agree("vectors.mood[]", "{wild,calm}", std::vector{house::mood::wild, house::mood::calm},
          wire::each_its_own);
    const house::room kitchen{"Kitchen, old", 2, house::mood::wild, {1, 2}};
    agree("vectors.room", "(\"Kitchen, old\",2,wild,\"{1,2}\")", kitchen, wire::each_its_own);
    agree("vectors.room", "(\"\",,calm,{})", house::room{}, wire::each_its_own);
    agree("vectors.room[]", R"x({"(\"Kitchen, old\",2,wild,\"{1,2}\")"})x", std::vector{kitchen},
          wire::each_its_own);
    agree("vectors.floatrange", "[0.5,1)", range<double>::half_open(0.5, 1));
    agree("vectors.floatmultirange", "{[0.5,1),(2,)}",
          multirange<double>{
              {range<double>::half_open(0.5, 1), range<double>{{range_end::excluded, 2}, {}}}});
    agree("vectors.percent", "50", 50);
    agree("vectors.percent[]", "{50,100}", std::vector{50, 100}, wire::each_its_own);
}

TEST_CASE("a record is read by position, nested in arrays too", "[codec]") {
    const user_types made;
    using pair = std::tuple<std::int64_t, std::optional<std::string>>;
    const rows answer = must(shared_connection().run(
        runtime("select row(1::bigint, 'x'::varchar), array(select row(n, null::text) from "
                "generate_series(1::bigint, 3) n), row(7::vectors.percent)")));
    CHECK(read<record<pair>>(answer, 0).value == pair{1, "x"});
    const auto list = read<std::vector<record<pair>>>(answer, 1);
    REQUIRE(list.size() == 3);
    CHECK(list[2].value == pair{3, std::nullopt});
    CHECK(std::get<0>(read<record<std::tuple<std::int32_t>>>(answer, 2).value) == 7);
}

TEST_CASE("an unknown label of an enum is an error with column and label", "[codec]") {
    const auto refused = decode<house::mood>(
        must(shared_connection().run(runtime("select 'sleepy'::text as feeling"))));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message() ==
          "house::mood: column feeling of row 1 is no label of its enum (\"sleepy\")");
}

TEST_CASE("an array of a million elements goes and comes back", "[codec]") {
    std::vector<std::int64_t> many(1'000'000);
    for (std::size_t i = 0; i < many.size(); ++i)
        many[i] = static_cast<std::int64_t>(i) * 7919;
    const rows answer = must(shared_connection().run(
        runtime("select $1::bigint[], (select sum(n)::bigint from unnest($1::bigint[]) n)", many)));
    CHECK(read<std::vector<std::int64_t>>(answer, 0) == many);
    CHECK(read<std::int64_t>(answer, 1) == std::int64_t{7919} * 999'999 * 500'000);
}

TEST_CASE("an array of two dimensions is refused by name", "[codec]") {
    const auto refused = decode<std::vector<std::int32_t>>(
        must(shared_connection().run(runtime("select array[[1,2],[3,4]] as grid"))));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().find("grid") != std::string::npos);
    CHECK(refused.error().message().find("several dimensions") != std::string::npos);
    CHECK(must(decode<std::vector<std::int32_t>>(
                   must(shared_connection().run(runtime("select '[5:6]={1,2}'::int[]")))))
              .at(0) == std::vector{1, 2});
}

TEST_CASE("std::chrono goes in and out where nothing is lost", "[codec]") {
    using std::chrono::microseconds;
    agree("timestamptz", "2024-02-29 00:00:00+00",
          std::chrono::sys_time<microseconds>{std::chrono::sys_days{2024y / 2 / 29}});
    agree("timestamp", "2024-02-29 00:00:00",
          std::chrono::local_time<microseconds>{std::chrono::local_days{2024y / 2 / 29}});
    agree("date", "2024-02-29", std::chrono::sys_days{2024y / 2 / 29});
    agree("date", "2024-02-29", 2024y / 2 / 29);
    agree("interval", "01:00:00", microseconds{1h});
    microseconds lossy{};
    const rows month = must(shared_connection().run(runtime("select interval '1 month'")));
    CHECK(decode(month.at(0, 0), lossy) == codec_fault::range);
    std::chrono::sys_time<microseconds> never;
    const rows infinity = must(shared_connection().run(runtime("select timestamptz 'infinity'")));
    CHECK(decode(infinity.at(0, 0), never) == codec_fault::range);
}

TEST_CASE("65535 parameters are sent, 65536 are refused before anything leaves", "[codec]") {
    const auto sum_of = [](std::size_t count) {
        std::string text = "select (0";
        parameters values;
        for (std::size_t i = 1; i <= count; ++i) {
            if (i % 1000 == 0) text += "+$" + std::to_string(i) + "::int";
            values.add(1);
        }
        text += ")::int, $" + std::to_string(count) + "::int";
        return statement{std::move(text), std::vector<oid>(count, oids::int4), std::move(values)};
    };
    CHECK(read<std::int32_t>(must(shared_connection().run(sum_of(65535))), 0) == 65);
    const auto refused = shared_connection().run(sum_of(65536));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::encode);
}
