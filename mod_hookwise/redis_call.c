/* SPDX-License-Identifier: Apache-2.0 */
/* The request threads' side of the Redis thread: handing in a command, sleeping, counting. */
#include <apr_strings.h>
#include <string.h>

#include "mod_hookwise/redis_job.h"

#define APPEND_GRACE apr_time_from_msec(50) /* copying a batch takes less */

/* The time is up: takes the job away from wherever it is. 0 = it is being copied right now, or was
 * done in this moment: sleep again, it will not be long. */
static int
withdraw(mhw_io_t *io, mhw_job_t *job)
{
    int gone = 1;

    pthread_mutex_lock(&io->lock);
    if (job->state == MHW_JOB_WAITING)
        APR_RING_REMOVE(job, link);
    else if (job->state == MHW_JOB_SENT)
        io->slots[job->slot] = NULL;
    else
        gone = 0;
    pthread_mutex_unlock(&io->lock);
    return gone;
}

static void
wait_for_reply(mhw_io_t *io, mhw_job_t *job)
{
    apr_interval_time_t at_most = io->timeout;

    while (!mhw_sem_pause(&job->wake, at_most)) {
        if (withdraw(io, job)) {
            job->problem = "redis-timeout";
            apr_cpystrn(job->why, "Redis gave no answer in time", sizeof(job->why));
            return;
        }
        at_most = APPEND_GRACE;
    }
}

/* Puts the job where the thread finds it. 0 = there is no use in waiting: it says why. */
static int
submit(mhw_io_t *io, mhw_job_t *job)
{
    int taken = !io->down && !io->stop;

    if (!taken) {
        job->problem = io->down ? io->problem : "redis-down";
        apr_cpystrn(job->why, io->down ? io->why : "the server stops", sizeof(job->why));
        return 0;
    }
    APR_RING_INSERT_TAIL(&io->waiting, job, mhw_job_t, link);
    if (io->idle)
        pthread_cond_signal(&io->work);
    return 1;
}

static apr_status_t
free_reply(void *reply)
{
    freeReplyObject(reply);
    return APR_SUCCESS;
}

/* Hands the job in and sleeps until it is done. Its reply, if any, goes with p. */
static void
do_job(mhw_io_t *io, mhw_job_t *job, apr_pool_t *p)
{
    int taken;

    job->state = MHW_JOB_WAITING;
    sem_init(&job->wake, 0, 0);
    pthread_mutex_lock(&io->lock);
    taken = submit(io, job);
    pthread_mutex_unlock(&io->lock);
    if (taken)
        wait_for_reply(io, job);
    sem_destroy(&job->wake);
    if (job->reply != NULL)
        apr_pool_cleanup_register(p, job->reply, free_reply, apr_pool_cleanup_null);
}

apr_status_t
mhw_io_call(mhw_io_t *io, int argc, const char **argv, const apr_size_t *lens,
            redisReply **reply, hw_result_t *res, apr_pool_t *p)
{
    mhw_job_t job = { .argc = argc, .argv = argv, .lens = lens };

    do_job(io, &job, p);
    *reply = job.reply;
    if (job.reply == NULL)
        return hw_fail_temp(res, APR_TIMEUP, job.problem, "%s", job.why);
    return APR_SUCCESS;
}

apr_status_t
mhw_io_enqueue(mhw_io_t *io, const hw_enqueue_t *e, hw_enqueued_t *out, hw_result_t *res,
               apr_pool_t *p)
{
    hw_enqueue_text_t text;
    mhw_job_t job = { .event = &text };
    redisReply refusal = { .type = REDIS_REPLY_ERROR, .str = job.why };

    hw_enqueue_text(e, &text, p);
    do_job(io, &job, p);
    if (job.refused)
        return hw_enqueue_result(&refusal, out, res, p);
    if (job.reply == NULL)
        return hw_fail_temp(res, APR_TIMEUP, job.problem, "%s", job.why);
    return hw_enqueue_result(job.reply, out, res, p);
}

static void
announce_counts(mhw_io_t *io)
{
    pthread_mutex_lock(&io->lock);
    io->counted = 1;
    if (io->idle)
        pthread_cond_signal(&io->work);
    pthread_mutex_unlock(&io->lock);
}

void
mhw_io_count(mhw_io_t *io, const char *series)
{
    long *n;

    pthread_mutex_lock(&io->count_lock);
    if (io->counts == NULL) {
        apr_pool_create(&io->counts_pool, io->p);
        io->counts = apr_hash_make(io->counts_pool);
        announce_counts(io);
    }
    n = apr_hash_get(io->counts, series, APR_HASH_KEY_STRING);
    if (n == NULL) {
        n = apr_pcalloc(io->counts_pool, sizeof(*n));
        apr_hash_set(io->counts, apr_pstrdup(io->counts_pool, series), APR_HASH_KEY_STRING, n);
    }
    ++*n;
    pthread_mutex_unlock(&io->count_lock);
}
