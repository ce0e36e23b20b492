# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the stack remembers: ports in run/ports, settings of hookwised in run/hookwised.conf, and
# what the start-up found worth telling scripts in run/env. All are kept from run to run; a value in
# the environment replaces the kept one.

# Names of all settings, from the annotated reference: there is no second list here.
setting_names() {
    sed -n 's/^#\{0,1\}\([A-Z][A-Z0-9_]*\)=.*/\1/p' "$top/conf/hookwised.conf"
}

# get FILE KEY: the value in a KEY=value file that we wrote
get() {
    [ -e "$1" ] || return 0
    sed -n "s/^$2=//p" "$1" | tail -n 1 | sed -e '/^".*"$/!b' -e 's/^"//; s/"$//; s/\\\(.\)/\1/g'
}

quoted() { # a value as hookwised, systemd and get() read it back
    case $1 in
    '' | *[!A-Za-z0-9._/:@,+=?%-]*)
        printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"$`]/\\&/g')" ;;
    *) printf '%s' "$1" ;;
    esac
}

# set_value FILE KEY VALUE: replaces the key's line in place, or adds one
set_value() {
    case $3 in
    *"
"*) die_usage "$2 holds a line break" ;;
    esac
    line=$2=$(quoted "$3")
    KEY=$2 LINE=$line awk '
        index($0, ENVIRON["KEY"] "=") == 1 { if (!done) print ENVIRON["LINE"]; done = 1; next }
        { print }
        END { if (!done) print ENVIRON["LINE"] }' "$1" >"$work/set"
    cat "$work/set" >"$1"
}

# --- ports -------------------------------------------------------------------------------------

load_ports() {
    old_port=$(get "$run/ports" HW_PORT)
    port=${HW_PORT:-${old_port:-8080}}
    old_tls_port=$(get "$run/ports" HW_TLS_PORT)
    tls_port=${HW_TLS_PORT:-${old_tls_port:-8443}}
    check_port HW_PORT "$port"
    check_port HW_TLS_PORT "$tls_port"
    [ "$port" != "$tls_port" ] || die_usage "HW_PORT and HW_TLS_PORT are both $port"
}

check_port() {
    case $2 in
    '' | *[!0-9]* | ??????*) die_usage "$1 is '$2', which is not a port" ;;
    esac
    [ "$2" -ge 1 ] && [ "$2" -le 65535 ] || die_usage "$1 is $2, which is not between 1 and 65535"
}

keep_ports() {
    printf 'HW_PORT=%s\nHW_TLS_PORT=%s\n' "$port" "$tls_port" >"$work/text"
    put "$run/ports" 644 root
}

# Said before anything is started, when our own httpd does not hold them already.
check_ports_free() {
    held=
    ! is_up httpd || held=$(sed -n 's/^Listen .*:\([0-9]*\)$/\1/p' "$run/httpd.conf" | tr '\n' ' ')
    for row in "HW_PORT $port" "HW_TLS_PORT $tls_port"; do
        name=${row% *}
        number=${row#* }
        case " $held " in *" $number "*) continue ;; esac
        why=$(can_listen "$number") && continue
        case $why in
        *"in use"*) die "port $number is in use; choose another with $name=…" ;;
        *) die "cannot listen on port $number: $why; choose another with $name=…" ;;
        esac
    done
}

can_listen() {
    perl -MSocket -e '
        socket(S, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
        setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
        bind(S, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) && listen(S, 1) or print("$!"), exit 1' "$1"
}

# --- run/hookwised.conf ------------------------------------------------------------------------

# Where the stack's own servers are is not for the environment to say: a DATABASE_URL of some other
# project must not get our tables.
own_settings='DATABASE_URL REDIS_URL REDIS_HOST REDIS_PORT'

make_settings() {
    conf=$run/hookwised.conf
    draft=$work/hookwised.conf
    if [ -e "$conf" ]; then
        cat "$conf" >"$draft"
    else
        printf '%s\n' "# Settings of this stack, written by 'make run' and kept; conf/hookwised.conf" \
            "# in the sources explains each. Change one here, or with KEY=value make run." >"$draft"
    fi
    for name in $(setting_names); do
        eval "given=\${$name+yes}"
        [ "${given:-}" = yes ] || continue
        eval "value=\$$name"
        case " $own_settings " in
        *" $name "*) warn "$name in the environment is not used: the stack has its own servers" ;;
        *) set_value "$draft" "$name" "$value" ;;
        esac
    done
    set_value "$draft" DATABASE_URL "postgresql:///hookwise?host=$real/pg&user=hookwise"
    set_value "$draft" REDIS_URL "unix:$real/redis/redis.sock"
    default_settings
    check_settings
    cat "$draft" >"$work/text"
    put "$conf" 640 "$(id -gn "$daemon_user")"
    settings_changed=$put_changed
    make_key_files
}

# Before they take the place of good ones.
check_settings() {
    (clean_exec "$run/lib/hookwised" -c "$draft" -t) >"$work/check" 2>&1 ||
        die_usage "$(sed "s|$draft|settings|" "$work/check" | tail -n 1)"
}

# What has to be there and was given neither now nor earlier.
default_settings() {
    [ -n "$(get "$draft" ENCRYPTION_KEY)" ] || set_value "$draft" ENCRYPTION_KEY "$(new_fernet_key)"
    [ -n "$(get "$draft" GUI_USERNAME)" ] || set_value "$draft" GUI_USERNAME admin
    [ -n "$(get "$draft" GUI_PASSWORD)" ] || set_value "$draft" GUI_PASSWORD "$(random_text 12)"
    case $(get "$draft" PUBLIC_URL) in
    '' | "http://127.0.0.1:$old_port" | "https://127.0.0.1:$old_tls_port")
        set_value "$draft" PUBLIC_URL "$(public_url)" ;;
    esac
}

# Where FORCE_HTTPS sends people to.
public_url() {
    if forces_https "$draft"; then
        echo "https://127.0.0.1:$tls_port"
    else
        echo "http://127.0.0.1:$port"
    fi
}

forces_https() { # forces_https FILE
    case $(get "$1" FORCE_HTTPS | tr '[:upper:]' '[:lower:]') in
    true | yes | on | 1) ;;
    *) return 1 ;;
    esac
}

# Scheme, host and port of PUBLIC_URL when it is an https address of plain characters.
https_origin() {
    origin=$(get "$conf" PUBLIC_URL |
        sed -n 's|^\([Hh][Tt][Tt][Pp][Ss]://[][A-Za-z0-9.:-]*\)\([/?#].*\)\{0,1\}$|\1|p')
    printf '%s\n' "${origin:-https://127.0.0.1:$tls_port}"
}

new_fernet_key() { openssl rand -base64 32 | tr '+/' '-_'; }

# httpd reads these while it still has root's rights. The admin pages get a copy of the settings
# without the PSA's credentials.
make_key_files() {
    get "$conf" ENCRYPTION_KEY >"$work/text"
    put "$run/key" 600 root
    [ "$put_changed" = no ] || web_changed=yes
    if [ -n "$(get "$conf" REDIS_PASSWORD)" ]; then
        get "$conf" REDIS_PASSWORD >"$work/text"
        put "$run/redis.password" 600 root
        [ "$put_changed" = no ] || web_changed=yes
    elif [ -e "$run/redis.password" ]; then
        rm -f "$run/redis.password"
        web_changed=yes
    fi
    if [ -e "$run/lib/hookwise.cgi" ]; then
        grep -Ev '^(CW_PUBLIC_KEY|CW_PRIVATE_KEY|GUI_PASSWORD)=' "$conf" >"$work/text"
        put "$run/gui.conf" 640 "$(id -gn "$web_user")"
    fi
}

# --- run/env -----------------------------------------------------------------------------------

# sh and EnvironmentFile read it alike: single words stay bare, anything else is quoted.
write_env() {
    {
        printf 'HW_URL=%s\n' "http://127.0.0.1:$port"
        printf 'HW_TLS_URL=%s\n' "https://127.0.0.1:$tls_port"
        printf 'HW_ADMIN_USER=%s\n' "$(quoted "$(get "$conf" GUI_USERNAME)")"
        printf 'HW_ADMIN_PASSWORD=%s\n' "$(quoted "$(get "$conf" GUI_PASSWORD)")"
        printf 'HW_SAMPLE_ENDPOINT=%s\n' "$sample_id"
        printf 'HW_SAMPLE_TOKEN=%s\n' "$sample_token"
    } >"$work/text"
    put "$run/env" 600 root
}
