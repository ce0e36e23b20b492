/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to chat targets: a queue in a table, filled by the transaction that records events. */
#include <apr_hash.h>
#include <apr_strings.h>
#include <string.h>

#include "common/notify.h"
#include "common/store_private.h"
#include "common/store_work.h"

/* --- what an event makes --------------------------------------------------------------------- */

/* Of an alert that fails event after event only the first is told: $1 its key. */
static const char failed_sql[] =
    "WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],"
    " $5::text[], $6::int[], $7::timestamptz[]) WITH ORDINALITY AS t (key, endpoint_id, target,"
    " what, request_id, part, received_at, n)), fresh AS (INSERT INTO notify_failing (key)"
    " SELECT DISTINCT key"
    " FROM given ORDER BY key ON CONFLICT DO NOTHING RETURNING key)"
    " INSERT INTO notification (endpoint_id, target, what, request_id, part, received_at)"
    " SELECT endpoint_id, target, what, request_id, part, received_at FROM given"
    " JOIN fresh USING (key) WHERE target <> '' ORDER BY n ON CONFLICT DO NOTHING";
static const char told_sql[] =
    "INSERT INTO notification (endpoint_id, target, what, request_id, part, received_at)"
    " SELECT endpoint_id, target, what, request_id, part, received_at FROM unnest($1::text[],"
    " $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::timestamptz[])"
    " WITH ORDINALITY AS t (key, endpoint_id, target, what, request_id, part, received_at, n)"
    " ORDER BY n"
    " ON CONFLICT DO NOTHING";
static const char well_sql[] = "DELETE FROM notify_failing WHERE key = ANY ($1::text[])";

static const struct {
    hw_tell_e tell;
    const char *action;
} actions[] = {
    { HW_TELL_CREATE, "create" },
    { HW_TELL_CLOSE, "close" },
    { HW_TELL_REOPEN, "reopen" },
};

/* 0: nothing that anybody is told. */
static unsigned
what_of(const hw_history_t *row, const char **what)
{
    *what = "failed";
    if (strcmp(row->status, "failed") == 0 || strcmp(row->status, "dlq") == 0)
        return HW_TELL_FAILED;
    *what = row->action;
    for (unsigned i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (row->action != NULL && strcmp(row->action, actions[i].action) == 0 &&
            strcmp(row->status, "processed") == 0)
            return (unsigned)actions[i].tell;
    return 0;
}

enum { KEY, ENDPOINT, TARGET, WHAT, REQUEST, PART, RECEIVED, COLUMNS };

typedef struct {
    hw_store_t *s;
    hw_array_t told[COLUMNS], failed[COLUMNS], well;
    apr_hash_t *failing; /* keys of "failed" */
    hw_result_t *res;
    apr_pool_t *p;
} tell_t;

static void
begin(hw_array_t *a, apr_pool_t *p)
{
    for (int i = 0; i < COLUMNS; i++)
        hw_array_init(&a[i], i == PART ? HW_OID_INT4 : i == RECEIVED ? HW_OID_TIMESTAMPTZ
                                                                     : HW_OID_TEXT, p);
}

static const char *
key_of(const hw_history_t *row)
{
    return row->alert_key != NULL ? row->alert_key : row->config_id;
}

static void
add(hw_array_t *a, const hw_history_t *row, const char *target, const char *what, apr_pool_t *p)
{
    hw_array_text(&a[KEY], key_of(row), p);
    hw_array_text(&a[ENDPOINT], row->config_id, p);
    hw_array_text(&a[TARGET], target, p);
    hw_array_text(&a[WHAT], what, p);
    hw_array_text(&a[REQUEST], row->request_id, p);
    hw_array_int(&a[PART], row->part);
    hw_array_time(&a[RECEIVED], row->received_at);
}

/* An alert that failed and went well in one group: the statements run in that order. */
static apr_status_t
flush(tell_t *t)
{
    apr_status_t rv = APR_SUCCESS;

    if (t->failed[KEY].n > 0)
        rv = hw_arrays_send(t->s, failed_sql, t->failed, COLUMNS, t->res);
    if (rv == APR_SUCCESS && t->told[KEY].n > 0)
        rv = hw_arrays_send(t->s, told_sql, t->told, COLUMNS, t->res);
    if (rv == APR_SUCCESS && t->well.n > 0)
        rv = hw_arrays_send(t->s, well_sql, &t->well, 1, t->res);
    begin(t->failed, t->p);
    begin(t->told, t->p);
    hw_array_init(&t->well, HW_OID_TEXT, t->p);
    apr_hash_clear(t->failing);
    return rv;
}

static apr_status_t
add_row(tell_t *t, const hw_history_t *row, const apr_array_header_t *targets)
{
    const char *what, *key = key_of(row);
    unsigned tell = what_of(row, &what);
    apr_status_t rv;

    if (strcmp(row->status, "processed") == 0) {
        hw_array_text(&t->well, key, t->p);
        hw_array_text(&t->well, row->config_id, t->p);
    }
    if (row->quiet)
        return APR_SUCCESS;
    if (tell == HW_TELL_FAILED) {
        if (t->well.n > 0 && (rv = flush(t)) != APR_SUCCESS)
            return rv;
        if (apr_hash_get(t->failing, key, APR_HASH_KEY_STRING) != NULL)
            return APR_SUCCESS;
        apr_hash_set(t->failing, key, APR_HASH_KEY_STRING, row);
        add(t->failed, row, "", what, t->p); /* it fails, whoever is told */
    }
    for (int i = 0; i < targets->nelts; i++) {
        const hw_notify_t *target = APR_ARRAY_IDX(targets, i, const hw_notify_t *);

        if ((target->on & tell) != 0)
            add(tell == HW_TELL_FAILED ? t->failed : t->told, row, target->id, what, t->p);
    }
    return APR_SUCCESS;
}

apr_status_t
hw_notifications_send(hw_store_t *s, const apr_array_header_t *rows, hw_result_t *res,
                      apr_pool_t *p)
{
    tell_t t = { .s = s, .failing = apr_hash_make(p), .res = res, .p = p };
    apr_status_t rv = APR_SUCCESS;

    begin(t.failed, p);
    begin(t.told, p);
    hw_array_init(&t.well, HW_OID_TEXT, p);
    for (int i = 0; rv == APR_SUCCESS && i < rows->nelts; i++) {
        const hw_history_t *row = APR_ARRAY_IDX(rows, i, const hw_history_t *);

        if (row->notify != NULL && row->notify->nelts > 0)
            rv = add_row(&t, row, row->notify);
    }
    return rv == APR_SUCCESS ? flush(&t) : rv;
}

/* --- the queue ------------------------------------------------------------------------------- */

/* The oldest of each target, even of many that wait. begun_at of a try that never ended: it may
 * have reached the service before its worker died. */
static const char take_sql[] =
    "WITH next AS (SELECT id FROM notification WHERE sent_at IS NULL AND failed_at IS NULL"
    "  AND due_at <= now() AND id = ANY (ARRAY(SELECT min(id) FROM notification"
    "   WHERE sent_at IS NULL AND failed_at IS NULL GROUP BY endpoint_id, target))"
    "  ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED),"
    " t AS (UPDATE notification n SET tries = n.tries + 1, begun_at = now(),"
    "  doubts = n.doubts + (n.begun_at IS NOT NULL)::int,"
    "  due_at = now() + $1::bigint * interval '1 microsecond' FROM next WHERE n.id = next.id"
    "  RETURNING n.*)"
    " SELECT t.id, t.endpoint_id, t.target, t.what, t.request_id, t.part,"
    " (extract(epoch from now() - t.created_at) * 1000000)::bigint, t.tries, t.doubts, t.body,"
    " c.message_id, l.id, l.summary, l.company, l.destination, l.ticket_id, l.error_message,"
    " l.config_name FROM t"
    " LEFT JOIN webhook_log l ON l.request_id = t.request_id AND l.part = t.part"
    "  AND l.created_at = t.received_at"
    " LEFT JOIN notification c ON t.what = 'analysis' AND c.request_id = t.request_id"
    "  AND c.part = t.part AND c.target = t.target AND c.what = 'create'";

apr_status_t
hw_store_notification_take(hw_store_t *s, apr_interval_time_t lease, hw_notification_t **out,
                           hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_int_param(lease, p) };
    hw_notification_t *n;
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, take_sql, 1, params, NULL, NULL, &r, res, p);

    *out = NULL;
    if (rv != APR_SUCCESS || !hw_db_rows(r))
        return rv;
    *out = n = apr_pcalloc(p, sizeof(*n));
    n->id = hw_db_text(r, 0, 0, p);
    n->endpoint_id = hw_db_text(r, 0, 1, p);
    n->target = hw_db_text(r, 0, 2, p);
    n->what = hw_db_text(r, 0, 3, p);
    n->request_id = hw_db_text(r, 0, 4, p);
    n->part = (int)hw_db_int(r, 0, 5);
    n->age = hw_db_int(r, 0, 6);
    n->tries = (int)hw_db_int(r, 0, 7);
    n->doubts = (int)hw_db_int(r, 0, 8);
    n->body = hw_db_text(r, 0, 9, p);
    n->reply_to = hw_db_text(r, 0, 10, p);
    n->history_id = hw_db_text(r, 0, 11, p);
    n->summary = hw_db_text(r, 0, 12, p);
    n->company = hw_db_text(r, 0, 13, p);
    n->destination = hw_db_text(r, 0, 14, p);
    n->ticket_id = hw_db_text(r, 0, 15, p);
    n->error = hw_db_text(r, 0, 16, p);
    n->endpoint_name = hw_db_text(r, 0, 17, p);
    return APR_SUCCESS;
}

apr_status_t
hw_store_notification_sent(hw_store_t *s, const char *id, const char *message_id, hw_result_t *res,
                           apr_pool_t *p)
{
    const char *params[] = { id, hw_text_param(message_id, p) };

    return hw_db_execb(s->db,
                       "UPDATE notification SET sent_at = now(), message_id = $2, begun_at = NULL,"
                       " error = NULL WHERE id = $1::bigint",
                       2, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_notification_doubt(hw_store_t *s, const char *id, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { id };

    return hw_db_execb(s->db, "UPDATE notification SET doubts = doubts + 1 WHERE id = $1::bigint",
                       1, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_failing_forget(hw_store_t *s, apr_time_t since, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_ts_param(since, p) };

    return hw_db_execb(s->db, "DELETE FROM notify_failing WHERE since < $1::timestamptz", 1,
                       params, NULL, NULL, NULL, res, p);
}

/* --- what became of them --------------------------------------------------------------------- */

static const char list_sql[] =
    "SELECT n.id, jsonb_build_object('id', n.id, 'target', n.target, 'what', n.what, 'status',"
    " CASE WHEN n.sent_at IS NOT NULL THEN 'sent' WHEN n.failed_at IS NOT NULL THEN 'failed'"
    " ELSE 'waiting' END, 'error', n.error, 'tries', n.tries, 'request_id', n.request_id,"
    " 'part', n.part, 'history_id', l.id, 'ticket_id', l.ticket_id, 'summary', l.summary,"
    " 'created_at', n.created_at, 'sent_at', n.sent_at, 'failed_at', n.failed_at)"
    " FROM (SELECT * FROM notification WHERE endpoint_id = $1"
    " AND ($2::bigint IS NULL OR id < $2::bigint) ORDER BY id DESC LIMIT $3::int) n"
    " LEFT JOIN webhook_log l ON l.request_id = n.request_id AND l.part = n.part"
    " AND l.created_at = n.received_at ORDER BY n.id DESC";

apr_status_t
hw_store_notification_list(hw_store_t *s, const char *endpoint_id, int limit, const char *cursor,
                           hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    int most = hw_list_limit(limit), n;
    const char *params[] = { endpoint_id, cursor, hw_int_param(most + 1, p) };
    hw_json_t *items = json_object_new_array(), *item;
    PGresult *r;
    apr_status_t rv;

    *out = hw_json_own(json_object_new_object(), p);
    hw_json_set(*out, "items", items);
    if (cursor && !hw_id_valid(cursor))
        return hw_fail_field(res, APR_EINVAL, "bad-cursor", "cursor", "is not one of this list");
    if ((rv = hw_db_execb(s->db, list_sql, 3, params, NULL, NULL, &r, res, p)) != APR_SUCCESS)
        return rv;
    n = hw_db_rows(r);
    for (int i = 0; i < n && i < most; i++) {
        const char *text = hw_db_text(r, i, 1, p);

        if ((rv = hw_json_parse(text, strlen(text), NULL, &item, NULL, res, p)) != APR_SUCCESS)
            return rv;
        json_object_array_add(items, json_object_get(item));
    }
    hw_json_set_string(*out, "next", n > most ? hw_db_text(r, most - 1, 0, p) : NULL);
    return APR_SUCCESS;
}
