// SPDX-License-Identifier: MIT
// The numbers of the API in Prometheus' text format. A route is a label, a path never: there are
// as many paths as there are tasks.
#include "metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace api {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// "db.client.connection.count" is db_client_connection_count.
std::string plain_name(std::string_view name) {
    std::string text{name};
    const auto is_other = [](char c) {
        return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
    };
    std::replace_if(text.begin(), text.end(), is_other, '_');
    return text;
}

/// Of "name=value,…".
std::vector<ClientMetric::Label> labels_in(std::string_view attributes) {
    std::vector<ClientMetric::Label> all;
    while (!attributes.empty()) {
        const auto one = attributes.substr(0, attributes.find(','));
        attributes.remove_prefix(std::min(one.size() + 1, attributes.size()));
        const auto equals = std::min(one.find('='), one.size() - 1);
        all.push_back({plain_name(one.substr(0, equals)), std::string{one.substr(equals + 1)}});
    }
    return all;
}

MetricType type_of(reading::kind what) {
    return what == reading::kind::counter     ? MetricType::Counter
           : what == reading::kind::histogram ? MetricType::Histogram
                                              : MetricType::Gauge;
}

ClientMetric as_metric(const reading& one) {
    ClientMetric made;
    made.label = labels_in(one.attributes);
    made.counter.value = one.value;
    made.gauge.value = one.value;
    auto& histogram = made.histogram;
    histogram.sample_sum = one.value;
    for (std::size_t i = 0; i < one.buckets.size(); ++i) {
        histogram.sample_count += one.buckets[i];
        if (i < one.bounds.size())
            histogram.bucket.push_back({histogram.sample_count, one.bounds[i]});
    }
    return made;
}

std::vector<MetricFamily> families_of(const std::vector<reading>& readings) {
    std::map<std::string, MetricFamily> all;
    for (const reading& one : readings) {
        auto name = plain_name(one.name);
        if (one.what == reading::kind::counter) name += "_total";
        MetricFamily& family = all[name];
        family.name = name;
        family.help = one.name;
        family.type = type_of(one.what);
        family.metric.push_back(as_metric(one));
    }
    std::vector<MetricFamily> families;
    for (auto& [name, family] : all)
        families.push_back(std::move(family));
    return families;
}

const prometheus::Histogram::BucketBoundaries seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                      0.25,  0.5,    1,     2.5,  5,     10};
const prometheus::Histogram::BucketBoundaries trips{0, 1, 2, 3, 5, 10};

}  // namespace

struct metrics::state {
    std::function<std::vector<reading>()> others;
    prometheus::Registry registry{};
    prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                            .Name("honeydue_api_requests_total")
                                                            .Help("Requests answered")
                                                            .Register(registry);
    prometheus::Family<prometheus::Histogram>& durations =
        prometheus::BuildHistogram()
            .Name("honeydue_api_request_duration_seconds")
            .Help("From a request's header to the end of its answer")
            .Register(registry);
    prometheus::Family<prometheus::Histogram>& round_trips =
        prometheus::BuildHistogram()
            .Name("honeydue_api_request_round_trips")
            .Help("Waits for the database that a request consisted of")
            .Register(registry);
};

metrics::metrics(std::function<std::vector<reading>()> others)
    : state_{new state{std::move(others)}} {}
metrics::~metrics() = default;

void metrics::note(const request_record& served) {
    // Without a route the method is whatever somebody has sent.
    const bool is_known = !served.route.empty();
    const std::map<std::string, std::string> labels{{"method", is_known ? served.method : "other"},
                                                    {"route", is_known ? served.route : "none"}};
    auto counted = labels;
    counted["status"] = std::to_string(served.status);
    state_->requests.Add(counted).Increment();
    state_->durations.Add(labels, seconds)
        .Observe(std::chrono::duration<double>(served.took).count());
    state_->round_trips.Add(labels, trips).Observe(static_cast<double>(served.round_trips));
}

std::optional<std::string> metrics::text() const {
    auto families = state_->registry.Collect();
    for (auto& family : families_of(state_->others()))
        families.push_back(std::move(family));
    return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace api
