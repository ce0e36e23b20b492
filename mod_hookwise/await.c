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

#include "mod_hookwise/config.h"

#define MOMENT 500000 /* nanoseconds */
#define REST_MIN 4    /* requests not followed by a wait, after a wait in vain … */
#define REST_MAX 64   /* … doubling up to this */

/* Of a connection. A wait in vain costs more than it can save: a sender that is slow, or has more
 * connections than it keeps busy, is soon left to httpd. */
typedef struct {
    int rest;  /* requests without a wait that are left */
    int pause; /* how many there were last, 0 = the last wait was worth it */
} habit_t;

static habit_t *
habit_of(conn_rec *c)
{
    habit_t *habit = ap_get_module_config(c->conn_config, &hookwise_module);

    if (habit == NULL) {
        habit = apr_pcalloc(c->pool, sizeof(*habit));
        ap_set_module_config(c->conn_config, &hookwise_module, habit);
    }
    return habit;
}

static void
in_vain(habit_t *habit)
{
    habit->pause = habit->pause == 0 ? REST_MIN : 2 * habit->pause;
    if (habit->pause > REST_MAX)
        habit->pause = REST_MAX;
    habit->rest = habit->pause;
}

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

static void
await(request_rec *r, habit_t *habit)
{
    const struct timespec moment = { .tv_nsec = MOMENT };
    apr_socket_t *socket = ap_get_conn_socket(r->connection);
    struct pollfd fd = { .events = POLLIN };

    if (socket == NULL || apr_os_sock_get(&fd.fd, socket) != APR_SUCCESS)
        return;
    if (has_come(r) || ppoll(&fd, 1, &moment, NULL) > 0)
        habit->pause = 0;
    else
        in_vain(habit);
}

int
mhw_await_next(request_rec *r)
{
    habit_t *habit;

    if (!expects_more(r))
        return DECLINED;
    habit = habit_of(r->connection);
    if (habit->rest > 0)
        habit->rest--;
    else
        await(r, habit);
    return DECLINED;
}
