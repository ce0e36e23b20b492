/* SPDX-License-Identifier: Apache-2.0 */
/* Replays of all that a filter leaves: jobs, and how far they are. */
#include <string.h>

#include <apr_strings.h>

#include "common/clock.h"
#include "common/store_private.h"
#include "common/store_work.h"

/* Filters by name. */
static const struct {
    const char *name;
    apr_size_t offset;
} texts[] = {
    { "endpoint_id", offsetof(hw_history_filter_t, endpoint_id) },
    { "status", offsetof(hw_history_filter_t, status) },
    { "action", offsetof(hw_history_filter_t, action) },
    { "source_ip", offsetof(hw_history_filter_t, source_ip) },
    { "ticket_id", offsetof(hw_history_filter_t, ticket_id) },
    { "company", offsetof(hw_history_filter_t, company) },
    { "request_id", offsetof(hw_history_filter_t, request_id) },
    { "destination", offsetof(hw_history_filter_t, destination) },
    { "tenant", offsetof(hw_history_filter_t, tenant) },
    { "q", offsetof(hw_history_filter_t, q) },
};
#define NTEXTS (sizeof(texts) / sizeof(texts[0]))

static hw_json_t *
filter_json(const hw_history_filter_t *f, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);

    for (unsigned i = 0; i < NTEXTS; i++) {
        const char *text = *(const char *const *)((const char *)f + texts[i].offset);

        if (text)
            hw_json_set_string(v, texts[i].name, hw_text_param(text, p));
    }
    if (f->from)
        hw_json_set_string(v, "from", hw_ts_param(f->from, p));
    if (f->to)
        hw_json_set_string(v, "to", hw_ts_param(f->to, p));
    return v;
}

apr_status_t
hw_store_replay_add(hw_store_t *s, const hw_history_filter_t *f, const char *tenant,
                    int tell, apr_int64_t total, const hw_actor_t *by, apr_time_t now,
                    hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { tenant ? tenant : "*", hw_json_write(filter_json(f, p), p),
                             hw_ts_param(now, p), hw_text_param(by->user, p),
                             hw_int_param(total, p), tell ? "t" : "f" };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "INSERT INTO replay_job (tenant,"
                                  " filter, until, created_by, total, notify)"
                                  " VALUES ($1, $2::jsonb, $3::timestamptz, $4, $5::bigint,"
                                  " $6::boolean) RETURNING id", 6, params, NULL, NULL, &r, res, p);

    return rv == APR_SUCCESS ? hw_store_replay_get(s, hw_db_text(r, 0, 0, p), NULL, out, res, p)
                             : rv;
}

/* --- for people ------------------------------------------------------------------------------ */

#define JOB_COLUMNS                                                                               \
    "id, tenant, created_by, CASE WHEN finished_at IS NULL THEN 'running' WHEN stopped THEN"      \
    " 'stopped' ELSE 'done' END, error, filter, total, queued, failed, " HW_TS_COL("created_at")  \
    ", " HW_TS_COL("finished_at") ", notify"

static hw_json_t *
job_json(const PGresult *r, int row, apr_pool_t *p)
{
    static const char *const names[] = { "id", "tenant", "created_by", "status", "error" };
    static const char *const numbers[] = { "total", "queued", "failed" };
    hw_json_t *v = json_object_new_object(), *filter = NULL;
    const char *text = hw_db_text(r, row, 5, p);
    apr_time_t end = hw_db_int(r, row, 10);

    for (int i = 0; i < 5; i++)
        hw_json_set_string(v, names[i], hw_db_text(r, row, i, p));
    if (hw_json_parse(text, strlen(text), NULL, &filter, NULL, NULL, p) == APR_SUCCESS)
        hw_json_set(v, "filter", json_object_get(filter));
    for (int i = 0; i < 3; i++)
        hw_json_set_int(v, numbers[i], hw_db_int(r, row, 6 + i));
    hw_json_set_bool(v, "notify", hw_db_bool(r, row, 11));
    hw_json_set_string(v, "created_at", hw_time_rfc3339(hw_db_int(r, row, 9), p));
    hw_json_set_string(v, "finished_at", end ? hw_time_rfc3339(end, p) : NULL);
    return v;
}

apr_status_t
hw_store_replay_list(hw_store_t *s, const char *tenant, hw_json_t **out, hw_result_t *res,
                     apr_pool_t *p)
{
    const char *params[] = { tenant };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "SELECT " JOB_COLUMNS " FROM replay_job WHERE $1::text IS NULL"
                                  " OR tenant = $1 ORDER BY id DESC LIMIT 100",
                                  1, params, NULL, NULL, &r, res, p);

    *out = hw_json_own(json_object_new_array(), p);
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++)
        json_object_array_add(*out, job_json(r, i, p));
    return rv;
}

static apr_status_t
no_job(const char *id, hw_result_t *res)
{
    return hw_fail(res, APR_NOTFOUND, "no-replay", "there is no replay %s", id);
}

apr_status_t
hw_store_replay_get(hw_store_t *s, const char *id, const char *tenant, hw_json_t **out,
                    hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { id, tenant };
    PGresult *r;
    apr_status_t rv;

    if (!hw_id_valid(id))
        return no_job(id, res);
    rv = hw_db_execb(s->db, "SELECT " JOB_COLUMNS " FROM replay_job WHERE id = $1::bigint"
                            " AND ($2::text IS NULL OR tenant = $2)",
                     2, params, NULL, NULL, &r, res, p);
    if (rv == APR_SUCCESS && !hw_db_rows(r))
        return no_job(id, res);
    if (rv == APR_SUCCESS)
        *out = hw_json_own(job_json(r, 0, p), p);
    return rv;
}

apr_status_t
hw_store_replay_stop(hw_store_t *s, const char *id, const hw_actor_t *by, hw_result_t *res,
                     apr_pool_t *p)
{
    const char *params[] = { id };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, "UPDATE replay_job SET finished_at = now(), stopped = true"
                                         " WHERE id = $1::bigint AND finished_at IS NULL"
                                         " RETURNING id", 1, params, NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS || !hw_db_rows(r))
        return rv; /* it had ended */
    return hw_store_audit(s, by, "history.replay-stop", id, NULL, NULL, res, p);
}

/* --- for whoever works them off -------------------------------------------------------------- */

static apr_status_t
read_filter(hw_replay_t *job, const char *text, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *v;
    apr_status_t rv = hw_json_parse(text, strlen(text), NULL, &v, NULL, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    for (unsigned i = 0; i < NTEXTS; i++)
        *(const char **)((char *)&job->filter + texts[i].offset) =
            hw_json_get_string(v, texts[i].name);
    return APR_SUCCESS;
}

apr_status_t
hw_store_replay_next(hw_store_t *s, hw_replay_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_replay_t *job;
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db,
        "SELECT id, created_by, position, last_request, queued, failed, filter, "
        HW_TS_COL("created_at") ", " HW_TS_COL("(filter->>'from')::timestamptz") ", "
        HW_TS_COL("least(until, (filter->>'to')::timestamptz)") ", notify"
        " FROM replay_job WHERE finished_at IS NULL ORDER BY id LIMIT 1",
        0, NULL, NULL, NULL, &r, res, p);

    *out = NULL;
    if (rv != APR_SUCCESS || !hw_db_rows(r))
        return rv;
    *out = job = apr_pcalloc(p, sizeof(*job));
    job->id = hw_db_text(r, 0, 0, p);
    job->by = hw_db_text(r, 0, 1, p);
    job->last_request = hw_db_text(r, 0, 3, p);
    job->queued = hw_db_int(r, 0, 4);
    job->failed = hw_db_int(r, 0, 5);
    job->created_at = hw_db_int(r, 0, 7);
    job->tell = hw_db_bool(r, 0, 10);
    rv = read_filter(job, hw_db_text(r, 0, 6, p), res, p);
    job->filter.from = hw_db_int(r, 0, 8);
    job->filter.to = hw_db_int(r, 0, 9);
    job->filter.cursor = hw_db_text(r, 0, 2, p);
    return rv;
}

apr_status_t
hw_store_replay_progress(hw_store_t *s, const hw_replay_t *job, const char *next,
                         const char *error, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { job->id, hw_int_param(job->queued, p), hw_int_param(job->failed, p),
                             next, job->last_request, hw_text_param(error, p) };

    return hw_db_execb(s->db,
                       "UPDATE replay_job SET queued = $2::bigint, failed = $3::bigint,"
                       " position = $4, last_request = $5, error = coalesce($6, error),"
                       " finished_at = CASE WHEN $4::text IS NULL THEN now() END"
                       " WHERE id = $1::bigint AND finished_at IS NULL",
                       6, params, NULL, NULL, NULL, res, p);
}
