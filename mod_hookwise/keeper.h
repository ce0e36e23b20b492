/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of a child that prepares for the time without Redis, and cleans up after it:
 * it keeps the endpoint cache complete, keeps a copy of the records on disk, and drains the spool. */
#ifndef MHW_KEEPER_H
#define MHW_KEEPER_H

#include "mod_hookwise/cache.h"
#include "mod_hookwise/keeper_records.h"
#include "mod_hookwise/spool.h"

typedef struct {
    const char *url, *password;
    apr_interval_time_t timeout;
    server_rec *server;      /* for the log */
    mhw_cache_t *cache;
    mhw_spool_t *spool;
} mhw_keeper_opts_t;

/* Loads the records kept on disk into the cache, then starts the thread; it ends with pchild. */
apr_status_t mhw_keeper_start(const mhw_keeper_opts_t *opts, mhw_records_t **records,
                              hw_result_t *res, apr_pool_t *pchild);

#endif
