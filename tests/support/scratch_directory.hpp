// SPDX-License-Identifier: MIT
// A server's temporary directory: locked while anybody answers for it, swept when nobody does.
#pragma once

#include "program.hpp"

#include <filesystem>

namespace honeydue::support {

// Owned by the server's user, mode 0700, below TMPDIR (or /tmp when a socket path would not fit).
// The lock belongs to an open file, not to a process: a keeper that inherits it carries on.
class scratch_directory {
public:
    // Sweeps what killed programs left behind, then makes a new one.
    explicit scratch_directory(const server_user& owner);
    // Gives up the lock, not the directory: whoever holds the lock last removes it.
    ~scratch_directory();

    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }
    int lock() const noexcept { return lock_; }

    // Writes a file that belongs to the server's user, mode 0600.
    std::filesystem::path write(std::string_view name, std::string_view content) const;

private:
    server_user owner_;
    std::filesystem::path path_;
    int lock_ = -1;
};

// Ends servers whose keeper was killed and removes their directories; answers how many.
int sweep_stale_directories();

}  // namespace honeydue::support
