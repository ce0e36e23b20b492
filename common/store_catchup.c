/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts to be looked at again when their maintenance window has ended; who may do periodic
 * work. */
#include <apr_strings.h>

#include "common/store_private.h"
#include "common/store_work.h"

#define LEAD_LOCK 7305190246000100 /* the number means nothing; those behind it are ours too */

apr_status_t
hw_store_lead(hw_store_t *s, int what, int *mine, hw_result_t *res, apr_pool_t *ptemp)
{
    const char *params[] = { hw_int_param(LEAD_LOCK + what, ptemp) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, "SELECT pg_try_advisory_lock($1::bigint)", 1, params,
                                  NULL, NULL, &r, res, ptemp);

    *mine = rv == APR_SUCCESS && hw_db_bool(r, 0, 0);
    return rv;
}

void
hw_store_leave(hw_store_t *s, int what, apr_pool_t *ptemp)
{
    const char *params[] = { hw_int_param(LEAD_LOCK + what, ptemp) };

    hw_db_execb(s->db, "SELECT pg_advisory_unlock($1::bigint)", 1, params, NULL, NULL, NULL, NULL,
                ptemp);
}

/* Parts of one request share their replay, and the same request always gets the same: it does no
 * harm when it is put into the queue twice. */
static const char *
replay_id(const char *request_id, apr_pool_t *p)
{
    return hw_uuid_of(apr_pstrcat(p, "catch-up ", request_id, NULL), p);
}

apr_status_t
hw_store_catch_up_keep(hw_store_t *s, const hw_part_t *part, const hw_event_t *ev,
                       hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { part->alert_key,
                             part->endpoint_id,
                             hw_text_param(part->dedup_key, p),
                             ev->request_id,
                             hw_int_param(part->part, p),
                             hw_ts_param(ev->received_at, p),
                             hw_ts_param(part->catch_up_at, p),
                             replay_id(ev->request_id, p) };

    return hw_db_execb(s->db,
                       "INSERT INTO catch_up (alert_key, endpoint_id, dedup_key, request_id, part,"
                       " received_at, due_at, replay_request) VALUES ($1, $2, $3, $4, $5::int,"
                       " $6::timestamptz, $7::timestamptz, $8) ON CONFLICT (alert_key) DO UPDATE"
                       " SET request_id = excluded.request_id, part = excluded.part,"
                       " received_at = excluded.received_at, due_at = excluded.due_at,"
                       " replay_request = excluded.replay_request, queued_at = NULL",
                       8, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_catch_up_cancel(hw_store_t *s, const hw_part_t *part, hw_result_t *res, apr_pool_t *p)
{
    int any = part->kind == HW_KIND_CLOSE && !part->company_named;
    const char *params[] = { part->alert_key, part->endpoint_id, hw_text_param(part->dedup_key, p),
                             any ? "t" : "f" };

    return hw_db_execb(s->db,
                       "WITH own AS (DELETE FROM catch_up WHERE alert_key = $1 RETURNING 1),"
                       " same AS (SELECT alert_key FROM catch_up WHERE endpoint_id = $2"
                       "  AND md5(dedup_key) = md5($3::text) AND dedup_key = $3)"
                       " DELETE FROM catch_up WHERE $4::boolean AND NOT EXISTS (SELECT FROM own)"
                       " AND (SELECT count(*) FROM same) = 1"
                       " AND alert_key IN (SELECT alert_key FROM same)",
                       4, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_catch_up_wanted(hw_store_t *s, const char *replay_request, int part, int *yes,
                         hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { replay_request, hw_int_param(part, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db, "SELECT 1 FROM catch_up WHERE replay_request = $1 AND part = $2::int", 2, params,
        NULL, NULL, &r, res, p);

    *yes = rv == APR_SUCCESS && hw_db_rows(r) > 0;
    return rv;
}

apr_status_t
hw_store_catch_up_endpoints(hw_store_t *s, apr_array_header_t **out, hw_result_t *res,
                            apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, "SELECT DISTINCT endpoint_id FROM catch_up", 0, NULL,
                                  NULL, NULL, &r, res, p);

    *out = apr_array_make(p, 4, sizeof(const char *));
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++)
        APR_ARRAY_PUSH(*out, const char *) = hw_db_text(r, i, 0, p);
    return rv;
}

apr_status_t
hw_store_catch_up_due(hw_store_t *s, const apr_array_header_t *endpoints, int limit,
                      apr_time_t now, apr_array_header_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *params[3];
    int lens[3] = { 0 }, formats[3] = { 1, 0, 0 };
    hw_array_t ids;
    PGresult *r;
    apr_status_t rv;

    hw_array_texts(&ids, endpoints, p);
    params[0] = ids.buf.s;
    lens[0] = (int)ids.buf.len;
    params[1] = hw_ts_param(now - apr_time_from_sec(3600), p);
    params[2] = hw_int_param(limit, p);
    rv = hw_db_execb(s->db,
                     "SELECT c.endpoint_id, c.replay_request, " HW_TS_COL("min(c.received_at)")
                     ", (SELECT min(l.id) FROM webhook_log l WHERE l.request_id = c.request_id"
                     "   AND l.created_at = min(c.received_at))"
                     " FROM catch_up c WHERE c.endpoint_id = ANY($1::text[])"
                     " AND (c.queued_at IS NULL OR c.queued_at < $2::timestamptz)"
                     " GROUP BY c.endpoint_id, c.replay_request, c.request_id"
                     " ORDER BY min(c.received_at), c.replay_request LIMIT $3::int",
                     3, params, lens, formats, &r, res, p);
    *out = apr_array_make(p, 8, sizeof(hw_catch_up_t *));
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++) {
        hw_catch_up_t *c = apr_pcalloc(p, sizeof(*c));

        c->endpoint_id = hw_db_text(r, i, 0, p);
        c->replay_request = hw_db_text(r, i, 1, p);
        c->received_at = hw_db_int(r, i, 2);
        c->history_id = hw_db_text(r, i, 3, p);
        APR_ARRAY_PUSH(*out, hw_catch_up_t *) = c;
    }
    return rv;
}

apr_status_t
hw_store_catch_up_queued(hw_store_t *s, const char *replay_request, apr_time_t now,
                         hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { replay_request, hw_ts_param(now, p) };

    return hw_db_execb(s->db,
                       "UPDATE catch_up SET queued_at = $2::timestamptz WHERE replay_request = $1",
                       2, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_catch_up_drop(hw_store_t *s, const char *replay_request, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { replay_request };

    return hw_db_execb(s->db, "DELETE FROM catch_up WHERE replay_request = $1", 1, params, NULL,
                       NULL, NULL, res, p);
}

/* A part that the replay does not have any more, because the endpoint was changed, goes with the
 * others after a while. */
apr_status_t
hw_store_catch_up_done(hw_store_t *s, apr_time_t now, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_ts_param(now - apr_time_from_sec(600), p) };

    return hw_db_execb(s->db,
                       "DELETE FROM catch_up c USING webhook_log l WHERE c.queued_at IS NOT NULL"
                       " AND l.request_id = c.replay_request AND l.status <> 'retrying'"
                       " AND (l.part = c.part OR c.queued_at < $1::timestamptz)",
                       1, params, NULL, NULL, NULL, res, p);
}
