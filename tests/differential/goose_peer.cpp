// SPDX-License-Identifier: MIT
// Talking to the process that is goose: see the header.
#include "goose_peer.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "program.hpp"

namespace honeydue::support {

std::optional<std::string> goose_peer::program() {
    const auto found = look_for_program("goose-peer");
    if (!found.empty()) return found.string();
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string{ci} == "true" && !look_for_program("go").empty()) {
        throw server_error("goose-peer is not in .deps/bin although Go is here: run scripts/setup");
    }
    return std::nullopt;
}

goose_peer::goose_peer(const std::string& program) {
    int down[2];
    int up[2];
    if (::pipe2(down, O_CLOEXEC) != 0 || ::pipe2(up, O_CLOEXEC) != 0) {
        throw server_error("no pipe for goose-peer: raise the open files limit");
    }
    process_ = ::fork();
    if (process_ == 0) {
        ::dup2(down[0], STDIN_FILENO);
        ::dup2(up[1], STDOUT_FILENO);
        ::execl(program.c_str(), program.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(down[0]);
    ::close(up[1]);
    to_ = ::fdopen(down[1], "w");
    from_ = ::fdopen(up[0], "r");
}

goose_peer::~goose_peer() {
    std::fclose(to_);
    std::fclose(from_);
    ::waitpid(process_, nullptr, 0);
}

void goose_peer::send(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), to_);
    std::fflush(to_);
}

std::string goose_peer::line() {
    std::string text;
    for (int c = std::fgetc(from_); c != '\n'; c = std::fgetc(from_)) {
        if (c == EOF) throw server_error("goose-peer died: its own words are above");
        text += static_cast<char>(c);
    }
    return text;
}

std::string goose_peer::take(std::size_t size) {
    std::string text(size, '\0');
    if (std::fread(text.data(), 1, size, from_) != size) {
        throw server_error("goose-peer died: its own words are above");
    }
    return text;
}

peer_statements goose_peer::parse(std::string_view way, const std::string& text,
                                  std::string& refused) {
    send("parse " + std::string{way} + " " + std::to_string(text.size()) + "\n" + text);
    std::istringstream head{line()};
    std::string verdict;
    head >> verdict;
    peer_statements made;
    if (verdict == "error") {
        std::size_t size = 0;
        head >> size;
        refused = take(size);
        return made;
    }
    std::string in_transaction;
    std::size_t count = 0;
    head >> in_transaction >> count;
    made.in_transaction = in_transaction == "true";
    for (std::size_t i = 0; i < count; ++i)
        made.texts.push_back(take(std::stoul(line())));
    return made;
}

peer_answer goose_peer::run(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += word + '\0';
    send("run " + std::to_string(text.size()) + "\n" + text);
    std::istringstream head{line()};
    std::string verdict;
    std::size_t size = 0;
    peer_answer made;
    head >> verdict >> made.code >> size;
    made.told = take(size);
    return made;
}

}  // namespace honeydue::support
