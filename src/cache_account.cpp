// SPDX-License-Identifier: MIT
// The calls on a cache, and what each tells of itself where somebody observes.
#include <algorithm>
#include <chrono>

#include "cache_core.hpp"
#include "observers.hpp"

namespace honeydue::detail {

namespace {

/// What a call on a cache tells of itself, where somebody observes.
class account {
public:
    explicit account(const cache_core& of) : of_{of} {}

    void tell(cache_source source, std::uint64_t keys) const noexcept {
        detail::tell(cache_event{of_.name(), name(source), keys, took()});
    }
    void tell(const error& failure, std::uint64_t keys) const noexcept {
        detail::tell(cache_event{of_.name(), {}, keys, took(), &failure});
    }

private:
    [[nodiscard]] std::chrono::nanoseconds took() const noexcept {
        return std::chrono::steady_clock::now() - began_;
    }

    const cache_core& of_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

std::optional<erased_answer> glance(const cache_core& core, std::string_view name) {
    if (!is_observed()) return core.glance(name);
    const account of{core};
    auto hit = core.glance(name);
    if (hit) of.tell(hit->source, 1);
    return hit;
}

result<erased_answer> get(cache_core& core, const std::string& name, const one_loader& loader,
                          const cache_call& call) {
    if (!is_observed()) return core.get(name, loader, call);
    const account of{core};
    auto answer = core.get(name, loader, call);
    if (answer) {
        of.tell(answer->source, 1);
    } else {
        of.tell(answer.error(), 1);
    }
    return answer;
}

result<std::vector<erased_answer>> get_many(cache_core& core, const std::vector<std::string>& names,
                                            const many_loader& loader, const cache_call& call) {
    if (!is_observed()) return core.get_many(names, loader, call);
    const account of{core};
    auto answers = core.get_many(names, loader, call);
    if (!answers) {
        of.tell(answers.error(), names.size());
        return answers;
    }
    for (const auto source : {cache_source::memory, cache_source::shared, cache_source::loaded,
                              cache_source::stale, cache_source::bypass}) {
        const auto keys = std::ranges::count(*answers, source, &erased_answer::source);
        if (keys > 0) of.tell(source, static_cast<std::uint64_t>(keys));
    }
    return answers;
}

}  // namespace honeydue::detail
