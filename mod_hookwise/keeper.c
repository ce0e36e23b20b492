/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's thread: refresh, drain, rest. */
#include "mod_hookwise/keeper.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <http_log.h>
#include <string.h>

#include "common/clock.h"
#include "common/result.h"
#include "mod_hookwise/pause.h"

APLOG_USE_MODULE(hookwise);

#define RECORDS_FILE  "/endpoints.json"
#define ROUND         apr_time_from_msec(100)  /* between looks at the spool */
#define REFRESH_EVERY apr_time_from_sec(2)     /* between looks at the published records */
#define TIDY_EVERY    apr_time_from_sec(5)     /* between looks for segments nobody counted */
#define BATCH         128                      /* records of one pipeline */

typedef struct {
    mhw_keeper_opts_t o;
    mhw_records_t *records;
    hw_queue_t *q;
    apr_thread_t *thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int stop;
    apr_time_t refreshed, tidied; /* hw_clock_mono */
    apr_hash_t *told;         /* files that were skipped and named in the log */
    long suspect;             /* the count that the folder did not bear out last time */
    apr_pool_t *drain_pool;   /* of drain */
    hw_drain_t *drain;        /* kept from round to round while the disk takes no writes: it alone
                               * knows how far it is */
    int unwritable;           /* it takes none */
} keeper_t;

/* --- draining -------------------------------------------------------------------------------------- */

/* A record that is no event of ours, though its checksum holds: kept where hookwised keeps its
 * own, for a person to look at. */
static apr_status_t
set_aside(keeper_t *k, const hw_spool_record_t *rec, const char *why, hw_result_t *res,
          apr_pool_t *ptemp)
{
    const char *argv[] = { "XADD", "hw:bad", "MAXLEN", "~", "10000", "*", "why", why, "spooled",
                           (const char *)rec->data };
    apr_size_t lens[10];
    redisReply *reply;

    for (int i = 0; i < 10; i++)
        lens[i] = strlen(argv[i]);
    lens[9] = rec->len;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, k->o.server,
                 "a spooled webhook cannot be read, kept in hw:bad: %s", why);
    return hw_queue_command(k->q, 10, argv, lens, &reply, res, ptemp);
}

/* One call of the script. */
static apr_status_t
send_events(keeper_t *k, const hw_enqueue_text_t *const *texts, int n, hw_result_t *res,
            apr_pool_t *p)
{
    apr_status_t rv = hw_queue_append_events(k->q, texts, n, res), failed = APR_SUCCESS;
    hw_enqueued_t said;
    redisReply *reply;

    if (rv == APR_SUCCESS)
        rv = hw_queue_reply(k->q, &reply, res, p);
    for (int i = 0; rv == APR_SUCCESS && failed == APR_SUCCESS && i < n; i++)
        failed = hw_enqueue_result(hw_enqueue_answer(reply, i, n), &said, res, p);
    if (rv != APR_SUCCESS)
        hw_queue_close(k->q);
    return rv != APR_SUCCESS ? rv : failed;
}

/* All or nothing: what is sent twice has the same request id. */
static apr_status_t
send_records(keeper_t *k, const apr_array_header_t *records, hw_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = hw_queue_load_scripts(k->q, res, p);
    const hw_enqueue_text_t *texts[HW_ENQUEUE_BATCH];
    apr_size_t bytes = 0;
    int n = 0;

    for (int i = 0; i < records->nelts && rv == APR_SUCCESS; i++) {
        const hw_spool_record_t *rec = &APR_ARRAY_IDX(records, i, const hw_spool_record_t);
        hw_enqueue_text_t *text = apr_palloc(p, sizeof(*text));
        hw_enqueue_t *e;

        if (hw_spool_decode(rec, &e, res, p) == APR_SUCCESS) {
            hw_enqueue_text(e, text, p);
            texts[n++] = text;
            bytes += text->len;
        } else {
            rv = set_aside(k, rec, hw_result_text(res, p), res, p);
        }
        if (rv == APR_SUCCESS && (n == HW_ENQUEUE_BATCH || bytes >= HW_ENQUEUE_BYTES)) {
            rv = send_events(k, texts, n, res, p);
            n = 0;
            bytes = 0;
        }
    }
    if (rv == APR_SUCCESS && n > 0)
        rv = send_events(k, texts, n, res, p);
    return rv;
}

/* Each once: the file may lie there for long. */
static void
tell_skipped(keeper_t *k, const apr_array_header_t *skipped)
{
    for (int i = 0; i < skipped->nelts; i++) {
        const char *what = APR_ARRAY_IDX(skipped, i, const char *);

        if (apr_hash_get(k->told, what, APR_HASH_KEY_STRING) != NULL)
            continue;
        apr_hash_set(k->told, apr_pstrdup(apr_hash_pool_get(k->told), what), APR_HASH_KEY_STRING,
                     "");
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, k->o.server, "spool: %s", what);
    }
}

/* Events are in Redis now, also when the disk does not let us note that: they are not sent again
 * as long as we live, and whoever sends them again is known by their ids. */
static void
remember(keeper_t *k, hw_result_t *res, apr_pool_t *p)
{
    int failed = hw_drain_done(k->drain, res) != APR_SUCCESS;

    if (failed && !k->unwritable)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, k->o.server, "spool: %s", hw_result_text(res, p));
    k->unwritable = failed;
}

/* One batch. *n = how many reached Redis. */
static apr_status_t
drain_some(keeper_t *k, int *n, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *records, *skipped;
    apr_status_t rv = hw_drain_next(k->drain, BATCH, &records, &skipped, res, p);

    *n = 0;
    if (rv != APR_SUCCESS)
        return rv;
    tell_skipped(k, skipped);
    if (records->nelts > 0 && (rv = send_records(k, records, res, p)) != APR_SUCCESS) {
        hw_drain_undo(k->drain);
        return rv;
    }
    remember(k, res, p);
    *n = records->nelts;
    mhw_spool_left(k->o.spool, *n);
    if (*n > 0 && *n < BATCH)
        mhw_spool_hold(k->o.spool);
    return APR_SUCCESS;
}

static int
stopping(keeper_t *k)
{
    int stop;

    pthread_mutex_lock(&k->lock);
    stop = k->stop;
    pthread_mutex_unlock(&k->lock);
    return stop;
}

/* The count may be wrong after a crash. Whoever holds the drain lock and finds an empty folder
 * twice, seconds apart, under the same count puts it right: no write takes that long. */
static void
recount(keeper_t *k, hw_result_t *res, apr_pool_t *p)
{
    long counted = mhw_spool_waiting(k->o.spool);
    apr_int64_t there = 0;

    if (hw_spool_count(mhw_spool_dir(k->o.spool), &there, res, p) != APR_SUCCESS || there > 0)
        return;
    if (mhw_spool_balance(k->o.spool) < 0)
        mhw_spool_found(k->o.spool, 0);
    if (counted > 0 && counted == k->suspect)
        mhw_spool_left(k->o.spool, counted);
    k->suspect = counted;
}

static void
close_drain(keeper_t *k)
{
    apr_pool_clear(k->drain_pool); /* lets the lock go */
    k->drain = NULL;
    k->unwritable = 0;
}

static void
drain_all(keeper_t *k, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *ptemp;
    int n = 1;
    long all = 0;

    if (k->drain == NULL)
        rv = hw_drain_open(mhw_spool_dir(k->o.spool), &k->drain, res, k->drain_pool);
    if (rv == APR_SUCCESS && k->drain == NULL) {
        close_drain(k);
        return; /* another process does it */
    }
    apr_pool_create(&ptemp, p);
    while (rv == APR_SUCCESS && n > 0 && !stopping(k)) {
        apr_pool_clear(ptemp);
        hw_result_reset(res);
        rv = drain_some(k, &n, res, ptemp);
        all += n;
    }
    if (rv != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, k->o.server, "the spool waits: %s",
                     hw_result_text(res, p));
    else if (hw_clock_mono() - k->tidied >= TIDY_EVERY)
        recount(k, res, p);
    if (all > 0)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, k->o.server,
                     "%ld webhooks of the spool are in Redis", all);
    if (!k->unwritable)
        close_drain(k);
}

/* --- the thread -------------------------------------------------------------------------------------- */

static void
round_once(keeper_t *k, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    apr_time_t now = hw_clock_mono();

    if (hw_queue_connect(k->q, res) != APR_SUCCESS)
        return; /* the I/O thread has told */
    if (now - k->refreshed >= REFRESH_EVERY) {
        if (mhw_records_refresh(k->records, k->q, res, p) != APR_SUCCESS)
            return;
        k->refreshed = now;
    }
    if (mhw_spool_waiting(k->o.spool) > 0 || now - k->tidied >= TIDY_EVERY) {
        if (mhw_spool_waiting(k->o.spool) == 0)
            mhw_spool_rest(k->o.spool);
        drain_all(k, p);
        if (hw_clock_mono() - k->tidied >= TIDY_EVERY)
            k->tidied = hw_clock_mono();
    }
}

static void *APR_THREAD_FUNC
run(apr_thread_t *thread, void *data)
{
    keeper_t *k = data;
    apr_pool_t *p;

    (void)thread;
    apr_pool_create(&p, NULL);
    apr_pool_create(&k->drain_pool, NULL);
    while (!stopping(k)) {
        round_once(k, p);
        apr_pool_clear(p);
        pthread_mutex_lock(&k->lock);
        if (!k->stop)
            mhw_cond_pause(&k->wake, &k->lock, ROUND);
        pthread_mutex_unlock(&k->lock);
    }
    apr_pool_destroy(k->drain_pool);
    apr_pool_destroy(p);
    return NULL;
}

static apr_status_t
keeper_end(void *data)
{
    keeper_t *k = data;
    apr_status_t rv;

    pthread_mutex_lock(&k->lock);
    k->stop = 1;
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
    apr_thread_join(&rv, k->thread);
    return APR_SUCCESS;
}

/* What an httpd before this one left behind. */
static void
count_left(keeper_t *k, apr_pool_t *ptemp)
{
    apr_int64_t there = 0;

    if (hw_spool_count(mhw_spool_dir(k->o.spool), &there, NULL, ptemp) == APR_SUCCESS &&
        there > mhw_spool_waiting(k->o.spool))
        mhw_spool_found(k->o.spool, (long)there);
}

apr_status_t
mhw_keeper_start(const mhw_keeper_opts_t *opts, mhw_records_t **records, hw_result_t *res,
                 apr_pool_t *pchild)
{
    keeper_t *k = apr_pcalloc(pchild, sizeof(*k));
    int ms = (int)apr_time_as_msec(opts->timeout);
    hw_queue_opts_t redis = { .url = opts->url, .password = opts->password,
                              .connect_timeout_ms = ms, .timeout_ms = ms };
    apr_status_t rv = hw_queue_make(&redis, &k->q, res, pchild);
    apr_pool_t *ptemp;

    if (rv != APR_SUCCESS)
        return rv;
    k->o = *opts;
    k->told = apr_hash_make(pchild);
    rv = mhw_records_make(apr_pstrcat(pchild, mhw_spool_dir(opts->spool), RECORDS_FILE, NULL),
                          opts->cache, &k->records, pchild);
    if (rv != APR_SUCCESS)
        return hw_fail(res, rv, "no-memory", "no lock for the records");
    *records = k->records;
    apr_pool_create(&ptemp, pchild);
    mhw_records_load(k->records, ptemp);
    count_left(k, ptemp);
    apr_pool_destroy(ptemp);
    if ((rv = mhw_lock_init(&k->lock, pchild)) != APR_SUCCESS ||
        (rv = mhw_cond_init(&k->wake, pchild)) != APR_SUCCESS ||
        (rv = apr_thread_create(&k->thread, NULL, run, k, pchild)) != APR_SUCCESS)
        return hw_fail(res, rv, "no-threads", "the spool's thread cannot be started");
    /* Before the pools below pchild go, as its requests may still be there. */
    apr_pool_pre_cleanup_register(pchild, k, keeper_end);
    return APR_SUCCESS;
}
