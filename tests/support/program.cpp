// SPDX-License-Identifier: MIT
// Finding the servers' programs, the user they run as, and running one to its end.
#include "program.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace honeydue::support {

namespace fs = std::filesystem;

namespace {

bool is_executable(const fs::path& path) {
    return ::access(path.c_str(), X_OK) == 0 && !fs::is_directory(path);
}

// Folders from `start` upwards in which .deps/bin may be.
fs::path search_upwards(fs::path start, const fs::path& wanted) {
    for (;; start = start.parent_path()) {
        if (is_executable(start / wanted)) return start / wanted;
        if (start == start.parent_path()) return {};
    }
}

fs::path in_dependencies(std::string_view name) {
    const auto wanted = fs::path(".deps") / "bin" / name;
    std::error_code ignored;
    const std::array starts{fs::path(HONEYDUE_SOURCE_DIR),
                            fs::read_symlink("/proc/self/exe", ignored).parent_path(),
                            fs::current_path(ignored)};
    for (const auto& start : starts) {
        if (auto found = search_upwards(start, wanted); !found.empty()) return found;
    }
    return {};
}

int version_of(const fs::path& directory) {
    const auto name = directory.filename().string();
    int version = -1;
    std::from_chars(name.data(), name.data() + name.size(), version);
    return version;
}

fs::path in_postgresql(std::string_view name) {
    fs::path best;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
        const auto candidate = entry.path() / "bin" / name;
        const auto best_version = best.empty() ? -1 : version_of(best.parent_path().parent_path());
        if (is_executable(candidate) && version_of(entry.path()) > best_version) best = candidate;
    }
    return best;
}

fs::path in_path(std::string_view name) {
    const char* variable = std::getenv("PATH");
    std::string_view rest = variable == nullptr ? "/usr/bin:/bin" : variable;
    while (!rest.empty()) {
        const auto colon = std::min(rest.find(':'), rest.size());
        auto candidate = fs::path(rest.substr(0, colon)) / name;
        if (is_executable(candidate)) return candidate;
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return {};
}

// Lets an unprivileged server read programs below a folder closed to it, as a clone in /root is.
bool keep_reading_rights() noexcept {
    const __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    for (const unsigned capability : {unsigned{CAP_DAC_READ_SEARCH}, unsigned{CAP_DAC_OVERRIDE}}) {
        const auto bit = 1U << capability;
        const std::array<__user_cap_data_struct, 2> data{{{bit, bit, bit}, {0, 0, 0}}};
        if (::syscall(SYS_capset, &header, data.data()) != 0) continue;
        if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0) return true;
    }
    return false;
}

[[noreturn]] void exec_as(const server_user& user, char* const* arguments, const char* directory,
                          int output, visibility seen) noexcept {
    if (::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(output, STDERR_FILENO) >= 0 &&
        become(user, seen) && ::chdir(directory) == 0 && ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0) {
        ::execv(arguments[0], arguments);
    }
    ::_exit(127);
}

std::string read_to_end(int descriptor) {
    std::string text;
    std::array<char, 4096> buffer;
    for (;;) {
        const auto count = ::read(descriptor, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

std::string last_lines(std::string text) {
    constexpr std::size_t most = 600;
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    if (text.size() > most) text.erase(0, text.size() - most);
    for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at)) {
        text.replace(at, 1, " | ");
    }
    return text;
}

}  // namespace

server_user unprivileged_user() {
    if (::geteuid() != 0) return {::geteuid(), ::getegid(), false};
    const auto* nobody = ::getpwnam("nobody");
    if (nobody == nullptr) {
        throw server_error(
            "servers refuse root and there is no user nobody: add it, or run as "
            "another user");
    }
    return {nobody->pw_uid, nobody->pw_gid, true};
}

fs::path look_for_program(std::string_view name) {
    for (auto* search : {in_dependencies, in_postgresql, in_path}) {
        if (auto found = search(name); !found.empty()) return found;
    }
    return {};
}

fs::path find_program(std::string_view name) {
    auto found = look_for_program(name);
    if (!found.empty()) return found;
    throw server_error("program " + std::string(name) +
                       " is neither in .deps/bin nor installed: run scripts/setup");
}

visibility visibility_of(const fs::path& program) {
    std::error_code unreadable;
    for (auto part = fs::canonical(program, unreadable); part != part.parent_path();
         part = part.parent_path()) {
        const auto rights = fs::status(part, unreadable).permissions();
        if ((rights & fs::perms::others_exec) == fs::perms::none) return visibility::hidden;
    }
    return visibility::open;
}

bool become(const server_user& user, visibility of_program) noexcept {
    if (!user.switched) return true;
    const bool hidden = of_program == visibility::hidden;
    if (hidden) ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (::setgroups(0, nullptr) != 0 || ::setresgid(user.gid, user.gid, user.gid) != 0 ||
        ::setresuid(user.uid, user.uid, user.uid) != 0) {
        return false;
    }
    return !hidden || keep_reading_rights();
}

std::string run_program(const std::vector<std::string>& arguments, const server_user& user,
                        const fs::path& directory) {
    std::vector<char*> raw;
    raw.reserve(arguments.size() + 1);
    for (const auto& argument : arguments)
        raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    const auto seen = visibility_of(arguments.front());

    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw server_error("no pipe: too many open files");
    const auto child = ::fork();
    if (child == 0) exec_as(user, raw.data(), directory.c_str(), ends[1], seen);
    ::close(ends[1]);
    auto printed = read_to_end(ends[0]);
    ::close(ends[0]);
    int status = -1;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status == 0) return printed;
    throw server_error(arguments.front() + " failed: " + last_lines(std::move(printed)));
}

std::string log_tail(const fs::path& log) {
    std::ifstream file(log);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.empty() ? "nothing in its log" : last_lines(std::move(text));
}

}  // namespace honeydue::support
