/* SPDX-License-Identifier: Apache-2.0 */
/* Watching endpoints for silence. */
#include "hookwised/silence.h"

#include <apr_strings.h>

#include "common/clock.h"
#include "common/store_work.h"
#include "hookwised/config.h"

#define BACKLOG_SECONDS 60 /* events older than that wait: webhooks may be among them */
#define JUMP_SECONDS 60    /* further apart than clocks drift: the clock was set */

typedef struct {
    hwd_t *d;
    hwd_config_t *cfg;
    hw_store_t *store;
    hw_queue_t *q;
    apr_time_t now;
    int backlog;   /* -1 = not asked yet */
    hw_result_t *res;
    apr_pool_t *p;
} look_t;

static int
watched(const hwd_endpoint_t *e)
{
    return e != NULL && e->ep != NULL && e->ep->enabled && !e->ep->draft && e->ep->timeout_alerts &&
           e->ep->timeout_hours > 0;
}

static apr_array_header_t *
watched_ids(const look_t *l)
{
    apr_array_header_t *ids = apr_array_make(l->p, 16, sizeof(const char *));

    for (apr_hash_index_t *at = apr_hash_first(l->p, l->cfg->endpoints); at; at = apr_hash_next(at)) {
        const hwd_endpoint_t *e = apr_hash_this_val(at);

        if (watched(e))
            APR_ARRAY_PUSH(ids, const char *) = e->id;
    }
    return ids;
}

static const char *
body(const look_t *l, const hw_silence_t *s, const char *state, apr_time_t since)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), l->p);

    hw_json_set_string(v, "state", state);
    hw_json_set_string(v, "since", hw_time_rfc3339(since, l->p));
    hw_json_set_bool(v, "seen", s->seen);
    hw_json_set_int(v, "hours", apr_time_sec(l->now - since) / 3600);
    return hw_json_write(v, l->p);
}

/* The id tells which silence and which interval: put into the queue twice it is handled once. */
static apr_status_t
queue(look_t *l, const hw_silence_t *s, const char *state, apr_time_t since, int interval)
{
    hw_event_t ev = {
        .request_id = hw_uuid_of(apr_psprintf(l->p, "heartbeat %s %" APR_TIME_T_FMT " %s %d",
                                              s->endpoint_id, since, state, interval), l->p),
        .endpoint_id = s->endpoint_id,
        .kind = HW_KIND_HEARTBEAT,
        .received_at = l->now,
        .source_ip = "", .method = "", .query = "", .headers_json = "{}",
        .auth_scheme = HW_KIND_HEARTBEAT, .auth_version = "",
        .rejected = "", .replay_of = "", .replay_by = "",
        .shard = hw_event_shard(s->endpoint_id),
    };
    hw_enqueue_t e = { .event = &ev };
    hw_enqueued_t done = { 0 };

    ev.body = body(l, s, state, since);
    ev.body_len = strlen(ev.body);
    return hw_enqueue(l->q, &e, &done, l->res, l->p);
}

static int
in_maintenance(const look_t *l, const hw_endpoint_t *ep)
{
    hw_window_hit_t hit;

    return l->cfg->plan.maintenance || hw_windows_active(ep->windows, l->now, &hit, l->p);
}

/* While old events wait to be recorded nobody knows who is silent. */
static apr_status_t
ask_backlog(look_t *l)
{
    hw_queue_status_t st = { 0 };
    apr_status_t rv = l->backlog < 0 ? hw_queue_status(l->q, &st, l->res, l->p) : APR_SUCCESS;

    if (rv == APR_SUCCESS && l->backlog < 0)
        l->backlog = st.oldest_seconds > BACKLOG_SECONDS;
    return rv;
}

/* A clock that is set back lets silence be told later; one set forward would let it be told of
 * everybody. */
static void
notice_jump(hwd_t *d, apr_time_t now)
{
    hwd_jump_t *j = &d->jump;
    apr_time_t mono = hw_clock_mono();
    apr_interval_time_t by;

    if (j->mono == 0) {
        j->wall = d->started;
        j->mono = d->started_mono;
    }
    by = (now - j->wall) - (mono - j->mono);
    j->wall = now;
    j->mono = mono;
    if (by < apr_time_from_sec(JUMP_SECONDS))
        return;
    j->before = now - by;
    j->by = by;
    hw_log(d->log, HW_LOG_WARN, "the clock was set forward by %d seconds: silence before that counts "
           "without them", (int)apr_time_sec(by));
}

static apr_interval_time_t
silent_for(const look_t *l, const hw_silence_t *s)
{
    const hwd_jump_t *j = &l->d->jump;

    return l->now - s->seen_at - (s->seen_at <= j->before ? j->by : 0);
}

static apr_status_t
silent(look_t *l, const hw_silence_t *s, const hw_endpoint_t *ep)
{
    apr_time_t interval = apr_time_from_sec((apr_int64_t)ep->timeout_hours * 3600);
    apr_int64_t n = silent_for(l, s) / interval;
    int told = s->told_since == s->seen_at ? s->told : 0;
    apr_status_t rv;

    if (n <= told || in_maintenance(l, ep))
        return APR_SUCCESS;
    if ((rv = ask_backlog(l)) != APR_SUCCESS || l->backlog ||
        (rv = queue(l, s, "silent", s->seen_at, (int)n)) != APR_SUCCESS)
        return rv;
    return hw_store_silence_told(l->store, s->endpoint_id, s->seen_at, (int)n, l->res, l->p);
}

static apr_status_t
alive(look_t *l, const hw_silence_t *s)
{
    apr_status_t rv = queue(l, s, "alive", s->told_since, 0);

    return rv == APR_SUCCESS ? hw_store_silence_over(l->store, s->endpoint_id, l->res, l->p) : rv;
}

static apr_status_t
look(look_t *l, const hw_silence_t *s)
{
    const hwd_endpoint_t *e = hwd_config_endpoint(l->cfg, s->endpoint_id);

    if (s->told_since > 0 && s->seen_at > s->told_since)
        return alive(l, s);
    return watched(e) ? silent(l, s, e->ep) : APR_SUCCESS;
}

apr_status_t
hwd_silence_look(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res)
{
    look_t l = { .d = d, .cfg = hwd_config_hold(d->configs), .store = store, .q = q,
                 .now = apr_time_now(), .backlog = -1, .res = res, .p = hwd_pool() };
    apr_array_header_t *rows = NULL;
    apr_status_t rv = hw_store_silence_list(store, watched_ids(&l), &rows, res, l.p);

    notice_jump(d, l.now);
    for (int i = 0; rv == APR_SUCCESS && i < rows->nelts; i++)
        rv = look(&l, APR_ARRAY_IDX(rows, i, const hw_silence_t *));
    hwd_config_release(l.cfg);
    apr_pool_destroy(l.p);
    return rv;
}
