// SPDX-License-Identifier: MIT
// The twelve models of the reference system, in the order of migrations/000001_init.sql.
#pragma once

#include "admin.hpp"
#include "auth.hpp"
#include "authtoken.hpp"
#include "contractor.hpp"
#include "documents.hpp"
#include "notification.hpp"
#include "residence.hpp"
#include "subscription.hpp"
#include "task.hpp"
#include "user.hpp"
