#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How fast webhooks are accepted, beside how fast the same httpd serves a small static file; then how
# fast hookwised works off what piled up.
#
# Accepting is measured with hookwised stopped, in rounds that alternate with the static file, so
# that whatever else the machine does meets both. Every accepted webhook is in Redis with
# appendfsync always. On a machine that others use the rates say little; what httpd and Redis took of a CPU for
# one request, beside them, says more. The webhooks are a hundred problems repeated: after the first of each, hookwised
# adds notes to open incidents. State lies in build/bench and is removed at the end.
#   HW_BENCH_SECONDS=5 HW_BENCH_ROUNDS=3 HW_BENCH_CONNECTIONS=32
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd -P)
seconds=${HW_BENCH_SECONDS:-5} rounds=${HW_BENCH_ROUNDS:-3} connections=${HW_BENCH_CONNECTIONS:-32}
HW_BUILD=${HW_BUILD:-$top/build}
case $HW_BUILD in
/*) ;;
*) HW_BUILD=$top/$HW_BUILD ;;
esac
HW_RUN=$HW_BUILD/bench HW_PORT=${HW_PORT:-18090} HW_TLS_PORT=${HW_TLS_PORT:-18493}
export HW_BUILD HW_RUN HW_PORT HW_TLS_PORT

die() { printf 'make bench: %s\n' "$*" >&2; exit 111; }

command -v wrk >/dev/null 2>&1 || die "wrk is not installed (apt-get install wrk)"
out=$(mktemp)
trap 'sh "$top/conf/stack/stack.sh" clean-run >/dev/null 2>&1 || :; rm -f "$out"' EXIT
trap 'exit 111' HUP INT TERM
sh "$top/conf/stack/stack.sh" run >"$out" 2>&1 || { cat "$out" >&2; die "the stack does not start"; }
url=$(sed -n 's/^HW_URL=//p' "$HW_RUN/env")
id=$(sed -n 's/^HW_SAMPLE_ENDPOINT=//p' "$HW_RUN/env")
HW_TOKEN=$(sed -n 's/^HW_SAMPLE_TOKEN=//p' "$HW_RUN/env")
export HW_TOKEN
printf 'ok\n' >"$HW_RUN/www/bench.txt"
httpd=$(cat "$HW_RUN/httpd.pid")

# Ticks that httpd's children and Redis have used so far.
ticks() {
    for pid in $(cat "/proc/$httpd/task/$httpd/children") $(cat "$HW_RUN/redis.pid"); do
        sed 's/.*) //' "/proc/$pid/stat"
    done | awk '{ n += $12 + $13 } END { print n }'
}

# measure OPTIONS…: requests each second, and microseconds of CPU for each; an answer that is not 2xx makes the numbers
# worthless
measure() {
    before=$(ticks)
    wrk -t 2 -c "$connections" -d "${seconds}s" "$@" >"$out" 2>&1 || { cat "$out" >&2; die "wrk failed"; }
    after=$(ticks)
    ! grep -q 'Non-2xx\|Socket errors' "$out" || { cat "$out" >&2; die "not every request succeeded"; }
    awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '/requests in/ { n = $1 }
        /^Requests\/sec:/ { printf "%s %.0f\n", $2, ticks / hz * 1e6 / n }' "$out"
}

stop_worker() {
    pid=$(cat "$HW_RUN/hookwised.pid")
    kill "$pid"
    while [ -d "/proc/$pid" ]; do sleep 0.1; done
}

lag() { curl -s "$url/health/services" | sed 's/.*"lag":\([0-9]*\).*/\1/'; }

accept() {
    printf '%-8s %14s %14s %8s %12s %12s\n' round 'static/s' 'webhooks/s' ratio 'static us' 'webhook us'
    round=1
    while [ "$round" -le "$rounds" ]; do
        static=$(measure "$url/bench.txt")
        ingest=$(measure -s "$top/conf/stack/bench.lua" "$url/webhook/$id")
        echo "$round $static $ingest" | awk \
            '{ printf "%-8s %14.0f %14.0f %8.2f %12d %12d\n", $1, $2, $4, $4 / $2, $3, $5 }'
        round=$((round + 1))
    done
}

work_off() {
    waiting=$(lag)
    began=$(date +%s.%N)
    sh "$top/conf/stack/stack.sh" start >"$out" 2>&1 || { cat "$out" >&2; die "hookwised does not start"; }
    while [ "$(lag)" != 0 ]; do sleep 0.2; done
    awk -v n="$waiting" -v from="$began" -v to="$(date +%s.%N)" \
        'BEGIN { printf "\nhookwised: %d events in %.1f s, %.0f/s\n", n, to - from, n / (to - from) }'
}

printf '%s connections, keep-alive, %s rounds of %s s, %s processors, load %s\n\n' \
    "$connections" "$rounds" "$seconds" "$(nproc)" "$(cut -d ' ' -f 1 /proc/loadavg)"
stop_worker
accept
work_off
