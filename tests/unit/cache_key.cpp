// SPDX-License-Identifier: MIT
// Keys never collide, tokens never show, and the hashes are the published ones.
#include <honeydue/cache_key.hpp>

#include "sha256.hpp"

#include <set>
#include <span>
#include <string>
#include <tuple>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;

namespace {

template <class T>
std::string key(const T& value) {
    std::string text;
    cache_writer to{text};
    detail::write_key(value, to);
    return text;
}

std::string hex(std::span<const std::byte> digest) {
    std::string text;
    for (const auto byte : digest) {
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4U];
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15U];
    }
    return text;
}

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

struct pair_of_texts {
    std::string first;
    std::string second;
};

struct model {
    id<model> key{};
};

}  // namespace

TEST_CASE("parts of a key do not run into each other", "[cache]") {
    using texts = std::tuple<std::string, std::string>;
    CHECK(key(texts{"a", "bc"}) != key(texts{"ab", "c"}));
    CHECK(key(texts{"a:b", "c"}) != key(texts{"a", "b:c"}));
    CHECK(key(texts{"", "a"}) != key(texts{"a", ""}));
    CHECK(key(pair_of_texts{"a", "bc"}) == key(texts{"a", "bc"}));
    using maybe = std::tuple<std::optional<std::int8_t>, std::int8_t>;
    CHECK(key(maybe{std::nullopt, std::int8_t{1}}) != key(maybe{std::int8_t{1}, std::int8_t{1}}));
}

TEST_CASE("integers of either sign have keys of their own", "[cache]") {
    std::set<std::string> seen;
    for (std::int64_t value = -300; value <= 300; ++value)
        seen.insert(key(id<model>{value}));
    CHECK(seen.size() == 601);
    CHECK(key(std::int16_t{-2}) == std::string("\xFF\xFE"));
}

TEST_CASE("a long name is cut to its hash and no longer", "[cache]") {
    const std::string prefix{"cache\0", 6};
    std::string first = prefix + std::string(1000, 'a');
    std::string second = prefix + std::string(999, 'a') + 'b';
    std::string brief = prefix + "a";
    detail::shorten_name(first, 6);
    detail::shorten_name(second, 6);
    detail::shorten_name(brief, 6);
    CHECK(first.size() == 6 + 32);
    CHECK(first != second);
    CHECK(first.substr(0, 5) == "cache");
    CHECK(brief == prefix + "a");
}

TEST_CASE("SHA-256 and its HMAC give the published answers", "[cache]") {
    CHECK(hex(sha256{}.add(bytes_of("abc")).finish()) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex(sha256{}.finish()) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hex(sha256{}
                  .add(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))
                  .finish()) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    // RFC 4231, test case 6: a key longer than a block.
    const auto hasher = token_hasher::with(std::string(131, '\xaa'));
    REQUIRE(hasher);
    CHECK(hex((*hasher)("Test Using Larger Than Block-Size Key - Hash Key First").digest) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("a short secret is refused by name and not repeated", "[cache]") {
    const auto refused = token_hasher::with("hunter2");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::configuration);
    CHECK(refused.error().message().starts_with("secret:"));
    CHECK(refused.error().message().find("hunter2") == std::string::npos);
}
