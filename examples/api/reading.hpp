// SPDX-License-Identifier: MIT
// Numbers of the store for an exporter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace api {

struct reading {
    enum class kind : std::uint8_t { counter, gauge, histogram };

    std::string name;        ///< "db.client.connection.count"
    std::string attributes;  ///< "db.client.connection.state=idle,…"; or empty
    kind what = kind::gauge;
    double value = 0;                      ///< a histogram's sum
    std::vector<double> bounds{};          ///< a histogram's upper ones, inclusive, rising
    std::vector<std::uint64_t> buckets{};  ///< one more than `bounds`
};

}  // namespace api
