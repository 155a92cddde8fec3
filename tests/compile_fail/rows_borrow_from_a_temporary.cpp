// SPDX-License-Identifier: MIT
// expect: this row points into an answer that is gone before it
#include <honeydue/rows.hpp>

#include <string>
#include <string_view>
#include <tuple>

namespace app {
struct note {
    int number = 0;
    std::string_view text;
};
}  // namespace app

honeydue::rows answer();

#ifdef HONEYDUE_FIXED
const honeydue::rows kept = answer();
const auto notes = honeydue::decode<app::note>(kept);
const auto owned = honeydue::decode<std::tuple<int, std::string>>(answer());
#else
const auto notes = honeydue::decode<app::note>(answer());
#endif
