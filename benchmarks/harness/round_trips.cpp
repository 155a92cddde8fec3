// SPDX-License-Identifier: MIT
// The same operations by honeydue and by its peers, on one database behind PgBouncer and one wire:
// round trips counted on the wire at 20 ms, time at 0, 1, 20, 108 and 220 ms.
// round_trips [--quick] --out FILE. The peers are programs: benchmarks/peers.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "peer_process.hpp"
#include "programs/demo/measure.hpp"
#include "programs/demo/stack.hpp"

namespace {

using namespace honeydue::bench;
using honeydue::demo::median;
using honeydue::demo::stack;
using honeydue::demo::wait_until_quiet;
using honeydue::support::pgbouncer_kind;
using honeydue::support::server_error;
using nlohmann::ordered_json;
using std::chrono::milliseconds;

// Round trips are exact from 20 ms up, so that one is the first.
constexpr int counting_rtt = 20;
constexpr int rtts[] = {counting_rtt, 0, 1, 108, 220};

struct operation {
    const char* name;
    const char* title;
    milliseconds rest{};  // before each run
};

// `name` is what a peer is asked for; a title is what people read.
const operation operations[] = {
    {"one_task", "a task by its key"},
    {"rested", "the same after 1.5 s of rest", milliseconds(1500)},
    {"insert", "a row inserted, its keys and defaults read"},
    {"transaction", "an insert and an update, all or nothing"},
    {"children", "20 residences with their tasks"},
    {"upsert_1", "1 row upserted"},
    {"upsert_100", "100 rows upserted"},
    {"upsert_10000", "10 000 rows upserted"},
    {"page", "40 tasks by key, and how many there are"},
    {"dashboard", "profile, tasks and documents of a user"},
    {"request", "token, user, residences, 50 tasks"},
    {"warm_up", "20 connections opened"},
};

struct peer {
    const char* name;
    std::vector<std::string> command;
    std::unique_ptr<peer_process> process{};
    std::string versions{};
    std::string absent{};  // why
};

struct outcome {
    std::string fault{};  // why there is nothing else
    std::int64_t rows = 0;
    std::int64_t sum = 0;
    std::uint64_t first_round_trips = 0;  // nothing prepared yet
    std::uint64_t round_trips = 0;
    std::uint64_t connections = 0;
    std::uint64_t bytes = 0;
    std::map<int, std::vector<double>> walls{};  // ms, by RTT
};

struct run_counts {
    int runs;
    double patience_ms;  // what would take longer is not run
};

void tell(const std::string& text) { std::fprintf(stderr, "round_trips: %s\n", text.c_str()); }

std::vector<peer> all_peers() {
    const auto own = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    const auto built = honeydue::demo::source("build/bench/peers");
    const std::string go = (built / "gorm_pgx").native();
    const auto python = honeydue::demo::source("benchmarks/peers/asyncpg_peer.py").native();
    std::vector<peer> all;
    all.push_back({"honeydue", {(own / "peer_honeydue").native()}});
    all.push_back({"libpq, a statement at a time", {(own / "peer_libpq").native()}});
    all.push_back({"libpq, pipelined by hand", {(own / "peer_libpq_pipeline").native()}});
    all.push_back({"libpqxx", {(own / "peer_libpqxx").native()}});
    all.push_back({"GORM + pgx", {go, "gorm"}});
    all.push_back({"GORM + pgx, tuned", {go, "gorm_tuned"}});
    all.push_back({"pgx, Batch", {go, "pgx"}});
    all.push_back({"asyncpg", {"/usr/bin/python3", python}});
    return all;
}

void start(peer& one, const honeydue::support::environment_variables& variables) {
    if (::access(one.command.front().c_str(), X_OK) != 0) {
        one.absent = "not built";
        return;
    }
    one.process = std::make_unique<peer_process>(one.command, variables);
    const std::string said = one.process->line();
    if (said.starts_with("ready ")) {
        one.versions = said.substr(6);
        tell(std::string(one.name) + ": " + one.versions);
        return;
    }
    one.absent = said.substr(said.find(' ') + 1);
    one.process.reset();
}

// One run, its counts and its time. False when there is nothing to measure.
bool run_once(stack& servers, peer& by, const operation& what, int rtt, bool is_first,
              outcome& into) {
    if (what.rest.count() > 0) std::this_thread::sleep_for(what.rest);
    const auto before = servers.wire.snapshot();
    std::istringstream said(by.process->ask(what.rest.count() > 0 ? "one_task" : what.name));
    const auto spent = servers.wire.snapshot() - before;
    std::string word;
    double microseconds = 0;
    said >> word;
    if (word != "done") {
        std::getline(said >> std::ws, into.fault);
        if (word != "never") tell(std::string(by.name) + ", " + what.title + ": " + into.fault);
        return false;
    }
    said >> into.rows >> into.sum >> microseconds;
    if (is_first) {
        into.first_round_trips = spent.round_trips;
        return true;
    }
    if (rtt == counting_rtt) {
        into.round_trips = std::max(into.round_trips, spent.round_trips);
        into.connections = spent.connections;
        into.bytes = spent.bytes_to_server + spent.bytes_to_client;
    }
    into.walls[rtt].push_back(microseconds / 1000);
    return true;
}

void measure(stack& servers, peer& by, const operation& what, int rtt, const run_counts& counts,
             outcome& into) {
    const bool opens = std::string_view(what.name) == "warm_up";
    const auto trips = opens ? 30 : std::max<std::uint64_t>(into.round_trips, 1);
    const double expected =
        static_cast<double>(trips) * rtt + static_cast<double>(what.rest.count());
    if (!into.fault.empty() || expected > counts.patience_ms) return;
    wait_until_quiet(servers.wire, milliseconds(2 * rtt + 20));
    const bool counts_first = rtt == counting_rtt && !opens;
    const bool is_short = expected < 3000;
    if ((counts_first || (is_short && !opens)) &&
        !run_once(servers, by, what, rtt, counts_first, into)) {
        return;
    }
    const int runs = opens || (is_short && what.rest.count() == 0) ? counts.runs : 1;
    for (int run = 0; run < runs; ++run) {
        if (!run_once(servers, by, what, rtt, false, into)) return;
    }
}

using outcomes = std::map<std::string, std::map<std::string, outcome>>;  // operation, peer

void measure_all(stack& servers, std::vector<peer>& peers, const run_counts& counts,
                 outcomes& into) {
    for (const int rtt : rtts) {
        servers.wire.set_rtt(milliseconds(rtt));
        for (const operation& what : operations) {
            tell(std::to_string(rtt) + " ms: " + what.title);
            for (peer& by : peers) {
                if (by.process) measure(servers, by, what, rtt, counts, into[what.name][by.name]);
            }
        }
    }
}

// A peer that reads something else measures something else.
void compare_answers(const outcomes& all) {
    for (const auto& [name, by_peer] : all) {
        const outcome& ours = by_peer.at("honeydue");
        if (!ours.fault.empty()) throw server_error(name + " by honeydue: " + ours.fault);
        for (const auto& [peer, other] : by_peer) {
            if (!other.fault.empty()) continue;
            if (other.rows != ours.rows || other.sum != ours.sum)
                throw server_error(name + " by " + peer + " answers " + std::to_string(other.rows) +
                                   " rows and " + std::to_string(other.sum) + ", by honeydue " +
                                   std::to_string(ours.rows) + " and " + std::to_string(ours.sum));
        }
    }
}

ordered_json as_json(const outcome& got) {
    if (!got.fault.empty()) return {{"never", got.fault}};
    ordered_json walls;
    for (const auto& [rtt, times] : got.walls) {
        walls[std::to_string(rtt)] = {{"median_ms", median(times)},
                                      {"least_ms", *std::min_element(times.begin(), times.end())},
                                      {"most_ms", *std::max_element(times.begin(), times.end())},
                                      {"runs", times.size()}};
    }
    return {{"rows", got.rows},
            {"round_trips", got.round_trips},
            {"first_round_trips", got.first_round_trips},
            {"connections", got.connections},
            {"bytes", got.bytes},
            {"wall", walls}};
}

ordered_json as_json(const std::vector<peer>& peers, const outcomes& all, const stack& servers) {
    const int version = servers.postgres.version();
    ordered_json listed = ordered_json::array();
    for (const peer& one : peers) {
        listed.push_back({{"name", one.name}, {"versions", one.versions}});
        if (!one.absent.empty()) listed.back()["absent"] = one.absent;
    }
    ordered_json measured = ordered_json::array();
    for (const operation& what : operations) {
        ordered_json by_peer = ordered_json::object();
        for (const peer& one : peers) {
            if (one.absent.empty()) by_peer[one.name] = as_json(all.at(what.name).at(one.name));
        }
        measured.push_back({{"name", what.name}, {"title", what.title}, {"by", by_peer}});
    }
    return {
        {"servers", servers.pgbouncer.version() + " in transaction mode before PostgreSQL " +
                        std::to_string(version / 10000) + "." + std::to_string(version % 10000)},
        {"peers", listed},
        {"operations", measured}};
}

int run(const std::string& out, const run_counts& counts) {
    tell("starting PostgreSQL, PgBouncer and the wire");
    stack servers(milliseconds(counting_rtt), {.kind = pgbouncer_kind::tracking});
    tell("migrating and seeding");
    honeydue::demo::migrate_and_seed(servers);
    honeydue::support::plain_client(servers.postgres.as_user())
        .execute(
            "create table bench_reading (id bigint primary key, value bigint not null, "
            "note text not null); analyze");
    auto peers = all_peers();
    for (peer& one : peers) {
        start(one, honeydue::support::variables_for(servers.far()));
        if (!one.absent.empty()) tell(std::string(one.name) + " is absent: " + one.absent);
    }
    outcomes all;
    measure_all(servers, peers, counts, all);
    compare_answers(all);
    std::ofstream file(out);
    file << as_json(peers, all, servers).dump(1) << '\n';
    if (!file.flush()) throw server_error(out + " cannot be written");
    return EXIT_SUCCESS;
}

}  // namespace

int main(int count, char** arguments) {
    std::signal(SIGPIPE, SIG_IGN);  // a peer that has died is an answer
    run_counts counts{.runs = 3, .patience_ms = 25'000};
    std::string out;
    for (int at = 1; at < count; ++at) {
        const std::string_view option = arguments[at];
        if (option == "--quick") counts = {.runs = 1, .patience_ms = 2'000};
        if (option == "--out" && at + 1 < count) out = arguments[++at];
    }
    try {
        if (out.empty()) throw server_error("usage: round_trips [--quick] --out FILE");
        return run(out, counts);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "round_trips: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
