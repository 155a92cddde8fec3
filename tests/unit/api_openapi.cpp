// SPDX-License-Identifier: MIT
// The API's document beside its table of routes.
#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "api/openapi.hpp"
#include "api/routes.hpp"

namespace {

const nlohmann::json& document() {
    static const auto parsed = nlohmann::json::parse(api::openapi_document);
    return parsed;
}

std::string lower(std::string_view text) {
    std::string made{text};
    std::transform(made.begin(), made.end(), made.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return made;
}

/// "get /api/tasks/ with a token", for each operation.
std::set<std::string> described() {
    std::set<std::string> all;
    for (const auto& [path, methods] : document().at("paths").items()) {
        for (const auto& [method, operation] : methods.items()) {
            const bool is_open = operation.contains("security") && operation.at("security").empty();
            all.insert(method + " " + path + (is_open ? "" : " with a token"));
        }
    }
    return all;
}

/// Every place to which a reference of the document leads.
void collect_references(const nlohmann::json& part, std::set<std::string>& into) {
    if (part.is_object() && part.contains("$ref")) into.insert(part.at("$ref").get<std::string>());
    if (!part.is_structured()) return;
    for (const auto& inner : part)
        collect_references(inner, into);
}

}  // namespace

TEST_CASE("the API's document and its routes tell of the same operations", "[api]") {
    std::set<std::string> routed;
    for (const api::route& one : api::routes()) {
        routed.insert(lower(one.method) + " " + std::string{one.path} +
                      (one.needs_token ? " with a token" : ""));
    }
    CHECK(routed == described());
    CHECK(routed.size() == api::routes().size());
}

TEST_CASE("every reference in the API's document leads somewhere, and every part is referred to",
          "[api]") {
    std::set<std::string> references;
    collect_references(document(), references);
    std::set<std::string> parts;
    for (const char* kind : {"schemas", "parameters", "responses"}) {
        for (const auto& [name, part] : document().at("components").at(kind).items())
            parts.insert(std::string("#/components/") + kind + "/" + name);
    }
    CHECK(references == parts);
}

TEST_CASE("each operation with a body tells how one is refused", "[api]") {
    for (const auto& [path, methods] : document().at("paths").items()) {
        for (const auto& [method, operation] : methods.items()) {
            INFO(method << " " << path);
            for (const char* status : {"411", "413", "415"}) {
                CHECK(operation.at("responses").contains(status) ==
                      operation.contains("requestBody"));
            }
        }
    }
}

TEST_CASE("each operation of the API's document has a name of its own, and its path's parameters",
          "[api]") {
    std::set<std::string> names;
    std::size_t operations = 0;
    for (const auto& [path, methods] : document().at("paths").items()) {
        for (const auto& [method, operation] : methods.items()) {
            INFO(method << " " << path);
            ++operations;
            names.insert(operation.at("operationId").get<std::string>());
            const bool has_hole = path.find("{id}") != std::string::npos;
            const auto parameters = operation.value("parameters", nlohmann::json::array());
            const auto id = nlohmann::json{{"$ref", "#/components/parameters/id"}};
            CHECK((std::find(parameters.begin(), parameters.end(), id) != parameters.end()) ==
                  has_hole);
        }
    }
    CHECK(names.size() == operations);
}
