# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What shows a newcomer that it works: a user, an endpoint, an alert, and the incident it became.

make_admin() {
    user=$(get "$conf" GUI_USERNAME)
    known=$(ctl --json user list 2>"$work/ctl.err" | pick '$..name') || sample_failed "user list"
    if printf '%s\n' "$known" | grep -Fxq -- "$user"; then
        [ "${GUI_PASSWORD+given}" = given ] || return 0
        set_password passwd "$user"
    else
        set_password add "$user" --role owner
    fi
}

set_password() {
    begin "setting up the user $user"
    get "$conf" GUI_PASSWORD | ctl user "$@" --password-stdin >"$work/ctl.out" 2>"$work/ctl.err" ||
        sample_failed "user $1"
    ok
    sed -n 's/^hookwisectl: warning: /Note: /p' "$work/ctl.err"
}

sample_failed() {
    log_mark=0
    give_up "$work/ctl.err" "hookwisectl $1 failed"
}

# pick EXPR: the strings and numbers a JSONPath finds in the JSON on standard input, one on a line.
pick() {
    "$run/lib/hookwisectl" path "$1" - | tr -d '\n' | sed -e 's/^ *\[ *//' -e 's/ *\] *$//' -e 's/" *, *"/"\n"/g' |
        sed -e 's/^"//' -e 's/"$//'
}

make_sample_endpoint() {
    sample_id=$(get "$run/env" HW_SAMPLE_ENDPOINT)
    sample_token=$(get "$run/env" HW_SAMPLE_TOKEN)
    if [ -n "$sample_id" ] && ctl endpoint show "$sample_id" >/dev/null 2>&1; then
        return 0
    fi
    begin "creating the sample endpoint"
    printf '{"name":"Sample: Uptime Kuma","preset":"uptime-kuma"}' |
        ctl --json endpoint create - >"$work/endpoint.json" 2>"$work/ctl.err" ||
        sample_failed "endpoint create"
    sample_id=$(pick '$.id' <"$work/endpoint.json")
    sample_token=$(pick '$.token' <"$work/endpoint.json")
    rm -f "$run/sample"
    ok
}

destination_now() {
    to=$(get "$conf" DESTINATION)
    [ -n "$to" ] || [ -z "$(get "$conf" CW_URL)" ] || to=connectwise
    printf '%s' "${to:-local}"
}

# Once for each destination that took it: another run shows what became of it and posts nothing again.
post_sample() {
    request=$(get "$run/sample" "$(destination_now)")
    [ -z "$request" ] || return 0
    begin "posting a sample alert"
    curl -sS -o "$work/answer" -w '%{http_code}' --data-binary "@$top/conf/stack/sample-uptime-kuma.json" \
        -H 'Content-Type: application/json' -H "Authorization: Bearer $sample_token" \
        "http://127.0.0.1:$port/webhook/$sample_id" >"$work/code" 2>"$work/ctl.err" ||
        sample_failed "(curl) posting the sample alert"
    code=$(cat "$work/code")
    case $code in
    2??) ;;
    *)
        cp "$work/answer" "$work/ctl.err"
        log_mark=0
        give_up "$work/ctl.err" "the sample alert was answered with $code"
        ;;
    esac
    request=$(pick '$.request_id' <"$work/answer")
    ok "$code, request $request"
    begin "waiting for what it becomes"
    if ! wait_for 60 sample_recorded; then # a PSA that is away, say: everything else is there to be looked at
        late=yes
        say "nothing, after 60 s"
        return 0
    fi
    became=$(pick '$.items[0].status' <"$work/history.json")
    ok "$became"
    [ "$became" = processed ] || return 0
    [ -e "$run/sample" ] || : >"$run/sample"
    set_value "$run/sample" "$(destination_now)" "$request"
}

sample_recorded() {
    ctl --json history --request-id "$request" >"$work/history.json" 2>"$work/ctl.err" || return 1
    case $(pick '$.items[0].status' <"$work/history.json") in
    processed | skipped | failed | dlq | rejected) ;;
    *) return 1 ;;
    esac
}

show_sample() {
    sample_recorded || die "the history of the sample alert cannot be read"
    say ""
    say "The sample alert became:"
    for row in 'ticket ticket_id' 'destination destination' 'action action' 'summary summary' \
        'status status' 'reason error_message'; do
        value=$(pick "\$.items[0].${row#* }" <"$work/history.json")
        case $value in '' | null) ;; *) printf '  %-12s %s\n' "${row% *}" "$value" ;; esac
    done
}

show_access() {
    gui="http://127.0.0.1:$port/"
    [ -e "$run/www/index.html" ] || gui="$gui  (this build has no pages yet; try ${gui}health/services)"
    say ""
    say "GUI        $gui"
    say "           https://127.0.0.1:$tls_port/  (self-signed certificate)"
    say "User       $(get "$conf" GUI_USERNAME)"
    say "Password   $(get "$conf" GUI_PASSWORD)"
    say "Endpoint   http://127.0.0.1:$port/webhook/$sample_id"
    say "Token      $sample_token"
    say ""
    say "Another alert, from another monitor, which opens another incident:"
    say ""
    say "  curl -d '{\"heartbeat\":{\"status\":0,\"msg\":\"no answer\"},\"monitor\":{\"name\":\"Sample office - printer\"}}' \\"
    say "    -H 'Authorization: Bearer $sample_token' \\"
    say "    http://127.0.0.1:$port/webhook/$sample_id"
    say ""
    say "What happened to it:"
    say ""
    say "  $(shell_word "$run/lib/hookwisectl") -c $(shell_word "$run/hookwised.conf") history"
    say ""
    say "For scripts: $run/env    Stop: make stop    Remove all of it: make clean-run"
}
