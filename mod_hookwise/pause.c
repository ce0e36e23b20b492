/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting by the monotonic clock. */
#include "mod_hookwise/pause.h"

#include <errno.h>
#include <time.h>

static apr_status_t
lock_end(void *lock)
{
    return pthread_mutex_destroy(lock);
}

apr_status_t
mhw_lock_init(pthread_mutex_t *lock, apr_pool_t *p)
{
    int rv = pthread_mutex_init(lock, NULL);

    if (rv == 0)
        apr_pool_cleanup_register(p, lock, lock_end, apr_pool_cleanup_null);
    return rv;
}

static apr_status_t
cond_end(void *cond)
{
    return pthread_cond_destroy(cond);
}

apr_status_t
mhw_cond_init(pthread_cond_t *cond, apr_pool_t *p)
{
    pthread_condattr_t attr;
    int rv = pthread_condattr_init(&attr);

    if (rv != 0)
        return rv;
    if ((rv = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC)) == 0)
        rv = pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
    if (rv == 0)
        apr_pool_cleanup_register(p, cond, cond_end, apr_pool_cleanup_null);
    return rv;
}

/* Not hw_clock_mono, which also counts while the machine sleeps: nothing can wait by that one. */
static struct timespec
from_now(apr_interval_time_t at_most)
{
    struct timespec ts;
    apr_time_t until;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    until = apr_time_from_sec((apr_time_t)ts.tv_sec) + ts.tv_nsec / 1000
            + (at_most > 0 ? at_most : 0);
    return (struct timespec){ .tv_sec = apr_time_sec(until),
                              .tv_nsec = apr_time_usec(until) * 1000 };
}

apr_status_t
mhw_cond_pause(pthread_cond_t *cond, pthread_mutex_t *lock, apr_interval_time_t at_most)
{
    struct timespec until = from_now(at_most);
    int rv = pthread_cond_timedwait(cond, lock, &until);

    return rv == ETIMEDOUT ? APR_TIMEUP : rv;
}

int
mhw_sem_pause(sem_t *sem, apr_interval_time_t at_most)
{
    struct timespec until = from_now(at_most);

    while (sem_clockwait(sem, CLOCK_MONOTONIC, &until) != 0)
        if (errno != EINTR) /* time is up */
            return 0;
    return 1;
}
