// SPDX-License-Identifier: MIT
// Transfers between accounts while everything around them fails: chaos [--seconds N] [--seed S].
#include "chaos/arguments.hpp"
#include "chaos/bank.hpp"
#include "chaos/report.hpp"
#include "chaos/stage.hpp"
#include "demo/seed.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <thread>

#include "test_environment.hpp"

namespace {

using namespace honeydue::chaos;
using honeydue::demo::must;
using honeydue::demo::reach;
using honeydue::support::plain_client;
using honeydue::support::server_error;
using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

constexpr const char* help =
    R"(chaos [options]

32 threads move money between accounts through PgBouncer while backends, PostgreSQL, PgBouncer and
the wire fail. Then what each was told is held against what the database keeps. Prints a table,
writes a report, and exits 1 when a promise is broken.

  --seconds N     how long faults strike (default 600)
  --seed S        which faults, and when (default: by chance; printed)
  --pgbouncer K   packaged (default) or tracking
  --report FILE   default build/chaos/report.json
  --help          this text
)";

constexpr int customers = 32;
constexpr std::size_t connections = 20;
constexpr std::size_t kept_open = 15;
// The pool's longest backoff, and a handshake beside it.
constexpr milliseconds pool_full_within{15'000 + 1'000};

struct request {
    std::int64_t seconds = 600;
    std::uint64_t seed = std::random_device{}();
    honeydue::support::pgbouncer_kind kind = honeydue::support::pgbouncer_kind::packaged;
    std::filesystem::path report =
        std::filesystem::path(HONEYDUE_SOURCE_DIR) / "build/chaos/report.json";
};

request read(int count, char** arguments) {
    request asked;
    read_options(count, arguments, [&](std::string_view option, std::string_view value) {
        if (option == "--seconds") {
            asked.seconds = number_in<std::int64_t>(option, value);
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

void make_tables(const stage& servers) {
    honeydue::demo::migrate(servers.direct());
    plain_client client{servers.direct()};
    for (const char* table : bank_tables)
        client.execute(table);
}

honeydue::pool_config config_for(const stage& servers) {
    honeydue::pool_config config;
    config.server = reach(servers.far());
    config.max_open = connections;
    config.min_idle = kept_open;
    config.log = [](std::string_view) {};
    return config;
}

std::int64_t number(plain_client& client, const std::string& sql) {
    return std::stoll(client.execute(sql).at(0).at(0));
}

// A stranger on the same pooler, who asks for words of his own and must get them.
class bystander {
public:
    bystander(const stage& servers, int number) : servers_{servers}, number_{number} {}

    void watch(const std::atomic<bool>& stop) {
        std::unique_ptr<plain_client> client;
        for (int n = 0; !stop.load(); ++n) {
            try {
                if (!client) client = std::make_unique<plain_client>(servers_.bystander());
                ask(*client, n);
            } catch (const server_error&) {
                client.reset();
            }
            std::this_thread::sleep_for(milliseconds{5});
        }
    }

    std::uint64_t answers = 0;
    std::uint64_t surprises = 0;

private:
    void ask(plain_client& client, int n) {
        const std::string word = "stranger " + std::to_string(number_) + " " + std::to_string(n);
        const auto rows = client.execute("select '" + word + "'");
        ++answers;
        if (rows.size() != 1 || rows[0].size() != 1 || rows[0][0] != word) ++surprises;
    }

    const stage& servers_;
    int number_;
};

void tell(const std::string& line) { std::fprintf(stderr, "chaos: %s\n", line.c_str()); }

void tell(const planned_fault& one) {
    if (!is_cut(one.kind)) tell(spelled(one));
}

void strike_all(stage& servers, const request& asked, run_report& report) {
    const auto begin = clock::now();
    for (const planned_fault& one : plan_faults(asked.seed, std::chrono::seconds{asked.seconds})) {
        std::this_thread::sleep_until(begin + one.at);
        if (clock::now() > begin + std::chrono::seconds{asked.seconds}) break;
        tell(one);
        servers.strike(one);
        ++report.struck[static_cast<std::size_t>(one.kind)];
    }
}

// A pool that met PgBouncer's limit stays below it for minutes, by design.
bool is_full(const honeydue::pool_stats& now) {
    return now.open >= std::min(kept_open, now.effective_max);
}

// How long it takes, while customers go on.
milliseconds wait_until_full(const honeydue::pool& db) {
    const auto begin = clock::now();
    while (!is_full(db.stats()) && clock::now() - begin < 2 * pool_full_within)
        std::this_thread::sleep_for(milliseconds{5});
    return std::chrono::duration_cast<milliseconds>(clock::now() - begin);
}

std::string describe(const honeydue::pool_stats& of) {
    return std::to_string(of.open) + " of " + std::to_string(of.effective_max) + " open, " +
           std::to_string(of.idle) + " idle, " + std::to_string(of.connecting) + " connecting, " +
           std::to_string(of.dialled) + " dialled, " + std::to_string(of.dial_failures) +
           " in vain; last: " + of.last_dial_error;
}

void collect(const stage& servers, evidence& seen) {
    plain_client client{servers.direct()};
    for (const auto& row : client.execute("select id, count(*) from chaos_transfer group by id"))
        seen.kept[std::stoll(row.at(0))] = std::stoi(row.at(1));
    seen.balance_before = accounts * 1000;
    seen.balance_after = number(client, "select sum(balance) from chaos_account");
    seen.tokens_left = number(client, "select count(*) from honeydue_commit where not claimed");
    // Vanished clients cost the server their deadline.
    const auto until = clock::now() + patience + std::chrono::seconds{2};
    do {
        std::this_thread::sleep_for(milliseconds{100});
        seen.idle_in_transaction = servers.count_idle_in_transaction();
    } while (seen.idle_in_transaction > 0 && clock::now() < until);
}

// What the strangers saw, told to the judge.
void add(const std::vector<bystander>& strangers, evidence& seen) {
    for (const bystander& one : strangers) {
        seen.bystander_answers += one.answers;
        seen.bystander_surprises += one.surprises;
    }
}

void run_customers(stage& servers, const request& asked, run_report& report) {
    auto db = must(honeydue::pool::open(config_for(servers)));
    std::atomic<bool> stop{false};
    std::vector<std::vector<transfer>> done(customers);
    std::vector<std::thread> threads;
    for (int i = 0; i < customers; ++i) {
        threads.emplace_back([&, i] {
            done[static_cast<std::size_t>(i)] = keep_transferring(db, i + 1, asked.seed, stop);
        });
    }
    std::vector<bystander> strangers{{servers, 1}, {servers, 2}};
    for (bystander& one : strangers)
        threads.emplace_back([&] { one.watch(stop); });
    std::optional<server_error> broken;
    try {
        strike_all(servers, asked, report);
        report.seen.pool_full_after = wait_until_full(db);
        report.seen.pool_then = describe(db.stats());
    } catch (const server_error& why) {
        broken = why;
    }
    stop = true;
    for (std::thread& one : threads)
        one.join();
    if (broken) throw server_error(*broken);
    for (auto& one : done)
        std::ranges::move(one, std::back_inserter(report.seen.transfers));
    add(strangers, report.seen);
}

int run(const request& asked) {
    stage servers{asked.kind};
    make_tables(servers);
    run_report report;
    report.seed = asked.seed;
    report.seconds = asked.seconds;
    report.servers = servers.description();
    tell(report.servers + "; seed " + std::to_string(asked.seed));
    run_customers(servers, asked, report);
    report.seen.pool_full_within = pool_full_within;
    collect(servers, report.seen);
    report.findings = judge_all(report.seen);
    print_table(report);
    return conclude(as_json(report), asked.report, report.findings);
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 2 && std::string_view{arguments[1]} == "--help") {
        std::fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    try {
        return run(read(count, arguments));
    } catch (const server_error& why) {
        std::fprintf(stderr, "chaos: %s\n", why.what());
        return EXIT_FAILURE;
    }
}
