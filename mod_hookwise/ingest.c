/* SPDX-License-Identifier: Apache-2.0 */
/* The webhook handler: checks in their order, then the queue, then the answer. */
#include "mod_hookwise/ingest.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <string.h>

#include "common/clock.h"
#include "common/decode.h"
#include "mod_hookwise/headers.h"

APLOG_USE_MODULE(hookwise);

#define TRIES 4      /* records of one endpoint that change under one request */
#define ID_MAX 128   /* characters of an endpoint id */
#define ID_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define SUFFIX "ingest" /* /api/v1/webhooks/{id}/ingest */

/* The last part of the path, or the one before "ingest"; NULL when it cannot be an id. */
static const char *
endpoint_id(const request_rec *r)
{
    const char *end = r->uri + strlen(r->uri), *start;
    apr_size_t len;

    for (int part = 0; part < 2; part++) {
        while (end > r->uri && end[-1] == '/')
            end--;
        for (start = end; start > r->uri && start[-1] != '/';)
            start--;
        len = (apr_size_t)(end - start);
        if (part > 0 || len != strlen(SUFFIX) || strncmp(start, SUFFIX, len) != 0)
            break;
        end = start;
    }
    if (len == 0 || len > ID_MAX || strspn(start, ID_CHARS) < len)
        return NULL;
    return apr_pstrmemdup(r->pool, start, len);
}

/* --- the steps ------------------------------------------------------------------------------------ */

static mhw_outcome_e
verdict(mhw_ingest_t *in, hw_auth_verdict_e said)
{
    in->refused = NULL;
    switch (said) {
    case HW_AUTH_OK:
        return MHW_GO_ON;
    case HW_AUTH_DISABLED:
        in->refused = in->ep->auth->draft ? "403: the endpoint is a draft; body not kept"
                                          : "403: the endpoint is disabled; body not kept";
        return MHW_DISABLED;
    case HW_AUTH_ADDRESS:
        in->refused = "403: the address is not one of trusted_ips; body not kept";
        return MHW_ADDRESS;
    case HW_AUTH_MISSING:
        in->refused = "401: the request has no credentials; body not kept";
        return MHW_UNAUTHORIZED;
    default:
        in->refused = "401: token or signature is wrong; body not kept";
        return MHW_UNAUTHORIZED;
    }
}

/* State, address, token: all that needs no body. */
static mhw_outcome_e
check_head(mhw_ingest_t *in)
{
    in->headers_json = NULL; /* what is no secret depends on the record */
    return verdict(in, hw_auth_head(in->ep->auth, &in->shown, apr_time_now(), &in->scheme,
                                    in->r->pool));
}

/* The least of what the endpoint, this location and the site's LimitRequestBody allow. */
static apr_size_t
body_limit(const mhw_ingest_t *in)
{
    apr_size_t limit = mhw_max_body(mhw_dir(in->r));
    apr_off_t site = ap_get_limit_req_body(in->r);

    if (in->ep->auth->max_body < limit)
        limit = in->ep->auth->max_body;
    if (site > 0 && (apr_size_t)site < limit)
        limit = (apr_size_t)site;
    return limit;
}

/* Has a filter unpacked the body? It takes the header away then. */
static int
unpacked(const mhw_ingest_t *in)
{
    return in->packed != NULL && apr_table_get(in->r->headers_in, "Content-Encoding") == NULL;
}

static mhw_outcome_e
read_body(mhw_ingest_t *in)
{
    apr_status_t rv = mhw_body_read(in->r, &in->body, body_limit(in));

    if (rv == APR_SUCCESS)
        return MHW_GO_ON;
    if (APR_STATUS_IS_ENOSPC(rv) || (unpacked(in) && rv == APR_EINVAL)) /* DeflateInflateRatioLimit */
        return MHW_TOO_LARGE;
    in->answer.status = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
    return MHW_BROKEN_OFF;
}

/* Does the body begin as no text does? Some senders say Content-Encoding of what is plain. */
static int
begins_packed(const mhw_body_t *body)
{
    const unsigned char *c = (const unsigned char *)body->data; /* a NUL is behind it */

    if (*c == 'x') /* zlib */
        return c[1] == 0x01 || c[1] >= 0x80;
    return (*c < ' ' && !apr_isspace(*c)) || (*c >= 0x80 && strchr("\xef\xfe\xff", *c) == NULL);
}

/* A packed body that nobody unpacked; with a query string it would pass for a request without a
 * body. */
static int
still_packed(const mhw_ingest_t *in)
{
    return in->packed != NULL && !unpacked(in) && begins_packed(&in->body);
}

/* in->rejected, in memory that stays; who sends packed bodies is told that this is why. */
static const char *
why_unreadable(const mhw_ingest_t *in)
{
    if (!still_packed(in))
        return apr_pstrdup(in->r->pool, in->rejected);
    return apr_psprintf(in->r->pool,
                        "the body is compressed (Content-Encoding: %.40s) and nothing unpacks it; "
                        "httpd does that for gzip, with \"SetInputFilter DEFLATE\" of mod_deflate",
                        in->packed);
}

static mhw_outcome_e
check_body(mhw_ingest_t *in)
{
    hw_event_t ev = { .request_id = in->answer.request_id, .endpoint_id = in->id,
                      .kind = "webhook" };
    mhw_outcome_e outcome;
    apr_pool_t *ptemp;

    in->event_query = hw_auth_public_query(in->ep->auth, in->query->rest, in->r->pool);
    ev.query = in->event_query;

    in->shown.body = ev.body = in->body.data;
    in->shown.body_len = ev.body_len = in->body.len;
    outcome = verdict(in, hw_auth_body(in->ep->auth, &in->shown, apr_time_now(), &in->scheme,
                                       in->r->pool));
    if (outcome != MHW_GO_ON)
        return outcome;
    in->rejected = NULL;
    if (in->body.len == 0 && in->event_query[0] == '\0') {
        in->rejected = "the body is empty";
        return MHW_GO_ON;
    }
    if (in->headers_json == NULL)
        in->headers_json = mhw_headers_json(in->r->headers_in, in->ep->auth, in->r->pool);
    ev.headers_json = in->headers_json;
    apr_pool_create(&ptemp, in->r->pool);
    if (still_packed(in) || !hw_decode_readable(&ev, &in->rejected, ptemp))
        in->rejected = why_unreadable(in);
    apr_pool_destroy(ptemp);
    return MHW_GO_ON;
}

/* Could another record of the endpoint let this request pass? */
static int
record_refuses(mhw_outcome_e outcome)
{
    return outcome == MHW_DISABLED || outcome == MHW_ADDRESS || outcome == MHW_UNAUTHORIZED ||
           outcome == MHW_TOO_LARGE;
}

/* Seconds that wrong credentials from this address are not to cost anything, 0 = they may. */
static int
throttled(const mhw_ingest_t *in)
{
    return hw_throttle_wait(in->backend->throttle, in->r->useragent_ip,
                            mhw_auth_failures(in->sc), hw_clock_mono());
}

/* Whoever floods us with wrong credentials does not make us ask Redis each time whether they are
 * wrong still: once in a second is enough for an endpoint, whichever address it is. */
static int
surely_wrong(mhw_ingest_t *in, mhw_outcome_e outcome)
{
    return outcome == MHW_UNAUTHORIZED && throttled(in) &&
           !hw_throttle_due(in->backend->throttle, in->id, hw_clock_mono());
}

mhw_outcome_e
mhw_ingest_unauthorized(mhw_ingest_t *in)
{
    int wait = throttled(in);

    if (wait == 0) {
        hw_throttle_failed(in->backend->throttle, in->r->useragent_ip, hw_clock_mono());
        return MHW_UNAUTHORIZED;
    }
    in->answer.retry_after = wait;
    return MHW_THROTTLED;
}

/* One look at the request with one record. *again: another record is in force, look again. */
static mhw_outcome_e
check(mhw_ingest_t *in, int *again)
{
    mhw_outcome_e outcome = mhw_endpoint_find(in);

    *again = 0;
    if (outcome == MHW_GO_ON)
        outcome = check_head(in);
    if (outcome == MHW_GO_ON)
        outcome = read_body(in);
    if (outcome == MHW_GO_ON)
        outcome = check_body(in);
    /* A refusal must not rest on a record that was changed a moment ago. */
    if (record_refuses(outcome) && !surely_wrong(in, outcome))
        *again = mhw_endpoint_changed(in, &outcome);
    return outcome;
}

mhw_outcome_e
mhw_ingest_check(mhw_ingest_t *in)
{
    mhw_outcome_e outcome = MHW_GO_ON;
    int again = 1;

    for (int tries = 0; tries < TRIES && again; tries++)
        outcome = check(in, &again);
    return again ? MHW_UNAVAILABLE : outcome;
}

mhw_outcome_e
mhw_ingest_take(mhw_ingest_t *in)
{
    mhw_outcome_e outcome = MHW_GO_ON;
    int again;

    for (int tries = 0; tries < TRIES && outcome == MHW_GO_ON; tries++) {
        outcome = check(in, &again);
        if (outcome == MHW_GO_ON && !again)
            outcome = mhw_store(in);
    }
    if (outcome == MHW_UNAUTHORIZED)
        return mhw_ingest_unauthorized(in);
    return outcome != MHW_GO_ON ? outcome : MHW_UNAVAILABLE;
}

/* --- the answer ----------------------------------------------------------------------------------- */

static void
count(mhw_ingest_t *in, mhw_outcome_e outcome)
{
    const char *series;

    if (in->backend == NULL)
        return;
    series = outcome == MHW_STORED && in->ep != NULL
                 ? in->ep->stored_series
                 : mhw_outcome_series(outcome, in->ep != NULL ? in->ep->auth->name : "",
                                      in->r->pool);
    mhw_io_count(in->backend->io, series);
}

/* What the answer says beside the outcome's sentence. */
static const char *
detail(const mhw_ingest_t *in, mhw_outcome_e outcome)
{
    apr_pool_t *p = in->r->pool;
    apr_size_t limit;

    if (outcome == MHW_UNREADABLE)
        return apr_pstrcat(p, "The request was not understood: ", in->rejected, NULL);
    if (outcome == MHW_DISABLED && in->ep->auth->draft)
        return "The endpoint is a draft: it takes nothing yet";
    if (outcome == MHW_BROKEN_OFF && unpacked(in))
        return apr_psprintf(p, "The body did not arrive, or cannot be unpacked "
                               "(Content-Encoding: %.40s)", in->packed);
    if (outcome != MHW_TOO_LARGE || in->ep == NULL)
        return in->answer.detail;
    if (in->body.failed == APR_EINVAL)
        return "The body unpacks to more times its size than DeflateInflateRatioLimit allows";
    limit = body_limit(in);
    return apr_psprintf(p, "The body%s is larger than the %" APR_SIZE_T_FMT " %s this endpoint takes",
                        unpacked(in) ? ", unpacked," : "", limit % 1024 ? limit : limit / 1024,
                        limit % 1024 ? "bytes" : "kB");
}

int
mhw_ingest_finish(mhw_ingest_t *in, mhw_outcome_e outcome)
{
    request_rec *r = in->r;

    count(in, outcome);
    if (outcome == MHW_UNAUTHORIZED || outcome == MHW_ADDRESS || outcome == MHW_DISABLED)
        mhw_store_refused(in);
    if (outcome == MHW_BROKEN_OFF && (r->connection->aborted || in->answer.status < 400))
        return in->answer.status; /* nobody listens, or a filter has answered */
    if (in->ep != NULL)
        in->answer.success_code = in->ep->auth->success_code;
    in->answer.detail = detail(in, outcome);
    if (outcome != MHW_STORED && outcome != MHW_DUPLICATE)
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "webhook %s for %s: %s",
                      in->answer.request_id, in->id != NULL ? in->id : "(no id)",
                      mhw_outcome_message(outcome));
    mhw_body_discard(r, &in->body, mhw_outcome_status(outcome, &in->answer));
    return mhw_answer(r, outcome, &in->answer);
}

static const char *
packed(const request_rec *r)
{
    const char *how = apr_table_get(r->headers_in, "Content-Encoding");

    return how != NULL && *how != '\0' && strcasecmp(how, "identity") != 0 ? how : NULL;
}

/* In the request's pool, not on the stack: the body's cleanup looks at it after the handler. */
mhw_ingest_t *
mhw_ingest_begin(request_rec *r)
{
    mhw_ingest_t *in = apr_pcalloc(r->pool, sizeof(*in));

    in->r = r;
    in->sc = mhw_server(r->server);
    in->backend = in->sc->backend;
    in->scheme = "none";
    in->packed = packed(r);
    in->res = hw_result_make(r->pool);
    in->query = mhw_query(r);
    in->answer.request_id = mhw_ids_next(in->backend != NULL ? in->backend->ids : NULL, r->pool);
    in->shown = (hw_auth_request_t){
        .ip = r->useragent_ip,
        .authorization = apr_table_get(r->headers_in, "Authorization"),
        .query_token = in->query->token,
        .signature = apr_table_get(r->headers_in, "X-HookWise-Signature"),
        .headers = r->headers_in,
        .query = in->query->rest,
    };
    return in;
}

int
mhw_ingest_handler(request_rec *r)
{
    mhw_ingest_t *in = mhw_ingest_begin(r);

    if (strcmp(r->method, "POST") != 0 && strcmp(r->method, "PUT") != 0)
        return mhw_ingest_finish(in, MHW_METHOD);
    in->id = endpoint_id(r);
    if (in->id == NULL)
        return mhw_ingest_finish(in, MHW_NOT_FOUND);
    if (in->backend == NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "HookwiseRedis is not set for this server");
        return mhw_ingest_finish(in, MHW_UNAVAILABLE);
    }
    return mhw_ingest_finish(in, mhw_ingest_take(in));
}
