// SPDX-License-Identifier: MIT
// The numbers of the API in Prometheus' text format, by prometheus-cpp. Where that is not to be
// had the API is built with metrics_absent.cpp, and has none.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reading.hpp"
#include "request_record.hpp"

namespace api {

/// Thread: any.
class metrics {
public:
    /// `others` are read whenever somebody scrapes.
    explicit metrics(std::function<std::vector<reading>()> others);
    ~metrics();

    void note(const request_record& served);

    /// Nothing where the API is built without them.
    [[nodiscard]] std::optional<std::string> text() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace api
