/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint records a child keeps at hand without having been asked for them. */
#ifndef MHW_KEEPER_RECORDS_H
#define MHW_KEEPER_RECORDS_H

#include "common/queue.h"
#include "mod_hookwise/cache.h"

typedef struct mhw_records_t mhw_records_t;

/* path: the copy on disk, mode 600 (records hold digests of tokens and sealed secrets). */
apr_status_t mhw_records_make(const char *path, mhw_cache_t *cache, mhw_records_t **out,
                              apr_pool_t *pchild);
/* The copy into the cache, when it is another one than last time: whichever process wrote it may
 * have learnt of endpoints that this one has not. Any thread. 1 when the cache was filled. */
int mhw_records_load(mhw_records_t *rs, apr_pool_t *ptemp);
/* The keeper's thread only: brings the cache up to what Redis publishes, and the copy with it. */
apr_status_t mhw_records_refresh(mhw_records_t *rs, hw_queue_t *q, hw_result_t *res,
                                 apr_pool_t *ptemp);

#endif
