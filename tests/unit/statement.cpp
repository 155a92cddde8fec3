// SPDX-License-Identifier: MIT
// Statements before they leave: what they carry, and what is refused.
#include <honeydue/statement.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;

namespace {

statement with_parameters(std::size_t count) {
    parameters values;
    for (std::size_t i = 0; i < count; ++i)
        values.add(std::int32_t{1});
    return statement{"select 1", {}, std::move(values)};
}

}  // namespace

TEST_CASE("a run-time statement carries the types of its values", "[statement]") {
    const statement made = runtime("select $1, $2, $3", std::int64_t{1}, true, std::string{"x"});
    REQUIRE(made.types().size() == 3);
    CHECK(made.types()[0] == oids::int8);
    CHECK(made.types()[1] == oids::boolean);
    CHECK(made.types()[2] == oids::inferred);
    CHECK(made.parameters().size() == 3);
    CHECK(made.effect() == effect::unknown);
    CHECK(made.place() == place::anywhere);
    CHECK(made.check());
}

TEST_CASE("a statement's text is followed by a NUL, also in its copies", "[statement]") {
    std::optional<statement> original{runtime("select " + std::string(100, '1'))};
    const statement copy = *original;
    original.reset();
    CHECK(copy.text().size() == 107);
    CHECK(copy.text().data()[107] == '\0');
}

TEST_CASE("a moved statement keeps its text and its parameters", "[statement]") {
    statement made = runtime("select $1", std::int64_t{7});
    const statement moved = std::move(made);
    CHECK(moved.text() == "select $1");
    CHECK(moved.parameters().size() == 1);
}

TEST_CASE("65535 parameters can be sent and 65536 cannot", "[statement]") {
    CHECK(with_parameters(65535).check());
    const auto refused = with_parameters(65536).check();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::encode);
    CHECK(refused.error().message().find("65536") != std::string::npos);
    CHECK(refused.error().message().find("array") != std::string::npos);
    CHECK_FALSE(refused.error().may_have_run());
}

TEST_CASE("a string that holds NUL is refused by the number of its parameter", "[statement]") {
    const statement made = runtime("select $1, $2", std::int64_t{1}, std::string_view{"a\0b", 3});
    const auto refused = made.check();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::encode);
    CHECK(refused.error().message().find("$2") != std::string::npos);
    CHECK(refused.error().message().find("NUL") != std::string::npos);
}

TEST_CASE("text with a NUL byte is refused, for the server would stop reading there",
          "[statement]") {
    const auto refused = runtime(std::string{"select 1\0; drop", 15}).check();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::encode);
}

TEST_CASE("only the first faulty parameter is reported", "[statement]") {
    parameters values;
    values.add(std::string_view{"\0", 1});
    values.add(timestamptz::from_wire(std::numeric_limits<std::int64_t>::max() - 1));
    CHECK(values.faulty() == 1);
    CHECK(values.fault() == codec_fault::nul_byte);
}
