// SPDX-License-Identifier: MIT
// Statements that are read by the server and not run.
#include <honeydue/connection.hpp>

#include <utility>

#include "observers.hpp"
#include "session.hpp"

namespace honeydue {

namespace {

constexpr std::size_t answers_each = 2;  // to Parse, and to Describe

/// As the caller counts; the question is behind the last.
error counted_as_asked(error failure) {
    const std::size_t answer = failure.statement();
    return answer == 0 ? failure
                       : std::move(failure).at((answer + answers_each - 1) / answers_each);
}

std::vector<rows> only_columns(std::vector<rows> answers) {
    std::vector<rows> described;
    for (std::size_t i = 1; i < answers.size(); i += answers_each)
        described.push_back(std::move(answers[i]));
    described.push_back(std::move(answers.back()));
    return described;
}

}  // namespace

result<std::vector<rows>> connection::describe(std::span<const statement> asked,
                                               const statement& question, const sending& how) {
    const detail::call_scope call;
    return detail::noted(session_->server, describe_group(asked, question, how));
}

result<std::vector<rows>> connection::describe_group(std::span<const statement> asked,
                                                     const statement& question,
                                                     const sending& how) {
    session& own = *session_;
    if (auto may = own.may_begin(how.until, std::chrono::steady_clock::now()); !may)
        return tl::unexpected{std::move(may.error())};
    std::vector<std::string_view> texts;
    for (const statement& one : asked)
        texts.push_back(one.text());
    texts.push_back(question.text());
    auto began = detail::begin_round_trip(texts);
    if (!began) return tl::unexpected{std::move(began.error())};
    own.began = *began;
    own.group.emplace(how.until);
    if (auto sent = own.group->send_descriptions(own.raw(), asked, question); !sent) {
        own.end(session_state::broken);
        return tl::unexpected{std::move(sent.error())};
    }
    while (!answered()) {
        if (auto pumped = pump(*this, how.stop); !pumped)
            return tl::unexpected{std::move(pumped.error())};
    }
    return take().map(only_columns).map_error(counted_as_asked);
}

}  // namespace honeydue
