/* SPDX-License-Identifier: Apache-2.0 */
/* Many history rows at once: counted, named for a replay, deleted; and what stands around one. */
#include <string.h>

#include <apr_strings.h>

#include "common/clock.h"
#include "common/store_admin.h"
#include "common/store_private.h"

/* before + " WHERE …" + after, with one more parameter when more is not NULL. */
static apr_status_t
run(hw_store_t *s, const hw_history_filter_t *f, const char *before, const char *after,
    PGresult **r, hw_result_t *res, apr_pool_t *p)
{
    const char *params[HW_HISTORY_PARAMS], *where;
    int n;
    apr_status_t rv = hw_history_where(f, &where, params, &n, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    return hw_db_exec(s->db, apr_pstrcat(p, before, where, after, NULL), n, params, r, res, p);
}

apr_status_t
hw_store_history_count(hw_store_t *s, const hw_history_filter_t *f, int requests,
                       apr_int64_t *count, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = run(s, f,
                          requests ? "SELECT count(DISTINCT (request_id, created_at))"
                                     " FROM webhook_log"
                                   : "SELECT count(*) FROM webhook_log",
                          "", &r, res, p);

    if (rv == APR_SUCCESS)
        *count = hw_db_int(r, 0, 0);
    return rv;
}

apr_status_t
hw_store_history_requests(hw_store_t *s, const hw_history_filter_t *f, int max,
                          apr_array_header_t **ids, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = run(s, f, "SELECT min(id) FROM webhook_log",
                          apr_psprintf(p, " GROUP BY request_id, created_at"
                                          " ORDER BY created_at DESC LIMIT %d", max),
                          &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *ids = apr_array_make(p, hw_db_rows(r) + 1, sizeof(const char *));
    for (int i = 0; i < hw_db_rows(r); i++)
        APR_ARRAY_PUSH(*ids, const char *) = hw_db_text(r, i, 0, p);
    return APR_SUCCESS;
}

/* --- deleting -------------------------------------------------------------------------------- */

typedef struct {
    const hw_history_filter_t *f;
    const hw_json_t *given;
    const hw_actor_t *by;
    apr_int64_t *deleted;
} delete_t;

/* The statement's parts see the tables as they were: "left" are rows that were there and were not
 * among those that go. */
static const char delete_after[] =
    " RETURNING id, request_id, created_at), requests AS (SELECT DISTINCT request_id, created_at"
    " FROM gone), raw AS (DELETE FROM webhook_raw w USING requests q"
    " WHERE w.request_id = q.request_id AND w.created_at = q.created_at AND NOT EXISTS"
    " (SELECT 1 FROM webhook_log l WHERE l.request_id = q.request_id"
    " AND l.created_at = q.created_at AND l.id NOT IN (SELECT id FROM gone)))"
    " SELECT count(*) FROM gone";

static apr_status_t
delete_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const delete_t *d = baton;
    hw_json_t *after = hw_json_own(json_object_new_object(), p);
    PGresult *r;
    apr_status_t rv = run(s, d->f, "WITH gone AS (DELETE FROM webhook_log", delete_after, &r, res,
                          p);

    if (rv != APR_SUCCESS)
        return rv;
    *d->deleted = hw_db_int(r, 0, 0);
    hw_json_set_int(after, "deleted", *d->deleted);
    return hw_store_audit(s, d->by, "history.delete", "", d->given, after, res, p);
}

apr_status_t
hw_store_history_delete(hw_store_t *s, const hw_history_filter_t *f, const hw_json_t *given,
                        const hw_actor_t *by, apr_int64_t *deleted, hw_result_t *res,
                        apr_pool_t *p)
{
    delete_t d = { .f = f, .given = given, .by = by, .deleted = deleted };

    return hw_store_tx(s, delete_work, &d, res, p);
}

/* --- around one row -------------------------------------------------------------------------- */

static const char around_sql[] =
    "SELECT l.id, l.part, l.status, l.action, l.summary, l.alert_key, EXISTS (SELECT 1 FROM"
    " webhook_raw r WHERE r.request_id = l.request_id AND r.created_at = l.created_at), "
    HW_TS_COL("created_at") ", taken_ms, begun_ms, decided_ms, (processing_time * 1000)::bigint,"
    " (extract(epoch FROM recorded_at - created_at) * 1000)::bigint FROM webhook_log l"
    " WHERE (request_id, created_at) = (SELECT request_id, created_at"
    " FROM webhook_log WHERE id = $1::bigint LIMIT 1) ORDER BY part, id LIMIT 1000";

/* Stages by the column of around_sql; the clocks of two machines may differ, time does not run
 * backwards all the same. */
static hw_json_t *
timeline(const PGresult *r, int row, apr_pool_t *p)
{
    static const struct {
        const char *stage;
        int col;
    } stages[] = { { "received", 0 }, { "taken", 8 },  { "begun", 9 },
                   { "decided", 10 }, { "acted", 11 }, { "recorded", 12 } };
    apr_time_t received = hw_db_int(r, row, 7);
    hw_json_t *out = json_object_new_array();
    apr_int64_t last = 0;

    for (unsigned i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
        apr_int64_t ms = stages[i].col ? hw_db_int(r, row, stages[i].col) : 0;
        hw_json_t *v;

        if (stages[i].col && PQgetisnull(r, row, stages[i].col))
            continue;
        ms = ms < last ? last : ms;
        v = json_object_new_object();
        hw_json_set_string(v, "stage", stages[i].stage);
        hw_json_set_string(v, "at", hw_time_rfc3339(received + apr_time_from_msec(ms), p));
        hw_json_set_int(v, "ms", ms);
        hw_json_set_int(v, "took_ms", ms - last);
        json_object_array_add(out, v);
        last = ms;
    }
    return out;
}

apr_status_t
hw_store_history_around(hw_store_t *s, hw_json_t *entry, hw_result_t *res, apr_pool_t *p)
{
    const char *id = hw_json_text(hw_json_get(entry, "id"), p), *params[] = { id };
    hw_json_t *parts = json_object_new_array();
    PGresult *r;
    apr_status_t rv;

    hw_json_set(entry, "alert_key", NULL);
    hw_json_set_bool(entry, "replayable", 0);
    hw_json_set(entry, "parts", parts);
    hw_json_set(entry, "timeline", NULL); /* in its place */
    rv = hw_db_execb(s->db, around_sql, 1, params, NULL, NULL, &r, res, p);
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++) {
        hw_json_t *part = json_object_new_object();

        hw_json_set_int(part, "id", hw_db_int(r, i, 0));
        hw_json_set_int(part, "part", hw_db_int(r, i, 1));
        hw_json_set_string(part, "status", hw_db_text(r, i, 2, p));
        hw_json_set_string(part, "action", hw_db_text(r, i, 3, p));
        hw_json_set_string(part, "summary", hw_db_text(r, i, 4, p));
        json_object_array_add(parts, part);
        if (strcmp(hw_db_text(r, i, 0, p), id) == 0) {
            hw_json_set_string(entry, "alert_key", hw_db_text(r, i, 5, p));
            hw_json_set(entry, "timeline", timeline(r, i, p));
        }
        hw_json_set_bool(entry, "replayable", hw_db_bool(r, i, 6));
    }
    return rv;
}
