// SPDX-License-Identifier: MIT
// The envelope of a value in the shared tier: magic, format, fingerprint, key hash, checksum,
// length.
#include <honeydue/cache_value.hpp>

#include <honeydue/cache_key.hpp>

#include <algorithm>

namespace honeydue {

std::span<const std::byte> cache_reader::take(std::size_t size) noexcept {
    if (size > from_.size()) {
        fail();
        return {};
    }
    const auto taken = from_.first(size);
    from_ = from_.subspan(size);
    return taken;
}

void cache_codec<uuid>::decode(cache_reader& from, uuid& out) {
    const auto data = from.take(out.bytes.size());
    std::ranges::copy(data, out.bytes.begin());
}

void cache_codec<numeric>::decode(cache_reader& from, numeric& out) {
    std::string text;
    cache_codec<std::string>::decode(from, text);
    auto parsed = numeric::parse(text);
    if (!parsed || parsed->text() != text) {
        from.fail();
        return;
    }
    out = std::move(*parsed);
}

namespace detail {

namespace {

constexpr std::uint16_t magic = 0x6864;  // "hd"
constexpr std::uint16_t format = 1;

}  // namespace

std::string seal(std::uint64_t fingerprint, std::string_view name, std::string_view value) {
    std::string sealed;
    sealed.reserve(32 + value.size());
    cache_writer to{sealed};
    to.integer(magic);
    to.integer(format);
    to.integer(fingerprint);
    to.integer(stable_hash(name));
    to.integer(stable_hash(value));
    to.text(value);
    return sealed;
}

std::optional<std::span<const std::byte>> unseal(std::uint64_t fingerprint, std::string_view name,
                                                 std::string_view sealed) noexcept {
    cache_reader from{std::as_bytes(std::span{sealed.data(), sealed.size()})};
    const bool ours = from.integer<std::uint16_t>() == magic &&
                      from.integer<std::uint16_t>() == format &&
                      from.integer<std::uint64_t>() == fingerprint &&
                      from.integer<std::uint64_t>() == stable_hash(name);
    const auto checksum = from.integer<std::uint64_t>();
    const auto value = from.sized();
    if (!ours || from.failed() || from.left() != 0) return std::nullopt;
    const std::string_view text{reinterpret_cast<const char*>(value.data()), value.size()};
    if (stable_hash(text) != checksum) return std::nullopt;
    return value;
}

}  // namespace detail

}  // namespace honeydue
