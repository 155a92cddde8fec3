// SPDX-License-Identifier: MIT
// examples/api/requests.http, sent as an editor's client would, each answer beside the document.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api/openapi.hpp"
#include "api_samples.hpp"

using namespace honeydue::support;
using nlohmann::json;

namespace {

struct scripted {
    std::string title;
    int status = 0;
    std::string name{};
    std::string line{};
    std::string fields{};
    std::string body{};
};

struct script {
    std::map<std::string, std::string> variables;
    std::vector<scripted> requests;
};

/// One line of the file, into the request that is being read.
void take_line(script& of, const std::string& line, bool& in_body) {
    if (line.starts_with("### ")) {
        const auto colon = line.rfind(": ");
        of.requests.push_back({line.substr(4, colon - 4), std::stoi(line.substr(colon + 2))});
        in_body = false;
    } else if (line.starts_with("@")) {
        const auto is = line.find(" = ");
        of.variables[line.substr(1, is - 1)] = line.substr(is + 3);
    } else if (line.starts_with("# @name ")) {
        of.requests.back().name = line.substr(8);
    } else if (of.requests.empty() || line.starts_with("#")) {
        return;
    } else if (of.requests.back().line.empty()) {
        of.requests.back().line = line;
    } else if (in_body) {
        of.requests.back().body += line;
    } else if (line.empty()) {
        in_body = true;
    } else {
        of.requests.back().fields += line + "\r\n";
    }
}

script read_script() {
    std::ifstream file(honeydue::demo::source("examples/api/requests.http"));
    script all;
    bool in_body = false;
    for (std::string line; std::getline(file, line);)
        take_line(all, line, in_body);
    return all;
}

/// "$.notifications[0].id" as a pointer into JSON.
json::json_pointer pointer_of(const std::string& path) {
    std::string text;
    for (const char c : path.substr(1)) {
        if (c == ']') continue;
        text += c == '.' || c == '[' ? '/' : c;
    }
    return json::json_pointer{text};
}

/// A variable, or "name.response.body.$.path", or "name.response.headers.Field".
std::string value_of(const std::string& what, const script& of,
                     const std::map<std::string, reply>& met) {
    const auto dot = what.find('.');
    if (dot == std::string::npos) return of.variables.at(what);
    const reply& answer = met.at(what.substr(0, dot));
    const std::string rest = what.substr(dot + 1);
    const std::string headers = "response.headers.";
    const std::string body = "response.body.";
    if (rest.starts_with(headers)) return answer.field(rest.substr(headers.size()));
    const json value = answer.json().at(pointer_of(rest.substr(body.size())));
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string filled(std::string text, const script& of, const std::map<std::string, reply>& met) {
    for (auto at = text.find("{{"); at != std::string::npos; at = text.find("{{", at)) {
        const auto end = text.find("}}", at);
        text.replace(at, end + 2 - at, value_of(text.substr(at + 2, end - at - 2), of, met));
    }
    return text;
}

/// The operation's path in the document, with {id} for its number.
std::string pattern_of(const std::string& target) {
    std::istringstream parts(target.substr(0, target.find('?')));
    std::string pattern;
    std::string part;
    for (std::getline(parts, part, '/'); std::getline(parts, part, '/');) {
        const bool is_number = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
            return c >= '0' && c <= '9';
        });
        pattern += "/" + (is_number ? "{id}" : part);
    }
    return target.find(".json") == std::string::npos ? pattern + "/" : pattern;
}

const json& document() {
    static const json parsed = json::parse(api::openapi_document);
    return parsed;
}

/// Where a part of the document says $ref, the part it means.
const json& followed(const json& part) {
    if (!part.contains("$ref")) return part;
    return document().at(json::json_pointer{part.at("$ref").get<std::string>().substr(1)});
}

/// Every member that is required is there, and every one that is there is described.
void check_shape(const json& value, const json& described) {
    const json& schema = followed(described);
    if (value.is_array()) {
        for (const auto& one : value)
            check_shape(one, schema.at("items"));
    }
    if (!value.is_object() || !schema.contains("properties")) return;
    for (const auto& name : schema.value("required", json::array())) {
        INFO(name);
        CHECK(value.contains(name.get<std::string>()));
    }
    for (const auto& [name, member] : value.items()) {
        INFO(name);
        REQUIRE(schema.at("properties").contains(name));
        check_shape(member, schema.at("properties").at(name));
    }
}

void check_documented(const std::string& method, const std::string& pattern, const reply& got) {
    std::string lower = method;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const json& responses = document().at("paths").at(pattern).at(lower).at("responses");
    REQUIRE(responses.contains(std::to_string(got.status)));
    const json& described = followed(responses.at(std::to_string(got.status)));
    if (described.contains("content")) {
        check_shape(got.json(), described.at("content").at("application/json").at("schema"));
    } else {
        CHECK(got.body.empty());
    }
}

reply sent(std::uint16_t port, const scripted& one, const std::string& line) {
    const std::string length =
        one.body.empty() ? "" : "Content-Length: " + std::to_string(one.body.size()) + "\r\n";
    tcp_client client(port);
    client.send(line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + one.fields +
                length + "\r\n" + one.body);
    return read_reply(client.receive(1 << 20));
}

}  // namespace

TEST_CASE(
    "the script of requests visits every endpoint, and each answer is as it and the document "
    "say",
    "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const script all = read_script();
    std::map<std::string, reply> met;
    std::set<std::string> visited;
    for (scripted one : all.requests) {
        INFO(one.title);
        one.fields = filled(one.fields, all, met);
        one.body = filled(one.body, all, met);
        std::string line = filled(one.line, all, met);
        line.erase(line.find("http://"), all.variables.at("base").size());
        const std::string method = line.substr(0, line.find(' '));
        const std::string pattern = pattern_of(line.substr(method.size() + 1));
        const reply got = sent(port, one, line);
        INFO(line << "\n" << got.body);
        CHECK(got.status == one.status);
        if (got.status < 300) visited.insert(method + " " + pattern);
        check_documented(method, pattern, got);
        if (!one.name.empty()) met[one.name] = got;
    }
    for (const api::route& route : api::routes()) {
        if (is_about_tokens(route)) continue;
        INFO(route.method << " " << route.path);
        CHECK(visited.contains(std::string{route.method} + " " + std::string{route.path}));
    }
}

namespace {

/// Values that the schema forbids.
std::vector<json> forbidden_by(const json& schema) {
    std::vector<json> wrong{json::array()};
    if (!schema.contains("type")) return wrong;
    const bool can_be_null = schema.at("type").is_array();
    const std::string type = can_be_null ? schema.at("type").at(0) : schema.at("type");
    if (!can_be_null) wrong.emplace_back(nullptr);
    if (type == "integer") {
        wrong.emplace_back("7");
        wrong.emplace_back(1.5);
        wrong.emplace_back(schema.at("minimum").get<std::int64_t>() - 1);
        wrong.emplace_back(UINT64_MAX);
        if (schema.contains("maximum"))
            wrong.emplace_back(schema.at("maximum").get<std::int64_t>() + 1);
    } else if (type == "boolean") {
        wrong.emplace_back("true");
        wrong.emplace_back(0);
    } else {
        wrong.emplace_back(7);
        wrong.emplace_back("");
        if (schema.contains("enum") || schema.contains("format")) wrong.emplace_back("2026-02-30");
        if (schema.contains("pattern")) wrong.emplace_back("1.234");
        for (const std::string one : schema.value("examples", json::array()))
            wrong.push_back(one.substr(one.find_first_of("@/")));
        if (schema.contains("maxLength")) {
            wrong.emplace_back(std::string(schema.at("maxLength").get<std::size_t>() + 1, 'a'));
            wrong.emplace_back(std::string("a\0b", 3));
        }
    }
    return wrong;
}

/// The largest it allows, and every choice.
std::vector<json> allowed_by(const json& schema) {
    std::vector<json> right;
    const bool can_be_null = schema.at("type").is_array();
    const std::string type = can_be_null ? schema.at("type").at(0) : schema.at("type");
    if (can_be_null) right.emplace_back(nullptr);
    if (schema.contains("enum")) {
        for (const auto& one : schema.at("enum"))
            right.push_back(one);
    } else if (type == "integer") {
        right.push_back(schema.at("minimum"));
        if (schema.contains("maximum")) right.push_back(schema.at("maximum"));
    } else if (type == "boolean") {
        right = {true, false};
    } else if (schema.contains("examples")) {
        for (const std::string one : schema.at("examples")) {
            const auto most = schema.at("maxLength").get<std::size_t>();
            right.insert(right.end(), {one, one + std::string(most - one.size(), 'a')});
        }
    } else if (schema.contains("format")) {
        right = {"1900-01-01", "2199-12-31"};
    } else if (schema.contains("pattern")) {
        right = {"0", "9999999999.99"};
    } else if (schema.contains("maxLength")) {
        right.emplace_back(std::string(schema.at("maxLength").get<std::size_t>(), 'a'));
    }
    return right;
}

}  // namespace

TEST_CASE(
    "a body that the API's document forbids is refused with the field's name, one that it "
    "allows is not",
    "[api]") {
    api_process api(variables());
    const auto port = api.port();
    const household_rows mine = households(4).at(3);
    for (const api::route& route : api::routes()) {
        const sample asked = sample_of(route, mine);
        std::string method{route.method};
        if (asked.body.empty()) continue;
        std::transform(method.begin(), method.end(), method.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const json& schema =
            followed(document()
                         .at("paths")
                         .at(std::string{route.path})
                         .at(method)
                         .at(json::json_pointer{"/requestBody/content/application~1json/schema"}));
        const auto answer = [&](json body) { return send(port, asked.line, mine.token, body); };
        for (const auto& [name, property] : schema.at("properties").items()) {
            for (const json& wrong : forbidden_by(property)) {
                json body = asked.body;
                body[name] = wrong;
                INFO(asked.line << " " << body.dump().substr(0, 300));
                const reply got = answer(body);
                CHECK(got.code().starts_with("invalid_"));
                CHECK(got.json().at("error").value("field", name) == name);
            }
            for (const json& right : allowed_by(property)) {
                json body = asked.body;
                body[name] = right;
                INFO(asked.line << " " << body.dump().substr(0, 300));
                CHECK_FALSE(answer(body).code().starts_with("invalid_"));
            }
        }
        for (const auto& name : schema.value("required", json::array())) {
            json body = asked.body;
            body.erase(name.get<std::string>());
            INFO(asked.line << " " << body.dump());
            CHECK(answer(body).code().starts_with("invalid_"));
        }
        json more = asked.body;
        more["owner_id"] = 1;
        CHECK(answer(more).code().starts_with("invalid_"));
        CHECK(answer(json::array()).code().starts_with("invalid_"));
    }
}

TEST_CASE(
    "a filter that the API's document does not have is refused, and every one it has is taken",
    "[api]") {
    api_process api(variables());
    const household_rows mine = households(4).at(3);
    for (const auto& [path, methods] : document().at("paths").items()) {
        if (!methods.contains("get")) continue;
        const json none = json::array();
        for (const auto& given : methods.at("get").value("parameters", none)) {
            const json& parameter = followed(given);
            if (parameter.at("in") != "query") continue;
            const std::string name = parameter.at("name");
            const auto code = [&, target = path](const json& value) {
                const std::string text =
                    value.is_string() ? value.get<std::string>() : value.dump();
                return send(api.port(), "GET " + target + "?" + name + "=" + text, mine.token)
                    .code();
            };
            INFO(path << " " << name);
            const json& schema = parameter.at("schema");
            for (const json& right : allowed_by(schema))
                CHECK(code(right).empty());
            CHECK(code("castle").starts_with("invalid_"));
        }
    }
    for (const char* wrong : {"?colour=red", "?residence_id=1&residence_id=2"}) {
        CHECK(send(api.port(), std::string("GET /api/tasks/") + wrong, mine.token).code() ==
              "invalid_filter");
    }
}
