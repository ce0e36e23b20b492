/* SPDX-License-Identifier: Apache-2.0 */
/* What a child keeps for each Redis it is configured with: the I/O thread and the endpoint cache. */
#ifndef MHW_BACKEND_H
#define MHW_BACKEND_H

#include "common/throttle.h"
#include "mod_hookwise/cache.h"
#include "mod_hookwise/config.h"
#include "mod_hookwise/feed.h"
#include "mod_hookwise/ids.h"
#include "mod_hookwise/keeper_records.h"
#include "mod_hookwise/known.h"
#include "mod_hookwise/redis_io.h"
#include "mod_hookwise/spool.h"
#include "mod_hookwise/sync.h"

struct mhw_backend_t {
    mhw_io_t *io;
    mhw_cache_t *cache;
    mhw_ids_t *ids;
    mhw_known_t *known;
    hw_throttle_t *throttle;
    mhw_sync_t *sync;
    mhw_feed_t *feed;       /* NULL = it could not be made */
    mhw_spool_t *spool;     /* NULL = none */
    mhw_records_t *records; /* with a spool */
};

/* The check_config hook: refuses a spool folder that servers of different Redis share. */
int mhw_backend_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);
/* The child_init hook: gives each server its backend. Servers of the same Redis share one. */
void mhw_backend_child_init(apr_pool_t *pchild, server_rec *s);

#endif
