// SPDX-License-Identifier: MIT
// The binary format of COPY, byte by byte, without a server.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "copy_format.hpp"

using namespace honeydue;
using found = copy_reader::found;

namespace {

/// Bytes as a server would send them.
class wire_text {
public:
    wire_text& header(std::int32_t flags = 0, std::string_view extension = {}) {
        text_.append(reinterpret_cast<const char*>(copy_signature.data()), copy_signature.size());
        number(flags);
        number(static_cast<std::int32_t>(extension.size()));
        text_ += extension;
        return *this;
    }
    wire_text& row(const std::vector<const char*>& values) {
        number(static_cast<std::int16_t>(values.size()));
        for (const char* value : values) {
            number(value == nullptr ? -1 : static_cast<std::int32_t>(std::strlen(value)));
            if (value != nullptr) text_ += value;
        }
        return *this;
    }
    wire_text& end() { return number(copy_trailer); }
    template <class Int>
    wire_text& number(Int value) {
        for (int shift = sizeof value * 8; (shift -= 8) >= 0;)
            text_.push_back(static_cast<char>(value >> shift));
        return *this;
    }
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return std::as_bytes(std::span{text_});
    }

private:
    std::string text_;
};

errc fault_of(copy_reader& reader, const wire_text& text) {
    reader.feed(text.bytes());
    std::vector<cell> cells;
    for (;;) {
        const auto next = reader.next(cells);
        if (!next) {
            CHECK(next.error().message().starts_with("the server's binary copy is malformed: "));
            return next.error().code();
        }
        REQUIRE(*next == found::row);
    }
}

}  // namespace

TEST_CASE("rows of a copy are read wherever its bytes are cut", "[copy]") {
    wire_text whole;
    whole.header(0, "skipped").row({"one", nullptr}).row({"", "four"}).end();
    for (std::size_t cut = 1; cut <= whole.bytes().size(); ++cut) {
        CAPTURE(cut);
        copy_reader reader{2};
        std::vector<cell> cells;
        std::vector<std::string> read;
        auto last = found::nothing_yet;
        for (auto left = whole.bytes(); !left.empty();) {
            const auto piece = left.first(std::min(cut, left.size()));
            left = left.subspan(piece.size());
            reader.feed(piece);
            while ((last = reader.next(cells).value()) == found::row) {
                for (const cell& one : cells)
                    read.emplace_back(one.is_null() ? "NULL" : one.text());
            }
        }
        CHECK(last == found::end);
        CHECK(reader.ended());
        CHECK(read == std::vector<std::string>{"one", "NULL", "", "four"});
    }
}

TEST_CASE("a copy that is cut off before its trailer has not ended", "[copy]") {
    copy_reader reader{1};
    reader.feed(wire_text{}.header().row({"one"}).bytes());
    std::vector<cell> cells;
    CHECK(reader.next(cells) == found::row);
    CHECK(reader.next(cells) == found::nothing_yet);
    CHECK_FALSE(reader.ended());
}

TEST_CASE("what is no copy of so many columns is a protocol error", "[copy]") {
    copy_reader reader{2};
    SECTION("another signature") {
        wire_text other;
        other.number(std::int64_t{0}).number(std::int64_t{0}).number(std::int64_t{0});
        CHECK(fault_of(reader, other) == errc::protocol);
    }
    SECTION("row numbers") {
        CHECK(fault_of(reader, wire_text{}.header(1 << 16)) == errc::protocol);
    }
    SECTION("another number of columns") {
        CHECK(fault_of(reader, wire_text{}.header().row({"a", "b"}).row({"a"})) == errc::protocol);
    }
    SECTION("a negative number of columns that is no trailer") {
        CHECK(fault_of(reader, wire_text{}.header().number(std::int16_t{-2})) == errc::protocol);
    }
    SECTION("a length below NULL's") {
        CHECK(fault_of(reader, wire_text{}.header().number(std::int16_t{2}).number(-2)) ==
              errc::protocol);
    }
    SECTION("something behind the trailer") {
        CHECK(fault_of(reader, wire_text{}.header().row({"a", "b"}).end().row({})) ==
              errc::protocol);
    }
    SECTION("a negative extension") {
        wire_text other;
        const auto sound = wire_text{}.header();
        for (const std::byte one : sound.bytes().first(15))
            other.number(static_cast<std::int8_t>(one));
        CHECK(fault_of(reader, other.number(-1)) == errc::protocol);
    }
}

TEST_CASE("flags that only inform are passed over", "[copy]") {
    copy_reader reader{0};
    reader.feed(wire_text{}.header(1).end().bytes());
    std::vector<cell> cells;
    CHECK(reader.next(cells) == found::end);
}
