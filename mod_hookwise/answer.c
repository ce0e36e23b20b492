/* SPDX-License-Identifier: Apache-2.0 */
/* The table of outcomes, and writing answers. */
#include "mod_hookwise/answer.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <string.h>

#include "common/queue.h"
#include "mod_hookwise/headers.h"

#define RETRY_UNAVAILABLE 5 /* seconds; a Redis restart takes about that */
#define RETRY_FULL 30       /* seconds; a queue drains slowly */

typedef struct {
    int status;          /* 0 = the endpoint's success code */
    const char *word;    /* "status" in the JSON */
    const char *message;
    const char *label;   /* of the counter */
    int retry_after;
} row_t;

static const row_t rows[MHW_OUTCOMES] = {
    [MHW_STORED] = { 0, "queued", "Webhook received", "queued", 0 },
    [MHW_DUPLICATE] = { 0, "duplicate", "Webhook received before", "duplicate", 0 },
    [MHW_UNREADABLE] = { HTTP_BAD_REQUEST, "rejected", "The body cannot be read",
                         "rejected", 0 },
    [MHW_UNAUTHORIZED] = { HTTP_UNAUTHORIZED, "error", "Credentials are missing or wrong",
                           "unauthorized", 0 },
    [MHW_THROTTLED] = { HTTP_TOO_MANY_REQUESTS, "error",
                        "Too many requests with wrong credentials came from your address",
                        "throttled", 1 },
    [MHW_ADDRESS] = { HTTP_FORBIDDEN, "error", "Your address is not allowed here", "forbidden",
                      0 },
    [MHW_DISABLED] = { HTTP_FORBIDDEN, "error", "The endpoint is disabled", "forbidden", 0 },
    [MHW_NOT_FOUND] = { HTTP_NOT_FOUND, "error", "There is no such endpoint", "not_found", 0 },
    [MHW_METHOD] = { HTTP_METHOD_NOT_ALLOWED, "error", "Webhooks come by POST or PUT",
                     "method_not_allowed", 0 },
    [MHW_TOO_LARGE] = { HTTP_REQUEST_ENTITY_TOO_LARGE, "error", "The body is too large",
                        "too_large", 0 },
    [MHW_RATE_LIMITED] = { HTTP_TOO_MANY_REQUESTS, "error",
                           "The endpoint's rate limit is reached", "rate_limited", 1 },
    [MHW_FULL] = { HTTP_SERVICE_UNAVAILABLE, "error", "The queue is full", "unavailable",
                   RETRY_FULL },
    [MHW_UNAVAILABLE] = { HTTP_SERVICE_UNAVAILABLE, "error",
                          "The webhook cannot be stored now", "unavailable", RETRY_UNAVAILABLE },
    [MHW_BROKEN_OFF] = { HTTP_BAD_REQUEST, "error", "The body did not arrive", "broken_off", 0 },
};

const char *
mhw_outcome_series(mhw_outcome_e outcome, const char *name, apr_pool_t *p)
{
    return hw_series(p, "hookwise_webhooks_received_total", "status", rows[outcome].label,
                     "config_name", name, NULL);
}

const char *
mhw_outcome_message(mhw_outcome_e outcome)
{
    return rows[outcome].message;
}

int
mhw_outcome_status(mhw_outcome_e outcome, const mhw_answer_t *a)
{
    if (a->status != 0)
        return a->status;
    return rows[outcome].status != 0 ? rows[outcome].status : a->success_code;
}

static void
set_headers(request_rec *r, mhw_outcome_e outcome, const mhw_answer_t *a)
{
    int retry = a->retry_after > 0 ? a->retry_after : rows[outcome].retry_after;

    apr_table_setn(r->headers_out, "X-Request-Id", a->request_id);
    if (outcome == MHW_STORED || outcome == MHW_DUPLICATE)
        apr_table_setn(r->headers_out, "X-HookWise-Durability",
                       a->spooled ? "spool" : "redis");
    if (outcome == MHW_UNAUTHORIZED)
        apr_table_setn(r->headers_out, "WWW-Authenticate", "Bearer realm=\"HookWise\"");
    if (outcome == MHW_METHOD)
        apr_table_setn(r->headers_out, "Allow", "POST, PUT");
    if (retry > 0)
        apr_table_setn(r->headers_out, "Retry-After", apr_itoa(r->pool, retry));
}

int
mhw_answer(request_rec *r, mhw_outcome_e outcome, const mhw_answer_t *a)
{
    const row_t *row = &rows[outcome];
    hw_buf_t b;

    set_headers(r, outcome, a);
    hw_buf_init(&b, r->pool);
    hw_buf_adds(&b, "{\"status\":\"");
    hw_buf_adds(&b, row->word);
    hw_buf_adds(&b, "\",\"message\":");
    mhw_json_string(&b, a->detail != NULL ? a->detail : row->message);
    hw_buf_adds(&b, ",\"request_id\":");
    mhw_json_string(&b, a->request_id);
    hw_buf_adds(&b, "}\n");
    return mhw_answer_json(r, mhw_outcome_status(outcome, a), b.s);
}

/* Flushed: httpd would keep so little until it has looked whether another request is there, and then
 * it is not, for its sender waits for this answer; the connection would take the long way to its next
 * request, by the listener and another thread. */
int
mhw_answer_json(request_rec *r, int status, const char *json)
{
    conn_rec *c = r->connection;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, c->bucket_alloc);
    apr_size_t len = strlen(json);

    r->status = status;
    ap_set_content_type(r, "application/json");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    ap_set_content_length(r, (apr_off_t)len);
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_pool_create(json, len, r->pool, c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_flush_create(c->bucket_alloc));
    ap_pass_brigade(r->output_filters, bb);
    return OK;
}

int
mhw_refuse_method(request_rec *r)
{
    if (r->method_number == M_GET) /* HEAD too */
        return 0;
    apr_table_setn(r->headers_out, "Allow", "GET, HEAD");
    mhw_answer_json(r, HTTP_METHOD_NOT_ALLOWED,
                    "{\"status\":\"error\",\"message\":\"Ask with GET\"}\n");
    return 1;
}
