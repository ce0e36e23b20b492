#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing, and nothing else: deps.sh build|test|fuzz|bench
#
# Each row: what must be there, and the package that brings it. A row is about the thing, not the
# package, so that a replacement (another PostgreSQL version, pkgconf) counts.
set -eu

what_build='
cmd:cc                     gcc
cmd:make                   make
file:/usr/include/crypt.h  libcrypt-dev
cmd:pkg-config             pkg-config
cmd:apxs                   apache2-dev
cmd:apache2                apache2-bin
file:/etc/mime.types       media-types
cmd:redis-server           redis-server
cmd:initdb                 postgresql
pkg:hiredis                libhiredis-dev
pkg:libpq                  libpq-dev
pkg:json-c                 libjson-c-dev
pkg:libcrypto              libssl-dev
pkg:libcurl                libcurl4-openssl-dev
pkg:libpcre2-8             libpcre2-dev
pkg:fcgi                   libfcgi-dev
cmd:curl                   curl
cmd:node                   nodejs
cmd:npm                    npm
cmd:openssl                openssl
file:/etc/ssl/certs/ca-certificates.crt  ca-certificates
file:/usr/share/zoneinfo/Europe/Berlin   tzdata
'
what_test='
cmd:prove                  perl
perl:Mojolicious           libmojolicious-perl
perl:IO::Socket::SSL       libio-socket-ssl-perl
cmd:cppcheck               cppcheck
cmd:ctags                  universal-ctags
cmd:nm                     binutils
cmd:git                    git
cmd:faketime               faketime
cmd:chromium               chromium
file:/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf  fonts-dejavu-core
'
what_bench='
cmd:wrk                    wrk
'
what_fuzz='
cmd:clang                  clang
fuzzer:clang               libclang-rt-dev
'

say() { printf '%s\n' "$*"; }
die() { printf 'make deps: %s\n' "$*" >&2; exit 111; }

have() { # have KIND:NAME
    case $1 in
    cmd:apxs) command -v apxs >/dev/null 2>&1 || command -v apxs2 >/dev/null 2>&1 ;;
    cmd:apache2) command -v apache2 >/dev/null 2>&1 || command -v httpd >/dev/null 2>&1 ;;
    cmd:initdb) have_initdb ;;
    cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    file:*) [ -e "${1#file:}" ] ;;
    pkg:*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#pkg:}" ;;
    fuzzer:*) [ -e "$("${1#fuzzer:}" -print-file-name=libclang_rt.fuzzer-$(uname -m).a 2>/dev/null)" ] ;;
    perl:*) perl "-M${1#perl:}" -e 1 >/dev/null 2>&1 ;;
    *) die "unknown row '$1'" ;;
    esac
}

have_initdb() { # Debian keeps the server's programs out of PATH
    for f in /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$f" ] && return 0
    done
    command -v initdb >/dev/null 2>&1
}

missing() { # prints the packages of the rows that are not there
    printf '%s\n' "$1" | while read -r thing package; do
        [ -n "$thing" ] || continue
        have "$thing" || printf '%s ' "$package"
    done
}

# Debian starts servers it installs. The stack brings its own, so a policy refuses that for the time
# of the installation, unless the machine has a policy already.
install_packages() {
    policy=/usr/sbin/policy-rc.d
    ours=no
    log=$(mktemp)
    trap 'rm -f "$log"; [ "$ours" = no ] || rm -f "$policy"' EXIT
    trap 'exit 111' HUP INT TERM
    if [ ! -e "$policy" ]; then
        ours=yes
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    if ! apt_run update >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        die "apt-get update failed (no network?); still missing: $*"
    fi
    if ! apt_run install --no-install-recommends "$@" >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        die "apt-get install failed; still missing: $*"
    fi
}

apt_run() {
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -y -q -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null
}

as_root() { # runs this script's "install" as root
    if [ "$(id -u)" = 0 ]; then
        install_packages "$@"
    elif ! command -v sudo >/dev/null 2>&1; then
        die "not root and no sudo; as root: apt-get install $*"
    elif sudo -n true 2>/dev/null || [ -t 0 ]; then
        sudo sh "$0" install "$@"
    else
        die "sudo wants a password; as root: apt-get install $*"
    fi
}

main() {
    PATH=$PATH:/usr/sbin:/sbin
    export PATH
    case ${1:-} in
    build) rows=$what_build ;;
    test) rows=$what_test ;;
    fuzz) rows=$what_fuzz ;;
    bench) rows=$what_bench ;;
    install) shift; install_packages "$@"; exit 0 ;;
    *) say "usage: deps.sh build|test|fuzz|bench" >&2; exit 100 ;;
    esac
    packages=$(missing "$rows")
    [ -n "$packages" ] || exit 0
    command -v apt-get >/dev/null 2>&1 ||
        die "missing here, and no apt-get to install it (Debian's names): $packages"
    say "installing $packages…"
    # shellcheck disable=SC2086  # a list of package names
    as_root $packages
    left=$(missing "$rows")
    [ -z "$left" ] || die "installed, but still not usable: $left"
}

main "$@"
