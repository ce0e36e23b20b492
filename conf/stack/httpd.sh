# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Apache httpd of the stack, with the module.

httpd_modules='mpm_event authn_core authz_core authz_host authz_user auth_basic env mime dir alias
headers setenvif reqtimeout filter deflate socache_shmcb
ssl cgid'

find_httpd() {
    apxs=$(command -v apxs || command -v apxs2) || die "apxs is not installed ('make deps' does it)"
    httpd=$("$apxs" -q SBINDIR)/$("$apxs" -q PROGNAME)
    [ -x "$httpd" ] || die "$httpd is not installed ('make deps' does it)"
    modules=$("$apxs" -q LIBEXECDIR)
}

start_httpd() {
    log=$run/log/httpd-error.log
    find_httpd
    make_certificate
    make_owned_folder "$run/spool" "$web_user" 700
    make_httpd_conf
    if is_up_or_clear httpd; then
        [ "$web_changed" = yes ] || return 0
        stop_httpd
    fi
    begin "starting Apache httpd"
    mark_log "$log"
    if ! (clean_exec "$httpd" -d "$real" -f "$real/httpd.conf" -k start) \
        >"$work/httpd.out" 2>&1 </dev/null 9>&-; then
        cat "$work/httpd.out" >>"$log"
        give_up "$log" "Apache httpd does not start$(httpd_hint)"
    fi
    wait_for 60 httpd_answers || give_up "$log" "Apache httpd does not answer on port $port"
    ok
}

# The one cause that a user can mend without reading a log.
httpd_hint() {
    sed -n 's/.*could not bind to address \(.*\)/: \1 is not free; choose another with HW_PORT=… or HW_TLS_PORT=…/p' \
        "$work/httpd.out" | head -n 1
}

httpd_answers() { curl -fsS -o "$work/health" "http://127.0.0.1:$port/health" 2>/dev/null; }

# A certificate that nobody signed, for trying TLS on this machine; a new one before it runs out.
make_certificate() {
    crt=$run/tls/server.crt
    if [ -s "$crt" ] && openssl x509 -in "$crt" -noout -checkend 604800 >/dev/null; then
        return 0
    fi
    mkdir -p "$run/tls"
    chmod 700 "$run/tls"
    printf '%s\n' '[req]' 'prompt = no' 'distinguished_name = name' 'x509_extensions = more' \
        '[name]' 'CN = localhost' '[more]' 'basicConstraints = critical,CA:FALSE' \
        'subjectAltName = DNS:localhost,IP:127.0.0.1' >"$work/req.conf"
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 \
        -config "$work/req.conf" \
        -keyout "$run/tls/server.key" -out "$crt.new") 2>"$work/openssl.err" ||
        give_up "$work/openssl.err" "openssl makes no certificate"
    mv "$crt.new" "$crt"
    web_changed=yes
}

make_httpd_conf() {
    mkdir -p "$run/httpd"
    module_lines >"$work/text"
    put "$run/httpd/modules.conf" 644 root
    [ "$put_changed" = no ] || web_changed=yes
    access_lines >"$work/text"
    put "$run/httpd/access.conf" 644 root
    [ "$put_changed" = no ] || web_changed=yes
    mime=/etc/mime.types
    [ -e "$mime" ] || mime=$("$apxs" -q SYSCONFDIR)/mime.types
    sed -e "s|@RUN@|$real|g" -e "s|@PORT@|$port|g" -e "s|@TLS_PORT@|$tls_port|g" \
        -e "s|@MIME@|$mime|g" "$top/conf/stack/httpd.conf.in" >"$work/text"
    put "$run/httpd.conf" 644 root
    [ "$put_changed" = no ] || web_changed=yes
}

# What the API does by itself with FORCE_HTTPS and GUI_TRUSTED_IPS, for the pages and the feed.
access_lines() {
    ! forces_https "$conf" || printf 'Define HOOKWISE_HTTPS "%s"\n' "$(https_origin)"
    ips=$(get "$conf" GUI_TRUSTED_IPS | tr -s ', ' '  ')
    [ -z "${ips# }" ] || printf 'Define HOOKWISE_GUI_IPS "%s"\n' "$ips"
}

# Some systems compile modules in that others load: those have no file.
module_lines() {
    for m in $httpd_modules; do
        [ ! -e "$modules/mod_$m.so" ] || printf 'LoadModule %s_module "%s/mod_%s.so"\n' "$m" "$modules" "$m"
    done
    [ "$am_root" = no ] || printf 'User %s\nGroup %s\n' "$web_user" "$(id -gn "$web_user")"
}

stop_httpd() {
    stop_one httpd TERM 30 "Apache httpd"
    end_orphans
}

# Children whose parent was killed keep the ports, and serve nobody right; they do not heed SIGTERM.
end_orphans() {
    ! is_up httpd || return 0
    [ -z "$pid" ] || wait_for 10 is_ended "$pid" || :
    for file in $(grep -lz "^$real/[h]ttpd\.conf\$" /proc/[0-9]*/cmdline 2>/dev/null); do
        case $(tr '\0' ' ' <"$file" 2>/dev/null) in
        *" -f $real/httpd.conf -k start "*) ;;
        *) continue ;;
        esac
        orphan=${file#/proc/}
        kill -KILL "${orphan%/cmdline}" 2>/dev/null || :
        wait_for 60 is_gone "${orphan%/cmdline}" || die "process ${orphan%/cmdline} does not end"
    done
}
