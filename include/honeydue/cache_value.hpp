// SPDX-License-Identifier: MIT
// What a cached value becomes in the shared tier: a compact walk over its members, and a
// fingerprint of its type. Nothing that comes back is trusted: bytes that do not fit the type
// exactly are no value. A type of yours that is no aggregate: specialise cache_codec.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <honeydue/cache_key.hpp>
#include <honeydue/detail/reflect.hpp>
#include <honeydue/types.hpp>

namespace honeydue {

/// Reads what cache_writer wrote. Once something did not fit, everything that follows is empty and
/// `failed` stays true.
class cache_reader {
public:
    explicit cache_reader(std::span<const std::byte> from) noexcept : from_{from} {}

    template <std::integral Int>
    [[nodiscard]] Int integer() noexcept {
        std::make_unsigned_t<Int> bits = 0;
        for (const auto byte : take(sizeof(Int))) {
            bits = static_cast<std::make_unsigned_t<Int>>((bits << 7 << 1) |
                                                          std::to_integer<unsigned char>(byte));
        }
        return static_cast<Int>(bits);
    }
    /// Exactly so many bytes, or none.
    [[nodiscard]] std::span<const std::byte> take(std::size_t size) noexcept;
    /// What a length before it announces.
    [[nodiscard]] std::span<const std::byte> sized() noexcept {
        return take(integer<std::uint32_t>());
    }

    void fail() noexcept {
        failed_ = true;
        from_ = {};
    }
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    [[nodiscard]] std::size_t left() const noexcept { return from_.size(); }

private:
    std::span<const std::byte> from_;
    bool failed_ = false;
};

/// Mixes what a type is made of. Source: FNV-1a.
struct type_print {
    std::uint64_t value = 0xcbf29ce484222325U;

    [[nodiscard]] constexpr type_print add(std::string_view text) const noexcept {
        auto mixed = value;
        for (const char c : text)
            mixed = (mixed ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        return {(mixed ^ text.size()) * 0x100000001b3U};
    }
    [[nodiscard]] constexpr type_print add(std::uint64_t number) const noexcept {
        return {(value ^ number) * 0x100000001b3U};
    }
};

/// How `T` is kept in the shared tier. To add a type, specialise it with
///   static constexpr type_print print(type_print);        // everything that changes the bytes
///   static void encode(const T&, cache_writer&);
///   static void decode(cache_reader&, T&);                  // calls fail() on what does not fit
///   static std::size_t owned(const T&);                    // bytes it holds beyond sizeof(T)
template <class T>
struct cache_codec;

namespace detail {

template <class T>
concept cached_integer = std::integral<T> && !std::same_as<T, bool>;

template <class T>
concept cached_text =
    std::same_as<T, std::string> || std::same_as<T, json> || std::same_as<T, jsonb>;

template <class T>
concept cached_wire = std::same_as<T, date> || std::same_as<T, timestamptz>;

template <class T>
[[nodiscard]] auto& text_in(T& value) {
    if constexpr (std::same_as<std::remove_const_t<T>, std::string>) {
        return value;
    } else {
        return value.text;
    }
}

/// A member named so in a type is mixed into its fingerprint: raise it when the meaning of the
/// bytes changes and the types do not.
template <class T>
consteval std::uint64_t schema_version() {
    if constexpr (requires { T::cache_schema_version; }) {
        return static_cast<std::uint64_t>(T::cache_schema_version);
    } else {
        return 0;
    }
}

}  // namespace detail

template <detail::cached_integer T>
struct cache_codec<T> {
    static constexpr type_print print(type_print to) {
        return to.add(std::is_signed_v<T> ? "i" : "u").add(sizeof(T));
    }
    static void encode(T value, cache_writer& to) { to.integer(value); }
    static void decode(cache_reader& from, T& out) { out = from.integer<T>(); }
    static std::size_t owned(T) noexcept { return 0; }
};

template <>
struct cache_codec<bool> {
    static constexpr type_print print(type_print to) { return to.add("bool"); }
    static void encode(bool value, cache_writer& to) {
        to.integer(static_cast<std::uint8_t>(value ? 1 : 0));
    }
    static void decode(cache_reader& from, bool& out) {
        const auto byte = from.integer<std::uint8_t>();
        if (byte > 1) from.fail();
        out = byte == 1;
    }
    static std::size_t owned(bool) noexcept { return 0; }
};

template <std::floating_point T>
    requires(sizeof(T) == 4 || sizeof(T) == 8)
struct cache_codec<T> {
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    static constexpr type_print print(type_print to) { return to.add("f").add(sizeof(T)); }
    static void encode(T value, cache_writer& to) { to.integer(std::bit_cast<bits>(value)); }
    static void decode(cache_reader& from, T& out) { out = std::bit_cast<T>(from.integer<bits>()); }
    static std::size_t owned(T) noexcept { return 0; }
};

/// Values of an enum that change their order are a change of meaning: raise a version.
template <class T>
    requires std::is_enum_v<T>
struct cache_codec<T> {
    using number = std::underlying_type_t<T>;
    static constexpr type_print print(type_print to) {
        return cache_codec<number>::print(to.add("enum"));
    }
    static void encode(T value, cache_writer& to) { to.integer(static_cast<number>(value)); }
    static void decode(cache_reader& from, T& out) { out = static_cast<T>(from.integer<number>()); }
    static std::size_t owned(T) noexcept { return 0; }
};

template <detail::cached_text T>
struct cache_codec<T> {
    static constexpr type_print print(type_print to) { return to.add("text"); }
    static void encode(const T& value, cache_writer& to) { to.text(detail::text_in(value)); }
    static void decode(cache_reader& from, T& out) {
        const auto data = from.sized();
        detail::text_in(out).assign(reinterpret_cast<const char*>(data.data()), data.size());
    }
    static std::size_t owned(const T& value) noexcept { return detail::text_in(value).capacity(); }
};

template <detail::cached_wire T>
struct cache_codec<T> {
    using number = decltype(T{}.wire());
    static constexpr type_print print(type_print to) { return to.add("time").add(sizeof(number)); }
    static void encode(T value, cache_writer& to) { to.integer(value.wire()); }
    static void decode(cache_reader& from, T& out) { out = T::from_wire(from.integer<number>()); }
    static std::size_t owned(T) noexcept { return 0; }
};

template <>
struct cache_codec<uuid> {
    static constexpr type_print print(type_print to) { return to.add("uuid"); }
    static void encode(const uuid& value, cache_writer& to) {
        to.fixed(value.bytes.data(), value.bytes.size());
    }
    static void decode(cache_reader& from, uuid& out);
    static std::size_t owned(const uuid&) noexcept { return 0; }
};

template <>
struct cache_codec<numeric> {
    static constexpr type_print print(type_print to) { return to.add("numeric"); }
    static void encode(const numeric& value, cache_writer& to) {
        cache_codec<std::string>::encode(value.text(), to);
    }
    static void decode(cache_reader& from, numeric& out);
    static std::size_t owned(const numeric& value) noexcept { return value.text().capacity(); }
};

template <class Model, class Key>
struct cache_codec<id<Model, Key>> {
    static constexpr type_print print(type_print to) {
        return cache_codec<Key>::print(to.add("id"));
    }
    static void encode(const id<Model, Key>& value, cache_writer& to) {
        cache_codec<Key>::encode(value.value, to);
    }
    static void decode(cache_reader& from, id<Model, Key>& out) {
        cache_codec<Key>::decode(from, out.value);
    }
    static std::size_t owned(const id<Model, Key>& value) {
        return cache_codec<Key>::owned(value.value);
    }
};

template <class Model, class Key>
struct cache_codec<foreign_key<Model, Key>> {
    static constexpr type_print print(type_print to) {
        return cache_codec<Key>::print(to.add("fk"));
    }
    static void encode(const foreign_key<Model, Key>& value, cache_writer& to) {
        cache_codec<Key>::encode(value.value, to);
    }
    static void decode(cache_reader& from, foreign_key<Model, Key>& out) {
        cache_codec<Key>::decode(from, out.value);
    }
    static std::size_t owned(const foreign_key<Model, Key>& value) {
        return cache_codec<Key>::owned(value.value);
    }
};

template <class T>
struct cache_codec<std::optional<T>> {
    static constexpr type_print print(type_print to) { return cache_codec<T>::print(to.add("?")); }
    static void encode(const std::optional<T>& value, cache_writer& to) {
        cache_codec<bool>::encode(value.has_value(), to);
        if (value) cache_codec<T>::encode(*value, to);
    }
    static void decode(cache_reader& from, std::optional<T>& out) {
        bool present = false;
        cache_codec<bool>::decode(from, present);
        if (!present) return out.reset();
        T value{};
        cache_codec<T>::decode(from, value);
        out = std::move(value);
    }
    static std::size_t owned(const std::optional<T>& value) {
        return value ? cache_codec<T>::owned(*value) : 0;
    }
};

/// Every element takes at least a byte, so a count beyond what is left is a lie.
template <class T>
struct cache_codec<std::vector<T>> {
    static constexpr type_print print(type_print to) { return cache_codec<T>::print(to.add("[]")); }
    static void encode(const std::vector<T>& value, cache_writer& to) {
        to.integer(static_cast<std::uint32_t>(value.size()));
        for (const T& element : value)
            cache_codec<T>::encode(element, to);
    }
    static void decode(cache_reader& from, std::vector<T>& out) {
        const auto count = from.integer<std::uint32_t>();
        if (count > from.left()) from.fail();
        out.clear();
        for (std::uint32_t i = 0; i < count && !from.failed(); ++i) {
            T element{};
            cache_codec<T>::decode(from, element);
            out.push_back(std::move(element));
        }
        out.shrink_to_fit();
    }
    static std::size_t owned(const std::vector<T>& value) {
        std::size_t total = value.capacity() * sizeof(T);
        for (const T& element : value)
            total += cache_codec<T>::owned(element);
        return total;
    }
};

namespace detail {

template <class... T>
struct members_codec {
    static constexpr type_print print(type_print to) {
        ((to = cache_codec<T>::print(to)), ...);
        return to;
    }
    template <class Tied>
    static void encode(const Tied& tied, cache_writer& to) {
        std::apply([&](const auto&... part) { (cache_codec<T>::encode(part, to), ...); }, tied);
    }
    template <class Tied>
    static void decode(cache_reader& from, Tied&& tied) {
        std::apply([&](auto&... part) { (cache_codec<T>::decode(from, part), ...); }, tied);
    }
    template <class Tied>
    static std::size_t owned(const Tied& tied) {
        return std::apply(
            [](const auto&... part) {
                return (std::size_t{0} + ... + cache_codec<T>::owned(part));
            },
            tied);
    }
};

template <class T, class Index>
struct aggregate_members;
template <class T, std::size_t... Index>
struct aggregate_members<T, std::index_sequence<Index...>> {
    using type = members_codec<member_type<Index, T>...>;
};
template <class T>
using members_of = typename aggregate_members<T, std::make_index_sequence<member_count<T>>>::type;

}  // namespace detail

template <class... T>
struct cache_codec<std::tuple<T...>> : detail::members_codec<T...> {
    static constexpr type_print print(type_print to) {
        return detail::members_codec<T...>::print(to.add("tuple").add(sizeof...(T)));
    }
};
template <class A, class B>
struct cache_codec<std::pair<A, B>> : detail::members_codec<A, B> {};

/// A plain struct: its members in order. Names and order are part of the fingerprint.
template <class T>
    requires(std::is_aggregate_v<T>&& std::is_class_v<T> && !std::is_empty_v<T> &&
             !detail::cached_text<T> && !std::same_as<T, uuid>)
struct cache_codec<T> {
    static constexpr type_print print(type_print to) {
        to = to.add("{").add(detail::member_count<T>).add(detail::schema_version<T>());
        for (const auto name : detail::member_names<T>)
            to = to.add(name);
        return detail::members_of<T>::print(to);
    }
    static void encode(const T& value, cache_writer& to) {
        detail::members_of<T>::encode(detail::tie_members(value), to);
    }
    static void decode(cache_reader& from, T& out) {
        detail::members_of<T>::decode(from, detail::tie_members(out));
    }
    static std::size_t owned(const T& value) {
        return detail::members_of<T>::owned(detail::tie_members(value));
    }
};

/// The library's format of a value and its type, in one number.
template <class T>
inline constexpr std::uint64_t cache_fingerprint =
    cache_codec<T>::print(type_print{}.add("1")).value;

namespace detail {

/// A value as the shared tier keeps it. `name` is the full name of its key.
[[nodiscard]] std::string seal(std::uint64_t fingerprint, std::string_view name,
                               std::string_view value);

/// The value's bytes, or nothing when anything at all does not match. Lifetime: of `sealed`.
[[nodiscard]] std::optional<std::span<const std::byte>> unseal(std::uint64_t fingerprint,
                                                               std::string_view name,
                                                               std::string_view sealed) noexcept;

/// Nothing when the bytes are not one `T` and nothing else.
template <class T>
[[nodiscard]] bool decode_cached(std::span<const std::byte> wire, T& out) {
    cache_reader from{wire};
    cache_codec<T>::decode(from, out);
    return !from.failed() && from.left() == 0;
}

}  // namespace detail

}  // namespace honeydue
