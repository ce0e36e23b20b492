/* SPDX-License-Identifier: Apache-2.0 */
/* The one thread of a child that talks to Redis: it sends what all request threads wait for in one
 * pipeline, reads the replies in order and wakes each of them. */
#ifndef MHW_REDIS_IO_H
#define MHW_REDIS_IO_H

#include <httpd.h>

#include "common/queue.h"
#include "common/result.h"

typedef struct mhw_io_t mhw_io_t;

typedef struct {
    const char *url, *password;
    apr_interval_time_t timeout; /* what one call waits at most */
    server_rec *server;          /* for the log */
    const char *meanwhile;       /* what becomes of webhooks while Redis is down, for the log */
} mhw_io_opts_t;

/* Starts the thread; it ends with pchild, before pools below pchild go. */
apr_status_t mhw_io_start(const mhw_io_opts_t *opts, mhw_io_t **out, hw_result_t *res,
                          apr_pool_t *pchild);

/* One command; waits for its reply (which may be an error reply; freed with p). Whatever happens,
 * argv and lens are not touched after the call. A command whose connection broke is sent once
 * more. Errors, all temporary: "redis-down" and what connecting gives (at once while Redis is
 * known to be down), "redis-timeout" when the answer did not come in time: then the command may
 * have had its effect. */
apr_status_t mhw_io_call(mhw_io_t *io, int argc, const char **argv, const apr_size_t *lens,
                         redisReply **reply, hw_result_t *res, apr_pool_t *p);

/* Stores one event: the same for the enqueue script, which takes what several request threads wait for in
 * one go. Errors: mhw_io_call's, with APR_TIMEUP; and hw_enqueue_result's. */
apr_status_t mhw_io_enqueue(mhw_io_t *io, const hw_enqueue_t *e, hw_enqueued_t *out,
                            hw_result_t *res, apr_pool_t *p);

/* Adds 1 to a series of /metrics, later: never waits, and needs no Redis right now. */
void mhw_io_count(mhw_io_t *io, const char *series);

#endif
