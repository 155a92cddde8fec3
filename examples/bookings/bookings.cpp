// SPDX-License-Identifier: MIT
// Rooms and who has booked them: models, a migration, a pool, a cache, and a page in one round
// trip. bookings MIGRATIONS, with DB_HOST, POSTGRES_USER … as honeydue reads them.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <honeydue/honeydue.hpp>

namespace hd = honeydue;
using hd::col;

namespace hotel {

struct room {
    hd::id<room> id{};
    std::string name;
    std::int32_t seats = 1;
};

struct booking {
    hd::id<booking> id{};
    hd::foreign_key<room> room_id;
    hd::date day;
    std::string guest;
};

/// A room as the page shows it.
struct line {
    hd::record<room> of;
    hd::children<booking> next;
    std::int64_t bookings = 0;
};

}  // namespace hotel

namespace {

using hotel::booking;
using hotel::room;
using guests = std::vector<std::string>;

hd::result<void> expect(bool is_so, const char* what) {
    if (is_so) return {};
    return hd::fail(hd::errc::refused, std::string{"not so: "} + what);
}

hd::result<void> migrate(const char* folder) {
    auto migrator = hd::migrator::open(hd::endpoint::from_env(), folder);
    if (!migrator) return tl::unexpected{migrator.error()};
    if (auto report = migrator->up(); report.failed) return tl::unexpected{report.failed->why};
    return {};
}

class desk {
public:
    explicit desk(hd::pool&& db) : db_{std::move(db)} {}

    /// All of a kind in one statement, whatever their number.
    hd::result<std::vector<room>> build(const std::vector<room>& drafts) {
        return hd::insert(drafts).fetch_all(db_);
    }

    /// Nobody can have the same room on the same day: the table's key says so. The cache forgets
    /// the room's guests when, and only when, this commits. Cost: 1 round trip.
    hd::result<void> book(hd::id<room> where, hd::date day, std::string guest) {
        const booking draft{.room_id = where, .day = day, .guest = std::move(guest)};
        return hd::transact(db_, [&](hd::transaction& tx) -> hd::result<void> {
            tx.invalidate(guests_, where);
            return tx.commit_with(hd::insert(draft)).map([](const auto&) {});
        });
    }

    /// Cost: none when it is in memory, else 1 round trip.
    hd::result<guests> guests_of(hd::id<room> where) {
        const auto known = guests_.get_or_load(where, [&] {
            return hd::select<&booking::guest>()
                .where(col<&booking::room_id> == where)
                .order_by(col<&booking::day>.ascending())
                .fetch_all(db_);
        });
        if (!known) return tl::unexpected{known.error()};
        return **known;
    }

    /// Rooms by size with their next bookings, and how many there are in all. Cost: 1 round trip.
    hd::result<std::vector<hotel::line>> page() {
        return hd::select<hotel::line>(hd::whole<room>(),
                                       hd::with_many<&booking::room_id>()
                                           .order_by(col<&booking::day>.ascending())
                                           .limit(2),
                                       hd::count_many<&booking::room_id>())
            .order_by(col<&room::seats>.descending(), col<&room::id>.ascending())
            .limit(20)
            .fetch_all(db_);
    }

private:
    hd::pool db_;
    hd::memory_tier memory_{};
    hd::cache<hd::id<room>, guests> guests_{"guests", memory_};
};

hd::date day(unsigned number) {
    return hd::date{std::chrono::sys_days{std::chrono::year{2030} / 5 / number}};
}

hd::result<void> open_for_business(desk& at) {
    const hd::round_trip_budget budget{7};
    const auto rooms = at.build({{.name = "Attic", .seats = 2}, {.name = "Hall", .seats = 80}});
    if (!rooms) return tl::unexpected{rooms.error()};
    const hd::id<room> attic = rooms->front().id;
    for (unsigned number = 1; number <= 3; ++number) {
        if (auto booked = at.book(attic, day(number), "Ada"); !booked) return booked;
    }
    if (auto first = at.guests_of(attic); !first) return tl::unexpected{first.error()};
    const auto again = at.guests_of(attic);
    const auto taken = at.book(attic, day(3), "Grace");
    const auto page = at.page();
    if (!again || !page) return tl::unexpected{again ? page.error() : again.error()};
    std::printf("%s; %llu round trips\n", page->back().of->name.c_str(),
                static_cast<unsigned long long>(budget.count()));
    const bool is_taken = !taken && taken.error().sqlstate() == hd::sqlstate{"23505"};
    return expect(*again == guests{"Ada", "Ada", "Ada"}, "three nights are known by heart")
        .and_then([&] { return expect(is_taken, "a room is booked once a day"); })
        .and_then([&] { return expect(page->back().next.size() == 2, "the page shows two"); })
        .and_then([&] { return expect(page->back().bookings == 3, "the page counts three"); })
        .and_then([&] { return expect(budget.count() == 7, "seven round trips"); });
}

}  // namespace

int main(int count, char** arguments) {
    auto done = migrate(count == 2 ? arguments[1] : "migrations");
    if (done) {
        done = hd::pool::open(hd::pool_config::from_env()).and_then([](hd::pool db) {
            desk at{std::move(db)};
            return open_for_business(at);
        });
    }
    if (!done) std::fprintf(stderr, "bookings: %s\n", hd::explain(done.error()).c_str());
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
