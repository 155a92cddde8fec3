// SPDX-License-Identifier: MIT
// A server's temporary directory: locked while anybody answers for it, swept when nobody does.
#include "scratch_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace honeydue::support {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "honeydue-server-";
constexpr std::string_view lock_name = "keeper.lock";
constexpr auto without_lock_for = std::chrono::minutes(5);

// A Unix socket's path holds 107 bytes, and PostgreSQL appends "/.s.PGSQL.65535".
fs::path parent_directory() {
    std::error_code none;
    auto parent = fs::temp_directory_path(none);
    return none || parent.native().size() > 60 ? fs::path("/tmp") : parent;
}

bool is_ours(const fs::path& directory) {
    struct stat status {};
    if (::lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
    return status.st_uid == ::geteuid() || status.st_uid == unprivileged_user().uid;
}

// Between mkdir and the lock a directory has none: only an old one without a lock is stale.
bool is_stale(const fs::path& directory) {
    const int lock = ::open((directory / lock_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (lock >= 0) {
        const bool free = ::flock(lock, LOCK_EX | LOCK_NB) == 0;
        ::close(lock);
        return free;
    }
    std::error_code gone;
    const auto written = fs::last_write_time(directory, gone);
    return !gone && fs::file_time_type::clock::now() - written > without_lock_for;
}

bool lives_in(const fs::path& process, const fs::path& directory) {
    std::error_code unreadable;
    const auto working = fs::read_symlink(process / "cwd", unreadable).native();
    return !unreadable &&
           (working == directory.native() || working.starts_with(directory.native() + "/"));
}

// Answers how many processes with their working directory below `directory` were killed.
int kill_processes_in(const fs::path& directory) {
    int killed = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
        const auto name = entry.path().filename().native();
        if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
            continue;
        }
        if (lives_in(entry.path(), directory) && ::kill(std::stoi(name), SIGKILL) == 0) ++killed;
    }
    return killed;
}

void remove_stale(const fs::path& directory) {
    for (int attempt = 0; attempt < 50 && kill_processes_in(directory) > 0; ++attempt) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    std::error_code kept;
    fs::remove_all(directory, kept);
}

void give_to(const server_user& owner, const fs::path& path) {
    if (owner.switched && ::lchown(path.c_str(), owner.uid, owner.gid) != 0) {
        throw server_error("cannot give " + path.native() + " to the servers' user");
    }
}

}  // namespace

int sweep_stale_directories() {
    int swept = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(parent_directory(), ignored)) {
        const auto name = entry.path().filename().native();
        if (!name.starts_with(prefix) || !is_ours(entry.path())) continue;
        if (!is_stale(entry.path())) continue;
        remove_stale(entry.path());
        ++swept;
    }
    return swept;
}

scratch_directory::scratch_directory(const server_user& owner) : owner_(owner) {
    sweep_stale_directories();
    auto pattern = (parent_directory() / (std::string(prefix) + "XXXXXX")).native();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw server_error("cannot make a directory in " + parent_directory().native() +
                           ": free some space or set TMPDIR");
    }
    path_ = pattern;
    lock_ = ::open((path_ / lock_name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        throw server_error("cannot lock " + path_.native());
    }
    give_to(owner_, path_);
}

scratch_directory::~scratch_directory() { ::close(lock_); }

fs::path scratch_directory::write(std::string_view name, std::string_view content) const {
    auto file = path_ / name;
    std::ofstream stream(file, std::ios::trunc);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    stream << content << std::flush;
    if (!stream) throw server_error("cannot write " + file.native() + ": is the disk full?");
    give_to(owner_, file);
    return file;
}

}  // namespace honeydue::support
