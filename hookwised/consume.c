/* SPDX-License-Identifier: Apache-2.0 */
/* Stream entries in, jobs in lanes out. */
#include "hookwised/consume.h"

#include <apr_strings.h>
#include <string.h>

#include "common/auth.h"
#include "hookwised/catchup.h"
#include "hookwised/lane.h"
#include "hookwised/metrics.h"
#include "hookwised/park.h"
#include "hookwised/shard.h"
#include "hookwised/status.h"
#include "hookwised/stores.h"

#define REMEMBERED 5000        /* rows of history: more than Redis can lose in two seconds */
#define UNREADY_BEAT_SECONDS 5 /* heartbeat of a worker that is still waiting for its database */

struct hwd_consumer_t {
    hwd_t *d;
    hw_queue_t *q;
    hw_store_t *store;
    pthread_t thread;
    apr_time_t next_pulse;
    double mean;         /* bytes of an event, of those read lately */
    int down;            /* Redis did not answer last time: said once */
};

/* --- what an event needs before it is planned ------------------------------------------------- */

/* The record in force; waits, with everything that is behind, until Redis shows one. */
static apr_status_t
record_in_force(hwd_consumer_t *c, const char *id, const char **record, hw_result_t *res,
                apr_pool_t *p)
{
    int published = 0;

    while (!atomic_load(&c->d->stopping)) {
        hw_result_reset(res);
        if (hw_queue_record(c->q, id, record, &published, res, p) == APR_SUCCESS && published)
            return APR_SUCCESS;
        atomic_store(&c->d->publish, 1);
        hwd_nap(c->d, 200);
    }
    return APR_EINTR;
}

/* Accepted when its credentials could be compared with the record of the time only: acted upon
 * only when that record is still in force. */
static apr_status_t
compare_version(hwd_consumer_t *c, hwd_item_t *it, hw_result_t *res, apr_pool_t *p)
{
    const char *record = NULL, *in_force;
    apr_status_t rv = record_in_force(c, it->ev.endpoint_id, &record, res, p);

    if (rv != APR_SUCCESS || record == NULL)
        return rv;
    in_force = hw_auth_credentials(record, strlen(record), p);
    if (in_force != NULL && strcmp(in_force, it->ev.auth_version) == 0)
        return APR_SUCCESS;
    it->only.status = "rejected";
    it->only.text = "accepted while Redis did not answer, checked against credentials of the "
                    "endpoint that are no longer in force";
    return APR_SUCCESS;
}

static int
known_kind(const char *kind)
{
    return strcmp(kind, "webhook") == 0 || strcmp(kind, "replay") == 0 ||
           strcmp(kind, HW_KIND_HEARTBEAT) == 0;
}

/* Events that are recorded and not acted upon. APR_EINTR: the daemon stops. */
static apr_status_t
judge(hwd_consumer_t *c, hwd_item_t *it, hw_result_t *res, apr_pool_t *p)
{
    const hwd_endpoint_t *e = it->endpoint;

    if (it->ev.rejected[0] != '\0') {
        it->only.status = "rejected";
        it->only.text = it->ev.rejected;
    } else if (e == NULL) {
        it->only.status = "failed";
        it->only.text = "the endpoint does not exist any more";
    } else if (e->ep == NULL) {
        it->only.status = "failed";
        it->only.text = e->error;
    } else if (!known_kind(it->ev.kind)) {
        it->only.status = "failed";
        it->only.text = "this version does not handle events of this kind";
    } else if (it->ev.unverified) {
        return compare_version(c, it, res, p);
    }
    return APR_SUCCESS;
}

/* --- into the lanes ----------------------------------------------------------------------------- */

static hwd_prio_e
urgency(const hw_part_t *part)
{
    switch (part->kind) {
    case HW_KIND_CLOSE:
        return HWD_PRIO_RECOVERY;
    case HW_KIND_OPEN:
        return HWD_PRIO_CREATE;
    default:
        return HWD_PRIO_NOTE;
    }
}

typedef struct {
    const char *lane, *dest;
} place_t;

/* Keys are copied first: once the last job is in its lane the item may be gone. */
static void
enqueue(hwd_t *d, hwd_item_t *it, const hw_plan_t *plan, apr_pool_t *p)
{
    int n = plan != NULL ? plan->parts->nelts : 1;
    place_t *places = apr_palloc(p, sizeof(*places) * (apr_size_t)n);
    hwd_job_t *jobs;

    hwd_item_begin(d->items, it, n);
    hwd_shard_count(d->shards, it->ev.shard, 1);
    jobs = it->jobs;
    for (int i = 0; i < n; i++) {
        const hw_part_t *part = plan != NULL ? APR_ARRAY_IDX(plan->parts, i, hw_part_t *) : NULL;

        places[i].lane = part != NULL ? apr_pstrdup(p, part->lane)
                                      : apr_pstrcat(p, "!", it->ev.endpoint_id, NULL);
        places[i].dest = part != NULL ? apr_pstrdup(p, part->destination) : "";
        jobs[i].prio = part != NULL ? urgency(part) : HWD_PRIO_NOTE;
    }
    if (plan != NULL)
        hwd_item_release(d->items, it, 1);
    for (int i = 0; i < n; i++)
        hwd_lanes_add(d->lanes, places[i].lane, places[i].dest, &jobs[i]);
}

static void
take_in(hwd_consumer_t *c, const hw_event_t *ev, hwd_config_t *cfg, apr_pool_t *p)
{
    hwd_t *d = c->d;
    hw_result_t *res = hw_result_make(p);
    hw_plan_t *plan = NULL;
    hwd_item_t *it;

    if (hwd_park(c->d, ev, cfg))
        return;
    it = hwd_item_make(d->items, ev, cfg, hwd_shard_at(d->shards, ev->shard)->epoch);
    if (it == NULL)
        return; /* in flight already */
    it->endpoint = hwd_config_endpoint(cfg, it->ev.endpoint_id);
    if (judge(c, it, res, p) != APR_SUCCESS) {
        hwd_item_free(d->items, it); /* stays pending: the next start takes it up */
        return;
    }
    if (it->only.status == NULL && hwd_item_hold(d->items, it, &plan, res) != APR_SUCCESS) {
        it->only.status = "failed";
        it->only.text = "the event could not be planned";
        hw_log_result(d->log, HW_LOG_ERROR, res, "planning an event");
    }
    enqueue(d, it, it->only.status == NULL ? plan : NULL, p);
}

/* --- entries that are no events ------------------------------------------------------------------- */

/* Copies the entry's fields, whatever they are, to the stream hw:bad. */
static apr_status_t
keep_bad(hwd_consumer_t *c, const hw_bad_entry_t *bad, hw_result_t *res, apr_pool_t *p)
{
    redisReply *reply, *fields;
    const char **argv;
    apr_size_t *lens, n = 0;
    apr_status_t rv = hw_queue_commandf(c->q, &reply, res, p, "XRANGE %s%d %s %s",
                                        HW_STREAM_PREFIX, bad->shard, bad->entry_id,
                                        bad->entry_id);

    if (rv != APR_SUCCESS || reply->elements == 0 || reply->element[0]->elements < 2)
        return rv;
    fields = reply->element[0]->element[1];
    argv = apr_palloc(p, sizeof(*argv) * (fields->elements + 8));
    lens = apr_palloc(p, sizeof(*lens) * (fields->elements + 8));
    for (const char *const *w = (const char *const[]){ "XADD", "hw:bad", "MAXLEN", "~", "10000",
                                                       "*", "why", bad->why, NULL };
         *w != NULL; w++) {
        argv[n] = *w;
        lens[n++] = strlen(*w);
    }
    for (apr_size_t i = 0; i < fields->elements; i++) {
        argv[n] = fields->element[i]->str;
        lens[n++] = fields->element[i]->len;
    }
    return hw_queue_command(c->q, (int)n, argv, lens, &reply, res, p);
}

static void
set_aside(hwd_consumer_t *c, const apr_array_header_t *list, hw_result_t *res, apr_pool_t *p)
{
    for (int i = 0; i < list->nelts; i++) {
        const hw_bad_entry_t *bad = &APR_ARRAY_IDX(list, i, const hw_bad_entry_t);

        if (bad->newer) {
            hw_log(c->d->log, HW_LOG_WARN, "shard %d entry %s stays pending for a newer hookwised: "
                   "%s", bad->shard, bad->entry_id, bad->why);
            continue;
        }
        hw_log(c->d->log, HW_LOG_ERROR, "shard %d entry %s is no event, kept in hw:bad: %s",
               bad->shard, bad->entry_id, bad->why);
        if (keep_bad(c, bad, res, p) == APR_SUCCESS)
            hw_queue_ack(c->q, bad->shard, c->d->worker, &bad->entry_id, 1, res, p);
    }
}

/* --- reading -------------------------------------------------------------------------------------- */

static void
pulse(hwd_consumer_t *c, hw_result_t *res)
{
    hwd_t *d = c->d;

    if (hw_clock_mono() < c->next_pulse)
        return;
    c->next_pulse = hw_clock_mono() + apr_time_from_msec(HWD_PULSE_MS);
    if (!atomic_load(&d->published) &&
        hw_clock_mono() - d->started_mono < apr_time_from_sec(UNREADY_BEAT_SECONDS))
        return;
    if (hwd_status_write(d, c->q, res) != APR_SUCCESS)
        return;
    if (atomic_load(&d->published))
        hwd_shards_renew(d, c->q, res);
    hwd_metrics_flush(d->metrics, c->q, res);
}

/* The configuration of this very moment; waits for the database while it is away. 0: the daemon
 * stops. */
static int
refresh(hwd_consumer_t *c)
{
    apr_pool_t *p = hwd_pool();
    hw_result_t *res = hw_result_make(p);
    apr_status_t rv;

    while ((rv = hwd_configs_fresh(c->d, c->store, res)) != APR_SUCCESS &&
           !atomic_load(&c->d->stopping)) {
        pulse(c, res);
        hwd_nap(c->d, 200);
        apr_pool_clear(p);
        res = hw_result_make(p);
    }
    apr_pool_destroy(p);
    return rv == APR_SUCCESS;
}

static void
take_all(hwd_consumer_t *c, const apr_array_header_t *events, const apr_array_header_t *bad,
         hw_result_t *res, apr_pool_t *p)
{
    hwd_config_t *cfg;

    if (events->nelts + bad->nelts == 0)
        return;
    if (!refresh(c))
        return; /* what was read stays pending */
    cfg = hwd_config_hold(c->d->configs);
    for (int i = 0; i < events->nelts && !atomic_load(&c->d->stopping); i++) {
        const hw_event_t *ev = APR_ARRAY_IDX(events, i, const hw_event_t *);

        c->mean += ((double)ev->body_len - c->mean) / 64;
        take_in(c, ev, cfg, p);
    }
    hwd_config_release(cfg);
    set_aside(c, bad, res, p);
}

static void
groups_gone(hwd_consumer_t *c, hw_result_t *res, apr_pool_t *p)
{
    hw_log(c->d->log, HW_LOG_WARN, "Redis has lost its streams: making them anew");
    atomic_store(&c->d->publish, 1);
    for (int i = 0; i < HW_SHARDS; i++)
        if (hwd_shard_at(c->d->shards, i)->held)
            hw_queue_ensure_group(c->q, i, res, p);
    c->next_pulse = 0; /* leases and heartbeat are gone as well */
}

/* Few large events are as much memory as many small ones. */
static int
read_count(const hwd_consumer_t *c, int shards)
{
    double n = HWD_READ_BYTES / (c->mean + 1024) / shards;

    return n < 1 ? 1 : n < HWD_READ_COUNT ? (int)n : HWD_READ_COUNT;
}

static apr_status_t
read_new(hwd_consumer_t *c, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *events, *bad;
    int shards[HW_SHARDS], n = 0;
    apr_status_t rv;

    for (int i = 0; i < HW_SHARDS; i++) {
        const hwd_shard_t *sh = hwd_shard_at(c->d->shards, i);

        if (sh->held && !sh->claim && !sh->leaving)
            shards[n++] = i;
    }
    if (n == 0) {
        hwd_nap(c->d, HWD_READ_BLOCK_MS);
        return APR_SUCCESS;
    }
    rv = hw_queue_read(c->q, shards, n, c->d->worker, read_count(c, n), HWD_READ_BLOCK_MS,
                       &events, &bad, res, p);
    if (rv == APR_SUCCESS)
        take_all(c, events, bad, res, p);
    return rv;
}

/* What was pending when a shard became ours goes before anything new of it. */
static apr_status_t
claim_some(hwd_consumer_t *c, int shard, hw_result_t *res, apr_pool_t *p)
{
    hwd_shard_t *sh = hwd_shard_at(c->d->shards, shard);
    apr_array_header_t *events, *bad;
    apr_status_t rv = hw_queue_claim(c->q, shard, c->d->worker, read_count(c, 1), &sh->cursor,
                                     &events, &bad, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    take_all(c, events, bad, res, p);
    apr_cpystrn(sh->buffer, sh->cursor, sizeof(sh->buffer));
    sh->cursor = sh->buffer;
    if (strcmp(sh->cursor, "0-0") == 0)
        sh->claim = 0;
    return APR_SUCCESS;
}

/* What the owner before us knew by itself. A Redis that lost its last moments (a failover, a power
 * cut without appendfsync always) has events as new that were acknowledged then: who recorded them
 * remembers them, we ask history for its last ones. And a recovery must find what was kept for the
 * end of its maintenance. */
static apr_status_t
learn(hwd_consumer_t *c, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *ids;
    apr_status_t rv;

    if (!atomic_exchange(&c->d->gained, 0))
        return APR_SUCCESS;
    if ((rv = hwd_catchup_refresh(c->d, c->store, res)) != APR_SUCCESS ||
        (rv = hw_store_recorded_last(c->store, REMEMBERED, &ids, res, p)) != APR_SUCCESS) {
        atomic_store(&c->d->gained, 1);
        return rv;
    }
    for (int i = 0; i < ids->nelts; i++)
        hwd_items_remember(c->d->items, APR_ARRAY_IDX(ids, i, const char *));
    return APR_SUCCESS;
}

static apr_status_t
read_some(hwd_consumer_t *c, hw_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = learn(c, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    hwd_unpark(c->d);
    for (int i = 0; i < HW_SHARDS; i++)
        if (hwd_shard_at(c->d->shards, i)->held && hwd_shard_at(c->d->shards, i)->claim)
            return claim_some(c, i, res, p);
    return read_new(c, res, p);
}

/* --- the thread --------------------------------------------------------------------------------- */

/* The answer that was lost may have held events, which Redis counts as delivered to us: they are
 * claimed before anything new is read. Those in flight are known and not taken in again. */
static void
trouble(hwd_consumer_t *c, const hw_result_t *res)
{
    if (!c->down)
        hw_log_result(c->d->log, HW_LOG_WARN, res, "reading events waits");
    c->down = 1;
    for (int i = 0; i < HW_SHARDS; i++)
        if (hwd_shard_at(c->d->shards, i)->held)
            hwd_shard_claim(c->d->shards, i);
    hwd_nap(c->d, 200);
    c->next_pulse = 0;
}

static void
round_once(hwd_consumer_t *c)
{
    apr_pool_t *p = hwd_pool_get(c->d->pools);
    hw_result_t *res = hw_result_make(p);
    apr_status_t rv;

    pulse(c, res);
    if (!atomic_load(&c->d->published)) {
        hwd_nap(c->d, 50);
        c->next_pulse = atomic_load(&c->d->published) ? 0 : c->next_pulse;
    } else if (hwd_items_room(c->d->items, 200)) {
        hw_result_reset(res);
        rv = read_some(c, res, p);
        if (rv != APR_SUCCESS && strcmp(res->problem, "redis-nogroup") == 0) {
            groups_gone(c, res, p);
        } else if (rv != APR_SUCCESS) {
            trouble(c, res);
        } else {
            if (c->down)
                hw_log(c->d->log, HW_LOG_INFO, "reading events goes on");
            c->down = 0;
            atomic_store(&c->d->consuming, 1);
        }
    }
    hwd_pool_put(c->d->pools, p);
}

static void *
run(void *data)
{
    hwd_consumer_t *c = data;

    while (!atomic_load(&c->d->stopping))
        round_once(c);
    return NULL;
}

apr_status_t
hwd_consumer_start(hwd_t *d, hwd_consumer_t **out, hw_result_t *res)
{
    hwd_consumer_t *c = apr_pcalloc(d->p, sizeof(*c));
    apr_status_t rv;

    c->d = d;
    *out = c;
    if ((rv = hw_queue_make(&d->redis, &c->q, res, hwd_pool_below(d->p))) != APR_SUCCESS ||
        (rv = hwd_store_own(d, &c->store, res, hwd_pool_below(d->p))) != APR_SUCCESS)
        return rv;
    if (pthread_create(&c->thread, NULL, run, c) != 0)
        return hw_fail(res, APR_ENOMEM, "no-threads", "the consumer's thread cannot be started");
    return APR_SUCCESS;
}

void
hwd_consumer_join(hwd_consumer_t *c)
{
    pthread_join(c->thread, NULL);
}

void
hwd_consumer_leave(hwd_consumer_t *c)
{
    apr_pool_t *p = hwd_pool();

    hwd_metrics_flush(c->d->metrics, c->q, hw_result_make(p));
    hwd_shards_drop_all(c->d, c->q);
    hwd_status_remove(c->d, c->q);
    hw_queue_close(c->q);
    hw_db_close(c->store->db);
    apr_pool_destroy(p);
}
