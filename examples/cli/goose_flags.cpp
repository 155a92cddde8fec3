// SPDX-License-Identifier: MIT
// goose's flags: see the header.
#include "goose_flags.hpp"

#include <algorithm>
#include <array>
#include <deque>

#include "go_duration.hpp"
#include "migration_text.hpp"

namespace cli {
namespace {

using taken = std::optional<std::string>;  // why a value was refused

std::string refused(std::string_view value, std::string_view name) {
    return "invalid value " + honeydue::detail::quoted(value) + " for flag -" + std::string{name} +
           ": parse error";
}

struct flag {
    std::string_view name;
    std::string_view type;  ///< as the usage names it; empty for a switch
    std::string_view help;
    taken (*set)(goose_flags&, std::string_view name, std::string_view value);
    std::string_view fallback = {};
};

template <bool goose_flags::*Member>
taken set_switch(goose_flags& into, std::string_view name, std::string_view value) {
    const auto read = parse_go_bool(value);
    if (!read) {
        return "invalid boolean value " + honeydue::detail::quoted(value) + " for -" +
               std::string{name} + ": parse error";
    }
    into.*Member = *read;
    return std::nullopt;
}

template <std::string goose_flags::*Member>
taken set_text(goose_flags& into, std::string_view, std::string_view value) {
    into.*Member = value;
    return std::nullopt;
}

taken set_timeout(goose_flags& into, std::string_view name, std::string_view value) {
    const auto read = honeydue::parse_go_duration(value);
    if (!read) return refused(value, name);
    into.timeout = *read;
    return std::nullopt;
}

taken set_wording(goose_flags& into, std::string_view name, std::string_view value) {
    if (value.starts_with('v')) value.remove_prefix(1);
    if (!value.starts_with("3.")) return refused(value, name);
    into.wording = value.starts_with("3.22") ? goose_wording::v3_22 : goose_wording::v3_27;
    return std::nullopt;
}

taken set_nothing(goose_flags&, std::string_view, std::string_view) { return std::nullopt; }

constexpr std::array<flag, 17> known = {{
    {"allow-missing", "", "applies missing (out-of-order) migrations",
     set_switch<&goose_flags::allows_missing>},
    {"certfile", "string", "for MySQL only", set_nothing},
    {"compat", "", "honeydue: read files bug for bug, and refuse none that goose takes",
     set_switch<&goose_flags::is_compatible>},
    {"dir", "string",
     "directory with migration files, (GOOSE_MIGRATION_DIR env variable supported)",
     set_text<&goose_flags::folder>, "\".\""},
    {"env", "string", "file with variables, or none (from 3.24 on)",
     set_text<&goose_flags::env_file>},
    {"goose-version", "string", "honeydue: whose wording to use, 3.22 or 3.27", set_wording,
     "\"3.22\""},
    {"h", "", "print help", set_switch<&goose_flags::wants_help>},
    {"no-color", "", "disable color output (NO_COLOR env variable supported)",
     set_switch<&goose_flags::is_colorless>},
    {"no-versioning", "",
     "apply migration commands with no versioning, in file order, from directory pointed to",
     set_switch<&goose_flags::ignores_versions>},
    {"s", "", "use sequential numbering for new migrations",
     set_switch<&goose_flags::is_sequential>},
    {"ssl-cert", "string", "for MySQL only", set_nothing},
    {"ssl-key", "string", "for MySQL only", set_nothing},
    {"table", "string", "migrations table name", set_text<&goose_flags::table>,
     "\"goose_db_version\""},
    {"timeout", "duration", "maximum allowed duration for queries to run; e.g., 1h13m",
     set_timeout},
    {"v", "", "enable verbose mode", set_switch<&goose_flags::is_verbose>},
    {"version", "", "print version", set_switch<&goose_flags::wants_version>},
}};

/// One run of Go's FlagSet.Parse: takes flags off the front until a word.
taken parse_front(std::deque<std::string>& left, goose_flags& into) {
    while (!left.empty() && left.front().size() > 1 && left.front()[0] == '-') {
        const std::string given = left.front();
        left.pop_front();
        if (given == "--") return std::nullopt;
        const std::string_view text = std::string_view{given}.substr(given[1] == '-' ? 2 : 1);
        if (text.empty() || text[0] == '-' || text[0] == '=') return "bad flag syntax: " + given;
        const std::size_t equals = text.find('=');
        const std::string_view name = text.substr(0, equals);
        const auto* const found = std::ranges::find(known, name, &flag::name);
        const bool is_known =
            found != known.end() && (name != "env" || into.wording == goose_wording::v3_27);
        if (!is_known && name == "help") return "";
        if (!is_known) return "flag provided but not defined: -" + std::string{name};
        std::string value = "true";
        if (equals != std::string_view::npos) {
            value = text.substr(equals + 1);
        } else if (!found->type.empty()) {
            if (left.empty()) return "flag needs an argument: -" + std::string{name};
            value = left.front();
            left.pop_front();
        }
        if (auto why = found->set(into, name, value)) return why;
    }
    return std::nullopt;
}

/// Whether a word that begins with a dash is looked at as a flag.
bool is_flag(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

/// The wording decides which flags there are, wherever it stands.
void find_wording(std::span<const std::string> arguments, goose_flags& flags) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string_view text = arguments[i];
        while (text.starts_with('-'))
            text.remove_prefix(1);
        if (text == "goose-version" && i + 1 < arguments.size()) {
            set_wording(flags, "", arguments[i + 1]);
        } else if (text.starts_with("goose-version=")) {
            set_wording(flags, "", text.substr(text.find('=') + 1));
        }
    }
}

}  // namespace

std::optional<bool> parse_go_bool(std::string_view text) {
    constexpr std::array<std::string_view, 6> yes = {"1", "t", "T", "TRUE", "true", "True"};
    constexpr std::array<std::string_view, 6> no = {"0", "f", "F", "FALSE", "false", "False"};
    if (std::ranges::find(yes, text) != yes.end()) return true;
    if (std::ranges::find(no, text) != no.end()) return false;
    return std::nullopt;
}

parsed_flags parse_goose_flags(std::span<const std::string> arguments) {
    parsed_flags parsed;
    find_wording(arguments, parsed.flags);
    std::deque<std::string> left{arguments.begin(), arguments.end()};
    const auto refuse = [&parsed](std::string why) {
        parsed.fault = flag_fault{std::move(why), parsed.flags.wording};
        return parsed;
    };
    if (auto why = parse_front(left, parsed.flags)) return refuse(*why);
    while (!left.empty()) {
        if (left.front() == "--") {
            parsed.flags.words.insert(parsed.flags.words.end(), left.begin(), left.end());
            break;
        }
        if (is_flag(left.front())) {
            if (auto why = parse_front(left, parsed.flags)) return refuse(*why);
            continue;
        }
        parsed.flags.words.push_back(std::move(left.front()));
        left.pop_front();
    }
    return parsed;
}

std::string flag_defaults(goose_wording wording) {
    std::string text;
    for (const flag& one : known) {
        if (one.name.empty() || (one.name == "env" && wording == goose_wording::v3_22)) continue;
        text += "  -" + std::string{one.name};
        if (!one.type.empty()) text += " " + std::string{one.type};
        text += (one.type.empty() && one.name.size() == 1 ? "\t" : "\n    \t");
        text += one.help;
        const bool has_fallback =
            !one.fallback.empty() && (one.name != "table" || wording == goose_wording::v3_22);
        if (has_fallback) text += " (default " + std::string{one.fallback} + ")";
        text += "\n";
    }
    return text;
}

std::vector<std::string> merge_words(std::vector<std::string> words, const variables& environment) {
    if (words.empty()) return words;
    const auto put = [&](const char* name, std::ptrdiff_t place) {
        const auto value = environment(name);
        if (value && !value->empty()) words.insert(words.begin() + place, *value);
    };
    put("GOOSE_DRIVER", 0);
    put("GOOSE_DBSTRING", 1);
    return words;
}

}  // namespace cli
