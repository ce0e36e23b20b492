/* SPDX-License-Identifier: Apache-2.0 */
/* Request bodies, with and without Content-Length. */
#include "mod_hookwise/body.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <stdlib.h>
#include <string.h>
#include <util_filter.h>

#define READ_STEP 65536                /* bytes asked of the input filters at once */
#define PACKED_STEP 4096               /* … of a packed body: a filter may unpack it a thousandfold */
#define POOL_MAX 16384                 /* bodies up to this lie in the request's pool */
#define DISCARD_MAX (64 * 1024)        /* bytes read away to keep a connection */

/* What Content-Length says; -1 = nothing, or nothing to trust. */
static apr_off_t
announced(const request_rec *r)
{
    const char *value = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t n;
    char *end;

    if (value == NULL || apr_table_get(r->headers_in, "Transfer-Encoding") != NULL ||
        apr_strtoff(&n, value, &end, 10) != APR_SUCCESS || *end != '\0' || n < 0)
        return -1;
    return n;
}

static apr_status_t
free_data(void *data)
{
    mhw_body_t *body = data;

    free(body->data);
    body->data = NULL;
    return APR_SUCCESS;
}

/* Room for n bytes and a NUL. Pool memory cannot grow in place: bigger bodies move to the heap. */
static apr_status_t
reserve(request_rec *r, mhw_body_t *body, apr_size_t n)
{
    apr_size_t cap = body->cap > 0 ? body->cap : 1024;
    char *data;

    if (n < body->cap)
        return APR_SUCCESS;
    while (cap <= n)
        cap *= 2;
    if (cap <= POOL_MAX) {
        data = apr_palloc(r->pool, cap);
        if (body->len > 0)
            memcpy(data, body->data, body->len);
    } else {
        data = realloc(body->on_heap ? body->data : NULL, cap);
        if (data == NULL)
            return APR_ENOMEM;
        if (!body->on_heap && body->len > 0)
            memcpy(data, body->data, body->len);
        if (!body->on_heap)
            apr_pool_cleanup_register(r->pool, body, free_data, apr_pool_cleanup_null);
        body->on_heap = 1;
    }
    body->data = data;
    body->cap = cap;
    return APR_SUCCESS;
}

/* All data of a brigade: at most one step above the limit gets into memory. */
static apr_status_t
take_brigade(request_rec *r, mhw_body_t *body, apr_bucket_brigade *bb)
{
    for (apr_bucket *b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        const char *data;
        apr_size_t len;
        apr_status_t rv;

        if (APR_BUCKET_IS_EOS(b)) {
            body->complete = 1;
            return APR_SUCCESS;
        }
        if (APR_BUCKET_IS_METADATA(b))
            continue;
        if ((rv = apr_bucket_read(b, &data, &len, APR_BLOCK_READ)) != APR_SUCCESS ||
            (rv = reserve(r, body, body->len + len)) != APR_SUCCESS)
            return rv;
        memcpy(body->data + body->len, data, len);
        body->len += len;
    }
    return APR_SUCCESS;
}

apr_status_t
mhw_body_read(request_rec *r, mhw_body_t *body, apr_size_t limit)
{
    apr_off_t length = announced(r);
    apr_bucket_brigade *bb;
    apr_status_t rv = APR_SUCCESS;

    if (body->failed != APR_SUCCESS)
        return body->failed;
    if (length > (apr_off_t)limit || body->len > limit)
        return APR_ENOSPC;
    if (body->data == NULL && (rv = reserve(r, body, length > 0 ? (apr_size_t)length : 0)) !=
                                  APR_SUCCESS)
        return rv;
    bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    if (!body->started) /* the filter that unpacks takes the header away */
        body->step = apr_table_get(r->headers_in, "Content-Encoding") ? PACKED_STEP : READ_STEP;
    body->started = 1;
    while (!body->complete && rv == APR_SUCCESS && body->len <= limit) {
        rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ,
                            (apr_off_t)body->step);
        if (rv == APR_SUCCESS)
            rv = take_brigade(r, body, bb);
        apr_brigade_cleanup(bb);
    }
    apr_brigade_destroy(bb);
    body->data[body->len] = '\0';
    body->failed = rv;
    if (rv == APR_SUCCESS && body->len > limit)
        return APR_ENOSPC;
    return rv;
}

void
mhw_body_discard(request_rec *r, const mhw_body_t *body, int status)
{
    apr_off_t length = announced(r), site = ap_get_limit_req_body(r);
    int chunked = apr_table_get(r->headers_in, "Transfer-Encoding") != NULL;

    if (body->complete || (length <= 0 && !chunked))
        return;
    /* Above LimitRequestBody the input filter would answer in our place. */
    if (body->started || chunked || r->expecting_100 || length > DISCARD_MAX ||
        (site > 0 && length > site) || ap_status_drops_connection(status))
        r->connection->keepalive = AP_CONN_CLOSE;
    else
        ap_discard_request_body(r);
}
