// SPDX-License-Identifier: MIT
// Documents in json and jsonb columns as C++ values: a struct through its
// members' names, or a document type such as nlohmann::json. The text itself,
// unread, is honeydue::json and jsonb. Source: RFC 8259.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/codec.hpp>
#include <honeydue/detail/reflect.hpp>
#include <honeydue/enumeration.hpp>

namespace honeydue {

/// A struct that is one `jsonb` value. Its members may be bool, numbers,
/// strings, enums, std::optional (null or no key at all), std::vector,
/// honeydue::json or jsonb (any text), and such structs. A key the struct has
/// no member for is passed over.
template <class T>
struct jsonb_of {
    T value{};

    friend bool operator==(const jsonb_of&, const jsonb_of&) = default;
};

/// The same in a `json` column.
template <class T>
struct json_of {
    T value{};

    friend bool operator==(const json_of&, const json_of&) = default;
};

namespace detail {

/// Reads JSON text from left to right. After the first fault everything fails.
class json_reader {
public:
    explicit json_reader(std::string_view text) noexcept : rest_{text} {}

    /// True when the next sign is `wanted`, which is then passed.
    [[nodiscard]] bool accept(char wanted) noexcept;
    void expect(char wanted) noexcept;

    /// True for "null", which is then passed.
    [[nodiscard]] bool accept_null() noexcept;

    void boolean(bool& out) noexcept;
    void string(std::string& out);
    void integer(std::int64_t& out) noexcept;
    void floating(double& out) noexcept;

    /// The text of the next value, whatever it is.
    [[nodiscard]] std::string_view raw() noexcept;

    void refuse(codec_fault why) noexcept;
    [[nodiscard]] bool sound() const noexcept { return fault_ == codec_fault::none; }

    /// The fault, also of text that goes on after its value.
    [[nodiscard]] codec_fault finish() noexcept;

private:
    void skip_blanks() noexcept;
    [[nodiscard]] std::string_view number() noexcept;
    [[nodiscard]] bool accept_word(std::string_view word) noexcept;
    void skip_string() noexcept;
    void escape(std::string& out);
    [[nodiscard]] std::uint32_t four_digits() noexcept;

    std::string_view rest_;
    codec_fault fault_ = codec_fault::none;
};

void write_json_string(std::string& to, std::string_view value);
[[nodiscard]] codec_fault write_json_number(std::string& to, double value);

template <class T>
consteval bool check_document_part() {
    static_assert(std::is_aggregate_v<T>,
                  "this type has no place in a document: use bool, a signed integer, double, "
                  "std::string, an enum, std::optional, std::vector or a plain struct");
    return std::is_aggregate_v<T>;
}

template <class T>
void read_json(json_reader& from, T& out);
template <class T>
[[nodiscard]] codec_fault write_json(std::string& to, const T& value);

/// One member of an object: its value when `key` is its name.
template <class T>
[[nodiscard]] bool read_member(json_reader& from, std::string_view key, T& out) {
    auto members = tie_members(out);
    bool found = false;
    const auto read = [&]<std::size_t Index>(std::integral_constant<std::size_t, Index>) {
        if (found || member_names<T>[Index] != key) return;
        found = true;
        read_json(from, std::get<Index>(members));
    };
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        (read(std::integral_constant<std::size_t, Index>{}), ...);
    }
    (std::make_index_sequence<member_count<T>>{});
    return found;
}

/// Whether every member that is not optional was among `seen` keys.
template <class T>
[[nodiscard]] bool is_complete(const std::array<bool, member_count<T>>& seen) {
    return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        return ((seen[Index] || is_optional<member_type<Index, T>>)&&...);
    }
    (std::make_index_sequence<member_count<T>>{});
}

template <class T>
[[nodiscard]] std::size_t member_named(std::string_view key) {
    std::size_t index = 0;
    while (index < member_count<T> && member_names<T>[index] != key)
        ++index;
    return index;
}

template <class T>
void read_object(json_reader& from, T& out) {
    std::array<bool, member_count<T>> seen{};
    std::string key;
    from.expect('{');
    bool more = !from.accept('}');
    while (more && from.sound()) {
        from.string(key);
        from.expect(':');
        if (read_member(from, key, out)) {
            seen[member_named<T>(key)] = true;
        } else {
            (void)from.raw();
        }
        more = from.accept(',');
        if (!more) from.expect('}');
    }
    if (from.sound() && !is_complete<T>(seen)) from.refuse(codec_fault::json_shape);
}

template <class T>
void read_list(json_reader& from, std::vector<T>& out) {
    out.clear();
    from.expect('[');
    bool more = !from.accept(']');
    while (more && from.sound()) {
        T item{};
        read_json(from, item);
        out.push_back(std::move(item));
        more = from.accept(',');
        if (!more) from.expect(']');
    }
}

template <class T>
void read_json(json_reader& from, T& out) {
    if constexpr (is_optional<T>) {
        if (from.accept_null()) return out.reset();
        read_json(from, out.emplace());
    } else if constexpr (std::same_as<T, bool>) {
        from.boolean(out);
    } else if constexpr (sql_integer<T>) {
        std::int64_t number = 0;
        from.integer(number);
        if (!std::in_range<T>(number)) from.refuse(codec_fault::range);
        out = static_cast<T>(number);
    } else if constexpr (std::floating_point<T>) {
        double number = 0;
        from.floating(number);
        out = static_cast<T>(number);
    } else if constexpr (std::same_as<T, std::string>) {
        from.string(out);
    } else if constexpr (std::is_enum_v<T>) {
        std::string label;
        from.string(label);
        if (const codec_fault fault = read_label(label, out); fault != codec_fault::none)
            from.refuse(fault);
    } else if constexpr (std::same_as<T, json> || std::same_as<T, jsonb>) {
        out.text = from.raw();
    } else if constexpr (requires {
                             typename T::value_type;
                             out.push_back({});
                         }) {
        read_list(from, out);
    } else {
        static_assert(check_document_part<T>());
        read_object(from, out);
    }
}

template <class T>
[[nodiscard]] codec_fault write_object(std::string& to, const T& value) {
    char separator = '{';
    codec_fault fault = codec_fault::none;
    std::size_t index = 0;
    const auto write = [&](const auto& member) {
        to += separator;
        separator = ',';
        write_json_string(to, member_names<T>[index++]);
        to += ':';
        fault = write_json(to, member);
        return fault == codec_fault::none;
    };
    std::apply([&](const auto&... member) { static_cast<void>((write(member) && ...)); },
               tie_members(value));
    to += '}';
    return fault;
}

template <class T>
[[nodiscard]] codec_fault write_list(std::string& to, const std::vector<T>& values) {
    codec_fault fault = codec_fault::none;
    to += '[';
    for (std::size_t i = 0; i < values.size() && fault == codec_fault::none; ++i) {
        if (i != 0) to += ',';
        fault = write_json(to, static_cast<const T&>(values[i]));
    }
    to += ']';
    return fault;
}

template <class T>
[[nodiscard]] codec_fault write_json(std::string& to, const T& value) {
    if constexpr (is_optional<T>) {
        if (value) return write_json(to, *value);
        to += "null";
    } else if constexpr (std::same_as<T, bool>) {
        to += value ? "true" : "false";
    } else if constexpr (sql_integer<T>) {
        to += std::to_string(value);
    } else if constexpr (std::floating_point<T>) {
        return write_json_number(to, static_cast<double>(value));
    } else if constexpr (std::same_as<T, std::string>) {
        write_json_string(to, value);
    } else if constexpr (std::is_enum_v<T>) {
        const auto* known = label_of(value);
        if (known == nullptr) return codec_fault::unknown_label;
        write_json_string(to, known->label);
    } else if constexpr (std::same_as<T, json> || std::same_as<T, jsonb>) {
        to += value.text;
    } else if constexpr (requires {
                             typename T::value_type;
                             value.begin();
                         }) {
        return write_list(to, value);
    } else {
        static_assert(check_document_part<T>());
        return write_object(to, value);
    }
    return codec_fault::none;
}

/// A struct in the text of `Carrier`, which is json or jsonb.
template <class T, class Carrier>
struct document_codec {
    static constexpr oid type = codec<Carrier>::type;
    static constexpr oid array_type = codec<Carrier>::array_type;
    static constexpr std::string_view sql_name = codec<Carrier>::sql_name;

    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(const T& value, byte_writer& to) {
        Carrier carrier;
        const codec_fault fault = write_json(carrier.text, value.value);
        return fault == codec_fault::none ? codec<Carrier>::encode(carrier, to) : fault;
    }
    static codec_fault decode(cell from, T& out) {
        Carrier carrier;
        const codec_fault fault = codec<Carrier>::decode(from, carrier);
        if (fault != codec_fault::none) return fault;
        json_reader reader{carrier.text};
        read_json(reader, out.value);
        return reader.finish();
    }
};

/// What nlohmann::json offers, under whatever name.
template <class T>
concept document = requires(const T& value, std::string_view text) {
    { value.dump() } -> std::convertible_to<std::string>;
    { value.is_discarded() } -> std::same_as<bool>;
    { T::parse(text.begin(), text.end(), nullptr, false) } -> std::convertible_to<T>;
};

}  // namespace detail

template <class T>
struct codec<jsonb_of<T>> : detail::document_codec<jsonb_of<T>, jsonb> {};
template <class T>
struct codec<json_of<T>> : detail::document_codec<json_of<T>, json> {};

/// nlohmann::json and its like: sent as jsonb, read from both kinds of column.
template <detail::document T>
struct codec<T> {
    static constexpr oid type = oids::jsonb;
    static constexpr oid array_type = oids::jsonb_array;
    static constexpr std::string_view sql_name = "jsonb";

    static constexpr bool accepts(oid received) noexcept {
        return received == oids::jsonb || received == oids::json;
    }
    static codec_fault encode(const T& value, byte_writer& to) {
        return codec<jsonb>::encode({value.dump()}, to);
    }
    /// A jsonb's text begins with a version that no JSON begins with.
    static codec_fault decode(cell from, T& out) {
        std::string_view text = from.text();
        if (text.starts_with('\1')) text.remove_prefix(1);
        out = T::parse(text.begin(), text.end(), nullptr, false);
        return out.is_discarded() ? codec_fault::malformed : codec_fault::none;
    }
};

}  // namespace honeydue
