/* SPDX-License-Identifier: Apache-2.0 */
/* Pools and waiting, as every thread of the daemon does them. */
#include <stdlib.h>

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

void
hwd_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, apr_time_t when)
{
    struct timespec ts = { .tv_sec = apr_time_sec(when), .tv_nsec = apr_time_usec(when) * 1000 };

    pthread_cond_timedwait(cond, lock, &ts);
}

void
hwd_nap(const hwd_t *d, int ms)
{
    for (; ms > 0 && !atomic_load(&d->stopping); ms -= 50)
        apr_sleep(apr_time_from_msec(ms < 50 ? ms : 50));
}
