#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The private stack: stack.sh run|start|stop|status|clean-run. "make run" and friends call it.
#
# Environment: HW_RUN (state folder), HW_PORT, HW_TLS_PORT, HW_BUILD (where the products are), and
# every setting of conf/hookwised.conf.
set -eu

verb=${1:-}
top=$(cd "$(dirname "$0")/../.." && pwd -P)
build=${HW_BUILD:-$top/build}
case $build in
/*) ;;
*) build=$top/$build ;;
esac
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C.UTF-8
export PATH LC_ALL
unset CDPATH ENV BASH_ENV
umask 022
web_changed=no

for part in lib state settings redis postgres httpd hookwised sample; do
    # shellcheck source=/dev/null
    . "$top/conf/stack/$part.sh"
done

bring_up() {
    make_state
    rm -rf "$real"/work.* # of one that was killed
    work=$(mktemp -d "$real/work.XXXXXX") || die "cannot write in $run"
    trap 'rm -rf "$work"' EXIT
    trap 'exit 111' HUP INT TERM
    load_ports
    end_orphans
    check_ports_free
    install_products
    make_settings
    keep_ports
    start_redis
    start_postgres
    migrate
    start_hookwised
    start_httpd
    make_admin
}

do_run() {
    bring_up
    make_sample_endpoint
    write_env
    late=no
    post_sample
    [ "$late" = yes ] || show_sample
    show_access
    if [ "$late" = yes ]; then
        log_mark=0
        end_with "$run/log/hookwised.log" "the sample alert was accepted, but nothing has recorded it yet"
    fi
}

do_start() {
    bring_up
    sample_id=$(get "$run/env" HW_SAMPLE_ENDPOINT)
    sample_token=$(get "$run/env" HW_SAMPLE_TOKEN)
    write_env
    say "the stack is up: http://127.0.0.1:$port/"
}

# Against the stream: first what takes events in, last what keeps them.
do_stop() {
    need_state
    lock_state
    stop_httpd
    stop_hookwised
    stop_redis
    stop_postgres
    say "the stack is stopped"
}

do_status() {
    need_state
    down=0
    for name in httpd redis postgres hookwised; do
        if is_up "$name"; then
            printf '%-10s up    process %s\n' "$name" "$(pid_of "$name")"
        else
            printf '%-10s down\n' "$name"
            down=$((down + 1))
        fi
    done
    [ "$down" = 0 ] || exit 111
    unset HW_PORT HW_TLS_PORT # those in use, not those that another start would take
    load_ports
    say "address    http://127.0.0.1:$port/  https://127.0.0.1:$tls_port/"
}

do_clean() {
    if [ ! -e "$real" ] && [ ! -L "$run" ]; then
        return 0
    fi
    if check_state; then do_stop; fi
    remove_state
    say "$run is removed"
}

find_users
name_state
case $verb in
run) do_run ;;
start) do_start ;;
stop) do_stop ;;
status) do_status ;;
clean-run) do_clean ;;
*)
    say "usage: stack.sh run|start|stop|status|clean-run" >&2
    exit 100
    ;;
esac
