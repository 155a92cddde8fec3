// SPDX-License-Identifier: MIT
// What every fuzz target of a codec asks: arbitrary bytes are read without a crash and without a
// look past the cell, and what was read goes back and comes again the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <honeydue/codec.hpp>

namespace honeydue::fuzz {

/// A copy that ends where its allocation ends, so that a look past it is seen.
class exact_cell {
public:
    exact_cell(const std::byte* data, std::size_t size)
        : bytes_{std::make_unique<std::byte[]>(size)}, size_{size} {
        std::copy_n(data, size, bytes_.get());
    }
    [[nodiscard]] cell get() const { return {bytes_.get(), static_cast<std::int32_t>(size_)}; }

private:
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_;
};

/// The bytes of `value`; empty when the server would not take it.
template <class T>
[[nodiscard]] parameters encoded(const T& value) {
    parameters one;
    one.add(value);
    return one;
}

template <class T>
void survive(cell from) {
    T first{};
    if (decode(from, first) != codec_fault::none) return;
    if constexpr (encodable<T>) {
        const parameters sent = encoded(first);
        if (sent.fault() != codec_fault::none) return;
        const auto wire = sent.wire().subspan(sizeof(std::int32_t));
        const exact_cell again{wire.data(), wire.size()};
        T second{};
        if (decode(again.get(), second) != codec_fault::none) std::abort();
        const parameters resent = encoded(second);
        const auto rewire = resent.wire().subspan(sizeof(std::int32_t));
        if (!std::equal(wire.begin(), wire.end(), rewire.begin(), rewire.end())) std::abort();
    }
}

/// What is read from text is spelled, read again and equal, and crosses the wire unchanged.
template <class T>
void survive_text(std::string_view text) {
    const auto read = T::parse(text);
    if (!read) return;
    const auto again = T::parse(read->text());
    if (!again || again->text() != read->text() || *again != *read) std::abort();
    const parameters sent = encoded(*read);
    if (sent.fault() != codec_fault::none) std::abort();
    const auto wire = sent.wire().subspan(sizeof(std::int32_t));
    const exact_cell from{wire.data(), wire.size()};
    T back{};
    if (decode(from.get(), back) != codec_fault::none || back != *read) std::abort();
}

/// Whether the input is to be read as text, by its first byte.
[[nodiscard]] inline bool means_text(const std::uint8_t* data, std::size_t size) {
    return size != 0 && data[0] >= 0x80;
}

/// Calls `each.operator()<Type>()` for the type that the first byte chooses.
template <class... Types, class Each>
void choose(std::uint8_t first, Each each) {
    std::size_t index = 0;
    const std::size_t chosen = first % 0x80 % sizeof...(Types);
    ((index++ == chosen ? each.template operator()<Types>() : void()), ...);
}

/// The first byte chooses among the types, the rest is the cell.
template <class... Types>
int survive_one_of(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const exact_cell from{reinterpret_cast<const std::byte*>(data) + 1, size - 1};
    choose<Types...>(data[0], [&]<class T>() { survive<T>(from.get()); });
    return 0;
}

/// The same with text.
template <class... Types>
int parse_one_of(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    choose<Types...>(data[0], [&]<class T>() { survive_text<T>(text); });
    return 0;
}

}  // namespace honeydue::fuzz
