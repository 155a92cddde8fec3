// SPDX-License-Identifier: MIT
// A certificate authority and a server certificate for localhost, made on the spot.
#pragma once

#include "scratch_directory.hpp"

#include <filesystem>

namespace honeydue::support {

struct certificate_files {
    std::filesystem::path authority;    // what a client trusts (sslrootcert)
    std::filesystem::path certificate;  // of the server: DNS:localhost, IP:127.0.0.1
    std::filesystem::path key;          // mode 0600, owned by the server's user
};

// Valid from one day back, for clocks that differ.
certificate_files make_certificates(const scratch_directory& directory, const server_user& owner);

// The same certificate in another server's directory.
certificate_files copy_certificates(const certificate_files& from, const scratch_directory& to);

}  // namespace honeydue::support
