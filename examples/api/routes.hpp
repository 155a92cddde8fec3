// SPDX-License-Identifier: MIT
// What the API answers to which request.
#pragma once

#include "store.hpp"

namespace httplib {
class Server;
}

namespace api {

/// Lifetime: `from` outlives the server.
void add_routes(httplib::Server& to, const store& from);

}  // namespace api
