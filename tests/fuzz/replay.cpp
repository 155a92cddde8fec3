// SPDX-License-Identifier: MIT
// Gives a fuzz target every file of a folder, naming it first: what libFuzzer does with its corpus,
// for every compiler and every test run.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

void replay(const fs::path& file) {
    std::ifstream stream{file, std::ios::binary};
    const std::string input{std::istreambuf_iterator<char>{stream}, {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    bool any = false;
    for (const auto& entry : fs::directory_iterator{arguments[1]}) {
        std::printf("%s\n", entry.path().filename().c_str());
        std::fflush(stdout);
        replay(entry.path());
        any = true;
    }
    return any ? 0 : 1;
}
