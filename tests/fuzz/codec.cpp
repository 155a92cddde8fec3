// SPDX-License-Identifier: MIT
// Arbitrary bytes as scalars of every family but numeric's.
#include <chrono>
#include <string>

#include "survivor.hpp"

using namespace honeydue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::survive_one_of<bool, std::int16_t, std::int32_t, std::int64_t, float, double,
                                std::string, bytes, uuid, json, jsonb, date, timestamp, timestamptz,
                                time_of_day, timetz, interval, inet, cidr, macaddr,
                                std::chrono::sys_time<std::chrono::microseconds>,
                                std::chrono::year_month_day, std::chrono::microseconds>(data, size);
}
