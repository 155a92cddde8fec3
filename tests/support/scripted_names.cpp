// SPDX-License-Identifier: MIT
// The program's own getaddrinfo comes before the C library's, for every library in it.
#include "scripted_names.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

namespace {

struct script {
    std::vector<std::string> addresses;
    bool held_back = false;
    int asking = 0;
};

std::mutex guard;
std::condition_variable changed;
std::map<std::string, script, std::less<>> scripts;

using asks = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

asks system_asks() {
    static const auto found = reinterpret_cast<asks>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return found;
}

// The system's own lists of one, tied together: it frees them one by one.
int listed(const std::vector<std::string>& addresses, const char* service, const addrinfo* hints,
           addrinfo** list) {
    addrinfo numeric = *hints;
    numeric.ai_flags = AI_NUMERICHOST;
    addrinfo** end = list;
    for (const std::string& one : addresses) {
        if (const int fault = system_asks()(one.c_str(), service, &numeric, end); fault != 0)
            return fault;
        while (*end != nullptr)
            end = &(*end)->ai_next;
    }
    return addresses.empty() ? EAI_NONAME : 0;
}

}  // namespace

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                           addrinfo** list) {
    std::unique_lock lock(guard);
    const auto found = host == nullptr ? scripts.end() : scripts.find(host);
    if (found == scripts.end() || (hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0)) {
        lock.unlock();
        return system_asks()(host, service, hints, list);
    }
    ++found->second.asking;
    changed.wait(lock, [&] { return !found->second.held_back; });
    --found->second.asking;
    changed.notify_all();
    return listed(found->second.addresses, service, hints, list);
}

namespace honeydue::support {

scripted_name::scripted_name(std::string host, std::vector<std::string> addresses)
    : host_(std::move(host)) {
    move_to(std::move(addresses));
}

scripted_name::~scripted_name() {
    std::unique_lock lock(guard);
    scripts.find(host_)->second.held_back = false;
    changed.notify_all();
    changed.wait(lock, [&] { return scripts.find(host_)->second.asking == 0; });
    scripts.erase(scripts.find(host_));
}

void scripted_name::move_to(std::vector<std::string> addresses) {
    const std::lock_guard lock(guard);
    scripts[host_].addresses = std::move(addresses);
}

void scripted_name::hold_back() {
    const std::lock_guard lock(guard);
    scripts[host_].held_back = true;
}

void scripted_name::answer() {
    const std::lock_guard lock(guard);
    scripts[host_].held_back = false;
    changed.notify_all();
}

int scripted_name::asking() const {
    const std::lock_guard lock(guard);
    return scripts.find(host_)->second.asking;
}

}  // namespace honeydue::support
