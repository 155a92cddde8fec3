// SPDX-License-Identifier: MIT
// The words of `honeydue migrate`: see the header.
#include "migrate_output.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <nlohmann/json.hpp>

namespace cli {
namespace {

namespace hd = honeydue;
using nlohmann::json;

int print(const json& document, int code) {
    std::printf("%s\n", document.dump(2, ' ', false, json::error_handler_t::replace).c_str());
    return code;
}

json as_json(const hd::error& why) {
    json made{{"error", hd::explain(why)}, {"code", hd::name(why.code())}};
    if (!why.sqlstate().empty()) made["sqlstate"] = why.sqlstate().text();
    return made;
}

json as_json(const hd::migration_report& report) {
    json applied = json::array();
    for (const hd::migration_done& one : report.applied) {
        applied.push_back({{"version", one.version},
                           {"file", one.file},
                           {"direction", one.way == hd::migration_way::up ? "up" : "down"},
                           {"statements", one.statements},
                           {"transaction", one.in_transaction},
                           {"microseconds", one.took.count()}});
    }
    json made{{"applied", std::move(applied)}, {"current", report.current}};
    if (!report.failed) return made;
    json failed = as_json(report.failed->why);
    failed["version"] = report.failed->version;
    failed["file"] = report.failed->file;
    failed["line"] = report.failed->line;
    failed["statement"] = report.failed->statement;
    failed["statements_kept"] = report.failed->statements_kept;
    made["failed"] = std::move(failed);
    return made;
}

/// Only on a terminal, and never when NO_COLOR is set to anything.
bool has_colours() {
    static const bool wanted = [] {
        const char* no = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): read-only
        return ::isatty(STDOUT_FILENO) == 1 && (no == nullptr || *no == '\0');
    }();
    return wanted;
}

std::string coloured(const char* colour, const std::string& text) {
    return has_colours() ? std::string{"\033["} + colour + "m" + text + "\033[0m" : text;
}
std::string good(const std::string& text) { return coloured("32", text); }
std::string doubtful(const std::string& text) { return coloured("33", text); }

}  // namespace

void tell_done(const hd::migration_done& done) {
    const std::string way = done.way == hd::migration_way::up ? "up  " : "down";
    std::printf("%s %s  %.2f ms\n", good(way).c_str(), done.file.c_str(),
                static_cast<double>(done.took.count()) / 1000.0);
    std::fflush(stdout);
}

int refuse(const hd::error& why, format how) {
    if (how == format::json) return print({{"failed", as_json(why)}}, 1);
    std::fprintf(stderr, "honeydue: %s\n", hd::explain(why).c_str());
    return 1;
}

int show(const hd::migration_report& report, format how) {
    if (how == format::json) return print(as_json(report), report.failed ? 1 : 0);
    if (!report.failed) {
        if (report.applied.empty()) std::puts("nothing to do");
        return 0;
    }
    const hd::migration_failure& failed = *report.failed;
    refuse(failed.why, how);
    if (!failed.statement.empty()) std::fprintf(stderr, "%s\n", failed.statement.c_str());
    if (failed.statements_kept > 0) {
        std::fprintf(stderr, "%zu statements of this NO TRANSACTION file ran before it, and stay\n",
                     failed.statements_kept);
    }
    if (!report.applied.empty()) {
        std::fprintf(stderr, "%zu files were done before it, and stay\n", report.applied.size());
    }
    return 1;
}

int show(const std::vector<hd::migration_status>& files, format how) {
    json all = json::array();
    for (const hd::migration_status& one : files) {
        if (how == format::json) {
            all.push_back({{"version", one.version},
                           {"file", one.file},
                           {"applied", one.is_applied},
                           {"applied_at", one.applied_at}});
            continue;
        }
        const std::string when = one.applied_at.empty() ? "applied" : one.applied_at;
        const std::string state = one.is_applied ? when : "pending";
        const std::string gap(state.size() < 26 ? 26 - state.size() : 0, ' ');
        std::printf("%s%s  %s\n", (one.is_applied ? good(state) : doubtful(state)).c_str(),
                    gap.c_str(), one.file.c_str());
    }
    return how == format::json ? print(all, 0) : 0;
}

int show(const std::vector<hd::migration_drift>& drift, format how) {
    json all = json::array();
    for (const hd::migration_drift& one : drift) {
        const bool is_edited = one.what == hd::migration_drift::kind::edited;
        if (how == format::json) {
            all.push_back({{"kind", is_edited ? "edited" : "vanished"},
                           {"version", one.version},
                           {"file", one.file},
                           {"applied_by", one.applied_by}});
            continue;
        }
        std::printf("%s  %lld  %s\n", doubtful(is_edited ? "edited  " : "vanished").c_str(),
                    static_cast<long long>(one.version), one.file.c_str());
    }
    const int code = drift.empty() ? 0 : 1;
    if (how == format::json) return print(all, code);
    if (drift.empty()) std::puts("files and database agree");
    return code;
}

int show(const std::vector<hd::migration_warning>& warnings, format how) {
    json all = json::array();
    for (const hd::migration_warning& one : warnings) {
        if (how == format::json) {
            all.push_back({{"file", one.file},
                           {"line", one.line},
                           {"rule", one.rule},
                           {"message", one.message},
                           {"cure", one.cure}});
            continue;
        }
        const std::string place =
            one.line > 0 ? one.file + ":" + std::to_string(one.line) : one.file;
        std::printf("%s: %s: %s; %s\n", place.c_str(), doubtful(one.rule).c_str(),
                    one.message.c_str(), one.cure.c_str());
    }
    const int code = warnings.empty() ? 0 : 1;
    if (how == format::json) return print(all, code);
    if (warnings.empty()) std::puts("no warnings");
    return code;
}

int show_version(std::int64_t version, format how) {
    if (how == format::json) return print({{"version", version}}, 0);
    std::printf("%lld\n", static_cast<long long>(version));
    return 0;
}

int show_path(std::string_view path, format how) {
    if (how == format::json) return print({{"created", path}}, 0);
    std::printf("created %.*s\n", static_cast<int>(path.size()), path.data());
    return 0;
}

}  // namespace cli
