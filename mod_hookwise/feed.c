/* SPDX-License-Identifier: Apache-2.0 */
/* The feed's thread and what it keeps. */
#include "mod_hookwise/feed.h"

#include <ap_mpm.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <http_log.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/result.h"
#include "mod_hookwise/pause.h"

APLOG_USE_MODULE(hookwise);

#define STREAM     "hw:live"
#define START      "0-0"
#define READ_COUNT "200"  /* events of one read */
#define BLOCK_MS   "1000"
#define TIMEOUT_MS 3000   /* of a connection: longer than it blocks */
#define RETRY      apr_time_from_sec(1)
#define STEP       apr_time_from_sec(1) /* a listener looks up so often */
#define FILL_WAIT  apr_time_from_sec(3) /* the first listeners wait for the stream's past */
#define TURN_MAX   100    /* events one listener takes at a time */
#define ID_MAX     42     /* two 64-bit numbers and a dash */

/* In memory of its own: it goes when newer ones need its place. */
typedef struct {
    char id[ID_MAX];
    const char *tenant, *endpoint_id, *json; /* behind the struct */
} event_t;

struct mhw_feed_t {
    apr_pool_t *p;              /* its own: used by the first listener's thread too */
    hw_queue_t *q;              /* the thread's alone */
    server_rec *server;
    pthread_mutex_t lock;       /* over what follows */
    pthread_cond_t news;        /* for listeners */
    pthread_cond_t work;        /* for the thread: somebody listens, or it is to end */
    apr_thread_t *thread;       /* NULL = not started */
    int listeners, stop;
    int filled;                 /* all that the stream holds was read once */
    int live;                   /* the last read went well */
    apr_int64_t next;           /* number of the next event; the ring holds those before it */
    apr_int64_t first;          /* number of the oldest one kept */
    char last[ID_MAX];          /* id the thread goes on behind */
    event_t *ring[MHW_FEED_KEPT];
};

/* --- ids ------------------------------------------------------------------------------------------- */

typedef struct {
    apr_uint64_t ms, n;
} stream_id_t;

static int
read_id(const char *text, stream_id_t *out)
{
    char *end;

    if (text == NULL || strlen(text) >= ID_MAX || *text < '0' || *text > '9')
        return 0;
    out->ms = strtoull(text, &end, 10);
    if (*end != '-' || end[1] < '0' || end[1] > '9')
        return 0;
    out->n = strtoull(end + 1, &end, 10);
    return *end == '\0';
}

static int
newer(const char *id, const stream_id_t *than)
{
    stream_id_t a = { 0, 0 };

    read_id(id, &a);
    return a.ms != than->ms ? a.ms > than->ms : a.n > than->n;
}

/* --- the thread ------------------------------------------------------------------------------------- */

static char *
put_text(char *at, const char *s, const char **out)
{
    apr_size_t len = s != NULL ? strlen(s) : 0;

    memcpy(at, s != NULL ? s : "", len);
    at[len] = '\0';
    *out = at;
    return at + len + 1;
}

/* NULL for what is no event of ours: it is passed over. */
static event_t *
make_event(const redisReply *entry, apr_pool_t *ptemp)
{
    const redisReply *fields = entry->elements == 2 ? entry->element[1] : NULL;
    const char *json, *tenant, *endpoint_id;
    hw_json_t *v = NULL;
    apr_size_t size;
    event_t *e;
    char *at;

    if (fields == NULL || fields->type != REDIS_REPLY_ARRAY || fields->elements < 2 ||
        entry->element[0]->len >= ID_MAX)
        return NULL;
    json = fields->element[1]->str;
    if (hw_json_parse(json, fields->element[1]->len, NULL, &v, NULL, NULL, ptemp) != APR_SUCCESS ||
        strpbrk(json, "\r\n") != NULL)
        return NULL;
    tenant = hw_json_get_string(v, "tenant");
    endpoint_id = hw_json_get_string(v, "config_id");
    size = strlen(json) + (tenant ? strlen(tenant) : 0) + (endpoint_id ? strlen(endpoint_id) : 0);
    if ((e = malloc(sizeof(*e) + size + 3)) == NULL)
        return NULL;
    memcpy(e->id, entry->element[0]->str, entry->element[0]->len + 1);
    at = put_text((char *)(e + 1), tenant, &e->tenant);
    at = put_text(at, endpoint_id, &e->endpoint_id);
    put_text(at, json, &e->json);
    return e;
}

static void
keep(mhw_feed_t *f, event_t *e)
{
    event_t **place = &f->ring[f->next % MHW_FEED_KEPT];

    free(*place);
    *place = e;
    f->next++;
    if (f->next - f->first > MHW_FEED_KEPT)
        f->first = f->next - MHW_FEED_KEPT;
}

static void
forget(mhw_feed_t *f)
{
    for (int i = 0; i < MHW_FEED_KEPT; i++) {
        free(f->ring[i]);
        f->ring[i] = NULL;
    }
    f->first = f->next;
    f->filled = 0;
    apr_cpystrn(f->last, START, sizeof(f->last));
}

/* [[stream, [[id, [field, value, …]], …]]], or nil when nothing came. Returns their number. */
static size_t
take(mhw_feed_t *f, const redisReply *reply, apr_pool_t *ptemp)
{
    const redisReply *entries;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0 ||
        reply->element[0]->elements != 2)
        return 0;
    entries = reply->element[0]->element[1];
    for (size_t i = 0; i < entries->elements; i++) {
        const redisReply *entry = entries->element[i];
        event_t *e = make_event(entry, ptemp);

        pthread_mutex_lock(&f->lock);
        if (entry->elements == 2 && entry->element[0]->len < ID_MAX)
            apr_cpystrn(f->last, entry->element[0]->str, sizeof(f->last));
        if (e != NULL)
            keep(f, e);
        pthread_mutex_unlock(&f->lock);
    }
    return entries->elements;
}

static void
set_state(mhw_feed_t *f, int live, int filled)
{
    pthread_mutex_lock(&f->lock);
    f->live = live;
    if (filled)
        f->filled = 1;
    pthread_cond_broadcast(&f->news);
    pthread_mutex_unlock(&f->lock);
}

/* One read. It does not block while the stream's past is still coming. */
static apr_status_t
read_once(mhw_feed_t *f, hw_result_t *res, apr_pool_t *ptemp)
{
    const char *block[] = { "XREAD", "COUNT", READ_COUNT, "BLOCK", BLOCK_MS, "STREAMS", STREAM,
                            f->last };
    const char *now[] = { "XREAD", "COUNT", READ_COUNT, "STREAMS", STREAM, f->last };
    redisReply *reply = NULL;
    apr_status_t rv = f->filled ? hw_queue_command(f->q, 8, block, NULL, &reply, res, ptemp)
                                : hw_queue_command(f->q, 6, now, NULL, &reply, res, ptemp);
    size_t n;

    if (rv != APR_SUCCESS)
        return rv;
    n = take(f, reply, ptemp);
    set_state(f, 1, n == 0);
    return APR_SUCCESS;
}

/* 0 when the thread is to end. Without listeners there is no connection, and what was kept goes:
 * events would be missing in it. */
static int
wait_for_listeners(mhw_feed_t *f)
{
    int go;

    pthread_mutex_lock(&f->lock);
    if (f->listeners == 0 && !f->stop) {
        hw_queue_close(f->q);
        forget(f);
        while (f->listeners == 0 && !f->stop)
            pthread_cond_wait(&f->work, &f->lock);
    }
    go = !f->stop;
    pthread_mutex_unlock(&f->lock);
    return go;
}

static void
pause_after_failure(mhw_feed_t *f)
{
    pthread_mutex_lock(&f->lock);
    if (!f->stop)
        mhw_cond_pause(&f->work, &f->lock, RETRY);
    pthread_mutex_unlock(&f->lock);
}

static void *APR_THREAD_FUNC
run(apr_thread_t *thread, void *data)
{
    mhw_feed_t *f = data;
    apr_pool_t *ptemp;
    hw_result_t *res;
    int told = 0;

    (void)thread;
    apr_setup_signal_thread();
    apr_pool_create_unmanaged_ex(&ptemp, NULL, NULL);
    while (wait_for_listeners(f)) {
        apr_pool_clear(ptemp);
        res = hw_result_make(ptemp);
        if (read_once(f, res, ptemp) == APR_SUCCESS) {
            told = 0;
            continue;
        }
        if (!told++)
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, f->server, "the live feed waits: %s",
                         hw_result_text(res, ptemp));
        set_state(f, 0, 0);
        pause_after_failure(f);
    }
    apr_pool_destroy(ptemp);
    return NULL;
}

/* --- starting and ending ------------------------------------------------------------------------------ */

static apr_status_t
stop_thread(void *data)
{
    mhw_feed_t *f = data;
    apr_status_t rv;
    int threaded = 1;

    pthread_mutex_lock(&f->lock);
    f->stop = 1;
    pthread_cond_broadcast(&f->work);
    pthread_mutex_unlock(&f->lock);
    ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    if (f->thread != NULL && threaded == AP_MPMQ_NOT_SUPPORTED)
        return APR_SUCCESS; /* prefork ends in a signal handler: no place to wait */
    if (f->thread != NULL)
        apr_thread_join(&rv, f->thread);
    hw_queue_close(f->q);
    forget(f);
    apr_pool_destroy(f->p);
    return APR_SUCCESS;
}

apr_status_t
mhw_feed_make(const mhw_feed_opts_t *opts, mhw_feed_t **out, hw_result_t *res, apr_pool_t *pchild)
{
    hw_queue_opts_t qo = { .url = opts->url, .password = opts->password,
                           .connect_timeout_ms = TIMEOUT_MS, .timeout_ms = TIMEOUT_MS };
    mhw_feed_t *f;
    apr_pool_t *p;
    apr_status_t rv;

    if ((rv = apr_pool_create_unmanaged_ex(&p, NULL, NULL)) != APR_SUCCESS)
        return hw_fail(res, rv, "no-thread", "cannot make a pool for the live feed");
    f = apr_pcalloc(p, sizeof(*f));
    f->p = p;
    f->server = opts->server;
    apr_cpystrn(f->last, START, sizeof(f->last));
    if ((rv = hw_queue_make(&qo, &f->q, res, p)) != APR_SUCCESS)
        return rv;
    if ((rv = mhw_lock_init(&f->lock, p)) != APR_SUCCESS ||
        (rv = mhw_cond_init(&f->news, p)) != APR_SUCCESS ||
        (rv = mhw_cond_init(&f->work, p)) != APR_SUCCESS)
        return hw_fail(res, rv, "no-thread", "cannot make the live feed's locks");
    apr_pool_pre_cleanup_register(pchild, f, stop_thread);
    *out = f;
    return APR_SUCCESS;
}

/* --- listening ------------------------------------------------------------------------------------------ */

/* Behind the id; from the oldest one kept when the id is older. Without an id at the end. */
static apr_int64_t
place_of(const mhw_feed_t *f, const char *last_id)
{
    apr_int64_t at = f->first;
    stream_id_t id;

    if (!read_id(last_id, &id))
        return f->next;
    while (at < f->next && !newer(f->ring[at % MHW_FEED_KEPT]->id, &id))
        at++;
    /* Is the event the id names, or one before it, still there? If not, some may be missing. */
    if (at == f->first && at < f->next)
        return at - 1;
    return at;
}

int
mhw_feed_join(mhw_feed_t *f, mhw_listener_t *l, const char *last_id, int max)
{
    apr_time_t until = hw_clock_mono() + FILL_WAIT;

    pthread_mutex_lock(&f->lock);
    if (f->listeners >= max ||
        (f->thread == NULL &&
         apr_thread_create(&f->thread, NULL, run, f, f->p) != APR_SUCCESS)) {
        pthread_mutex_unlock(&f->lock);
        return 0;
    }
    f->listeners++;
    pthread_cond_signal(&f->work);
    while (!f->filled && !f->stop && hw_clock_mono() < until)
        mhw_cond_pause(&f->news, &f->lock, until - hw_clock_mono());
    l->feed = f;
    l->seq = place_of(f, last_id);
    l->live = -1;
    pthread_mutex_unlock(&f->lock);
    return 1;
}

void
mhw_feed_leave(mhw_listener_t *l)
{
    pthread_mutex_lock(&l->feed->lock);
    l->feed->listeners--;
    pthread_mutex_unlock(&l->feed->lock);
}

static int
wanted(const mhw_listener_t *l, const event_t *e)
{
    return (l->tenant == NULL || strcmp(l->tenant, e->tenant) == 0) &&
           (l->endpoint_id == NULL || strcmp(l->endpoint_id, e->endpoint_id) == 0);
}

/* The lock is held while texts are copied, never while anything is sent. */
static void
write_news(mhw_listener_t *l, hw_buf_t *out)
{
    const mhw_feed_t *f = l->feed;

    if (l->live != f->live) {
        hw_buf_printf(out, "event: status\ndata: {\"live\":%s}\n\n", f->live ? "true" : "false");
        l->live = f->live;
    }
    if (l->seq < f->first) {
        hw_buf_adds(out, "event: gap\ndata: {}\n\n");
        l->seq = f->first;
    }
    for (int n = 0; l->seq < f->next && n < TURN_MAX; l->seq++, n++) {
        const event_t *e = f->ring[l->seq % MHW_FEED_KEPT];

        if (wanted(l, e)) {
            hw_buf_printf(out, "id: %s\nevent: history\ndata: ", e->id);
            hw_buf_adds(out, e->json);
            hw_buf_adds(out, "\n\n");
        }
    }
}

void
mhw_feed_next(mhw_listener_t *l, hw_buf_t *out)
{
    mhw_feed_t *f = l->feed;

    pthread_mutex_lock(&f->lock);
    if (l->seq == f->next && l->live == f->live && !f->stop)
        mhw_cond_pause(&f->news, &f->lock, STEP);
    write_news(l, out);
    pthread_mutex_unlock(&f->lock);
}
