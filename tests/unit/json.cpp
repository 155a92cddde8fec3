// SPDX-License-Identifier: MIT
// Structs and documents as JSON.
#include <honeydue/json.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "made_rows.hpp"

using namespace honeydue;
using namespace honeydue::test;
using namespace std::string_literals;

namespace settings {

enum class theme { light, dark };

struct window {
    std::int32_t width = 0;
    double scale = 1;

    friend bool operator==(const window&, const window&) = default;
};

struct user {
    std::string name;
    theme colours = theme::light;
    bool beta = false;
    std::optional<std::string> nickname;
    std::vector<window> windows;
    honeydue::json extra{"null"};

    friend bool operator==(const user&, const user&) = default;
};

}  // namespace settings

namespace {

template <class T>
codec_fault read(const std::string& text, T& out) {
    return decode(cell{reinterpret_cast<const std::byte*>(text.data()),
                       static_cast<std::int32_t>(text.size())},
                  out);
}

codec_fault read_window(std::string_view text) {
    json_of<settings::window> out;
    return read(std::string{text}, out);
}

}  // namespace

TEST_CASE("a struct is an object of its members", "[json]") {
    const json_of<settings::user> value{
        {"A \"B\"\n", settings::theme::dark, true, {}, {{640, 1.5}}, {"{\"k\": [1]}"}}};
    CHECK(wire_of(value) ==
          R"({"name":"A \"B\"\u000a","colours":"dark","beta":true,"nickname":null,)"
          R"("windows":[{"width":640,"scale":1.5}],"extra":{"k": [1]}})");
    json_of<settings::user> back;
    REQUIRE(read(wire_of(value), back) == codec_fault::none);
    CHECK(back == value);
}

TEST_CASE("jsonb is the same after its version byte", "[json]") {
    const jsonb_of<settings::window> value{{1, 2}};
    CHECK(wire_of(value) == "\1{\"width\":1,\"scale\":2}");
    jsonb_of<settings::window> back;
    REQUIRE(read(wire_of(value), back) == codec_fault::none);
    CHECK(back == value);
}

TEST_CASE("keys come in any order, and those without a member are passed over", "[json]") {
    json_of<settings::window> out;
    REQUIRE(read(R"( { "other" : {"a":[1,"]}",{}]}, "scale" : -1.5e2 , "x":null,"width":7 } )",
                 out) == codec_fault::none);
    CHECK(out.value == settings::window{7, -150});
}

TEST_CASE("a missing key is a fault unless its member is optional", "[json]") {
    CHECK(read_window(R"({"width":1})") == codec_fault::json_shape);
    CHECK(read_window(R"({})") == codec_fault::json_shape);
    json_of<settings::user> out;
    CHECK(read(R"({"name":"","colours":"light","beta":false,"windows":[],"extra":1})"s, out) ==
          codec_fault::none);
}

TEST_CASE(
    "a value of another kind, an unknown label and a number too large "
    "are faults",
    "[json]") {
    CHECK(read_window(R"({"width":"1","scale":1})") == codec_fault::json_shape);
    CHECK(read_window(R"({"width":1.5,"scale":1})") == codec_fault::json_shape);
    CHECK(read_window(R"({"width":2147483648,"scale":1})") == codec_fault::range);
    CHECK(read_window(R"({"width":99999999999999999999,"scale":1})") == codec_fault::range);
    json_of<settings::user> out;
    CHECK(read(R"({"colours":"blue"})"s, out) == codec_fault::unknown_label);
}

TEST_CASE("text that is not JSON is refused wherever it breaks", "[json]") {
    const std::string whole = R"({"width":1,"scale":2,"x":[{"y":"\u00e9\\"}]})";
    CHECK(read_window(whole) == codec_fault::none);
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK(read_window(whole.substr(0, size)) != codec_fault::none);
    CHECK(read_window(whole + "]") == codec_fault::malformed);
    CHECK(read_window(std::string(100000, '[')) != codec_fault::none);
    CHECK(read_window(R"({"x":)" + std::string(100000, '[')) != codec_fault::none);
}

TEST_CASE("escapes become UTF-8, and half a surrogate is refused", "[json]") {
    json_of<std::string> out;
    REQUIRE(read(R"("\u0041\u00e9\u20ac\ud83d\ude00\t\/")"s, out) == codec_fault::none);
    CHECK(out.value == "A\u00e9\u20ac\U0001F600\t/");
    for (const auto* wrong :
         {R"("\ud83d")", R"("\ude00")", R"("\ud83d\u0041")", R"("\u12")", R"("\x")"})
        CHECK(read(std::string{wrong}, out) == codec_fault::malformed);
}

TEST_CASE("what JSON cannot hold is a fault before it leaves", "[json]") {
    parameters values;
    values.add(json_of<double>{std::numeric_limits<double>::infinity()});
    CHECK(values.fault() == codec_fault::range);
}

TEST_CASE("nlohmann::json goes as jsonb and is read from both kinds of column", "[json]") {
    const nlohmann::json value{{"a", 1}, {"b", nullptr}};
    STATIC_CHECK(codec<nlohmann::json>::type == oids::jsonb);
    CHECK(wire_of(value) == "\1{\"a\":1,\"b\":null}");
    nlohmann::json back;
    REQUIRE(read(wire_of(value), back) == codec_fault::none);
    CHECK(back == value);
    REQUIRE(read("[1,2]"s, back) == codec_fault::none);
    CHECK(back.size() == 2);
    CHECK(read("\1{"s, back) == codec_fault::malformed);
}
