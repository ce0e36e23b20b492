# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Our own programs: copied into the state folder, the schema, the daemon, the first user.

# Copies, not links: the servers' users may not be able to enter the checkout, and a build while the
# stack runs must not change what it runs.
install_products() {
    mkdir -p "$run/lib" "$run/www" "$run/log"
    chmod 700 "$run/log"
    install_product hookwisectl
    install_product hookwised
    daemon_changed=$copied
    install_product mod_hookwise.so
    [ "$copied" = no ] || web_changed=yes
    if [ -e "$build/hookwise.cgi" ]; then
        install_product hookwise.cgi
        [ "$copied" = no ] || web_changed=yes
    fi
    install_pages
}

install_product() { # copied says whether the copy in use was another one
    [ -e "$build/$1" ] || die "$build/$1 is not built"
    copied=no
    if ! cmp -s "$build/$1" "$run/lib/$1"; then
        cp "$build/$1" "$run/lib/$1.new" || die "cannot write in $run/lib"
        chmod 755 "$run/lib/$1.new"
        mv -f "$run/lib/$1.new" "$run/lib/$1"
        copied=yes
    fi
}

install_pages() { # all of htdocs but the sources of the CGI, and what the build adds to it
    rm -rf "$run/www.new"
    mkdir "$run/www.new"
    for from in "$top/htdocs" "$build/htdocs"; do
        [ -d "$from" ] || continue
        (cd "$from" && find . -path ./cgi -prune -o -type f -print | tar -cf - -T -) |
            tar -xf - -C "$run/www.new" --no-same-owner
    done
    chmod -R u=rwX,go=rX "$run/www.new"
    rm -rf "$run/www"
    mv "$run/www.new" "$run/www"
}

ctl() { as "$daemon_user" "$real/lib/hookwisectl" -c "$real/hookwised.conf" "$@"; }

migrate() {
    begin "bringing the database up to date"
    if ctl migrate >"$work/migrate.out" 2>&1; then
        ok
    else
        log_mark=0
        give_up "$work/migrate.out" "hookwisectl migrate failed"
    fi
}

start_hookwised() {
    log=$run/log/hookwised.log
    if is_up_or_clear hookwised; then
        [ "$daemon_changed$settings_changed" != nono ] || return 0
        stop_hookwised
    fi
    begin "starting hookwised"
    mark_log "$log"
    spawn hookwised "$log" "$daemon_user" "$real/lib/hookwised" -c "$real/hookwised.conf"
    hookwised_pid=$!
    wait_for 60 hookwised_reports || give_up "$log" "hookwised does not start"
    ok
}

# It has begun to work when it says so in Redis, under a key that names its process.
hookwised_reports() {
    is_alive "$hookwised_pid" || give_up "$log" "hookwised does not start"
    redis_cli --scan --pattern "hw:w:*:$hookwised_pid:*" | grep -q .
}

stop_hookwised() { stop_one hookwised TERM 40 hookwised; }
