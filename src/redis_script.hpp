// SPDX-License-Identifier: MIT
// The protocol as Redis runs it: one script a step. docs/cache.md says what each is for; the tests
// compare them with a model, answer by answer.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace honeydue {

enum class redis_script : std::size_t {
    hello,
    renew,
    acquire,
    fill,
    release,
    intend,
    done,
    cancel
};
inline constexpr std::size_t redis_script_count = 8;

[[nodiscard]] const std::string& text_of(redis_script script);

}  // namespace honeydue
