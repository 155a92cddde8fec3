// SPDX-License-Identifier: MIT
// Reads one SQL statement well enough to say where it may be sent: at compile time for sql<>, at
// run time for runtime(). It sees grammar positions, not words: a table called temp or a column
// called listen is no offence. It does not see into the bodies of functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <honeydue/detail/sql_tokens.hpp>
#include <honeydue/statement.hpp>

namespace honeydue::detail {

/// What in a text decides where it may be sent; the strictest one.
enum class construct : std::uint8_t {
    none,
    row_lock,
    transaction_only,  ///< SET LOCAL, LOCK, a cursor, a temporary table dropped on commit
    maintenance,       ///< VACUUM and its kind: not inside a transaction
    set,
    set_config,
    listen,
    session_lock,
    prepared,
    discard,
    load,
    temporary,
    held_cursor,
    last_value,
    odd_name,
    transaction_control,
    call,
    copy,
};

constexpr place place_of(construct what) {
    if (what == construct::none) return place::anywhere;
    if (what <= construct::transaction_only) return place::in_transaction;
    return what == construct::maintenance ? place::alone : place::session;
}

struct sql_reading {
    sql_fault fault = sql_fault::none;
    construct what = construct::none;
    effect does = effect::unknown;
    std::size_t parameters = 0;  ///< the greatest $n

    [[nodiscard]] constexpr honeydue::place place() const { return place_of(what); }
};

/// The words a statement begins with.
struct sql_head {
    static constexpr std::size_t most = 14;
    std::array<token, most> tokens{};
    std::size_t size = 0;

    constexpr void add(const token& one) {
        if (size < most) tokens[size++] = one;
    }
    /// The end's token beyond what is kept.
    [[nodiscard]] constexpr token operator[](std::size_t i) const {
        return i < size ? tokens[i] : token{};
    }
};

/// The place a statement's first words decide.
[[nodiscard]] constexpr construct construct_of(const sql_head& head, std::size_t from,
                                               bool concurrently, bool held, bool on_commit_drop);
[[nodiscard]] constexpr effect effect_of(const sql_head& head, std::size_t from);

class sql_reader {
public:
    constexpr explicit sql_reader(std::string_view text) : tokens_{text} {}

    constexpr sql_reading read() {
        for (token now = tokens_.next(); now.kind != token_kind::end; now = tokens_.next())
            take(now);
        reading_.fault = tokens_.fault() != sql_fault::none ? tokens_.fault() : fault_;
        if (reading_.fault == sql_fault::none) conclude();
        return reading_;
    }

private:
    /// An open call whose last argument decides.
    struct open_call {
        std::size_t depth = 0;
        std::size_t commas = 0;
        std::size_t tokens = 0;
        bool says_true = false;
    };

    constexpr void fail(sql_fault why) {
        if (fault_ == sql_fault::none) fault_ = why;
    }
    constexpr void find(construct what) {
        if (what > reading_.what) reading_.what = what;
    }

    constexpr void take(const token& now) {
        if (now.is(';') && depth_ == 0 && body_ == 0) {
            ended_ = true;
            return;
        }
        if (ended_) return fail(sql_fault::several_statements);
        head_.add(now);
        ++count_;
        note_argument(now);
        into_temporary(now);
        if (now.kind == token_kind::symbol) {
            symbol(now);
        } else if (now.kind == token_kind::parameter) {
            parameter(now.parameter);
        } else if (now.kind == token_kind::word) {
            word(now);
        }
        before_last_ = before_;
        before_ = last_;
        last_ = now;
    }

    constexpr void symbol(const token& now) {
        if (now.is('(')) {
            call();
            ++depth_;
        } else if (now.is(')')) {
            if (depth_ == 0) return fail(sql_fault::parentheses);
            --depth_;
            close_call();
        } else if (now.is('.') && last_.names("pg_temp")) {
            find(construct::temporary);
        }
    }

    constexpr void parameter(std::size_t number) {
        if (number > reading_.parameters) reading_.parameters = number;
        if (number == 0) return fail(sql_fault::parameter_gap);
        if (number <= seen_.size()) seen_[number - 1] = true;
    }

    constexpr void word(const token& now) {
        switch (lower_ascii(now.text[0])) {
            case 'b':
                if (now.is("begin") && makes_routine()) ++body_;
                break;
            case 'c':
                if (body_ > 0 && now.is("case")) ++body_;
                concurrently_ = concurrently_ || now.is("concurrently");
                break;
            case 'd':
                if (last_.is("commit") && before_.is("on") && now.is("drop"))
                    on_commit_drop_ = true;
                writes(now, "delete");
                break;
            case 'e':
                if (body_ > 0 && now.is("end")) --body_;
                break;
            case 'h':
                if (last_.is("with") && now.is("hold")) held_ = true;
                break;
            case 'i':
                writes(now, "insert");
                break;
            case 'm':
                writes(now, "merge");
                break;
            default:
                word_of_clause(now);
        }
    }

    constexpr void word_of_clause(const token& now) {
        const bool selects = head_[0].is("select") || head_[0].is("with") || head_[0].is('(');
        writes(now, "update");
        if (selects && last_.is("for") &&
            (now.is("update") || now.is("share") || now.is("no") || now.is("key"))) {
            reading_.does = effect::writes;
            if (depth_ == 0 && !head_[0].is("with")) find(construct::row_lock);
        }
    }

    /// "select … into temp x" makes a temporary table; "into temp from t" one that is called temp.
    constexpr void into_temporary(const token& now) {
        if (!(last_.is("temp") || last_.is("temporary")) || !before_.is("into")) return;
        if (before_last_.is("insert") || before_last_.is("merge")) return;
        if (now.kind != token_kind::word && now.kind != token_kind::name) return;
        for (const std::string_view clause : {"from", "where", "group", "having", "order", "limit",
                                              "offset", "union", "intersect", "except", "for"}) {
            if (now.is(clause)) return;
        }
        find(construct::temporary);
    }

    /// A write inside WITH.
    constexpr void writes(const token& now, std::string_view verb) {
        if (!last_.is('(') || !now.is(verb)) return;
        reading_.does = effect::writes;
    }

    [[nodiscard]] constexpr bool makes_routine() const {
        return head_[0].is("create") &&
               (body_ > 0 || head_[1].is("function") || head_[1].is("procedure") ||
                head_[3].is("function") || head_[3].is("procedure"));
    }

    /// At an opening parenthesis: is a function of these called here.
    constexpr void call() {
        if (last_.kind == token_kind::odd_name) return find(construct::odd_name);
        if (last_.kind != token_kind::word && last_.kind != token_kind::name) return;
        const bool qualified = before_.is('.');
        if (qualified && !before_last_.names("pg_catalog")) return;
        if (!qualified && names_no_function(before_)) return;
        called(last_);
    }

    constexpr void called(const token& name) {
        if (name.text.size() < 7 || name.text.size() > 30) return;
        const char first = lower_ascii(name.text[0]);
        if (first == 'p') {
            for (const std::string_view lock :
                 {"pg_advisory_lock", "pg_advisory_lock_shared", "pg_try_advisory_lock",
                  "pg_try_advisory_lock_shared", "pg_advisory_unlock", "pg_advisory_unlock_shared",
                  "pg_advisory_unlock_all"}) {
                if (name.names(lock)) find(construct::session_lock);
            }
        } else if (name.names("set_config")) {
            open_set_config();
        } else if (name.names("lastval") || name.names("currval")) {
            find(construct::last_value);
        } else if (name.names("nextval")) {
            reading_.does = effect::writes;
        }
    }

    /// "into name (", "as name (" and their like name a table or its columns.
    [[nodiscard]] constexpr bool names_no_function(const token& before) const {
        for (const std::string_view word :
             {"into", "table", "as", "with", "recursive", "references", "function", "procedure",
              "index", "view", "update"}) {
            if (before.is(word)) return true;
        }
        const bool creates = head_[0].is("create");
        return before.is(')') || (creates && (before.is("on") || before.is("exists")));
    }

    constexpr void open_set_config() {
        if (calls_ == open_.size()) return find(construct::set_config);
        open_[calls_++] = open_call{depth_ + 1, 0, 0, false};
    }
    constexpr void note_argument(const token& now) {
        if (calls_ == 0) return;
        open_call& innermost = open_[calls_ - 1];
        if (now.is(',') && depth_ == innermost.depth) {
            ++innermost.commas;
            innermost.tokens = 0;
        } else if (depth_ >= innermost.depth && !(now.is(')') && depth_ == innermost.depth)) {
            const bool named = innermost.tokens == 3 && last_.is('>');
            innermost.says_true = now.is("true") && (innermost.tokens == 0 || named);
            ++innermost.tokens;
        }
    }
    constexpr void close_call() {
        if (calls_ == 0 || depth_ + 1 != open_[calls_ - 1].depth) return;
        const open_call& closed = open_[--calls_];
        if (closed.commas != 2 || !closed.says_true) find(construct::set_config);
    }

    constexpr void conclude() {
        if (depth_ != 0) reading_.fault = sql_fault::parentheses;
        if (count_ == 0) reading_.fault = sql_fault::no_statement;
        std::size_t from = 0;
        while (head_[from].is('('))
            ++from;
        if (head_[from].is("explain")) from = behind_explain(from + 1);
        find(construct_of(head_, from, concurrently_, held_, on_commit_drop_));
        if (reading_.does == effect::unknown) reading_.does = effect_of(head_, from);
        // Their $n are the prepared statement's, and the routine's.
        if (head_[0].is("prepare") || head_[0].is("create")) reading_.parameters = 0;
        for (std::size_t i = 0; i < reading_.parameters && i < seen_.size(); ++i) {
            if (!seen_[i]) reading_.fault = sql_fault::parameter_gap;
        }
    }

    [[nodiscard]] constexpr std::size_t behind_explain(std::size_t from) const {
        if (head_[from].is('(')) {
            while (from + 1 < sql_head::most && !head_[from].is(')'))
                ++from;
            return from + 1;
        }
        while (head_[from].is("analyze") || head_[from].is("verbose"))
            ++from;
        return from;
    }

    sql_tokens tokens_;
    sql_reading reading_{};
    sql_head head_{};
    token last_{}, before_{}, before_last_{};
    std::array<open_call, 8> open_{};
    std::array<bool, 128> seen_{};
    std::size_t calls_ = 0;
    std::size_t depth_ = 0;
    std::size_t body_ = 0;
    std::size_t count_ = 0;
    sql_fault fault_ = sql_fault::none;
    bool ended_ = false, concurrently_ = false, held_ = false, on_commit_drop_ = false;
};

struct first_word {
    std::string_view word;
    construct what;
};
/// First words that decide alone.
inline constexpr first_word deciding_words[] = {
    {"set", construct::set},
    {"reset", construct::set},
    {"listen", construct::listen},
    {"unlisten", construct::listen},
    {"prepare", construct::prepared},
    {"execute", construct::prepared},
    {"deallocate", construct::prepared},
    {"discard", construct::discard},
    {"load", construct::load},
    {"begin", construct::transaction_control},
    {"start", construct::transaction_control},
    {"commit", construct::transaction_control},
    {"end", construct::transaction_control},
    {"rollback", construct::transaction_control},
    {"abort", construct::transaction_control},
    {"savepoint", construct::transaction_control},
    {"release", construct::transaction_control},
    {"call", construct::call},
    {"copy", construct::copy},
    {"vacuum", construct::maintenance},
    {"lock", construct::transaction_only},
    {"fetch", construct::transaction_only},
    {"move", construct::transaction_only},
    {"close", construct::transaction_only},
};

constexpr construct construct_of_object(const sql_head& head, std::size_t from,
                                        bool on_commit_drop) {
    std::size_t at = from + 1;
    if (head[at].is("or")) at += 2;
    if (head[at].is("global") || head[at].is("local")) ++at;
    if (head[at].is("temp") || head[at].is("temporary"))
        return on_commit_drop ? construct::transaction_only : construct::temporary;
    for (const std::string_view alone : {"database", "tablespace", "subscription"}) {
        if (head[at].is(alone)) return construct::maintenance;
    }
    return construct::none;
}

constexpr construct construct_of(const sql_head& head, std::size_t from, bool concurrently,
                                 bool held, bool on_commit_drop) {
    const token first = head[from];
    const token second = head[from + 1];
    if (first.is("set") &&
        (second.is("local") || second.is("transaction") || second.is("constraints")))
        return construct::transaction_only;
    if ((first.is("commit") || first.is("rollback")) && second.is("prepared"))
        return construct::maintenance;
    if (first.is("declare")) return held ? construct::held_cursor : construct::transaction_only;
    if (first.is("cluster") && second.kind == token_kind::end) return construct::maintenance;
    if (first.is("create") || first.is("drop")) {
        const construct object = construct_of_object(head, from, on_commit_drop);
        if (object != construct::none) return object;
    }
    if (first.is("alter") && second.is("system")) return construct::maintenance;
    const bool by_name = first.is("create") || first.is("drop") || first.is("reindex");
    if (concurrently && (by_name || first.is("alter"))) return construct::maintenance;
    if (first.is("reindex") && !second.is("index") && !second.is("table"))
        return construct::maintenance;
    for (const first_word& one : deciding_words) {
        if (first.is(one.word)) return one.what;
    }
    return construct::none;
}

constexpr effect effect_of(const sql_head& head, std::size_t from) {
    for (const std::string_view verb :
         {"insert",   "update", "delete", "merge",    "create",   "alter",   "drop",
          "truncate", "grant",  "revoke", "comment",  "refresh",  "reindex", "cluster",
          "vacuum",   "copy",   "import", "reassign", "security", "notify"}) {
        if (head[from].is(verb)) return effect::writes;
    }
    return effect::unknown;
}

/// Cost: one pass. At compile time up to 8 KiB within the compilers' own limits.
constexpr sql_reading read_sql(std::string_view text) { return sql_reader{text}.read(); }

/// A sentence: what in the text is not allowed there, and what to say instead.
[[nodiscard]] std::string_view describe(construct what) noexcept;
[[nodiscard]] std::string_view describe(sql_fault fault) noexcept;

}  // namespace honeydue::detail
