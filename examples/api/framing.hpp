// SPDX-License-Identifier: MIT
// Where a request ends, judged before its body is read; who leaves that in doubt is cut off.
#pragma once

#include <cstddef>
#include <exception>

#include "refusal.hpp"

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

namespace api {

inline constexpr std::size_t largest_body = 64 * 1024;

/// The bytes of body that follow the header, 0 for none; why they are not to be read otherwise.
/// Source: RFC 9112, sections 5.1 and 6.3.
[[nodiscard]] tl::expected<std::size_t, refusal> body_ahead(const httplib::Request& request,
                                                            std::size_t most);

/// The answer is the connection's last: what of the request is unread must not be taken for
/// another. `request` is the one the library has handed out.
void refuse_and_close(const httplib::Request& request, httplib::Response& to, const refusal& why);

/// False where the library has given up on a request by itself, anywhere in it.
[[nodiscard]] bool is_answered(const httplib::Response& to);

/// By the status that the library has chosen.
void refuse_given_up(const httplib::Request& request, httplib::Response& to);

/// Of an exception that a handler has let go.
void refuse_thrown(const httplib::Request& request, httplib::Response& to,
                   const std::exception_ptr& thrown);

/// Every answer is whole. Source: RFC 9110, section 14.2.
void ignore_range(const httplib::Request& request);

}  // namespace api
