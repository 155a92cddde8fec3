// SPDX-License-Identifier: MIT
// Codecs of the network types. Source: src/backend/utils/adt/{network,mac}.c in
// PostgreSQL.
#pragma once

#include <string_view>

#include <honeydue/detail/wire.hpp>
#include <honeydue/network.hpp>

namespace honeydue {

/// A `cidr` column is read too: every network is a host's.
template <>
struct codec<inet> {
    static constexpr oid type = oids::inet;
    static constexpr oid array_type = oids::inet_array;
    static constexpr std::string_view sql_name = "inet";
    static constexpr bool accepts(oid received) noexcept {
        return received == type || received == oids::cidr;
    }
    static codec_fault encode(const inet& value, byte_writer& to);
    static codec_fault decode(cell from, inet& out) noexcept;
};

template <>
struct codec<cidr> {
    static constexpr oid type = oids::cidr;
    static constexpr oid array_type = oids::cidr_array;
    static constexpr std::string_view sql_name = "cidr";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(const cidr& value, byte_writer& to);
    static codec_fault decode(cell from, cidr& out) noexcept;
};

template <>
struct codec<macaddr> {
    static constexpr oid type = oids::macaddr;
    static constexpr oid array_type = oids::macaddr_array;
    static constexpr std::string_view sql_name = "macaddr";
    static constexpr bool accepts(oid received) noexcept { return received == type; }
    static codec_fault encode(const macaddr& value, byte_writer& to);
    static codec_fault decode(cell from, macaddr& out) noexcept;
};

}  // namespace honeydue
