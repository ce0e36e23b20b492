/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets that wait for a note by the language model: a queue in a table. */
#include "common/store_private.h"
#include "common/store_work.h"

/* Advisory locks of two numbers: this one, and an analysis' id. */
#define LOCK_SPACE "7306"

/* One that is under way is due again when its worker must have died over it: by the clock, or
 * because the lock its session took in this very statement is free. */
static const char take_sql[] =
    "WITH next AS (SELECT id FROM analysis WHERE failed_at IS NULL AND due_at <= now()"
    "  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED),"
    " t AS (UPDATE analysis a SET tries = a.tries + 1,"
    "  due_at = now() + $1::bigint * interval '1 microsecond', begun_at = now() FROM next"
    " WHERE a.id = next.id"
    "  RETURNING a.*)"
    " SELECT t.id, t.request_id, t.endpoint_id, t.destination, t.ticket_id, t.part, "
    HW_TS_COL("t.received_at") ", " HW_TS_COL("t.created_at") ", t.tries, t.answer, t.model,"
    " l.summary, coalesce(l.payload, f.payload),"
    " pg_try_advisory_lock(" LOCK_SPACE ", (t.id & 2147483647)::int) FROM t"
    " LEFT JOIN webhook_log l ON l.request_id = t.request_id AND l.part = t.part"
    "  AND l.created_at = t.received_at"
    " LEFT JOIN webhook_log f ON f.request_id = t.request_id AND f.part = 0"
    "  AND f.created_at = t.received_at";

apr_status_t
hw_store_analysis_take(hw_store_t *s, apr_interval_time_t lease, hw_analysis_t **out,
                       hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_int_param(lease, p) };
    hw_analysis_t *a;
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, take_sql, 1, params, NULL, NULL, &r, res, p);

    *out = NULL;
    if (rv != APR_SUCCESS || !hw_db_rows(r))
        return rv;
    *out = a = apr_pcalloc(p, sizeof(*a));
    a->id = hw_db_text(r, 0, 0, p);
    a->request_id = hw_db_text(r, 0, 1, p);
    a->endpoint_id = hw_db_text(r, 0, 2, p);
    a->destination = hw_db_text(r, 0, 3, p);
    a->ticket_id = hw_db_text(r, 0, 4, p);
    a->part = (int)hw_db_int(r, 0, 5);
    a->received_at = hw_db_int(r, 0, 6);
    a->created_at = hw_db_int(r, 0, 7);
    a->tries = (int)hw_db_int(r, 0, 8);
    a->answer = hw_db_text(r, 0, 9, p);
    a->model = hw_db_text(r, 0, 10, p);
    a->summary = hw_db_text(r, 0, 11, p);
    a->payload = hw_db_text(r, 0, 12, p);
    return APR_SUCCESS;
}

/* The first try to write the note follows at once: it is counted here. */
apr_status_t
hw_store_analysis_answer(hw_store_t *s, const char *id, const char *answer, const char *model,
                         hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { id, hw_text_param(answer, p), hw_text_param(model, p) };

    return hw_db_execb(s->db,
                       "UPDATE analysis SET answer = $2, model = $3, tries = 1, error = NULL"
                       " WHERE id = $1::bigint",
                       3, params, NULL, NULL, NULL, res, p);
}

/* Whoever was told of the ticket gets the analysis as well. */
static const char done_sql[] =
    "WITH gone AS (DELETE FROM analysis WHERE id = $1::bigint RETURNING *)"
    " INSERT INTO notification (endpoint_id, target, what, request_id, part, received_at, body)"
    " SELECT n.endpoint_id, n.target, 'analysis', n.request_id, n.part, n.received_at, g.answer"
    " FROM gone g JOIN notification n ON n.request_id = g.request_id AND n.part = g.part"
    " AND n.what = 'create' AND n.failed_at IS NULL WHERE g.answer IS NOT NULL ORDER BY n.id"
    " ON CONFLICT DO NOTHING";

apr_status_t
hw_store_analysis_done(hw_store_t *s, const char *id, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { id };

    return hw_db_execb(s->db, done_sql, 1, params, NULL, NULL, NULL, res, p);
}

void
hw_store_analysis_leave(hw_store_t *s, const char *id, apr_pool_t *ptemp)
{
    const char *params[] = { id };

    hw_db_execb(s->db,
                "SELECT pg_advisory_unlock(" LOCK_SPACE ", ($1::bigint & 2147483647)::int)", 1,
                params, NULL, NULL, NULL, NULL, ptemp);
}

apr_status_t
hw_store_analysis_resume(hw_store_t *s, hw_result_t *res, apr_pool_t *p)
{
    return hw_db_execb(s->db,
                       "UPDATE analysis SET due_at = now(), begun_at = NULL"
                       " WHERE failed_at IS NULL AND due_at > now() AND begun_at IS NOT NULL"
                       " AND NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory'"
                       "  AND l.objsubid = 2 AND l.granted AND l.classid = " LOCK_SPACE
                       "  AND l.objid = (id & 2147483647)::oid"
                       "  AND l.database = (SELECT oid FROM pg_database"
                       "                    WHERE datname = current_database()))",
                       0, NULL, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_analysis_of(hw_store_t *s, const char *request_id, int part, hw_json_t **out,
                     hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { request_id, hw_int_param(part, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "SELECT CASE WHEN failed_at IS NOT NULL THEN 'failed'"
                                  " WHEN begun_at IS NOT NULL THEN 'running' ELSE 'waiting' END,"
                                  " tries, error FROM analysis WHERE request_id = $1"
                                  " AND part = $2::int", 2, params, NULL, NULL, &r, res, p);

    *out = NULL;
    if (rv != APR_SUCCESS || !hw_db_rows(r))
        return rv;
    *out = json_object_new_object();
    hw_json_set_string(*out, "status", hw_db_text(r, 0, 0, p));
    hw_json_set_int(*out, "tries", hw_db_int(r, 0, 1));
    hw_json_set_string(*out, "error", hw_db_text(r, 0, 2, p));
    return APR_SUCCESS;
}
