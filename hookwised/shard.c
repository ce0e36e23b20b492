/* SPDX-License-Identifier: Apache-2.0 */
/* Leases of shards: taking, renewing, sharing out, losing. */
#include "hookwised/shard.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "hookwised/dest.h"

struct hwd_shards_t {
    hwd_shard_t at[HW_SHARDS];       /* consumer's thread only */
    _Atomic apr_time_t renewed[HW_SHARDS]; /* when the renewal was asked for that succeeded last */
    atomic_uint epoch[HW_SHARDS];    /* of the lease held; odd = held */
    atomic_int rescan[HW_SHARDS];
    atomic_int in_flight[HW_SHARDS];
};

apr_status_t
hwd_shards_make(hwd_t *d)
{
    hwd_shards_t *s = apr_pcalloc(d->p, sizeof(*s));

    for (int i = 0; i < HW_SHARDS; i++)
        s->at[i].cursor = "0-0";
    d->shards = s;
    return APR_SUCCESS;
}

hwd_shard_t *
hwd_shard_at(hwd_shards_t *s, int shard)
{
    return &s->at[shard];
}

int
hwd_shard_owned(hwd_shards_t *s, int shard, unsigned epoch)
{
    return atomic_load(&s->epoch[shard]) == epoch;
}

/* By our own clock, which is ahead of Redis': it began counting when the lease was asked for. */
int
hwd_shard_fresh(hwd_shards_t *s, int shard, unsigned epoch)
{
    return hw_clock_mono() - atomic_load(&s->renewed[shard]) < apr_time_from_msec(HW_LEASE_MS) &&
           hwd_shard_owned(s, shard, epoch);
}

void
hwd_shard_rescan(hwd_shards_t *s, int shard)
{
    atomic_store(&s->rescan[shard], 1);
}

void
hwd_shard_count(hwd_shards_t *s, int shard, int by)
{
    atomic_fetch_add(&s->in_flight[shard], by);
}

int
hwd_shards_list(hwd_shards_t *s, int *out)
{
    int n = 0;

    for (int i = 0; i < HW_SHARDS; i++)
        if (atomic_load(&s->epoch[i]) % 2 == 1)
            out[n++] = i;
    return n;
}

/* --- gaining and losing --------------------------------------------------------------------------- */

void
hwd_shard_claim(hwd_shards_t *s, int shard)
{
    s->at[shard].claim = 1;
    s->at[shard].cursor = "0-0";
}

static void
gain(hwd_t *d, hw_queue_t *q, int shard, apr_time_t asked, hw_result_t *res, apr_pool_t *p)
{
    hwd_shards_t *s = d->shards;
    hwd_shard_t *sh = &s->at[shard];

    if (hw_queue_ensure_group(q, shard, res, p) != APR_SUCCESS)
        return; /* asked again with the next renewal */
    sh->held = 1;
    sh->leaving = 0;
    atomic_store(&s->renewed[shard], asked);
    sh->epoch = atomic_fetch_add(&s->epoch[shard], 1) + 1;
    atomic_store(&d->gained, 1);
    hwd_shard_claim(s, shard);
}

static void
lose(hwd_t *d, int shard)
{
    hwd_shard_t *sh = &d->shards->at[shard];

    sh->held = sh->leaving = sh->claim = sh->parked = 0;
    atomic_fetch_add(&d->shards->epoch[shard], 1);
}

/* A worker of this very machine whose process is gone: "host:pid:tag-random", the tag naming
 * machine, boot and process namespace. Its leases need not run out. */
static int
dead_here(const hwd_t *d, const char *owner)
{
    const char *ours = strrchr(d->worker, ':'), *theirs = strrchr(owner, ':'), *pid;
    apr_size_t tag = ours != NULL ? strcspn(ours, "-") : 0;

    if (theirs == NULL || tag != 9 || strncmp(ours, theirs, tag + 1) != 0 ||
        strcmp(d->worker, owner) == 0)
        return 0;
    for (pid = theirs; pid > owner && pid[-1] != ':';)
        pid--;
    return atol(pid) > 1 && kill((pid_t)atol(pid), 0) != 0 && errno == ESRCH;
}

static int
take(hwd_t *d, hw_queue_t *q, int shard, hw_result_t *res, apr_pool_t *p)
{
    redisReply *reply;
    int held = 0;

    if (hw_lease_take(q, shard, d->worker, &held, res, p) != APR_SUCCESS || held)
        return held;
    if (hw_queue_commandf(q, &reply, res, p, "GET hw:lease:%d", shard) == APR_SUCCESS &&
        reply->type == REDIS_REPLY_STRING && dead_here(d, reply->str) &&
        hw_lease_drop(q, shard, reply->str, res, p) == APR_SUCCESS)
        hw_lease_take(q, shard, d->worker, &held, res, p);
    return held;
}

/* Living workers, ourselves included. */
static int
count_workers(hwd_t *d, hw_queue_t *q, hw_result_t *res, apr_pool_t *p)
{
    hw_queue_status_t status;
    int n = 0;

    if (hw_queue_status(q, &status, res, p) != APR_SUCCESS)
        return -1;
    for (apr_size_t i = 0; i < json_object_array_length(status.worker_status); i++) {
        hw_json_t *w = json_object_array_get_idx(status.worker_status, i);
        const char *name = hw_json_get_string(w, "worker");

        n += name != NULL && !dead_here(d, name);
    }
    return n > 0 ? n : 1;
}

/* --- renewal -------------------------------------------------------------------------------------- */

static int
renew_one(hwd_t *d, hw_queue_t *q, int shard, hw_result_t *res, apr_pool_t *p)
{
    hwd_shards_t *s = d->shards;
    apr_time_t asked = hw_clock_mono();
    apr_status_t rv;
    int held = 0;

    rv = hw_lease_take(q, shard, d->worker, &held, res, p);
    if (rv == APR_SUCCESS && held) {
        atomic_store(&s->renewed[shard], asked);
        if (atomic_exchange(&s->rescan[shard], 0))
            hwd_shard_claim(s, shard);
        return 1;
    }
    if (rv == APR_SUCCESS ||
        asked - atomic_load(&s->renewed[shard]) > apr_time_from_msec(HW_LEASE_MS)) {
        hw_log(d->log, HW_LOG_WARN, "shard %d: the lease was lost: it was renewed %d seconds ago, and "
               "lasts for %d", shard, (int)apr_time_sec(asked - atomic_load(&s->renewed[shard])),
               HW_LEASE_MS / 1000);
        lose(d, shard);
        return 0;
    }
    return 1;
}

static void
give_away(hwd_t *d, hw_queue_t *q, int shard, hw_result_t *res, apr_pool_t *p)
{
    hwd_shards_t *s = d->shards;

    s->at[shard].leaving = 1;
    if (atomic_load(&s->in_flight[shard]) > 0)
        return; /* when it is through */
    lose(d, shard);
    hw_lease_drop(q, shard, d->worker, res, p);
}

void
hwd_shards_renew(hwd_t *d, hw_queue_t *q, hw_result_t *res)
{
    hwd_shards_t *s = d->shards;
    apr_pool_t *p = hwd_pool();
    int own = 0, workers = count_workers(d, q, res, p);
    int share = workers > 0 ? (HW_SHARDS + workers - 1) / workers : 0;

    if (workers > 0)
        hwd_dests_share(d, workers);
    for (int i = 0; i < HW_SHARDS; i++)
        if (s->at[i].held)
            own += renew_one(d, q, i, res, p);
    for (int i = HW_SHARDS - 1; i >= 0 && workers > 0; i--)
        if (s->at[i].held && own > share) {
            give_away(d, q, i, res, p);
            own--;
        } else if (s->at[i].held) {
            s->at[i].leaving = 0;
        }
    for (int i = 0; i < HW_SHARDS && own < share; i++)
        if (!s->at[i].held) {
            apr_time_t asked = hw_clock_mono();

            if (!take(d, q, i, res, p))
                continue;
            gain(d, q, i, asked, res, p);
            own++;
        }
    apr_pool_destroy(p);
}

void
hwd_shards_drop_all(hwd_t *d, hw_queue_t *q)
{
    apr_pool_t *p = hwd_pool();
    hw_result_t *res = hw_result_make(p);

    for (int i = 0; i < HW_SHARDS; i++)
        if (d->shards->at[i].held) {
            lose(d, i);
            if (hw_lease_drop(q, i, d->worker, res, p) != APR_SUCCESS)
                break;
        }
    apr_pool_destroy(p);
}
