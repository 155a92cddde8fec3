// SPDX-License-Identifier: MIT
// Another process with a cache of its own, told what to do a line at a time.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <string>

namespace honeydue::support {

// The program cache_peer, from the folder of this program.
class cache_peer {
public:
    cache_peer(const std::string& url, const std::string& name_space,
               std::chrono::milliseconds window = std::chrono::seconds{5},
               std::chrono::milliseconds trust = std::chrono::milliseconds{2500});
    ~cache_peer();

    cache_peer(const cache_peer&) = delete;
    cache_peer& operator=(const cache_peer&) = delete;

    // get <key> <value>   answers "<source> <value>"; the value is what the loader gives
    // newer <key> <value> the same as a later build, whose value is another struct
    // drop <key>          the later build invalidates, and answers "dropped"
    // rejected            answers how many values the later build could not read
    // hang <key>          says "loading" and never ends
    // die <key>           intends an invalidation and ends as if killed right after its COMMIT
    void order(const std::string& line);
    std::string ask(const std::string& line);
    // True when the peer has said the line.
    bool heard(const std::string& line);
    bool has_ended();
    void kill(int signal) const;

private:
    std::string next_line(std::chrono::milliseconds within);

    pid_t process_ = -1;
    int to_ = -1;
    int from_ = -1;
    std::string pending_;
};

}  // namespace honeydue::support
