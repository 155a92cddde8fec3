// byte_writer&) SPDX-License-Identifier: MIT A codec is told what it lacks.
// expect: this honeydue::codec cannot send: it lacks static codec_fault encode(const T&,
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
    static constexpr std::string_view sql_name = "integer";
#ifdef HONEYDUE_FIXED
    static honeydue::codec_fault encode(const app::colour& value, honeydue::byte_writer& to) {
        to.integer(value.number);
        return honeydue::codec_fault::none;
    }
#endif
};

void send(honeydue::parameters& to) { to.add(app::colour{1}); }
