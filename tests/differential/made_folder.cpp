// SPDX-License-Identifier: MIT
// Random migrations: see the header.
#include "made_folder.hpp"

#include <iterator>

namespace honeydue::support {
namespace {

const std::vector<std::string> odd_lines = {
    "-- +goose Up",
    "-- +goose Up",
    "-- +goose Down",
    "-- +goose Down",
    "-- +goose StatementBegin",
    "-- +goose StatementBegin",
    "-- +goose StatementEnd",
    "-- +goose StatementEnd",
    "-- +goose NO TRANSACTION",
    "-- +goose ENVSUB ON",
    "-- +goose ENVSUB OFF",
    "--+goose up",
    "---- +goose DOWN ----",
    "-- +goose",
    " -- +goose Up",
    "\t-- +goose Down",
    "-- +goose Up;",
    "-- +goose NO  TRANSACTION",
    "-- +goose \xC5\xBFtatementBegin",
    "-- see +goose docs",
    "-- +goose +goose Up",
    "-- +GOOSE Up",
    "-- a comment",
    "  -- an indented comment",
    "",
    "   ",
    "\t",
    "\xC2\xA0",
    "select 1;",
    "select 1; -- note",
    "select 1;-- note",
    "select 1; /* note */",
    "select ' -- ';",
    "select 'a;",
    "b';",
    "select 1; select 2;",
    "create function f() returns int as $$",
    "begin",
    "  return 1;",
    "end; $$ language plpgsql;",
    ";",
    "select",
    "  2",
    ";  ",
    "/* a block",
    "comment; */",
    "select '$HD_NAME';",
    "select ${HD_NAME};",
    "select '${HD_UNSET:-a default}';",
    "select '${HD_UNSET?must be set}';",
    "select '$1 \\$x $$ ${HD_NAME:1:2}';",
    "insert into t values ('\xFF\xFE');",
    "select 1;\r",
    "\r",
    "\xEF\xBB\xBF-- +goose Up",
    "select \"a--b\";",
    "do $body$ begin null; end $body$;",
};

std::string number_text(chance& at, std::size_t number) {
    switch (at.pick(8)) {
        case 0:
            return std::to_string(number);
        case 1:
            return "+" + std::to_string(number);
        case 2:
            return "2024010100000" + std::to_string(number % 10);
        default: {
            const std::string digits = std::to_string(number);
            return std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
        }
    }
}

std::string table(chance& at) { return "t" + std::to_string(at.pick(5)); }

/// What an Up may do and the Down that undoes it, some of which fail on what is there.
struct deed {
    std::string up;
    std::string down;
};

deed made_deed(chance& at) {
    const std::string t = table(at);
    const std::string c = "c" + std::to_string(at.pick(4));
    switch (at.pick(14)) {
        case 0:
        case 1:
        case 2:
        case 3:
            return {"create table " + t + " (id int, v text);", "drop table " + t + ";"};
        case 4:
        case 5:
            return {"insert into " + t + " values (1, 'x; y');", "delete from " + t + ";"};
        case 6:
            return {"alter table " + t + " add " + c + " int;",
                    "alter table " + t + " drop " + c + ";"};
        case 7:
            return {"create table if not exists " + t + "\n  -- inside\n  (id int,\n\n  v text);",
                    "drop table if exists " + t + ";"};
        case 8:
            return {"select 1; -- note", "select 2;"};
        case 9:
            return {"insert into " + t + " select 1; insert into " + t + " select 2;",
                    "delete from " + t + " where id = 2;"};
        case 10:
            return {"select nope;", "select 1;"};
        case 11:
            return {"select 1/0;", "select 'never';"};
        case 12:
            return {"set search_path = '';\nset search_path = public;", "select 1;"};
        default:
            return {"create index on " + t + " (id);", ""};
    }
}

std::string block(const std::string& text) {
    return "-- +goose StatementBegin\n" + text + "\n-- +goose StatementEnd";
}

std::string function_text(chance& at) {
    const std::string name = "f" + std::to_string(at.pick(3));
    return "create or replace function " + name +
           "() returns int as $$\n-- inside\nbegin\n  return 1;\nend;\n$$ language plpgsql;";
}

std::string section(chance& at, const std::vector<std::string>& statements) {
    std::string text;
    for (const std::string& one : statements) {
        if (one.empty()) continue;
        if (at.once_in(6)) text += "-- before; it\n";
        if (at.once_in(8)) text += "\n";
        text += (at.once_in(5) ? block(one) : one) + "\n";
    }
    return text;
}

std::string with_carriage_returns(const std::string& text) {
    std::string made;
    for (const char c : text) {
        if (c == '\n') made += '\r';
        made += c;
    }
    return made;
}

std::string made_migration(chance& at) {
    if (at.once_in(25)) return made_text(at);
    std::vector<std::string> ups;
    std::vector<std::string> downs;
    for (std::size_t i = at.pick(4); i > 0; --i) {
        const deed one = made_deed(at);
        ups.push_back(one.up);
        downs.insert(downs.begin(), one.down);
    }
    std::string text;
    if (at.once_in(6)) text += "-- +goose NO TRANSACTION\n";
    text += "-- +goose Up\n";
    if (at.once_in(8)) {
        text +=
            "-- +goose ENVSUB ON\ncomment on schema public is '$HD_NAME ${HD_UNSET:-x}';\n"
            "-- +goose ENVSUB OFF\n";
    }
    text += section(at, ups);
    if (at.once_in(8)) text += block(function_text(at)) + "\n";
    if (at.once_in(40)) text += "begin;\n";
    if (at.once_in(40)) text += "commit;\n";
    if (!at.once_in(7)) text += "\n-- +goose Down\n" + section(at, downs);
    if (at.once_in(30)) text += "select unfinished";
    return at.once_in(8) ? with_carriage_returns(text) : text;
}

}  // namespace

std::string made_text(chance& at) {
    std::string text = at.once_in(4) ? "" : "-- +goose Up\n";
    for (std::size_t i = at.pick(14); i > 0; --i) {
        text += at.of(odd_lines);
        if (at.once_in(20)) text += "\r";
        if (i > 1 || !at.once_in(5)) text += "\n";
    }
    return text;
}

made_files made_folder(chance& at) {
    made_files files;
    std::size_t number = at.pick(3);
    for (std::size_t i = 1 + at.pick(6); i > 0; --i) {
        number += at.once_in(5) ? 2 : 1;
        files[number_text(at, number) + "_" + (at.once_in(6) ? "" : "a.b") + ".sql"] =
            made_migration(at);
    }
    if (at.once_in(40)) files["schema.sql"] = "select 1;";
    if (at.once_in(40)) files[".00001_x.sql"] = "-- +goose Up\n";
    if (at.once_in(40)) files["00003_folder.sql/"] = "";
    if (at.once_in(40)) files["00002_twice.sql"] = "-- +goose Up\n";
    if (at.once_in(40)) files["00009_code.go"] = "package m\n";
    if (at.once_in(10)) files["README.md"] = "words";
    if (at.once_in(20)) files["notes.SQL"] = "words";
    return files;
}

void change_folder(chance& at, made_files& files) {
    if (files.empty() || at.once_in(3)) {
        files[number_text(at, 1 + at.pick(9)) + "_new.sql"] = made_migration(at);
        return;
    }
    const auto chosen =
        std::next(files.begin(), static_cast<std::ptrdiff_t>(at.pick(files.size())));
    if (chosen->first.ends_with('/') || at.once_in(2)) {
        files.erase(chosen);
    } else {
        chosen->second = made_migration(at);
    }
}

made_command made_order(chance& at) {
    static const std::vector<std::string> orders = {
        "up",   "up",   "up",      "up-by-one", "up-by-one", "up-to",  "down",
        "down", "redo", "down-to", "reset",     "status",    "version"};
    made_command made{{at.of(orders)}, {}};
    if (made.words[0].ends_with("-to")) made.words.push_back(std::to_string(at.pick(7)));
    if (at.once_in(4)) made.options += "m";
    if (at.once_in(12)) made.options += "n";
    return made;
}

}  // namespace honeydue::support
