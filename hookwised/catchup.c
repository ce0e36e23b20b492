/* SPDX-License-Identifier: Apache-2.0 */
/* Catching up: rows kept and taken away in the order of lanes, replays made when windows end. */
#include "hookwised/catchup.h"

#include <apr_strings.h>
#include <string.h>

#include "common/store_work.h"
#include "hookwised/config.h"

#define REMEMBER_SECONDS 60 /* an endpoint counts as having rows after it got one */
#define AT_ONCE 200         /* requests queued in one round */

struct hwd_catchup_t {
    pthread_mutex_t reading; /* one at a time: what was read earlier must not replace what is newer */
    pthread_mutex_t lock;
    atomic_int any;
    apr_pool_t *p;          /* of the hash; both are replaced with each refresh */
    apr_hash_t *endpoints;  /* id → apr_time_t *: when it was known to have rows */
};

static apr_status_t
free_set(void *data)
{
    apr_pool_destroy(((hwd_catchup_t *)data)->p);
    return APR_SUCCESS;
}

apr_status_t
hwd_catchup_make(hwd_t *d)
{
    hwd_catchup_t *c = apr_pcalloc(d->p, sizeof(*c));

    pthread_mutex_init(&c->reading, NULL);
    pthread_mutex_init(&c->lock, NULL);
    c->p = hwd_pool();
    c->endpoints = apr_hash_make(c->p);
    apr_pool_cleanup_register(d->p, c, free_set, apr_pool_cleanup_null);
    d->catchup = c;
    return APR_SUCCESS;
}

/* --- which endpoints have rows ------------------------------------------------------------------ */

static void
remember(apr_hash_t *set, const char *id, apr_time_t at, apr_pool_t *p)
{
    apr_time_t *known = apr_hash_get(set, id, APR_HASH_KEY_STRING);

    if (known == NULL) {
        known = apr_palloc(p, sizeof(*known));
        apr_hash_set(set, apr_pstrdup(p, id), APR_HASH_KEY_STRING, known);
    }
    *known = at;
}

static void
kept(hwd_catchup_t *c, const char *id)
{
    pthread_mutex_lock(&c->lock);
    remember(c->endpoints, id, hw_clock_mono(), c->p);
    atomic_store(&c->any, 1);
    pthread_mutex_unlock(&c->lock);
}

static int
may_have(hwd_catchup_t *c, const char *id)
{
    int yes;

    if (!atomic_load(&c->any))
        return 0;
    pthread_mutex_lock(&c->lock);
    yes = apr_hash_get(c->endpoints, id, APR_HASH_KEY_STRING) != NULL;
    pthread_mutex_unlock(&c->lock);
    return yes;
}

/* What was kept a moment ago may not be in the list yet: it stays known. */
static apr_status_t
refresh(hwd_t *d, hw_store_t *store, hw_result_t *res)
{
    hwd_catchup_t *c = d->catchup;
    apr_pool_t *p = hwd_pool(), *old;
    apr_hash_t *set = apr_hash_make(p);
    apr_time_t now = hw_clock_mono();
    apr_array_header_t *ids = NULL;
    apr_status_t rv = hw_store_catch_up_endpoints(store, &ids, res, p);

    if (rv != APR_SUCCESS) {
        apr_pool_destroy(p);
        return rv;
    }
    for (int i = 0; i < ids->nelts; i++)
        remember(set, APR_ARRAY_IDX(ids, i, const char *), 0, p);
    pthread_mutex_lock(&c->lock);
    for (apr_hash_index_t *at = apr_hash_first(p, c->endpoints); at; at = apr_hash_next(at)) {
        const apr_time_t *when = apr_hash_this_val(at);

        if (*when > now - apr_time_from_sec(REMEMBER_SECONDS))
            remember(set, apr_hash_this_key(at), *when, p);
    }
    old = c->p;
    c->p = p;
    c->endpoints = set;
    atomic_store(&c->any, apr_hash_count(set) > 0);
    pthread_mutex_unlock(&c->lock);
    apr_pool_destroy(old);
    return APR_SUCCESS;
}

apr_status_t
hwd_catchup_refresh(hwd_t *d, hw_store_t *store, hw_result_t *res)
{
    apr_status_t rv;

    pthread_mutex_lock(&d->catchup->reading);
    rv = refresh(d, store, res);
    pthread_mutex_unlock(&d->catchup->reading);
    return rv;
}

/* --- a job on its way ---------------------------------------------------------------------------- */

static int
opens(const hw_part_t *part)
{
    return part->kind == HW_KIND_OPEN ||
           (part->kind == HW_KIND_OTHER && part->on_unknown == HW_UNKNOWN_OPEN);
}

static int
our_replay(const hw_event_t *ev)
{
    return strcmp(ev->kind, "replay") == 0 && strcmp(ev->replay_by, HW_BY_CATCH_UP) == 0;
}

static apr_status_t
wanted(hwd_step_t *s, const char **over)
{
    hw_store_t *store = hwd_call_store(&s->call);
    int yes = 0;
    apr_status_t rv = hwd_call_done(&s->call, store,
                                    hw_store_catch_up_wanted(store, s->job->item->ev.request_id,
                                                             s->part.part, &yes, s->res, s->p));

    if (rv != APR_SUCCESS)
        return rv;
    if (yes) {
        hw_trace_add(s->part.trace, "maintenance", "catch-up",
                     "The maintenance window has ended and this was the last of its alert.");
        return APR_SUCCESS;
    }
    *over = "Nothing is left to catch up with: the alert recovered, or something newer came.";
    hw_trace_add(s->part.trace, "maintenance", "caught-up", "%s", *over);
    return APR_SUCCESS;
}

static apr_status_t
keep(hwd_turn_t *t, hwd_step_t *s)
{
    hw_store_t *store = hwd_call_store(&s->call);

    kept(t->d->catchup, s->part.endpoint_id); /* first: who comes next must ask */
    return hwd_call_done(&s->call, store, hw_store_catch_up_keep(store, &s->part, &s->job->item->ev,
                                                                 s->res, s->p));
}

/* A recovery counts also when the window suppresses it. */
static int
cancels(const hw_part_t *part)
{
    if (part->kind == HW_KIND_CLOSE)
        return !part->drop || strcmp(part->drop_reason, "maintenance") == 0;
    return !part->drop && opens(part);
}

apr_status_t
hwd_catchup_look(hwd_turn_t *t, hwd_step_t *s, const char **over)
{
    hw_store_t *store;
    apr_status_t rv;

    *over = NULL;
    if (our_replay(&s->job->item->ev)) {
        rv = wanted(s, over);
        if (rv != APR_SUCCESS || *over != NULL || !s->part.catch_up)
            return rv; /* its row goes when it is recorded */
    }
    if (s->part.drop && s->part.catch_up && opens(&s->part))
        return keep(t, s);
    if (!cancels(&s->part) || !may_have(t->d->catchup, s->part.endpoint_id))
        return APR_SUCCESS;
    store = hwd_call_store(&s->call);
    return hwd_call_done(&s->call, store,
                         hw_store_catch_up_cancel(store, &s->part, s->res, s->p));
}

/* --- the end of windows --------------------------------------------------------------------------- */

/* Its windows are over, or were taken away. Of a disabled endpoint nothing is replayed. */
static int
may_go_on(const hwd_config_t *cfg, const char *id, apr_time_t now, apr_pool_t *p)
{
    const hwd_endpoint_t *e = hwd_config_endpoint(cfg, id);
    hw_window_hit_t hit;

    return e != NULL && e->ep != NULL && e->ep->enabled && !e->ep->draft &&
           !hw_windows_active(e->ep->windows, now, &hit, p);
}

static apr_array_header_t *
ready(hwd_t *d, hwd_config_t *cfg, apr_time_t now, apr_pool_t *p)
{
    hwd_catchup_t *c = d->catchup;
    apr_array_header_t *ids = apr_array_make(p, 8, sizeof(const char *));

    pthread_mutex_lock(&c->lock);
    for (apr_hash_index_t *at = apr_hash_first(p, c->endpoints); at; at = apr_hash_next(at)) {
        const char *id = apr_hash_this_key(at);

        if (!cfg->plan.maintenance && may_go_on(cfg, id, now, p))
            APR_ARRAY_PUSH(ids, const char *) = apr_pstrdup(p, id);
    }
    pthread_mutex_unlock(&c->lock);
    return ids;
}

/* A request that is not in history is still being recorded, or its day was dropped. */
static apr_status_t
without_history(hwd_t *d, hw_store_t *store, const hw_catch_up_t *c, apr_time_t now,
                hw_result_t *res, apr_pool_t *p)
{
    hw_result_reset(res);
    if (now - c->received_at < apr_time_from_sec(86400))
        return APR_SUCCESS;
    hw_log(d->log, HW_LOG_WARN, "endpoint %s: a request to be looked at after maintenance is no "
           "longer in history", c->endpoint_id);
    return hw_store_catch_up_drop(store, c->replay_request, res, p);
}

static apr_status_t
queue_one(hwd_t *d, hw_store_t *store, hw_queue_t *q, const hw_catch_up_t *c, hw_result_t *res,
          apr_pool_t *p)
{
    apr_time_t now = apr_time_now();
    hw_enqueue_t e = { 0 };
    hw_enqueued_t done = { 0 };
    hw_event_t *ev = NULL;
    apr_status_t rv = APR_NOTFOUND;

    if (c->history_id != NULL)
        rv = hw_store_history_event(store, c->history_id, &ev, res, p);
    if (rv == APR_NOTFOUND)
        return without_history(d, store, c, now, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    hw_event_replay(ev, &(hw_replay_of_t){ .of = c->history_id, .by = HW_BY_CATCH_UP, .at = now,
                                           .request_id = c->replay_request });
    e.event = ev;
    if ((rv = hw_enqueue(q, &e, &done, res, p)) != APR_SUCCESS)
        return rv;
    return hw_store_catch_up_queued(store, c->replay_request, now, res, p);
}

apr_status_t
hwd_catchup_replay(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res)
{
    apr_pool_t *p = hwd_pool();
    hwd_config_t *cfg = hwd_config_hold(d->configs);
    apr_array_header_t *ids, *due = NULL;
    apr_time_t now = apr_time_now();
    apr_status_t rv = APR_SUCCESS;

    ids = ready(d, cfg, now, p);
    if (ids->nelts > 0)
        rv = hw_store_catch_up_due(store, ids, AT_ONCE, now, &due, res, p);
    for (int i = 0; due != NULL && rv == APR_SUCCESS && i < due->nelts; i++)
        rv = queue_one(d, store, q, APR_ARRAY_IDX(due, i, const hw_catch_up_t *), res, p);
    if (rv == APR_SUCCESS && ids->nelts > 0)
        rv = hw_store_catch_up_done(store, now, res, p);
    hwd_config_release(cfg);
    apr_pool_destroy(p);
    return rv;
}
