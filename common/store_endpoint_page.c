/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints as pages show them: with what they met lately. As many statements, however many they
 * are. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "common/clock.h"
#include "common/mask.h"
#include "common/preset.h"
#include "common/store_admin.h"
#include "common/store_private.h"

#define PINNED "coalesce((e.doc->>'is_pinned')::boolean, false)"
#define ENABLED "coalesce((e.doc->>'is_enabled')::boolean, true)"
#define DRAFT "coalesce((e.doc->>'is_draft')::boolean, false)"
#define ORDER_KEY(e) "NOT " PINNED ", " e ".display_order, lower(" e ".name), " e ".id"

/* $1 id, $2 tenant, $3 text, $4 preset, $5 state, $6 cursor, $7 limit */
static const char page_sql[] =
    "SELECT e.id, e.name, e.tenant, e.version, e.doc, e.hmac_secret IS NOT NULL, "
    HW_TS_COL("e.created_at") ", " HW_TS_COL("e.updated_at") ", " HW_TS_COL("s.last_seen_at") ", "
    HW_TS_COL("e.token_created_at") ", CASE WHEN e.previous_until > now() THEN "
    HW_TS_COL("e.previous_until") " END, coalesce(s.events, 0), s.last_error, s.last_error_id, "
    HW_TS_COL("s.last_error_at")
    " FROM endpoint e LEFT JOIN endpoint_seen s ON s.endpoint_id = e.id"
    " WHERE ($1::text IS NULL OR e.id = $1) AND ($2::text IS NULL OR e.tenant = $2)"
    " AND ($3::text IS NULL OR e.name ILIKE $3 OR e.id ILIKE $3 OR e.doc->>'preset' ILIKE $3)"
    " AND ($4::text IS NULL OR e.doc->>'preset' = $4)"
    " AND ($5::text IS NULL OR $5 = CASE WHEN " DRAFT " THEN 'draft' WHEN " ENABLED
    " THEN 'enabled' ELSE 'disabled' END)"
    " AND ($6::text IS NULL OR (" ORDER_KEY("e") ") > (SELECT " ORDER_KEY("e")
    " FROM endpoint e WHERE e.id = $6))"
    " ORDER BY " ORDER_KEY("e") " LIMIT $7::int";

/* $1 the first hour, $2 id, $3 tenant */
static const char hours_sql[] =
    "SELECT endpoint_id, (extract(epoch FROM start - $1::timestamptz) / 3600)::int, sum(n),"
    " sum(n) FILTER (WHERE status IN ('failed', 'dlq')), sum(n) FILTER (WHERE status = 'skipped')"
    " FROM webhook_stat WHERE span = 'hour' AND start >= $1::timestamptz"
    " AND ($2::text IS NULL OR endpoint_id = $2) AND ($3::text IS NULL OR tenant = $3)"
    " GROUP BY 1, 2";

static apr_status_t
read_view(const PGresult *r, int row, hw_endpoint_view_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_endpoint_view_t *v = apr_pcalloc(p, sizeof(*v));
    hw_endpoint_row_t *e = v->row = apr_pcalloc(p, sizeof(*e));
    const char *doc = hw_db_text(r, row, 4, p);

    e->id = hw_db_text(r, row, 0, p);
    e->name = hw_db_text(r, row, 1, p);
    e->tenant = hw_db_text(r, row, 2, p);
    e->version = hw_db_text(r, row, 3, p);
    v->has_hmac = hw_db_bool(r, row, 5);
    e->created_at = hw_db_int(r, row, 6);
    e->updated_at = hw_db_int(r, row, 7);
    e->last_seen_at = hw_db_int(r, row, 8);
    e->token_created_at = hw_db_int(r, row, 9);
    v->previous_until = hw_db_int(r, row, 10);
    v->events = hw_db_int(r, row, 11);
    v->last_error = hw_db_text(r, row, 12, p);
    v->last_error_id = hw_db_text(r, row, 13, p);
    v->last_error_at = hw_db_int(r, row, 14);
    *out = v;
    return hw_json_parse(doc, strlen(doc), NULL, &e->doc, NULL, res, p);
}

static apr_status_t
check_filter(const hw_endpoint_filter_t *f, hw_result_t *res)
{
    if (f->preset != NULL && hw_preset_find(f->preset) == NULL)
        return hw_fail_field(res, APR_EINVAL, "bad-value", "preset",
                             "there is no preset of that name");
    if (f->state == NULL || !strcmp(f->state, "enabled") || !strcmp(f->state, "disabled") ||
        !strcmp(f->state, "draft"))
        return APR_SUCCESS;
    return hw_fail_field(res, APR_EINVAL, "bad-state", "state",
                         "\"%s\" is none of enabled, disabled, draft", f->state);
}

/* The cursor is the id of the last one shown, which may be gone by now. */
static apr_status_t
check_cursor(hw_store_t *s, const char *cursor, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_text_param(cursor, p) };
    PGresult *r;
    apr_status_t rv;

    if (!cursor)
        return APR_SUCCESS;
    rv = hw_db_execb(s->db, "SELECT 1 FROM endpoint WHERE id = $1", 1, params, NULL, NULL, &r, res,
                     p);
    if (rv == APR_SUCCESS && !hw_db_rows(r))
        return hw_fail_field(res, APR_EINVAL, "bad-cursor", "cursor",
                             "is not one that a page gave as next, or its endpoint is gone");
    return rv;
}

static void
add_hours(const PGresult *r, apr_hash_t *views)
{
    for (int i = 0; i < hw_db_rows(r); i++) {
        hw_endpoint_view_t *v = apr_hash_get(views, PQgetvalue(r, i, 0), APR_HASH_KEY_STRING);
        apr_int64_t hour = hw_db_int(r, i, 1);

        if (v == NULL || hour < 0 || hour >= HW_SPARK_HOURS)
            continue;
        v->hours[hour] += hw_db_int(r, i, 2);
        v->failed_24h += hw_db_int(r, i, 3);
        v->skipped_24h += hw_db_int(r, i, 4);
    }
}

static apr_status_t
read_hours(hw_store_t *s, const hw_endpoint_filter_t *f, apr_time_t now, apr_hash_t *views,
           hw_result_t *res, apr_pool_t *p)
{
    apr_time_t hour = apr_time_from_sec(3600);
    apr_time_t first = now - now % hour - (HW_SPARK_HOURS - 1) * hour;
    const char *params[] = { hw_ts_param(first, p), f->id, f->tenant };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, hours_sql, 3, params, NULL, NULL, &r, res, p);

    if (rv == APR_SUCCESS)
        add_hours(r, views);
    return rv;
}

apr_status_t
hw_store_endpoint_page(hw_store_t *s, const hw_endpoint_filter_t *f, apr_time_t now,
                       apr_array_header_t **out, const char **next, hw_result_t *res,
                       apr_pool_t *p)
{
    int limit = hw_list_limit(f->limit);
    const char *params[] = { hw_text_param(f->id, p), f->tenant, hw_like_param(f->q, p),
                             hw_text_param(f->preset, p), f->state, hw_text_param(f->cursor, p),
                             hw_int_param(limit + 1, p) };
    apr_hash_t *views = apr_hash_make(p);
    PGresult *r;
    apr_status_t rv = check_filter(f, res);

    if (rv == APR_SUCCESS)
        rv = check_cursor(s, f->cursor, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_db_execb(s->db, page_sql, 7, params, NULL, NULL, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    *out = apr_array_make(p, hw_db_rows(r) + 1, sizeof(hw_endpoint_view_t *));
    *next = NULL;
    for (int i = 0; i < hw_db_rows(r) && i < limit; i++) {
        hw_endpoint_view_t *v;

        if ((rv = read_view(r, i, &v, res, p)) != APR_SUCCESS)
            return rv;
        APR_ARRAY_PUSH(*out, hw_endpoint_view_t *) = v;
        apr_hash_set(views, v->row->id, APR_HASH_KEY_STRING, v);
        if (hw_db_rows(r) > limit)
            *next = v->row->id;
    }
    return (*out)->nelts > 0 ? read_hours(s, f, now, views, res, p) : APR_SUCCESS;
}

/* --- as JSON --------------------------------------------------------------------------------- */

static void
set_time(hw_json_t *v, const char *name, apr_time_t t, apr_pool_t *p)
{
    hw_json_set_string(v, name, t != 0 ? hw_time_rfc3339(t, p) : NULL);
}

/* When the heartbeat is due: the endpoint's own word for it, its default else. */
static apr_time_t
stale_at(const hw_endpoint_view_t *v)
{
    hw_json_t *on = hw_json_get(v->row->doc, "timeout_alerts_enabled");
    hw_json_t *hours = hw_json_get(v->row->doc, "timeout_hours");

    if (on == NULL || !json_object_get_boolean(on) || v->row->last_seen_at == 0)
        return 0;
    return v->row->last_seen_at +
           apr_time_from_sec(3600) * (hours != NULL ? json_object_get_int(hours) : 24);
}

static hw_json_t *
stats_json(const hw_endpoint_view_t *v, apr_time_t now, apr_pool_t *p)
{
    hw_json_t *stats = json_object_new_object(), *spark = json_object_new_array();
    apr_int64_t sum = 0;

    for (int i = 0; i < HW_SPARK_HOURS; i++) {
        json_object_array_add(spark, json_object_new_int64(v->hours[i]));
        sum += v->hours[i];
    }
    hw_json_set_int(stats, "events", v->events);
    hw_json_set_int(stats, "events_24h", sum);
    hw_json_set_int(stats, "failed_24h", v->failed_24h);
    hw_json_set_int(stats, "skipped_24h", v->skipped_24h);
    hw_json_set(stats, "sparkline", spark);
    hw_json_set_string(stats, "last_error", v->last_error);
    set_time(stats, "last_error_at", v->last_error_at, p);
    hw_json_set_string(stats, "last_error_id", v->last_error_id);
    set_time(stats, "stale_at", stale_at(v), p);
    if (v->row->token_created_at != 0)
        hw_json_set_int(stats, "token_age_seconds",
                        apr_time_sec(now - v->row->token_created_at));
    else
        hw_json_set(stats, "token_age_seconds", NULL);
    return stats;
}

hw_json_t *
hw_endpoint_view_json(const hw_endpoint_view_t *view, apr_time_t now, apr_pool_t *p)
{
    hw_endpoint_row_t shown = *view->row;
    hw_json_t *v;

    shown.token = NULL;
    shown.hmac_secret = view->has_hmac ? HW_MASKED : NULL;
    v = hw_endpoint_row_json(&shown, p);
    set_time(v, "previous_token_until", view->previous_until, p);
    hw_json_set(v, "stats", stats_json(view, now, p));
    return v;
}
