// SPDX-License-Identifier: MIT
// Encoding five parameters and handing them to libpq, honeydue beside a hand-written
// PQsendQueryParams. Run under callgrind it counts instructions (README.md has the command); what
// follows the hand-over, the answer, is not measured. DB_HOST … name the server.
#include <honeydue/statement.hpp>

#include <arpa/inet.h>
#include <endian.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <libpq-fe.h>

#include "../src/sync_group.hpp"
#include "counted_allocations.hpp"

namespace {

namespace hd = honeydue;

constexpr const char* text =
    "select $1::bigint, $2::text, $3::boolean, $4::integer, $5::timestamptz";
constexpr hd::oid types[] = {hd::oids::int8, hd::oids::inferred, hd::oids::boolean, hd::oids::int4,
                             hd::oids::timestamptz};
constexpr hd::statement_shape shape{.text = text, .types = types};

struct values {
    std::int64_t id;
    std::string_view title;
    bool done;
    std::int32_t days;
    std::int64_t created_at;
};

[[gnu::noinline]] bool send_by_hand(PGconn* to, const values& given) {
    const std::uint64_t id = htobe64(static_cast<std::uint64_t>(given.id));
    const char done = given.done ? 1 : 0;
    const std::uint32_t days = htonl(static_cast<std::uint32_t>(given.days));
    const std::uint64_t at = htobe64(static_cast<std::uint64_t>(given.created_at));
    if (given.title.find('\0') != std::string_view::npos) return false;
    const char* cells[] = {reinterpret_cast<const char*>(&id), given.title.data(), &done,
                           reinterpret_cast<const char*>(&days),
                           reinterpret_cast<const char*>(&at)};
    const int lengths[] = {8, static_cast<int>(given.title.size()), 1, 4, 8};
    const int formats[] = {1, 1, 1, 1, 1};
    return PQsendQueryParams(to, text, 5, types, cells, lengths, formats, 1) == 1 &&
           PQpipelineSync(to) == 1 && PQflush(to) >= 0;
}

[[gnu::noinline]] bool send_by_honeydue(PGconn* to, const values& given) {
    hd::parameters five;
    five.add(given.id);
    five.add(given.title);
    five.add(given.done);
    five.add(given.days);
    five.add(hd::timestamptz::from_wire(given.created_at));
    const hd::statement one{shape, std::move(five)};
    if (!one.check()) return false;
    hd::sync_group group{hd::no_deadline};
    return group.send(to, std::span{&one, 1}).has_value();
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

PGconn* opened() {
    const std::string how =
        "host=" + environment("DB_HOST") + " port=" + environment("DB_PORT") +
        " user=" + environment("POSTGRES_USER") + " password=" + environment("POSTGRES_PASSWORD") +
        " dbname=" + environment("POSTGRES_DB") + " sslmode=require gssencmode=disable";
    PGconn* on = PQconnectdb(how.c_str());
    if (PQstatus(on) != CONNECTION_OK || PQenterPipelineMode(on) != 1) {
        std::fprintf(stderr, "%s", PQerrorMessage(on));
        std::exit(1);
    }
    PQsetnonblocking(on, 1);
    return on;
}

void read_answer(PGconn* on) {
    int boundaries = 0;
    while (boundaries < 1) {
        PGresult* got = PQgetResult(on);
        if (got != nullptr && PQresultStatus(got) == PGRES_PIPELINE_SYNC) ++boundaries;
        PQclear(got);
    }
}

/// Allocations of the C++ side in `times` sends; libpq's malloc is not among them.
template <class Send>
std::size_t allocations_of(PGconn* on, Send send, int times) {
    constexpr values given{42, "Replace the filter of number 42", true, 365, 760'000'000'000'000};
    std::size_t counted = 0;
    for (int i = 0; i < times; ++i) {
        const std::size_t before = hd::bench::allocations;
        if (!send(on, given)) std::abort();
        counted += hd::bench::allocations - before;
        read_answer(on);
    }
    return counted;
}

}  // namespace

int main() {
    constexpr int times = 1000;
    PGconn* on = opened();
    const std::size_t by_hand = allocations_of(on, send_by_hand, times);
    const std::size_t by_honeydue = allocations_of(on, send_by_honeydue, times);
    PQfinish(on);
    std::printf("allocations a send: by hand %.2f, by honeydue %.2f\n",
                static_cast<double>(by_hand) / times, static_cast<double>(by_honeydue) / times);
}
