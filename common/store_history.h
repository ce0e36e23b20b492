/* SPDX-License-Identifier: Apache-2.0 */
/* What the store_history*.c files share; nobody else includes it. */
#ifndef HW_STORE_HISTORY_H
#define HW_STORE_HISTORY_H

#include "common/store_private.h"

/* Where q looks: as the index of sql/003 has it. */
#define HW_HISTORY_SEARCHED                                                                       \
    "(coalesce(summary, '') || ' ' || coalesce(dedup_key, '') || ' ' ||"                          \
    " coalesce(error_message, ''))"
#define HW_HISTORY_ORDER " ORDER BY created_at DESC, id DESC"

/* Conditions grown one by one: " WHERE … AND …" and its parameters. */
typedef struct {
    hw_buf_t sql;
    const char *params[HW_HISTORY_PARAMS];
    int n;
    apr_pool_t *p;
} hw_history_query_t;
/* Those of all filters but the text. */
apr_status_t hw_history_conditions(hw_history_query_t *q, const hw_history_filter_t *f,
                                   hw_result_t *res, apr_pool_t *p);
/* One more, unless value is NULL; how holds one %d, the number of its parameter. */
void hw_history_and(hw_history_query_t *q, const char *how, const char *value)
    __attribute__((format(printf, 2, 0)));

/* "SELECT …" of what hw_history_row reads. */
const char *hw_history_columns(int full, apr_pool_t *p);
hw_json_t *hw_history_row(const PGresult *r, int row, int full, apr_pool_t *p);

/* --- pages ----------------------------------------------------------------------------------- */

/* A page being filled, newest row first. */
typedef struct {
    hw_store_t *s;
    const hw_history_filter_t *f;
    int limit, have;    /* have may be one above limit: there is more */
    hw_json_t *items;
    apr_int64_t at, id; /* of the last row shown */
    hw_result_t *res;
    apr_pool_t *p;
} hw_history_page_t;

/* [from, to), 0 = open. */
typedef struct {
    apr_time_t from, to;
} hw_history_window_t;

int hw_history_full(const hw_history_page_t *pg);
/* Conditions of the page and the window, with room for more. */
apr_status_t hw_history_within(hw_history_page_t *pg, const hw_history_window_t *w,
                               hw_history_query_t *q);
/* Runs a statement that gives hw_history_columns, and adds its rows. */
apr_status_t hw_history_take(hw_history_page_t *pg, const char *sql, hw_history_query_t *q);
/* The time no row of the page is later than; 0 = open. */
apr_time_t hw_history_top(const hw_history_filter_t *f);

/* Rows that recording counted, of those the filter's endpoint, tenant, status, action and
 * destination leave, in each day that has any; newest first. What was deleted since is counted
 * still. */
typedef struct {
    apr_time_t start;
    apr_int64_t n;
    const char *endpoint_id; /* of hours: each endpoint by itself; of days NULL */
} hw_history_sum_t;
int hw_history_has_sums(const hw_history_filter_t *f); /* does any of the five narrow? */
apr_status_t hw_history_days(hw_store_t *s, const hw_history_filter_t *f,
                             apr_array_header_t **out, hw_result_t *res, apr_pool_t *p);
/* The same in the hours of those days. */
apr_status_t hw_history_hours(hw_store_t *s, const hw_history_filter_t *f,
                              const apr_array_header_t *days, apr_array_header_t **out,
                              hw_result_t *res, apr_pool_t *p);
apr_int64_t hw_history_total(const apr_array_header_t *sums);
/* "{…}" of the starts, or the endpoints, of sums i … n − 1: parameters. */
const char *hw_history_starts(const apr_array_header_t *sums, int i, int n, apr_pool_t *p);
const char *hw_history_endpoints(const apr_array_header_t *sums, int i, int n, apr_pool_t *p);
/* From the sum at *i on, those that hold the number of rows, by what was counted: *i is then
 * behind them. The first may be shown in part already, and is taken besides. */
hw_history_window_t hw_history_reach(const apr_array_header_t *sums, int *i, apr_int64_t rows,
                                     apr_time_t length);

/* The pages of a filter with q. */
apr_status_t hw_history_search(hw_history_page_t *pg);

#endif
