/* SPDX-License-Identifier: Apache-2.0 */
/* Token bucket, breaker and back-off: arithmetic only. */
#include "hookwised/rate.h"

#include <string.h>

#include "hookwised/daemon.h"

#define KEEP_PART 15.0 /* of a minute's tokens, one part is kept: four seconds' worth */

static void
fill(hwd_rate_t *r, apr_time_t now)
{
    if (now > r->filled_at) {
        r->tokens += r->per_second * (double)(now - r->filled_at) / APR_USEC_PER_SEC;
        if (r->tokens > r->capacity)
            r->tokens = r->capacity;
    }
    r->filled_at = now;
}

/* With what is kept: the limit in any minute. */
static void
set_pace(hwd_rate_t *r)
{
    double share = (double)r->per_minute / (r->workers > 0 ? r->workers : 1);

    r->capacity = share / KEEP_PART;
    if (r->capacity < 1)
        r->capacity = 1;
    r->per_second = (share - r->capacity) / 60;
    if (r->per_second <= 0)
        r->per_second = share / 2 / 60;
}

void
hwd_rate_init(hwd_rate_t *r, int per_minute, apr_time_t now)
{
    memset(r, 0, sizeof(*r));
    if (per_minute <= 0)
        return;
    r->per_minute = per_minute;
    set_pace(r);
    r->tokens = r->capacity;
    r->filled_at = now;
}

int
hwd_rate_share(hwd_rate_t *r, int workers, apr_time_t now)
{
    int before = r->workers;

    if (r->per_minute <= 0 || workers == before)
        return 0;
    fill(r, now);
    r->workers = workers;
    set_pace(r);
    if (before == 0 && workers > 1)
        r->tokens = 0;
    else if (r->tokens > r->capacity)
        r->tokens = r->capacity;
    return before > 0 || workers > 1;
}

/* The caller comes back when its turn at the bucket's pace has come, not all at one moment. */
static apr_time_t
next_slot(hwd_rate_t *r, hwd_prio_e prio, double lacking, int cost, apr_time_t now)
{
    apr_time_t first = now + (apr_time_t)(lacking / r->per_second * APR_USEC_PER_SEC);
    apr_time_t pace = (apr_time_t)(cost / r->per_second * APR_USEC_PER_SEC);
    apr_time_t slot = r->slot[prio] > now ? r->slot[prio] + pace : first;

    if (slot < first)
        slot = first;
    r->slot[prio] = slot;
    return slot;
}

int
hwd_rate_take(hwd_rate_t *r, hwd_prio_e prio, int cost, apr_time_t now, apr_time_t *again)
{
    static const double reserved[HWD_PRIO_COUNT] = { 0.0, 0.1, 0.2 };
    double need;

    if (r->paused_until > now) {
        *again = r->paused_until;
        return 0;
    }
    if (r->per_second <= 0)
        return 1;
    fill(r, now);
    need = cost + reserved[prio] * r->capacity;
    if (need > r->capacity)
        need = r->capacity;
    if (r->tokens >= need) {
        r->tokens -= cost;
        return 1;
    }
    *again = next_slot(r, prio, need - r->tokens, cost, now);
    return 0;
}

void
hwd_rate_charge(hwd_rate_t *r, int cost, apr_time_t now)
{
    if (r->per_second <= 0)
        return;
    fill(r, now);
    r->tokens -= cost;
}

void
hwd_rate_pause(hwd_rate_t *r, apr_time_t until)
{
    if (until > r->paused_until)
        r->paused_until = until;
}

int
hwd_breaker_ok(hwd_breaker_t *b)
{
    int changed = b->open;

    memset(b, 0, sizeof(*b));
    return changed;
}

int
hwd_breaker_fail(hwd_breaker_t *b, apr_time_t now)
{
    b->fails++;
    if (b->open || b->fails < HWD_BREAKER_FAILS)
        return 0;
    b->open = 1;
    b->opened_at = now;
    b->probes = 0;
    b->probe_at = now + apr_time_from_msec(HWD_PROBE_FIRST_MS);
    return 1;
}

void
hwd_breaker_probe_failed(hwd_breaker_t *b, apr_time_t now)
{
    long ms = HWD_PROBE_FIRST_MS;

    b->probes++;
    for (int i = 0; i < b->probes && ms < HWD_PROBE_MAX_MS; i++)
        ms *= 2;
    if (ms > HWD_PROBE_MAX_MS)
        ms = HWD_PROBE_MAX_MS;
    b->probe_at = now + apr_time_from_msec(ms);
}

apr_interval_time_t
hwd_backoff(int n, long base_ms, double random)
{
    double ms = (double)base_ms;

    for (int i = 1; i < n && ms < HWD_BACKOFF_MAX_MS; i++)
        ms *= 2;
    if (ms > HWD_BACKOFF_MAX_MS)
        ms = HWD_BACKOFF_MAX_MS;
    return (apr_interval_time_t)(ms * random * 1000);
}
