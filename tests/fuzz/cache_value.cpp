// SPDX-License-Identifier: MIT
// Arbitrary bytes in place of what the shared tier keeps: they are no value, or exactly one, and
// what is read as one is written back as the same bytes.
#include <honeydue/cache_value.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace honeydue;

namespace fuzzed {

struct part {
    std::int32_t number = 0;
    std::optional<std::string> word{};
};

struct whole {
    id<part> key{};
    std::string name{};
    bool flag = false;
    double ratio = 0;
    numeric price{};
    timestamptz when{};
    date day{};
    uuid mark{};
    std::vector<part> parts{};
    std::optional<std::vector<std::vector<std::int16_t>>> numbers{};
    std::tuple<std::uint8_t, std::string> pair{};
};

}  // namespace fuzzed

namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class T>
void read_and_write(std::span<const std::byte> input) {
    T value{};
    if (!detail::decode_cached(input, value)) return;
    std::string again;
    cache_writer to{again};
    cache_codec<T>::encode(value, to);
    if (again != text_of(input)) std::abort();
}

// Both ends of the envelope: raw bytes, and the bytes inside a sound one.
void open(std::span<const std::byte> input) {
    constexpr auto print = cache_fingerprint<fuzzed::whole>;
    if (const auto inside = detail::unseal(print, "key", text_of(input))) {
        read_and_write<fuzzed::whole>(*inside);
    }
    const auto sealed = detail::seal(print, "key", text_of(input));
    if (!detail::unseal(print, "key", sealed)) std::abort();
    if (detail::unseal(cache_fingerprint<fuzzed::part>, "key", sealed)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span input{reinterpret_cast<const std::byte*>(data), size};
    open(input);
    read_and_write<fuzzed::whole>(input);
    read_and_write<std::vector<fuzzed::part>>(input);
    read_and_write<std::vector<std::optional<bool>>>(input);
    read_and_write<std::string>(input);
    return 0;
}
