// SPDX-License-Identifier: MIT
// Four accounts to move money between, and a pool to do it with.
#pragma once

#include <cstdint>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>

#include "pool_setting.hpp"
#include "reach.hpp"

namespace honeydue::support {

inline std::string text(const rows& from) {
    std::string value;
    REQUIRE(decode(from.at(0, 0), value) == codec_fault::none);
    return value;
}

/// Tables of its own, emptied when made: account 1 to 4, transfers to them, and commit tokens.
class ledger {
public:
    ledger() {
        for (const char* sql :
             {"create table if not exists ledger_account (id integer primary key, balance bigint)",
              "create table if not exists ledger_transfer (account_id integer references "
              "ledger_account (id) deferrable initially deferred, amount bigint)",
              "create table if not exists honeydue_commit (token uuid primary key, claimed "
              "boolean not null default false, created_at timestamptz not null default now())",
              "truncate ledger_account, ledger_transfer, honeydue_commit",
              "insert into ledger_account select n, 0 from generate_series(1, 4) n"}) {
            must(direct_.run(runtime(sql)));
        }
    }

    [[nodiscard]] static statement pay(int account, std::int64_t amount) {
        return runtime("update ledger_account set balance = balance + $2 where id = $1", account,
                       amount);
    }

    /// Well until the transaction ends: its foreign key is checked then.
    [[nodiscard]] static statement pay_unknown(int account) {
        return runtime("insert into ledger_transfer values ($1, 1)", account);
    }

    /// "10 0 0 0"
    [[nodiscard]] std::string balances() const {
        return text(must(direct_.run(
            runtime("select string_agg(balance::text, ' ' order by id) from ledger_account"))));
    }

private:
    mutable connection direct_ = must(connection::open(reach(test_environment::shared().direct())));
};

}  // namespace honeydue::support
