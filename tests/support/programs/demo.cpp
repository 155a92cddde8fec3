// SPDX-License-Identifier: MIT
// The reference request through a real pooler far away, measured: demo [--rtt MS] [--serve].
#include "demo/api_process.hpp"
#include "demo/measure.hpp"
#include "demo/one_at_a_time.hpp"
#include "demo/report.hpp"
#include "demo/stack.hpp"
#include "interruption.hpp"

#include <httplib.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <span>

#include <honeydue/pool.hpp>

namespace {

using namespace honeydue::demo;
using honeydue::support::api_process;
using honeydue::support::server_error;
using std::chrono::milliseconds;

constexpr const char* help =
    R"(demo [options]

Starts PostgreSQL and PgBouncer (transaction mode, TLS, SCRAM) behind a wire of 220 ms, seeds 40 000
tasks, boots the API and measures: round trips counted on the wire, time, rows, bytes. Prints a
table, writes build/demo/report.json, and exits 1 when a promise is missed.

  --rtt MS    the wire's round trip (default 220; with --serve 0). The ratio of the warm-up is a
              promise from 200 ms up, where it is the wire that is measured and not the processor.
  --serve     no measurement: the same stack in the foreground until interrupted
  --help      this text
)";

enum class task { measure, serve };

struct request {
    task what = task::measure;
    std::optional<milliseconds> rtt{};
};

constexpr std::size_t warm_connections = 20;
constexpr int repetitions = 5;

const clock::time_point program_start = clock::now();

void tell(const std::string& progress) {
    std::fprintf(stderr, "demo: %5.1f s  %s\n", milliseconds_since(program_start) / 1000,
                 progress.c_str());
}

milliseconds rtt_in(std::string_view text) {
    int count = -1;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failure != std::errc{} || end != text.data() + text.size() || count < 0 || count > 10'000) {
        throw server_error("--rtt \"" + std::string(text) +
                           "\" is not a number of milliseconds up to 10000: say --rtt 220");
    }
    return milliseconds(count);
}

request read_arguments(std::span<char*> arguments) {
    request wanted;
    for (std::size_t at = 1; at < arguments.size(); ++at) {
        const std::string_view option = arguments[at];
        if (option == "--help") {
            std::fputs(help, stdout);
            std::exit(EXIT_SUCCESS);
        } else if (option == "--serve") {
            wanted.what = task::serve;
        } else if (option == "--rtt" && at + 1 < arguments.size()) {
            wanted.rtt = rtt_in(arguments[++at]);
        } else {
            throw server_error(std::string(option) +
                               " is no option or lacks its value: see --help");
        }
    }
    return wanted;
}

std::string describe(const stack& servers) {
    const int version = servers.postgres.version();
    return servers.pgbouncer.version() + " in transaction mode before PostgreSQL " +
           std::to_string(version / 10000) + "." + std::to_string(version % 10000);
}

std::unique_ptr<stack> start(milliseconds rtt) {
    tell("starting PostgreSQL, PgBouncer and the wire");
    auto servers = std::make_unique<stack>(rtt);
    tell("migrating, and seeding 500 users, 2 000 residences, 40 000 tasks");
    migrate_and_seed(*servers);
    tell(describe(*servers));
    return servers;
}

honeydue::pool_config pool_over(const stack& servers) {
    honeydue::pool_config config;
    config.server = reach(servers.far());
    config.min_idle = warm_connections;
    config.log = [](std::string_view) {};
    return config;
}

warm_up_report measure_warm_up(const stack& servers) {
    const auto config = pool_over(servers);
    std::vector<double> pools;
    std::vector<double> handshakes;
    for (int run = 1; run <= repetitions; ++run) {
        tell("warming a pool up, " + std::to_string(run) + " of " + std::to_string(repetitions));
        handshakes.push_back(time_of([&] { must(honeydue::connection::open(config.server)); }));
        const auto begin = clock::now();
        const auto pool = must(honeydue::pool::open(config));
        pools.push_back(milliseconds_since(begin));
        if (pool.stats().warmed != warm_connections) {
            throw server_error("the pool opened with " + std::to_string(pool.stats().warmed) +
                               " connections: see the servers' logs");
        }
    }
    return {warm_connections, median(pools), median(handshakes)};
}

nlohmann::json fetch(httplib::Client& api, const char* path) {
    const httplib::Headers headers{{"Authorization", std::string("Token ") + demo_token}};
    const auto answer = api.Get(path, headers);
    if (!answer) throw server_error("the API does not answer: see its log above");
    if (answer->status != 200) throw server_error(path + (" answers " + answer->body));
    return nlohmann::json::parse(answer->body);
}

std::vector<std::int64_t> keys_in(const nlohmann::json& page) {
    std::vector<std::int64_t> keys;
    for (const auto& one : page.at("tasks"))
        keys.push_back(one.at("id").get<std::int64_t>());
    return keys;
}

honeydue::support::environment_variables variables_over(const stack& servers) {
    auto variables = honeydue::support::variables_for(servers.far());
    variables["DB_MAX_OPEN_CONNS"] = "25";
    variables["DB_MAX_IDLE_CONNS"] = std::to_string(warm_connections);
    return variables;
}

void tell_api_line(const std::string& line) { tell("api: " + line); }

/// The rows of both ways, to be compared.
struct answers {
    std::vector<std::int64_t> together;
    std::vector<std::int64_t> one_by_one;
};

void measure_api(const stack& servers, const measured_wire& wire, demo_report& report,
                 answers& got) {
    tell("booting the API");
    api_process process(variables_over(servers), {"--port", "0"}, tell_api_line);
    httplib::Client api("127.0.0.1", process.port());
    api.set_read_timeout(std::chrono::seconds(60));
    const auto tasks = [&] {
        got.together = keys_in(fetch(api, "/api/tasks/"));
        return got.together.size();
    };
    const auto readiness = [&] {
        fetch(api, "/api/health/ready/");
        return std::size_t{0};
    };
    // The very first request the process sees.
    const auto cold = wire.measure("tasks cold", 1, tasks);
    report.requests.push_back(wire.measure("readiness", repetitions, readiness));
    report.requests.push_back(cold);
    report.requests.push_back(wire.measure("tasks warm", repetitions, tasks));
}

void measure_one_at_a_time(const stack& servers, const measured_wire& wire, demo_report& report,
                           answers& got) {
    tell("the same tasks, one statement at a time");
    one_at_a_time today(servers.far());
    const auto tasks = [&] {
        got.one_by_one = today.tasks_of(demo_token);
        return got.one_by_one.size();
    };
    report.requests.push_back(wire.measure("tasks one at a time", repetitions, tasks));
}

std::vector<promise> judge(const demo_report& report, const answers& got) {
    const auto trips = [&](std::string_view name) -> std::uint64_t {
        for (const auto& one : report.requests) {
            if (one.name == name) return one.round_trips;
        }
        return 0;
    };
    std::vector<promise> promises{
        {"tasks cold is 1 round trip on a warmed pool", trips("tasks cold") == 1},
        {"tasks warm is 1 round trip", trips("tasks warm") == 1},
        {"one at a time it is 4", trips("tasks one at a time") == 4},
        {"both ways answer the same 50 tasks",
         got.together == got.one_by_one && got.together.size() == 50},
    };
    if (report.rtt_ms >= 200) {
        promises.push_back(
            {"20 connections warm up in at most 1.3 handshakes", report.warm_up.ratio() <= 1.3});
    }
    return promises;
}

bool all_kept(const std::vector<promise>& promises) {
    return std::all_of(promises.begin(), promises.end(),
                       [](const promise& one) { return one.kept; });
}

int measure(milliseconds rtt) {
    if (rtt < milliseconds(20)) {
        throw server_error("--rtt below 20: round trips are counted exactly from 20 ms up");
    }
    const auto servers = start(rtt);
    const measured_wire wire{servers->wire, rtt};
    demo_report report;
    report.rtt_ms = static_cast<double>(rtt.count());
    report.servers = describe(*servers);
    answers got;
    report.warm_up = measure_warm_up(*servers);
    measure_api(*servers, wire, report, got);
    measure_one_at_a_time(*servers, wire, report, got);
    report.promises = judge(report, got);
    print_table(report);
    const auto file = source("build/demo/report.json");
    if (!write_json(report, file)) throw server_error(file.native() + " cannot be written");
    std::printf("\n  %s\n", file.c_str());
    return all_kept(report.promises) ? EXIT_SUCCESS : EXIT_FAILURE;
}

void print_request(std::uint16_t port) {
    std::printf(
        "\ncurl -s -H 'Authorization: Token %s' 'http://127.0.0.1:%u/api/tasks/?limit=3'\n\n",
        demo_token, unsigned{port});
    std::fflush(stdout);
}

int serve(milliseconds rtt) {
    const honeydue::support::interruption interrupted;
    const auto servers = start(rtt);
    api_process process(variables_over(*servers), {"--port", "0"}, tell_api_line);
    print_request(process.port());
    tell("serving until interrupted (Ctrl-C)");
    interrupted.wait();
    tell("stopping");
    return EXIT_SUCCESS;
}

int run(const request& wanted) {
    if (wanted.what == task::serve) return serve(wanted.rtt.value_or(milliseconds(0)));
    return measure(wanted.rtt.value_or(milliseconds(220)));
}

}  // namespace

int main(int count, char** arguments) {
    try {
        return run(read_arguments({arguments, static_cast<std::size_t>(count)}));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "demo: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
