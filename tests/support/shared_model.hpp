// SPDX-License-Identifier: MIT
// What the scripts of the Redis tier do to one namespace, in plain C++ with the time as an
// argument: the reference that the exhaustive check explores and that the scripts themselves are
// compared with, operation by operation.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace honeydue::support {

// Milliseconds of the server's clock.
using server_time = std::int64_t;

enum class acquire_kind { hit, granted, busy, dirty };

struct acquire_reply {
    acquire_kind kind;
    server_time rest = 0;  // of the value, the lease or the intent
    std::string value{};

    friend bool operator==(const acquire_reply&, const acquire_reply&) = default;
};

class shared_model {
public:
    using names = std::vector<std::string>;

    // What a caller says of the key it wants.
    struct place {
        std::string key;
        std::string field;  // the type's fingerprint
        names tags{};
    };
    enum class acquire_mode { serve_old, bypass_intended, replace };

    // `nonce` becomes the generation of the tags that have none, with their number behind it.
    acquire_reply acquire(server_time now, const place& at, const std::string& token,
                          server_time lease, acquire_mode how, const std::string& nonce);
    // False: refused, and the lease is gone.
    bool fill(server_time now, const place& at, const std::string& token, const std::string& value,
              server_time ttl, const std::string& nonce);
    void release(server_time now, const place& at, const std::string& token);

    void intend(server_time now, const names& keys, const names& tags, const std::string& tx,
                server_time window);
    enum class own_intent { removed, left_to_lapse };
    void done(server_time now, const names& keys, const names& tags, const std::string& tx,
              own_intent own, const std::string& nonce);
    void cancel(server_time now, const names& keys, const names& tags, const std::string& tx);

    // What a reader of any kind would be served: the value, if one is valid at all.
    std::optional<std::string> peek(server_time now, const std::string& key,
                                    const std::string& field) const;
    // Everything that tells two states apart.
    std::string summary(server_time now) const;

private:
    struct value {
        std::string bytes;
        server_time deadline;
        std::string tags;
    };
    struct lease {
        std::string token;
        server_time deadline;
        std::string tags;
    };
    struct slot {
        std::map<std::string, value> values{};
        std::map<std::string, lease> leases{};
        std::map<std::string, server_time> intents{};
        std::optional<server_time> cap{};
        server_time expires = 0;
    };
    struct tag {
        std::string generation{};
        std::map<std::string, server_time> intents{};
    };
    struct tag_view {
        std::string generations;
        std::optional<server_time> first_lapse;
        std::optional<server_time> last_lapse;
    };

    slot& open(server_time now, const std::string& key);
    tag_view read_tags(server_time now, const names& wanted, const std::string& nonce);
    static std::optional<server_time> live_intent(server_time now, slot& of);

    std::map<std::string, slot> slots_;
    std::map<std::string, tag> tags_;
};

}  // namespace honeydue::support
