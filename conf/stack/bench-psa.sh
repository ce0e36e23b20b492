#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How busy hookwised keeps a PSA: new tickets against a simulated ConnectWise each of whose answers takes
# HW_BENCH_LATENCY ms. With CW_MAX_CONNECTIONS requests under way at any time it could answer
# CW_MAX_CONNECTIONS / latency of them a second; the ratio says how near that is. The first and the last tenth
# (starting, running dry) are left out.
#   HW_BENCH_LATENCY=100 HW_BENCH_TICKETS=600
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd -P)
latency=${HW_BENCH_LATENCY:-100} tickets=${HW_BENCH_TICKETS:-600} connections=${CW_MAX_CONNECTIONS:-16}
HW_BUILD=${HW_BUILD:-$top/build}
case $HW_BUILD in
/*) ;;
*) HW_BUILD=$top/$HW_BUILD ;;
esac
HW_RUN=$HW_BUILD/bench HW_PORT=${HW_PORT:-18090} HW_TLS_PORT=${HW_TLS_PORT:-18493}
psa=${HW_PSA_PORT:-18094}
DESTINATION=connectwise CW_URL=http://127.0.0.1:$psa/v4_6_release/apis/3.0 CW_COMPANY=simco
CW_PUBLIC_KEY=simpublic CW_PRIVATE_KEY=simprivate CW_CLIENT_ID=bench CW_SERVICE_BOARD=Alerts
CW_DEFAULT_COMPANY_ID=Catchall CW_RATE_PER_MINUTE=100000 CW_MAX_CONNECTIONS=$connections
export HW_BUILD HW_RUN HW_PORT HW_TLS_PORT DESTINATION CW_URL CW_COMPANY CW_PUBLIC_KEY CW_PRIVATE_KEY \
    CW_CLIENT_ID CW_SERVICE_BOARD CW_DEFAULT_COMPANY_ID CW_RATE_PER_MINUTE CW_MAX_CONNECTIONS

die() { printf 'make bench: %s\n' "$*" >&2; exit 111; }

out=$(mktemp) samples=$(mktemp)
perl "$top/t/sim/connectwise" --port "$psa" --latency "$latency" --quiet-log >"$out" 2>&1 &
sim=$!
trap 'kill $sim 2>/dev/null || :; sh "$top/conf/stack/stack.sh" clean-run >/dev/null 2>&1 || :; rm -f "$out" "$samples"' EXIT
trap 'exit 111' HUP INT TERM
until grep -q '^ready' "$out"; do
    kill -0 $sim 2>/dev/null || { cat "$out" >&2; die "the simulated PSA does not start"; }
    sleep 0.1
done
sh "$top/conf/stack/stack.sh" run >"$out" 2>&1 || { cat "$out" >&2; die "the stack does not start"; }
url=$(sed -n 's/^HW_URL=//p' "$HW_RUN/env")
hook=$url/webhook/$(sed -n 's/^HW_SAMPLE_ENDPOINT=//p' "$HW_RUN/env")
token=$(sed -n 's/^HW_SAMPLE_TOKEN=//p' "$HW_RUN/env")

lag() { curl -s "$url/health/services" | sed 's/.*"lag":\([0-9]*\).*/\1/'; }
asked() { curl -s "http://127.0.0.1:$psa/_sim/stats" | sed 's/.*"count":\([0-9]*\).*/\1/'; }

pid=$(cat "$HW_RUN/hookwised.pid")
kill "$pid"
while [ -d "/proc/$pid" ]; do sleep 0.1; done
awk -v n="$tickets" -v url="$hook" -v token="$token" 'BEGIN {
    for (i = 1; i <= n; i++)
        printf "%surl = \"%s\"\nheader = \"Authorization: Bearer %s\"\noutput = /dev/null\n" \
            "data = \"{\\\"heartbeat\\\":{\\\"status\\\":0},\\\"monitor\\\":{\\\"id\\\":%d,\\\"name\\\":\\\"bench %d\\\"}}\"\n",
            (i > 1 ? "next\n" : ""), url, token, i, i }' | curl -s -K - || die "the webhooks are not accepted"
[ "$(lag)" = "$tickets" ] || die "$(lag) of $tickets events are waiting"

before=$(asked)
sh "$top/conf/stack/stack.sh" start >"$out" 2>&1 || { cat "$out" >&2; die "hookwised does not start"; }
while [ "$(lag)" != 0 ]; do
    printf '%s %s\n' "$(date +%s.%N)" "$(asked)" >>"$samples"
    sleep 0.1
done
after=$(asked)
made=$("$HW_BUILD/hookwisectl" -c "$HW_RUN/hookwised.conf" --json history --action create --status processed --limit 1000 |
    grep -c '"action": *"create"')
[ "$made" -ge "$tickets" ] || die "$made of $tickets tickets were made"
awk -v first="$before" -v last="$after" -v n="$tickets" -v limit="$connections" -v ms="$latency" '
    $2 < first + (last - first) * 0.1 { next }
    $2 > first + (last - first) * 0.9 { next }
    !from { from = $1; low = $2 }
    { to = $1; high = $2 }
    END {
        if (to - from < 0.5) {
            printf "\nPSA: over too soon to be measured; more with HW_BENCH_TICKETS\n"
            exit
        }
        rate = (high - low) / (to - from)
        most = limit * 1000 / ms
        printf "\nPSA of %d ms, %d connections: %.0f requests/s of at most %.0f, ratio %.2f; %.1f requests for each ticket\n",
            ms, limit, rate, most, rate / most, (last - first) / n
    }' "$samples"
