/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of history: newest rows first, below filters.
 *
 * History has millions of rows in a partition for each day. One index serves each filter, in the
 * order of pages; what costs is to look through all days for something that is not there, or that
 * two filters leave few rows of while each alone leaves many. So a page is looked for in steps:
 * newest days first, which is mostly all that is read and planned, and only where the sums of
 * recording say that there is something. */
#include <string.h>

#include <apr_strings.h>

#include "common/store_history.h"

#define DAY apr_time_from_sec(86400)
#define HOUR apr_time_from_sec(3600)
#define LATER_DAYS 8  /* the second step, where no sums tell how far to go */
#define STEP 8        /* each further step reaches for so many times more rows */
#define SPARSE 10000  /* rows in all: with fewer each hour of an endpoint is looked at by itself */

int
hw_history_full(const hw_history_page_t *pg)
{
    return pg->have > pg->limit;
}

apr_status_t
hw_history_within(hw_history_page_t *pg, const hw_history_window_t *w, hw_history_query_t *q)
{
    apr_status_t rv = hw_history_conditions(q, pg->f, pg->res, pg->p);

    if (rv != APR_SUCCESS)
        return rv;
    hw_history_and(q, "created_at >= $%d::timestamptz", hw_ts_param(w->from, pg->p));
    hw_history_and(q, "created_at < $%d::timestamptz", hw_ts_param(w->to, pg->p));
    return APR_SUCCESS;
}

apr_status_t
hw_history_take(hw_history_page_t *pg, const char *sql, hw_history_query_t *q)
{
    PGresult *r;
    apr_status_t rv = hw_db_exec(pg->s->db, sql, q->n, q->params, &r, pg->res, pg->p);

    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++, pg->have++) {
        if (pg->have >= pg->limit)
            continue; /* there is more */
        json_object_array_add(pg->items, hw_history_row(r, i, pg->f->full, pg->p));
        pg->at = hw_db_int(r, i, 6);
        pg->id = hw_db_int(r, i, 0);
    }
    return rv;
}

/* In the order of pages, as far as the page needs it. */
static apr_status_t
take_ordered(hw_history_page_t *pg, hw_history_window_t w)
{
    hw_history_query_t q;
    apr_status_t rv = hw_history_within(pg, &w, &q);

    if (rv != APR_SUCCESS)
        return rv;
    return hw_history_take(pg,
                           apr_psprintf(pg->p, "%s FROM webhook_log%s" HW_HISTORY_ORDER
                                        " LIMIT %d", hw_history_columns(pg->f->full, pg->p),
                                        q.sql.s, pg->limit + 1 - pg->have),
                           &q);
}

/* A request is few rows behind an index of their own: all of them first, then the order. Told of a
 * limit, a planner without statistics (of a day that has just begun, say) would walk the pages
 * instead; OFFSET keeps it from that. */
static apr_status_t
take_request(hw_history_page_t *pg)
{
    hw_history_query_t q;
    apr_status_t rv = hw_history_conditions(&q, pg->f, pg->res, pg->p);

    if (rv != APR_SUCCESS)
        return rv;
    return hw_history_take(pg,
                           apr_psprintf(pg->p, "%s FROM (SELECT * FROM webhook_log%s OFFSET 0)"
                                        " AS webhook_log" HW_HISTORY_ORDER " LIMIT %d",
                                        hw_history_columns(pg->f->full, pg->p), q.sql.s,
                                        pg->limit + 1),
                           &q);
}

/* --- without sums ---------------------------------------------------------------------------- */

static apr_time_t
top_or_now(const hw_history_filter_t *f)
{
    apr_time_t top = hw_history_top(f);

    return top ? top : apr_time_now();
}

/* days NULL: the last step is open to the past, so that it finds whatever there is. */
static apr_status_t
list_steps(hw_history_page_t *pg, const apr_array_header_t *days)
{
    apr_time_t first = days ? APR_ARRAY_IDX(days, days->nelts - 1, hw_history_sum_t).start
                            : pg->f->from;
    apr_time_t top = days ? APR_ARRAY_IDX(days, 0, hw_history_sum_t).start + DAY
                          : top_or_now(pg->f);
    const hw_history_window_t steps[] = {
        { .from = top - DAY, .to = days ? top : 0 },
        { .from = top - LATER_DAYS * DAY, .to = top - DAY },
        { .from = first, .to = top - LATER_DAYS * DAY },
    };
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; rv == APR_SUCCESS && i < 3 && !hw_history_full(pg); i++)
        if (i == 0 || first < steps[i].to)
            rv = take_ordered(pg, steps[i]);
    return rv;
}

/* --- where the sums say ---------------------------------------------------------------------- */

static apr_status_t
list_days(hw_history_page_t *pg, const apr_array_header_t *days)
{
    apr_int64_t reach = pg->limit + 1;
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; rv == APR_SUCCESS && i < days->nelts && !hw_history_full(pg); reach *= STEP)
        rv = take_ordered(pg, hw_history_reach(days, &i, reach, DAY));
    return rv;
}

/* Rows of hours i … n − 1: an endpoint has few in an hour, whatever else is asked for. */
static apr_status_t
take_hours(hw_history_page_t *pg, const apr_array_header_t *hours, int i, int n,
           hw_history_window_t w)
{
    hw_history_query_t q;
    apr_status_t rv = hw_history_within(pg, &w, &q);

    if (rv != APR_SUCCESS)
        return rv;
    q.params[q.n++] = hw_history_starts(hours, i, n, pg->p);
    q.params[q.n++] = hw_history_endpoints(hours, i, n, pg->p);
    return hw_history_take(
        pg,
        apr_psprintf(pg->p, "%s FROM unnest($%d::timestamptz[], $%d::text[]) AS h (hour, endpoint)"
                     " CROSS JOIN LATERAL (SELECT * FROM webhook_log%s AND config_id = endpoint"
                     " AND created_at >= hour AND created_at < hour + interval '1 hour' OFFSET 0)"
                     " AS webhook_log" HW_HISTORY_ORDER " LIMIT %d",
                     hw_history_columns(pg->f->full, pg->p), q.n - 1, q.n, q.sql.s,
                     pg->limit + 1 - pg->have),
        &q);
}

static apr_status_t
list_hours(hw_history_page_t *pg, const apr_array_header_t *days)
{
    apr_int64_t reach = pg->limit + 1;
    apr_array_header_t *hours;
    apr_status_t rv = hw_history_hours(pg->s, pg->f, days, &hours, pg->res, pg->p);

    if (rv == APR_SUCCESS && hours->nelts == 0)
        return list_days(pg, days);
    for (int i = 0; rv == APR_SUCCESS && i < hours->nelts && !hw_history_full(pg); reach *= STEP) {
        int first = i;
        hw_history_window_t w = hw_history_reach(hours, &i, reach, HOUR);

        rv = take_hours(pg, hours, first, i, w);
    }
    return rv;
}

static apr_status_t
list_rows(hw_history_page_t *pg)
{
    const hw_history_filter_t *f = pg->f;
    apr_array_header_t *days;
    apr_status_t rv;

    if (f->request_id)
        return take_request(pg);
    if (!hw_history_has_sums(f))
        return list_steps(pg, NULL);
    rv = hw_history_days(pg->s, f, &days, pg->res, pg->p);
    if (rv != APR_SUCCESS || days->nelts == 0)
        return rv;
    if (f->ticket_id || f->company || f->source_ip)
        return list_steps(pg, days);
    return hw_history_total(days) <= SPARSE ? list_hours(pg, days) : list_days(pg, days);
}

apr_status_t
hw_store_history_list(hw_store_t *s, const hw_history_filter_t *f, hw_json_t **out,
                      hw_result_t *res, apr_pool_t *p)
{
    hw_history_page_t pg = { .s = s, .f = f, .limit = hw_list_limit(f->limit), .res = res, .p = p };
    hw_json_t *list = hw_json_own(json_object_new_object(), p);
    hw_history_query_t checked; /* the cursor is looked at before anything is asked */
    apr_status_t rv = hw_history_conditions(&checked, f, res, p);

    hw_json_set(list, "items", pg.items = json_object_new_array());
    if (rv == APR_SUCCESS)
        rv = f->q && *f->q ? hw_history_search(&pg) : list_rows(&pg);
    if (rv != APR_SUCCESS)
        return rv;
    hw_json_set_string(list, "next",
                       hw_history_full(&pg)
                           ? apr_psprintf(p, "%" APR_INT64_T_FMT "-%" APR_INT64_T_FMT, pg.at, pg.id)
                           : NULL);
    *out = list;
    return APR_SUCCESS;
}
