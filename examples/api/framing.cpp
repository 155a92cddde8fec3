// SPDX-License-Identifier: MIT
// Where a request ends. The library compares Content-Length alone with its limit, and never reads
// the body of a GET.
#include "framing.hpp"

#include <httplib.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "request_log.hpp"
#include "request_record.hpp"

namespace api {

namespace {

/// The library adds four of its own: addresses and ports.
constexpr std::size_t most_header_fields = 100 + 4;

constexpr refusal malformed_request{400, "malformed_request",
                                    "this is not a whole request of HTTP/1.1"};
constexpr refusal unexpected_body{400, "unexpected_body", "a request of this method has no body"};
constexpr refusal length_required{411, "length_required",
                                  "send the body in one piece, with its Content-Length"};
constexpr refusal body_too_large{413, "body_too_large", "the body is larger than 64 KiB"};
constexpr refusal path_too_long{414, "path_too_long", "the path is longer than 8 KiB"};
constexpr refusal unsupported_media_type{
    415, "unsupported_media_type",
    "send the body as Content-Type: application/json, without Content-Encoding"};
constexpr refusal unsatisfiable_range{416, "unsatisfiable_range",
                                      "every answer is whole: leave Range out"};
constexpr refusal header_too_large{
    431, "header_too_large", "a header field is larger than 8 KiB, or there are more than 100"};

/// What the library refuses by itself.
constexpr const refusal* given_up[] = {&malformed_request, &unknown_path,        &body_too_large,
                                       &path_too_long,     &unsatisfiable_range, &header_too_large};

/// A name that is none may be read as another by the proxy in front: "Content-Length : 5".
bool is_name(const std::string& text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != std::string_view::npos;
    });
}

/// 0 where nothing is said; nothing when what is said is no length, or said twice.
std::optional<std::uint64_t> length_said(const httplib::Request& request) {
    const auto count = request.get_header_value_count("Content-Length");
    if (count == 0) return 0;
    const std::string text = request.get_header_value("Content-Length");
    std::uint64_t length = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), length);
    const bool is_number = count == 1 && !text.empty() && end == text.data() + text.size();
    if (!is_number) return std::nullopt;
    return failure == std::errc{} ? length : UINT64_MAX;
}

bool is_plain_json(const httplib::Request& request) {
    std::string type = request.get_header_value("Content-Type");
    type.resize(std::min(type.find_first_of("; \t"), type.size()));
    const auto codings = request.headers.equal_range("Content-Encoding");
    return ::strcasecmp(type.c_str(), "application/json") == 0 &&
           std::all_of(codings.first, codings.second, [](const auto& field) {
               return ::strcasecmp(field.second.c_str(), "identity") == 0;
           });
}

bool takes_body(const std::string& method) {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

/// The library gives up on a header that is too long with a plain 400: it knows the request line
/// then, and not yet whom it speaks to.
int status_meant(const httplib::Request& request, int status) {
    const bool in_header = !request.path.empty() && request.remote_addr.empty();
    return status == 400 && in_header ? 431 : status;
}

/// The library's own request, which is no constant: it looks here when it writes an answer.
httplib::Request& librarys(const httplib::Request& request) {
    return const_cast<httplib::Request&>(request);
}

}  // namespace

tl::expected<std::size_t, refusal> body_ahead(const httplib::Request& request, std::size_t most) {
    if (request.headers.size() > most_header_fields) return tl::unexpected{header_too_large};
    const bool has_names = std::all_of(request.headers.begin(), request.headers.end(),
                                       [](const auto& field) { return is_name(field.first); });
    const bool is_coded = request.has_header("Transfer-Encoding");
    const auto length = length_said(request);
    if (!has_names || !length || (is_coded && request.has_header("Content-Length")))
        return tl::unexpected{malformed_request};
    if (*length == 0 && !is_coded) return 0;
    if (!takes_body(request.method)) return tl::unexpected{unexpected_body};
    if (is_coded) return tl::unexpected{length_required};
    if (*length > most) return tl::unexpected{body_too_large};
    if (!is_plain_json(request)) return tl::unexpected{unsupported_media_type};
    return static_cast<std::size_t>(*length);
}

// The library ends a connection when the body of an answer fails, which that of a HEAD cannot.
void refuse_and_close(const httplib::Request& request, httplib::Response& to, const refusal& why) {
    httplib::Request& asked = librarys(request);
    const bool is_head = asked.method == "HEAD";
    if (is_head) asked.method = "GET";
    asked.headers.erase("Connection");
    asked.headers.emplace("Connection", "close");
    ignore_range(request);
    to.headers.clear();
    refuse(to, why);
    to.headers.erase("Content-Type");
    std::string text;
    text.swap(to.body);
    const auto length = text.size();
    to.set_content_provider(
        length, "application/json",
        [text = std::move(text), is_head](std::size_t, std::size_t, httplib::DataSink& sink) {
            if (!is_head) sink.write(text.data(), text.size());
            return false;
        });
}

bool is_answered(const httplib::Response& to) { return !to.body.empty() || to.content_provider_; }

void refuse_given_up(const httplib::Request& request, httplib::Response& to) {
    const int status = status_meant(request, to.status);
    const auto known = std::find_if(std::begin(given_up), std::end(given_up),
                                    [&](const refusal* one) { return one->status == status; });
    if (known != std::end(given_up)) return refuse_and_close(request, to, **known);
    refusal other = status < 500 ? malformed_request : internal;
    other.status = status;
    refuse_and_close(request, to, other);
}

void refuse_thrown(const httplib::Request& request, httplib::Response& to,
                   const std::exception_ptr& thrown) {
    std::string what = "an exception of no known kind";
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& known) {
        what = known.what();
    } catch (...) {
    }
    if (request_of_this_thread() == nullptr) log_line("error", what);
    note_failure(what);
    refuse_and_close(request, to, internal);
}

void ignore_range(const httplib::Request& request) { librarys(request).ranges.clear(); }

}  // namespace api
