/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for work that comes after the ticket, and what becomes of jobs that fail. */
#include "hookwised/after.h"

#include <apr_strings.h>

#include "common/crypto.h"
#include "hookwised/metrics.h"
#include "hookwised/rate.h"
#include "hookwised/stores.h"

#define IDLE_MS 500
#define BACKOFF_FACTOR 10 /* times RETRY_BASE_MS: these far ends take their time to come back */

typedef struct {
    hwd_t *d;
    const hwd_after_kind_t *kind;
    hw_store_t *store;
    pthread_t thread;
    int failing; /* said once */
} worker_t;

struct hwd_after_t {
    int n;
    worker_t *all;
};

/* --- what becomes of jobs -------------------------------------------------------------------- */

void
hwd_task_count(const hwd_task_t *t, const char *result)
{
    hwd_metrics_add(t->d->metrics, hw_series(t->p, t->kind->series, "result", result, NULL), 1);
}

/* When our own database does not take it the lease runs out and the job comes again. */
void
hwd_task_again(hwd_task_t *t, apr_interval_time_t after, int spent)
{
    const char *why = apr_pstrdup(t->p, hw_result_text(t->res, t->p));

    hw_store_job_again(t->store, t->kind->job, t->id, after, spent, why, NULL, t->p);
}

void
hwd_task_give_up(hwd_task_t *t)
{
    const char *why = apr_pstrdup(t->p, hw_result_text(t->res, t->p));

    hw_log(t->d->log, HW_LOG_WARN, "%s is given up: %s", t->subject, why);
    hw_store_job_failed(t->store, t->kind->job, t->id, why, NULL, t->p);
    hwd_task_count(t, "failed");
}

/* Half of the wait is left to chance, so that many do not come back at once. */
void
hwd_task_failed(hwd_task_t *t)
{
    long base = hw_set_int(t->cfg->settings, "RETRY_BASE_MS") * BACKOFF_FACTOR;
    apr_interval_time_t wait;
    unsigned char chance = 0;

    if (atomic_load(&t->d->stopping)) {
        hwd_task_again(t, 0, 0);
        return;
    }
    if (t->res->cls == HW_PERMANENT || t->tries > hw_set_int(t->cfg->settings, "MAX_RETRIES")) {
        hwd_task_give_up(t);
        return;
    }
    if (hw_random(&chance, 1) != APR_SUCCESS)
        chance = 128;
    wait = hwd_backoff(t->tries, base, 0.5 + chance / 512.0);
    if (t->res->retry_at > hw_clock_mono() + wait)
        wait = t->res->retry_at - hw_clock_mono();
    hw_log(t->d->log, HW_LOG_INFO, "%s is tried again: %s", t->subject,
           hw_result_text(t->res, t->p));
    hwd_task_count(t, "retried");
    hwd_task_again(t, wait, 1);
}

/* --- threads --------------------------------------------------------------------------------- */

/* 0: there was nothing to do. */
static int
round_once(worker_t *me, hwd_config_t *cfg, apr_pool_t *p)
{
    hwd_task_t t = { .d = me->d, .kind = me->kind, .cfg = cfg, .store = me->store,
                     .res = hw_result_make(p), .p = p };
    int found = 0;

    if (me->kind->work(&t, &found) == APR_SUCCESS) {
        me->failing = 0;
        return found;
    }
    if (!me->failing)
        hw_log_result(me->d->log, HW_LOG_WARN, t.res,
                      apr_pstrcat(p, me->kind->what, " wait", NULL));
    me->failing = 1;
    return 0;
}

static void *
run(void *data)
{
    worker_t *me = data;

    while (!atomic_load(&me->d->stopping)) {
        apr_pool_t *p = hwd_pool();
        hwd_config_t *cfg = hwd_config_hold(me->d->configs);
        int busy = cfg != NULL && atomic_load(&me->d->published) && round_once(me, cfg, p);

        hwd_config_release(cfg);
        apr_pool_destroy(p);
        if (!busy)
            hwd_nap(me->d, IDLE_MS);
    }
    hw_db_close(me->store->db);
    return NULL;
}

apr_status_t
hwd_after_start(hwd_t *d, const hwd_after_kind_t *kind, hwd_after_t **out, hw_result_t *res)
{
    hwd_after_t *a = apr_pcalloc(d->p, sizeof(*a));
    int n = kind->threads != NULL ? (int)hw_set_int(d->settings, kind->threads)
                                  : HWD_AFTER_THREADS;

    *out = a;
    a->all = apr_pcalloc(d->p, sizeof(*a->all) * (apr_size_t)n);
    for (; a->n < n; a->n++) {
        worker_t *me = &a->all[a->n];
        apr_status_t rv = hwd_store_own(d, &me->store, res, hwd_pool_below(d->p));

        if (rv != APR_SUCCESS)
            return rv;
        me->d = d;
        me->kind = kind;
        if (pthread_create(&me->thread, NULL, run, me) != 0)
            return hw_fail(res, APR_ENOMEM, "no-threads", "a thread for %s cannot be started",
                           kind->what);
    }
    return APR_SUCCESS;
}

void
hwd_after_join(hwd_after_t *a)
{
    for (int i = 0; i < a->n; i++)
        pthread_join(a->all[i].thread, NULL);
}
