// SPDX-License-Identifier: MIT
// The twelve models of the reference system, in the order of migrations/000001_init.sql.
#pragma once

#include "auth.hpp"
#include "user.hpp"
#include "authtoken.hpp"
#include "residence.hpp"
#include "contractor.hpp"
#include "task.hpp"
#include "documents.hpp"
#include "notification.hpp"
#include "subscription.hpp"
#include "admin.hpp"
