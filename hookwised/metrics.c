/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of this process between two writes to Redis. */
#include "hookwised/metrics.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <string.h>

#include "common/queue_batch.h"

#define MAX_SERIES 20000 /* beyond it new series are dropped: a bound, not an expectation */

/* Upper bounds in seconds. */
static const double buckets[] = { 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30 };
#define NBUCKETS (sizeof(buckets) / sizeof(*buckets))

struct hwd_metrics_t {
    pthread_mutex_t lock;
    apr_pool_t *p;     /* of the hash; replaced with each write */
    apr_hash_t *sums;  /* series → double * */
};

static void
fresh(hwd_metrics_t *m)
{
    m->p = hwd_pool();
    m->sums = apr_hash_make(m->p);
}

static apr_status_t
free_sums(void *data)
{
    apr_pool_destroy(((hwd_metrics_t *)data)->p);
    return APR_SUCCESS;
}

apr_status_t
hwd_metrics_make(hwd_t *d)
{
    hwd_metrics_t *m = apr_pcalloc(d->p, sizeof(*m));

    pthread_mutex_init(&m->lock, NULL);
    fresh(m);
    d->metrics = m;
    apr_pool_cleanup_register(d->p, m, free_sums, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

static void
add(hwd_metrics_t *m, const char *series, double by)
{
    double *sum = apr_hash_get(m->sums, series, APR_HASH_KEY_STRING);

    if (sum == NULL) {
        if (apr_hash_count(m->sums) >= MAX_SERIES)
            return;
        sum = apr_pcalloc(m->p, sizeof(*sum));
        apr_hash_set(m->sums, apr_pstrdup(m->p, series), APR_HASH_KEY_STRING, sum);
    }
    *sum += by;
}

void
hwd_metrics_webhook(hwd_metrics_t *m, const char *config_id, const char *status,
                    apr_pool_t *ptemp)
{
    const char *series = hw_series(ptemp, "hookwise_webhooks_total", "config_id", config_id, "status",
                                   status, NULL);

    pthread_mutex_lock(&m->lock);
    add(m, series, 1);
    pthread_mutex_unlock(&m->lock);
}

void
hwd_metrics_add(hwd_metrics_t *m, const char *series, double by)
{
    pthread_mutex_lock(&m->lock);
    add(m, series, by);
    pthread_mutex_unlock(&m->lock);
}

static const char *
result_word(apr_status_t rv, const hw_result_t *res)
{
    if (rv == APR_SUCCESS)
        return "ok";
    switch (res->cls) {
    case HW_TEMPORARY:
        return "temporary";
    case HW_UNKNOWN:
        return "unknown";
    default:
        return "permanent";
    }
}

void
hwd_metrics_task(hwd_metrics_t *m, const char *type, apr_status_t rv, const hw_result_t *res,
                 apr_interval_time_t took)
{
    apr_pool_t *p = res->p;
    double seconds = (double)took / APR_USEC_PER_SEC;
    const char *series = hw_series(p, "hookwise_psa_tasks_total", "type", type, "result",
                                   result_word(rv, res), NULL);

    pthread_mutex_lock(&m->lock);
    add(m, series, 1);
    for (unsigned i = 0; i < NBUCKETS; i++)
        if (seconds <= buckets[i])
            add(m, apr_psprintf(p, "hookwise_psa_task_seconds_bucket{le=\"%g\"}", buckets[i]), 1);
    add(m, "hookwise_psa_task_seconds_bucket{le=\"+Inf\"}", 1);
    add(m, "hookwise_psa_task_seconds_sum", seconds);
    add(m, "hookwise_psa_task_seconds_count", 1);
    pthread_mutex_unlock(&m->lock);
}

static apr_status_t
write_all(apr_hash_t *sums, hw_queue_t *q, hw_result_t *res, apr_pool_t *p)
{
    hw_batch_t b = { .q = q, .res = res, .p = p };

    for (apr_hash_index_t *at = apr_hash_first(p, sums); at != NULL; at = apr_hash_next(at)) {
        const double *sum = apr_hash_this_val(at);
        const char *argv[] = { "HINCRBYFLOAT", "hw:m", apr_hash_this_key(at),
                               apr_psprintf(p, "%.15g", *sum) };

        hw_batch_add(&b, 4, argv);
    }
    return hw_batch_finish(&b);
}

void
hwd_metrics_flush(hwd_metrics_t *m, hw_queue_t *q, hw_result_t *res)
{
    apr_hash_t *sums;
    apr_pool_t *p;

    pthread_mutex_lock(&m->lock);
    p = m->p;
    sums = m->sums;
    fresh(m);
    pthread_mutex_unlock(&m->lock);
    if (apr_hash_count(sums) > 0 && write_all(sums, q, res, p) != APR_SUCCESS) {
        pthread_mutex_lock(&m->lock);
        for (apr_hash_index_t *at = apr_hash_first(p, sums); at != NULL; at = apr_hash_next(at))
            add(m, apr_hash_this_key(at), *(double *)apr_hash_this_val(at));
        pthread_mutex_unlock(&m->lock);
    }
    apr_pool_destroy(p);
}
