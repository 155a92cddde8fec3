// SPDX-License-Identifier: MIT
// goose and `honeydue goose --compat` given the same folders and commands on twin databases, and by
// turns on one: what they say, how they exit and what they leave.
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "goose.hpp"
#include "goose_peer.hpp"
#include "made_folder.hpp"
#include "scratch.hpp"
#include "sizes.hpp"
#include "test_environment.hpp"

using namespace honeydue::support;

namespace {

/// Of a text that holds several statements ours names the error of the first that has one, where
/// the server is given the whole text by goose and may name another.
bool says_the_same(const std::string& goose, const std::string& own) {
    if (goose == own) return true;
    const std::size_t query = own.find("failed to execute SQL query ");
    const std::size_t end = own.find("\": ERROR: ");
    if (query == std::string::npos || end == std::string::npos) return false;
    const bool is_several = own.find(';', query) < end - 1;
    return is_several && goose.starts_with(own.substr(0, end) + "\": ERROR: ");
}

peer_answer run_ours(const std::string& folder, const std::string& database,
                     const made_command& wanted) {
    std::vector<std::string> arguments{"-dir", folder, "--compat", "postgres", database};
    arguments.insert(arguments.end(), wanted.words.begin(), wanted.words.end());
    if (wanted.options.find('m') != std::string::npos) arguments.emplace_back("-allow-missing");
    if (wanted.options.find('n') != std::string::npos) arguments.emplace_back("-no-versioning");
    peer_answer answer;
    const auto tell = [&answer](std::string_view text) { answer.told += text; };
    const auto log = [&answer](std::string_view line) {
        answer.told += std::string{line} + (line.ends_with('\n') ? "" : "\n");
    };
    const auto none = [](const std::string&) { return std::optional<std::string>{}; };
    answer.code = cli::run_goose(arguments, {tell, tell, log, none});
    return answer;
}

peer_answer run_goose(goose_peer& goose, const std::string& folder, const std::string& database,
                      const made_command& wanted) {
    std::vector<std::string> words{folder, database, "goose_db_version", wanted.options};
    words.insert(words.end(), wanted.words.begin(), wanted.words.end());
    return goose.run(words);
}

/// One worker: three databases, a folder and a goose of its own.
class twins {
public:
    twins(postgres_server& server, const std::string& program, const std::string& name)
        : goose_{program},
          theirs_{server, "theirs_" + name},
          ours_{server, "ours_" + name},
          shared_{server, "shared_" + name},
          folder_{name} {}

    /// Empty when they agree.
    std::string differ(std::uint64_t seed) {
        chance at{seed};
        made_files files = made_folder(at);
        for (scratch* one : {&theirs_, &ours_, &shared_})
            one->empty();
        if (at.once_in(10)) begin_with_rows(at);
        std::string story = "seed " + std::to_string(seed);
        is_over_ = false;
        for (std::size_t left = 2 + at.pick(4); left > 0 && !is_over_; --left) {
            folder_.write(files);
            const made_command wanted = made_order(at);
            story += "\n$";
            for (const std::string& word : wanted.words)
                story += " " + word;
            story += " " + wanted.options;
            if (const std::string why = step(at, wanted); !why.empty()) {
                for (const auto& [name, text] : files)
                    story += "\n--- " + name + "\n" + text;
                return story + "\n" + why;
            }
            if (at.once_in(3)) change_folder(at, files);
        }
        return {};
    }

private:
    /// A table that an old goose made, with rows of its kind. No two are of one time: which of them
    /// goose takes for the latest would be chance.
    void begin_with_rows(chance& at) {
        std::string sql =
            "create table goose_db_version (id serial not null, version_id bigint not null, "
            "is_applied boolean not null, tstamp timestamp null default now(), primary key (id));";
        if (!at.once_in(4))
            sql += "insert into goose_db_version values (default, 0, true, clock_timestamp());";
        for (std::size_t i = at.pick(3); i > 0; --i) {
            sql += "insert into goose_db_version values (default, " +
                   std::to_string(1 + at.pick(4)) + ", " + (at.once_in(3) ? "false" : "true") +
                   ", clock_timestamp());";
        }
        theirs_.execute(sql);
        ours_.execute(sql);
        shared_.execute(sql);
    }

    std::string step(chance& at, const made_command& wanted) {
        const peer_answer goose = run_goose(goose_, folder_.path(), theirs_.text(), wanted);
        const peer_answer own = run_ours(folder_.path(), ours_.text(), wanted);
        if (at.once_in(2)) {
            run_goose(goose_, folder_.path(), shared_.text(), wanted);
        } else {
            run_ours(folder_.path(), shared_.text(), wanted);
        }
        // goose says OK and loses everything from BEGIN on; ours says so, and there they part.
        is_over_ = own.told.find("BEGIN without COMMIT") != std::string::npos;
        if (is_over_) return own.code == 1 ? "" : "BEGIN without COMMIT is no error";
        const bool panicked = goose.code == 2;  // ours says it and exits 1
        if (panicked ? own.code != 1 : goose.code != own.code) {
            return "exit codes: goose " + std::to_string(goose.code) + ", ours " +
                   std::to_string(own.code) + "\n" + goose.told + "\n" + own.told;
        }
        const std::string before = without_times(goose.told);
        const std::string after = without_times(own.told);
        if (!panicked && !says_the_same(before, after))
            return "goose said\n" + before + "ours said\n" + after;
        const std::string left = theirs_.content();
        if (const std::string mine = ours_.content(); left != mine) {
            return "goose left\n" + left + "ours left\n" + mine;
        }
        if (const std::string mixed = shared_.content(); left != mixed) {
            return "goose left\n" + left + "by turns there is\n" + mixed;
        }
        return {};
    }

    goose_peer goose_;
    scratch theirs_;
    scratch ours_;
    scratch shared_;
    scratch_folder folder_;
    bool is_over_ = false;
};

}  // namespace

TEST_CASE("goose and ours do the same with the same folder, apart and by turns", "[goose]") {
    const auto program = goose_peer::program();
    if (!program) SKIP("goose is not here: it needs Go 1.21 at scripts/setup");
    ::setenv("HD_NAME", "a name", 1);
    ::unsetenv("HD_UNSET");
    auto& server = test_environment::shared().postgres();
    std::atomic<std::uint64_t> next = first_seed();
    const std::uint64_t end = first_seed() + database_cases();
    std::mutex guard;
    std::string found;
    const auto work = [&](const std::string& name) {
        try {
            twins both{server, *program, name};
            for (std::uint64_t seed = next++; seed < end; seed = next++) {
                std::string why = both.differ(seed);
                if (why.empty()) continue;
                const std::lock_guard held{guard};
                if (found.empty()) found = std::move(why);
                next = end;
            }
        } catch (const std::exception& fault) {
            const std::lock_guard held{guard};
            if (found.empty()) found = fault.what();
        }
    };
    std::thread other{[&] { work("b"); }};
    work("a");
    other.join();
    INFO(found);
    CHECK(found.empty());
}
