// SPDX-License-Identifier: MIT
// One process of the chaos run: readers and a writer over one cache.
#pragma once

#include "register.hpp"

namespace chaos {

// Until the board says that it is over. `port` is the wire to Redis.
int work(int port, board& shared);

}  // namespace chaos
