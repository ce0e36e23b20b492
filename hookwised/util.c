/* SPDX-License-Identifier: Apache-2.0 */
/* Pools and waiting, as every thread of the daemon does them. */
#include <apr_allocator.h>
#include <stdlib.h>
#include <time.h>

#include "hookwised/daemon.h"

static int
out_of_memory(int rv)
{
    (void)rv;
    abort(); /* nothing acknowledged is lost: the next start claims what was pending */
}

apr_pool_t *
hwd_pool(void)
{
    apr_pool_t *p = NULL;

    if (apr_pool_create_unmanaged_ex(&p, out_of_memory, NULL) != APR_SUCCESS)
        abort();
    return p;
}

apr_pool_t *
hwd_pool_below(apr_pool_t *parent)
{
    apr_allocator_t *a = NULL;
    apr_pool_t *p = NULL;

    if (apr_allocator_create(&a) != APR_SUCCESS ||
        apr_pool_create_ex(&p, parent, out_of_memory, a) != APR_SUCCESS)
        abort();
    apr_allocator_owner_set(a, p);
    return p;
}

struct hwd_pools_t {
    pthread_mutex_t lock;
    int n;
    apr_allocator_t *idle[HWD_IDLE_POOLS];
};

static apr_status_t
free_idle(void *data)
{
    hwd_pools_t *pools = data;

    while (pools->n > 0)
        apr_allocator_destroy(pools->idle[--pools->n]);
    return APR_SUCCESS;
}

hwd_pools_t *
hwd_pools_make(apr_pool_t *p)
{
    hwd_pools_t *pools = apr_pcalloc(p, sizeof(*pools));

    pthread_mutex_init(&pools->lock, NULL);
    apr_pool_cleanup_register(p, pools, free_idle, apr_pool_cleanup_null);
    return pools;
}

apr_pool_t *
hwd_pool_get(hwd_pools_t *pools)
{
    apr_allocator_t *a = NULL;
    apr_pool_t *p = NULL;

    pthread_mutex_lock(&pools->lock);
    if (pools->n > 0)
        a = pools->idle[--pools->n];
    pthread_mutex_unlock(&pools->lock);
    if (a == NULL) {
        if (apr_allocator_create(&a) != APR_SUCCESS)
            abort();
        apr_allocator_max_free_set(a, HWD_IDLE_POOL_BYTES);
    }
    if (apr_pool_create_unmanaged_ex(&p, out_of_memory, a) != APR_SUCCESS)
        abort();
    return p;
}

void
hwd_pool_put(hwd_pools_t *pools, apr_pool_t *p)
{
    apr_allocator_t *a = apr_pool_allocator_get(p);

    apr_pool_destroy(p);
    pthread_mutex_lock(&pools->lock);
    if (pools->n < HWD_IDLE_POOLS) {
        pools->idle[pools->n++] = a;
        a = NULL;
    }
    pthread_mutex_unlock(&pools->lock);
    if (a != NULL)
        apr_allocator_destroy(a);
}

void
hwd_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

void
hwd_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, apr_time_t when)
{
    apr_time_t left = when - hw_clock_mono(), until;
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    until = apr_time_from_sec((apr_time_t)ts.tv_sec) + ts.tv_nsec / 1000 + (left > 0 ? left : 0);
    ts.tv_sec = apr_time_sec(until);
    ts.tv_nsec = apr_time_usec(until) * 1000;
    pthread_cond_timedwait(cond, lock, &ts);
}

void
hwd_nap(const hwd_t *d, int ms)
{
    for (; ms > 0 && !atomic_load(&d->stopping); ms -= 50)
        apr_sleep(apr_time_from_msec(ms < 50 ? ms : 50));
}
