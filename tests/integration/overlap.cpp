// SPDX-License-Identifier: MIT
// Why a connection has one sync group under way and never two: PgBouncer before 1.21 gives the
// server's connection away between them. The guard cannot be taken off the library, so raw libpq
// does here what honeydue never does, on the same wire.
#include <honeydue/connection.hpp>

#include <poll.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "libpq.hpp"
#include "reach.hpp"
#include "wire_proxy.hpp"

using namespace honeydue;
using namespace honeydue::support;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr std::size_t parameter_bytes = 20'000;  // several TLS records, so that a group is seen cut
constexpr int window = 16;
constexpr std::size_t clients_at_once = 8;  // of two servers

std::string marked(int client, int number) {
    std::string text = "client " + std::to_string(client) + " statement " + std::to_string(number);
    text.resize(parameter_bytes, '.');
    return text;
}

/// Answers that were not what was asked for, of `count` statements sent one at a time.
int wrong_answers_of_groups(const endpoint& to, int client, int count) {
    auto on = must(connection::open(to));
    int wrong = 0;
    for (int i = 0; i < count; ++i) {
        const std::string asked = marked(client, i);
        const auto answer = on.run(runtime("select $1::text", asked));
        if (!answer || answer->size() != 1 || answer->at(0, 0).text() != asked) ++wrong;
    }
    return wrong;
}

/// A client that sends up to `window` groups before the first is answered.
class overlapping_client {
public:
    overlapping_client(const connection_parameters& by, int number) : number_{number} {
        std::vector<const char*> words;
        std::vector<const char*> values;
        for (const auto& [word, value] : by) {
            words.push_back(word.c_str());
            values.push_back(value.c_str());
        }
        words.push_back(nullptr);
        values.push_back(nullptr);
        link_.reset(PQconnectdbParams(words.data(), values.data(), 0));
        REQUIRE(PQstatus(link_.get()) == CONNECTION_OK);
        PQsetNoticeReceiver(
            link_.get(), [](void*, const PGresult*) {}, nullptr);
        REQUIRE(PQsetnonblocking(link_.get(), 1) == 0);
        REQUIRE(PQenterPipelineMode(link_.get()) == 1);
    }

    /// False as soon as an answer is another's, an error, or does not come.
    [[nodiscard]] bool is_served_well(int count) {
        const auto end = clock_type::now() + 3s;
        while (answered_ < count) {
            while (sent_ < count && sent_ - answered_ < window)
                if (!send()) return false;
            if (!wait(end) || PQconsumeInput(link_.get()) != 1) return false;
            while (PQisBusy(link_.get()) == 0 && answered_ < sent_)
                if (!take()) return false;
        }
        return true;
    }

private:
    bool send() {
        const std::string text = marked(number_, sent_++);
        const char* value = text.c_str();
        return PQsendQueryParams(link_.get(), "select $1::text", 1, nullptr, &value, nullptr,
                                 nullptr, 0) == 1 &&
               PQpipelineSync(link_.get()) == 1;
    }

    bool wait(clock_type::time_point end) {
        const bool writing = PQflush(link_.get()) == 1;
        pollfd watched{PQsocket(link_.get()), static_cast<short>(POLLIN | (writing ? POLLOUT : 0)),
                       0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock_type::now());
        return left.count() > 0 && ::poll(&watched, 1, static_cast<int>(left.count())) > 0;
    }

    /// One result: rows, the end of a statement, or the end of its group.
    bool take() {
        const libpq::result_ptr one{PQgetResult(link_.get())};
        if (one == nullptr) return true;
        switch (PQresultStatus(one.get())) {
            case PGRES_PIPELINE_SYNC:
                ++answered_;
                return true;
            case PGRES_TUPLES_OK:
                return marked(number_, answered_) == PQgetvalue(one.get(), 0, 0);
            default:
                return false;
        }
    }

    int number_;
    libpq::connection_ptr link_;
    int sent_ = 0;
    int answered_ = 0;
};

/// One number for each of the clients at once: 1 for those whose answers were all theirs.
std::vector<int> served_well(const connection_parameters& by) {
    std::vector<std::unique_ptr<overlapping_client>> all;
    for (std::size_t i = 0; i < clients_at_once; ++i)
        all.push_back(std::make_unique<overlapping_client>(by, static_cast<int>(i)));
    std::vector<int> well(clients_at_once);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < clients_at_once; ++i)
        threads.emplace_back([&, i] { well[i] = all[i]->is_served_well(60) ? 1 : 0; });
    for (std::thread& one : threads)
        one.join();
    return well;
}

}  // namespace

TEST_CASE("groups one at a time are answered rightly where overlapping ones are mixed up",
          "[overlap]") {
    auto& servers = test_environment::shared();
    pgbouncer_server pooler{servers.postgres(), {.pool_size = 2}};
    if (pooler.version() >= "PgBouncer 1.21") SKIP("the packaged pooler is " << pooler.version());
    wire_proxy wire{pooler.port(), {.segment_bytes = 1448}};
    const auto by = by_port(pooler.as_user(), wire.port());

    std::vector<int> wrong(clients_at_once);
    {
        std::vector<std::thread> clients;
        for (std::size_t i = 0; i < clients_at_once; ++i)
            clients.emplace_back([&, i] {
                wrong[i] = wrong_answers_of_groups(reach(by), static_cast<int>(i), 100);
            });
        for (std::thread& one : clients)
            one.join();
    }
    CHECK(wrong == std::vector<int>(clients_at_once, 0));

    // The same statements, overlapping: a test that could not see the harm would prove nothing.
    // Where a group is cut is chance, so it may take a few rounds.
    const std::vector<int> all_well(clients_at_once, 1);
    auto seen = all_well;
    for (int round = 0; round < 20 && seen == all_well; ++round)
        seen = served_well(by);
    CHECK(seen != all_well);
}
