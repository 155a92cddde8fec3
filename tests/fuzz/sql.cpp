// SPDX-License-Identifier: MIT
// Fuzz target (libFuzzer): the reader of SQL. It may not crash, loop or read past the text, its
// tokens are parts of the text in order, and its verdict does not change with blanks around the
// text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <honeydue/detail/sql_reader.hpp>

using namespace honeydue::detail;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check_tokens(std::string_view text) {
    sql_tokens tokens{text};
    std::size_t before = 0;
    for (token one = tokens.next(); one.kind != token_kind::end; one = tokens.next()) {
        require(one.text.data() >= text.data() &&
                one.text.data() + one.text.size() <= text.data() + text.size());
        require(tokens.position() > before && tokens.position() <= text.size());
        before = tokens.position();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A copy of exactly this length, so that a byte too far is seen.
    const std::string copy(reinterpret_cast<const char*>(data), size);
    const std::string_view text{copy};
    check_tokens(text);
    const sql_reading reading = read_sql(text);
    const sql_reading padded = read_sql(" \n" + copy + "\n ");
    require(reading.fault == padded.fault || reading.fault != sql_fault::none);
    if (reading.fault == sql_fault::none && padded.fault == sql_fault::none)
        require(reading.what == padded.what && reading.parameters == padded.parameters);
    return 0;
}
