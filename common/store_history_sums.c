/* SPDX-License-Identifier: Apache-2.0 */
/* Where rows of history are: days and hours that have any, from the sums that recording keeps.
 * Some thousand rows tell it of millions, and that nothing is there they tell at once. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "common/store_history.h"

#define DAY apr_time_from_sec(86400)

/* $1 from, $2 to, $3 endpoint, $4 tenant, $5 status, $6 action, $7 destination */
#define SUMMED                                                                                    \
    " AND ($3::text IS NULL OR endpoint_id = $3) AND ($4::text IS NULL OR tenant = $4)"           \
    " AND ($5::text IS NULL OR status = $5) AND ($6::text IS NULL OR action = $6)"                \
    " AND ($7::text IS NULL OR destination = $7)"

static const char days_sql[] =
    "SELECT " HW_TS_COL("start") ", sum(n) FROM webhook_stat WHERE span = 'day'"
    " AND start >= coalesce($1::timestamptz, '-infinity')"
    " AND start < coalesce($2::timestamptz, 'infinity')" SUMMED
    " GROUP BY start HAVING sum(n) > 0 ORDER BY start DESC";

/* $8 days; each is a short walk through the index. */
static const char hours_sql[] =
    "SELECT " HW_TS_COL("start") ", sum(n), endpoint_id FROM unnest($8::timestamptz[]) AS d (day)"
    " JOIN webhook_stat ON span = 'hour' AND start >= d.day"
    " AND start < d.day + interval '24 hours'"
    " AND start >= coalesce($1::timestamptz, '-infinity')"
    " AND start < coalesce($2::timestamptz, 'infinity')" SUMMED
    " GROUP BY start, endpoint_id HAVING sum(n) > 0 ORDER BY start DESC, endpoint_id";

int
hw_history_has_sums(const hw_history_filter_t *f)
{
    return f->endpoint_id || f->tenant || f->status || f->action || f->destination;
}

apr_time_t
hw_history_top(const hw_history_filter_t *f)
{
    apr_time_t at = f->cursor ? strtoll(f->cursor, NULL, 10) + 1 : 0;

    return !at || (f->to && f->to < at) ? f->to : at;
}

/* The hour or day a filter begins in counts as a whole. */
static apr_status_t
read_sums(hw_store_t *s, const hw_history_filter_t *f, apr_time_t length, const char *days,
          apr_array_header_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_ts_param(f->from > 0 ? f->from - f->from % length : 0, p),
                             hw_ts_param(hw_history_top(f), p), hw_text_param(f->endpoint_id, p),
                             hw_text_param(f->tenant, p), f->status, f->action,
                             hw_text_param(f->destination, p), days };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, days ? hours_sql : days_sql, days ? 8 : 7, params, NULL,
                                  NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *out = apr_array_make(p, hw_db_rows(r) + 1, sizeof(hw_history_sum_t));
    for (int i = 0; i < hw_db_rows(r); i++)
        APR_ARRAY_PUSH(*out, hw_history_sum_t) =
            (hw_history_sum_t){ .start = hw_db_int(r, i, 0), .n = hw_db_int(r, i, 1),
                                .endpoint_id = days ? hw_db_text(r, i, 2, p) : NULL };
    return APR_SUCCESS;
}

apr_status_t
hw_history_days(hw_store_t *s, const hw_history_filter_t *f, apr_array_header_t **out,
                hw_result_t *res, apr_pool_t *p)
{
    return read_sums(s, f, DAY, NULL, out, res, p);
}

apr_status_t
hw_history_hours(hw_store_t *s, const hw_history_filter_t *f, const apr_array_header_t *days,
                 apr_array_header_t **out, hw_result_t *res, apr_pool_t *p)
{
    return read_sums(s, f, DAY / 24, hw_history_starts(days, 0, days->nelts, p), out, res, p);
}

apr_int64_t
hw_history_total(const apr_array_header_t *sums)
{
    apr_int64_t n = 0;

    for (int i = 0; i < sums->nelts; i++)
        n += APR_ARRAY_IDX(sums, i, hw_history_sum_t).n;
    return n;
}

const char *
hw_history_starts(const apr_array_header_t *sums, int i, int n, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    hw_buf_addc(&b, '{');
    for (; i < n; i++)
        hw_buf_printf(&b, "\"%s\"%s",
                      hw_ts_param(APR_ARRAY_IDX(sums, i, hw_history_sum_t).start, p),
                      i + 1 < n ? "," : "");
    hw_buf_addc(&b, '}');
    return b.s;
}

const char *
hw_history_endpoints(const apr_array_header_t *sums, int i, int n, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (; i < n; i++) {
        hw_buf_adds(&b, b.len ? ",\"" : "{\"");
        for (const char *c = APR_ARRAY_IDX(sums, i, hw_history_sum_t).endpoint_id; *c; c++) {
            if (*c == '"' || *c == '\\')
                hw_buf_addc(&b, '\\');
            hw_buf_addc(&b, *c);
        }
        hw_buf_addc(&b, '"');
    }
    hw_buf_adds(&b, b.len ? "}" : "{}");
    return b.s;
}

hw_history_window_t
hw_history_reach(const apr_array_header_t *sums, int *i, apr_int64_t rows, apr_time_t length)
{
    apr_time_t first = APR_ARRAY_IDX(sums, *i, hw_history_sum_t).start;
    hw_history_window_t w = { .from = first, .to = first + length };
    apr_int64_t n = 0;

    for (; *i < sums->nelts; (*i)++) {
        const hw_history_sum_t *sum = &APR_ARRAY_IDX(sums, *i, hw_history_sum_t);

        if (n >= rows && sum->start != w.from)
            break;
        n += sum->start != first ? sum->n : 0;
        w.from = sum->start;
    }
    return w;
}
