/* SPDX-License-Identifier: Apache-2.0 */
/* Locks, and waits with an end that a clock set forward or back does not move: APR's waits are by
 * the wall clock, and one of them lasts an hour longer when that is set back by an hour. */
#ifndef MHW_PAUSE_H
#define MHW_PAUSE_H

#include <apr_pools.h>
#include <apr_time.h>
#include <pthread.h>
#include <semaphore.h>

/* p's end destroys them; nobody holds or waits then. */
apr_status_t mhw_lock_init(pthread_mutex_t *lock, apr_pool_t *p);
apr_status_t mhw_cond_init(pthread_cond_t *cond, apr_pool_t *p);

/* With the lock held, which is free meanwhile: until somebody signals, or for so long at most.
 * APR_TIMEUP then; it may also return before either. */
apr_status_t mhw_cond_pause(pthread_cond_t *cond, pthread_mutex_t *lock,
                            apr_interval_time_t at_most);

/* Until the semaphore is posted: 1. 0 = it was not within that time. */
int mhw_sem_pause(sem_t *sem, apr_interval_time_t at_most);

#endif
