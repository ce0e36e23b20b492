/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of periodic work, and who of several workers does it. */
#include "hookwised/chores.h"

#include <apr_strings.h>

#include "common/store_work.h"
#include "hookwised/catchup.h"
#include "hookwised/config.h"
#include "hookwised/health.h"
#include "hookwised/replays.h"
#include "hookwised/silence.h"
#include "hookwised/stores.h"

#define ROUND_MS 1000
#define FAILING_DAYS 7 /* an alert that keeps failing is told again */

/* Two threads: what asks the PSA may take long, and the rest must not wait for it. */
typedef enum { QUICK, SLOW, CREWS } crew_e;

typedef struct {
    hwd_t *d;
    crew_e crew;
    hw_store_t *store;
    hw_queue_t *queue;
    pthread_t thread;
    int failing; /* said once */
} worker_t;

struct hwd_chores_t {
    worker_t workers[CREWS];
};

/* They are kept as long as the history they are about. */
static apr_status_t
forget_jobs(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res)
{
    hwd_config_t *cfg = hwd_config_hold(d->configs);
    apr_time_t days = hw_set_int(cfg->settings, "LOG_RETENTION_DAYS"), now = apr_time_now();
    apr_time_t from = now - apr_time_from_sec(days * 86400);
    apr_status_t rv = hw_store_job_forget(store, HW_JOB_ANALYSIS, from, res, res->p);

    hwd_config_release(cfg);
    (void)q;
    if (rv == APR_SUCCESS)
        rv = hw_store_job_forget(store, HW_JOB_NOTIFICATION, from, res, res->p);
    return rv == APR_SUCCESS
               ? hw_store_failing_forget(store, now - apr_time_from_sec(FAILING_DAYS * 86400), res,
                                         res->p)
               : rv;
}

static apr_status_t
resume_analyses(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res)
{
    (void)d;
    (void)q;
    return hw_store_analysis_resume(store, res, res->p);
}

/* Each does what it can, whatever becomes of the others. */
typedef apr_status_t chore_fn(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res);
static const struct {
    crew_e crew;
    const char *doing;
    chore_fn *fn;
} chores[] = {
    { QUICK, "catching up after maintenance", hwd_catchup_replay },
    { QUICK, "looking for silent endpoints", hwd_silence_look },
    { QUICK, "taking up analyses of workers that are gone", resume_analyses },
    { QUICK, "replaying history", hwd_replays_work },
    { SLOW, "checking endpoints", hwd_health_look },
    { SLOW, "forgetting analyses and messages of old", forget_jobs },
};
#define NCHORES (sizeof(chores) / sizeof(*chores))

static void
failed(worker_t *c, const hw_result_t *res, const char *doing)
{
    if (!c->failing)
        hw_log_result(c->d->log, HW_LOG_WARN, res, doing);
    c->failing = 1;
}

static void
lead(worker_t *c, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    int mine = 0, well = 1;

    if (hw_store_lead(c->store, (int)c->crew, &mine, res, p) != APR_SUCCESS) {
        failed(c, res, "periodic work waits");
        return;
    }
    if (!mine)
        return;
    for (unsigned i = 0; i < NCHORES; i++) {
        hw_result_reset(res);
        if (chores[i].crew != c->crew)
            continue;
        if (chores[i].fn(c->d, c->store, c->queue, res) == APR_SUCCESS)
            continue;
        failed(c, res, chores[i].doing);
        well = 0;
    }
    hw_store_leave(c->store, (int)c->crew, p);
    if (well)
        c->failing = 0;
}

/* Nothing is done before the configuration is known to the module as well. It is that of this
 * moment, as for events: in maintenance that was switched on just now nobody is called silent. */
static void
round_once(worker_t *c)
{
    apr_pool_t *p = hwd_pool();
    hw_result_t *res = hw_result_make(p);

    if (atomic_load(&c->d->published)) {
        if (hwd_configs_fresh(c->d, c->store, res) == APR_SUCCESS &&
            (c->crew != QUICK || hwd_catchup_refresh(c->d, c->store, res) == APR_SUCCESS))
            lead(c, p);
        else
            failed(c, res, "periodic work waits");
    }
    apr_pool_destroy(p);
}

static void *
run(void *data)
{
    worker_t *c = data;

    while (!atomic_load(&c->d->stopping)) {
        round_once(c);
        hwd_nap(c->d, ROUND_MS);
    }
    hw_db_close(c->store->db);
    hw_queue_close(c->queue);
    return NULL;
}

static apr_status_t
start(hwd_t *d, crew_e crew, worker_t *c, hw_result_t *res)
{
    apr_status_t rv;

    c->d = d;
    c->crew = crew;
    if ((rv = hwd_store_own(d, &c->store, res, hwd_pool_below(d->p))) != APR_SUCCESS ||
        (rv = hw_queue_make(&d->redis, &c->queue, res, hwd_pool_below(d->p))) != APR_SUCCESS)
        return rv;
    if (pthread_create(&c->thread, NULL, run, c) != 0)
        return hw_fail(res, APR_ENOMEM, "no-threads",
                       "the threads of periodic work cannot be started");
    return APR_SUCCESS;
}

apr_status_t
hwd_chores_start(hwd_t *d, hwd_chores_t **out, hw_result_t *res)
{
    hwd_chores_t *c = apr_pcalloc(d->p, sizeof(*c));
    apr_status_t rv = APR_SUCCESS;

    *out = c;
    for (int i = 0; i < CREWS && rv == APR_SUCCESS; i++)
        rv = start(d, (crew_e)i, &c->workers[i], res);
    return rv;
}

void
hwd_chores_join(hwd_chores_t *c)
{
    for (int i = 0; i < CREWS; i++)
        pthread_join(c->workers[i].thread, NULL);
}
