// SPDX-License-Identifier: MIT
// What a migration does that hurts a database in use, by the first words of its statements: long
// locks, rewritten tables, what fails inside a transaction. It does not know the schema, so it
// warns of what may hurt.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <honeydue/migration.hpp>

#include "migration_folder.hpp"
#include "migration_sql.hpp"

namespace honeydue {
namespace {

using words = std::vector<std::string>;

/// Whether `pattern` stands in `text` as consecutive words; "*" is any one word.
std::size_t find_words(const words& text, const words& pattern, std::size_t from = 0) {
    const auto found = std::search(
        text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size())), text.end(),
        pattern.begin(), pattern.end(), [](const std::string& word, const std::string& wanted) {
            return wanted == "*" || word == wanted;
        });
    return static_cast<std::size_t>(found - text.begin());
}

bool has(const words& text, const words& pattern) {
    return find_words(text, pattern) < text.size();
}

bool starts(const words& text, const words& pattern) { return find_words(text, pattern) == 0; }

struct statement_facts {
    words text;
    bool in_transaction = true;
    bool made_its_table = false;  ///< an earlier statement of the file made the table: it is empty
};

struct rule {
    std::string_view name;
    bool (*applies)(const statement_facts&);
    std::string_view message;
    std::string_view cure;
};

bool is_create_index(const statement_facts& at) {
    return starts(at.text, {"create", "index"}) || starts(at.text, {"create", "unique", "index"});
}

bool is_alter_table(const statement_facts& at) { return starts(at.text, {"alter", "table"}); }

bool is_concurrent(const statement_facts& at) {
    return std::find(at.text.begin(),
                     at.text.begin() +
                         static_cast<std::ptrdiff_t>(std::min<std::size_t>(at.text.size(), 6)),
                     "concurrently") !=
           at.text.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(at.text.size(), 6));
}

bool adds_column(const statement_facts& at) {
    if (!is_alter_table(at)) return false;
    if (has(at.text, {"add", "column"})) return true;
    const std::size_t add = find_words(at.text, {"add", "*"});
    constexpr std::array<std::string_view, 7> others = {
        "constraint", "primary", "unique", "foreign", "check", "exclude", "generated"};
    return add + 1 < at.text.size() &&
           std::find(others.begin(), others.end(), at.text[add + 1]) == others.end();
}

bool adds_constraint(const statement_facts& at) {
    return is_alter_table(at) &&
           (has(at.text, {"add", "constraint"}) || has(at.text, {"add", "check"}) ||
            has(at.text, {"add", "foreign"}));
}

bool index_locks(const statement_facts& at) {
    return is_create_index(at) && !is_concurrent(at) && !at.made_its_table;
}

bool concurrently_in_transaction(const statement_facts& at) {
    return at.in_transaction && is_concurrent(at) &&
           (is_create_index(at) || starts(at.text, {"drop", "index"}) ||
            starts(at.text, {"reindex"}) || starts(at.text, {"refresh"}));
}

bool alone_in_transaction(const statement_facts& at) {
    return at.in_transaction &&
           (starts(at.text, {"vacuum"}) || starts(at.text, {"create", "database"}) ||
            starts(at.text, {"drop", "database"}) || starts(at.text, {"alter", "system"}));
}

bool drop_index_locks(const statement_facts& at) {
    return starts(at.text, {"drop", "index"}) && !is_concurrent(at);
}

bool not_null_without_default(const statement_facts& at) {
    return adds_column(at) && !at.made_its_table && has(at.text, {"not", "null"}) &&
           !has(at.text, {"default"}) && !has(at.text, {"generated"});
}

bool rewrites_for_default(const statement_facts& at) {
    constexpr std::array<std::string_view, 5> moving = {
        "random", "gen_random_uuid", "clock_timestamp", "nextval", "uuid_generate_v4"};
    return adds_column(at) && !at.made_its_table && has(at.text, {"default"}) &&
           std::any_of(moving.begin(), moving.end(),
                       [&](std::string_view word) { return has(at.text, {std::string{word}}); });
}

bool set_not_null(const statement_facts& at) {
    return is_alter_table(at) && !at.made_its_table && has(at.text, {"set", "not", "null"});
}

bool type_change(const statement_facts& at) {
    return is_alter_table(at) && !at.made_its_table &&
           (has(at.text, {"set", "data", "type"}) ||
            (has(at.text, {"alter", "column", "*", "type"}) ||
             has(at.text, {"alter", "*", "type"})));
}

bool constraint_validates(const statement_facts& at) {
    return adds_constraint(at) && !at.made_its_table && !has(at.text, {"not", "valid"}) &&
           !has(at.text, {"using", "index"}) && !has(at.text, {"unique"}) &&
           !has(at.text, {"primary", "key"});
}

bool unique_constraint_builds(const statement_facts& at) {
    return is_alter_table(at) && !at.made_its_table && !has(at.text, {"using", "index"}) &&
           (has(at.text, {"add", "unique"}) || has(at.text, {"add", "primary", "key"}) ||
            (has(at.text, {"add", "constraint"}) &&
             (has(at.text, {"unique"}) || has(at.text, {"primary", "key"}))));
}

bool renames(const statement_facts& at) {
    return is_alter_table(at) && has(at.text, {"rename"}) &&
           !has(at.text, {"rename", "constraint"});
}

bool drops(const statement_facts& at) {
    return is_alter_table(at) && has(at.text, {"drop", "column"});
}

constexpr std::array<rule, 12> rules = {{
    {"index_without_concurrently", index_locks,
     "building this index keeps every write to the table waiting",
     "create index concurrently, in a file of its own that says NO TRANSACTION"},
    {"concurrently_in_transaction", concurrently_in_transaction,
     "CONCURRENTLY fails inside a transaction", "write -- +goose NO TRANSACTION at the top"},
    {"alone_in_transaction", alone_in_transaction, "this fails inside a transaction",
     "write -- +goose NO TRANSACTION at the top"},
    {"drop_index_without_concurrently", drop_index_locks,
     "dropping this index waits for, and then stops, everything on its table",
     "drop index concurrently, in a file of its own that says NO TRANSACTION"},
    {"not_null_without_default", not_null_without_default,
     "a NOT NULL column without a default fails on a table that has rows",
     "add it with a constant default, or nullable first and fill it"},
    {"volatile_default", rewrites_for_default,
     "a default that differs from row to row rewrites the whole table under an exclusive lock",
     "add the column without it, set the default, then fill the rows in batches"},
    {"set_not_null", set_not_null, "SET NOT NULL reads the whole table under an exclusive lock",
     "add check (c is not null) not valid, validate it in a later file, then SET NOT NULL"},
    {"type_change", type_change,
     "changing a type rewrites the table and its indexes under an exclusive lock",
     "add a column of the new type, copy in batches, then change over"},
    {"constraint_validates", constraint_validates,
     "adding this constraint reads the whole table under a lock",
     "add it NOT VALID, and VALIDATE CONSTRAINT in a later file"},
    {"unique_constraint_builds_index", unique_constraint_builds,
     "adding this constraint builds its index under an exclusive lock",
     "create unique index concurrently first, then add the constraint using index"},
    {"rename", renames, "services that still use the old name fail at once",
     "add the new name beside the old, change over, drop the old one later"},
    {"drop_column", drops, "services that still name this column fail at once",
     "deploy services that do not use it first, then drop it"},
}};

/// The table a CREATE TABLE makes, or a later statement speaks of.
std::string table_of(const words& text) {
    static const words noise = {"create", "unlogged", "table", "temp", "temporary", "if",
                                "not",    "exists",   "alter", "only", "global",    "local"};
    if (text.empty()) return {};
    if (text[0] == "create" && find_words(text, {"table"}) > 3) {
        const std::size_t on = find_words(text, {"on"});
        return on + 1 < text.size() ? text[on + (text[on + 1] == "only" ? 2 : 1)] : std::string{};
    }
    for (const std::string& word : text) {
        if (std::find(noise.begin(), noise.end(), word) == noise.end()) return word;
    }
    return {};
}

/// Lower-case words and quoted names, with what is quoted or a comment left out.
words words_of(std::string_view text) {
    words found;
    std::string word;
    const auto skip_past = [&text](std::string_view end, std::size_t from) {
        text.remove_prefix(std::min(text.find(end, from), text.size() - end.size()) + end.size());
    };
    const auto finish = [&] {
        if (!word.empty()) found.push_back(std::exchange(word, {}));
    };
    while (!text.empty()) {
        const char c = text[0];
        const bool is_comment = text.starts_with("--") || text.starts_with("/*");
        if (c == '\'' || is_comment) {
            finish();
            skip_past(c == '\'' ? "'" : (c == '-' ? "\n" : "*/"), c == '\'' ? 1 : 2);
            continue;
        }
        if (c == '_' || c == '.' || c == '"' || static_cast<signed char>(c) < 0 ||
            (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) {
            word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        } else {
            finish();
        }
        text.remove_prefix(1);
    }
    finish();
    return found;
}

/// Reads the statements of one direction of one file.
class file_linter {
public:
    file_linter(std::string file, std::vector<migration_warning>& warnings)
        : file_{std::move(file)}, warnings_{warnings} {}

    void read(const std::vector<detail::migration_statement>& statements, bool in_transaction) {
        for (const detail::migration_statement& one : statements) {
            for (const detail::sql_piece& piece : detail::cut_statements(one.text).pieces) {
                judge(words_of(piece.text), one.line + piece.line, in_transaction);
            }
        }
    }

    void warn(std::size_t line, std::string_view rule, std::string message, std::string cure) {
        warnings_.push_back({file_, line, std::string{rule}, std::move(message), std::move(cure)});
    }

private:
    void judge(words text, std::size_t line, bool in_transaction) {
        const std::string table = table_of(text);
        if (starts(text, {"create"}) && find_words(text, {"table"}) <= 3) made_.push_back(table);
        const bool is_new = std::find(made_.begin(), made_.end(), table) != made_.end();
        const statement_facts facts{std::move(text), in_transaction, is_new};
        for (const rule& one : rules) {
            if (!one.applies(facts)) continue;
            warn(line, one.name, std::string{one.message}, std::string{one.cure});
        }
    }

    std::string file_;
    std::vector<migration_warning>& warnings_;
    std::vector<std::string> made_;  ///< the tables that this file makes: they are empty
};

/// Both directions read strictly. The Down is read for whether it can be, not for what it locks.
void lint_file(const std::string& folder, const std::string& name,
               std::vector<migration_warning>& warnings) {
    using detail::direction;
    file_linter linter{name, warnings};
    const std::string path = detail::path_in(folder, name);
    for (const direction way : {direction::up, direction::down}) {
        std::vector<detail::migration_statement> statements;
        const auto read = detail::read_file(path, way, detail::reading::strict,
                                            [&statements](detail::migration_statement&& one) {
                                                statements.push_back(std::move(one));
                                                return true;
                                            });
        if (!read) {
            linter.warn(read.error().line, "unreadable", read.error().message, read.error().cure);
            return;
        }
        if (way == direction::up) {
            linter.read(statements, read->in_transaction);
        } else if (statements.empty()) {
            linter.warn(0, "missing_down", "there is no Down, so it cannot be rolled back",
                        "write the section -- +goose Down with what undoes Up");
        }
    }
}

}  // namespace

result<std::vector<migration_warning>> lint_migrations(const std::string& folder) {
    const auto files = detail::read_folder(folder);
    if (!files) return tl::unexpected{detail::folder_error(files.error())};
    std::vector<migration_warning> warnings;
    for (const detail::migration_source& file : *files) {
        if (file.name.ends_with(".sql")) lint_file(folder, file.name, warnings);
    }
    return warnings;
}

}  // namespace honeydue
