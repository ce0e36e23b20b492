/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP calls to the far end: bounded connections kept alive, time limits, TLS verified, no
 * redirects, bounded answers. The only file that knows curl is http.c. */
#ifndef HWD_HTTP_H
#define HWD_HTTP_H

#include "hookwised/rate.h"
#include "hookwised/daemon.h"
#include "hookwised/reach.h"

#define HWD_HTTP_ANSWER_MAX (8 * 1024 * 1024) /* bytes of one answer */
#define HWD_HTTP_CONNECT_MAX 10               /* seconds to connect, at most */
#define HWD_RETRY_AFTER_MAX 300               /* seconds of Retry-After that are honoured */

typedef struct {
    const char *method, *url;
    const char *const *headers; /* "Name: value", ends with NULL */
    const char *body;           /* NULL = none */
    int timeout;                /* seconds, for all of it */
    hwd_prio_e prio;            /* for a free connection */
    int repeatable;             /* done twice it is done once: GET, PATCH */
    int (*may_send)(void *baton); /* asked before the end of the body leaves; NULL = it may */
    void *baton;
    const hwd_reach_t *reach;   /* addresses it may connect to; NULL = any */
    const char *shown;          /* the URL as errors name it, when all of it is a secret; NULL = with
                                 * the secrets masked that it is known to have */
    const atomic_int *abort;    /* not 0: the call ends at once, as one without an answer */
} hwd_request_t;

typedef struct {
    int status;
    const char *body;           /* never NULL; len bytes and a NUL */
    apr_size_t len;
    const char *retry_after;    /* header; NULL = absent */
} hwd_answer_t;

/* Connections of their own, for calls that must not wait for each other. */
apr_status_t hwd_http_make(hwd_t *d, int connections, hwd_http_t **out, hw_result_t *res);
/* Any answer is success, whatever its status. Failures: temporary "connect-failed" and
 * "bad-certificate" when nothing was sent, "lease-lost" when may_send said no, "no-answer" when the request is repeatable; unknown
 * "outcome-unknown" when it was sent and is not; permanent "bad-url", and "not-public" when its address
 * is none that reach allows. */
apr_status_t hwd_http_send(hwd_http_t *h, const hwd_request_t *req, hwd_answer_t *out,
                           hw_result_t *res, apr_pool_t *p);

/* The class of an HTTP status that is not 2xx: 408, 429 and 5xx are temporary; 408, 500, 502 and
 * 504 leave open whether a request that must not be repeated took effect. */
hw_class_e hwd_http_class(int status, int repeatable);
/* Retry-After, seconds or HTTP date, as a time; 0 when absent or unreadable. Bounded. */
apr_time_t hwd_http_retry_at(const char *value, apr_time_t now);
/* The same by now, on hw_clock_mono's clock. */
apr_time_t hwd_http_retry_after(const char *value);

#endif
