/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the names endpoints use exist in their PSA, as hookwised found out. */
#include "common/clock.h"
#include "common/store_private.h"
#include "common/store_work.h"

#define GOOD_SECONDS 3600 /* until an endpoint that was fine is checked again */
#define BAD_SECONDS 600   /* and one that was not, or could not be checked */

apr_status_t
hw_store_health_put(hw_store_t *s, const char *endpoint_id, const char *version,
                    const char *status, const hw_json_t *problems, apr_time_t now,
                    hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { endpoint_id, version, status,
                             hw_text_param(hw_json_write(problems, p), p), hw_ts_param(now, p) };

    return hw_db_execb(s->db,
                       "INSERT INTO endpoint_health (endpoint_id, version, status, problems,"
                       " checked_at) SELECT id, $2::bigint, $3, $4::jsonb, $5::timestamptz"
                       " FROM endpoint WHERE id = $1 ON CONFLICT (endpoint_id) DO UPDATE"
                       " SET version = excluded.version, status = excluded.status,"
                       " problems = excluded.problems, checked_at = excluded.checked_at",
                       5, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_health_due(hw_store_t *s, apr_time_t now, int limit, apr_array_header_t **out,
                    hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_ts_param(now - apr_time_from_sec(GOOD_SECONDS), p),
                             hw_ts_param(now - apr_time_from_sec(BAD_SECONDS), p),
                             hw_int_param(limit, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "SELECT e.id FROM endpoint e LEFT JOIN endpoint_health h"
                                  " ON h.endpoint_id = e.id WHERE h.endpoint_id IS NULL"
                                  " OR h.version <> e.version OR h.checked_at <"
                                  " CASE h.status WHEN 'ok' THEN $1::timestamptz"
                                  " ELSE $2::timestamptz END"
                                  " ORDER BY h.version IS NOT DISTINCT FROM e.version,"
                                  " h.checked_at NULLS FIRST, e.id LIMIT $3::int",
                                  3, params, NULL, NULL, &r, res, p);

    *out = apr_array_make(p, 8, sizeof(const char *));
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++)
        APR_ARRAY_PUSH(*out, const char *) = hw_db_text(r, i, 0, p);
    return rv;
}

static hw_json_t *
document(const PGresult *r, int row, apr_pool_t *p)
{
    hw_json_t *v = json_object_new_object(), *problems = NULL;
    const char *text = hw_db_text(r, row, 2, p);

    if (hw_json_parse(text, strlen(text), NULL, &problems, NULL, NULL, p) != APR_SUCCESS)
        problems = hw_json_own(json_object_new_array(), p);
    hw_json_set_string(v, "status", hw_db_text(r, row, 1, p));
    hw_json_set(v, "problems", json_object_get(problems));
    hw_json_set_string(v, "checked_at", hw_time_rfc3339(hw_db_int(r, row, 3), p));
    return v;
}

/* What was found of an earlier version says nothing of the one in force. */
apr_status_t
hw_store_health_get(hw_store_t *s, const char *id, hw_json_t **out, hw_result_t *res,
                    apr_pool_t *p)
{
    const char *params[] = { id };
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db,
        "SELECT h.endpoint_id, h.status, h.problems, " HW_TS_COL("h.checked_at")
        " FROM endpoint_health h JOIN endpoint e ON e.id = h.endpoint_id"
        " AND e.version = h.version WHERE $1::text IS NULL OR h.endpoint_id = $1",
        1, params, NULL, NULL, &r, res, p);

    *out = hw_json_own(json_object_new_object(), p);
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++)
        hw_json_set(*out, hw_db_text(r, i, 0, p), document(r, i, p));
    return rv;
}

hw_json_t *
hw_store_health_of(const hw_json_t *all, const char *id)
{
    hw_json_t *v = hw_json_get(all, id);

    if (v != NULL)
        return json_object_get(v);
    v = json_object_new_object();
    hw_json_set_string(v, "status", "unknown");
    hw_json_set(v, "problems", json_object_new_array());
    hw_json_set_string(v, "checked_at", NULL);
    return v;
}
