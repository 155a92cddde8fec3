// SPDX-License-Identifier: MIT
// `honeydue migrate`: see the header.
#include "migrate.hpp"

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <honeydue/migration.hpp>

#include "migrate_output.hpp"

namespace cli {
namespace {

namespace hd = honeydue;

constexpr const char* examples = R"(Examples:
  honeydue migrate up
  honeydue migrate up --dry-run
  honeydue migrate up --lock-timeout 2000
  honeydue migrate plan --json
  honeydue migrate status --dir db/migrations
  DATABASE_URL=postgresql://app@localhost/shop honeydue migrate down-to 7
  honeydue migrate baseline 41
  honeydue migrate verify
  honeydue migrate lint
  honeydue migrate new "add task index")";

/// What is sent by a rehearsal, as a script that psql would take.
void print_statement(std::string_view text) {
    std::printf("%.*s;\n", static_cast<int>(text.size()), text.data());
}

}  // namespace

struct migrate::given {
    std::string folder = "migrations";
    std::string url;
    hd::migration_options options;
    bool is_compatible = false;
    bool takes_missing = false;
    bool ignores_versions = false;
    bool is_rehearsal = false;
    bool is_json = false;
    bool adds_to_baseline = false;
    std::int64_t lock_timeout = 0;
    std::int64_t lock_wait = 300'000;
    std::int64_t timeout = 0;
    std::int64_t version = 0;
    std::string name;

    std::function<int(hd::migrator&)> on_database;
    std::function<int()> on_files;

    [[nodiscard]] format how() const { return is_json ? format::json : format::lines; }

    template <class T>
    int told(const hd::result<T>& answer) const {
        return answer ? show(*answer, how()) : refuse(answer.error(), how());
    }
    int report(const hd::migration_report& made) const {
        // A rehearsal has printed its statements, and those are all it says.
        if (is_rehearsal && !is_json && !made.failed) return 0;
        return show(made, how());
    }

    [[nodiscard]] hd::result<hd::migrator> open(std::stop_token stop);
    void add_options(CLI::App& app);
    void add_commands(CLI::App& app);
    void add_file_commands(CLI::App& app);
    CLI::App* add(CLI::App& app, const char* word, const char* what,
                  std::function<int(hd::migrator&)> run);
};

hd::result<hd::migrator> migrate::given::open(std::stop_token stop) {
    hd::endpoint to = hd::endpoint::from_env();
    if (!url.empty()) {
        auto parsed = hd::endpoint::parse(url);
        if (!parsed) return tl::unexpected{parsed.error()};
        to = std::move(*parsed);
    }
    if (to.direct().host != to.host) {
        std::fprintf(stderr, "honeydue: %s is a pooler: connecting to %s\n", to.host.c_str(),
                     to.direct().host.c_str());
    }
    if (is_compatible) options.reading = hd::migration_reading::compatible;
    if (takes_missing) options.out_of_order = hd::out_of_order::apply;
    if (ignores_versions) options.versions = hd::version_keeping::ignored;
    options.lock_timeout = std::chrono::milliseconds{lock_timeout};
    options.lock_wait = std::chrono::milliseconds{lock_wait};
    options.timeout = std::chrono::milliseconds{timeout};
    options.stop = std::move(stop);
    if (is_rehearsal && is_json) options.rehearse = [](std::string_view) {};
    if (is_rehearsal && !is_json) options.rehearse = print_statement;
    if (!is_rehearsal && !is_json) options.on_done = tell_done;
    return hd::migrator::open(to, folder, options);
}

CLI::App* migrate::given::add(CLI::App& app, const char* word, const char* what,
                              std::function<int(hd::migrator&)> run) {
    CLI::App* made = app.add_subcommand(word, what);
    made->footer(std::string{"Example:\n  honeydue migrate "} + word);
    made->callback([this, run = std::move(run)] { on_database = run; });
    return made;
}

void migrate::given::add_commands(CLI::App& app) {
    const auto with_version = [this](CLI::App* command) {
        command->add_option("VERSION", version)->required();
        command->footer("Example:\n  honeydue migrate " + command->get_name() + " 7");
        return command;
    };
    add(app, "up", "apply every pending file", [this](auto& m) { return report(m.up()); });
    add(app, "up-by-one", "apply the first pending file",
        [this](auto& m) { return report(m.up_by_one()); });
    with_version(add(app, "up-to", "apply pending files up to VERSION",
                     [this](auto& m) { return report(m.up_to(version)); }));
    add(app, "down", "roll back the file applied last",
        [this](auto& m) { return report(m.down()); });
    with_version(add(app, "down-to", "roll back until VERSION is current",
                     [this](auto& m) { return report(m.down_to(version)); }));
    add(app, "redo", "roll back the file applied last, and apply it again",
        [this](auto& m) { return report(m.redo()); });
    add(app, "reset", "roll back every file", [this](auto& m) { return report(m.reset()); });
    add(app, "plan", "list what up would run", [this](auto& m) { return show(m.plan(), how()); });
    add(app, "status", "list the files, applied and pending",
        [this](auto& m) { return told(m.status()); });
    add(app, "verify", "list files edited since, and applied versions without a file",
        [this](auto& m) { return told(m.verify()); });
    add(app, "version", "print the current version", [this](auto& m) {
        const auto current = m.version();
        return current ? show_version(*current, how()) : refuse(current.error(), how());
    });
    with_version(add(app, "baseline", "mark files up to VERSION as applied, and run none",
                     [this](auto& m) {
                         return report(m.baseline(version, adds_to_baseline
                                                               ? hd::baseline_over::add
                                                               : hd::baseline_over::refuse));
                     }))
        ->add_flag("--add", adds_to_baseline, "although versions are applied already");
}

void migrate::given::add_file_commands(CLI::App& app) {
    CLI::App* made = app.add_subcommand("new", "write an empty file with the next number");
    made->add_option("NAME", name)->required();
    made->footer("Example:\n  honeydue migrate new \"add task index\"");
    made->callback([this] {
        on_files = [this] {
            const auto path = hd::create_migration(folder, name);
            return path ? show_path(*path, how()) : refuse(path.error(), how());
        };
    });
    CLI::App* lint = app.add_subcommand("lint", "warn of long locks, rewrites and missing Downs");
    lint->footer("Example:\n  honeydue migrate lint --dir db/migrations");
    lint->callback([this] { on_files = [this] { return told(hd::lint_migrations(folder)); }; });
}

void migrate::given::add_options(CLI::App& app) {
    app.fallthrough();
    app.require_subcommand(1);
    app.add_option("--dir", folder, "the folder with the migrations")->capture_default_str();
    app.add_option("--url", url, "the database; else DB_HOST, POSTGRES_USER … or DATABASE_URL say");
    app.add_option("--table", options.table, "the version table")->capture_default_str();
    app.add_flag("--compat", is_compatible, "read files as goose does, bug for bug");
    app.add_flag("--allow-missing", takes_missing, "apply files that come out of order");
    app.add_flag("--no-versioning", ignores_versions, "run files and keep no version table");
    app.add_flag("--dry-run", is_rehearsal, "print the SQL in order, and change nothing");
    app.add_flag("--json", is_json, "one JSON document on standard output");
    app.add_option("--lock-timeout", lock_timeout,
                   "milliseconds a statement may wait for a lock before the file is tried again; "
                   "0: as the server says");
    app.add_option("--lock-tries", options.lock_tries, "how often such a file is tried")
        ->capture_default_str();
    app.add_option("--lock-wait", lock_wait, "milliseconds to wait for another migrator")
        ->capture_default_str();
    app.add_option("--timeout", timeout, "milliseconds for the command; 0: none");
    app.footer(examples);
}

migrate::migrate(CLI::App& app) : given_{std::make_unique<given>()} {
    CLI::App* made = app.add_subcommand("migrate", "goose's migrations, safely");
    given_->add_options(*made);
    given_->add_commands(*made);
    given_->add_file_commands(*made);
}

migrate::~migrate() = default;

int migrate::run(std::stop_token stop) {
    if (given_->on_files) return given_->on_files();
    auto migrator = given_->open(std::move(stop));
    if (!migrator) return refuse(migrator.error(), given_->how());
    return given_->on_database(*migrator);
}

}  // namespace cli
