// SPDX-License-Identifier: MIT
// Fuzz target (libFuzzer): the reader of migration files. It may not crash, loop or read otherwise
// when the file comes in parts; a strict reading is the compatible one or an error; the SQL reader
// loses no byte but comments, blanks and semicolons.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "migration_file.hpp"
#include "migration_sql.hpp"

using namespace honeydue::detail;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

std::optional<std::string> variables(std::string_view name) {
    if (name.size() % 3 == 0) return std::nullopt;
    return std::string{name.substr(0, name.size() % 3)};
}

void read_in_parts(std::string_view text, std::size_t size, direction way,
                   const migration_parsed<migration_script>& whole) {
    migration_reader reader{way, reading::compatible, variables};
    for (std::size_t at = 0; at < text.size(); at += size) {
        if (!reader.feed(text.substr(at, size))) return require(!whole);
    }
    if (!reader.finish()) return require(!whole);
    require(whole.has_value());
    require(reader.take() == whole->statements);
    require(reader.in_transaction() == whole->in_transaction);
}

void cut(std::string_view text) {
    const char* behind = text.data();
    for (const sql_piece& piece : cut_statements(text).pieces) {
        require(!piece.text.empty());
        require(piece.text.data() >= behind);
        require(piece.line <= piece.last_line);
        behind = piece.text.data() + piece.text.size();
    }
    require(behind <= text.data() + text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    for (const direction way : {direction::up, direction::down}) {
        const auto whole = read_migration(text, way, reading::compatible, variables);
        read_in_parts(text, 1 + size % 7, way, whole);
        const auto strict = read_migration(text, way, reading::strict, variables);
        if (strict) require(whole && strict->statements == whole->statements);
        if (!whole) continue;
        for (const migration_statement& one : whole->statements)
            cut(one.text);
    }
    cut(text);
    return 0;
}
