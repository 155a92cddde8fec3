// SPDX-License-Identifier: MIT
// The door to queries. They say what is wanted and know no connection; the verbs take any executor.
#pragma once

#include <honeydue/condition.hpp>  // col<&T::member>, comparisons, logic, in, order
#include <honeydue/select.hpp>     // select<model>(), select<&model::column, …>()
#include <honeydue/verbs.hpp>      // fetch_all, fetch_one, fetch_optional, execute, together
