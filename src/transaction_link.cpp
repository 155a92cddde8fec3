// SPDX-License-Identifier: MIT
// The two kinds of connection a transaction can have.
#include "transaction_link.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include <honeydue/transaction.hpp>

namespace honeydue::detail {

namespace {

class pooled_link final : public transaction_link {
public:
    pooled_link(pool& from, lease lent) : pool_{from}, lease_{std::move(lent)} {}

    result<std::vector<rows>> run(std::span<const statement> group, const sending& how) override {
        return lease_->run(group, how);
    }
    result<void> stream(const statement& one, row_sink sink, const sending& how) override {
        return lease_->stream(one, sink, how);
    }
    std::unique_ptr<part_source> pull(statement one, const sending& how) override {
        return lease_->pull(std::move(one), how);
    }
    session_state state() const override {
        return lease_ ? lease_->state() : session_state::broken;
    }
    result<rows> elsewhere(const statement& question, deadline until) override {
        lease_.reset();
        return pool_.run(question, {.until = until});
    }
    void roll_back(deadline /*until*/) noexcept override { lease_.reset(); }

private:
    pool& pool_;
    std::optional<lease> lease_;
};

class direct_link final : public transaction_link {
public:
    explicit direct_link(connection& own) : connection_{own} {}

    result<std::vector<rows>> run(std::span<const statement> group, const sending& how) override {
        return connection_.run(group, how);
    }
    result<void> stream(const statement& one, row_sink sink, const sending& how) override {
        return connection_.stream(one, sink, how);
    }
    std::unique_ptr<part_source> pull(statement one, const sending& how) override {
        return connection_.pull(std::move(one), how);
    }
    session_state state() const override { return connection_.state(); }
    result<rows> elsewhere(const statement& question, deadline until) override {
        return elsewhere_(question, until);
    }
    void roll_back(deadline until) noexcept override { leave_idle(connection_, until); }

private:
    connection& connection_;
    ask_elsewhere elsewhere_ = elsewhere_of(connection_);
};

}  // namespace

void unlink::operator()(transaction_link* link) const noexcept { delete link; }

result<link_ptr> open_link(pool& from, deadline until) {
    auto lent = from.acquire(until);
    if (!lent) return tl::unexpected{std::move(lent.error())};
    return link_ptr{new pooled_link{from, std::move(*lent)}};
}

result<link_ptr> open_link(connection& own, deadline /*until*/) {
    if (own.state() != session_state::idle) {
        return fail(errc::refused,
                    "this connection is broken, busy or inside a transaction: a "
                    "transaction begins on one that is idle");
    }
    return link_ptr{new direct_link{own}};
}

statement control(std::string text, effect does) {
    return statement{std::move(text), {}, {}, does, place::anywhere};
}

const statement& roll_back_statement() {
    static const statement text = control("rollback");
    return text;
}

ask_elsewhere elsewhere_of(connection& lost) {
    auto other = std::make_shared<std::optional<connection>>();
    return [&lost, other](const statement& question, deadline until) -> result<rows> {
        if (!*other) {
            auto opened = lost.open_another(until);
            if (!opened) return tl::unexpected{std::move(opened.error())};
            *other = std::move(*opened);
        }
        auto answer = (*other)->run(question, {.until = until});
        if ((*other)->state() != session_state::idle) other->reset();
        return answer;
    };
}

std::chrono::microseconds retry_pause(int made) {
    constexpr std::int64_t longest = 1'000'000;
    thread_local std::minstd_rand random{std::random_device{}()};
    const std::int64_t most = std::min(longest, std::int64_t{10'000} << std::min(made, 10));
    return std::chrono::microseconds{std::uniform_int_distribution<std::int64_t>{0, most}(random)};
}

}  // namespace honeydue::detail
