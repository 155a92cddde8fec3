// SPDX-License-Identifier: MIT
// Values survive the shared tier, and nothing else is taken for one.
#include <honeydue/cache_value.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;

namespace cache_value_test {

enum class mood : std::int16_t { calm, cross = 300 };

struct small {
    std::int32_t number;
    std::optional<std::string> word;
};

struct everything {
    id<small> key{};
    foreign_key<small> other{};
    std::string name;
    bool flag = false;
    double ratio = 0;
    mood feeling{};
    numeric price;
    timestamptz when{};
    date day{};
    uuid mark{};
    std::vector<small> parts;
    std::optional<std::vector<std::int64_t>> numbers;
};

struct renamed {
    std::int32_t numeral;
    std::optional<std::string> word;
};
struct raised {
    static constexpr int cache_schema_version = 2;
    std::int32_t number;
    std::optional<std::string> word;
};
struct unsigned_one {
    std::uint32_t number;
    std::optional<std::string> word;
};

}  // namespace cache_value_test

namespace {

using namespace cache_value_test;

template <class T>
std::string encoded(const T& value) {
    std::string text;
    cache_writer to{text};
    cache_codec<T>::encode(value, to);
    return text;
}

std::span<const std::byte> view(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

everything sample() {
    return {.key = {7},
            .other = foreign_key<small>{8},
            .name = std::string{"a\0b", 3},
            .flag = true,
            .ratio = -0.5,
            .feeling = mood::cross,
            .price = *numeric::parse("-12.50"),
            .when = timestamptz::infinity(),
            .day = date::from_wire(-1),
            .mark = *uuid::parse("01234567-89ab-cdef-0123-456789abcdef"),
            .parts = {{1, "x"}, {2, std::nullopt}},
            .numbers = std::vector<std::int64_t>{1, -1}};
}

}  // namespace

TEST_CASE("a value comes back as it went", "[cache]") {
    const auto wire = encoded(sample());
    everything back;
    REQUIRE(detail::decode_cached(view(wire), back));
    CHECK(encoded(back) == wire);
    CHECK(back.name == sample().name);
    CHECK(back.price == sample().price);
    CHECK(back.parts.at(1).word == std::nullopt);
    CHECK(back.numbers == sample().numbers);
}

TEST_CASE("a value cut short or with something behind it is no value", "[cache]") {
    auto wire = encoded(sample());
    everything back;
    for (std::size_t size = 0; size < wire.size(); ++size)
        CHECK_FALSE(detail::decode_cached(view(wire).first(size), back));
    wire += '\0';
    CHECK_FALSE(detail::decode_cached(view(wire), back));
}

TEST_CASE("a count that the bytes cannot hold is refused before anything is allocated", "[cache]") {
    const std::string lie{"\xFF\xFF\xFF\xFF\1"};
    std::vector<everything> back;
    CHECK_FALSE(detail::decode_cached(view(lie), back));
    CHECK(back.capacity() == 0);
}

TEST_CASE("types that differ in a name, a sign, a version or an order have other fingerprints",
          "[cache]") {
    CHECK(cache_fingerprint<small> != cache_fingerprint<renamed>);
    CHECK(cache_fingerprint<small> != cache_fingerprint<raised>);
    CHECK(cache_fingerprint<small> != cache_fingerprint<unsigned_one>);
    CHECK(cache_fingerprint<std::tuple<int, bool>> != cache_fingerprint<std::tuple<bool, int>>);
    CHECK(cache_fingerprint<std::vector<int>> != cache_fingerprint<std::optional<int>>);
}

TEST_CASE("an envelope opens only for its type and its key", "[cache]") {
    const auto wire = encoded(std::string{"value"});
    const auto sealed = detail::seal(1, "key", wire);
    const auto opened = detail::unseal(1, "key", sealed);
    REQUIRE(opened);
    CHECK(std::ranges::equal(*opened, view(wire)));
    CHECK_FALSE(detail::unseal(2, "key", sealed));
    CHECK_FALSE(detail::unseal(1, "yek", sealed));
    CHECK_FALSE(detail::unseal(1, "key", sealed + "x"));
    CHECK_FALSE(detail::unseal(1, "key", ""));
}

TEST_CASE("an envelope with any bit turned does not open", "[cache]") {
    const auto sealed = detail::seal(1, "key", encoded(std::string{"value"}));
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto damaged = sealed;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        CHECK_FALSE(detail::unseal(1, "key", damaged));
    }
}
