#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Whole commands of honeydue beside goose's, on servers of its own, without and with 20 ms of wire:
#   benchmarks/migration.sh [FILES]     10 000 by default; goose is .deps/bin/goose
#   benchmarks/migration.sh big [MB]    one file of INSERTs, 1024 MB by default, and the memory
# A table of seconds, best of three for status, one run for up, whose second run has nothing to do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -z ${HONEYDUE_TEST_DIRECT_PORT:-} ]]; then
    scripts/build release honeydue-cli with_servers >&2
    for rtt in ${RTTS:-0 20}; do
        rtt_words=()
        ((rtt == 0)) || rtt_words=(--rtt "$rtt")
        echo "wire: $rtt ms"
        build/release/tests/with_servers "${rtt_words[@]}" -- "${BASH_SOURCE[0]}" "$@"
        [[ ${1:-} != big ]] || break
    done
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
honeydue=build/release/examples/honeydue
export PGPASSWORD=$POSTGRES_PASSWORD PGSSLMODE=require
dbstring="host=$DB_HOST port=$DB_PORT user=$POSTGRES_USER dbname=$POSTGRES_DB"

seconds() {
    local begun ended
    begun=$(date +%s%N)
    "$@" >"$work/log" 2>&1 || { tail -n 3 "$work/log" >&2; exit 1; }
    ended=$(date +%s%N)
    awk -v ns=$((ended - begun)) 'BEGIN { printf "%.3f", ns / 1e9 }'
}

best_of_three() {
    { seconds "$@"; echo; seconds "$@"; echo; seconds "$@"; echo; } | sort -n | head -n1
}

row() { printf '| %-22s | %10s | %10s |\n' "$@"; }

folder_of() {
    local count=$1 i
    mkdir "$work/m"
    for ((i = 1; i <= count; ++i)); do
        printf -- '-- +goose Up\ncreate table t%d (id int);\ninsert into t%d values (1);\ninsert into t%d values (2);\nupdate t%d set id = 3 where id = 2;\ndrop table t%d;\n-- +goose Down\nselect 1;\n' \
            "$i" "$i" "$i" "$i" "$i" >"$work/m/$(printf '%06d' "$i")_x.sql"
    done
}

compare() {
    local goose=.deps/bin/goose
    folder_of "${1:-10000}"
    local ours=("$honeydue" goose -dir "$work/m" postgres "$dbstring")
    local own=("$honeydue" migrate --dir "$work/m" --table ours_version)
    local theirs=("$goose" -dir "$work/m" postgres "$dbstring")
    row "${1:-10000} files" goose honeydue
    row "status, all pending" "$(best_of_three "${theirs[@]}" status)" "$(best_of_three "${ours[@]}" -table ours_version status)"
    row "plan (goose has none)" - "$(best_of_three "${own[@]}" plan --json)"
    row up "$(seconds "${theirs[@]}" up)" "$(seconds "${ours[@]}" -table ours_version up)"
    row "up, nothing to do" "$(best_of_three "${theirs[@]}" up)" "$(best_of_three "${ours[@]}" -table ours_version up)"
    row "status, all applied" "$(best_of_three "${theirs[@]}" status)" "$(best_of_three "${ours[@]}" -table ours_version status)"
}

big() {
    local megabytes=${1:-1024}
    mkdir "$work/m"
    {
        printf -- '-- +goose Up\ncreate unlogged table big (id int, v text);\n'
        awk -v want=$((megabytes * 1048576)) 'BEGIN {
            v = sprintf("%900s", ""); gsub(/ /, "x", v)
            for (i = size = 0; size < want; ++i) {
                line = "insert into big values (" i ", \x27" v "\x27);"
                size += length(line) + 1
                print line
            }
        }'
    } >"$work/m/1_big.sql"
    ls -l "$work/m" | tail -n1
    "$honeydue" goose -dir "$work/m" postgres "$dbstring" up &
    local id=$!
    local peak=0 now
    while now=$(awk '/VmHWM/ { print $2 }' "/proc/$id/status" 2>/dev/null) && [[ -n $now ]]; do
        peak=$now
        sleep 0.2
    done
    wait "$id"
    echo "peak resident memory: $((peak / 1024)) MiB"
}

if [[ ${1:-} == big ]]; then
    big "${2:-}"
else
    compare "${1:-}"
fi
