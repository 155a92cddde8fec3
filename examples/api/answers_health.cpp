// SPDX-License-Identifier: MIT
// Whether the API is well, and how it is spoken to.
#include <httplib.h>

#include "answers.hpp"
#include "openapi.hpp"

namespace api {

void answer_health(const asked& by, httplib::Response& to) {
    const auto checked = by.from.check();
    if (!checked) return refuse(to, checked.error());
    const auto caches = by.from.caches();
    send(to, 200,
         {{"status", "ok"},
          {"database", "ok"},
          {"cache",
           {{"shared", !caches.is_shared ? "none"
                       : caches.is_well  ? "ok"
                                         : "unreachable"},
            {"memory_hits", caches.memory_hits},
            {"shared_hits", caches.shared_hits},
            {"loads", caches.loads}}}});
}

void answer_openapi(const asked& /*by*/, httplib::Response& to) {
    to.set_content(openapi_document.data(), openapi_document.size(), "application/json");
}

}  // namespace api
