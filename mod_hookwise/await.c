/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting a moment for the next request, in place of giving the connection back at once.
 *
 * The event MPM parks a connection that has nothing to read: two changes of its poll set, the listener
 * woken, another thread woken, and both contend for the queue between them. A sender with a backlog
 * answers an answer with its next webhook within that time. */
#include "mod_hookwise/await.h"

#include <ap_mpm.h>
#include <apr_portable.h>
#include <http_core.h>
#include <http_protocol.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <util_filter.h>

#define MOMENT 500000 /* nanoseconds; a sender that is slower costs its thread that long */

/* Only connections that have brought more than one request, so that whoever comes once, as most do,
 * keeps no thread. */
static int
expects_more(request_rec *r)
{
    conn_rec *c = r->connection;
    int async = 0;

    if (r->handler == NULL || strcmp(r->handler, "hookwise-webhook") != 0 ||
        !ap_is_HTTP_SUCCESS(r->status))
        return 0;
    if (c->master != NULL || c->aborted || c->keepalive != AP_CONN_KEEPALIVE || c->keepalives < 2)
        return 0;
    return ap_mpm_query(AP_MPMQ_IS_ASYNC, &async) == APR_SUCCESS && async;
}

/* Senders that do not wait for answers: their next request lies in a filter, and poll would not
 * know. */
static int
has_come(request_rec *r)
{
    conn_rec *c = r->connection;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, c->bucket_alloc);
    apr_status_t rv = ap_get_brigade(c->input_filters, bb, AP_MODE_SPECULATIVE,
                                     APR_NONBLOCK_READ, 1);
    int come = rv != APR_SUCCESS ? !APR_STATUS_IS_EAGAIN(rv) : !APR_BRIGADE_EMPTY(bb);

    apr_brigade_destroy(bb);
    return come;
}

int
mhw_await_next(request_rec *r)
{
    const struct timespec moment = { .tv_nsec = MOMENT };
    struct pollfd fd = { .events = POLLIN };
    apr_socket_t *socket;

    if (!expects_more(r))
        return DECLINED;
    socket = ap_get_conn_socket(r->connection);
    if (socket != NULL && apr_os_sock_get(&fd.fd, socket) == APR_SUCCESS && !has_come(r))
        ppoll(&fd, 1, &moment, NULL);
    return DECLINED;
}
