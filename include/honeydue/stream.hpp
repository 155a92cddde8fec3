// SPDX-License-Identifier: MIT
// A result as a range: its rows come one by one as they are asked for, and few are held. Where one
// function takes them all, for_each of verbs.hpp is the shorter way.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include <honeydue/error.hpp>
#include <honeydue/rows.hpp>
#include <honeydue/statement.hpp>

namespace honeydue {

/// What an executor's `pull` gives: the parts of one statement's result. Gone before its end, it
/// reads past what has arrived; when more is to come, the server is told to stop, and the
/// connection is closed.
class part_source {
public:
    part_source() = default;
    part_source(const part_source&) = delete;
    part_source& operator=(const part_source&) = delete;
    virtual ~part_source() = default;

    /// The next part, which has rows; nothing behind the last, nor behind an error.
    /// Errors: as `connection::run`; of the statement, after parts were given, too.
    [[nodiscard]] virtual result<std::optional<rows>> next() = 0;
};

/// The rows of one statement, once, in the order of the server. Each is a `result`: an error is the
/// last, behind the rows that came before it; libpq 17 and later read 256 at a time, and drop what
/// an error of the server cuts off from a full part. Nothing is sent before `begin()`. Thread: the
/// one that called `begin()`, to the end. Lifetime: the executor outlives it and stays in its
/// place; a std::string_view in a row lasts until the next. Cost: 1 round trip.
template <class Row>
class [[nodiscard]] row_stream {
public:
    row_stream(std::unique_ptr<part_source> parts, effect does) noexcept
        : parts_{std::move(parts)}, does_{does} {}

    class iterator {
    public:
        using value_type = result<Row>;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;

        iterator() = default;
        explicit iterator(row_stream& over) noexcept : over_{&over} {}

        [[nodiscard]] result<Row>& operator*() const noexcept { return *over_->current_; }
        [[nodiscard]] result<Row>* operator->() const noexcept { return &*over_->current_; }
        iterator& operator++() {
            over_->advance();
            return *this;
        }
        void operator++(int) { over_->advance(); }

        friend bool operator==(const iterator& at, std::default_sentinel_t) noexcept {
            return at.is_over();
        }

    private:
        [[nodiscard]] bool is_over() const noexcept { return !over_->current_; }

        row_stream* over_ = nullptr;
    };

    /// Sends the statement and waits for the first row. Called again, it goes on where the last one
    /// stands.
    [[nodiscard]] iterator begin() {
        if (!std::exchange(begun_, true)) advance();
        return iterator{*this};
    }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    void advance() {
        const bool over = current_ && !*current_;
        current_.reset();
        if (over || parts_ == nullptr) return;
        for (; at_ == part_.size(); at_ = 0) {
            auto next = parts_->next();
            if (!next) return end_with(std::move(next.error()));
            if (!*next) return parts_.reset();
            part_ = std::move(**next);
            if (auto met = decoder_.meet(part_); !met) return unread(std::move(met.error()));
        }
        current_.emplace();
        if (auto read = decoder_.read(part_, at_++, **current_); !read)
            unread(std::move(read.error()));
    }

    /// What cannot be read after a write: the write may stand.
    void unread(error why) {
        if (does_ != effect::reads) why = std::move(why).with(outcome::may_have_run);
        end_with(std::move(why));
    }
    void end_with(error why) {
        parts_.reset();
        current_.emplace(tl::unexpected{std::move(why)});
    }

    std::unique_ptr<part_source> parts_;
    rows part_;
    detail::row_decoder<Row> decoder_;
    std::optional<result<Row>> current_;
    std::size_t at_ = 0;
    effect does_;
    bool begun_ = false;
};

}  // namespace honeydue
