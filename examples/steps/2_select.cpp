// SPDX-License-Identifier: MIT
// Step 2: a plain struct is a table, and a query is typed. The pool is warm when it opens.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include <honeydue/honeydue.hpp>

namespace hd = honeydue;
using hd::col;

namespace step {

struct chore {  // table step_chore: namespace_type
    hd::id<chore> id{};
    std::string title;
    std::optional<std::int32_t> minutes{};  // optional: may be NULL
};

}  // namespace step

namespace {

hd::result<std::vector<step::chore>> short_chores(hd::pool& db) {
    return hd::select<step::chore>()
        .where(col<&step::chore::minutes> <= 30)
        .order_by(col<&step::chore::minutes>.ascending(), col<&step::chore::id>.ascending())
        .limit(10)
        .fetch_all(db);
}

hd::result<std::uint64_t> make_chores(hd::pool& db) {
    return hd::execute(db, hd::runtime("create table if not exists step_chore ("
                                       "id bigint generated always as identity primary key, "
                                       "title text not null, minutes integer)"))
        .and_then([&](std::uint64_t) {
            return hd::execute(
                db, hd::runtime("insert into step_chore (title, minutes) values "
                                "('Sweep the chimney', 90), ('Water the plants', 10), "
                                "('Take the bins out', $1), ('Think about the attic', null)",
                                std::int32_t{5}));
        });
}

int report(const hd::result<std::vector<step::chore>>& chores) {
    if (!chores) std::fprintf(stderr, "%s\n", hd::explain(chores.error()).c_str());
    if (!chores || chores->size() < 2) return EXIT_FAILURE;
    for (const auto& chore : *chores)
        std::printf("%3" PRId64 "  %s\n", chore.id.value, chore.title.c_str());
    return EXIT_SUCCESS;
}

}  // namespace

int main() {
    return report(hd::pool::open(hd::pool_config::from_env()).and_then([](hd::pool db) {
        return make_chores(db).and_then([&](std::uint64_t) { return short_chores(db); });
    }));
}
