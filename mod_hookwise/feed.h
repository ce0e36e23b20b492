/* SPDX-License-Identifier: Apache-2.0 */
/* The live feed of a child: one thread reads the stream hw:live, and every open stream of events
 * is served from what it keeps. */
#ifndef MHW_FEED_H
#define MHW_FEED_H

#include <httpd.h>

#include "common/queue.h"
#include "common/text.h"

#define MHW_FEED_KEPT 1024 /* events a child keeps: a client slower than that misses some */

typedef struct mhw_feed_t mhw_feed_t;

typedef struct {
    const char *url, *password;
    server_rec *server;        /* for the log */
} mhw_feed_opts_t;

/* No thread and no connection until somebody listens. */
apr_status_t mhw_feed_make(const mhw_feed_opts_t *opts, mhw_feed_t **out, hw_result_t *res,
                           apr_pool_t *pchild);

/* One who listens. Filters are NULL for any. */
typedef struct {
    mhw_feed_t *feed;
    const char *tenant, *endpoint_id;
    apr_int64_t seq;           /* of the next event to look at */
    int live;                  /* what the client was told: 1 = Redis answers; -1 = nothing yet */
} mhw_listener_t;

/* Counts the listener in, waits until the feed is filled (or Redis does not answer) and puts it
 * behind the event last_id, at the end without one. 0 when max listen already; the feed's thread
 * is started when it is the first. Every 1 needs a _leave. */
int mhw_feed_join(mhw_feed_t *feed, mhw_listener_t *l, const char *last_id, int max);
void mhw_feed_leave(mhw_listener_t *l);

/* Waits for news, for a second at most, and writes them as Server-Sent Events: events, "gap" where
 * some are missing, "status" when Redis goes away and comes back. */
void mhw_feed_next(mhw_listener_t *l, hw_buf_t *out);

/* stream.c: the handler hookwise-events. */
int mhw_stream_handler(request_rec *r);

#endif
