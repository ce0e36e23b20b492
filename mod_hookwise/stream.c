/* SPDX-License-Identifier: Apache-2.0 */
/* Handler hookwise-events: the live feed as Server-Sent Events, for those who are signed in. */
#include "mod_hookwise/feed.h"

#include <ap_mpm.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/result.h"
#include "mod_hookwise/answer.h"
#include "mod_hookwise/auth.h"
#include "mod_hookwise/backend.h"

APLOG_USE_MODULE(hookwise);

#define HEARTBEAT   apr_time_from_sec(15) /* a comment at least so often */
#define LOOK_AGAIN  apr_time_from_sec(10) /* whether who listens is signed in still */
#define RECONNECT   "retry: 2000\n\n"     /* milliseconds until a client comes again */
#define RETRY_AFTER "15"

/* The value of a parameter of the query string; NULL when absent or empty. */
static const char *
param(request_rec *r, const char *name)
{
    const char *at = r->args != NULL ? r->args : "";
    apr_size_t len = strlen(name), n, done;

    for (; *at != '\0'; at += n + (at[n] == '&')) {
        n = strcspn(at, "&");
        if (n > len + 1 && strncmp(at, name, len) == 0 && at[len] == '=')
            return hw_url_decode(at + len + 1, n - len - 1, 1, &done, r->pool);
    }
    return NULL;
}

static int
refuse(request_rec *r, int status, const char *error, const char *message)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), r->pool);

    hw_json_set_string(v, "error", error);
    hw_json_set_string(v, "message", message);
    r->status = status;
    ap_set_content_type(r, "application/json");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    ap_rputs(hw_json_write(v, r->pool), r);
    return OK;
}

/* The server is about to end this child: clients find another one. */
static int
stopping(void)
{
    int state = AP_MPMQ_RUNNING;

    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

/* Clients that are gone are noticed before the next heartbeat, where there is a socket of their
 * own to look at: it holds a thread that somebody else may need. */
static int
gone(request_rec *r)
{
    apr_socket_t *socket = r->connection->master == NULL ? ap_get_conn_socket(r->connection) : NULL;
    apr_os_sock_t fd;
    char c;

    if (r->connection->aborted)
        return 1;
    return socket != NULL && apr_os_sock_get(&fd, socket) == APR_SUCCESS &&
           recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static int
send_text(request_rec *r, const char *text, apr_size_t len)
{
    return ap_rwrite(text, (int)len, r) >= 0 && ap_rflush(r) >= 0 && !r->connection->aborted;
}

/* Until the client goes, is signed out, or the child is to end. Whose role or tenant has changed
 * comes again and is told what is right now. */
static void
serve(request_rec *r, mhw_listener_t *l)
{
    apr_time_t sent = hw_clock_mono(), looked = sent;
    apr_pool_t *turn;
    int going = send_text(r, RECONNECT, sizeof(RECONNECT) - 1);

    apr_pool_create(&turn, r->pool);
    while (going && !stopping() && !gone(r)) {
        apr_time_t now = hw_clock_mono();
        hw_buf_t out;

        apr_pool_clear(turn);
        if (now - looked >= LOOK_AGAIN) {
            if (!mhw_auth_still(r, turn))
                break;
            looked = now;
        }
        hw_buf_init(&out, turn);
        mhw_feed_next(l, &out);
        if (out.len == 0 && now - sent >= HEARTBEAT)
            hw_buf_adds(&out, ": still here\n\n");
        if (out.len > 0) {
            going = send_text(r, out.s, out.len);
            sent = now;
        }
    }
    apr_pool_destroy(turn);
}

int
mhw_stream_handler(request_rec *r)
{
    const mhw_server_t *sc = mhw_server(r->server);
    mhw_listener_t l = { .tenant = NULL };
    const char *own;

    if (r->method_number != M_GET) {
        apr_table_setn(r->headers_out, "Allow", "GET, HEAD");
        return refuse(r, HTTP_METHOD_NOT_ALLOWED, "method", "the feed takes GET");
    }
    if (r->user == NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "the live feed shows what HookWise receives: it needs an AuthType and Require");
        return refuse(r, HTTP_FORBIDDEN, "forbidden", "the feed is for those who are signed in");
    }
    if ((own = mhw_auth_tenant(r)) == NULL)
        return refuse(r, HTTP_FORBIDDEN, "no-role",
                      "you have no role here; HookwiseRemoteUserRoles gives one");
    if (sc->backend == NULL || sc->backend->feed == NULL)
        return refuse(r, HTTP_SERVICE_UNAVAILABLE, "redis-down", "there is no live feed");
    /* Whose events: those of the tenant the user is bound to, whatever is asked for. */
    l.tenant = strcmp(own, "*") != 0 ? own : param(r, "tenant");
    l.endpoint_id = param(r, "endpoint_id");
    ap_set_content_type(r, "text/event-stream; charset=utf-8");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Accel-Buffering", "no");
    apr_table_setn(r->subprocess_env, "no-gzip", "1"); /* a filter would hold events back */
    if (r->header_only)
        return OK;
    if (!mhw_feed_join(sc->backend->feed, &l, apr_table_get(r->headers_in, "Last-Event-ID"),
                       mhw_max_streams(sc))) {
        apr_table_setn(r->headers_out, "Retry-After", RETRY_AFTER);
        return refuse(r, HTTP_SERVICE_UNAVAILABLE, "too-many",
                      "as many live feeds are open as HookwiseMaxStreams allows; try again later");
    }
    r->connection->keepalive = AP_CONN_CLOSE;
    serve(r, &l);
    mhw_feed_leave(&l);
    return OK;
}
