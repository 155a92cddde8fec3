// SPDX-License-Identifier: MIT
// The program honeydue: `honeydue migrate` for migrations, `honeydue goose` for who is used to
// goose. Each says with --help what it can.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "goose.hpp"
#include "migrate.hpp"
#include "stop_signals.hpp"

namespace {

void write(std::FILE* to, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), to);
    std::fflush(to);
}

/// As Go's logger does: the local time, and one end of line.
void log_line(std::string_view line) {
    char stamp[32] = "";
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    if (::localtime_r(&now, &local) != nullptr) {
        std::strftime(stamp, sizeof stamp, "%Y/%m/%d %H:%M:%S ", &local);
    }
    write(stderr, stamp + std::string{line} + (line.ends_with('\n') ? "" : "\n"));
}

std::optional<std::string> variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): read-only
    if (value == nullptr) return std::nullopt;
    return std::string{value};
}

int goose(int count, char** values, const cli::stop_signals& signals) {
    const std::vector<std::string> arguments{values + 2, values + count};
    const cli::goose_surroundings with{[](std::string_view text) { write(stdout, text); },
                                       [](std::string_view text) { write(stderr, text); }, log_line,
                                       variable, signals.token()};
    return cli::run_goose(arguments, with);
}

}  // namespace

int main(int count, char** values) {
    const cli::stop_signals signals;
    if (count > 1 && std::string_view{values[1]} == "goose") {
        return signals.exit_code(goose(count, values, signals));
    }
    CLI::App app{"Data access for a PostgreSQL that is far away", "honeydue"};
    app.require_subcommand(1);
    cli::migrate migrate{app};
    app.add_subcommand("goose", "stands in for the goose program; honeydue goose -h says more");
    try {
        app.parse(count, values);
    } catch (const CLI::ParseError& wrong) {
        return app.exit(wrong) == 0 ? 0 : 2;
    }
    return signals.exit_code(migrate.run(signals.token()));
}
