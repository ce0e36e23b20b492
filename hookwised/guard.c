/* SPDX-License-Identifier: Apache-2.0 */
/* May this worker go on? The locks of a ticket to be made, and a last look before a request that
 * changes something leaves. */
#include <apr_strings.h>

#include "hookwised/shard.h"
#include "hookwised/stores.h"
#include "hookwised/turn.h"

#define SOON_MS 50          /* between two tries for a lock, at first */
#define LATER_MS 1000       /* and when its holder takes longer than … */
#define SOON_SECONDS 2
#define TELL_SECONDS 5      /* history says what is waited for */

/* --- waiting for another worker --------------------------------------------------------------- */

/* Longer than a holder needs that is alive: it searches, and creates. */
static apr_interval_time_t
patience(const hwd_step_t *s)
{
    return apr_time_from_sec(2 * hw_set_int(s->call.settings, "CW_TIMEOUT")) +
           apr_time_from_msec(HW_LEASE_MS);
}

/* Its session ends, and with it its locks: should it wake up, it finds that out before it sends. */
static void
fence(hwd_turn_t *t, hwd_step_t *s, const hw_ticket_key_t *key, apr_interval_time_t waited)
{
    hw_result_t *res = hw_result_make(s->p);
    hw_store_t *store = hwd_call_store(&s->call);
    int ended = 0;
    apr_status_t rv = hwd_call_done(&s->call, store,
                                    hw_store_ticket_fence(store, key, &ended, res, s->p));

    if (rv != APR_SUCCESS)
        hw_log_result(t->d->log, HW_LOG_WARN, res, "a lock that is held too long");
    else if (ended > 0)
        hw_log(t->d->log, HW_LOG_WARN, "request %s: another hookwised held the lock of its ticket "
               "for %d seconds: its database session was ended", s->job->item->ev.request_id,
               (int)apr_time_sec(waited));
}

static void
wait_for_holder(hwd_turn_t *t, hwd_step_t *s, const hw_ticket_key_t *key)
{
    hwd_job_t *job = s->job;
    apr_time_t now = hw_clock_mono();
    apr_interval_time_t waited;

    if (job->blocked_at == 0)
        job->blocked_at = now;
    waited = now - job->blocked_at;
    t->wait = HWD_WAIT_RETRY;
    t->until = now + apr_time_from_msec(waited < apr_time_from_sec(SOON_SECONDS) ? SOON_MS
                                                                                 : LATER_MS);
    if (waited > apr_time_from_sec(TELL_SECONDS) && !job->blocked_told) {
        job->blocked_told = 1;
        hwd_turn_waits(t, s, "another hookwised holds the lock of its ticket, and may be frozen");
    }
    if (waited > patience(s)) {
        fence(t, s, key, waited);
        job->blocked_at = now;
    }
}

/* --- the locks ---------------------------------------------------------------------------------- */

static void
give_back(hwd_step_t *s)
{
    hwd_stores_t *stores = s->call.d->stores;

    hwd_store_return(stores, s->call.store, HWD_STORE_HELD);
    hwd_ticket_leave(stores, s->key.company, s->key.summary);
    s->call.store = NULL;
    s->locked = 0;
}

static void
had(hwd_step_t *s)
{
    if (s->job->blocked_told)
        hw_trace_add(s->part.trace, "facts", "lock-waited",
                     "another hookwised held the lock of this ticket");
    s->job->blocked_at = 0;
}

static apr_status_t
lock(hwd_turn_t *t, hwd_step_t *s, hw_ticket_key_t key)
{
    hwd_stores_t *stores = s->call.d->stores;
    apr_status_t rv;

    s->key = key;
    hwd_ticket_enter(stores, key.company, key.summary);
    s->call.store = hwd_store_borrow(stores, HWD_STORE_HELD);
    rv = hw_store_ticket_lock(s->call.store, &s->key, &s->locked, s->res, s->p);
    if (rv == APR_SUCCESS && s->locked) {
        had(s);
        return APR_SUCCESS;
    }
    give_back(s);
    if (rv == APR_SUCCESS)
        wait_for_holder(t, s, &s->key);
    return rv;
}

apr_status_t
hwd_guard_lock(hwd_turn_t *t, hwd_step_t *s)
{
    hw_ticket_key_t key = { s->part.alert_key, s->part.company, s->part.summary };

    return lock(t, s, key);
}

/* Beside the locks of a create there is no waiting inside the process: who holds them waits for
 * nothing that another one of its threads may hold. */
apr_status_t
hwd_guard_ticket(hwd_turn_t *t, hwd_step_t *s, const char *ticket_id)
{
    hw_ticket_key_t key = hw_ticket_key_of(s->part.alert_key, s->part.destination, ticket_id, s->p);
    apr_status_t rv;

    if (!s->locked)
        return lock(t, s, key);
    if (s->shared)
        return APR_SUCCESS;
    s->ticket_key = key;
    rv = hw_store_ticket_lock(s->call.store, &s->ticket_key, &s->shared, s->res, s->p);
    if (rv == APR_SUCCESS && s->shared)
        had(s);
    else if (rv == APR_SUCCESS)
        wait_for_holder(t, s, &s->ticket_key);
    return rv;
}

void
hwd_guard_unlock(hwd_step_t *s)
{
    if (!s->locked)
        return;
    if (s->shared)
        hw_store_ticket_unlock(s->call.store, &s->ticket_key, s->p);
    s->shared = 0;
    hw_store_ticket_unlock(s->call.store, &s->key, s->p);
    give_back(s);
}

/* --- the last look -------------------------------------------------------------------------------- */

/* The clock comes last: asking the server is where one may be frozen, too. */
int
hwd_guard_may_send(void *step)
{
    hwd_step_t *s = step;
    const hwd_item_t *it = s->job->item;

    if (s->locked && hw_store_ticket_held(s->call.store, NULL, s->p) != APR_SUCCESS)
        return 0;
    return hwd_shard_fresh(s->call.d->shards, it->ev.shard, it->epoch);
}
