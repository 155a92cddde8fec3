// SPDX-License-Identifier: MIT
// Notifications, which are each one user's alone.
#include "store_rows.hpp"

namespace api {

namespace {

using notice = ::notification::notification;

struct count_read {
    bool is_known;
    std::int64_t count;
};

}  // namespace

answer<page_of<notification>> store::notifications_of(const std::string& token,
                                                      const notification_filter& only,
                                                      const page_wanted& wanted) const {
    const counted_call counted;
    const auto user =
        hd::select<&authtoken::token::user_id>().where(col<&authtoken::token::key> == token);
    const bool is_read = only.is_read.value_or(false);
    const auto chosen =
        hd::only_if(only.is_read.has_value() && is_read, col<&notice::read_at>.is_not_null()) &&
        hd::only_if(only.is_read.has_value() && !is_read, col<&notice::read_at>.is_null()) &&
        matching<&notice::kind>(only.kind);
    return state_->read_page<notification>(
        token, hd::pages_of(hd::select<notice>().where(col<&notice::user_id>.in(user) && chosen),
                            col<&notice::created_at>.descending())
                   .named("notifications")
                   .size(wanted.limit)
                   .after(wanted.cursor)
                   .prepare());
}

answer<notification> store::read_notification(const std::string& token, std::int64_t id) const {
    const counted_call counted;
    const std::string text =
        std::string{with_caller} +
        ", made as (update notification_notification n set read_at = coalesce(n.read_at, now()) "
        "from caller c where n.id = $2 and n.user_id = c.user_id returning n.*) select exists "
        "(select from caller) as is_known, exists (select from made) as is_there, true as fits, " +
        made_rows<notice>();
    return as_plain<notification>(
        judged(hd::fetch_one<written<notice>>(state_->db, hd::runtime(text, token, id)),
               trouble::kind::unknown_notification, trouble::kind::internal));
}

answer<std::int64_t> store::read_notifications(const std::string& token) const {
    const counted_call counted;
    const auto found = hd::fetch_one<count_read>(
        state_->db, hd::runtime(std::string{with_caller} +
                                    ", read as (update notification_notification n set read_at = "
                                    "now() from caller c where n.user_id = c.user_id and n.read_at "
                                    "is null returning n.id) select exists (select from caller) as "
                                    "is_known, (select count(*) from read) as count",
                                token));
    if (!found) return tl::unexpected{as_trouble(found.error())};
    if (!found->is_known) return refused(trouble::kind::unknown_token);
    return found->count;
}

}  // namespace api
