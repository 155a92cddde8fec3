// SPDX-License-Identifier: MIT
// The goose program's ways: see the header.
#include "goose.hpp"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <honeydue/migration.hpp>

#include "goose_commands.hpp"
#include "goose_files.hpp"
#include "goose_target.hpp"
#include "migration_text.hpp"

namespace cli {
namespace {

namespace hd = honeydue;

constexpr std::string_view commands = R"(
Commands:
    up                   Migrate the DB to the most recent version available
    up-by-one            Migrate the DB up by 1
    up-to VERSION        Migrate the DB to a specific VERSION
    down                 Roll back the version by 1
    down-to VERSION      Roll back to a specific VERSION
    redo                 Re-run the latest migration
    reset                Roll back all migrations
    status               Dump the migration status for the current DB
    version              Print the current version of the database
    create NAME [sql|go] Creates new migration file with the current timestamp
    fix                  Apply sequential ordering to migrations
    validate             Check migration files without running them

)";

std::string order_of(goose_wording wording) {
    return wording == goose_wording::v3_22 ? "goose [OPTIONS] DRIVER DBSTRING"
                                           : "goose DRIVER DBSTRING [OPTIONS]";
}

std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

class goose_program {
public:
    goose_program(goose_flags flags, const goose_surroundings& with)
        : flags_{std::move(flags)}, with_{with} {}

    int run() {
        if (flags_.wants_version) {
            with_.out(flags_.wording == goose_wording::v3_22 ? "goose version: v3.22.1\n"
                                                             : "goose version: v3.27.3\n");
            return 0;
        }
        if (flags_.wording == goose_wording::v3_27 && !load_env_file()) return 1;
        if (flags_.wants_help || flags_.words.empty()) {
            usage();
            return flags_.wants_help ? 0 : 1;
        }
        settle_folder();
        if (const auto done = run_without_database()) return *done;
        const auto words = merge_words(flags_.words, environment());
        if (words.size() < 3) {
            usage();
            return 1;
        }
        return run_with_database(words);
    }

    void usage() const {
        with_.out("Usage: " + order_of(flags_.wording) +
                  " COMMAND\n\nor\n\nSet environment key\nGOOSE_DRIVER=DRIVER\n"
                  "GOOSE_DBSTRING=DBSTRING\n\nUsage: goose [OPTIONS] COMMAND\n\n"
                  "Drivers:\n    postgres\n    pgx\n\nExamples:\n"
                  "    goose postgres \"user=postgres dbname=postgres sslmode=disable\" status\n"
                  "    goose postgres \"$DATABASE_URL\" up\n    goose create init sql\n\n"
                  "Options:\n\n");
        with_.err(flag_defaults(flags_.wording));
        with_.out(commands);
    }

private:
    int refuse(std::string_view words) const {
        with_.log("goose run: " + std::string{words});
        return 1;
    }

    int answer(const goose_outcome& done) const { return done ? 0 : refuse(done.error()); }

    [[nodiscard]] variables environment() const {
        return [this](const std::string& name) -> std::optional<std::string> {
            if (auto value = with_.environment(name)) return value;
            const auto found = loaded_.find(name);
            if (found == loaded_.end()) return std::nullopt;
            return found->second;
        };
    }

    /// From 3.24 on: NAME=value lines, which never override what is set.
    bool load_env_file() {
        if (flags_.env_file == "none") return true;
        std::ifstream from{flags_.env_file.empty() ? ".env" : flags_.env_file};
        if (!from && !flags_.env_file.empty()) {
            with_.log("failed to load env file: open " + flags_.env_file +
                      ": no such file or directory");
            return false;
        }
        for (std::string line; std::getline(from, line);) {
            std::string_view text = hd::detail::trim(line);
            if (text.starts_with("export ")) text = hd::detail::trim(text.substr(7));
            const std::size_t equals = text.find('=');
            if (text.starts_with('#') || equals == std::string_view::npos) continue;
            std::string_view value = hd::detail::trim(text.substr(equals + 1));
            const bool is_quoted = value.size() > 1 && (value[0] == '"' || value[0] == '\'') &&
                                   value.ends_with(value[0]);
            if (is_quoted) value = value.substr(1, value.size() - 2);
            loaded_.emplace(hd::detail::trim(text.substr(0, equals)), value);
        }
        // Variables in the files are those of the process.
        for (const auto& [name, value] : loaded_)
            ::setenv(name.c_str(), value.c_str(), 0);
        return true;
    }

    void settle_folder() {
        const auto folder = environment()("GOOSE_MIGRATION_DIR");
        if (flags_.folder == "." && folder && !folder->empty()) flags_.folder = *folder;
        if (flags_.wording == goose_wording::v3_22) return;
        const auto table = environment()("GOOSE_TABLE");
        const bool is_default = flags_.table.empty() || flags_.table == "goose_db_version";
        if (is_default && table && !table->empty()) flags_.table = *table;
        if (flags_.table.empty()) flags_.table = "goose_db_version";
    }

    /// The commands that are known by being the first word.
    std::optional<int> run_without_database() const {
        const std::string& command = flags_.words[0];
        if (command == "init") return answer(init_folder(flags_.folder, now(), with_.log));
        if (command == "create")
            return answer(create({flags_.words.begin() + 1, flags_.words.end()}));
        if (command == "fix") return answer(fix_files(flags_.folder, with_.log));
        if (command == "env") return list_environment();
        if (command == "validate") return validate();
        if (command == "beta") return beta();
        return std::nullopt;
    }

    [[nodiscard]] goose_outcome create(const std::vector<std::string>& words) const {
        if (words.empty()) {
            return tl::unexpected{"create must be of form: " + order_of(flags_.wording) +
                                  " create NAME [go|sql]"};
        }
        return create_file({flags_.folder, words[0], words.size() == 2 ? words[1] : "go",
                            flags_.is_sequential, flags_.wording},
                           now(), with_.log);
    }

    [[nodiscard]] int list_environment() const {
        const auto tell = [this](const char* name, const std::string& fallback) {
            const auto value = environment()(name);
            with_.out(std::string{name} + "=" +
                      hd::detail::quoted(value && !value->empty() ? *value : fallback) + "\n");
        };
        tell("GOOSE_DRIVER", "");
        tell("GOOSE_DBSTRING", "");
        tell("GOOSE_MIGRATION_DIR", ".");
        if (flags_.wording == goose_wording::v3_27) tell("GOOSE_TABLE", "goose_db_version");
        tell("NO_COLOR", "false");
        return 0;
    }

    [[nodiscard]] int validate() const {
        const auto done = validate_files(
            flags_.folder, flags_.is_verbose ? goose_log{[this](std::string_view line) {
                with_.out(std::string{line} + "\n");
            }}
                                             : goose_log{});
        if (done) return 0;
        with_.log("goose validate: " + done.error());
        return 1;
    }

    [[nodiscard]] int beta() const {
        if (flags_.words.size() < 2) {
            with_.log("goose beta: missing subcommand");
            return 1;
        }
        if (flags_.words[1] == "drivers") with_.out("Available drivers:\n  pgx\n  postgres\n");
        return 0;
    }

    [[nodiscard]] int run_with_database(const std::vector<std::string>& words) const {
        const std::string& driver = words[0];
        const std::string& command = words[2];
        const std::vector<std::string> rest{words.begin() + 3, words.end()};
        if (driver != "postgres" && driver != "pgx") {
            with_.log(hd::detail::quoted(driver) +
                      ": unknown dialect: honeydue speaks to postgres (or pgx) only");
            return 1;
        }
        if (command == "create") return answer(create(rest));
        if (command == "fix") return answer(fix_files(flags_.folder, with_.log));
        const auto wanted = asked(command, rest);
        if (!wanted) return refuse(wanted.error());
        return answer(run_command(*wanted, words[1], settings()));
    }

    [[nodiscard]] tl::expected<goose_request, std::string> asked(
        const std::string& command, const std::vector<std::string>& rest) const {
        if (!is_goose_command(command)) {
            return tl::unexpected{hd::detail::quoted(command) + ": no such command"};
        }
        goose_request wanted{command};
        if (command != "up-to" && command != "down-to") return wanted;
        if (rest.empty()) {
            return tl::unexpected{command + " must be of form: " + order_of(flags_.wording) + " " +
                                  command + " VERSION"};
        }
        std::string_view text = rest[0];
        if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
        const auto [end, fault] =
            std::from_chars(text.data(), text.data() + text.size(), wanted.version);
        if (fault != std::errc{} || end != text.data() + text.size()) {
            return tl::unexpected{"version must be a number (got '" + rest[0] + "')"};
        }
        return wanted;
    }

    [[nodiscard]] goose_settings settings() const {
        const auto no_color = environment()("NO_COLOR");
        const bool is_colorless =
            flags_.is_colorless || (no_color && parse_go_bool(*no_color).value_or(false));
        return {flags_.folder,
                flags_.table,
                std::chrono::ceil<std::chrono::milliseconds>(flags_.timeout),
                flags_.is_verbose,
                flags_.allows_missing,
                flags_.ignores_versions,
                is_colorless,
                flags_.is_compatible,
                with_.log,
                with_.stop};
    }

    goose_flags flags_;
    const goose_surroundings& with_;
    std::map<std::string, std::string> loaded_;
};

}  // namespace

int run_goose(std::span<const std::string> arguments, const goose_surroundings& with) {
    auto parsed = parse_goose_flags(arguments);
    goose_program program{std::move(parsed.flags), with};
    if (!parsed.fault) return program.run();
    if (!parsed.fault->words.empty()) with.err(parsed.fault->words + "\n");
    program.usage();
    return parsed.fault->words.empty() ? 0 : 2;
}

}  // namespace cli
