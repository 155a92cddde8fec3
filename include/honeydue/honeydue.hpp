// SPDX-License-Identifier: MIT
// The door: what most programs need, in reading order. redis.hpp, a component of its own, is opened
// by name.
#pragma once

// clang-format off
#include <honeydue/error.hpp>        // every failure is a value: error, errc, sqlstate, result<T>
#include <honeydue/types.hpp>        // id, foreign_key, temporal and network types, uuid, json, numeric
#include <honeydue/codec.hpp>        // one C++ value to and from one PostgreSQL value
#include <honeydue/array.hpp>        // std::vector<T> and PostgreSQL arrays
#include <honeydue/range.hpp>        // range<T> and PostgreSQL ranges
#include <honeydue/composite.hpp>    // one value of several columns, named or not
#include <honeydue/enumeration.hpp>  // enums by label, as a PostgreSQL type, as an integer
#include <honeydue/json.hpp>         // documents through the members of a struct
#include <honeydue/model.hpp>        // a plain struct is a table
#include <honeydue/statement.hpp>    // SQL text and binary parameters; runtime(…)
#include <honeydue/rows.hpp>         // a received result; decode<T>
#include <honeydue/query.hpp>        // select, insert, update, delete_from, conditions, verbs
#include <honeydue/sql.hpp>          // sql<"…">: SQL as you write it, read while compiling
#include <honeydue/schema.hpp>       // models beside the live catalog, and their tables as SQL
#include <honeydue/trace.hpp>        // round trips: counting and budgets
#include <honeydue/endpoint.hpp>     // where to connect, and as whom
#include <honeydue/connection.hpp>   // one direct connection
#include <honeydue/advisory_lock.hpp>  // a session's lock, for the length of a scope
#include <honeydue/copy.hpp>         // binary COPY, in and out
#include <honeydue/listener.hpp>     // notifications, and the gaps between them
#include <honeydue/pool.hpp>         // connections that are warm before the first request
#include <honeydue/batch.hpp>        // several statements, all or nothing, in one round trip
#include <honeydue/transaction.hpp>  // transactions of dependent steps
#include <honeydue/cache.hpp>        // query results in memory, invalidated by COMMIT
#include <honeydue/migration.hpp>    // goose's files and goose's table
// clang-format on
