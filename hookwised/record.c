/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder's thread: group commit, then acknowledgement, then live feed and counters. */
#include "hookwised/record.h"

#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/queue_batch.h"
#include "hookwised/metrics.h"
#include "hookwised/shard.h"
#include "hookwised/stores.h"

#define LANES 16384         /* places for lanes; two that share one wait for each other's units */
#define SETTLE_SECONDS 5    /* for what is before a change to be committed, then the lane waits */

struct hwd_recorder_t {
    hwd_t *d;
    pthread_t thread;
    int running;
    hw_store_t *store;
    hw_queue_t *queue;
    pthread_mutex_t lock;
    pthread_cond_t work, room, committed;
    hwd_unit_t *first, *last;
    apr_size_t bytes;         /* waiting */
    apr_uint64_t given, done; /* numbers of units: the last one given, the last one committed */
    apr_uint64_t of_lane[LANES]; /* number of the last one given of the lane; 0 = none */
    int stopping;
    apr_time_t deadline;      /* of stopping */
};

typedef struct {
    hwd_unit_t *units;
    apr_pool_t *p;
    hw_result_t *res;
    int refused;   /* not recorded for good: nothing is acknowledged, it is all tried again */
} group_t;

apr_status_t
hwd_recorder_make(hwd_t *d, hw_result_t *res)
{
    hwd_recorder_t *r = apr_pcalloc(d->p, sizeof(*r));
    apr_status_t rv;

    r->d = d;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->work, NULL);
    pthread_cond_init(&r->room, NULL);
    hwd_cond_init(&r->committed);
    d->recorder = r;
    if ((rv = hwd_store_own(d, &r->store, res, hwd_pool_below(d->p))) != APR_SUCCESS)
        return rv;
    return hw_queue_make(&d->redis, &r->queue, res, hwd_pool_below(d->p));
}

void
hwd_recorder_give(hwd_recorder_t *r, apr_uint32_t lane, hwd_unit_t *u)
{
    pthread_mutex_lock(&r->lock);
    while (r->bytes > HWD_RECORD_BACKLOG && !r->stopping)
        pthread_cond_wait(&r->room, &r->lock);
    u->next = NULL;
    u->number = r->of_lane[lane % LANES] = ++r->given;
    if (r->last != NULL)
        r->last->next = u;
    else
        r->first = u;
    r->last = u;
    r->bytes += u->bytes;
    pthread_cond_signal(&r->work);
    pthread_mutex_unlock(&r->lock);
}

apr_status_t
hwd_recorder_settled(hwd_recorder_t *r, apr_uint32_t lane, hw_result_t *res)
{
    apr_time_t until = hw_clock_mono() + apr_time_from_sec(SETTLE_SECONDS);
    int settled;

    pthread_mutex_lock(&r->lock);
    while (!(settled = r->done >= r->of_lane[lane % LANES]) && hw_clock_mono() < until)
        hwd_wait_until(&r->committed, &r->lock, until);
    pthread_mutex_unlock(&r->lock);
    if (settled)
        return APR_SUCCESS;
    return hw_fail_temp(res, APR_TIMEUP, "database-behind", "what became of the events before is "
                        "not recorded yet");
}

/* Units are committed in the order they were given. */
static void
committed(hwd_recorder_t *r, const hwd_unit_t *last)
{
    pthread_mutex_lock(&r->lock);
    r->done = last->number;
    pthread_cond_broadcast(&r->committed);
    pthread_mutex_unlock(&r->lock);
}

/* Everything there is, up to the bounds of a group. NULL when the thread is to end. */
static hwd_unit_t *
take_group(hwd_recorder_t *r)
{
    hwd_unit_t *first, *last = NULL;
    apr_size_t bytes = 0;
    int rows = 0;

    pthread_mutex_lock(&r->lock);
    while (r->first == NULL && !r->stopping)
        pthread_cond_wait(&r->work, &r->lock);
    first = r->first;
    for (hwd_unit_t *u = first; u != NULL; u = u->next) {
        if (last != NULL && (rows + u->rows->nelts > HWD_RECORD_ROWS ||
                             bytes + u->bytes > HWD_RECORD_BYTES))
            break;
        rows += u->rows->nelts;
        bytes += u->bytes;
        last = u;
    }
    if (last != NULL) {
        r->first = last->next;
        if (r->first == NULL)
            r->last = NULL;
        last->next = NULL;
    }
    r->bytes -= bytes;
    pthread_cond_broadcast(&r->room);
    pthread_mutex_unlock(&r->lock);
    return first;
}

/* --- storing ------------------------------------------------------------------------------------ */

static int
give_up(hwd_recorder_t *r)
{
    int yes;

    pthread_mutex_lock(&r->lock);
    yes = r->stopping && hw_clock_mono() > r->deadline;
    pthread_mutex_unlock(&r->lock);
    return yes;
}

/* Tries until PostgreSQL answers: nothing is acknowledged that is not recorded. */
static apr_status_t
store(hwd_recorder_t *r, const hw_record_t *rec, group_t *g)
{
    apr_pool_t *scratch = hwd_pool_get(r->d->pools);
    apr_status_t rv;
    int tries = 0;

    for (;;) {
        apr_pool_clear(scratch);
        hw_result_reset(g->res);
        rv = hw_store_record(r->store, rec, g->res, scratch);
        if (rv == APR_SUCCESS || g->res->cls == HW_PERMANENT || give_up(r))
            break;
        if (tries++ % 30 == 0)
            hw_log_result(r->d->log, HW_LOG_WARN, g->res, "recording history waits");
        apr_sleep(apr_time_from_msec(tries < 5 ? 100 : HWD_HOLD_MS));
    }
    if (tries > 0 && rv == APR_SUCCESS)
        hw_log(r->d->log, HW_LOG_INFO, "recording history goes on");
    hwd_pool_put(r->d->pools, scratch);
    return rv;
}

static void
gather(hwd_unit_t *units, hw_record_t *rec, apr_pool_t *p)
{
    rec->rows = apr_array_make(p, 64, sizeof(hw_history_t *));
    rec->raws = apr_array_make(p, 64, sizeof(hw_raw_t *));
    for (hwd_unit_t *u = units; u != NULL; u = u->next) {
        apr_array_cat(rec->rows, u->rows);
        apr_array_cat(rec->raws, u->raws);
    }
}

/* A row the database refuses: what can be said of it is recorded in its place. */
static apr_status_t
store_refused(hwd_recorder_t *r, hwd_unit_t *u, group_t *g)
{
    const char *why = apr_pstrdup(g->p, hw_result_text(g->res, g->p));
    hw_record_t rec;

    gather(u, &rec, g->p);
    for (int i = 0; i < rec.rows->nelts; i++) {
        hw_history_t *h = APR_ARRAY_IDX(rec.rows, i, hw_history_t *);

        hw_log(r->d->log, HW_LOG_ERROR, "request %s part %d: history refused its row: %s",
               h->request_id, h->part, why);
        h->status = "failed";
        h->error_message = apr_psprintf(u->p, "this row could not be recorded in full: %s", why);
        h->summary = h->dedup_key = h->payload = h->headers = h->trace = h->matched_rule = NULL;
    }
    return store(r, &rec, g);
}

static apr_status_t
store_unit(hwd_recorder_t *r, hwd_unit_t *u, group_t *g)
{
    hw_record_t rec;
    apr_status_t rv;

    gather(u, &rec, g->p);
    rv = store(r, &rec, g);
    if (rv != APR_SUCCESS && g->res->cls == HW_PERMANENT)
        rv = store_refused(r, u, g);
    if (rv != APR_SUCCESS)
        hw_log_result(r->d->log, HW_LOG_ERROR, g->res, "events stay unacknowledged");
    return rv;
}

/* --- afterwards --------------------------------------------------------------------------------- */

static void
count_rows(hwd_recorder_t *r, const hwd_unit_t *u, apr_pool_t *p)
{
    for (int i = 0; i < u->rows->nelts; i++) {
        const hw_history_t *h = APR_ARRAY_IDX(u->rows, i, const hw_history_t *);

        if (strcmp(h->status, "retrying") != 0)
            hwd_metrics_webhook(r->d->metrics, h->config_id, h->status, p);
    }
}

static const char *
live_json(const hw_history_t *h, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);

    hw_json_set_string(v, "request_id", h->request_id);
    hw_json_set_int(v, "part", h->part);
    hw_json_set_string(v, "config_id", h->config_id);
    hw_json_set_string(v, "config_name", h->config_name);
    hw_json_set_string(v, "tenant", h->tenant);
    hw_json_set_string(v, "created_at", hw_time_rfc3339(h->received_at, p));
    hw_json_set_string(v, "status", h->status);
    hw_json_set_string(v, "action", h->action);
    hw_json_set_string(v, "ticket_id", h->ticket_id);
    hw_json_set_string(v, "destination", h->destination);
    hw_json_set_string(v, "company", h->company);
    hw_json_set_string(v, "summary", h->summary);
    hw_json_set_string(v, "error_message", h->error_message);
    hw_json_set(v, "processing_time", json_object_new_double(h->processing_time));
    hw_json_set_int(v, "retry_count", h->retry_count);
    hw_json_set_string(v, "source_ip", h->source_ip);
    return hw_json_write(v, p);
}

/* The feed keeps the last HW_LIVE_MAX: of a larger group the first need not be sent. A feed that
 * fails is no reason to hold anything up. */
static void
tell_live(hwd_recorder_t *r, const hw_record_t *rec)
{
    apr_pool_t *p = hwd_pool_get(r->d->pools);
    hw_result_t *res = hw_result_make(p);
    int from = rec->rows->nelts > HW_LIVE_MAX ? rec->rows->nelts - HW_LIVE_MAX : 0;
    hw_batch_t b = { .q = r->queue, .res = res, .p = p };

    for (int i = from; i < rec->rows->nelts; i++) {
        const hw_history_t *h = APR_ARRAY_IDX(rec->rows, i, const hw_history_t *);
        const char *argv[] = { "XADD", "hw:live", "MAXLEN", "~", APR_STRINGIFY(HW_LIVE_MAX), "*",
                               "json", live_json(h, p) };

        hw_batch_add(&b, 8, argv);
    }
    hw_batch_finish(&b);
    hwd_pool_put(r->d->pools, p);
}

/* Tries until Redis answers; a lease that is lost means another worker may have the entries, and
 * finds them in history. */
static void
ack_shard(hwd_recorder_t *r, int shard, const apr_array_header_t *ids, group_t *g)
{
    for (int tries = 0;; tries++) {
        apr_status_t rv;

        hw_result_reset(g->res);
        rv = hw_queue_ack(r->queue, shard, r->d->worker, (const char *const *)ids->elts,
                          ids->nelts, g->res, g->p);
        if (rv == APR_SUCCESS)
            return;
        if (rv == APR_EACCES && g->res->cls == HW_PERMANENT) {
            hwd_shard_rescan(r->d->shards, shard);
            return;
        }
        if (tries % 30 == 0)
            hw_log_result(r->d->log, HW_LOG_WARN, g->res, "acknowledging waits");
        if (give_up(r))
            return;
        apr_sleep(apr_time_from_msec(tries < 5 ? 100 : HWD_HOLD_MS));
    }
}

static void
finish_items(hwd_recorder_t *r, apr_array_header_t *finished, group_t *g)
{
    apr_array_header_t *ids[HW_SHARDS] = { NULL };

    for (int i = 0; i < finished->nelts; i++) {
        hwd_item_t *it = APR_ARRAY_IDX(finished, i, hwd_item_t *);

        if (ids[it->ev.shard] == NULL)
            ids[it->ev.shard] = apr_array_make(g->p, 64, sizeof(const char *));
        if (!g->refused && hwd_shard_owned(r->d->shards, it->ev.shard, it->epoch))
            hwd_item_entries(r->d->items, it, ids[it->ev.shard]);
    }
    for (int s = 0; s < HW_SHARDS; s++)
        if (ids[s] != NULL && ids[s]->nelts > 0)
            ack_shard(r, s, ids[s], g);
    for (int i = 0; i < finished->nelts; i++) {
        hwd_item_t *it = APR_ARRAY_IDX(finished, i, hwd_item_t *);

        hwd_shard_count(r->d->shards, it->ev.shard, -1);
        if (g->refused)
            hwd_shard_rescan(r->d->shards, it->ev.shard);
        hwd_item_free(r->d->items, it);
    }
}

static void
after(hwd_recorder_t *r, hwd_unit_t *units, group_t *g)
{
    apr_array_header_t *finished = apr_array_make(g->p, 64, sizeof(hwd_item_t *));

    for (hwd_unit_t *u = units; u != NULL; u = u->next) {
        if (!g->refused)
            count_rows(r, u, g->p);
        for (int i = 0; i < u->done->nelts; i++) {
            hwd_item_t *it = APR_ARRAY_IDX(u->done, i, hwd_item_t *);

            if (hwd_item_part_done(it))
                APR_ARRAY_PUSH(finished, hwd_item_t *) = it;
        }
    }
    finish_items(r, finished, g);
}

static const hwd_unit_t *
last_of(const hwd_unit_t *units)
{
    while (units->next != NULL)
        units = units->next;
    return units;
}

static void
record_group(hwd_recorder_t *r, hwd_unit_t *units)
{
    group_t g = { .units = units, .p = hwd_pool_get(r->d->pools) };
    hw_record_t rec;
    apr_status_t rv;

    g.res = hw_result_make(g.p);
    gather(units, &rec, g.p);
    rv = rec.rows->nelts > 0 ? store(r, &rec, &g) : APR_SUCCESS;
    if (rv == APR_SUCCESS) {
        committed(r, last_of(units));
        if (rec.rows->nelts > 0)
            tell_live(r, &rec); /* before their items, which own texts of the rows, are freed */
        after(r, units, &g);
    } else if (g.res->cls == HW_PERMANENT) {
        for (hwd_unit_t *u = units, *next; u != NULL; u = next) {
            next = u->next;
            u->next = NULL;
            g.refused = store_unit(r, u, &g) != APR_SUCCESS;
            committed(r, u);
            after(r, u, &g);
            u->next = next;
        }
    }
    while ((units = g.units) != NULL) {
        g.units = units->next;
        hwd_unit_free(units);
    }
    hwd_pool_put(r->d->pools, g.p);
}

static void *
run(void *data)
{
    hwd_recorder_t *r = data;
    hwd_unit_t *units;

    while ((units = take_group(r)) != NULL)
        record_group(r, units);
    return NULL;
}

apr_status_t
hwd_recorder_start(hwd_t *d)
{
    d->recorder->running = pthread_create(&d->recorder->thread, NULL, run, d->recorder) == 0;
    return d->recorder->running ? APR_SUCCESS : APR_ENOMEM;
}

void
hwd_recorder_stop(hwd_recorder_t *r, apr_time_t deadline)
{
    pthread_mutex_lock(&r->lock);
    r->stopping = 1;
    r->deadline = deadline;
    pthread_cond_broadcast(&r->work);
    pthread_cond_broadcast(&r->room);
    pthread_mutex_unlock(&r->lock);
    if (r->running)
        pthread_join(r->thread, NULL);
    r->running = 0;
    hw_queue_close(r->queue);
    hw_db_close(r->store->db);
}
