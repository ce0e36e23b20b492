/* SPDX-License-Identifier: Apache-2.0 */
/* Work that comes after the ticket: jobs in a table, put there by the transaction that records the
 * event, done by threads of their own with connections of their own. Nothing else waits for them.
 * Each thread takes a job under a lease, so that whoever dies over one has it tried again. */
#ifndef HWD_AFTER_H
#define HWD_AFTER_H

#include "common/store_work.h"
#include "hookwised/config.h"

/* One job with its thread. Everything lives in p. */
typedef struct {
    hwd_t *d;
    const struct hwd_after_kind_t *kind;
    hwd_config_t *cfg;
    hw_store_t *store;
    const char *id;      /* of the job; it and the next two are set by the kind's work */
    const char *subject; /* for the log: "the analysis for ticket 17" */
    int tries;           /* this one included */
    hw_result_t *res;
    apr_pool_t *p;
} hwd_task_t;

typedef struct hwd_after_kind_t {
    hw_job_e job;
    const char *what;    /* "analyses" */
    const char *threads; /* the setting that says how many; NULL = HWD_AFTER_THREADS */
    const char *series;  /* metric that counts results */
    /* Takes one that is due and does it; *found 0 = there was none. Fails when our own database
     * does. */
    apr_status_t (*work)(hwd_task_t *t, int *found);
} hwd_after_kind_t;

#define HWD_AFTER_THREADS 4

typedef struct hwd_after_t hwd_after_t;
apr_status_t hwd_after_start(hwd_t *d, const hwd_after_kind_t *kind, hwd_after_t **out,
                             hw_result_t *res);
void hwd_after_join(hwd_after_t *a);

/* Comes again; spent 0: the try does not count. */
void hwd_task_again(hwd_task_t *t, apr_interval_time_t after, int spent);
/* t->res says why: tried again with growing pauses, or given up. While we stop it comes again. */
void hwd_task_failed(hwd_task_t *t);
void hwd_task_give_up(hwd_task_t *t);
/* One more of {result="…"}. */
void hwd_task_count(const hwd_task_t *t, const char *result);

#endif
