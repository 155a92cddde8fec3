// SPDX-License-Identifier: MIT
// The real goose in a process of its own, asked one thing after the other. It knows nothing of
// honeydue; what it is asked is in goose_peer/main.go.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace honeydue::support {

struct peer_statements {
    std::vector<std::string> texts;
    bool in_transaction = true;
};

struct peer_answer {
    int code = 0;
    std::string told;  ///< the log, without the time of day
};

/// Thread: one at a time. Errors: server_error when it dies.
class goose_peer {
public:
    /// Nothing when goose is not here, which is an error where CI has Go.
    static std::optional<std::string> program();

    explicit goose_peer(const std::string& program);
    ~goose_peer();
    goose_peer(const goose_peer&) = delete;
    goose_peer& operator=(const goose_peer&) = delete;

    /// The statements, or goose's words of refusal in `refused`.
    peer_statements parse(std::string_view way, const std::string& text, std::string& refused);

    peer_answer run(const std::vector<std::string>& words);

private:
    std::string line();
    std::string take(std::size_t size);
    void send(const std::string& text);

    pid_t process_ = -1;
    std::FILE* to_ = nullptr;
    std::FILE* from_ = nullptr;
};

}  // namespace honeydue::support
