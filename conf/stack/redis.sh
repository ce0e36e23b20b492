# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Redis of the stack: on a socket alone, every write on the disk before it is answered.

start_redis() {
    log=$run/log/redis.log
    password=$(get "$conf" REDIS_PASSWORD)
    {
        sed "s|@RUN@|$real|g" "$top/conf/stack/redis.conf.in"
        [ -z "$password" ] || printf 'requirepass "%s"\n' "$(printf '%s' "$password" | sed 's/[\\"]/\\&/g')"
    } >"$work/text"
    put "$run/redis.conf" 640 "$(id -gn "$redis_user")"
    if is_up_or_clear redis; then
        if [ "$put_changed" = no ]; then # it may be reading what it has
            redis_pid=$pid
            wait_for 60 redis_answers || give_up "$log" "Redis does not answer"
            return 0
        fi
        stop_redis
    fi
    begin "starting Redis"
    mark_log "$log"
    make_redis_folder
    spawn redis "$log" "$redis_user" redis-server "$real/redis.conf"
    redis_pid=$!
    wait_for 60 redis_answers || give_up "$log" "Redis does not start"
    ok
}

# The socket gets the group of the folder: httpd's, which hookwised joins.
make_redis_folder() {
    mkdir -p "$run/redis"
    chmod 700 "$run/redis"
    [ "$am_root" = no ] || chown -R "$redis_user:$(id -gn "$web_user")" "$run/redis"
    [ "$am_root" = no ] || chmod 2750 "$run/redis"
    rm -f "$run/redis/redis.sock"
}

# Ends the wait when the server has given up already.
redis_answers() {
    is_alive "$redis_pid" || give_up "$log" "Redis does not start"
    [ "$(redis_cli ping)" = PONG ]
}

redis_cli() {
    password=$(get "$conf" REDIS_PASSWORD)
    env ${password:+REDISCLI_AUTH="$password"} redis-cli -s "$real/redis/redis.sock" "$@" 2>/dev/null
}

stop_redis() { stop_one redis TERM 30 Redis; }
