/* SPDX-License-Identifier: Apache-2.0 */
/* Health for load balancers and people: /health, /readyz, /health/services. */
#ifndef MHW_HEALTH_H
#define MHW_HEALTH_H

#include "common/queue.h"
#include "mod_hookwise/backend.h"

/* The handler "hookwise-health"; which of the three is asked for is the end of the path. */
int mhw_health_handler(request_rec *r);

/* The queue's status through the I/O thread; never waits longer than HookwiseRedisTimeout. */
apr_status_t mhw_status(const mhw_server_t *sc, hw_queue_status_t *out, hw_result_t *res,
                        apr_pool_t *p);
/* Webhooks in the spool and not yet in Redis; 0 without a spool. */
long mhw_spooled(const mhw_server_t *sc);

#endif
