# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A private apt root under .deps/tmp: reads other suites of the machine's own mirror, with the
# machine's proxies and keys, and leaves the machine's apt as it was. Fetches and unpacks.
# shellcheck disable=SC2154  # these files are read together by scripts/setup

apt_root=

private_apt() { apt-get -q -c "$apt_root/apt.conf" "$@"; }

# The mirrors that the machine's own apt would ask for this release, deb822 or one-line alike.
mirror_bases() {
    mkdir -p "$apt_root/none/partial"
    apt-get -o Dir::State::lists="$apt_root/none" -o Debug::NoLocking=1 --print-uris update |
        sed -n "s|^'\(.*\)/dists/$codename/InRelease'.*|\1|p" | awk '!seen[$0]++'
}

keyring() {
    local file
    for file in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
        [[ -r $file ]] && printf '%s' "$file" && return
    done
    die "debian-archive-keyring: not installed; apt-get install debian-archive-keyring"
}

write_apt_conf() {
    cat >"$apt_root/apt.conf" <<CONF
Dir::State::lists "$apt_root/lists";
Dir::State::status "/dev/null";
Dir::Cache "$apt_root/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "$apt_root/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Default-Release "$codename";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Debug::NoLocking "true";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
CONF
}

write_sources() {
    local base=$1 suite key
    key=$(keyring)
    for suite in "${suites[@]}"; do
        printf 'deb [signed-by=%s] %s %s main\n' "$key" "$base" "$suite"
    done >"$apt_root/sources.list"
    for suite in "$old_pgbouncer" "$new_pgbouncer"; do
        [[ $suite == packaged ]] ||
            printf 'deb-src [signed-by=%s] %s %s main\n' "$key" "$base" "$suite"
    done >>"$apt_root/sources.list"
}

# A suite the mirror lacks is no reason to stop: the recipe that needs it will say so.
open_apt_root() {
    apt_root=$deps/tmp/apt
    rm -rf "$apt_root"
    mkdir -p "$apt_root"/lists/partial "$apt_root"/cache/archives/partial
    local base
    for base in $(mirror_bases); do
        write_apt_conf
        write_sources "$base"
        say "reading the package lists of $base"
        private_apt update >"$apt_root/update.log" 2>&1 || grep '^E:' "$apt_root/update.log" >&2 || true
        compgen -G "$apt_root/lists/*_dists_${codename}_main_binary-*" >/dev/null && return
    done
    tail -n 5 "$apt_root/update.log" >&2 || true
    die "no mirror of the machine's apt sources answered for $codename; check the network and" \
        "/etc/apt/sources.list"
}

# Downloads the first of the given package/suite that can be had into a folder.
fetch_first() {
    local into=$1 wanted
    shift
    for wanted in "$@"; do
        (cd "$into" && private_apt download "$wanted") >>"$apt_root/fetch.log" 2>&1 && return
    done
    tail -n 5 "$apt_root/fetch.log" >&2
    return 1
}

fetch_source() {
    (cd "$1" && private_apt source --download-only "$2") >>"$apt_root/fetch.log" 2>&1
}

# The packages that the given ones need beyond what the machine has, themselves included.
missing_closure() {
    private_apt -o Dir::State::status=/var/lib/dpkg/status -s install "$@" 2>>"$apt_root/fetch.log" |
        awk '$1 == "Inst" { print $2 }' | cut -d: -f1 |
        grep -Ev '^(libc6.*|libc-.*|libstdc\+\+6|libgcc-s1|libllvm.*|libz3.*|locales|ssl-cert|perl.*|libperl.*|libjson-perl|lsb-release|postgresql-common.*|postgresql-client-common|logrotate|cron|debconf|netbase|sysstat)$' ||
        true
}

# Unpacks the paths below /usr of every downloaded package straight into .deps.
unpack_usr() {
    local from=$1 package
    shift
    for package in "$from"/*.deb; do
        dpkg-deb --fsys-tarfile "$package" |
            tar -x -C "$deps" --strip-components=2 --no-same-owner --wildcards "${@/#/./usr/}"
    done
}

# Unpacks whole programs with the libraries they bring into .deps/sys; installs nothing.
unpack_sys() {
    local into=$deps/sys package name
    local -a needed
    mapfile -t needed < <(missing_closure "$@")
    ((${#needed[@]})) || return 1
    mkdir -p "$into"
    for name in "${needed[@]}"; do
        fetch_first "$downloads" "$name/$codename" || return 1
    done
    for package in "$downloads"/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$into" --no-same-owner --exclude=./etc \
            --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale
    done
}

# A program in .deps/bin that runs another one with the libraries of .deps/sys.
write_wrapper() {
    local name=$1 program=$2
    cat >"$deps/bin/$name" <<SH
#!/bin/sh
sys=\$(cd "\$(dirname "\$0")/.." && pwd)/sys
LD_LIBRARY_PATH=\$sys/usr/lib/$triplet:\$sys/lib/$triplet\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
exec "$program" "\$@"
SH
    chmod 755 "$deps/bin/$name"
}
