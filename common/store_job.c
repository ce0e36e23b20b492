/* SPDX-License-Identifier: Apache-2.0 */
/* Queues in tables: what all of them have in common. One that is under way is due again only when
 * its worker must have died over it. */
#include "common/store_private.h"
#include "common/store_work.h"

#define AGAIN(table, more)                                                                        \
    "UPDATE " table " SET due_at = now() + $2::bigint * interval '1 microsecond',"               \
    " tries = greatest(0, tries - $3::int), error = $4" more " WHERE id = $1::bigint"
#define FAILED(table)                                                                             \
    "UPDATE " table " SET failed_at = now(), error = $2 WHERE id = $1::bigint"

static const struct {
    const char *again, *failed, *forget;
} queues[] = {
    [HW_JOB_ANALYSIS] = { AGAIN("analysis", ", begun_at = NULL"), FAILED("analysis"),
                          "DELETE FROM analysis WHERE failed_at < $1::timestamptz" },
    [HW_JOB_NOTIFICATION] = { AGAIN("notification", ", begun_at = NULL"), FAILED("notification"),
                              "DELETE FROM notification"
                              " WHERE coalesce(sent_at, failed_at) < $1::timestamptz" },
};

apr_status_t
hw_store_job_again(hw_store_t *s, hw_job_e job, const char *id, apr_interval_time_t after,
                   int spent, const char *error, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { id, hw_int_param(after, p), spent ? "0" : "1",
                             hw_text_param(error, p) };

    return hw_db_execb(s->db, queues[job].again, 4, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_job_failed(hw_store_t *s, hw_job_e job, const char *id, const char *error,
                    hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { id, hw_text_param(error, p) };

    return hw_db_execb(s->db, queues[job].failed, 2, params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_job_forget(hw_store_t *s, hw_job_e job, apr_time_t keep_from, hw_result_t *res,
                    apr_pool_t *p)
{
    const char *params[] = { hw_ts_param(keep_from, p) };

    return hw_db_execb(s->db, queues[job].forget, 1, params, NULL, NULL, NULL, res, p);
}
