// SPDX-License-Identifier: MIT
// The program honeydue: migrations from the command line. `honeydue migrate --help` says what it
// can.
#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include <honeydue/migration.hpp>

namespace hd = honeydue;

namespace {

struct arguments {
    std::string folder = "migrations";
    std::string url;
    hd::migration_options options;
    bool is_compatible = false;
    bool takes_missing = false;
    std::int64_t lock_timeout = 0;
    std::int64_t timeout = 0;
    std::int64_t version = 0;
    std::string name;
};

int refuse(const hd::error& why) {
    std::fprintf(stderr, "honeydue: %s\n", hd::explain(why).c_str());
    return 1;
}

void tell(const hd::migration_done& done) {
    std::printf("%-4s %s  %.2f ms\n", done.way == hd::migration_way::up ? "up" : "down",
                done.file.c_str(), static_cast<double>(done.took.count()) / 1000.0);
    std::fflush(stdout);
}

hd::result<hd::migrator> opened(const arguments& given) {
    hd::endpoint to = hd::endpoint::from_env();
    if (!given.url.empty()) {
        auto parsed = hd::endpoint::parse(given.url);
        if (!parsed) return tl::unexpected{parsed.error()};
        to = std::move(*parsed);
    }
    if (to.direct().host != to.host) {
        std::fprintf(stderr, "honeydue: %s is a pooler: connecting to %s\n", to.host.c_str(),
                     to.direct().host.c_str());
    }
    hd::migration_options options = given.options;
    if (given.is_compatible) options.reading = hd::migration_reading::compatible;
    if (given.takes_missing) options.out_of_order = hd::out_of_order::apply;
    options.lock_timeout = std::chrono::milliseconds{given.lock_timeout};
    options.timeout = std::chrono::milliseconds{given.timeout};
    options.on_done = tell;
    return hd::migrator::open(to, given.folder, std::move(options));
}

int show(const hd::migration_report& report) {
    if (!report.failed) {
        if (report.applied.empty()) std::puts("nothing to do");
        return 0;
    }
    const hd::migration_failure& failed = *report.failed;
    refuse(failed.why);
    if (!failed.statement.empty()) std::fprintf(stderr, "%s\n", failed.statement.c_str());
    if (failed.statements_kept > 0) {
        std::fprintf(stderr, "%zu statements of this NO TRANSACTION file ran before it, and stay\n",
                     failed.statements_kept);
    }
    return 1;
}

int show_status(hd::migrator& migrator) {
    const auto status = migrator.status();
    if (!status) return refuse(status.error());
    for (const hd::migration_status& one : *status) {
        const std::string when = one.applied_at.empty() ? "applied" : one.applied_at;
        std::printf("%-26s  %s\n", one.is_applied ? when.c_str() : "pending", one.file.c_str());
    }
    return 0;
}

int show_version(hd::migrator& migrator) {
    const auto version = migrator.version();
    if (!version) return refuse(version.error());
    std::printf("%lld\n", static_cast<long long>(*version));
    return 0;
}

int create(const arguments& given) {
    const auto made = hd::create_migration(given.folder, given.name);
    if (!made) return refuse(made.error());
    std::printf("created %s\n", made->c_str());
    return 0;
}

using command = std::function<int(hd::migrator&)>;

void add_commands(CLI::App& migrate, arguments& given, std::optional<command>& chosen) {
    const auto add = [&](const char* name, const char* what, command run) {
        CLI::App* made = migrate.add_subcommand(name, what);
        made->callback([&chosen, run = std::move(run)] { chosen = run; });
        return made;
    };
    add("up", "apply every pending file", [](auto& m) { return show(m.up()); });
    add("up-by-one", "apply the first pending file", [](auto& m) { return show(m.up_by_one()); });
    add("up-to", "apply pending files up to VERSION",
        [&given](auto& m) { return show(m.up_to(given.version)); })
        ->add_option("VERSION", given.version)
        ->required();
    add("down", "roll back the file applied last", [](auto& m) { return show(m.down()); });
    add("down-to", "roll back until VERSION is current",
        [&given](auto& m) { return show(m.down_to(given.version)); })
        ->add_option("VERSION", given.version)
        ->required();
    add("redo", "roll back the file applied last, and apply it again",
        [](auto& m) { return show(m.redo()); });
    add("reset", "roll back every file", [](auto& m) { return show(m.reset()); });
    add("status", "list the files, applied and pending", show_status);
    add("version", "print the current version", show_version);
}

void add_options(CLI::App& migrate, arguments& given) {
    migrate.fallthrough();
    migrate.require_subcommand(1);
    migrate.add_option("--dir", given.folder, "the folder with the migrations")
        ->capture_default_str();
    migrate.add_option("--url", given.url,
                       "the database; else DB_HOST, POSTGRES_USER … or DATABASE_URL say");
    migrate.add_option("--table", given.options.table, "the version table")->capture_default_str();
    migrate.add_flag("--compat", given.is_compatible, "read files as goose does, bug for bug");
    migrate.add_flag("--allow-missing", given.takes_missing, "apply files that come out of order");
    migrate.add_option("--lock-timeout", given.lock_timeout,
                       "milliseconds a statement may wait for a lock; 0: as the server says");
    migrate.add_option("--timeout", given.timeout, "milliseconds for the command; 0: none");
    migrate.footer(
        "Examples:\n"
        "  honeydue migrate up\n"
        "  honeydue migrate status --dir db/migrations\n"
        "  DATABASE_URL=postgresql://app@localhost/shop honeydue migrate down-to 7\n"
        "  honeydue migrate new \"add task index\"");
}

}  // namespace

int main(int count, char** values) {
    CLI::App app{"Data access for a PostgreSQL that is far away", "honeydue"};
    app.require_subcommand(1);
    arguments given;
    std::optional<command> chosen;
    CLI::App* migrate = app.add_subcommand("migrate", "goose's migrations, safely");
    add_options(*migrate, given);
    add_commands(*migrate, given, chosen);
    CLI::App* made = migrate->add_subcommand("new", "write an empty file with the next number");
    made->add_option("NAME", given.name)->required();
    try {
        app.parse(count, values);
    } catch (const CLI::ParseError& wrong) {
        return app.exit(wrong) == 0 ? 0 : 2;
    }
    if (!chosen) return create(given);
    auto migrator = opened(given);
    return migrator ? (*chosen)(*migrator) : refuse(migrator.error());
}
