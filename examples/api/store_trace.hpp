// SPDX-License-Identifier: MIT
// What the store does, noted as steps of the request that this thread serves.
#pragma once

#include <chrono>
#include <utility>

#include <honeydue/honeydue.hpp>

#include "request_record.hpp"

namespace api {

namespace hd = honeydue;

/// Notes each call to the database.
class call_observer final : public hd::observer {
public:
    void on_call(const hd::call_event& event) noexcept override;
};

/// Notes a look into a cache, less what its load takes.
class noted_lookup {
public:
    explicit noted_lookup(const char* cache) : cache_{cache} {}

    template <class Loader>
    [[nodiscard]] auto load(Loader& loader) {
        const auto began = clock::now();
        auto loaded = loader();
        loading_ += clock::now() - began;
        return loaded;
    }

    void end(std::string_view outcome) const;

private:
    using clock = std::chrono::steady_clock;

    const char* cache_;
    clock::time_point began_ = clock::now();
    std::chrono::nanoseconds loading_{};
};

/// `cache.get_or_load`, as a step of the request.
template <class Key, class T, class Loader>
[[nodiscard]] hd::result<hd::cached<T>> look_up(const char* name, hd::cache<Key, T>& cache,
                                                const Key& key, Loader&& loader) {
    noted_lookup noted{name};
    auto found = cache.get_or_load(key, [&] { return noted.load(loader); });
    noted.end(found ? hd::name(found->source()) : "failed");
    return found;
}

}  // namespace api
