/* SPDX-License-Identifier: Apache-2.0 */
/* Who is signed in: sessions and failed sign-ins, kept in Redis so that the web server's module
 * and the CGI see the same ones.
 *
 *   hw:sess:<64 hex>   SHA-256 of the cookie's token → JSON {"user","version","csrf","created"};
 *                      expires HW_SESSION_IDLE seconds after its last use
 *   hw:fail:<address>  failed sign-ins of an address (of an IPv6 network of 64 bits), expiring
 */
#ifndef HW_SESSION_H
#define HW_SESSION_H

#include "common/identity.h"
#include "common/queue.h"

#define HW_SESSION_COOKIE "hookwise"
#define HW_SESSION_IDLE   43200  /* seconds: 12 hours without a request end a session */
#define HW_SESSION_MAX    604800 /* seconds: a week ends it in any case */
#define HW_LOGIN_TRIES    10     /* failures of one address before it must wait */
#define HW_LOGIN_WAIT     300    /* seconds it waits then, counted from the last failure */

typedef struct {
    const hw_identity_t *who; /* as published now: a role taken away is gone at once */
    const char *csrf;
    const char *key;          /* its key in Redis: what ends it */
    apr_time_t created;
} hw_session_t;

/* token: what goes into the cookie, and nowhere else. The user must be published. */
apr_status_t hw_session_start(hw_queue_t *q, const hw_identity_t *who, apr_time_t now,
                              const char **token, hw_session_t **out, hw_result_t *res,
                              apr_pool_t *p);
/* *out NULL: none, ended, too old, or its user was disabled, removed or has other credentials
 * now. A use renews it. */
apr_status_t hw_session_find(hw_queue_t *q, const char *token, apr_time_t now, hw_session_t **out,
                             hw_result_t *res, apr_pool_t *p);
apr_status_t hw_session_end(hw_queue_t *q, const char *key, hw_result_t *res, apr_pool_t *ptemp);
/* The token in a Cookie header, or NULL. */
const char *hw_session_cookie(const char *cookies, apr_pool_t *p);

/* hw_session_find in two steps, for callers that pipeline. argv needs HW_SESSION_ARGS places. */
#define HW_SESSION_ARGS 4
int hw_session_args(const char *token, const char **argv, apr_pool_t *p);
/* A look that is no use: it renews nothing. */
int hw_session_look_args(const char *token, const char **argv, apr_pool_t *p);
apr_status_t hw_session_result(const redisReply *reply, const char *token, apr_time_t now,
                               hw_session_t **out, hw_result_t *res, apr_pool_t *p);

/* Commands about failures of an address, for callers that pipeline: each is argv of
 * HW_LOGIN_ARGS places. _count answers the seconds to wait, 0 = go ahead. */
#define HW_LOGIN_ARGS 4
/* An API key was used: for HW_USED_HASH, written once a minute at most. HW_USED_ARGS places. */
#define HW_USED_ARGS 6
int hw_key_used_args(const char *id, apr_time_t now, const char **argv, apr_pool_t *p);
int hw_login_count_args(const char *address, const char **argv, apr_pool_t *p);
int hw_login_failed_args(const char *address, const char **argv, apr_pool_t *p);
/* APR_EACCES "throttled" with retry_at for more than 0 seconds. */
apr_status_t hw_login_verdict(apr_int64_t seconds, apr_time_t now, hw_result_t *res);

apr_status_t hw_login_allowed(hw_queue_t *q, const char *address, apr_time_t now,
                              hw_result_t *res, apr_pool_t *ptemp);
apr_status_t hw_login_failed(hw_queue_t *q, const char *address, hw_result_t *res,
                             apr_pool_t *ptemp);

#endif
