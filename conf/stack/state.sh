# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The state folder: where it really lies, whose it is, and removing it.
#
#   $run    what the user calls it (run/ in the checkout, or HW_RUN)
#   $real   where it lies: $run itself, or the folder that the symbolic link $run names
#
# It lies elsewhere when the servers could not work in $run: as root they give up their rights and
# may not be able to enter the folders above it (a home of mode 700), and the path of a socket has
# 107 bytes at most.

# Longest name below the state folder that is a socket: pg/.s.PGSQL.5432, cgid.sock.<pid>
socket_room=24
marker=.hookwise-state

find_users() { # who runs what when root starts the stack
    am_root=no
    web_user=$(id -un)
    daemon_user=$web_user postgres_user=$web_user redis_user=$web_user
    [ "$(id -u)" = 0 ] || return 0
    am_root=yes
    web_user=$(first_user www-data apache http)
    daemon_user=$(first_user daemon nobody)
    postgres_user=$(first_user postgres)
    redis_user=$(first_user redis)
}

first_user() {
    for u in "$@"; do
        if id -u "$u" >/dev/null 2>&1; then
            printf '%s' "$u"
            return 0
        fi
    done
    die "no user '$1' on this machine (is its package installed?)"
}

# $run as an absolute path; the folder itself need not be there, the one above it must.
name_state() {
    given=${HW_RUN:-$top/run}
    case $given in
    /*) ;;
    *) given=$PWD/$given ;;
    esac
    while [ "${given%/}" != "$given" ]; do given=${given%/}; done
    above=$(cd "$(dirname "$given")" 2>/dev/null && pwd -P) ||
        die "the folder above $given does not exist; say another with HW_RUN=…"
    run=${above%/}/$(basename "$given")
    real=$run
    [ ! -L "$run" ] || real=$(readlink "$run")
}

# Nothing is done to a folder that is not a state folder of the one who asks.
check_state() {
    if [ ! -e "$real" ] || is_copied_link; then
        return 1
    elif [ ! -d "$real" ]; then
        die "$run is not a folder"
    elif [ ! -e "$real/$marker" ]; then
        [ -z "$(ls -A "$real" 2>&1)" ] && return 1
        die_usage "$run exists and is not a state folder of 'make run'; say another with HW_RUN=…"
    elif [ "$(stat -c %u "$real")" != "$(id -u)" ]; then
        die "$run belongs to $(stat -c %U "$real"): be that user, or say another with HW_RUN=…"
    fi
}

# The marker says whose state it is. Who copies a checkout copies the link in it, not the state: that
# stays with the other one, which may be somebody else's.
is_copied_link() {
    [ -L "$run" ] || return 1
    if [ "$(stat -c %u "$run")" = "$(id -u)" ] && [ "$(stat -c %u "$real")" != "$(id -u)" ]; then
        return 0
    fi
    other=$(cat "$real/$marker" 2>/dev/null) || return 1
    [ -n "$other" ] && [ "$other" != "$run" ] && [ "$(readlink "$other")" = "$real" ]
}

need_state() { # for verbs that work on an existing one
    check_state || die "there is no stack in $run ('make run' makes one)"
}

make_state() {
    if ! check_state || ! fits_here; then place_state; fi
    (printf '%s\n' "$run" >"$real/$marker") 2>/dev/null || die "cannot write in $run"
    if [ "$am_root" = yes ]; then chmod 755 "$real"; else chmod 700 "$real"; fi
    lock_state
}

lock_state() { # one at a time; the servers do not inherit it
    exec 9>"$real/.lock"
    flock -w 120 9 || die "another 'make' has been working on $run for two minutes"
}

# Not any more, perhaps, when the checkout around it was copied or renamed.
fits_here() { [ "$real" != "$run" ] || { fits "$run" && reachable "$run"; }; }

# Removes what a link to nowhere left, then makes the folder where the servers can work in it; a state
# that is in $run moves there.
place_state() {
    [ ! -L "$run" ] || rm -f "$run"
    [ -w "$(dirname "$run")" ] || die "cannot write in $(dirname "$run"); say another with HW_RUN=…"
    real=$run
    if fits "$run" && reachable "$(dirname "$run")"; then
        mkdir -p "$run" || die "cannot make $run"
        return 0
    fi
    if [ "$am_root" = yes ]; then
        real=/var/lib/hookwise-run/$(printf '%s' "$run" | sha256sum | cut -c 1-12)
        mkdir -p "$real" || die "cannot make $real"
    else
        real=$(mktemp -d /var/tmp/hookwise-XXXXXXXX) || die "cannot make a folder in /var/tmp"
    fi
    if [ -e "$run/$marker" ]; then
        rmdir "$real" && mv "$run" "$real" || die "cannot move $run to $real"
    fi
    rmdir "$run" 2>/dev/null || :
    ln -s "$real" "$run" || die "cannot make the link $run"
    say "the state lies in $real ($run is a link to it)"
}

# Short enough for sockets, and without characters that would need quoting in somebody's syntax.
fits() {
    case $1 in
    *[!A-Za-z0-9._/-]*) return 1 ;;
    esac
    [ $((${#1} + socket_room)) -le 107 ]
}

reachable() { # can the users of all servers enter this folder?
    for u in "$web_user" "$daemon_user" "$postgres_user" "$redis_user"; do
        as "$u" test -x "$1" || return 1
    done
}

# Only after a look at the marker: rm -rf must not meet a folder that is not ours.
remove_state() {
    if check_state; then
        rm -rf "${real:?}"
    fi
    [ ! -L "$run" ] || rm -f "$run"
    if [ "$am_root" = yes ]; then rmdir /var/lib/hookwise-run 2>/dev/null || :; fi
}
