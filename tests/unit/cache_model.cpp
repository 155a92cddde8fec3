// SPDX-License-Identifier: MIT
// Every interleaving of readers, writers and backplane messages in two processes over one key. The
// flights are the library's; the shared tier is the model the scripts are compared with. With every
// fence up no schedule leaves an old value behind; with one down the check must find those that do.
#include "cache_policy.hpp"
#include "shared_model.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace honeydue;
using support::shared_model;

namespace {

enum class fate { commits, rolls_back, dies_after_commit };

struct fences {
    bool lease = true;
    bool poison = true;
    bool intent = true;
    bool one_flag = false;      // all transactions share one intent
    bool lapses_early = false;  // a COMMIT may land after its intent has lapsed
};

struct scenario {
    fences up{};
    bool warm = true;
    std::vector<int> readers{0, 1};            // the process of each
    std::vector<fate> writers{fate::commits};  // the first in process 0, the next in 1
};

constexpr support::server_time window = 5000;
constexpr support::server_time lease_life = 3000;
constexpr support::server_time ttl = 1000000;

struct in_memory {
    int version;
    support::server_time until;
};

struct process {
    cache_policy::flight_book<int> flights{};
    std::optional<in_memory> entry{};
    std::size_t heard = 0;
    int returned = 0;  // the version of the last commit() that came back here
    bool alive = true;
};

struct reader {
    int at = 0;
    int pc = 0;
    int got = 0;
    int must_see = 0;
    support::server_time until = 0;
    std::shared_ptr<int> flight{};
};

struct writer {
    int at = 0;
    int pc = 0;
    int version = 0;
    fate ends = fate::commits;
};

constexpr int finished = 9;

// One state of the whole. Steps are numbered; a step that cannot be taken now answers false.
struct world {
    scenario setup;
    shared_model shared{};
    support::server_time now = 1;
    int committed = 0;
    bool lapsed = false;
    bool broke_own_read = false;
    std::string bus{};
    std::array<process, 2> processes{};
    std::vector<reader> readers{};
    std::vector<writer> writers{};

    explicit world(const scenario& of) : setup{of} {
        for (const int at : of.readers)
            readers.push_back({.at = at});
        for (std::size_t i = 0; i < of.writers.size(); ++i) {
            writers.push_back({.at = static_cast<int>(i % 2), .ends = of.writers[i]});
        }
        if (of.warm) store_in_shared("warm", 0);
    }

    static shared_model::place place() { return {"k", "f"}; }
    static std::string token(std::size_t number) { return "r" + std::to_string(number); }
    std::string transaction(std::size_t number) const {
        return setup.up.one_flag ? "tx" : "tx" + std::to_string(number);
    }

    bool store_in_shared(const std::string& by, int version) {
        shared.acquire(now, place(), by, lease_life, shared_model::acquire_mode::serve_old, "");
        return shared.fill(now, place(), by, std::to_string(version), ttl, "");
    }

    std::size_t steps() const { return readers.size() + writers.size() + processes.size() + 1; }

    bool take(std::size_t step) {
        if (step < readers.size()) return read(step);
        step -= readers.size();
        if (step < writers.size()) return write(step);
        step -= writers.size();
        if (step < processes.size()) return hear(processes[step]);
        return lapse();
    }

    bool read(std::size_t number) {
        auto& r = readers[number];
        auto& here = processes[static_cast<std::size_t>(r.at)];
        if (r.pc == finished || !here.alive) return false;
        switch (r.pc) {
            case 0:
                look_in_memory(r, here);
                break;
            case 1:
                ask_shared(number);
                break;
            case 2:
                load(r, here);
                break;
            case 3:
                fill(number);
                break;
            default:
                keep(r, here);
                break;
        }
        return true;
    }

    void end(reader& r, process& here) {
        if (r.got < r.must_see) broke_own_read = true;
        if (r.flight) static_cast<void>(here.flights.land("k", r.flight.get()));
        r.flight.reset();
        r.pc = finished;
    }

    void look_in_memory(reader& r, process& here) {
        r.must_see = here.returned;
        if (here.entry && here.entry->until > now) {
            r.got = here.entry->version;
            return end(r, here);
        }
        if (here.flights.under_way("k")) {
            r.got = committed;  // it will be what the leader brings, which is judged by itself
            return end(r, here);
        }
        r.flight = std::make_shared<int>(0);
        here.flights.begin("k", r.flight);
        r.pc = 1;
    }

    void ask_shared(std::size_t number) {
        auto& r = readers[number];
        r.pc = 2;
        r.until = 0;
        if (!setup.up.lease) {
            const auto held = shared.peek(now, "k", "f");
            if (held) r.got = std::stoi(*held);
            if (held) r.until = now + ttl, r.pc = 4;
            return;
        }
        const auto reply = shared.acquire(now, place(), token(number), lease_life,
                                          shared_model::acquire_mode::serve_old, "");
        if (reply.kind == support::acquire_kind::hit) {
            r.got = std::stoi(reply.value);
            r.until = now + reply.rest;
            r.pc = 4;
        }
        if (reply.kind == support::acquire_kind::granted) r.until = now + ttl;
    }

    void load(reader& r, process& here) {
        r.got = committed;
        if (setup.up.lease && r.until == 0) return end(r, here);
        r.pc = 3;
    }

    void fill(std::size_t number) {
        auto& r = readers[number];
        auto& here = processes[static_cast<std::size_t>(r.at)];
        const bool accepted = setup.up.lease ? shared.fill(now, place(), token(number),
                                                           std::to_string(r.got), ttl, "")
                                             : store_in_shared(token(number), r.got);
        if (!accepted) return end(r, here);
        r.until = now + ttl;
        r.pc = 4;
    }

    void keep(reader& r, process& here) {
        const bool clean = here.flights.land("k", r.flight.get());
        if (clean || !setup.up.poison) here.entry = in_memory{r.got, r.until};
        end(r, here);
    }

    bool write(std::size_t number) {
        auto& w = writers[number];
        auto& here = processes[static_cast<std::size_t>(w.at)];
        if (w.pc == finished || !here.alive) return false;
        switch (w.pc++) {
            case 0:
                intend(number);
                break;
            case 1:
                decide(number);
                break;
            case 2:
                tell(number);
                break;
            default:
                drop(here);
                here.returned = std::max(here.returned, w.version);
                w.pc = finished;
                break;
        }
        return true;
    }

    void intend(std::size_t number) {
        if (!setup.up.intent) return;
        shared.intend(now, {"k"}, {}, transaction(number), window);
        bus += 'I';
    }

    void decide(std::size_t number) {
        auto& w = writers[number];
        if (w.ends == fate::rolls_back) {
            if (setup.up.intent) shared.cancel(now, {"k"}, {}, transaction(number));
            w.pc = finished;
            return;
        }
        w.version = ++committed;
        if (w.ends != fate::dies_after_commit) return;
        w.pc = finished;
        processes[static_cast<std::size_t>(w.at)].alive = false;
    }

    void tell(std::size_t number) {
        shared.done(now, {"k"}, {}, transaction(number), shared_model::own_intent::removed, "");
        bus += 'D';
    }

    void drop(process& here) {
        here.entry.reset();
        if (setup.up.poison) here.flights.poison("k");
    }

    bool hear(process& here) {
        if (!here.alive || here.heard == bus.size()) return false;
        if (bus[here.heard++] == 'D') {
            drop(here);
            return true;
        }
        if (here.entry) here.entry->until = std::min(here.entry->until, now + window);
        if (setup.up.poison) here.flights.poison("k");
        return true;
    }

    // The window is chosen longer than any transaction: nobody is between intent and done then.
    bool lapse() {
        const auto waiting = [this](const writer& w) {
            return w.pc != 0 && w.pc != finished && processes[static_cast<std::size_t>(w.at)].alive;
        };
        if (lapsed || (!setup.up.lapses_early && std::ranges::any_of(writers, waiting)))
            return false;
        if (!setup.up.intent) return false;
        lapsed = true;
        now += window + 1;
        return true;
    }

    bool is_stale() const {
        const auto late = now + window + 1;
        const auto held = shared.peek(late, "k", "f");
        if (held && std::stoi(*held) < committed) return true;
        return std::ranges::any_of(processes, [&](const process& p) {
            return p.alive && p.entry && p.entry->until > late && p.entry->version < committed;
        });
    }

    std::string summary() const {
        std::string text = shared.summary(now) + bus + std::to_string(committed);
        text += lapsed ? 'L' : 'l';
        text += broke_own_read ? 'B' : 'b';
        for (const auto& p : processes) {
            text += '|' + std::to_string(p.heard) + std::to_string(p.returned);
            text += p.alive ? 'a' : 'x';
            if (p.entry) text += std::to_string(p.entry->version) + life(p.entry->until);
        }
        for (const auto& r : readers) {
            text += '/' + std::to_string(r.pc) + std::to_string(r.got) + std::to_string(r.must_see);
            text += life(r.until);
            const auto& flights = processes[static_cast<std::size_t>(r.at)].flights;
            if (r.flight) text += flights.under_way("k") == r.flight ? 'f' : 'p';
        }
        for (const auto& w : writers)
            text += '!' + std::to_string(w.pc) + std::to_string(w.version);
        return text;
    }

    std::string life(support::server_time until) const {
        return until <= now ? "-" : until > now + window ? "*" : "+";
    }
};

struct tally {
    double schedules = 0;
    double stale = 0;
    double own_reads_broken = 0;

    double share() const { return stale / schedules; }
};

class explorer {
public:
    tally explore(const world& from) {
        auto key = from.summary();
        if (const auto known = known_.find(key); known != known_.end()) return known->second;
        tally all;
        for (std::size_t step = 0; step < from.steps(); ++step) {
            auto next = from;
            if (!next.take(step)) continue;
            const auto part = explore(next);
            all.schedules += part.schedules;
            all.stale += part.stale;
            all.own_reads_broken += part.own_reads_broken;
        }
        if (all.schedules == 0) all = verdict(from);
        known_.emplace(std::move(key), all);
        return all;
    }

private:
    static tally verdict(const world& settled) {
        return {1, settled.is_stale() ? 1.0 : 0.0, settled.broke_own_read ? 1.0 : 0.0};
    }

    std::unordered_map<std::string, tally> known_;
};

tally check(const scenario& of) {
    const auto found = explorer{}.explore(world{of});
    UNSCOPED_INFO(found.schedules << " schedules, " << 100 * found.share() << " % stale, "
                                  << found.own_reads_broken << " broke their own read");
    return found;
}

}  // namespace

TEST_CASE("no schedule leaves an old value behind when every fence is up", "[cache]") {
    for (const bool warm : {true, false}) {
        for (const auto ends : {fate::commits, fate::dies_after_commit, fate::rolls_back}) {
            const auto found = check({.warm = warm, .writers = {ends}});
            CHECK(found.schedules > 1000);
            CHECK(found.stale == 0);
            CHECK(found.own_reads_broken == 0);
        }
    }
}

TEST_CASE("no schedule of two writers leaves an old value behind", "[cache]") {
    for (const auto second : {fate::commits, fate::rolls_back}) {
        const auto found = check({.readers = {1}, .writers = {fate::dies_after_commit, second}});
        CHECK(found.stale == 0);
        CHECK(found.own_reads_broken == 0);
    }
}

TEST_CASE("two readers and two writers, every schedule", "[.][cache][long]") {
    for (const bool warm : {true, false}) {
        for (const auto first : {fate::commits, fate::dies_after_commit}) {
            for (const auto second : {fate::commits, fate::rolls_back}) {
                const auto found = check({.warm = warm, .writers = {first, second}});
                CHECK(found.stale == 0);
                CHECK(found.own_reads_broken == 0);
            }
        }
    }
}

TEST_CASE("without the lease the check finds stale schedules", "[cache]") {
    CHECK(check({.up = {.lease = false, .intent = false}, .warm = false}).stale > 0);
}

TEST_CASE("without the poison the check finds stale schedules", "[cache]") {
    CHECK(check({.up = {.poison = false, .intent = false}, .warm = true}).stale > 0);
    CHECK(check({.up = {.poison = false, .intent = false}, .warm = false}).stale > 0);
}

TEST_CASE("without the intent every death after COMMIT leaves a warm value stale", "[cache]") {
    const auto found =
        check({.up = {.intent = false}, .warm = true, .writers = {fate::dies_after_commit}});
    CHECK(found.stale == found.schedules);
}

TEST_CASE("one intent for all transactions is not enough", "[cache]") {
    const std::vector<fate> both{fate::dies_after_commit, fate::rolls_back};
    CHECK(check({.up = {.one_flag = true}, .warm = false, .readers = {1}, .writers = both}).stale >
          0);
    CHECK(
        check({.up = {.one_flag = false}, .warm = false, .readers = {1}, .writers = both}).stale ==
        0);
}

TEST_CASE("a COMMIT that lands after its intent has lapsed is the double fault it is said to be",
          "[cache]") {
    const scenario late{.up = {.lapses_early = true}, .writers = {fate::dies_after_commit}};
    CHECK(check(late).stale > 0);
}
