/* SPDX-License-Identifier: Apache-2.0 */
/* A child's side of the spool: request threads make webhooks durable on disk, in groups. */
#ifndef MHW_SPOOL_H
#define MHW_SPOOL_H

#include <httpd.h>

#include "common/spool.h"

typedef struct mhw_spool_t mhw_spool_t;

/* dir is checked; files come with the first webhook. Errors: "spool-folder". */
apr_status_t mhw_spool_make(const char *dir, mhw_spool_t **out, hw_result_t *res,
                            apr_pool_t *pchild);

/* Webhooks of all processes that are in the folder and not yet in Redis. */
long mhw_spool_waiting(const mhw_spool_t *sp);
/* The count as it stands: below zero after a crash that lost some of it. */
long mhw_spool_balance(const mhw_spool_t *sp);
/* Does a new webhook have to go behind them? Events of an alert keep their order so. While the
 * last of them are on their way this waits a moment for the way to be free. */
int mhw_spool_first(const mhw_spool_t *sp);
/* The last ones are being drained: new webhooks are to wait for them, not to join them. */
void mhw_spool_hold(mhw_spool_t *sp);
/* n of them reached Redis. */
void mhw_spool_left(mhw_spool_t *sp, long n);
/* Sets the count, for the process that has looked into the folder. */
void mhw_spool_found(mhw_spool_t *sp, long n);

/* Returns when the webhook is synced to disk. Threads that come together share one sync. Errors
 * are hw_spool_append's and hw_spool_sync's. */
apr_status_t mhw_spool_store(mhw_spool_t *sp, const hw_enqueue_t *e, hw_result_t *res,
                             apr_pool_t *p);
/* Ends the segment in use when nobody writes, so that it can go once it is drained. */
void mhw_spool_rest(mhw_spool_t *sp);

const char *mhw_spool_dir(const mhw_spool_t *sp);

#endif
