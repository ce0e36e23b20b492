# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# PostgreSQL of the stack: a cluster of its own, reached through a socket by named system users.

# The programs of the version that made the data, else of the newest one installed.
find_postgres() {
    made=$(as "$postgres_user" cat "$real/pgdata/PG_VERSION" 2>/dev/null) || made=
    pg_bin=
    for dir in /usr/lib/postgresql/${made:-*}/bin /usr/pgsql-${made:-*}/bin; do
        [ ! -x "$dir/initdb" ] || pg_bin=$dir
    done
    [ -n "$pg_bin" ] || ! command -v initdb >/dev/null 2>&1 || pg_bin=$(dirname "$(command -v initdb)")
    [ -n "$pg_bin" ] || die "PostgreSQL${made:+ $made, which made $run/pgdata,} is not installed"
}

start_postgres() {
    log=$run/log/postgres.log
    find_postgres
    if is_up_or_clear postgres; then # by a run that may not have come further
        postgres_pid=$pid
        complete_postgres
        return 0
    fi
    make_cluster
    begin "starting PostgreSQL"
    mark_log "$log"
    make_owned_folder "$run/pg" "$postgres_user" 755
    # Where the socket is stands here again, for a state folder that was copied.
    spawn postgres "$log" "$postgres_user" "$pg_bin/postgres" -D "$real/pgdata" \
        -c "unix_socket_directories=$real/pg"
    postgres_pid=$!
    complete_postgres
    ok
}

complete_postgres() {
    wait_for 60 postgres_answers || give_up "$log" "PostgreSQL does not start"
    make_database || give_up "$log" "the database cannot be made"
}

make_owned_folder() { # make_owned_folder PATH USER MODE
    mkdir -p "$1"
    [ "$am_root" = no ] || chown "$2" "$1"
    chmod "$3" "$1"
}

# Made under another name first: an initdb that was cut off leaves nothing that looks complete.
make_cluster() {
    [ ! -d "$run/pgdata" ] || return 0
    begin "creating the database cluster"
    mark_log "$log"
    rm -rf "$run/pgdata.new"
    make_owned_folder "$run/pgdata.new" "$postgres_user" 700
    as "$postgres_user" "$pg_bin/initdb" -D "$real/pgdata.new" -U postgres --auth=peer -E UTF8 \
        --locale=C.UTF-8 >>"$log" 2>&1 || give_up "$log" "initdb failed"
    write_cluster_files
    mv "$run/pgdata.new" "$run/pgdata"
    ok
}

# The kernel says which system user is at the other end of the socket (peer); the map says which
# of them may be which database user.
write_cluster_files() {
    new=$real/pgdata.new
    as "$postgres_user" tee -a "$new/postgresql.conf" >/dev/null <<END

# The private stack: no network, one socket.
listen_addresses = ''
unix_socket_directories = '$real/pg'
unix_socket_permissions = 0777
max_connections = 60
timezone = 'UTC'
log_timezone = 'UTC'
END
    printf 'local all all peer map=stack\n' | as "$postgres_user" tee "$new/pg_hba.conf" >/dev/null
    for user in "$(id -un)" "$postgres_user"; do
        printf 'stack %s postgres\nstack %s hookwise\n' "$user" "$user"
    done | sort -u | as "$postgres_user" tee "$new/pg_ident.conf" >/dev/null
    for user in "$daemon_user" "$web_user"; do
        printf 'stack %s hookwise\n' "$user"
    done | as "$postgres_user" tee -a "$new/pg_ident.conf" >/dev/null
}

postgres_answers() {
    is_alive "$postgres_pid" || give_up "$log" "PostgreSQL does not start"
    sql postgres 'SELECT 1' >/dev/null 2>&1
}

sql() { # sql DATABASE STATEMENT, as the administrator
    as "$postgres_user" "$pg_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$real/pg" -U postgres \
        -d "$1" -c "$2"
}

make_database() {
    if [ -z "$(sql postgres "SELECT 1 FROM pg_roles WHERE rolname = 'hookwise'" 2>>"$log")" ]; then
        sql postgres 'CREATE ROLE hookwise LOGIN' >>"$log" 2>&1 || return 1
    fi
    if [ -z "$(sql postgres "SELECT 1 FROM pg_database WHERE datname = 'hookwise'" 2>>"$log")" ]; then
        sql postgres 'CREATE DATABASE hookwise OWNER hookwise' >>"$log" 2>&1 || return 1
    fi
}

stop_postgres() { stop_one postgres INT 60 PostgreSQL; }
