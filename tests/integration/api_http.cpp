// SPDX-License-Identifier: MIT
// The API as HTTP has it: where a request ends, what it may carry, and what is made of its header.
#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api_client.hpp"

using namespace honeydue::support;
using honeydue::demo::demo_token;
using nlohmann::json;

namespace {

const std::string health = "GET /api/health/ HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string json_type = "Content-Type: application/json\r\n";

std::string head(const std::string& line, const std::string& fields) {
    return line + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token " + demo_token + "\r\n" +
           fields + "\r\n";
}

/// One answer of a connection that may have more.
reply next_reply(tcp_client& client, bool has_body = true) {
    std::string text;
    while (!text.ends_with("\r\n\r\n")) {
        const auto more = client.receive(1);
        if (more.empty()) return {};
        text += more;
    }
    reply got{.status = std::stoi(text.substr(9, 3)), .head = text.substr(0, text.size() - 4)};
    if (has_body) got.body = client.receive(std::stoul(got.field("Content-Length")));
    return got;
}

/// The answer to what leaves the connection open, which it must.
reply kept(std::uint16_t port, const std::string& sent) {
    INFO(sent.substr(0, 200));
    tcp_client client(port);
    client.send(sent);
    const reply got = next_reply(client, !sent.starts_with("HEAD"));
    CHECK(got.field("Connection").empty());
    CHECK_FALSE(got.field("Keep-Alive").empty());
    return got;
}

/// What is sent is refused, and what follows it is never taken for a request.
reply cut_off(std::uint16_t port, const std::string& sent) {
    INFO(sent.substr(0, 200));
    tcp_client client(port);
    client.send(sent);
    const reply got = next_reply(client, !sent.starts_with("HEAD"));
    CHECK(got.status >= 400);
    CHECK(got.field("Connection") == "close");
    CHECK(got.field("Keep-Alive").empty());
    client.send(health);
    CHECK(client.receive(1 << 20).empty());
    return got;
}

struct ending {
    std::string fields;
    int status;
    std::string_view code;
};

std::string length(const std::string& text) { return "Content-Length: " + text + "\r\n"; }

}  // namespace

TEST_CASE("a request whose end is in doubt is refused unread, and its connection ends", "[api]") {
    api_process api(variables());
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    const std::vector<ending> all{
        {length("5") + length("5"), 400, "malformed_request"},
        {length("5") + length("50"), 400, "malformed_request"},
        {length("5, 5"), 400, "malformed_request"},
        {length("+5"), 400, "malformed_request"},
        {length("-5"), 400, "malformed_request"},
        {length("0x5"), 400, "malformed_request"},
        {length("5") + chunked, 400, "malformed_request"},
        {length("0") + chunked, 400, "malformed_request"},
        {"Content-Length : 5\r\n", 400, "malformed_request"},
        {"Transfer-Encoding : chunked\r\n", 400, "malformed_request"},
        {chunked, 411, "length_required"},
        {"Transfer-Encoding: gzip, chunked\r\n", 411, "length_required"},
        {"Transfer-Encoding: identity\r\n", 411, "length_required"},
        {length("65537"), 413, "body_too_large"},
        {length("10000000000"), 413, "body_too_large"},
        {length("99999999999999999999"), 413, "body_too_large"},
    };
    for (const auto& [fields, status, code] : all) {
        for (const char* method : {"POST", "PATCH", "PUT"}) {
            const std::string line = std::string(method) + " /api/tasks/1/";
            const reply got = cut_off(api.port(), head(line, json_type + fields));
            CHECK(got.status == status);
            CHECK(got.code() == code);
        }
    }
    CHECK(get_tasks(api.port(), demo_token).status == 200);
}

TEST_CASE("a body that is not plain JSON is refused unread", "[api]") {
    api_process api(variables());
    const std::string named = "Content-Type: ";
    for (const std::string& fields :
         {std::string{}, named + "text/plain\r\n", named + "application/jsonp\r\n",
          named + "multipart/form-data; boundary=a\r\n",
          named + "application/x-www-form-urlencoded\r\n", json_type + "Content-Encoding: gzip\r\n",
          json_type + "Content-Encoding: br\r\n",
          json_type + "Content-Encoding: identity\r\nContent-Encoding: deflate\r\n"}) {
        const reply got =
            cut_off(api.port(), head("POST /api/residences/", fields + length("20000")));
        CHECK(got.status == 415);
        CHECK(got.code() == "unsupported_media_type");
    }
}

TEST_CASE("JSON by any of its names is read, and the connection stays", "[api]") {
    api_process api(variables());
    const std::string body = json{{"name", ""}}.dump();
    const std::string line = "POST /api/residences/";
    const std::string rest =
        "\r\nContent-Encoding: identity\r\n" + length(std::to_string(body.size()));
    for (const char* type :
         {"application/json", "Application/JSON", "application/json;charset=utf-8",
          "application/json ; charset=UTF-8"}) {
        const std::string fields = "Content-Type: " + std::string(type) + rest;
        CHECK(kept(api.port(), head(line, fields) + body).code() == "invalid_residence");
    }
    std::string largest(64 * 1024, ' ');
    largest.replace(0, body.size(), body);
    CHECK(kept(api.port(), head(line, body_fields(largest)) + largest).code() ==
          "invalid_residence");
}

TEST_CASE("a method that has no body is refused with one, and served with none", "[api]") {
    api_process api(variables());
    const auto port = api.port();
    for (const char* method : {"GET", "HEAD", "OPTIONS", "DELETE", "TRACE", "CONNECT", "PRI"}) {
        const std::string line = std::string(method) + " /api/health/";
        for (const std::string& fields :
             {length("5"), length("70000"), std::string{"Transfer-Encoding: chunked\r\n"}}) {
            const reply got = cut_off(port, head(line, json_type + fields));
            CHECK(got.status == 400);
            if (method != std::string_view{"HEAD"}) CHECK(got.code() == "unexpected_body");
        }
        const bool is_known = line.starts_with("GET") || line.starts_with("HEAD");
        for (const std::string& fields : {std::string{}, length("0")})
            CHECK(kept(port, head(line, fields)).status == (is_known ? 200 : 405));
    }
}

TEST_CASE("what cannot be read to the end of its header is refused, and its connection ends",
          "[api]") {
    api_process api(variables());
    const auto port = api.port();
    CHECK(cut_off(port, head("BREW /api/tasks/", "")).code() == "malformed_request");
    CHECK(cut_off(port, "GET /api/tasks/ HTTP/2.0\r\n\r\n").code() == "malformed_request");
    CHECK(cut_off(port, head("GET /" + std::string(9000, 'a'), "")).code() == "path_too_long");
    const std::string large = "X-Large: " + std::string(9000, 'a') + "\r\n";
    CHECK(cut_off(port, head("GET /api/tasks/", large)).code() == "header_too_large");
    CHECK(cut_off(port, head("HEAD /api/tasks/", large)).status == 431);
    const reply odd = send(port, "POST /a%0Ab/", demo_token, json::object());
    CHECK(odd.code() == "not_found");
}

TEST_CASE("a request has a hundred header fields at most, with a body too", "[api]") {
    api_process api(variables());
    for (const auto& [line, has_body] :
         {std::pair{"GET /api/tasks/", false}, std::pair{"POST /api/residences/", true}}) {
        std::string fields = has_body ? json_type + length("2") : "";
        for (int i = has_body ? 4 : 2; i < 100; ++i)
            fields += "X-" + std::to_string(i) + ": a\r\n";
        const std::string full = head(line, fields) + (has_body ? "{}" : "");
        CHECK(kept(api.port(), full).status == (has_body ? 400 : 200));
        const reply refused = cut_off(api.port(), head(line, fields + "X-More: a\r\n"));
        CHECK(refused.status == 431);
        CHECK(refused.code() == "header_too_large");
    }
}

TEST_CASE("an answer is whole, whatever Range says", "[api]") {
    api_process api(variables());
    const auto port = api.port();
    std::string many = "bytes=0-0";
    while (many.size() < 8000)
        many += ",0-0";
    for (const std::string& range :
         {std::string{"bytes=0-9"}, std::string{"bytes=-5"}, std::string{"bytes=0-0, 2-3"},
          std::string{"bytes=x"}, std::string{"bytes=5-2"}, std::string{"bytes=999999-"},
          std::string{"pages=1"}, many}) {
        INFO(range.substr(0, 50));
        const std::string field = "Range: " + range + "\r\n";
        for (const char* path :
             {"/api/health/", "/api/openapi.json", "/api/contractors/?limit=2", "/api/other/"}) {
            INFO(path);
            const std::string line = std::string("GET ") + path;
            const reply whole = send(port, line, demo_token);
            const reply got = send(port, line, demo_token, {}, field);
            CHECK(got.status == whole.status);
            CHECK(got.body == whole.body);
            CHECK(got.field("ETag") == whole.field("ETag"));
            CHECK(got.field("Content-Range").empty());
        }
    }
    const json home{{"name", "Cabin"}};
    const reply made =
        send(port, "POST /api/residences/", demo_token, home, "Range: bytes=0-1\r\n");
    CHECK(made.status == 201);
    CHECK(made.json().contains("join_code"));
    const reply odd = cut_off(
        port, head("POST /api/residences/", "Range: bytes=x\r\n" + body_fields(home.dump())));
    CHECK(odd.status == 416);
    CHECK(odd.code() == "unsatisfiable_range");
}

TEST_CASE("an entity tag is weak: it names what is told, however it is packed", "[api]") {
    api_process api(variables());
    const std::string line = "GET /api/contractors/?limit=5";
    const reply plain = send(api.port(), line, demo_token);
    const std::string tag = plain.field("ETag");
    CHECK(tag.starts_with("W/\""));
    for (const std::string& coding : {std::string{"gzip"}, std::string{"br"}}) {
        const std::string accepted = "Accept-Encoding: " + coding + "\r\n";
        const reply packed = send(api.port(), line, demo_token, {}, accepted);
        CHECK(packed.field("Content-Encoding") == coding);
        CHECK(packed.body != plain.body);
        CHECK(packed.field("ETag") == tag);
        const reply again =
            send(api.port(), line, demo_token, {}, accepted + "If-None-Match: " + tag + "\r\n");
        CHECK(again.status == 304);
        for (const reply* one : {&plain, &packed, &again})
            CHECK(one->field("Vary") == "Accept-Encoding, Authorization");
    }
}

TEST_CASE("Token is Token in capitals and without", "[api]") {
    api_process api(variables());
    for (const char* scheme : {"token", "TOKEN", "tOkEn"}) {
        CHECK(request(api.port(), "GET /api/tasks/?limit=1",
                      std::string("Authorization: ") + scheme + " " + demo_token + "\r\n")
                  .status == 200);
    }
}

TEST_CASE("limit and cursor are said once", "[api]") {
    api_process api(variables());
    const auto code = [&](const char* query) {
        return get_tasks(api.port(), demo_token, query).code();
    };
    CHECK(code("?limit=10&limit=20") == "invalid_limit");
    CHECK(code("?limit=10&limit=") == "invalid_limit");
    CHECK(code("?cursor=&cursor=a") == "invalid_cursor");
    const auto next =
        get_tasks(api.port(), demo_token, "?limit=1").json().at("next").get<std::string>();
    CHECK(code(("?limit=1&cursor=" + next + "&cursor=").c_str()) == "invalid_cursor");
    CHECK(code(("?limit=1&cursor=" + next).c_str()).empty());
}

TEST_CASE("an exception is a 500 that tells a client nothing, and is logged", "[api]") {
    child_program thrower("../tests/http_thrower", {}, {});
    const std::string said = thrower.line("listening on ");
    const auto port = static_cast<std::uint16_t>(std::stoi(said.substr(said.rfind(' ') + 1)));
    for (const char* path : {"/", "/odd/"}) {
        const reply got = cut_off(port, head(std::string("GET ") + path, ""));
        CHECK(got.status == 500);
        CHECK(got.code() == "internal_error");
        CHECK((got.head + got.body).find("secret") == std::string::npos);
        CHECK(got.field("EXCEPTION_WHAT").empty());
        CHECK(got.field("X-Begun").empty());
    }
    thrower.signal(SIGTERM);
    thrower.wait();
    CHECK(thrower.output().find("\"message\":\"the secret of it\"") != std::string::npos);
}

TEST_CASE("the operations listener reads no body, and cuts off who sends one", "[api]") {
    api_process api(variables(), {"--port", "0", "--operations-port", "0"});
    const std::string said = api.line("operations on ");
    const auto port = static_cast<std::uint16_t>(std::stoi(said.substr(said.rfind(':') + 1)));
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    for (const std::string& fields : {chunked, length("5"), length("10000000000"),
                                      length("5") + "Content-Encoding: gzip\r\n"}) {
        CHECK(cut_off(port, head("GET /metrics", fields)).status == 400);
        CHECK(cut_off(port, head("HEAD /metrics", fields)).status == 400);
        CHECK(cut_off(port, head("POST /metrics", json_type + fields)).status == 405);
    }
    CHECK(cut_off(port, head("POST /metrics", "")).field("Allow") == "GET, HEAD");
    CHECK(cut_off(port, head("BREW /metrics", "")).status == 400);
    CHECK(cut_off(port, head("GET /" + std::string(9000, 'a'), "")).status == 414);
    CHECK(cut_off(port, head("GET /metrics", "Range: bytes=x\r\n")).status == 416);
    CHECK(cut_off(port, head("GET /other", "")).code() == "not_found");
    const reply numbers = kept(port, head("GET /metrics", "Range: bytes=0-9\r\n"));
    CHECK(numbers.field("Content-Range").empty());
}
