// SPDX-License-Identifier: MIT
// The integration program: says which servers it runs against, then runs.
#include "test_environment.hpp"

#include <catch2/catch_session.hpp>

#include <cstdio>

namespace {

bool only_lists(const Catch::ConfigData& options) {
    return options.showHelp || options.listTests || options.listTags || options.listReporters ||
           options.listListeners;
}

}  // namespace

int main(int count, char** arguments) {
    Catch::Session session;
    if (const int refused = session.applyCommandLine(count, arguments); refused != 0) {
        return refused;
    }
    try {
        if (!only_lists(session.configData())) {
            auto& environment = honeydue::support::test_environment::shared();
            std::fprintf(stderr, "%s\n", environment.description().c_str());
        }
        return session.run();
    } catch (const honeydue::support::server_error& error) {
        std::fprintf(stderr, "servers: %s\n", error.what());
        return 1;
    }
}
