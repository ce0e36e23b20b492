/* SPDX-License-Identifier: Apache-2.0 */
/* When endpoints were heard from last, and whose silence has been told. */
#include "common/store_private.h"
#include "common/store_work.h"

apr_status_t
hw_store_silence_list(hw_store_t *s, const apr_array_header_t *endpoints,
                      apr_array_header_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *params[1];
    int lens[1], formats[1] = { 1 };
    hw_array_t ids;
    PGresult *r;
    apr_status_t rv;

    hw_array_texts(&ids, endpoints, p);
    params[0] = ids.buf.s;
    lens[0] = (int)ids.buf.len;
    rv = hw_db_execb(s->db,
                     "SELECT e.id, " HW_TS_COL("greatest(e.created_at, s.last_seen_at)") ", "
                     HW_TS_COL("b.since") ", b.told, s.last_seen_at IS NOT NULL FROM endpoint e"
                     " LEFT JOIN endpoint_seen s ON s.endpoint_id = e.id"
                     " LEFT JOIN silence b ON b.endpoint_id = e.id"
                     " WHERE e.id = ANY($1::text[]) OR b.endpoint_id IS NOT NULL ORDER BY e.id",
                     1, params, lens, formats, &r, res, p);
    *out = apr_array_make(p, 8, sizeof(hw_silence_t *));
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++) {
        hw_silence_t *row = apr_pcalloc(p, sizeof(*row));

        row->endpoint_id = hw_db_text(r, i, 0, p);
        row->seen_at = hw_db_int(r, i, 1);
        row->told_since = hw_db_int(r, i, 2);
        row->told = (int)hw_db_int(r, i, 3);
        row->seen = hw_db_bool(r, i, 4);
        APR_ARRAY_PUSH(*out, hw_silence_t *) = row;
    }
    return rv;
}

apr_status_t
hw_store_silence_told(hw_store_t *s, const char *endpoint_id, apr_time_t since, int intervals,
                      hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { endpoint_id, hw_ts_param(since, p), hw_int_param(intervals, p) };

    return hw_db_execb(s->db,
                       "INSERT INTO silence (endpoint_id, since, told)"
                       " SELECT id, $2::timestamptz, $3::int FROM endpoint WHERE id = $1"
                       " ON CONFLICT (endpoint_id)"
                       " DO UPDATE SET since = excluded.since, told = excluded.told",
                       3, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_silence_over(hw_store_t *s, const char *endpoint_id, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { endpoint_id };

    return hw_db_execb(s->db, "DELETE FROM silence WHERE endpoint_id = $1", 1, params, NULL, NULL,
                       NULL, res, p);
}
