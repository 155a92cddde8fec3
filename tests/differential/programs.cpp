// SPDX-License-Identifier: MIT
// The programs themselves: `honeydue goose` and goose side by side, at the same time on one
// database, and stopped or killed in the middle.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "plain_client.hpp"
#include "process.hpp"
#include "program.hpp"
#include "scratch.hpp"
#include "test_environment.hpp"

using namespace honeydue::support;
namespace fs = std::filesystem;

namespace {

const std::string ours = HONEYDUE_PROGRAM;

/// Neither the time of day nor how long it took.
std::string plain(const std::string& printed) {
    static const std::regex stamp{R"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )"};
    return without_times(std::regex_replace(printed, stamp, ""));
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::vector<std::string> listed(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{folder})
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string content(const fs::path& path) {
    std::ifstream from{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{from}, {}};
}

/// The real goose, or the end of the test.
std::string goose() {
    const auto found = look_for_program("goose");
    if (found.empty()) SKIP("goose is not here: it needs Go 1.21 at scripts/setup");
    return found.string();
}

std::vector<std::string> words(std::vector<std::string> program,
                               const std::vector<std::string>& more) {
    program.insert(program.end(), more.begin(), more.end());
    return program;
}

/// Comes back when the query answers t. Should it never, the test fails instead of hanging.
void await(plain_client& client, const std::string& query) {
    const auto last = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (client.execute("select " + query).at(0).at(0) != "t") {
        if (std::chrono::steady_clock::now() > last) FAIL("never true: " + query);
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

const char* const is_sleeping =
    "exists (select from pg_stat_activity where datname = current_database() and state = 'active' "
    "and query like '%pg_sleep%' and pid <> pg_backend_pid())";

const char* const is_alone =
    "not exists (select from pg_stat_activity where datname = current_database() "
    "and state <> 'idle' and pid <> pg_backend_pid())";

}  // namespace

TEST_CASE("honeydue goose and goose say and do the same with files", "[goose]") {
    const std::string theirs = goose();
    const scratch_folder a{"files_a"};
    const scratch_folder b{"files_b"};
    const made_files files{
        {"00001_a.sql", "-- +goose Up\nselect 1;\n-- +goose Down\nselect 2;\n"},
        {"20240101000000_b.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nselect 1;\nselect 2;\n"},
        {"00007_c.sql", "-- +goose Up\n"}};
    const std::vector<std::vector<std::string>> calls = {{"validate"},
                                                         {"-v", "validate"},
                                                         {"-s", "create", "Add Thing!", "sql"},
                                                         {"-s", "create", "x"},
                                                         {"fix"},
                                                         {"-v", "validate", "extra"},
                                                         {"create"},
                                                         {"postgres", "nowhere", "fix"}};
    a.write(files);
    b.write(files);
    for (const auto& call : calls) {
        process their_run{words({theirs}, call), a.path()};
        process our_run{words({ours, "goose"}, call), b.path()};
        CAPTURE(call);
        CHECK(their_run.wait() == our_run.wait());
        CHECK(plain(their_run.printed()) == plain(our_run.printed()));
        CHECK(listed(a.path()) == listed(b.path()));
        fs::remove(fs::path{a.path()} / "00009_x.go");
        fs::remove(fs::path{b.path()} / "00009_x.go");
    }
    CHECK(content(fs::path{a.path()} / "00008_add_thing_.sql") ==
          content(fs::path{b.path()} / "00008_add_thing_.sql"));
}

TEST_CASE("honeydue goose refuses a command line as goose does, with its exit code", "[goose]") {
    const std::string theirs = goose();
    const std::vector<std::vector<std::string>> calls = {{"-nope"},
                                                         {"-timeout", "1", "up"},
                                                         {"-v=maybe"},
                                                         {"-dir"},
                                                         {"postgres", "x", "hop"},
                                                         {"postgres", "x", "up-to", "y"},
                                                         {"postgres", "x", "down-to", "-5"}};
    for (const auto& call : calls) {
        process their_run{words({theirs}, call)};
        process our_run{words({ours, "goose"}, call)};
        CAPTURE(call);
        CHECK(their_run.wait() == our_run.wait());
        CHECK(first_line(plain(their_run.printed())) == first_line(plain(our_run.printed())));
    }
    for (const auto& call : std::vector<std::vector<std::string>>{{}, {"-h"}, {"help"}, {"up"}}) {
        process their_run{words({theirs}, call)};
        process our_run{words({ours, "goose"}, call)};
        CAPTURE(call);
        CHECK(their_run.wait() == our_run.wait());
    }
}

TEST_CASE("verbose, both tell every line, place and statement alike", "[goose]") {
    const std::string theirs = goose();
    auto& server = test_environment::shared().postgres();
    scratch left{server, "verbose_theirs"};
    scratch right{server, "verbose_ours"};
    const scratch_folder folder{"verbose"};
    folder.write({{"1_a.sql",
                   "-- +goose Up\n-- a\ncreate table a (\n-- b\n  id int);\n\n"
                   "-- +goose StatementBegin\nselect 1;\n-- +goose StatementEnd\n-- +goose Down\n"
                   "drop table a;\n"},
                  {"2_b.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nselect 1;\nselect nope;\n"},
                  {"3_c.sql", "-- +goose Up\nselect 1;\n"}});
    for (const char* const order : {"up", "down"}) {
        process their_run{{theirs, "-v", "-dir", folder.path(), "postgres", left.text(), order}};
        process our_run{
            {ours, "goose", "-v", "-dir", folder.path(), "postgres", right.text(), order}};
        CHECK(their_run.wait() == our_run.wait());
        CHECK(plain(their_run.printed()) == plain(our_run.printed()));
    }
}

TEST_CASE("four of ours and four goose at once do a slow migration once", "[goose]") {
    const std::string theirs = goose();
    auto& server = test_environment::shared().postgres();
    scratch database{server, "crowd"};
    const scratch_folder folder{"crowd"};
    folder.write({{"1_a.sql", "-- +goose Up\ncreate table a (id int);\n"}});
    process first{{ours, "goose", "-dir", folder.path(), "postgres", database.text(), "up"}};
    REQUIRE(first.wait() == 0);
    folder.write({{"1_a.sql", "-- +goose Up\ncreate table a (id int);\n"},
                  {"2_b.sql", "-- +goose Up\ninsert into a values (1);\nselect pg_sleep(0.5);\n"},
                  {"3_c.sql", "-- +goose Up\ninsert into a values (2);\n"}});
    std::vector<std::unique_ptr<process>> crowd;
    for (int i = 0; i < 8; ++i) {
        std::vector<std::string> call{i % 2 == 0 ? ours : theirs};
        if (i % 2 == 0) call.emplace_back("goose");
        crowd.push_back(std::make_unique<process>(
            words(call, {"-dir", folder.path(), "postgres", database.text(), "up"})));
    }
    for (std::size_t i = 0; i < crowd.size(); ++i) {
        const int code = crowd[i]->wait();
        CAPTURE(i, crowd[i]->printed());
        // A goose that had read the table before is refused by the index and rolls back.
        const bool was_refused = crowd[i]->printed().find("SQLSTATE 23505") != std::string::npos;
        CHECK((code == 0 || (i % 2 == 1 && was_refused)));
    }
    plain_client client{database.parameters()};
    CHECK(client.execute("select string_agg(id::text, ' ' order by id) from a").at(0).at(0) ==
          "1 2");
    CHECK(client
              .execute("select string_agg(version_id::text, ' ' order by id) "
                       "from goose_db_version")
              .at(0)
              .at(0) == "0 1 2 3");
}

TEST_CASE("a runner killed in the middle of a file leaves none of it, and the next completes",
          "[kill]") {
    auto& server = test_environment::shared().postgres();
    for (const int number : {SIGKILL, SIGINT, SIGTERM}) {
        scratch database{server, "killed_" + std::to_string(number)};
        const scratch_folder folder{"killed"};
        folder.write({{"1_a.sql",
                       "-- +goose Up\ncreate table a ();\nselect pg_sleep(3);\n"
                       "create table b ();\n"}});
        const std::vector<std::string> call{ours,       "goose",         "-dir", folder.path(),
                                            "postgres", database.text(), "up"};
        plain_client client{database.parameters()};
        process run{call};
        await(client, is_sleeping);
        run.signal(number);
        CAPTURE(number);
        CHECK(run.wait() == 128 + number);
        if (number != SIGKILL) {
            // Ended on the server before the program is: nothing is left to wait for.
            CHECK(client.execute("select " + std::string{is_sleeping}).at(0).at(0) == "f");
        }
        await(client, is_alone);
        // The server may have had all of it already: then it is done wholly.
        const std::string left = client
                                     .execute(
                                         "select num_nulls(to_regclass('a'), "
                                         "to_regclass('b'), (select max(version_id) from "
                                         "goose_db_version where version_id > 0))")
                                     .at(0)
                                     .at(0);
        CHECK((left == "3" || (left == "0" && number == SIGKILL)));
        folder.write({{"1_a.sql", "-- +goose Up\ncreate table a ();\ncreate table b ();\n"}});
        process again{call};
        CHECK(again.wait() == 0);
        CHECK(client.execute("select max(version_id) from goose_db_version").at(0).at(0) == "1");
    }
}

TEST_CASE("a server that crashes in the middle of a file has none of it afterwards", "[kill]") {
    postgres_server server{{.writes = durability::full}};
    scratch database{server, "crashed"};
    const scratch_folder folder{"crashed"};
    folder.write({{"1_a.sql", "-- +goose Up\ncreate table a ();\nselect pg_sleep(30);\n"},
                  {"2_b.sql", "-- +goose Up\ncreate table b ();\n"}});
    const std::vector<std::string> call{ours,       "goose",         "-dir", folder.path(),
                                        "postgres", database.text(), "up"};
    {
        process run{call};
        plain_client client{database.parameters()};
        await(client, is_sleeping);
        server.stop(SIGQUIT);
        CHECK(run.wait() == 1);
    }
    server.start();
    folder.write({{"1_a.sql", "-- +goose Up\ncreate table a ();\n"},
                  {"2_b.sql", "-- +goose Up\ncreate table b ();\n"}});
    process again{call};
    CHECK(again.wait() == 0);
    plain_client client{database.parameters()};
    CHECK(client
              .execute("select string_agg(version_id::text, ' ' order by id) "
                       "from goose_db_version")
              .at(0)
              .at(0) == "0 1 2");
}
