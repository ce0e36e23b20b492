/* SPDX-License-Identifier: Apache-2.0 */
/* What the request threads of a child and its Redis thread share. Only redis_*.c include this. */
#ifndef MHW_REDIS_JOB_H
#define MHW_REDIS_JOB_H

#include <apr_hash.h>
#include <apr_ring.h>
#include <apr_thread_proc.h>

#include "mod_hookwise/pause.h"
#include "mod_hookwise/redis_io.h"

#define MHW_BATCH_MAX 256 /* jobs of one pipeline */
#define MHW_WHY_MAX 256

typedef enum {
    MHW_JOB_WAITING,   /* in the ring */
    MHW_JOB_APPENDING, /* its arguments are being copied: their owner must stay */
    MHW_JOB_SENT,      /* only the slot points at it */
    MHW_JOB_DONE
} mhw_job_state_e;

typedef struct mhw_job_t mhw_job_t;
struct mhw_job_t {
    APR_RING_ENTRY(mhw_job_t) link;
    int argc;
    const char **argv;
    const apr_size_t *lens;
    const hw_enqueue_text_t *event; /* in place of a command: for the enqueue script */
    mhw_job_state_e state;
    int slot;                /* while APPENDING or SENT */
    int tries;
    redisReply *reply;       /* DONE: NULL = it failed, see why */
    int refused;             /* why is what Redis said to all events of one call */
    const char *problem;
    char why[MHW_WHY_MAX];
    sem_t wake;              /* its owner sleeps on it: waking takes no lock */
};

APR_RING_HEAD(mhw_job_ring_t, mhw_job_t);

struct mhw_io_t {
    apr_pool_t *p;           /* its own, unmanaged: the thread may outlast pools of the child */
    apr_thread_t *thread;
    server_rec *server;
    const char *meanwhile;   /* what becomes of webhooks while Redis is down */
    apr_interval_time_t timeout;
    hw_queue_t *q;           /* the thread's alone */
    int need_scripts;        /* the thread's alone */

    pthread_mutex_t lock;     /* guards all below; never held over a round trip */
    pthread_cond_t work;
    struct mhw_job_ring_t waiting;
    mhw_job_t *slots[MHW_BATCH_MAX];  /* jobs sent, in order; NULL = its caller went away */
    int idle;                 /* the thread sleeps on work */
    int stop;
    int down;                 /* connecting failed: calls fail at once until it works again */
    int counted;              /* counters wait to be sent */
    const char *problem;
    char why[MHW_WHY_MAX];

    pthread_mutex_t count_lock; /* guards the two below; taken before lock, never after */
    apr_pool_t *counts_pool;
    apr_hash_t *counts;       /* series → long * */
};

#endif
