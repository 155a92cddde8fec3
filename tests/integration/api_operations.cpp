// SPDX-License-Identifier: MIT
// What the API shows those who operate it: its log, its readiness, its numbers and the live page.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_client.hpp"

using namespace honeydue::support;
using namespace std::chrono_literals;
using honeydue::demo::demo_token;
using nlohmann::json;

namespace {

const std::vector<std::string> with_operations{"--port", "0", "--operations-port", "0"};

std::vector<std::string> with_page(const std::string& page) {
    auto all = with_operations;
    all.insert(all.end(), {"--live-page", page});
    return all;
}

std::uint16_t operations_of(api_process& api) {
    const auto said = api.line("operations on ");
    return static_cast<std::uint16_t>(std::stoi(said.substr(said.rfind(':') + 1)));
}

std::string header(const reply& of, const std::string& name) {
    const auto at = of.head.find(name + ": ");
    if (at == std::string::npos) return "";
    const auto begin = at + name.size() + 2;
    return of.head.substr(begin, of.head.find("\r\n", begin) - begin);
}

/// The line of log that the answered request left.
json line_of(api_process& api, const reply& of) {
    const auto id = header(of, "X-Request-Id");
    REQUIRE(id.size() == 32);
    for (;;) {
        const std::string all = api.output();
        const auto at = all.find("\"request_id\":\"" + id);
        const auto end = all.find('\n', at);
        if (at != std::string::npos && end != std::string::npos) {
            const auto begin = all.rfind('\n', at) + 1;
            return json::parse(all.substr(begin, end - begin));
        }
        std::this_thread::sleep_for(2ms);
    }
}

std::string everything(std::uint16_t port, const std::string& path,
                       const std::string& host = "127.0.0.1") {
    tcp_client client(port);
    client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    return client.receive(1 << 20);
}

/// Reads the stream until `text` is in what has come, or for a minute: it tells something every
/// second.
std::string read_until(tcp_client& stream, const std::string& text) {
    const auto last = std::chrono::steady_clock::now() + 60s;
    std::string all;
    while (all.find(text) == std::string::npos && std::chrono::steady_clock::now() < last) {
        const auto more = stream.receive(1);
        if (more.empty()) break;
        all += more;
    }
    return all;
}

void check_refusal(const std::vector<std::string>& options, const std::string& word) {
    api_process api(variables(), options);
    CHECK(api.wait() == 1);
    INFO(api.output());
    CHECK(api.output().find(word) != std::string::npos);
}

/// Changes the shared database for as long as it lives.
class changed {
public:
    changed(const std::string& change, std::string back) : back_{std::move(back)} {
        db_.execute(change);
    }
    changed(const changed&) = delete;
    changed& operator=(const changed&) = delete;
    ~changed() { db_.execute(back_); }

private:
    std::string back_;
    plain_client db_{servers().postgres.as_user()};
};

}  // namespace

TEST_CASE("every request leaves one line of JSON, under the id its answer carries", "[api]") {
    api_process api(variables());
    const reply good = get_tasks(api.port(), demo_token, "?cursor=");
    const json line = line_of(api, good);
    CHECK(line.at("level") == "info");
    CHECK(line.at("method") == "GET");
    CHECK(line.at("path") == "/api/tasks/");
    CHECK(line.at("route") == "/api/tasks/");
    CHECK(line.at("status") == 200);
    CHECK(line.at("round_trips") == 1);
    CHECK(line.at("duration_ms").get<double>() > 0);
    const reply odd = request(api.port(), "GET /a%0Ab%22%00%ff/", "");
    CHECK(line_of(api, odd).at("status") == 404);
    CHECK(line_of(api, odd).at("route") == "");
    const reply unread = request(api.port(), "GET /" + std::string(100'000, 'a'), "");
    CHECK(line_of(api, unread).at("status") == 414);
    const std::set<std::string> ids{header(good, "X-Request-Id"), header(odd, "X-Request-Id"),
                                    header(unread, "X-Request-Id")};
    CHECK(ids.size() == 3);
    CHECK(api.output().find(demo_token) == std::string::npos);
}

TEST_CASE("a request belongs to the trace it names, and begins one when it names none", "[api]") {
    api_process api(variables());
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const std::string field = "traceparent: 00-" + trace + "-00f067aa0ba902b7-01\r\n";
    const auto logged = [&](const std::string& fields) {
        return line_of(api, request(api.port(), "GET /api/tasks/", fields));
    };
    CHECK(logged(field).at("trace_id") == trace);
    CHECK(logged(field).at("parent_id") == "00f067aa0ba902b7");
    for (const auto& fields :
         {std::string{}, field + field, "traceparent: 00-" + trace + "-0000000000000000-01\r\n"}) {
        const json line = logged(fields);
        CHECK(line.at("trace_id").get<std::string>().size() == 32);
        CHECK(line.at("trace_id") != trace);
        CHECK_FALSE(line.contains("parent_id"));
    }
}

TEST_CASE("readiness tells of schema, pool and caches, for one round trip", "[api]") {
    auto& wire = servers().wire;
    wire.set_rtt(20ms);
    {
        api_process api(variables());
        const auto port = api.port();
        honeydue::demo::wait_until_quiet(wire, honeydue::demo::lull);
        reply got;
        CHECK(round_trips_of([&] { got = request(port, "GET /api/health/ready/", ""); }) == 1);
        CHECK(got.status == 200);
        const json told = json::parse(got.body);
        CHECK(told.at("status") == "ready");
        CHECK(told.at("schema") == "applied");
        CHECK(told.at("pool").at("max_open") == 25);
        CHECK(told.at("pool").at("idle").get<int>() >= 1);
        CHECK(told.at("pool").at("breaker") == "closed");
        CHECK(told.at("cache").at("shared") == "none");
    }
    wire.set_rtt(0ms);
}

TEST_CASE("an API is not ready while its schema is behind or its database is away", "[api]") {
    auto& wire = servers().wire;
    api_process api(variables());
    const auto port = api.port();
    const auto ready = [&] { return request(port, "GET /api/health/ready/", ""); };
    REQUIRE(ready().status == 200);
    {
        // By one migration: of the three that it needs the last is not there.
        const changed behind("update goose_db_version set version_id = -3 where version_id = 3",
                             "update goose_db_version set version_id = 3 where version_id = -3");
        const reply got = ready();
        CHECK(got.status == 503);
        CHECK(json::parse(got.body).at("schema") == "schema_behind");
        CHECK(line_of(api, got).at("error").get<std::string>().find("schema") != std::string::npos);
        check_refusal({"--port", "0"}, "the schema is at version 2 and 3 is needed");
    }
    CHECK(ready().status == 200);
    wire.inject_into_new(fault_order{.fault = wire_fault::reset});
    wire.inject({.fault = wire_fault::reset});
    const reply gone = ready();
    wire.inject_into_new(std::nullopt);
    CHECK(gone.status == 503);
    CHECK(json::parse(gone.body).at("schema") == "database_unavailable");
    for (int tries = 0; tries < 1000 && ready().status != 200; ++tries)
        std::this_thread::sleep_for(10ms);
    CHECK(ready().status == 200);
}

TEST_CASE("a request whose database does not answer in time is 503, a write too", "[api]") {
    auto& wire = servers().wire;
    auto hasty = variables();
    hasty["HONEYDUE_API_TIME_LIMIT_MS"] = "300";
    {
        api_process api(hasty);
        const auto port = api.port();
        wire.inject_into_new(fault_order{.fault = wire_fault::blackhole});
        wire.inject({.fault = wire_fault::blackhole});
        const reply read = get_tasks(port, demo_token);
        const reply written = request(port, "POST /api/residences/1/leave/",
                                      std::string{"Authorization: Token "} + demo_token + "\r\n");
        wire.inject_into_new(std::nullopt);
        CHECK(read.code() == "database_unavailable");
        CHECK(written.code() == "database_unavailable");
    }
    hasty["HONEYDUE_API_TIME_LIMIT_MS"] = "soon";
    api_process api(hasty);
    CHECK(api.wait() == 1);
    CHECK(api.output().find("HONEYDUE_API_TIME_LIMIT_MS") != std::string::npos);
}

TEST_CASE("with HONEYDUE_API_COMPARE_MODELS a table that is not its model's is a sentence",
          "[api]") {
    auto comparing = variables();
    comparing["HONEYDUE_API_COMPARE_MODELS"] = "1";
    CHECK(api_process(comparing).port() != 0);
    const changed renamed("alter table admin_users rename column email to mail",
                          "alter table admin_users rename column mail to email");
    CHECK(api_process(variables()).port() != 0);
    api_process api(comparing);
    CHECK(api.wait() == 1);
    INFO(api.output());
    CHECK(api.output().find("admin_users.email") != std::string::npos);
    CHECK(api.output().find("HONEYDUE_API_COMPARE_MODELS") != std::string::npos);
}

TEST_CASE("/metrics counts requests by route and status beside pool and caches", "[api]") {
    api_process api(variables(), with_operations);
    const auto port = api.port();
    for (int i = 0; i < 3; ++i)
        CHECK(get_tasks(port, demo_token).status == 200);
    CHECK(get_tasks(port, std::string(40, '0')).status == 401);
    CHECK(request(port, "BREW /somewhere", "").status == 400);
    CHECK(request(port, "GET /metrics", "").status == 404);
    const auto text = everything(operations_of(api), "/metrics");
    INFO(text);
    if (text.find("built without prometheus-cpp") != std::string::npos)
        SKIP("the API is built without prometheus-cpp");
    for (const char* line :
         {"honeydue_api_requests_total{method=\"GET\",route=\"/api/tasks/\",status=\"200\"} 3\n",
          "honeydue_api_requests_total{method=\"GET\",route=\"/api/tasks/\",status=\"401\"} 1\n",
          "honeydue_api_requests_total{method=\"other\",route=\"none\",status=\"400\"} 1\n",
          "honeydue_api_request_round_trips_bucket{method=\"GET\",route=\"/api/tasks/\",le=\"1\"} "
          "4\n",
          "honeydue_api_request_duration_seconds_count{method=\"GET\",route=\"/api/tasks/\"} 4\n",
          "# TYPE db_client_connection_count gauge\n", "db_client_connection_max 25\n",
          "# TYPE db_client_operation_duration_seconds histogram\n",
          "honeydue_cache_loads_total{cache=\"account\"} 2\n",
          "honeydue_cache_unfenced_commits_total{cache=\"residence_ids\"} 0\n"}) {
        INFO(line);
        CHECK(text.find(line) != std::string::npos);
    }
    CHECK(text.find(demo_token) == std::string::npos);
}

TEST_CASE("the live page is off, and for this machine alone, unless it is said otherwise",
          "[api]") {
    {
        api_process api(variables());
        CHECK(request(api.port(), "GET /debug/", "").status == 404);
        CHECK(api.output().find("operations on ") == std::string::npos);
    }
    {
        api_process api(variables(), with_operations);
        CHECK(everything(operations_of(api), "/debug/").starts_with("HTTP/1.1 404"));
        CHECK(everything(operations_of(api), "/debug/events").starts_with("HTTP/1.1 404"));
    }
    check_refusal({"--port", "0", "--live-page", "loopback"}, "--operations-port");
    auto open = with_page("loopback");
    open.insert(open.end(), {"--operations-host", "0.0.0.0"});
    check_refusal(open, "--live-page loopback");
    check_refusal(with_page("everywhere"), "--live-page");
    open = with_page("anywhere");
    open.insert(open.end(), {"--operations-host", "0.0.0.0"});
    api_process api(variables(), open);
    CHECK(everything(operations_of(api), "/debug/", "elsewhere").starts_with("HTTP/1.1 200"));
}

TEST_CASE("the live page is served to this machine under its own name only", "[api]") {
    api_process api(variables(), with_page("loopback"));
    const auto operations = operations_of(api);
    for (const char* host : {"127.0.0.1", "localhost", "localhost:80", "[::1]:80"}) {
        const auto page = everything(operations, "/debug/", host);
        CHECK(page.starts_with("HTTP/1.1 200"));
        CHECK(page.find("<title>honeydue-api: live</title>") != std::string::npos);
        CHECK(page.find("Content-Security-Policy: default-src 'none'") != std::string::npos);
    }
    for (const char* host : {"elsewhere", "127.0.0.1.elsewhere.example", "", "localhost.example"})
        CHECK(everything(operations, "/debug/", host).starts_with("HTTP/1.1 403"));
    CHECK(request(api.port(), "GET /debug/", "").status == 404);
}

TEST_CASE("the live page's stream tells of a request, its statements and no value", "[api]") {
    api_process api(variables(), with_page("loopback"));
    const auto port = api.port();
    const auto operations = operations_of(api);
    const std::string ask =
        "GET /debug/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    tcp_client stream(operations);
    stream.send(ask + "\r\n");
    CHECK(read_until(stream, "event: state\ndata: {\"pool\":{\"max_open\":25")
              .find("text/event-stream") != std::string::npos);
    const reply got = get_tasks(port, demo_token);
    const auto told = read_until(stream, "}]}\n\n");
    INFO(told);
    CHECK(told.find("id: 1\nevent: request\n") != std::string::npos);
    CHECK(told.find("\"request_id\":\"" + header(got, "X-Request-Id")) != std::string::npos);
    for (const char* part : {"\"cache\":\"account\"", "\"outcome\":\"loaded\"", "\"round_trips\":1",
                             "\"statements\":2", "\"flight_ms\":", "from task_task", "= $1"}) {
        INFO(part);
        CHECK(told.find(part) != std::string::npos);
    }
    CHECK(told.find(demo_token) == std::string::npos);
    // Who comes later sees what was; who comes again sees what they have not seen.
    tcp_client later(operations);
    later.send(ask + "\r\n");
    CHECK(read_until(later, "id: 1\nevent: request\n").find("event: state") != std::string::npos);
    CHECK(get_tasks(port, demo_token).status == 200);
    tcp_client again(operations);
    again.send(ask + "Last-Event-ID: 1\r\n\r\n");
    const auto missed = read_until(again, "id: 2\nevent: request\n");
    CHECK(missed.find("id: 2\n") != std::string::npos);
    CHECK(missed.find("id: 1\n") == std::string::npos);
    api.signal(SIGTERM);
    CHECK(api.wait() == 0);
}
