// SPDX-License-Identifier: MIT
// The door to queries. They say what is wanted and know no connection; the verbs take any executor.
#pragma once

#include <honeydue/aggregate.hpp>  // count, sum …, filter, windows
#include <honeydue/condition.hpp>  // col<&T::member>, comparisons, logic, in, like, exists
#include <honeydue/function.hpp>   // arithmetic, coalesce, case_, cast, json, arrays, full text
#include <honeydue/insert.hpp>     // insert(row or range), insert<columns>(select), upsert
#include <honeydue/page.hpp>       // pages_of: pages by key, and their cursors
#include <honeydue/relation.hpp>   // with, with_many, count_many: what belongs to a row, with it
#include <honeydue/select.hpp>     // select<model>(), select<&model::column, …>()
#include <honeydue/source.hpp>     // alias, subquery, cte
#include <honeydue/update.hpp>     // update, delete_from
#include <honeydue/verbs.hpp>      // fetch_all, fetch_one, fetch_optional, execute, together
