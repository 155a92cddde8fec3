// SPDX-License-Identifier: MIT
// What a struct says of its table.
#include <honeydue/model.hpp>

#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;

namespace shop {

struct Customer {
    honeydue::id<Customer> id{};
    std::string name;
};

namespace inner {
struct visit {
    int count = 0;
};
}  // namespace inner

}  // namespace shop

namespace legacy {

struct thing {
    static constexpr table meta{.name = "old_things", .schema = "archive", .key = "code"};

    std::string code;
};

}  // namespace legacy

namespace {
struct unnamed_row {
    int one = 0;
    int two = 0;
};
}  // namespace

TEST_CASE("a model's table is its namespace and its name, lower-cased", "[model]") {
    STATIC_CHECK(model<shop::Customer>::table() == "shop_customer");
    STATIC_CHECK(model<shop::Customer>::schema.empty());
    STATIC_CHECK(model<shop::Customer>::key == "id");
}

TEST_CASE("of nested namespaces the innermost names the app", "[model]") {
    STATIC_CHECK(model<shop::inner::visit>::table() == "inner_visit");
}

TEST_CASE("one line says what the convention does not", "[model]") {
    STATIC_CHECK(model<legacy::thing>::table() == "old_things");
    STATIC_CHECK(model<legacy::thing>::schema == "archive");
    STATIC_CHECK(model<legacy::thing>::key == "code");
}

TEST_CASE("members are columns, in their order", "[model]") {
    STATIC_CHECK(model<shop::Customer>::size == 2);
    STATIC_CHECK(model<shop::Customer>::columns[0] == "id");
    STATIC_CHECK(model<shop::Customer>::columns[1] == "name");
}

TEST_CASE("a local or unnamed type has columns without a table", "[model]") {
    struct local_row {
        int three = 0;
    };
    STATIC_CHECK(model<unnamed_row>::columns[1] == "two");
    STATIC_CHECK(model<local_row>::columns[0] == "three");
}
