// SPDX-License-Identifier: MIT
// Events counted into histograms.
#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include <honeydue/trace.hpp>

namespace honeydue {

namespace {

constexpr std::array<double, 9> second_bounds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10};
constexpr std::array<double, 13> row_bounds = {1,   2,   5,    10,   20,   50,   100,
                                               200, 500, 1000, 2000, 5000, 10000};
constexpr std::array<double, 6> trip_bounds = {0, 1, 2, 3, 5, 10};

/// A kind of number that is kept in a histogram.
struct instrument {
    std::string_view name;
    std::string_view unit;
    std::span<const double> bounds;
};

constexpr instrument operation{"db.client.operation.duration", "s", second_bounds};
constexpr instrument returned{"db.client.response.returned_rows", "{row}", row_bounds};
constexpr instrument created{"db.client.connection.create_time", "s", second_bounds};
constexpr instrument waited{"db.client.connection.wait_time", "s", second_bounds};
constexpr instrument used{"db.client.connection.use_time", "s", second_bounds};
constexpr instrument trips{"honeydue.call.round_trips", "{round_trip}", trip_bounds};
constexpr instrument phases{"honeydue.handshake.duration", "s", second_bounds};
constexpr instrument cached{"honeydue.cache.duration", "s", second_bounds};

double seconds(std::chrono::duration<double> time) { return time.count(); }

/// The first word of the only statement; several are a batch.
std::string operation_of(const call_event& event) {
    if (event.statements > 1) return "BATCH";
    std::string word;
    if (event.texts.empty()) return word;
    for (const char c : event.texts.front()) {
        if (std::isalpha(static_cast<unsigned char>(c)) == 0) break;
        word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return word;
}

std::string blamed(const error* failure) {
    if (failure == nullptr) return {};
    const sqlstate state = failure->sqlstate();
    return fmt::format(",error.type={}", state.empty() ? name(failure->code()) : state.text());
}

std::string pool_name(std::string_view server) {
    return fmt::format("db.client.connection.pool.name={}", server);
}

}  // namespace

struct meter::series {
    mutable std::mutex guard;
    std::map<std::pair<std::string_view, std::string>, histogram> all;

    void count(const instrument& what, std::string attributes, double value) {
        const std::lock_guard lock{guard};
        histogram& into = all[{what.name, attributes}];
        if (into.buckets.empty()) {
            into = {.name = what.name,
                    .unit = what.unit,
                    .attributes = std::move(attributes),
                    .bounds = what.bounds,
                    .buckets = std::vector<std::uint64_t>(what.bounds.size() + 1)};
        }
        const auto bucket = std::ranges::lower_bound(into.bounds, value) - into.bounds.begin();
        ++into.buckets[static_cast<std::size_t>(bucket)];
        ++into.count;
        into.sum += value;
    }
};

meter::meter() : series_{new series} {}
meter::~meter() = default;

std::vector<histogram> meter::read() const {
    const std::lock_guard lock{series_->guard};
    std::vector<histogram> all;
    for (const auto& [key, one] : series_->all)
        all.push_back(one);
    return all;
}

void meter::on_call(const call_event& event) noexcept {
    const std::string what =
        fmt::format("db.system.name=postgresql,db.operation.name={}", operation_of(event));
    const auto took = event.queue + event.flight + event.decode;
    series_->count(operation, what + blamed(event.failure), seconds(took));
    series_->count(trips, what, static_cast<double>(event.round_trips));
    if (event.failure == nullptr) series_->count(returned, what, static_cast<double>(event.rows));
}

void meter::on_handshake(const handshake_event& event) noexcept {
    struct phase {
        std::string_view name;
        std::chrono::nanoseconds took;
    };
    const std::array<phase, 4> all = {{{"resolve", event.resolve},
                                       {"tcp", event.tcp},
                                       {"tls", event.tls},
                                       {"authentication", event.authentication}}};
    std::chrono::nanoseconds whole{};
    for (const phase& one : all) {
        whole += one.took;
        if (one.took.count() == 0) continue;
        series_->count(phases, fmt::format("phase={}", one.name), seconds(one.took));
    }
    series_->count(created, pool_name(event.server) + blamed(event.failure), seconds(whole));
}

void meter::on_loan(const loan_event& event) noexcept {
    const std::string whose = pool_name(event.server);
    series_->count(waited, whose + blamed(event.failure), seconds(event.wait));
    if (event.failure == nullptr) series_->count(used, whose, seconds(event.use));
}

void meter::on_cache(const cache_event& event) noexcept {
    const std::string from =
        event.failure == nullptr ? fmt::format(",honeydue.cache.source={}", event.source) : "";
    series_->count(
        cached, fmt::format("honeydue.cache.name={}{}{}", event.cache, from, blamed(event.failure)),
        seconds(event.took));
}

}  // namespace honeydue
