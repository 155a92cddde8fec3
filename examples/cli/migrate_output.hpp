// SPDX-License-Identifier: MIT
// What `honeydue migrate` says: lines for people on standard output, complaints on standard error;
// with --json one document instead.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <honeydue/migration.hpp>

namespace cli {

enum class format { lines, json };

/// Progress, while a command is at work.
void tell_done(const honeydue::migration_done& done);

/// Each answers the exit code.
int show(const honeydue::migration_report& report, format how);
int show(const std::vector<honeydue::migration_status>& files, format how);
int show(const std::vector<honeydue::migration_drift>& drift, format how);
int show(const std::vector<honeydue::migration_warning>& warnings, format how);
int show_version(std::int64_t version, format how);
int show_path(std::string_view path, format how);
int refuse(const honeydue::error& why, format how);

}  // namespace cli
