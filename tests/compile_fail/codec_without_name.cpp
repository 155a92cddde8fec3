// SPDX-License-Identifier: MIT
// expect: this honeydue::codec lacks its static constexpr oid type or std::string_view sql_name
// A codec is told what it lacks.
#include <cstdint>
#include <string_view>

#include <honeydue/codec.hpp>

namespace app {
struct colour {
    std::int32_t number = 0;
};
}  // namespace app

template <>
struct honeydue::codec<app::colour> {
    static constexpr oid type = oids::int4;
    static honeydue::codec_fault encode(const app::colour& value, honeydue::byte_writer& to) {
        to.integer(value.number);
        return honeydue::codec_fault::none;
    }
#ifdef HONEYDUE_FIXED
    static constexpr std::string_view sql_name = "integer";
#endif
};

void send(honeydue::parameters& to) { to.add(app::colour{1}); }
