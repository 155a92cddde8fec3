// SPDX-License-Identifier: MIT
// The reference schema into a test database, by the library's own migrator.
#pragma once

#include "program.hpp"

#include <honeydue/migration.hpp>

#include <string>

namespace honeydue::support {

// Into the database the environment (DB_HOST …) names; a pooler must not stand before it.
// Errors: server_error naming the file.
inline void apply_migrations(const std::string& directory) {
    auto migrator = honeydue::migrator::open(endpoint::from_env(), directory);
    if (!migrator) throw server_error(explain(migrator.error()));
    const auto report = migrator->up();
    if (!report.failed) return;
    throw server_error(report.failed->file + ": " + explain(report.failed->why));
}

}  // namespace honeydue::support
