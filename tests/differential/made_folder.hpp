// SPDX-License-Identifier: MIT
// Random but plausible migrations: texts, folders, and what is asked of them. From one seed comes
// one case, always the same.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace honeydue::support {

class chance {
public:
    explicit chance(std::uint64_t seed) : source_{seed} {}

    /// From 0 to `below` - 1.
    std::size_t pick(std::size_t below) { return source_() % below; }
    bool once_in(std::size_t times) { return pick(times) == 0; }
    template <class T>
    const T& of(const std::vector<T>& all) {
        return all[pick(all.size())];
    }

private:
    std::mt19937_64 source_;
};

/// A text for the parser alone: lines of all kinds in any order.
std::string made_text(chance& at);

/// Name to text. A name that ends in "/" is a folder.
using made_files = std::map<std::string, std::string>;
made_files made_folder(chance& at);

/// One more file, or one less, or one edited.
void change_folder(chance& at, made_files& files);

/// "up", "down-to 3" …, with its options as letters: m allow-missing, n no-versioning.
struct made_command {
    std::vector<std::string> words;
    std::string options;
};
made_command made_order(chance& at);

}  // namespace honeydue::support
