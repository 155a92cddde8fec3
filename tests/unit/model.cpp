// SPDX-License-Identifier: MIT
// What a struct says of its table.
#include <honeydue/model.hpp>

#include <cstdint>
#include <optional>
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

namespace orders {

struct customer {
    honeydue::id<customer> id{};
    std::string email;
};

struct invoice {
    static constexpr table meta{.key = "number",
                                .rename = {{"class_", "class"}, {"when", "at"}},
                                .generated = {"total"},
                                .defaulted = {"at"}};

    std::string number;
    std::string class_;
    foreign_key<customer> customer_id;
    std::optional<foreign_key<customer>> payer_id;
    numeric total;
    timestamptz when;
};

struct line {
    static constexpr table meta{.key = "invoice_id, position"};

    foreign_key<invoice, std::string> invoice_id;
    std::int32_t position = 0;
};

struct token {
    honeydue::id<token, uuid> id;
    std::int32_t uses = 0;
};

}  // namespace orders

namespace vendor {
struct untouchable {
    std::int64_t code = 0;
};
}  // namespace vendor

template <>
inline constexpr honeydue::table honeydue::table_of<vendor::untouchable>{
    .name = "codes", .schema = "vendor", .key = "code"};

TEST_CASE("a struct that may not be touched is described outside it", "[model]") {
    STATIC_CHECK(model<vendor::untouchable>::table() == "codes");
    STATIC_CHECK(model<vendor::untouchable>::schema == "vendor");
    STATIC_CHECK(model<vendor::untouchable>::described()[0].is_key);
}

TEST_CASE("renamed members keep their place under another name", "[model]") {
    STATIC_CHECK(model<orders::invoice>::columns[1] == "class");
    STATIC_CHECK(model<orders::invoice>::columns[5] == "at");
    STATIC_CHECK(detail::column_name<&orders::invoice::class_> == "class");
    STATIC_CHECK(detail::column_name<&orders::invoice::number> == "number");
}

TEST_CASE("an id of the model itself is an identity key", "[model]") {
    constexpr auto& columns = model<orders::customer>::described();
    STATIC_CHECK(columns[0].is_key);
    STATIC_CHECK(columns[0].is_identity);
    STATIC_CHECK(columns[0].is_generated);
    STATIC_CHECK(columns[0].sql_name == "bigint");
    STATIC_CHECK(columns[0].type == oids::int8);
    STATIC_CHECK_FALSE(columns[1].is_key);
    STATIC_CHECK_FALSE(columns[1].is_generated);
}

TEST_CASE("a natural key and a uuid key are keys without being identities", "[model]") {
    STATIC_CHECK(model<orders::invoice>::described()[0].is_key);
    STATIC_CHECK_FALSE(model<orders::invoice>::described()[0].is_identity);
    STATIC_CHECK(model<orders::token>::described()[0].is_key);
    STATIC_CHECK_FALSE(model<orders::token>::described()[0].is_identity);
    STATIC_CHECK(model<orders::token>::described()[0].sql_name == "uuid");
}

TEST_CASE("a key may be of several columns", "[model]") {
    STATIC_CHECK(model<orders::line>::key == "invoice_id, position");
    STATIC_CHECK(model<orders::line>::described()[0].is_key);
    STATIC_CHECK(model<orders::line>::described()[1].is_key);
}

TEST_CASE("a struct without an id has no key until it names one", "[model]") {
    STATIC_CHECK(model<shop::inner::visit>::key.empty());
    STATIC_CHECK_FALSE(model<shop::inner::visit>::described()[0].is_key);
}

TEST_CASE("a foreign key knows what it references, null or not", "[model]") {
    constexpr auto& columns = model<orders::invoice>::described();
    STATIC_CHECK(columns[2].references_table == "orders_customer");
    STATIC_CHECK(columns[2].references_column == "id");
    STATIC_CHECK_FALSE(columns[2].is_nullable);
    STATIC_CHECK(columns[3].references_table == "orders_customer");
    STATIC_CHECK(columns[3].is_nullable);
    STATIC_CHECK(columns[0].references_table.empty());
    STATIC_CHECK(model<orders::line>::described()[0].references_column == "number");
    STATIC_CHECK(model<orders::line>::described()[0].sql_name == "text");
}

TEST_CASE("columns the server fills are marked", "[model]") {
    constexpr auto& columns = model<orders::invoice>::described();
    STATIC_CHECK(columns[4].is_generated);
    STATIC_CHECK_FALSE(columns[4].is_defaulted);
    STATIC_CHECK(columns[5].is_defaulted);
    STATIC_CHECK_FALSE(columns[5].is_generated);
}
