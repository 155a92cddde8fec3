// SPDX-License-Identifier: MIT
// The texts of relations: what each is in the statement, and that their values are in its order.
#include <honeydue/relation.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace hd = honeydue;
using hd::col;

namespace relating {
struct parent {
    hd::id<parent> id{};
    std::string name;
};
struct child {
    hd::id<child> id{};
    hd::foreign_key<parent> parent_id;
    std::optional<hd::foreign_key<parent>> guardian_id;
    std::optional<std::int64_t> weight;
};
struct toy {
    hd::id<toy> id{};
    hd::foreign_key<child> child_id;
};
struct club {
    hd::id<club> id{};
};
struct membership {
    hd::id<membership> id{};
    hd::foreign_key<child> child_id;
    hd::foreign_key<club> club_id;
};
struct of_child {
    hd::record<child> self;
    hd::record<relating::parent> parent;
    std::optional<hd::record<relating::parent>> guardian;
};
struct owner_of_toys {
    hd::id<child> id{};
    hd::children<toy> toys;
};
struct of_parent {
    std::string name;
    std::vector<hd::record<owner_of_toys>> children;
    std::int64_t count = 0;
    std::optional<hd::numeric> weight;
};
}  // namespace relating
using namespace relating;

TEST_CASE("a parent is one record, by the key that refers to it", "[relation]") {
    const auto query = hd::select<of_child>(hd::whole<child>(), hd::with<&child::parent_id>(),
                                            hd::with<&child::guardian_id>());
    STATIC_CHECK(
        decltype(query)::text() ==
        "select row(relating_child.id, relating_child.parent_id, relating_child.guardian_id, "
        "relating_child.weight) as self, (select row(relating_parent.id, relating_parent.name) "
        "from relating_parent where relating_child.parent_id = relating_parent.id) as parent, "
        "(select row(relating_parent.id, relating_parent.name) from relating_parent where "
        "relating_child.guardian_id = relating_parent.id) as guardian from relating_child");
}

TEST_CASE("children are an array, refined by themselves; their values are in writing order",
          "[relation]") {
    const auto query =
        hd::select<of_parent>(
            col<&parent::name>,
            hd::with_many<&child::parent_id, owner_of_toys>(
                col<&child::id>, hd::with_many<&toy::child_id>().limit(5))
                .where(col<&child::weight> > std::int64_t{3})
                .order_by(col<&child::weight>.descending().nulls_last())
                .limit(7),
            hd::count_many<&child::parent_id>().where(col<&child::weight> < std::int64_t{9}),
            hd::total_many<&child::guardian_id>(hd::sum(col<&child::weight>)))
            .where(col<&parent::id> == hd::id<parent>{11});
    STATIC_CHECK(
        decltype(query)::text() ==
        "select relating_parent.name, array(select row(relating_child.id, array(select "
        "row(relating_toy.id, relating_toy.child_id) from relating_toy where "
        "relating_toy.child_id = relating_child.id limit $1)) from relating_child where "
        "relating_child.parent_id = relating_parent.id and relating_child.weight > $2 order by "
        "relating_child.weight desc nulls last limit $3) as children, (select count(*) from "
        "relating_child where relating_child.parent_id = relating_parent.id and "
        "relating_child.weight < $4) as count, (select sum(relating_child.weight) from "
        "relating_child where relating_child.guardian_id = relating_parent.id) as weight from "
        "relating_parent where relating_parent.id = $5");
    const hd::statement made = query.make_statement();
    hd::parameters expected;
    for (const std::int64_t value : {5, 3, 7, 9, 11})
        expected.add(value);
    CHECK(std::ranges::equal(made.parameters().wire(), expected.wire()));
}

TEST_CASE("through a join table", "[relation]") {
    const auto query =
        hd::select(hd::with_many_through<&membership::child_id, &membership::club_id>().limit(2));
    STATIC_CHECK(decltype(query)::text() ==
                 "select array(select row(relating_club.id) from relating_club inner join "
                 "relating_membership on relating_membership.club_id = relating_club.id where "
                 "relating_membership.child_id = relating_child.id limit $1) from relating_child");
}
