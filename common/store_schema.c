/* SPDX-License-Identifier: Apache-2.0 */
/* The schema: migrations, and the daily partitions of history. */
#include <string.h>

#include <apr_strings.h>

#include "common/store_private.h"

/* Any program that migrates takes this lock first; the number means nothing. */
#define MIGRATE_LOCK "7305190246000001"

static const char create_sql[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now())";

static const hw_migration_t *
known(apr_int64_t number)
{
    for (const hw_migration_t *m = hw_migrations; m->number; m++)
        if (m->number == number)
            return m;
    return NULL;
}

static const char *
checksum(const hw_migration_t *m, apr_pool_t *p)
{
    return hw_sha256_hex(m->sql, strlen(m->sql), p);
}

/* What the database holds is ours, unchanged; *newest is its highest number. */
static apr_status_t
check_applied(hw_db_t *db, apr_int64_t *newest, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_exec(
        db, "SELECT number, name, checksum FROM schema_migration ORDER BY number", 0, NULL, &r,
        res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *newest = 0;
    for (int i = 0; i < hw_db_rows(r); i++) {
        const hw_migration_t *m = known(hw_db_int(r, i, 0));
        const char *name = hw_db_text(r, i, 1, p);
        if (!m)
            return hw_fail(res, APR_EINVAL, "newer-database",
                           "the database is newer than this program: it holds migration %s, "
                           "version " HW_VERSION " ends with %s", name,
                           known(*newest) ? known(*newest)->name : "none");
        if (strcmp(checksum(m, p), hw_db_text(r, i, 2, p)))
            return hw_fail(res, APR_EINVAL, "changed-migration",
                           "migration %s was applied with another content; migrations never "
                           "change once released", name);
        *newest = m->number;
    }
    return APR_SUCCESS;
}

/* Views stand in the way of changes to their tables: they go and come in the migration's own
 * transaction, so that no session ever finds the tables in their place. */
static apr_status_t
tenant_views(hw_db_t *db, const char *what, hw_result_t *res)
{
    return hw_db_script(db, *what == 'd'
                                ? "DO $$ BEGIN IF to_regproc('tenant_views_drop') IS NOT NULL THEN"
                                  " PERFORM tenant_views_drop(); END IF; END $$"
                                : "DO $$ BEGIN IF to_regproc('tenant_views') IS NOT NULL THEN"
                                  " PERFORM tenant_views(); END IF; END $$",
                        res);
}

static apr_status_t
apply(hw_db_t *db, const hw_migration_t *m, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_int_param(m->number, p), m->name, checksum(m, p) };
    apr_status_t rv = hw_db_begin(db, res);

    if (rv == APR_SUCCESS)
        rv = hw_db_script(db, "SET LOCAL statement_timeout = 0", res);
    if (rv == APR_SUCCESS)
        rv = tenant_views(db, "drop", res);
    if (rv == APR_SUCCESS)
        rv = hw_db_script(db, m->sql, res);
    if (rv == APR_SUCCESS)
        rv = tenant_views(db, "make", res);
    if (rv == APR_SUCCESS)
        rv = hw_db_exec(db, "INSERT INTO schema_migration (number, name, checksum)"
                            " VALUES ($1::int, $2, $3)", 3, params, NULL, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_db_commit(db, res);
    hw_db_rollback(db);
    return rv == APR_SUCCESS ? rv : hw_result_in_field(res, m->name);
}

static apr_status_t
apply_missing(hw_db_t *db, apr_array_header_t **applied, hw_result_t *res, apr_pool_t *p)
{
    apr_int64_t newest;
    apr_status_t rv = hw_db_script(db, create_sql, res);

    if (rv == APR_SUCCESS)
        rv = check_applied(db, &newest, res, p);
    for (const hw_migration_t *m = hw_migrations; rv == APR_SUCCESS && m->number; m++) {
        if (m->number <= newest)
            continue;
        rv = apply(db, m, res, p);
        if (rv == APR_SUCCESS && applied)
            APR_ARRAY_PUSH(*applied, const char *) = m->name;
    }
    return rv;
}

apr_status_t
hw_store_migrate(hw_db_t *db, apr_array_header_t **applied, hw_result_t *res, apr_pool_t *p)
{
    apr_status_t rv;

    if (applied)
        *applied = apr_array_make(p, 4, sizeof(const char *));
    rv = hw_db_script(db, "SELECT pg_advisory_lock(" MIGRATE_LOCK ")", res);
    if (rv != APR_SUCCESS)
        return rv;
    rv = apply_missing(db, applied, res, p);
    hw_db_script(db, "SELECT pg_advisory_unlock(" MIGRATE_LOCK ")", NULL);
    return rv;
}

apr_status_t
hw_store_partitions(hw_db_t *db, apr_time_t now, int days_ahead, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_ts_param(now, p), hw_int_param(days_ahead, p) };
    apr_status_t rv = hw_db_exec(
        db,
        "SELECT history_partition(t, ($1::timestamptz AT TIME ZONE 'UTC')::date + d)"
        " FROM unnest(ARRAY['webhook_log', 'webhook_raw']) t, generate_series(-1, $2::int) d",
        2, params, NULL, res, p);

    return rv == APR_SUCCESS ? hw_db_exec(db, "SELECT history_analyze()", 0, NULL, NULL, res, p)
                             : rv;
}

apr_status_t
hw_store_retention(hw_db_t *db, apr_time_t now, int days, int *dropped, hw_result_t *res,
                   apr_pool_t *p)
{
    const char *params[] = { hw_ts_param(now - apr_time_from_sec((apr_int64_t)days * 86400), p) };
    PGresult *r;
    apr_status_t rv;

    *dropped = 0;
    if (days <= 0)
        return APR_SUCCESS;
    rv = hw_db_begin(db, res);
    /* A page being read is waited for, but pages must not queue behind us for long. */
    if (rv == APR_SUCCESS)
        rv = hw_db_script(db, "SET LOCAL lock_timeout = '3s'", res);
    if (rv == APR_SUCCESS)
        rv = hw_db_exec(db,
                        "SELECT history_retention(d), stat_retention(d)"
                        " FROM (SELECT ($1::timestamptz AT TIME ZONE 'UTC')::date AS d) AS keep",
                        1, params, &r, res, p);
    if (rv == APR_SUCCESS)
        *dropped = (int)hw_db_int(r, 0, 0);
    if (rv == APR_SUCCESS)
        rv = hw_db_exec(db,
                        "DELETE FROM ticket_mirror WHERE deleted AND seen_at < $1::timestamptz", 1,
                        params, NULL, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_db_commit(db, res);
    hw_db_rollback(db);
    return rv;
}
