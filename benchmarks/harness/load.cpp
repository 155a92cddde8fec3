// SPDX-License-Identifier: MIT
// The API and a bare pool of 25 connections under load, 20 and 220 ms away: how much comes through
// with how many requests in flight, and where it ends. load [--quick] --out FILE.
#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <honeydue/pool.hpp>
#include <nlohmann/json.hpp>

#include "programs/demo/api_process.hpp"
#include "programs/demo/measure.hpp"
#include "programs/demo/stack.hpp"

namespace {

using namespace honeydue::demo;
using honeydue::support::server_error;
using nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr std::size_t connections = 25;
constexpr int rtts[] = {20, 220};
// A pool's queue holds eight times its connections.
constexpr std::size_t pool_holds = connections * 9;
constexpr std::size_t in_api[] = {1, 5, 10, 25, 50, 100, 200};
constexpr std::size_t in_pool[] = {1, 5, 10, 25, 50, 100, pool_holds, pool_holds + 1, 300};

// True when it was answered well.
using request = std::function<bool()>;

struct pressed {
    std::vector<double> times{};  // ms, of those answered well
    std::size_t errors = 0;
};

void press(const request& ask, clock::time_point until, std::mutex& guard, pressed& all) {
    pressed own;
    while (clock::now() < until) {
        const auto begin = clock::now();
        if (ask()) {
            own.times.push_back(milliseconds_since(begin));
        } else {
            ++own.errors;
            // Who is turned away comes back no sooner than who is served.
            std::this_thread::sleep_for(milliseconds(20));
        }
    }
    const std::lock_guard lock(guard);
    all.times.insert(all.times.end(), own.times.begin(), own.times.end());
    all.errors += own.errors;
}

double quantile(const std::vector<double>& sorted, double part) {
    if (sorted.empty()) return 0;
    return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

// `in_flight` clients, each with a request of its own, for so long.
ordered_json load(stack& servers, std::size_t in_flight, milliseconds length,
                  const std::function<request()>& make) {
    wait_until_quiet(servers.wire, milliseconds(100));
    std::mutex guard;
    pressed all;
    std::vector<request> requests;
    for (std::size_t at = 0; at < in_flight; ++at)
        requests.push_back(make());
    const auto before = servers.wire.snapshot();
    const auto begin = clock::now();
    {
        std::vector<std::thread> clients;
        for (const request& one : requests)
            clients.emplace_back([&] { press(one, begin + length, guard, all); });
        for (auto& client : clients)
            client.join();
    }
    const double took = milliseconds_since(begin) / 1000;
    const auto spent = servers.wire.snapshot() - before;
    std::sort(all.times.begin(), all.times.end());
    const auto done = static_cast<double>(all.times.size());
    return {
        {"in_flight", in_flight},
        {"requests", all.times.size()},
        {"errors", all.errors},
        {"requests_per_s", done / took},
        {"p50_ms", quantile(all.times, 0.50)},
        {"p99_ms", quantile(all.times, 0.99)},
        {"round_trips_per_request", done == 0 ? 0 : static_cast<double>(spent.round_trips) / done},
        {"dials", spent.connections}};
}

request task_page(std::uint16_t port) {
    auto client = std::make_shared<httplib::Client>("127.0.0.1", port);
    client->set_keep_alive(true);
    client->set_read_timeout(std::chrono::seconds(60));
    const httplib::Headers headers{{"Authorization", std::string("Token ") + demo_token}};
    return [client, headers] {
        const auto answer = client->Get("/api/tasks/", headers);
        return answer && answer->status == 200;
    };
}

void tell(const std::string& text) { std::fprintf(stderr, "load: %s\n", text.c_str()); }

ordered_json load_api(stack& servers, milliseconds length) {
    auto variables = honeydue::support::variables_for(servers.far());
    variables["DB_MAX_OPEN_CONNS"] = variables["DB_MAX_IDLE_CONNS"] = std::to_string(connections);
    honeydue::support::api_process process(variables);
    const std::uint16_t port = process.port();
    task_page(port)();  // the caches know who asks from here on
    ordered_json all = ordered_json::array();
    for (const std::size_t in_flight : in_api) {
        tell("the API, " + std::to_string(in_flight) + " in flight");
        all.push_back(load(servers, in_flight, length, [port] { return task_page(port); }));
    }
    return all;
}

ordered_json load_pool(stack& servers, milliseconds length) {
    honeydue::pool_config config;
    config.server = reach(servers.far());
    config.max_open = config.min_idle = connections;
    config.log = [](std::string_view) {};
    auto db = must(honeydue::pool::open(config));
    const request ask = [&db] {
        return db.run(honeydue::runtime("select 1").as_reading()).has_value();
    };
    ordered_json all = ordered_json::array();
    for (const std::size_t in_flight : in_pool) {
        tell("a bare pool, " + std::to_string(in_flight) + " in flight");
        all.push_back(load(servers, in_flight, length, [&ask] { return ask; }));
    }
    return all;
}

int run(const std::string& out, milliseconds length) {
    tell("starting PostgreSQL, PgBouncer and the wire");
    stack servers{milliseconds(0)};
    tell("migrating and seeding");
    migrate_and_seed(servers);
    ordered_json measured{{"connections", connections}, {"pool_holds", pool_holds}};
    for (const int rtt : rtts) {
        tell(std::to_string(rtt) + " ms away");
        servers.wire.set_rtt(milliseconds(rtt));
        measured["api"].push_back({{"rtt_ms", rtt}, {"loads", load_api(servers, length)}});
        measured["pool"].push_back({{"rtt_ms", rtt}, {"loads", load_pool(servers, length)}});
    }
    std::ofstream file(out);
    file << measured.dump(1) << '\n';
    if (!file.flush()) throw server_error(out + " cannot be written");
    return EXIT_SUCCESS;
}

}  // namespace

int main(int count, char** arguments) {
    milliseconds length{5000};
    std::string out;
    for (int at = 1; at < count; ++at) {
        const std::string_view option = arguments[at];
        if (option == "--quick") length = milliseconds(1000);
        if (option == "--out" && at + 1 < count) out = arguments[++at];
    }
    try {
        if (out.empty()) throw server_error("usage: load [--quick] --out FILE");
        return run(out, length);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "load: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
