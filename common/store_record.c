/* SPDX-License-Identifier: Apache-2.0 */
/* Recording: history rows, sealed requests, alert counters, statistics and what endpoints met
 * last, in one transaction. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "common/store_private.h"

/* One place for each column of a history row: how it is read from hw_history_t. */
typedef enum { COL_TEXT, COL_INT, COL_DOUBLE, COL_MS } col_e;
static const struct {
    col_e type;
    apr_size_t offset;
} columns[] = {
    /* $2 … $25; $1 is created_at, $26 whether the row is a sign of life */
    { COL_TEXT, offsetof(hw_history_t, request_id) },
    { COL_INT, offsetof(hw_history_t, part) },
    { COL_TEXT, offsetof(hw_history_t, config_id) },
    { COL_TEXT, offsetof(hw_history_t, config_name) },
    { COL_TEXT, offsetof(hw_history_t, tenant) },
    { COL_TEXT, offsetof(hw_history_t, status) },
    { COL_TEXT, offsetof(hw_history_t, action) },
    { COL_TEXT, offsetof(hw_history_t, ticket_id) },
    { COL_TEXT, offsetof(hw_history_t, destination) },
    { COL_TEXT, offsetof(hw_history_t, company) },
    { COL_TEXT, offsetof(hw_history_t, summary) },
    { COL_TEXT, offsetof(hw_history_t, dedup_key) },
    { COL_TEXT, offsetof(hw_history_t, alert_key) },
    { COL_TEXT, offsetof(hw_history_t, matched_rule) },
    { COL_TEXT, offsetof(hw_history_t, error_message) },
    { COL_DOUBLE, offsetof(hw_history_t, processing_time) },
    { COL_INT, offsetof(hw_history_t, retry_count) },
    { COL_TEXT, offsetof(hw_history_t, source_ip) },
    { COL_TEXT, offsetof(hw_history_t, payload) },
    { COL_TEXT, offsetof(hw_history_t, headers) },
    { COL_TEXT, offsetof(hw_history_t, trace) },
    { COL_MS, offsetof(hw_history_t, taken_at) },
    { COL_MS, offsetof(hw_history_t, begun_at) },
    { COL_MS, offsetof(hw_history_t, decided_at) },
};
#define NCOLUMNS (sizeof(columns) / sizeof(columns[0]))
#define NPARAMS (NCOLUMNS + 2)
_Static_assert(NPARAMS <= HW_ARRAYS_MAX, "hw_arrays_send takes all columns");

/* A row met before is replaced but keeps its id; its alert was counted then. (The usual "xmax = 0"
 * for a row just inserted cannot be asked of a partitioned table.) What was done stays done: a worker
 * that was frozen, and whose event somebody else has finished, wakes and says that it failed. */
static const char record_sql[] =
    "WITH rows AS (SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::int[], $4::text[],"
    " $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],"
    " $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::float8[], $18::int[],"
    " $19::text[], $20::text[], $21::text[], $22::text[], $23::int[], $24::int[], $25::int[],"
    " $26::bool[]) AS t (created_at,"
    " request_id, part, config_id, config_name, tenant, status, action, ticket_id, destination,"
    " company, summary, dedup_key, alert_key, matched_rule, error_message, processing_time,"
    " retry_count, source_ip, payload, headers, trace, taken_ms, begun_ms, decided_ms, life)),"
    " stored AS (INSERT INTO webhook_log AS w (created_at, request_id, part, config_id,"
    " config_name, tenant, status, action, ticket_id, destination, company, summary, dedup_key,"
    " alert_key, matched_rule, error_message, processing_time, retry_count, source_ip, payload,"
    " headers, trace, taken_ms, begun_ms, decided_ms)"
    " SELECT created_at, request_id, part, config_id, config_name, tenant, status,"
    " action, ticket_id, destination, company, summary, dedup_key, alert_key, matched_rule,"
    " error_message, processing_time, retry_count, source_ip, payload, headers, trace,"
    " nullif(taken_ms, -1), nullif(begun_ms, -1), nullif(decided_ms, -1) FROM rows"
    " ON CONFLICT (request_id, part, created_at) DO UPDATE SET recorded_at = now(),"
    " recordings = w.recordings + 1,"
    " config_id = excluded.config_id, config_name = excluded.config_name,"
    " tenant = excluded.tenant, status = excluded.status, action = excluded.action,"
    " ticket_id = excluded.ticket_id, destination = excluded.destination,"
    " company = excluded.company, summary = excluded.summary, dedup_key = excluded.dedup_key,"
    " alert_key = excluded.alert_key, matched_rule = excluded.matched_rule,"
    " error_message = excluded.error_message, processing_time = excluded.processing_time,"
    " retry_count = excluded.retry_count, source_ip = excluded.source_ip,"
    " payload = excluded.payload, headers = excluded.headers, trace = excluded.trace,"
    " taken_ms = excluded.taken_ms, begun_ms = excluded.begun_ms, decided_ms = excluded.decided_ms"
    " WHERE excluded.status NOT IN ('retrying', 'failed', 'dlq') OR w.status = 'retrying'"
    " OR (w.status IN ('failed', 'dlq') AND excluded.status <> 'retrying')"
    " RETURNING w.id, w.created_at, w.request_id, w.part, w.config_id, w.tenant, w.status,"
    " w.action, w.destination, w.alert_key, w.error_message, w.processing_time, w.recordings = 1"
    " AS fresh),"
    " counted AS (UPDATE alert a SET events = a.events + g.n,"
    " last_event_at = greatest(a.last_event_at, g.last) FROM (SELECT alert_key,"
    " count(*) FILTER (WHERE fresh) AS n, max(created_at) AS last FROM stored"
    " WHERE alert_key IS NOT NULL GROUP BY alert_key) g WHERE a.alert_key = g.alert_key),"
    /* A row met before leaves the number it was counted in. The statement sees the table as it
     * was: this is the row before it was replaced. LIMIT keeps it a look-up for each row. */
    " moved AS (SELECT created_at, config_id, tenant, status, action, destination, 1 AS n,"
    " processing_time FROM stored UNION ALL SELECT o.created_at, o.config_id, o.tenant, o.status,"
    " o.action, o.destination, -1, -o.processing_time FROM stored s CROSS JOIN LATERAL"
    " (SELECT w.* FROM webhook_log w"
    " WHERE w.request_id = s.request_id AND w.part = s.part AND w.created_at = s.created_at"
    " LIMIT 1) o WHERE NOT s.fresh),"
    " tallied AS (INSERT INTO webhook_stat AS t (span, start, endpoint_id, tenant, status, action,"
    " destination, n, seconds)"
    " SELECT span, date_trunc(span, created_at), config_id, tenant, status,"
    " coalesce(action, ''), coalesce(destination, ''), sum(n), coalesce(sum(processing_time), 0)"
    " FROM moved, (VALUES ('hour'), ('day')) AS v (span) GROUP BY 1, 2, 3, 4, 5, 6, 7"
    " ORDER BY 1, 2, 3, 4, 5, 6, 7"
    " ON CONFLICT (span, start, endpoint_id, tenant, status, action, destination) DO UPDATE"
    " SET n = t.n + excluded.n, seconds = t.seconds + excluded.seconds),"
    " failures AS (SELECT DISTINCT ON (config_id) config_id, created_at, error_message, id"
    " FROM stored WHERE status IN ('failed', 'dlq')"
    " ORDER BY config_id, created_at DESC, id DESC),"
    " lives AS (SELECT config_id, max(created_at) FILTER (WHERE life) AS last FROM rows"
    " GROUP BY config_id)"
    " INSERT INTO endpoint_seen AS s (endpoint_id, last_seen_at, events, last_ok_at,"
    " last_error_at, last_error, last_error_id) SELECT e.id, l.last, g.n, g.ok, f.created_at,"
    " f.error_message, f.id FROM (SELECT config_id, count(*) FILTER (WHERE fresh) AS n,"
    " max(created_at) FILTER (WHERE status IN ('processed', 'skipped')) AS ok FROM stored"
    " GROUP BY config_id) g JOIN endpoint e ON e.id = g.config_id"
    " JOIN lives l ON l.config_id = g.config_id"
    " LEFT JOIN failures f ON f.config_id = g.config_id ORDER BY e.id"
    " ON CONFLICT (endpoint_id) DO UPDATE"
    " SET last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at),"
    " events = s.events + excluded.events,"
    " last_ok_at = greatest(s.last_ok_at, excluded.last_ok_at),"
    " (last_error_at, last_error, last_error_id) = (SELECT x.a, x.e, x.i FROM (VALUES"
    " (s.last_error_at, s.last_error, s.last_error_id),"
    " (excluded.last_error_at, excluded.last_error, excluded.last_error_id)) AS x (a, e, i)"
    " ORDER BY x.a DESC NULLS LAST LIMIT 1)";

static const char raw_sql[] =
    "INSERT INTO webhook_raw (request_id, created_at, event)"
    " SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bytea[])"
    " ON CONFLICT (request_id, created_at) DO NOTHING";

static const char analysis_sql[] =
    "INSERT INTO analysis (request_id, part, received_at, endpoint_id, destination, ticket_id)"
    " SELECT * FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::text[], $5::text[],"
    " $6::text[]) ON CONFLICT (request_id, part) DO NOTHING";

/* One statement cannot replace a row twice: of several with one request and part the last
 * stays. */
static apr_array_header_t *
last_of_each(const apr_array_header_t *rows, apr_pool_t *p)
{
    apr_hash_t *seen = apr_hash_make(p);
    apr_array_header_t *out = apr_array_make(p, rows->nelts + 1, sizeof(hw_history_t *));

    for (int i = rows->nelts - 1; i >= 0; i--) {
        const hw_history_t *row = APR_ARRAY_IDX(rows, i, hw_history_t *);
        const char *key = apr_psprintf(p, "%s:%d:%" APR_TIME_T_FMT, row->request_id, row->part,
                                       row->received_at);
        if (apr_hash_get(seen, key, APR_HASH_KEY_STRING))
            continue;
        apr_hash_set(seen, key, APR_HASH_KEY_STRING, row);
        APR_ARRAY_PUSH(out, const hw_history_t *) = row;
    }
    return out;
}

static hw_oid_e
column_oid(col_e type)
{
    return type == COL_TEXT ? HW_OID_TEXT : type == COL_DOUBLE ? HW_OID_FLOAT8 : HW_OID_INT4;
}

/* Since the request was received; clocks of two machines may differ somewhat. */
static int
elapsed_ms(apr_time_t received_at, apr_time_t at)
{
    apr_int64_t ms = (at - received_at) / 1000;

    if (!at)
        return -1;
    return ms < 0 ? 0 : ms > APR_INT32_MAX ? APR_INT32_MAX : (int)ms;
}

static void
add_value(hw_array_t *a, col_e type, const hw_history_t *row, apr_size_t offset, apr_pool_t *p)
{
    const void *at = (const char *)row + offset;

    if (type == COL_TEXT)
        hw_array_text(a, *(const char *const *)at, p);
    else if (type == COL_INT)
        hw_array_int(a, *(const int *)at);
    else if (type == COL_MS)
        hw_array_int(a, elapsed_ms(row->received_at, *(const apr_time_t *)at));
    else
        hw_array_double(a, *(const double *)at);
}

/* A rejected request and one we made ourselves do not show that the sender lives. */
static int
sign_of_life(const hw_history_t *row)
{
    return !row->synthetic && strcmp(row->status, "rejected") != 0;
}

static apr_status_t
send_rows(hw_store_t *s, const apr_array_header_t *given, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *rows = last_of_each(given, p);
    hw_array_t arrays[NPARAMS];

    hw_array_init(&arrays[0], HW_OID_TIMESTAMPTZ, p);
    for (unsigned c = 0; c < NCOLUMNS; c++)
        hw_array_init(&arrays[c + 1], column_oid(columns[c].type), p);
    hw_array_init(&arrays[NPARAMS - 1], HW_OID_BOOL, p);
    for (int i = rows->nelts - 1; i >= 0; i--) { /* in the order they were given */
        const hw_history_t *row = APR_ARRAY_IDX(rows, i, const hw_history_t *);
        hw_array_time(&arrays[0], row->received_at);
        for (unsigned c = 0; c < NCOLUMNS; c++)
            add_value(&arrays[c + 1], columns[c].type, row, columns[c].offset, p);
        hw_array_bool(&arrays[NPARAMS - 1], sign_of_life(row));
    }
    return hw_arrays_send(s, record_sql, arrays, NPARAMS, res);
}

/* Tickets that wait for an analysis, in the transaction that records their events. */
static apr_status_t
send_analyses(hw_store_t *s, const apr_array_header_t *rows, hw_result_t *res, apr_pool_t *p)
{
    hw_array_t arrays[6];

    for (int i = 0; i < 6; i++)
        hw_array_init(&arrays[i], i == 1 ? HW_OID_INT4 : i == 2 ? HW_OID_TIMESTAMPTZ : HW_OID_TEXT, p);
    for (int i = 0; i < rows->nelts; i++) {
        const hw_history_t *row = APR_ARRAY_IDX(rows, i, const hw_history_t *);

        if (!row->analyse || row->ticket_id == NULL || strcmp(row->status, "processed") != 0)
            continue;
        hw_array_text(&arrays[0], row->request_id, p);
        hw_array_int(&arrays[1], row->part);
        hw_array_time(&arrays[2], row->received_at);
        hw_array_text(&arrays[3], row->config_id, p);
        hw_array_text(&arrays[4], row->destination, p);
        hw_array_text(&arrays[5], row->ticket_id, p);
    }
    if (arrays[0].n == 0)
        return APR_SUCCESS;
    return hw_arrays_send(s, analysis_sql, arrays, 6, res);
}

static apr_status_t
send_raws(hw_store_t *s, const apr_array_header_t *raws, hw_result_t *res, apr_pool_t *p)
{
    hw_array_t arrays[3];

    hw_array_init(&arrays[0], HW_OID_TEXT, p);
    hw_array_init(&arrays[1], HW_OID_TIMESTAMPTZ, p);
    hw_array_init(&arrays[2], HW_OID_BYTEA, p);
    for (int i = 0; i < raws->nelts; i++) {
        const hw_raw_t *raw = APR_ARRAY_IDX(raws, i, hw_raw_t *);
        unsigned char *sealed;
        apr_size_t len;
        apr_status_t rv = hw_raw_seal(s->ring, raw->event, &sealed, &len, res, p);
        if (rv != APR_SUCCESS)
            return rv;
        hw_array_text(&arrays[0], raw->request_id, p);
        hw_array_time(&arrays[1], raw->event->received_at);
        hw_array_bytes(&arrays[2], sealed, len);
    }
    return hw_arrays_send(s, raw_sql, arrays, 3, res);
}

apr_status_t
hw_store_record(hw_store_t *s, const hw_record_t *rec, hw_result_t *res, apr_pool_t *ptemp)
{
    apr_status_t rv = hw_db_pipeline_start(s->db, res), ended;

    if (rv != APR_SUCCESS)
        return rv;
    if (rec->rows && rec->rows->nelts)
        rv = send_rows(s, rec->rows, res, ptemp);
    if (rv == APR_SUCCESS && rec->rows)
        rv = send_analyses(s, rec->rows, res, ptemp);
    if (rv == APR_SUCCESS && rec->rows)
        rv = hw_notifications_send(s, rec->rows, res, ptemp);
    if (rv == APR_SUCCESS && rec->raws && rec->raws->nelts)
        rv = send_raws(s, rec->raws, res, ptemp);
    if (rv != APR_SUCCESS) { /* what was sent must not take effect: no sync, no connection */
        hw_db_close(s->db);
        return rv;
    }
    ended = hw_db_pipeline_end(s->db, res);
    return ended;
}

apr_status_t
hw_store_recorded(hw_store_t *s, const char *request_id, int part, apr_time_t received_at,
                  int *yes, hw_result_t *res, apr_pool_t *ptemp)
{
    const char *params[] = { request_id, hw_int_param(part, ptemp),
                             hw_ts_param(received_at, ptemp) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "SELECT 1 FROM webhook_log WHERE request_id = $1"
                                  " AND part = $2::int AND created_at = $3::timestamptz"
                                  " AND status <> 'retrying'",
                                  3, params, NULL, NULL, &r, res, ptemp);

    *yes = rv == APR_SUCCESS && hw_db_rows(r) > 0;
    return rv;
}

apr_status_t
hw_store_recorded_last(hw_store_t *s, int rows, apr_array_header_t **out, hw_result_t *res,
                       apr_pool_t *p)
{
    const char *params[] = { hw_int_param(rows, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "SELECT request_id FROM webhook_log"
                                  " ORDER BY created_at DESC, id DESC LIMIT $1::int",
                                  1, params, NULL, NULL, &r, res, p);

    *out = apr_array_make(p, 16, sizeof(const char *));
    for (int i = rv == APR_SUCCESS ? hw_db_rows(r) : 0; i-- > 0;)
        APR_ARRAY_PUSH(*out, const char *) = hw_db_text(r, i, 0, p);
    return rv;
}
