// SPDX-License-Identifier: MIT
// Text as Go sees it.
#include "migration_text.hpp"

#include <string>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue::detail;

TEST_CASE("white space is trimmed by code point, and stray bytes are not white space") {
    CHECK(trim("\t a b\r\n") == "a b");
    CHECK(trim("\xC2\xA0\xE3\x80\x80x\xC2\x85") == "x");
    CHECK(trim("\xA0x\x85") == "\xA0x\x85");
    CHECK(trim(" \v\f ").empty());
}

TEST_CASE("words are what stands between white space") {
    std::string_view rest =
        "  a;\xE2\x80\x83"
        "b\xA0"
        "c ";
    CHECK(next_word(rest) == "a;");
    CHECK(next_word(rest) ==
          "b\xA0"
          "c");
    CHECK(next_word(rest).empty());
}

TEST_CASE("quoting escapes what cannot be printed, as Go does") {
    CHECK(quoted("a\"b\\c\n\t\x01\x7F") == R"("a\"b\\c\n\t\x01\x7f")");
    CHECK(quoted("é€\xF0\x9F\x98\x80") == "\"é€\xF0\x9F\x98\x80\"");
    CHECK(quoted("\xC2\xA0\xEF\xBB\xBF\xC2\x85") == R"("\u00a0\ufeff\u0085")");
    CHECK(quoted("\xFF\xE2\x82") == R"("\xff\xe2\x82")");
    CHECK(quoted("\xEF\xBF\xBD") == "\"\xEF\xBF\xBD\"");
    CHECK(quoted("\xF3\xA0\x80\x81") == R"("\U000e0001")");
}

TEST_CASE("overlong forms, surrogates and what is beyond Unicode are bytes, not code points") {
    for (const char* text : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
        CHECK(decode_rune(text).value == replacement_rune);
        CHECK(decode_rune(text).size == 1);
    }
}

TEST_CASE("words are compared without case, and the long s is an s") {
    CHECK(equal_folded("sTaTeMeNtBegin", "StatementBegin"));
    CHECK(equal_folded("\xC5\xBFtatementBegin", "StatementBegin"));
    CHECK_FALSE(equal_folded("StatementBegi", "StatementBegin"));
    CHECK_FALSE(equal_folded("StatementBeginn", "StatementBegin"));
}
