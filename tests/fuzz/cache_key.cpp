// SPDX-License-Identifier: MIT
// Two keys made of arbitrary bytes have the same name only when they are the same key.
#include <honeydue/cache_key.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <tuple>

using namespace honeydue;

namespace {

using key = std::tuple<std::string, std::optional<std::int16_t>, std::string, std::uint8_t>;

// Takes parts off the front of the input; what is missing is empty.
class source {
public:
    source(const std::uint8_t* data, std::size_t size) : data_{data}, left_{size} {}

    std::uint8_t byte() {
        if (left_ == 0) return 0;
        --left_;
        return *data_++;
    }
    std::string text() {
        std::string taken;
        for (auto size = byte() % 8; size > 0; --size)
            taken += static_cast<char>(byte());
        return taken;
    }
    key whole() {
        auto first = text();
        std::optional<std::int16_t> number;
        if (byte() % 2 == 0) number = static_cast<std::int16_t>(byte() << 8 | byte());
        auto second = text();
        return {std::move(first), number, std::move(second), byte()};
    }

private:
    const std::uint8_t* data_;
    std::size_t left_;
};

std::string name_of(const key& of) {
    std::string name{"cache\0", 6};
    cache_writer to{name};
    detail::write_key(of, to);
    detail::shorten_name(name, 6);
    return name;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    source from{data, size};
    const auto first = from.whole();
    const auto second = from.whole();
    if ((first == second) != (name_of(first) == name_of(second))) std::abort();
    return 0;
}
