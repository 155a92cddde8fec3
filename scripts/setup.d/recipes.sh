# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What goes into .deps, one recipe a thing: where it comes from, what it leaves, how it is checked.
# A recipe gets an empty folder to work in, with a folder downloads in it.
# shellcheck disable=SC2154,SC2034  # these files are read together by scripts/setup

recipes=(pfr expected catch2 postgresql pgbouncer_packaged pgbouncer_tracking redis goose)

inputs_of() {
    case $1 in
    postgresql) printf '%s %s' "$postgresql" "$(server_folder)" ;;
    pgbouncer_packaged) printf '%s' "$old_pgbouncer" ;;
    pgbouncer_tracking) printf '%s' "$new_pgbouncer" ;;
    catch2) printf '%s' "$catch2" ;;
    goose) printf '%s %s' "$(go_program)" "$(cat "$root"/tests/differential/goose_peer/* | sha256sum)" ;;
    esac
}

products_of() {
    case $1 in
    pfr) echo include/boost/pfr.hpp include/boost/pfr/core_name.hpp ;;
    expected) echo include/tl/expected.hpp ;;
    catch2) echo include/catch2/catch_test_macros.hpp ;;
    postgresql) echo bin/postgres bin/initdb ;;
    pgbouncer_packaged) ;;
    pgbouncer_tracking) echo bin/pgbouncer-tracking ;;
    redis) echo bin/redis-server ;;
    asyncpg) ;;
    goose) [[ ${CI:-} != true || -z $(go_program) ]] || echo bin/goose bin/goose-peer ;;
    esac
}

# Boost.PFR with member names; its headers stand alone, so the rest of Boost stays out.
recipe_pfr() {
    downloads=$1/downloads
    fetch_first "$downloads" libboost1.88-dev/trixie libboost1.90-dev/forky ||
        die "Boost.PFR: no mirror gave libboost1.88-dev; install Boost >= 1.84 yourself"
    unpack_usr "$downloads" include/boost/pfr include/boost/pfr.hpp
    grep -q names_as_array "$deps/include/boost/pfr/core_name.hpp" ||
        die "Boost.PFR: the headers have no names_as_array; Boost >= 1.84 is needed"
}

recipe_expected() {
    downloads=$1/downloads
    fetch_first "$downloads" libexpected-dev/forky libexpected-dev/trixie ||
        die "tl::expected: no mirror gave libexpected-dev; install tl-expected yourself"
    unpack_usr "$downloads" include/tl "share/cmake/*"
    grep -q nodiscard "$deps/include/tl/expected.hpp" ||
        die "tl::expected: the header lacks [[nodiscard]]; a newer libexpected-dev is needed"
}

recipe_catch2() {
    downloads=$1/downloads
    fetch_first "$downloads" "$catch2" ||
        die "Catch2: no mirror gave $catch2; install Catch2 >= 3 yourself"
    unpack_usr "$downloads" include/catch2 "lib/*"
    [[ -n $(find "$deps/lib" -name libCatch2.a) ]] ||
        die "Catch2: $catch2 brought no static library"
}

# The newest server already on the machine that is new enough, or nothing.
server_folder() {
    local folder newest=
    for folder in /usr/lib/postgresql/*/bin; do
        [[ -x $folder/postgres && -x $folder/initdb ]] || continue
        (($(basename "$(dirname "$folder")") >= 14)) && newest=$folder
    done
    printf '%s' "$newest"
}

# Installing a server package creates and starts a cluster, so it is only unpacked.
recipe_postgresql() {
    downloads=$1/downloads
    local folder name
    folder=$(server_folder)
    if [[ -z $folder ]]; then
        unpack_sys "postgresql-$postgresql" ||
            die "PostgreSQL: no mirror gave postgresql-$postgresql; install a server >= 14"
        folder=$deps/sys/usr/lib/postgresql/$postgresql/bin
    fi
    for name in postgres initdb pg_ctl pg_isready psql pg_dump; do
        [[ ! -x $folder/$name ]] || write_wrapper "$name" "$folder/$name"
    done
    runs postgres --version
    runs initdb --version
}

# PgBouncer before 1.21: forgets prepared statements. Optional where the release has a newer one.
recipe_pgbouncer_packaged() {
    downloads=$1/downloads
    rm -f "$deps/bin/pgbouncer-packaged"
    if [[ $old_pgbouncer == packaged ]]; then
        use_packaged_pgbouncer pgbouncer-packaged
    elif ! (build_pgbouncer "$1" "$old_pgbouncer" pgbouncer-packaged); then
        say "pgbouncer-packaged: 1.18 could not be had on $codename; its tests are left out"
    fi
}

# PgBouncer from 1.21 on: tracks prepared statements.
recipe_pgbouncer_tracking() {
    downloads=$1/downloads
    if [[ $new_pgbouncer == packaged ]]; then
        use_packaged_pgbouncer pgbouncer-tracking
    else
        build_pgbouncer "$1" "$new_pgbouncer" pgbouncer-tracking
    fi
}

# Installing the package starts a service, so it is only unpacked.
use_packaged_pgbouncer() {
    if [[ -x /usr/sbin/pgbouncer ]]; then
        write_wrapper "$1" /usr/sbin/pgbouncer
    else
        unpack_sys pgbouncer || die "PgBouncer: no mirror gave pgbouncer for $codename"
        write_wrapper "$1" "$deps/sys/usr/sbin/pgbouncer"
    fi
    runs "$1" --version
}

build_pgbouncer() {
    local work=$1 suite=$2 name=$3
    fetch_source "$downloads" "pgbouncer/$suite" ||
        die "PgBouncer: no mirror gave the source of pgbouncer in $suite"
    unpack_debian_source "$work"
    (cd "$work/source" && compile_pgbouncer) >"$deps/$name.log" 2>&1 ||
        { tail -n 15 "$deps/$name.log" >&2; die "PgBouncer: building $suite's source failed"; }
    install -D -m 755 "$work/source/pgbouncer" "$deps/libexec/$name"
    write_wrapper "$name" "$deps/libexec/$name"
    runs "$name" --version
    rm -f "$deps/$name.log"
}

unpack_debian_source() {
    local work=$1 patch
    mkdir -p "$work/source"
    tar -x -C "$work/source" --strip-components=1 --no-same-owner -f "$downloads"/*.orig.tar.*z*
    tar -x -C "$work/source" --no-same-owner -f "$downloads"/*.debian.tar.*
    [[ -r $work/source/debian/patches/series ]] || return 0
    grep -Ev '^(#|$)' "$work/source/debian/patches/series" | while read -r patch; do
        patch -s -d "$work/source" -p1 <"$work/source/debian/patches/$patch"
    done
}

# Linked with the static libevent and c-ares, so that the program stands alone.
compile_pgbouncer() {
    ./configure --without-systemd --without-pam \
        LIBEVENT_LIBS=-l:libevent.a CARES_LIBS=-l:libcares.a \
        LIBEVENT_CFLAGS=' ' CARES_CFLAGS=' '
    make -j2 pgbouncer
}

# For scripts/setup --bench only, and optional: a peer that is absent is said to be.
recipe_asyncpg() {
    downloads=$1/downloads
    if fetch_first "$downloads" "python3-asyncpg/$codename"; then
        unpack_usr "$downloads" "lib/python3/dist-packages/asyncpg/*"
    else
        say "asyncpg: no mirror gave python3-asyncpg; make bench will do without"
    fi
}

# The package redis-server starts a service; redis-check-rdb of redis-tools is the same program, and
# is the server when it is called by that name.
recipe_redis() {
    cat >"$deps/bin/redis-server" <<'SH'
#!/bin/bash
exec -a redis-server /usr/bin/redis-check-rdb "$@"
SH
    chmod 755 "$deps/bin/redis-server"
    runs redis-server --version
}

# A Go that reads go.mod files of 1.21, or nothing.
go_program() {
    local go version
    go=$(command -v go || true)
    [[ -n $go ]] || go=/usr/local/go/bin/go
    [[ -x $go ]] || return 0
    version=$("$go" env GOVERSION 2>/dev/null) || return 0
    [[ $version =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 21)) && printf '%s' "$go"
    return 0
}

# The real goose, and a process that is goose for the tests that compare with it. Optional.
recipe_goose() {
    local go
    go=$(go_program)
    rm -f "$deps/bin/goose" "$deps/bin/goose-peer"
    if [[ -z $go ]]; then
        say "goose: there is no Go >= 1.21; the tests that compare with goose are left out"
        return
    fi
    if build_goose "$go" >"$deps/goose.log" 2>&1; then
        rm -f "$deps/goose.log"
        return
    fi
    tail -n 5 "$deps/goose.log" >&2
    [[ ${CI:-} != true ]] || die "goose: Go could not build v3.22.1; its own message says why"
    say "goose: could not be built; the tests that compare with it are left out"
}

build_goose() {
    (cd "$root/tests/differential/goose_peer" && "$1" build -buildvcs=false -o "$deps/bin/goose-peer" .) &&
        GOBIN=$deps/bin "$1" install github.com/pressly/goose/v3/cmd/goose@v3.22.1
}

runs() {
    "$deps/bin/$1" "${@:2}" >/dev/null || die "$1: was set up but does not run"
}
