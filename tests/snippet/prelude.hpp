// SPDX-License-Identifier: MIT
// What stands before the body snippets of the documents: the library, the reference models, names.
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <honeydue/honeydue.hpp>
#include <honeydue/redis.hpp>

#include "reference/reference.hpp"

namespace hd = honeydue;
using hd::col;
