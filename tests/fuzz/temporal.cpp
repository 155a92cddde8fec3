// SPDX-License-Identifier: MIT
// Arbitrary bytes as days, times and spans of time, and arbitrary text as them.
#include <chrono>

#include "survivor.hpp"

using namespace honeydue;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (fuzz::means_text(data, size)) {
        return fuzz::parse_one_of<date, timestamp, timestamptz, time_of_day, timetz, interval>(
            data, size);
    }
    return fuzz::survive_one_of<date, timestamp, timestamptz, time_of_day, timetz, interval,
                                std::chrono::sys_time<std::chrono::microseconds>,
                                std::chrono::local_time<std::chrono::microseconds>,
                                std::chrono::sys_days, std::chrono::year_month_day,
                                std::chrono::microseconds>(data, size);
}
