# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What all verbs of the stack share: messages, waiting, running as somebody, processes and their ids.

say() { printf '%s\n' "$*"; }
warn() { printf 'make %s: %s\n' "$verb" "$*" >&2; }
die() { warn "$*"; exit 111; }
die_usage() { warn "$*"; exit 100; } # what was asked for cannot be, however often it is tried

# Progress: "starting Redis … ok". The second half comes from the caller.
begin() { printf '%-38s ' "$* …"; }
ok() { say "${*:-ok}"; }

# Ends a step that failed: one line why, then the last lines its log got since the step began.
give_up() { # give_up LOG WHY…
    say "failed"
    end_with "$@"
}

end_with() { # the same, without a step
    log=$1
    shift
    warn "$*"
    if [ -s "$log" ]; then
        case $log in
        "$work"/*) ;;
        *) say "  the end of $log:" >&2 ;;
        esac
        tail -n "+$((${log_mark:-0} + 1))" "$log" | tail -n 8 | sed 's/^/  | /' >&2
    fi
    exit 111
}

# Remembers where LOG ends now, for give_up. The log exists afterwards.
mark_log() {
    [ -e "$1" ] || : >"$1"
    log_mark=$(($(wc -l <"$1")))
}

# wait_for SECONDS COMMAND…: tries until it succeeds; fails when the time is over.
wait_for() {
    until=$(($(date +%s) + $1))
    shift
    while ! "$@"; do
        [ "$(date +%s)" -lt "$until" ] || return 1
        sleep 0.1
    done
}

# A clean environment: the stack's settings are in its files, so a variable of the caller's shell
# cannot make the running daemon differ from what its configuration says.
bare() {
    env -i PATH="$PATH" LANG=C.UTF-8 TZ=UTC HOME=/ ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} "$@"
}

# as USER COMMAND…: root becomes USER (and joins the group of httpd when USER is the daemon's, to
# reach Redis); anybody else stays who they are.
as() { (become "$@"); }

become() { # the same, in place of the current process
    who=$1
    shift
    if [ "$am_root" = no ]; then
        clean_exec "$@"
    elif [ "$who" = "$daemon_user" ]; then
        clean_exec setpriv --reuid="$who" --regid="$(id -g "$who")" \
            --groups="$(id -g "$who"),$(id -g "$web_user")" "$@"
    else
        clean_exec setpriv --reuid="$who" --regid="$(id -g "$who")" --init-groups "$@"
    fi
}

# The stack's settings are in its files: with a clean environment no variable of the caller's shell
# makes the running daemon differ from what its configuration says.
clean_exec() {
    cd / && exec env -i PATH="$PATH" LANG=C.UTF-8 TZ=UTC HOME=/ \
        ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} "$@"
}

# spawn NAME LOG USER COMMAND…: in a session of its own. Everything on the way is an exec, so that
# the id written to run/NAME.pid is the server's own.
spawn() {
    name=$1
    log=$2
    who=$3
    shift 3
    (become "$who" setsid "$@") </dev/null >>"$log" 2>&1 9>&- &
    printf '%s\n' "$!" >"$run/$name.pid"
}

pid_of() { # prints the id in run/NAME.pid, nothing when there is none
    [ -s "$run/$1.pid" ] || return 0
    sed -n '1s/^\([0-9][0-9]*\)[^0-9]*$/\1/p' "$run/$1.pid"
}

# Is this component of *this* stack running? A process id may have been given to somebody else
# meanwhile, so the command line has to name our state folder.
is_up() {
    pid=$(pid_of "$1")
    [ -n "$pid" ] && is_ours "$pid"
}

# Leaves no file behind that would make a server believe that it runs already.
is_up_or_clear() {
    is_up "$1" && return 0
    # PostgreSQL takes a killed one for alive until its parent or init has collected it.
    [ -z "$pid" ] || wait_for 10 is_collected "$pid" || :
    rm -f "$run/$1.pid"
    return 1
}

is_ours() { # is_ours PID: alive, not a zombie, and of this state folder
    [ -r "/proc/$1/cmdline" ] || return 1
    tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -Fq -- "$real/"
}

is_gone() { ! is_ours "$1" && is_ended "$1"; }

# A process that is being killed loses its command line first and its ports last. One that has a
# command line and is not ours got the id of one that has ended.
is_ended() { ! is_alive "$1" || [ -n "$(tr -d '\0' <"/proc/$1/cmdline" 2>/dev/null)" ]; }

is_collected() { [ ! -e "/proc/$1" ] || is_alive "$1"; }

# is_alive PID: also between fork and exec, when it is not yet recognisable; a zombie is not alive.
is_alive() {
    case $(sed 's/.*) \(.\) .*/\1/' "/proc/$1/stat" 2>/dev/null) in
    '' | Z | X) return 1 ;;
    esac
}

# stop_one NAME SIGNAL SECONDS TITLE: waits; then kills; removes the pid file.
stop_one() {
    pid=$(pid_of "$1")
    if [ -z "$pid" ] || ! is_ours "$pid"; then
        rm -f "$run/$1.pid"
        return 0
    fi
    begin "stopping $4"
    kill "-$2" "$pid" 2>/dev/null || die "cannot signal process $pid (whose is it?)"
    if wait_for "$3" is_gone "$pid"; then
        ok
    else
        kill -KILL "$pid" 2>/dev/null || :
        wait_for 60 is_gone "$pid" || die "process $pid does not end"
        ok "killed: it did not end within $3 s"
    fi
    rm -f "$run/$1.pid"
}

# put FILE MODE GROUP: what lies in $work/text becomes FILE in one step, at no moment readable by
# others. GROUP is used by root only. put_changed says whether FILE held something else before; that
# is why this reads a file: at the end of a pipe it would run in a shell of its own.
put() {
    new=$1.new
    (umask 077 && cat "$work/text" >"$new")
    [ "$am_root" = no ] || chown "root:$3" "$new"
    chmod "$2" "$new"
    if cmp -s "$new" "$1"; then
        rm -f "$new"
        put_changed=no
    else
        mv -f "$new" "$1"
        put_changed=yes
    fi
}

# shell_word TEXT: as a shell reads it back
shell_word() {
    case $1 in
    *[!A-Za-z0-9._/:@%+=-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
    esac
}

# random_text BYTES: base64url without padding
random_text() { openssl rand -base64 "$1" | tr '+/' '-_' | tr -d '=\n'; }
