// SPDX-License-Identifier: MIT
// Whether the API lives, for who restarts it, whether it may be sent requests, and how it is spoken
// to.
#include <httplib.h>

#include "answers.hpp"
#include "openapi.hpp"
#include "request_record.hpp"

namespace api {

namespace {

json as_json(const cache_state& of) {
    std::uint64_t shared_hits = 0;
    std::uint64_t loads = 0;
    std::uint64_t unfenced_commits = 0;
    for (const auto& one : of.each) {
        shared_hits += one.shared_hits;
        loads += one.loads;
        unfenced_commits += one.unfenced_commits;
    }
    return {{"shared", !of.is_shared ? "none"
                       : of.is_well  ? "ok"
                                     : "unreachable"},
            {"memory_hits", of.memory_hits},
            {"shared_hits", shared_hits},
            {"loads", loads},
            {"unfenced_commits", unfenced_commits}};
}

json as_json(const pool_state& of) {
    return {{"max_open", of.max_open},     {"idle", of.idle},       {"in_use", of.in_use},
            {"connecting", of.connecting}, {"waiting", of.waiting}, {"breaker", of.breaker}};
}

}  // namespace

// Asks nobody: no restart mends a database that is away.
void answer_health(const asked& /*by*/, httplib::Response& to) {
    send(to, 200, {{"status", "ok"}});
}

// A cache that is away is told and is no reason: without it requests are slower, and right.
void answer_ready(const asked& by, httplib::Response& to) {
    const auto applied = by.from.check_schema();
    const std::string schema = applied ? "applied" : as_refusal(applied.error().what).code;
    if (!applied) note_failure(applied.error().explanation);
    send(to, applied ? 200 : 503,
         {{"status", applied ? "ready" : "not_ready"},
          {"schema", schema},
          {"pool", as_json(by.from.pool())},
          {"cache", as_json(by.from.caches())}});
}

void answer_openapi(const asked& /*by*/, httplib::Response& to) {
    to.status = 200;
    to.set_content(openapi_document.data(), openapi_document.size(), "application/json");
}

}  // namespace api
