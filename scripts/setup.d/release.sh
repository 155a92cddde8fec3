# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Which Debian this is, which of its packages are needed, and how they get installed.
# shellcheck disable=SC2034,SC2154  # these files are read together by scripts/setup

packages_any=(
    g++ make cmake ninja-build ccache pkg-config clang clang-format clang-tidy
    libfmt-dev libbenchmark-dev libpq-dev libpqxx-dev libssl-dev libevent-dev
    libc-ares-dev libcpp-httplib-dev libcli11-dev nlohmann-json3-dev libhiredis-dev prometheus-cpp-dev
    redis-tools openssl tzdata patch xz-utils valgrind python3
)
never_upgrade=(libc6 libc-bin libc6-dev libstdc++6 libgcc-s1)

choose_release() {
    codename=$(. /etc/os-release 2>/dev/null && printf '%s:%s' "${ID:-}" "${VERSION_CODENAME:-}")
    case $codename in
    debian:bookworm) choose_bookworm ;;
    debian:trixie) choose_trixie ;;
    *) explain_elsewhere ;;
    esac
    codename=${codename#debian:}
    triplet=$(uname -m)-linux-gnu
}

choose_bookworm() {
    packages=("${packages_any[@]}" libclang-rt-14-dev)
    suites=(bookworm bookworm-backports trixie forky)
    postgresql=15
    old_pgbouncer=packaged new_pgbouncer=trixie
    catch2=libcatch2-dev/bookworm-backports
}

choose_trixie() {
    packages=("${packages_any[@]}" libclang-rt-19-dev)
    suites=(trixie forky bookworm)
    postgresql=17
    old_pgbouncer=bookworm new_pgbouncer=packaged
    catch2=libcatch2-dev/trixie
}

explain_elsewhere() {
    cat >&2 <<'TEXT'
setup: this is neither Debian 12 nor Debian 13, so nothing was installed. Please install yourself:
  compilers     g++ >= 12 and clang >= 14 with their sanitizers, clang-format, clang-tidy
  build         make, cmake >= 3.25, ninja, ccache, pkg-config
  libraries     libpq >= 15, fmt >= 9, OpenSSL, Boost >= 1.84 (PFR), tl-expected >= 1.1,
                Catch2 >= 3, Google Benchmark, cpp-httplib, CLI11, nlohmann-json, hiredis
  servers       PostgreSQL >= 14, PgBouncer >= 1.21, Redis; openssl (the program)
Libraries that are absent are fetched by CMake: cmake --preset dev && cmake --build --preset dev
TEXT
    exit 1
}

missing_packages() {
    local name
    local -A have=()
    while read -r name; do
        have[$name]=1
    done < <(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "${packages[@]}" 2>/dev/null |
        sed -n 's/^ii  *//p')
    for name in "${packages[@]}"; do
        [[ -n ${have[$name]:-} ]] || printf '%s\n' "$name"
    done
}

# The command that gives root's rights, empty for root itself; fails when there is none.
as_root() {
    ((EUID == 0)) && return
    command -v sudo >/dev/null || return 1
    sudo -n true 2>/dev/null || [[ -t 0 ]] || return 1
    printf 'sudo'
}

# apt's preferences for one command: the C and C++ runtimes stay at their installed versions.
pin_runtimes() {
    local name version
    cat /etc/apt/preferences 2>/dev/null || true
    for name in "${never_upgrade[@]}"; do
        version=$(dpkg-query -W -f='${Version}' "$name" 2>/dev/null) || continue
        [[ -z $version ]] || printf '\nPackage: %s\nPin: version %s\nPin-Priority: 1001\n' \
            "$name" "$version"
    done
}

install_packages() {
    local -a missing
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]})) || return 0
    local rights
    rights=$(as_root) ||
        die "packages are missing and only root may install them; run as root:" \
            "apt-get install --no-install-recommends ${missing[*]}"
    say "installing ${missing[*]}"
    run_apt_install "$rights" "${missing[@]}" ||
        die "apt-get could not install the packages above; its own message says why;" \
            "when it names libc6, upgrade the machine first (apt-get upgrade)"
}

run_apt_install() {
    local rights=$1 pins log
    shift
    pins=$(mktemp) log=$(mktemp)
    pin_runtimes >"$pins"
    chmod 644 "$pins"
    # shellcheck disable=SC2086  # empty for root
    $rights apt-get -q update >"$log" 2>&1 || say "apt-get update reported errors; going on"
    local status=0
    # shellcheck disable=SC2086
    $rights env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o Dir::Etc::preferences="$pins" -o Dpkg::Use-Pty=0 \
        install --no-install-recommends --no-upgrade "$@" >"$log" 2>&1 </dev/null || status=$?
    ((status == 0)) || tail -n 15 "$log" >&2
    rm -f "$pins" "$log"
    return "$status"
}
