/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O thread: pipelines, reconnecting, time-outs, counters. */
#include "mod_hookwise/redis_job.h"

#include <ap_mpm.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_log.h>
#include <string.h>

#include "common/clock.h"
#include "mod_hookwise/config.h"

APLOG_USE_MODULE(hookwise);

#define BATCH_BYTES (8 * 1024 * 1024)       /* about how many bytes go into one pipeline */
#define COUNT_EVERY apr_time_from_msec(200) /* counters reach Redis this often */
#define RETRY_MIN apr_time_from_msec(50)    /* between attempts to connect … */
#define RETRY_MAX apr_time_from_msec(250)   /* … doubling up to this */

/* --- jobs: all with the lock held -------------------------------------------------------------- */

static void
fail(mhw_job_t *job, const char *problem, const char *why)
{
    job->problem = problem;
    apr_cpystrn(job->why, why, sizeof(job->why));
    job->state = MHW_JOB_DONE;
    sem_post(&job->wake); /* the job may be gone now */
}

static void
fail_waiting(mhw_io_t *io)
{
    while (!APR_RING_EMPTY(&io->waiting, mhw_job_t, link)) {
        mhw_job_t *job = APR_RING_FIRST(&io->waiting);

        APR_RING_REMOVE(job, link);
        fail(job, io->problem, io->why);
    }
}

/* Back to the head of the ring for its second and last try. */
static void
send_again(mhw_io_t *io, mhw_job_t *job)
{
    job->tries++;
    job->state = MHW_JOB_WAITING;
    APR_RING_INSERT_HEAD(&io->waiting, job, mhw_job_t, link);
}

/* --- connecting --------------------------------------------------------------------------------- */

static void
set_down(mhw_io_t *io, const hw_result_t *res)
{
    pthread_mutex_lock(&io->lock);
    if (!io->down)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, io->server,
                     "%s; %s until it is back", res->detail, io->meanwhile);
    io->down = 1;
    io->problem = res->problem;
    apr_cpystrn(io->why, res->detail, sizeof(io->why));
    fail_waiting(io);
    pthread_mutex_unlock(&io->lock);
}

static void
set_up(mhw_io_t *io)
{
    pthread_mutex_lock(&io->lock);
    if (io->down)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, io->server, "Redis answers again");
    io->down = 0;
    pthread_mutex_unlock(&io->lock);
}

static int
connect_redis(mhw_io_t *io, apr_pool_t *ptemp)
{
    hw_result_t *res = hw_result_make(ptemp);

    if (hw_queue_connect(io->q, res) == APR_SUCCESS &&
        (!io->need_scripts || hw_queue_load_scripts(io->q, res, ptemp) == APR_SUCCESS)) {
        io->need_scripts = 0;
        set_up(io);
        return 1;
    }
    hw_queue_close(io->q);
    set_down(io, res);
    return 0;
}

/* --- one pipeline -------------------------------------------------------------------------------- */

/* What was sent and is not answered yet: the jobs in the slots from next on, and how many of them
 * each command is for (more than one: events in one call of the script). */
typedef struct {
    int jobs, next;
    int commands, answered;
    int size[MHW_BATCH_MAX];
} pipeline_t;

static apr_size_t
size_of(const mhw_job_t *job)
{
    apr_size_t n = 0;

    if (job->event != NULL)
        return job->event->len;
    for (int i = 0; i < job->argc; i++)
        n += job->lens != NULL ? job->lens[i] : strlen(job->argv[i]);
    return n;
}

/* Waiting jobs move into slots. Returns how many. */
static int
take(mhw_io_t *io)
{
    apr_size_t bytes = 0;
    int n = 0;

    pthread_mutex_lock(&io->lock);
    while (n < MHW_BATCH_MAX && bytes < BATCH_BYTES && !APR_RING_EMPTY(&io->waiting, mhw_job_t, link)) {
        mhw_job_t *job = APR_RING_FIRST(&io->waiting);

        APR_RING_REMOVE(job, link);
        job->state = MHW_JOB_APPENDING;
        job->slot = n;
        io->slots[n++] = job;
        bytes += size_of(job);
    }
    pthread_mutex_unlock(&io->lock);
    return n;
}

/* The events from slot first on that go in one call: as many as it may take. */
static int
gather(mhw_io_t *io, const pipeline_t *pl, int first, const hw_enqueue_text_t **events)
{
    apr_size_t bytes = 0;
    int n = 0;

    while (first + n < pl->jobs && n < HW_ENQUEUE_BATCH && bytes < HW_ENQUEUE_BYTES) {
        const hw_enqueue_text_t *event = io->slots[first + n]->event;

        if (event == NULL)
            break;
        events[n++] = event;
        bytes += event->len;
    }
    return n;
}

static apr_status_t
append_some(mhw_io_t *io, const pipeline_t *pl, int first, int *n, hw_result_t *res)
{
    const hw_enqueue_text_t *events[HW_ENQUEUE_BATCH];
    mhw_job_t *job = io->slots[first];

    *n = gather(io, pl, first, events);
    if (*n > 0)
        return hw_queue_append_events(io->q, events, *n, res);
    *n = 1;
    return hw_queue_append(io->q, job->argc, job->argv, job->lens, res);
}

/* Copies the commands into the connection's buffer; their owners may go away afterwards. */
static apr_status_t
append(mhw_io_t *io, pipeline_t *pl, hw_result_t *res)
{
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0, n; i < pl->jobs && rv == APR_SUCCESS; i += n) {
        rv = append_some(io, pl, i, &n, res);
        pl->size[pl->commands++] = n;
    }
    pthread_mutex_lock(&io->lock);
    for (int i = 0; i < pl->jobs; i++)
        io->slots[i]->state = MHW_JOB_SENT;
    pthread_mutex_unlock(&io->lock);
    return rv;
}

static int
is_noscript(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NOSCRIPT", 8) == 0;
}

/* The job's own part of a reply to size jobs; what is taken out of the reply is NULL there. */
static void
take_answer(mhw_job_t *job, redisReply *reply, int i, int size)
{
    job->reply = hw_enqueue_answer(reply, i, size);
    if (job->reply == reply || job->reply == NULL) {
        job->reply = NULL;
        job->refused = 1;
        apr_cpystrn(job->why, reply->type == REDIS_REPLY_ERROR ? reply->str : "no answer to an event",
                    sizeof(job->why));
    } else {
        reply->element[i] = NULL;
    }
}

/* One reply, for the jobs of one command. Whose job is DONE goes into done. With the lock held. */
static int
settle(mhw_io_t *io, pipeline_t *pl, redisReply *reply, mhw_job_t **done)
{
    int size = pl->size[pl->answered++], first = pl->next, ndone = 0, keep = 0;

    pl->next += size;
    for (int i = size - 1; i >= 0; i--) { /* from the end: what is sent again keeps its order */
        mhw_job_t *job = io->slots[first + i];

        io->slots[first + i] = NULL;
        if (job == NULL)
            continue;
        if (is_noscript(reply) && job->tries == 0) {
            io->need_scripts = 1;
            send_again(io, job);
            continue;
        }
        if (job->event != NULL) {
            take_answer(job, reply, i, size);
        } else {
            job->reply = reply;
            keep = 1;
        }
        job->state = MHW_JOB_DONE;
        done[ndone++] = job;
    }
    if (!keep)
        freeReplyObject(reply);
    return ndone;
}

/* One lock for all replies, and none while waking: a woken thread would run into it. The owner of a
 * job that is DONE stays until it is woken. */
static void
deliver(mhw_io_t *io, pipeline_t *pl, redisReply **replies, int n)
{
    mhw_job_t *done[MHW_BATCH_MAX];
    int ndone = 0;

    pthread_mutex_lock(&io->lock);
    for (int i = 0; i < n; i++)
        ndone += settle(io, pl, replies[i], done + ndone);
    pthread_mutex_unlock(&io->lock);
    for (int i = 0; i < ndone; i++)
        sem_post(&done[i]->wake);
}

/* The connection broke before these were answered: once more, or failed. */
static void
give_back(mhw_io_t *io, const pipeline_t *pl, const hw_result_t *res)
{
    pthread_mutex_lock(&io->lock);
    for (int i = pl->jobs - 1; i >= pl->next; i--) {
        mhw_job_t *job = io->slots[i];

        io->slots[i] = NULL;
        if (job != NULL && job->tries == 0)
            send_again(io, job);
        else if (job != NULL)
            fail(job, res->problem, res->detail);
    }
    pthread_mutex_unlock(&io->lock);
}

/* All counters so far; *pool owns them. */
static apr_hash_t *
take_counts(mhw_io_t *io, apr_pool_t **pool)
{
    apr_hash_t *counts;

    pthread_mutex_lock(&io->count_lock);
    counts = io->counts;
    *pool = io->counts_pool;
    io->counts = NULL;
    io->counts_pool = NULL;
    pthread_mutex_lock(&io->lock);
    io->counted = 0;
    pthread_mutex_unlock(&io->lock);
    pthread_mutex_unlock(&io->count_lock);
    return counts;
}

/* Counters ride behind the jobs of a pipeline. Returns how many replies they bring. */
static int
append_counts(mhw_io_t *io, hw_result_t *res)
{
    apr_pool_t *pool;
    apr_hash_t *counts = take_counts(io, &pool);
    apr_status_t rv = APR_SUCCESS;
    int n = 0;

    if (counts == NULL)
        return 0;
    for (apr_hash_index_t *hi = apr_hash_first(pool, counts); hi != NULL && rv == APR_SUCCESS;
         hi = apr_hash_next(hi), n++) {
        const char *argv[] = { "HINCRBY", "hw:m", apr_hash_this_key(hi),
                               apr_ltoa(pool, *(long *)apr_hash_this_val(hi)) };

        rv = hw_queue_append(io->q, 4, argv, NULL, res);
    }
    apr_pool_destroy(pool);
    return n;
}

/* Reads the replies to all commands and wakes the jobs' owners. */
static apr_status_t
read_replies(mhw_io_t *io, pipeline_t *pl, hw_result_t *res)
{
    redisReply *replies[MHW_BATCH_MAX];
    apr_status_t rv = APR_SUCCESS;
    int got;

    while (pl->answered < pl->commands && rv == APR_SUCCESS) {
        rv = hw_queue_replies(io->q, replies, pl->commands - pl->answered, &got, res);
        deliver(io, pl, replies, got);
    }
    return rv;
}

static void
exchange(mhw_io_t *io, int with_counts, apr_pool_t *ptemp)
{
    hw_result_t *res = hw_result_make(ptemp);
    pipeline_t pl = { 0 };
    redisReply *reply;
    int counts = 0;
    apr_status_t rv;

    if (!connect_redis(io, ptemp))
        return;
    pl.jobs = take(io);
    rv = append(io, &pl, res);
    if (rv == APR_SUCCESS && with_counts)
        counts = append_counts(io, res);
    if (rv == APR_SUCCESS)
        rv = read_replies(io, &pl, res);
    if (pl.next < pl.jobs) {
        io->need_scripts = 1;
        hw_queue_close(io->q);
        give_back(io, &pl, res);
        if (APR_STATUS_IS_TIMEUP(rv)) /* it hangs: nobody else shall wait for it */
            set_down(io, res);
        return;
    }
    for (; counts > 0; counts--) {
        hw_queue_reply(io->q, &reply, res, ptemp);
        if (reply == NULL)
            break;
    }
}

/* --- the thread ------------------------------------------------------------------------------------ */

typedef struct {
    apr_time_t counted;           /* when counters were last sent */
    apr_interval_time_t pause;    /* before the next attempt to connect */
} rhythm_t;

/* Waits until there is something to do. Returns 0 when it is time to end. */
static int
wait_for_work(mhw_io_t *io, const rhythm_t *rhythm, int *count_now)
{
    apr_status_t rv = APR_SUCCESS;

    pthread_mutex_lock(&io->lock);
    io->idle = 1;
    while (!io->stop && rv != APR_TIMEUP) {
        apr_interval_time_t left = rhythm->counted + COUNT_EVERY - hw_clock_mono();

        if (io->down) { /* callers fail at once meanwhile: nothing can wait */
            rv = mhw_cond_pause(&io->work, &io->lock, rhythm->pause);
        } else if (!APR_RING_EMPTY(&io->waiting, mhw_job_t, link)) {
            break;
        } else if (!io->counted) {
            pthread_cond_wait(&io->work, &io->lock);
        } else if (left > 0) {
            rv = mhw_cond_pause(&io->work, &io->lock, left);
        } else {
            break;
        }
    }
    *count_now = io->counted &&
                 (io->stop || hw_clock_mono() >= rhythm->counted + COUNT_EVERY);
    io->idle = 0;
    rv = io->stop && APR_RING_EMPTY(&io->waiting, mhw_job_t, link) && (!*count_now || io->down);
    pthread_mutex_unlock(&io->lock);
    return !rv;
}

static void *APR_THREAD_FUNC
run(apr_thread_t *thread, void *data)
{
    mhw_io_t *io = data;
    rhythm_t rhythm = { .counted = hw_clock_mono(), .pause = RETRY_MIN };
    apr_pool_t *ptemp;
    int count_now;

    (void)thread;
    apr_setup_signal_thread(); /* signals are the MPM's threads' business */
    apr_pool_create(&ptemp, io->p);
    while (wait_for_work(io, &rhythm, &count_now)) {
        exchange(io, count_now, ptemp);
        apr_pool_clear(ptemp);
        if (count_now)
            rhythm.counted = hw_clock_mono();
        if (!io->down)
            rhythm.pause = RETRY_MIN;
        else if (rhythm.pause < RETRY_MAX)
            rhythm.pause *= 2;
    }
    return NULL;
}

/* --- starting and ending ------------------------------------------------------------------------------ */

/* Before the child's pool goes, and after its workers have ended: nobody waits any more. */
static apr_status_t
stop_thread(void *data)
{
    mhw_io_t *io = data;
    apr_status_t rv;
    int threaded = 1;

    pthread_mutex_lock(&io->lock);
    io->stop = 1;
    pthread_cond_signal(&io->work);
    pthread_mutex_unlock(&io->lock);
    ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    if (threaded == AP_MPMQ_NOT_SUPPORTED)
        return APR_SUCCESS; /* prefork ends in a signal handler: no place to wait */
    apr_thread_join(&rv, io->thread);
    hw_queue_close(io->q);
    apr_pool_destroy(io->p);
    return APR_SUCCESS;
}

static apr_status_t
make_pool(apr_pool_t **out)
{
    apr_allocator_t *allocator;
    apr_thread_mutex_t *mutex;
    apr_status_t rv;

    if ((rv = apr_allocator_create(&allocator)) != APR_SUCCESS)
        return rv;
    if ((rv = apr_pool_create_unmanaged_ex(out, NULL, allocator)) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return rv;
    }
    apr_allocator_owner_set(allocator, *out);
    /* Pools below it are made in several threads. */
    if ((rv = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, *out)) == APR_SUCCESS)
        apr_allocator_mutex_set(allocator, mutex);
    return rv;
}

apr_status_t
mhw_io_start(const mhw_io_opts_t *opts, mhw_io_t **out, hw_result_t *res, apr_pool_t *pchild)
{
    int ms = (int)apr_time_as_msec(opts->timeout);
    hw_queue_opts_t qo = { .url = opts->url, .password = opts->password,
                           .connect_timeout_ms = ms, .timeout_ms = ms };
    apr_pool_t *p;
    mhw_io_t *io;
    apr_status_t rv;

    if ((rv = make_pool(&p)) != APR_SUCCESS)
        return hw_fail(res, rv, "no-thread", "cannot make a pool for the Redis thread");
    io = apr_pcalloc(p, sizeof(*io));
    io->p = p;
    io->server = opts->server;
    io->meanwhile = opts->meanwhile;
    io->timeout = opts->timeout;
    io->need_scripts = 1;
    APR_RING_INIT(&io->waiting, mhw_job_t, link);
    if ((rv = hw_queue_make(&qo, &io->q, res, p)) != APR_SUCCESS)
        goto leave;
    if ((rv = mhw_lock_init(&io->lock, p)) != APR_SUCCESS ||
        (rv = mhw_lock_init(&io->count_lock, p)) != APR_SUCCESS ||
        (rv = mhw_cond_init(&io->work, p)) != APR_SUCCESS ||
        (rv = apr_thread_create(&io->thread, NULL, run, io, p)) != APR_SUCCESS) {
        hw_fail(res, rv, "no-thread", "cannot start the Redis thread");
        goto leave;
    }
    apr_pool_pre_cleanup_register(pchild, io, stop_thread);
    *out = io;
leave:
    if (rv != APR_SUCCESS)
        apr_pool_destroy(p);
    return rv;
}
