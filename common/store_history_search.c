/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of history with a text to look for.
 *
 * The newest rows are read as they are, payloads included: a text that many rows have fills its
 * page there. Of what is older the trigram index tells, which is good at rare texts alone: it
 * gathers all rows that have a text before it puts them into order, so it is asked for some days
 * at a time. */
#include <ctype.h>
#include <string.h>

#include <apr_strings.h>

#include "common/store_history.h"

#define DAY apr_time_from_sec(86400)
#define NEWEST 2000          /* rows that are read with their payloads … */
#define PAYLOAD_BYTES "65536" /* … those below a size */
#define NEWEST_SHORT 20000   /* rows that are read for a text no trigram of which can be in an index */
#define REACH 200000         /* rows the first step through the index is for, */
#define STEP 16              /* and how many times more each further one */

/* Letters and digits make trigrams; of UTF-8 every byte is taken for a part of a letter. */
static int
has_trigram(const char *text)
{
    int run = 0;

    for (; *text && run < 3; text++)
        run = isalnum((unsigned char)*text) || (*text & 0x80) ? run + 1 : 0;
    return run >= 3;
}

/* The cursor behind the newest rows; NULL when there are not more. */
static apr_status_t
boundary(hw_history_page_t *pg, const hw_history_window_t *w, int rows, const char **cursor)
{
    hw_history_query_t q;
    PGresult *r;
    apr_status_t rv = hw_history_within(pg, w, &q);

    *cursor = NULL;
    if (rv == APR_SUCCESS)
        rv = hw_db_exec(pg->s->db,
                        apr_psprintf(pg->p, "SELECT " HW_TS_COL("created_at") " || '-' || id"
                                     " FROM webhook_log%s" HW_HISTORY_ORDER " OFFSET %d LIMIT 1",
                                     q.sql.s, rows - 1), q.n, q.params, &r, pg->res, pg->p);
    if (rv == APR_SUCCESS && hw_db_rows(r))
        *cursor = hw_db_text(r, 0, 0, pg->p);
    return rv;
}

/* Hits among the newest rows. */
static apr_status_t
take_newest(hw_history_page_t *pg, const hw_history_window_t *w, int rows, int payloads)
{
    hw_history_query_t q;
    apr_status_t rv = hw_history_within(pg, w, &q);

    if (rv != APR_SUCCESS)
        return rv;
    q.params[q.n++] = hw_like_param(pg->f->q, pg->p);
    return hw_history_take(
        pg,
        apr_psprintf(pg->p, "%s FROM (SELECT * FROM webhook_log%s" HW_HISTORY_ORDER
                     " LIMIT %d) AS webhook_log WHERE " HW_HISTORY_SEARCHED " ILIKE $%d%s"
                     HW_HISTORY_ORDER " LIMIT %d", hw_history_columns(pg->f->full, pg->p),
                     q.sql.s, rows, q.n,
                     payloads ? apr_psprintf(pg->p, " OR CASE WHEN octet_length(payload) <= "
                                             PAYLOAD_BYTES " THEN payload ILIKE $%d END", q.n)
                              : "",
                     pg->limit + 1 - pg->have), &q);
}

/* Hits of the index. */
static apr_status_t
take_indexed(hw_history_page_t *pg, const hw_history_window_t *w)
{
    hw_history_query_t q;
    apr_status_t rv = hw_history_within(pg, w, &q);

    if (rv != APR_SUCCESS)
        return rv;
    hw_history_and(&q, HW_HISTORY_SEARCHED " ILIKE $%d", hw_like_param(pg->f->q, pg->p));
    return hw_history_take(pg,
                           apr_psprintf(pg->p, "%s FROM webhook_log%s" HW_HISTORY_ORDER
                                        " LIMIT %d", hw_history_columns(pg->f->full, pg->p),
                                        q.sql.s, pg->limit + 1 - pg->have), &q);
}

static apr_status_t
search_older(hw_history_page_t *pg, const apr_array_header_t *days, const char *cursor)
{
    const hw_history_filter_t *asked = pg->f;
    hw_history_filter_t older = *asked;
    apr_int64_t reach = REACH;
    apr_status_t rv = APR_SUCCESS;

    older.cursor = cursor;
    pg->f = &older;
    for (int i = 0; rv == APR_SUCCESS && i < days->nelts && !hw_history_full(pg); reach *= STEP) {
        hw_history_window_t w = hw_history_reach(days, &i, reach, DAY);

        rv = take_indexed(pg, &w);
    }
    pg->f = asked;
    return rv;
}

apr_status_t
hw_history_search(hw_history_page_t *pg)
{
    const hw_history_filter_t *f = pg->f;
    int indexed = has_trigram(f->q), rows = indexed ? NEWEST : NEWEST_SHORT, i = 0;
    hw_history_window_t newest = { .from = 0 };
    apr_array_header_t *days;
    const char *cursor;
    apr_status_t rv = hw_history_days(pg->s, f, &days, pg->res, pg->p);

    if (rv != APR_SUCCESS || days->nelts == 0)
        return rv;
    if (!f->ticket_id && !f->company && !f->source_ip && !f->request_id)
        newest.from = hw_history_reach(days, &i, rows, DAY).from;
    if (i == days->nelts)
        newest.from = 0; /* without a bound two indexes of a day are read together */
    if ((rv = boundary(pg, &newest, rows, &cursor)) != APR_SUCCESS ||
        (rv = take_newest(pg, &newest, rows, indexed)) != APR_SUCCESS || cursor == NULL ||
        !indexed || hw_history_full(pg))
        return rv;
    return search_older(pg, days, cursor);
}
