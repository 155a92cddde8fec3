// SPDX-License-Identifier: MIT
// The door: every public header, in reading order.
#pragma once

#include <honeydue/array.hpp>        // std::vector<T> and PostgreSQL arrays
#include <honeydue/batch.hpp>        // several statements, all or nothing, in one round trip
#include <honeydue/codec.hpp>        // one C++ value to and from one PostgreSQL value
#include <honeydue/composite.hpp>    // one value of several columns, named or not
#include <honeydue/connection.hpp>   // one direct connection
#include <honeydue/endpoint.hpp>     // where to connect, and with what
#include <honeydue/enumeration.hpp>  // enums by label, as a PostgreSQL type, as an integer
#include <honeydue/error.hpp>        // every failure is a value: error, errc, sqlstate, result<T>
#include <honeydue/json.hpp>         // documents through the members of a struct
#include <honeydue/model.hpp>        // a plain struct is a table
#include <honeydue/pool.hpp>         // connections that are warm before the first request
#include <honeydue/query.hpp>        // select, conditions, verbs
#include <honeydue/range.hpp>        // range<T> and PostgreSQL ranges
#include <honeydue/rows.hpp>         // a received result; decode<T>
#include <honeydue/sql.hpp>          // SQL of your own text, read while compiling
#include <honeydue/statement.hpp>    // SQL text and binary parameters; runtime(…)
#include <honeydue/trace.hpp>        // round trips: counting and budgets
#include <honeydue/transaction.hpp>  // transactions of dependent steps
#include <honeydue/types.hpp>  // id, foreign_key, temporal and network types, uuid, json, numeric
