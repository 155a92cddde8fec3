// SPDX-License-Identifier: MIT
// Two replicas of the API and two workers while all around them fails: chaos_api [--seconds N]
// [--seed S].
#include "chaos/arguments.hpp"
#include "chaos_api/crew.hpp"
#include "chaos_api/fleet.hpp"
#include "chaos_api/report.hpp"

#include "interruption.hpp"
#include "test_environment.hpp"

#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string_view>

namespace {

using namespace honeydue::chaos;
using honeydue::support::server_error;
using std::chrono::seconds;
using clock = std::chrono::steady_clock;

constexpr const char* help =
    R"(chaos_api [options]

Two replicas of the API and two workers share PostgreSQL, a PgBouncer in transaction mode, a wire
and a Redis. Eight clients complete tasks, make, share and delete residences and look at lists,
while backends, PostgreSQL, PgBouncer and the wire fail. Then what each was told is held against
what the database keeps. Prints a table, writes a report, and exits 1 when a promise is broken.

  --seconds N     how long it takes (default 300): storms of 45 s, each with 30 s of calm after it,
                  in which nobody may be told of a failure later than 15 s after the last fault.
                  Below 75: one storm, after which the replicas have a minute to answer again.
  --seed S        which faults, and when (default: by chance; printed)
  --pgbouncer K   packaged (default) or tracking
  --report FILE   default build/chaos_api/report.json
  --help          this text
)";

constexpr seconds a_storm_and_its_calm{75};
// A request of its fifteenth second fails in the thirtieth at the latest.
constexpr seconds calm{30};
constexpr seconds longest_outage{60};

struct request {
    seconds in_all{300};
    std::uint64_t seed = std::random_device{}();
    honeydue::support::pgbouncer_kind kind = honeydue::support::pgbouncer_kind::packaged;
    std::filesystem::path report =
        std::filesystem::path(HONEYDUE_SOURCE_DIR) / "build/chaos_api/report.json";

    bool is_short() const { return in_all < a_storm_and_its_calm; }
    int storms() const { return is_short() ? 1 : static_cast<int>(in_all / a_storm_and_its_calm); }
    seconds storm() const { return is_short() ? in_all : in_all / storms() - calm; }
    seconds well_within() const { return is_short() ? longest_outage : seconds{15}; }
};

request read(int count, char** arguments) {
    request asked;
    read_options(count, arguments, [&](std::string_view option, std::string_view value) {
        if (option == "--seconds") {
            asked.in_all = seconds{number_in<int>(option, value)};
        } else if (option == "--seed") {
            asked.seed = number_in<std::uint64_t>(option, value);
        } else if (option == "--pgbouncer") {
            asked.kind = honeydue::support::pgbouncer_named(value);
        } else if (option == "--report") {
            asked.report = value;
        } else {
            return false;
        }
        return true;
    });
    return asked;
}

const clock::time_point program_start = clock::now();

bool is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

double elapsed() { return std::chrono::duration<double>(clock::now() - program_start).count(); }

void tell(const std::string& line) {
    std::fprintf(stderr, "%schaos_api: %6.1f s  %s\n", is_terminal() ? "\r\033[K" : "", elapsed(),
                 line.c_str());
}

void tell_progress(const progress& of_all) {
    if (!is_terminal()) return;
    std::fprintf(stderr, "\r\033[Kchaos_api: %6.1f s  %llu requests, %llu failed", elapsed(),
                 static_cast<unsigned long long>(of_all.requests.load()),
                 static_cast<unsigned long long>(of_all.failures.load()));
}

struct interrupted {};

class rehearsal {
public:
    rehearsal(const request& asked, const honeydue::support::interruption& stop)
        : asked_{asked},
          stop_{stop},
          fleet_{asked.kind, static_cast<std::size_t>(asked.in_all.count()) * 40 + 100,
                 asked.storm() * asked.storms()} {
        report_.seed = asked.seed;
        report_.seconds = asked.in_all.count();
        report_.servers = "2 replicas and 2 workers, " + fleet_.servers().description();
        report_.seen.well_within = asked.well_within();
    }

    // Errors: server_error, interrupted.
    int run() {
        tell(report_.servers + "; seed " + std::to_string(asked_.seed));
        fleet_.start();
        wait_until(clock::now());
        {
            crew clients{fleet_.ports(), fleet_.work(), fleet_.tokens(crew::tokens_needed),
                         asked_.seed, progress_};
            pass_storms(clients.prober());
            clients.stop();
            clients.tell(report_.seen);
        }
        tell("the clients have stopped");
        fleet_.stop_replicas(report_.seen);
        tell("the replicas have stopped");
        fleet_.await_workers();
        fleet_.stop_workers(report_.seen);
        tell("the workers have stopped");
        fleet_.collect(report_.seen);
        report_.findings = judge_all(report_.seen);
        print_table(report_);
        return conclude(as_json(report_), asked_.report, report_.findings);
    }

private:
    void wait_until(clock::time_point then) {
        do {
            const auto step = std::min(then, clock::now() + milliseconds{500});
            if (stop_.wait_until(step)) throw interrupted{};
            tell_progress(progress_);
        } while (clock::now() < then);
    }

    void pass_storms(caller& prober) {
        for (int i = 0; i < asked_.storms(); ++i) {
            tell("storm " + std::to_string(i + 1) + " of " + std::to_string(asked_.storms()));
            strike_all(asked_.seed + static_cast<std::uint64_t>(i));
            pass_calm(prober);
        }
        for (std::size_t i = 0; i < prober.replicas(); ++i)
            report_.seen.unfenced_commits += unfenced_commits(prober, i);
    }

    void strike_all(std::uint64_t seed) {
        const auto begin = clock::now();
        for (const planned_fault& one : plan_faults(seed, asked_.storm())) {
            wait_until(begin + one.at);
            if (clock::now() > begin + asked_.storm()) break;
            const auto struck = clock::now();
            fleet_.servers().strike(one);
            ++report_.struck[static_cast<std::size_t>(one.kind)];
            if (!is_cut(one.kind)) note(one.kind, struck);
        }
    }

    void note(fault_kind kind, moment struck) {
        auto& all = report_.faults;
        if (!all.empty()) all.back().next = std::min(all.back().next, struck);
        all.push_back({kind, clock::now(), moment::max()});
    }

    void pass_calm(caller& prober) {
        lull after{.fault_ended = clock::now()};
        after.is_well = is_well_until(prober, after.fault_ended + longest_outage);
        const auto waited = between(after.fault_ended, clock::now());
        tell("both replicas answer " + std::to_string(waited.count()) + " ms after the last fault");
        if (!asked_.is_short()) wait_until(after.fault_ended + calm);
        after.over = clock::now();
        if (!report_.faults.empty()) report_.faults.back().next = after.over;
        report_.seen.lulls.push_back(after);
    }

    // Several times in a row, on each.
    bool is_well_until(caller& prober, clock::time_point then) {
        const std::string& token = fleet_.work().tokens.front();
        constexpr int enough = 5;
        int well = 0;
        while (well < enough && clock::now() < then) {
            ++well;
            for (std::size_t i = 0; i < prober.replicas(); ++i) {
                if (prober.ask(i, token, {"GET", "/api/tasks/?limit=5"}).status != 200) well = 0;
            }
            wait_until(clock::now() + milliseconds{50});
        }
        return well >= enough;
    }

    std::uint64_t unfenced_commits(caller& prober, std::size_t replica) const {
        const auto got = prober.ask(replica, "", {"GET", "/api/health/ready/"});
        return got.status == 200 ? got.body.at("cache").at("unfenced_commits").get<std::uint64_t>()
                                 : 0;
    }

    const request& asked_;
    const honeydue::support::interruption& stop_;
    fleet fleet_;
    progress progress_{};
    api_report report_{};
};

int run(const request& asked, const honeydue::support::interruption& stop) {
    try {
        return rehearsal{asked, stop}.run();
    } catch (const interrupted&) {
        tell("interrupted: nothing was judged");
        return 128 + SIGINT;
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 2 && std::string_view{arguments[1]} == "--help") {
        std::fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    const honeydue::support::interruption stop;
    try {
        return run(read(count, arguments), stop);
    } catch (const server_error& why) {
        std::fprintf(stderr, "chaos_api: %s\n", why.what());
        return EXIT_FAILURE;
    }
}
