// SPDX-License-Identifier: MIT
// What the API answers to which request.
#pragma once

#include <span>
#include <string_view>

#include "store.hpp"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace api {

struct asked;

/// What the API knows. In a path, {id} stands for a number from 1.
struct route {
    std::string_view method;
    std::string_view path;
    void (*answer)(const asked& by, httplib::Response& to);
    bool needs_token = true;
};
[[nodiscard]] std::span<const route> routes();

/// For requests with a body. Lifetime: `from` outlives the server.
void add_routes(httplib::Server& to, const store& from);

/// Answers what has no body, or none that may be read: to be asked when a header has been read and
/// its body has not.
[[nodiscard]] bool is_answered_early(const store& from, const httplib::Request& request,
                                     httplib::Response& to);

/// Answers what the library gives up on.
void answer_given_up(const store& from, const httplib::Request& request, httplib::Response& to);

}  // namespace api
