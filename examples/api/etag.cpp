// SPDX-License-Identifier: MIT
// Entity tags: half a SHA-256 of the body. They are weak, for the library sends it as it is, by
// gzip or by brotli, as the client likes.
#include "etag.hpp"

#include <httplib.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

namespace api {

namespace {

constexpr std::size_t told_bytes = 16;

/// Without W/.
std::string tag_of(const std::string& body) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(body.data(), body.size(), digest, nullptr, EVP_sha256(), nullptr) != 1)
        return "";
    std::string text = "\"";
    for (std::size_t i = 0; i < told_bytes; ++i) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>(digest[i]));
        text += two;
    }
    return text + "\"";
}

/// By the weak comparison. Tags hold no comma of ours, and one of somebody else's fits nothing of
/// ours either way.
bool names(std::string_view list, std::string_view tag) {
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        std::string_view one = list.substr(0, comma);
        list.remove_prefix(std::min(comma + 1, list.size()));
        one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
        one = one.substr(0, one.find_last_not_of(" \t") + 1);
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == tag || one == "*") return true;
    }
    return false;
}

bool has_it(const httplib::Request& request, std::string_view tag) {
    const auto lists = request.headers.equal_range("If-None-Match");
    return std::any_of(lists.first, lists.second,
                       [&](const auto& field) { return names(field.second, tag); });
}

}  // namespace

void tag_body(const httplib::Request& request, httplib::Response& answer) {
    const std::string tag = tag_of(answer.body);
    if (tag.empty()) return;
    answer.headers.erase("Cache-Control");
    answer.set_header("Cache-Control", "private, no-cache");
    answer.set_header("ETag", "W/" + tag);
    if (!has_it(request, tag)) return;
    answer.status = 304;
    answer.headers.erase("Content-Type");
    answer.body.clear();
}

}  // namespace api
