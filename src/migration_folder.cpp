// SPDX-License-Identifier: MIT
// The migrations on the disk: see the header.
#include "migration_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "sha256.hpp"

namespace honeydue::detail {
namespace {

namespace fs = std::filesystem;

bool is_migration(std::string_view name) {
    return name.ends_with(".sql") || (name.ends_with(".go") && !name.ends_with("_test.go"));
}

/// So that a checkout with other line ends is the same file.
void add_without_cr(sha256& sum, std::string_view bytes) {
    while (!bytes.empty()) {
        const std::string_view part = bytes.substr(0, bytes.find('\r'));
        sum.add(std::as_bytes(std::span{part}));
        bytes.remove_prefix(std::min(part.size() + 1, bytes.size()));
    }
}

std::string hexadecimal(const sha256_digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte one : digest) {
        text += digits[std::to_integer<std::size_t>(one >> 4U)];
        text += digits[std::to_integer<std::size_t>(one & std::byte{0xF})];
    }
    return text;
}

/// As Go says it: "no such file or directory".
std::string fault_text(int code) {
    std::string text = std::error_code{code, std::generic_category()}.message();
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
        text[0] = static_cast<char>(text[0] + ('a' - 'A'));
    }
    return text;
}

migration_fault disk_fault(std::string words) {
    return {0, std::move(words), "check that it is a file, and who may read it"};
}

/// Memory: one part.
template <class Take>
void each_part(std::istream& from, Take&& take) {
    constexpr std::size_t size = std::size_t{1} << 16U;
    const auto part = std::make_unique_for_overwrite<char[]>(size);
    while (from.read(part.get(), static_cast<std::streamsize>(size)) || from.gcount() > 0) {
        if (!take(std::string_view{part.get(), static_cast<std::size_t>(from.gcount())})) return;
    }
}

bool deliver(migration_reader& reader, const statement_sink& sink) {
    for (migration_statement& made : reader.take()) {
        if (!sink(std::move(made))) return false;
    }
    return true;
}

}  // namespace

planned<std::vector<migration_source>> read_folder(const std::string& folder, std::int64_t last) {
    std::error_code fault;
    const auto status = fs::status(fs::path{folder}, fault);
    if (!fs::exists(status)) return tl::unexpected{folder + " directory does not exist"};
    std::vector<std::string> names;
    if (fs::is_directory(status)) {
        fs::directory_iterator entries{fs::path{folder}, fault};
        for (; !fault && entries != fs::directory_iterator{}; entries.increment(fault)) {
            std::string name = entries->path().filename().string();
            if (is_migration(name)) names.push_back(std::move(name));
        }
        if (fault) return tl::unexpected{"open " + folder + ": " + fault_text(fault.value())};
    }
    auto sources = sources_of(std::move(names), folder, last);
    if (sources && sources->empty()) {
        return tl::unexpected{std::string{no_files_words}};
    }
    return sources;
}

error folder_error(const std::string& goose_words) {
    const bool is_name = goose_words.ends_with("does not exist") || goose_words == no_files_words;
    return error{errc::file,
                 goose_words + (is_name ? ": name the folder that has the migrations" : "")};
}

migration_parsed<file_outline> read_file(const std::string& path, direction way, reading how,
                                         const statement_sink& sink,
                                         const std::function<void(std::string_view)>& trace) {
    std::error_code fault;
    if (fs::is_directory(fs::path{path}, fault)) {
        return tl::unexpected{
            disk_fault("failed to scan migration: read " + path + ": is a directory")};
    }
    std::ifstream from{path, std::ios::binary};
    if (!from) return tl::unexpected{disk_fault("open " + path + ": " + fault_text(errno))};
    migration_reader reader{way, how, process_environment};
    reader.tell(trace);
    file_outline outline;
    const statement_sink counted = [&](migration_statement&& made) {
        ++outline.statements;
        return sink(std::move(made));
    };
    sha256 sum;
    migration_parsed<bool> wanted = true;
    each_part(from, [&](std::string_view bytes) {
        add_without_cr(sum, bytes);
        if (auto fed = reader.feed(bytes); !fed) {
            wanted = tl::unexpected{std::move(fed.error())};
        } else {
            wanted = deliver(reader, counted);
        }
        return wanted.has_value() && *wanted;
    });
    if (!wanted) return tl::unexpected{std::move(wanted.error())};
    if (!*wanted) return outline;
    if (from.bad())
        return tl::unexpected{
            disk_fault("failed to scan migration: read " + path + ": input/output error")};
    if (auto ended = reader.finish(); !ended) return tl::unexpected{std::move(ended.error())};
    deliver(reader, counted);
    outline.in_transaction = reader.in_transaction();
    outline.has_down = reader.has_down();
    outline.checksum = hexadecimal(sum.finish());
    return outline;
}

std::string checksum_of(const std::string& path) {
    std::ifstream from{path, std::ios::binary};
    if (!from) return {};
    sha256 sum;
    each_part(from, [&sum](std::string_view bytes) {
        add_without_cr(sum, bytes);
        return true;
    });
    return hexadecimal(sum.finish());
}

}  // namespace honeydue::detail
