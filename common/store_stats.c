/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics, from the sums that recording keeps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/store_admin.h"
#include "common/store_private.h"

/* What is counted of one hour, day or period. */
static const char *const statuses[] = { "processed", "skipped", "retrying", "failed", "dlq",
                                        "rejected" };
static const struct {
    const char *action, *name;
} actions[] = { { "create", "created" }, { "update", "updated" }, { "close", "closed" },
                { "reopen", "reopened" } };
#define NSTATUSES (int)(sizeof(statuses) / sizeof(statuses[0]))
#define NACTIONS (int)(sizeof(actions) / sizeof(actions[0]))
enum { PROCESSED, SKIPPED, RETRYING }; /* places in statuses */

typedef struct {
    apr_int64_t status[NSTATUSES], action[NACTIONS];
    double seconds;    /* of all that ended */
} sums_t;

/* $1 span, $2 from, $3 to, $4 tenant, $5 endpoint */
static const char stats_sql[] =
    "SELECT (extract(epoch FROM start - $2::timestamptz) / CASE $1 WHEN 'hour' THEN 3600"
    " ELSE 86400 END)::int, status, action, sum(n), sum(seconds) FROM webhook_stat"
    " WHERE span = $1 AND start >= $2::timestamptz AND start < $3::timestamptz"
    " AND ($4::text IS NULL OR tenant = $4) AND ($5::text IS NULL OR endpoint_id = $5)"
    " GROUP BY 1, 2, 3";

static void
add_row(sums_t *sums, const char *status, const char *action, apr_int64_t n, double seconds)
{
    for (int i = 0; i < NSTATUSES; i++)
        if (strcmp(status, statuses[i]) == 0)
            sums->status[i] += n;
    if (strcmp(status, statuses[RETRYING]) != 0)
        sums->seconds += seconds;
    if (strcmp(status, statuses[PROCESSED]) != 0)
        return; /* what was tried and failed did not happen */
    for (int i = 0; i < NACTIONS; i++)
        if (strcmp(action, actions[i].action) == 0)
            sums->action[i] += n;
}

static apr_time_t
length(const hw_stats_filter_t *f)
{
    return apr_time_from_sec(strcmp(f->span, "hour") == 0 ? 3600 : 86400);
}

static apr_status_t
read_sums(hw_store_t *s, const hw_stats_filter_t *f, sums_t **out, hw_result_t *res,
          apr_pool_t *p)
{
    const char *params[] = { f->span, hw_ts_param(f->from, p),
                             hw_ts_param(f->from + f->points * length(f), p), f->tenant,
                             f->endpoint_id };
    sums_t *sums = apr_pcalloc(p, sizeof(*sums) * (apr_size_t)f->points);
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, stats_sql, 5, params, NULL, NULL, &r, res, p);

    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++) {
        apr_int64_t at = hw_db_int(r, i, 0);

        if (at >= 0 && at < f->points)
            add_row(&sums[at], PQgetvalue(r, i, 1), PQgetvalue(r, i, 2), hw_db_int(r, i, 3),
                    strtod(PQgetvalue(r, i, 4), NULL));
    }
    *out = sums;
    return rv;
}

static void
set_ratio(hw_json_t *v, const char *name, double of, apr_int64_t n)
{
    double value = n > 0 ? of / (double)n : 0;
    char text[32];

    snprintf(text, sizeof(text), "%.6g", value); /* APR's own drops the zero before the point */
    hw_json_set(v, name, n > 0 ? json_object_new_double_s(value, text) : NULL);
}

static void
set_sums(hw_json_t *v, const sums_t *sums)
{
    apr_int64_t total = 0, ended;

    for (int i = 0; i < NSTATUSES; i++)
        total += sums->status[i];
    ended = total - sums->status[RETRYING];
    hw_json_set_int(v, "total", total);
    for (int i = 0; i < NSTATUSES; i++)
        hw_json_set_int(v, statuses[i], sums->status[i]);
    for (int i = 0; i < NACTIONS; i++)
        hw_json_set_int(v, actions[i].name, sums->action[i]);
    set_ratio(v, "success_rate", (double)(sums->status[PROCESSED] + sums->status[SKIPPED]), ended);
    set_ratio(v, "avg_processing_time", sums->seconds, ended);
}

apr_status_t
hw_store_stats(hw_store_t *s, const hw_stats_filter_t *f, hw_json_t **out, hw_result_t *res,
               apr_pool_t *p)
{
    sums_t *points, sum = { .seconds = 0 };
    hw_json_t *v;
    apr_status_t rv = read_sums(s, f, &points, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    for (int i = 0; i < f->points; i++) {
        for (int k = 0; k < NSTATUSES; k++)
            sum.status[k] += points[i].status[k];
        for (int k = 0; k < NACTIONS; k++)
            sum.action[k] += points[i].action[k];
        sum.seconds += points[i].seconds;
    }
    *out = v = hw_json_own(json_object_new_object(), p);
    hw_json_set_string(v, "from", hw_time_rfc3339(f->from, p));
    hw_json_set_string(v, "to", hw_time_rfc3339(f->from + f->points * length(f), p));
    set_sums(v, &sum);
    return APR_SUCCESS;
}

apr_status_t
hw_store_stats_points(hw_store_t *s, const hw_stats_filter_t *f, hw_json_t **out,
                      hw_result_t *res, apr_pool_t *p)
{
    sums_t *points;
    apr_status_t rv = read_sums(s, f, &points, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *out = hw_json_own(json_object_new_array(), p);
    for (int i = 0; i < f->points; i++) {
        hw_json_t *v = json_object_new_object();

        hw_json_set_string(v, "at", hw_time_rfc3339(f->from + i * length(f), p));
        set_sums(v, &points[i]);
        json_object_array_add(*out, v);
    }
    return APR_SUCCESS;
}

/* $1 tenant, $2 now */
static const char now_sql[] =
    "SELECT (SELECT count(*) FROM incident WHERE status <> 'closed'"
    " AND ($1::text IS NULL OR tenant = $1)), count(*), count(*) FILTER (WHERE on_),"
    " count(*) FILTER (WHERE on_ AND watched AND last_seen_at + hours * interval '1 hour'"
    " < $2::timestamptz), count(*) FILTER (WHERE on_ AND last_error_at >"
    " coalesce(last_ok_at, '-infinity')) FROM (SELECT coalesce((e.doc->>'is_enabled')::boolean,"
    " true) AND NOT coalesce((e.doc->>'is_draft')::boolean, false) AS on_,"
    " coalesce((e.doc->>'timeout_alerts_enabled')::boolean, false) AS watched,"
    " coalesce((e.doc->>'timeout_hours')::int, 24) AS hours, s.* FROM endpoint e"
    " LEFT JOIN endpoint_seen s ON s.endpoint_id = e.id"
    " WHERE $1::text IS NULL OR e.tenant = $1) e";

apr_status_t
hw_store_stats_now(hw_store_t *s, const char *tenant, apr_time_t now, hw_json_t *v,
                   hw_result_t *res, apr_pool_t *p)
{
    static const char *const names[] = { "total", "enabled", "silent", "failing" };
    const char *params[] = { tenant, hw_ts_param(now, p) };
    hw_json_t *endpoints;
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, now_sql, 2, params, NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    hw_json_set_int(v, "open_incidents", hw_db_int(r, 0, 0));
    endpoints = json_object_new_object();
    for (int i = 0; i < 4; i++)
        hw_json_set_int(endpoints, names[i], hw_db_int(r, 0, i + 1));
    hw_json_set(v, "endpoints", endpoints);
    return APR_SUCCESS;
}

/* $1 endpoint, $2 from: the newest rows alone, which the index of an endpoint has in that order. */
static const char times_sql[] =
    "SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY processing_time),"
    " percentile_cont(0.95) WITHIN GROUP (ORDER BY processing_time) FROM (SELECT processing_time"
    " FROM webhook_log WHERE config_id = $1 AND created_at >= $2::timestamptz"
    " AND status NOT IN ('rejected', 'retrying') AND processing_time IS NOT NULL"
    " ORDER BY created_at DESC, id DESC LIMIT 1000) newest";

apr_status_t
hw_store_stats_times(hw_store_t *s, const char *endpoint_id, apr_time_t now, hw_json_t **out,
                     hw_result_t *res, apr_pool_t *p)
{
    static const char *const names[] = { "p50", "p95" };
    const char *params[] = { endpoint_id, hw_ts_param(now - apr_time_from_sec(86400), p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, times_sql, 2, params, NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *out = hw_json_own(json_object_new_object(), p);
    hw_json_set_int(*out, "events", hw_db_int(r, 0, 0));
    for (int i = 0; i < 2; i++)
        set_ratio(*out, names[i], strtod(PQgetvalue(r, 0, i + 1), NULL), hw_db_int(r, 0, 0) > 0);
    return APR_SUCCESS;
}
