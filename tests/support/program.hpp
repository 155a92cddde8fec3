// SPDX-License-Identifier: MIT
// Finding the servers' programs, the user they run as, and running one to its end.
#pragma once

#include <sys/types.h>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace honeydue::support {

// What stopped a server from being had: one line with the cause and the cure.
class server_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Whom a server runs as. `switched` is true when we are root and must become somebody else.
struct server_user {
    uid_t uid;
    gid_t gid;
    bool switched;
};

// Ourselves, or `nobody` when we are root: PostgreSQL and PgBouncer refuse root.
server_user unprivileged_user();

// The path of a program: .deps/bin of this source tree, then the newest PostgreSQL of the
// machine, then PATH. Throws server_error when there is none.
std::filesystem::path find_program(std::string_view name);

// Does not throw: empty when there is none.
std::filesystem::path look_for_program(std::string_view name);

// Hidden: some folder above the program is closed to other users, as /root is.
enum class visibility { open, hidden };
visibility visibility_of(const std::filesystem::path& program);

// Runs a program to its end as `user` in `directory` and answers what it printed. Throws
// server_error with the last lines printed when it fails.
std::string run_program(const std::vector<std::string>& arguments, const server_user& user,
                        const std::filesystem::path& directory);

// Becomes the user, in a child between fork and exec: calls nothing but system calls. A hidden
// program stays readable through an inherited capability. Answers false on failure.
bool become(const server_user& user, visibility of_program) noexcept;

// The last lines of a log, joined by " | ": for the one line of an error.
std::string log_tail(const std::filesystem::path& log);

}  // namespace honeydue::support
