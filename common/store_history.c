/* SPDX-License-Identifier: Apache-2.0 */
/* History for people: what a row shows, which rows a filter leaves, single rows, and the exact
 * request behind one. Pages: store_history_page.c. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "common/clock.h"
#include "common/store_history.h"

/* What a row shows, in this order. */
typedef enum { SHOW_TEXT, SHOW_INT, SHOW_DOUBLE, SHOW_TIME, SHOW_JSON } show_e;
static const struct {
    const char *name, *sql;
    show_e as;
    int full; /* only in full rows */
} columns[] = {
    { "id", "id", SHOW_INT, 0 },
    { "request_id", "request_id", SHOW_TEXT, 0 },
    { "part", "part", SHOW_INT, 0 },
    { "config_id", "config_id", SHOW_TEXT, 0 },
    { "config_name", "config_name", SHOW_TEXT, 0 },
    { "tenant", "tenant", SHOW_TEXT, 0 },
    { "created_at", HW_TS_COL("created_at"), SHOW_TIME, 0 },
    { "received_at", HW_TS_COL("created_at"), SHOW_TIME, 0 },
    { "recorded_at", HW_TS_COL("recorded_at"), SHOW_TIME, 0 },
    { "status", "status", SHOW_TEXT, 0 },
    { "action", "action", SHOW_TEXT, 0 },
    { "ticket_id", "ticket_id", SHOW_TEXT, 0 },
    { "destination", "destination", SHOW_TEXT, 0 },
    { "company", "company", SHOW_TEXT, 0 },
    { "summary", "summary", SHOW_TEXT, 0 },
    { "dedup_key", "dedup_key", SHOW_TEXT, 0 },
    { "matched_rule", "matched_rule", SHOW_TEXT, 0 },
    { "error_message", "error_message", SHOW_TEXT, 0 },
    { "processing_time", "processing_time", SHOW_DOUBLE, 0 },
    { "retry_count", "retry_count", SHOW_INT, 0 },
    { "source_ip", "source_ip", SHOW_TEXT, 0 },
    { "payload", "payload", SHOW_JSON, 1 },
    { "headers", "headers", SHOW_JSON, 1 },
    { "trace", "trace", SHOW_JSON, 1 },
};
#define NCOLUMNS (int)(sizeof(columns) / sizeof(columns[0]))

const char *
hw_history_columns(int full, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (int c = 0; c < NCOLUMNS && (full || !columns[c].full); c++) {
        hw_buf_adds(&b, c ? ", " : "SELECT ");
        hw_buf_adds(&b, columns[c].sql);
    }
    return b.s;
}

/* Stored JSON comes back as a value; what is not an object or array is text as it was received. */
static hw_json_t *
json_or_text(const char *text, apr_pool_t *p)
{
    hw_json_t *v = NULL;

    if ((*text == '{' || *text == '[') &&
        hw_json_parse(text, strlen(text), NULL, &v, NULL, NULL, p) == APR_SUCCESS)
        return json_object_get(v);
    return json_object_new_string(text);
}

static void
set_column(hw_json_t *item, int c, const PGresult *r, int row, apr_pool_t *p)
{
    const char *name = columns[c].name, *text = hw_db_text(r, row, c, p);

    if (!text)
        hw_json_set(item, name, NULL);
    else if (columns[c].as == SHOW_INT)
        hw_json_set_int(item, name, apr_atoi64(text));
    else if (columns[c].as == SHOW_DOUBLE)
        hw_json_set(item, name, json_object_new_double_s(strtod(text, NULL), text));
    else if (columns[c].as == SHOW_TIME)
        hw_json_set_string(item, name, hw_time_rfc3339(apr_atoi64(text), p));
    else if (columns[c].as == SHOW_JSON)
        hw_json_set(item, name, json_or_text(text, p));
    else
        hw_json_set_string(item, name, text);
}

hw_json_t *
hw_history_row(const PGresult *r, int row, int full, apr_pool_t *p)
{
    hw_json_t *item = json_object_new_object();

    for (int c = 0; c < NCOLUMNS && (full || !columns[c].full); c++)
        set_column(item, c, r, row, p);
    return item;
}

void
hw_history_and(hw_history_query_t *q, const char *how, const char *value)
{
    if (!value)
        return;
    hw_buf_adds(&q->sql, q->n ? " AND " : " WHERE ");
    q->params[q->n++] = hw_text_param(value, q->p);
    hw_buf_adds(&q->sql, apr_psprintf(q->p, how, q->n));
}

/* "<microseconds>-<id>" of the last row shown: rows may arrive and go meanwhile. */
static apr_status_t
where_cursor(hw_history_query_t *q, const char *cursor, hw_result_t *res)
{
    char *end;
    apr_int64_t at;

    if (!cursor)
        return APR_SUCCESS;
    at = apr_strtoi64(cursor, &end, 10);
    if (*cursor < '0' || *cursor > '9' || end - cursor > 17 || *end != '-' ||
        !hw_id_valid(end + 1))
        return hw_fail_field(res, APR_EINVAL, "bad-cursor", "cursor",
                             "is not one that a page gave as next");
    hw_history_and(q, "created_at <= $%d::timestamptz", hw_ts_param(at ? at : 1, q->p));
    hw_buf_adds(&q->sql, apr_psprintf(q->p, " AND (created_at < $%d::timestamptz OR id < ", q->n));
    q->params[q->n++] = end + 1;
    hw_buf_adds(&q->sql, apr_psprintf(q->p, "$%d::bigint)", q->n));
    return APR_SUCCESS;
}

apr_status_t
hw_history_conditions(hw_history_query_t *q, const hw_history_filter_t *f, hw_result_t *res,
                      apr_pool_t *p)
{
    memset(q, 0, sizeof(*q));
    q->p = p;
    hw_buf_init(&q->sql, p);
    hw_history_and(q, "config_id = $%d", f->endpoint_id);
    hw_history_and(q, "status = $%d", f->status);
    hw_history_and(q, "action = $%d", f->action);
    hw_history_and(q, "source_ip = $%d", f->source_ip);
    hw_history_and(q, "ticket_id = $%d", f->ticket_id);
    hw_history_and(q, "destination = $%d", f->destination);
    hw_history_and(q, "company = $%d", f->company);
    hw_history_and(q, "request_id = $%d", f->request_id);
    hw_history_and(q, "tenant = $%d", f->tenant);
    hw_history_and(q, "created_at >= $%d::timestamptz", hw_ts_param(f->from, p));
    hw_history_and(q, "created_at < $%d::timestamptz", hw_ts_param(f->to, p));
    return where_cursor(q, f->cursor, res);
}

apr_status_t
hw_history_where(const hw_history_filter_t *f, const char **sql, const char **params, int *nparams,
                 hw_result_t *res, apr_pool_t *p)
{
    hw_history_filter_t bare = *f;
    hw_history_query_t q;
    apr_status_t rv;

    bare.cursor = NULL;
    rv = hw_history_conditions(&q, &bare, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (f->q && *f->q)
        hw_history_and(&q, HW_HISTORY_SEARCHED " ILIKE $%d", hw_like_param(f->q, p));
    memcpy(params, q.params, sizeof(q.params));
    *nparams = q.n;
    *sql = q.sql.s;
    return APR_SUCCESS;
}

static apr_status_t
no_history(const char *id, hw_result_t *res)
{
    return hw_fail(res, APR_NOTFOUND, "no-history", "there is no history entry %s", id);
}

apr_status_t
hw_store_history_get(hw_store_t *s, const char *id, hw_json_t **out, hw_result_t *res,
                     apr_pool_t *p)
{
    const char *params[] = { id };
    PGresult *r;
    apr_status_t rv;

    if (!hw_id_valid(id))
        return no_history(id, res);
    rv = hw_db_exec(s->db,
                    apr_pstrcat(p, hw_history_columns(1, p),
                                " FROM webhook_log WHERE id = $1::bigint", NULL),
                    1, params, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r))
        return no_history(id, res);
    *out = hw_json_own(hw_history_row(r, 0, 1, p), p);
    return APR_SUCCESS;
}

apr_status_t
hw_store_history_event(hw_store_t *s, const char *id, hw_event_t **out, hw_result_t *res,
                       apr_pool_t *p)
{
    const char *params[] = { id };
    unsigned char *sealed;
    size_t len;
    PGresult *r;
    apr_status_t rv;

    if (!hw_id_valid(id))
        return no_history(id, res);
    rv = hw_db_execb(s->db,
                     "SELECT r.event, l.status FROM webhook_log l LEFT JOIN webhook_raw r"
                     " ON r.request_id = l.request_id AND r.created_at = l.created_at"
                     " WHERE l.id = $1::bigint",
                     1, params, NULL, NULL, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r))
        return no_history(id, res);
    if (PQgetisnull(r, 0, 0) && !strcmp(PQgetvalue(r, 0, 1), "rejected"))
        return hw_fail(res, APR_NOTFOUND, "not-replayable",
                       "history entry %s was refused: its body was not kept, and it cannot be "
                       "replayed; the sender has to send it again", id);
    if (PQgetisnull(r, 0, 0))
        return hw_fail(res, APR_NOTFOUND, "no-request",
                       "the request behind history entry %s was not kept", id);
    if (!(sealed = PQunescapeBytea((unsigned char *)PQgetvalue(r, 0, 0), &len)))
        return hw_fail_temp(res, APR_ENOMEM, "no-memory", "out of memory");
    rv = hw_raw_open(s->ring, sealed, len, out, res, p);
    PQfreemem(sealed);
    if (rv == APR_SUCCESS)
        (*out)->tell = 0; /* each replay says so for itself */
    return rv;
}

apr_status_t
hw_store_history_replay(hw_store_t *s, hw_queue_t *q, const hw_replay_of_t *how, hw_result_t *res,
                        apr_pool_t *p)
{
    hw_enqueue_t e = { .version = NULL };
    hw_enqueued_t done = { 0 };
    hw_event_t *ev;
    apr_status_t rv = hw_store_history_event(s, how->of, &ev, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    hw_event_replay(ev, how);
    e.event = ev;
    if ((rv = hw_enqueue(q, &e, &done, res, p)) != APR_SUCCESS)
        return rv;
    if (done.what == HW_ENQ_GONE)
        return hw_fail(res, APR_NOTFOUND, "no-endpoint",
                       "the endpoint of history entry %s is gone", how->of);
    if (done.what != HW_ENQ_STORED && done.what != HW_ENQ_UNPUBLISHED)
        return hw_fail_temp(res, APR_EAGAIN, "not-queued", "history entry %s was not queued",
                            how->of);
    return APR_SUCCESS;
}
