// SPDX-License-Identifier: MIT
// Matchers for tests with Catch2 (3 or later): what a piece of code costs on the wire. Not behind
// the door, for honeydue needs no Catch2; without it on the include path this file is empty.
#pragma once

#if __has_include(<catch2/matchers/catch_matchers_templated.hpp>)

#include <cstdint>
#include <string>
#include <vector>

#include <catch2/matchers/catch_matchers_templated.hpp>

#include <honeydue/trace.hpp>

namespace honeydue {

namespace detail {

/// "[select 1] in 3, [select 2] in 1", or "nothing".
[[nodiscard]] inline std::string listed(const std::vector<repetition>& sent) {
    std::string line;
    for (const repetition& one : sent) {
        if (!line.empty()) line += ", ";
        line += "[" + one.text + "] in " + std::to_string(one.round_trips);
    }
    return line.empty() ? "nothing" : line;
}

}  // namespace detail

/// Matches a callable that waits for the server so often when called: CHECK_THAT([&] { page(db); },
/// takes_round_trips(1)). When it does not, the texts are listed. Thread: as `round_trips`.
class takes_round_trips final : public Catch::Matchers::MatcherGenericBase {
public:
    explicit takes_round_trips(std::uint64_t expected) : expected_{expected} {}

    template <class Callable>
    [[nodiscard]] bool match(Callable&& call) const {
        const repeated_statements sent{0};
        const round_trips counted;
        static_cast<void>(call());
        taken_ = counted.count();
        sent_ = sent.found();
        return taken_ == expected_;
    }

    [[nodiscard]] std::string describe() const override {
        return "takes " + std::to_string(expected_) + " round trip(s); it took " +
               std::to_string(taken_) + ": " + detail::listed(sent_);
    }

private:
    std::uint64_t expected_;
    mutable std::uint64_t taken_ = 0;
    mutable std::vector<repetition> sent_;
};

/// Matches a callable that sends no text in more round trips than `limit`: what is asked once for
/// each row of something does not match.
class repeats_no_statement final : public Catch::Matchers::MatcherGenericBase {
public:
    explicit repeats_no_statement(std::uint64_t limit = 1) : limit_{limit} {}

    template <class Callable>
    [[nodiscard]] bool match(Callable&& call) const {
        const repeated_statements sent{limit_};
        static_cast<void>(call());
        repeated_ = sent.found();
        return repeated_.empty();
    }

    [[nodiscard]] std::string describe() const override {
        return "repeats no statement in more than " + std::to_string(limit_) +
               " round trip(s); it sent " + detail::listed(repeated_);
    }

private:
    std::uint64_t limit_;
    mutable std::vector<repetition> repeated_;
};

}  // namespace honeydue

#endif
