// SPDX-License-Identifier: MIT
// What a client has already need not be sent again.
#pragma once

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

namespace api {

/// Names the body by its digest. It is left out, with 304, for a client that says it has it.
/// Source: RFC 9110, sections 8.8.3, 8.8.3.2 and 13.1.2.
void tag_body(const httplib::Request& request, httplib::Response& answer);

}  // namespace api
