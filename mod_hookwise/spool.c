/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit: whoever finds no leader writes and syncs for all who wait. */
#include "mod_hookwise/spool.h"

#include <apr_ring.h>
#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/result.h"

#define COUNT_FILE "/waiting" /* of the folder: what all processes map */
#define HOLD_FOR   apr_time_from_msec(300)
#define HOLD_NAP   apr_time_from_msec(1)

/* What processes share. */
typedef struct {
    atomic_long waiting;
    atomic_long hold_until; /* hw_clock_mono */
} shared_t;

/* A webhook to be written; on its thread's stack. */
typedef struct job_t {
    APR_RING_ENTRY(job_t) link;
    const unsigned char *data;
    apr_size_t len;
    apr_status_t rv;
    int done;
    const char *problem; /* points at constants */
    char why[256];
} job_t;
APR_RING_HEAD(ring_t, job_t);

struct mhw_spool_t {
    const char *dir;
    hw_spool_t *writer;          /* of the leader */
    shared_t *shared;            /* mapped; survives us */
    apr_thread_mutex_t *lock;    /* guards what follows */
    apr_thread_cond_t *changed;  /* a group is done, or the leader has left */
    struct ring_t jobs;
    int leading;
};

/* Processes come and go, and those of a graceful restart share it with their successors: so it is
 * a file. It gets its place on the disk first: to write where a full one has none to give is the
 * process' end. */
static apr_status_t
map_shared(const char *dir, shared_t **out, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, dir, COUNT_FILE, NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), failed;
    void *at = MAP_FAILED;

    if (fd < 0)
        return APR_FROM_OS_ERROR(errno);
    failed = posix_fallocate(fd, 0, sizeof(shared_t));
    if (failed == 0) {
        at = mmap(NULL, sizeof(shared_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        failed = at == MAP_FAILED ? errno : 0;
    }
    close(fd);
    *out = failed == 0 ? at : NULL;
    return APR_FROM_OS_ERROR(failed);
}

apr_status_t
mhw_spool_make(const char *dir, mhw_spool_t **out, hw_result_t *res, apr_pool_t *pchild)
{
    mhw_spool_t *sp = apr_pcalloc(pchild, sizeof(*sp));
    apr_status_t rv = hw_spool_make(dir, &sp->writer, res, pchild);
    char why[120];

    if (rv != APR_SUCCESS)
        return rv;
    sp->dir = apr_pstrdup(pchild, dir);
    if ((rv = map_shared(dir, &sp->shared, pchild)) != APR_SUCCESS)
        return hw_fail_field(res, rv, "spool-folder", dir, "takes no file of ours: %s",
                             apr_strerror(rv, why, sizeof(why)));
    APR_RING_INIT(&sp->jobs, job_t, link);
    rv = apr_thread_mutex_create(&sp->lock, APR_THREAD_MUTEX_DEFAULT, pchild);
    if (rv == APR_SUCCESS)
        rv = apr_thread_cond_create(&sp->changed, pchild);
    *out = sp;
    return rv == APR_SUCCESS ? rv : hw_fail(res, rv, "no-memory", "no lock for the spool");
}

const char *
mhw_spool_dir(const mhw_spool_t *sp)
{
    return sp->dir;
}

long
mhw_spool_balance(const mhw_spool_t *sp)
{
    return atomic_load(&sp->shared->waiting);
}

long
mhw_spool_waiting(const mhw_spool_t *sp)
{
    long n = mhw_spool_balance(sp);

    return n > 0 ? n : 0;
}

int
mhw_spool_first(const mhw_spool_t *sp)
{
    while (mhw_spool_waiting(sp) > 0) {
        apr_interval_time_t left = atomic_load(&sp->shared->hold_until) - hw_clock_mono();

        if (left <= 0 || left > HOLD_FOR) /* longer: written before the machine was started */
            return 1;
        apr_sleep(HOLD_NAP);
    }
    return 0;
}

/* Without this a steady stream of webhooks would go through the spool for ever. */
void
mhw_spool_hold(mhw_spool_t *sp)
{
    atomic_store(&sp->shared->hold_until, hw_clock_mono() + HOLD_FOR);
}

void
mhw_spool_left(mhw_spool_t *sp, long n)
{
    atomic_fetch_sub(&sp->shared->waiting, n);
}

void
mhw_spool_found(mhw_spool_t *sp, long n)
{
    atomic_store(&sp->shared->waiting, n);
}

/* --- a group --------------------------------------------------------------------------------------- */

static void
job_failed(job_t *job, const hw_result_t *res)
{
    job->rv = res->rv;
    job->problem = res->problem;
    apr_cpystrn(job->why, res->detail, sizeof(job->why));
}

static void
write_group(mhw_spool_t *sp, struct ring_t *group, hw_result_t *res)
{
    job_t *job;

    APR_RING_FOREACH(job, group, job_t, link) {
        hw_result_reset(res);
        job->rv = hw_spool_append(sp->writer, job->data, job->len, apr_time_now(), res);
        if (job->rv != APR_SUCCESS)
            job_failed(job, res);
    }
    hw_result_reset(res);
    if (hw_spool_sync(sp->writer, res) == APR_SUCCESS)
        return;
    APR_RING_FOREACH(job, group, job_t, link) {
        if (job->rv == APR_SUCCESS)
            job_failed(job, res);
    }
}

/* With the lock held, which is let go while writing. */
static void
lead(mhw_spool_t *sp, const job_t *own, hw_result_t *res)
{
    struct ring_t group;
    job_t *job, *next;

    sp->leading = 1;
    while (!own->done) {
        APR_RING_INIT(&group, job_t, link);
        APR_RING_CONCAT(&group, &sp->jobs, job_t, link);
        apr_thread_mutex_unlock(sp->lock);
        write_group(sp, &group, res);
        apr_thread_mutex_lock(sp->lock);
        APR_RING_FOREACH_SAFE(job, next, &group, job_t, link) {
            job->done = 1; /* its thread may go once the lock is free */
        }
    }
    sp->leading = 0;
    apr_thread_cond_broadcast(sp->changed);
}

apr_status_t
mhw_spool_store(mhw_spool_t *sp, const hw_enqueue_t *e, hw_result_t *res, apr_pool_t *p)
{
    job_t job = { .rv = APR_SUCCESS };

    hw_spool_encode(e, &job.data, &job.len, p);
    /* Counted before it is written: whoever comes later goes behind it. */
    atomic_fetch_add(&sp->shared->waiting, 1);
    apr_thread_mutex_lock(sp->lock);
    APR_RING_ELEM_INIT(&job, link);
    APR_RING_INSERT_TAIL(&sp->jobs, &job, job_t, link);
    while (!job.done && sp->leading)
        apr_thread_cond_wait(sp->changed, sp->lock);
    if (!job.done)
        lead(sp, &job, res);
    apr_thread_mutex_unlock(sp->lock);
    if (job.rv == APR_SUCCESS)
        return APR_SUCCESS;
    atomic_fetch_sub(&sp->shared->waiting, 1);
    return hw_fail_temp(res, job.rv, job.problem, "%s", job.why);
}

void
mhw_spool_rest(mhw_spool_t *sp)
{
    apr_thread_mutex_lock(sp->lock);
    if (!sp->leading)
        hw_spool_release(sp->writer);
    apr_thread_mutex_unlock(sp->lock);
}
