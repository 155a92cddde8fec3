// SPDX-License-Identifier: MIT
// Homes that a test makes for itself, through the API.
#pragma once

#include "api_client.hpp"

#include <cstdint>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

namespace honeydue::support {

struct home {
    std::int64_t id;
    std::string code;
    std::string path;
};

inline home made_by(std::uint16_t port, const std::string& token) {
    const reply made = send(port, "POST /api/residences/", token, {{"name", "Cabin"}});
    REQUIRE(made.status == 201);
    const auto body = made.json();
    const auto id = body.at("id").get<std::int64_t>();
    const std::string path = "/api/residences/" + std::to_string(id) + "/";
    CHECK(made.head.find("Location: " + path) != std::string::npos);
    return {id, body.at("join_code"), path};
}

inline int join(std::uint16_t port, const std::string& token, const home& to) {
    return send(port, "POST " + to.path + "join/", token, {{"code", to.code}}).status;
}

inline int leave(std::uint16_t port, const std::string& token, const home& from) {
    return send(port, "POST " + from.path + "leave/", token).status;
}

}  // namespace honeydue::support
