// SPDX-License-Identifier: MIT
// A benchmark that cannot begin says why and ends.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include <honeydue/error.hpp>

namespace honeydue::bench {

template <class T>
T must(result<T> answer) {
    if (answer) return std::move(*answer);
    std::fprintf(stderr, "%s\n", explain(answer.error()).c_str());
    std::exit(EXIT_FAILURE);
}

}  // namespace honeydue::bench
