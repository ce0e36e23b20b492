/* SPDX-License-Identifier: Apache-2.0 */
/* AuthType Hookwise: a session's cookie, Basic, or an API key, checked against what is published
 * in Redis. Sets REMOTE_USER, HOOKWISE_ROLE, HOOKWISE_TENANT and HOOKWISE_AUTH. */
#include "mod_hookwise/auth.h"

#include <httpd.h>
/* httpd.h first: the others lean on it */
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>
#include <string.h>

#include "common/clock.h"
#include "common/session.h"
#include "common/text.h"
#include "mod_hookwise/backend.h"

APLOG_USE_MODULE(hookwise);

#define TYPE "Hookwise"
/* Set by nobody else: env variables can be, by configuration. */
#define ROLE_NOTE "hookwise-role"
#define TENANT_NOTE "hookwise_tenant"

typedef struct {
    request_rec *r;
    apr_pool_t *p;
    apr_time_t now;
    int again;              /* looked at once more, while a long answer is under way */
    mhw_backend_t *backend;
    hw_credentials_t shown;
    hw_result_t *res;
    const hw_identity_t *who; /* NULL = not known */
    const char *how;          /* "session", "basic", "key" */
    int failed;               /* a password or key was wrong */
} attempt_t;

/* --- asking Redis ---------------------------------------------------------------------------- */

static apr_status_t
call(attempt_t *a, int argc, const char **argv, redisReply **reply)
{
    apr_status_t rv = mhw_io_call(a->backend->io, argc, argv, NULL, reply, a->res, a->p);

    if (rv == APR_SUCCESS && (*reply)->type == REDIS_REPLY_ERROR)
        return hw_fail_temp(a->res, APR_EGENERAL, "redis-error", "%s", (*reply)->str);
    return rv;
}

static apr_status_t
try_session(attempt_t *a)
{
    const char *cookies = apr_table_get(a->r->headers_in, "Cookie"), *argv[HW_SESSION_ARGS];
    const char *token = hw_session_cookie(cookies, a->p);
    hw_session_t *session = NULL;
    redisReply *reply;
    apr_status_t rv;

    if (token == NULL)
        return APR_SUCCESS;
    rv = call(a, a->again ? hw_session_look_args(token, argv, a->p)
                          : hw_session_args(token, argv, a->p), argv, &reply);
    if (rv == APR_SUCCESS)
        rv = hw_session_result(reply, token, a->now, &session, a->res, a->p);
    if (rv == APR_SUCCESS && session != NULL) {
        a->who = session->who;
        a->how = "session";
    }
    return rv;
}

/* The record in the hash, or NULL. */
static apr_status_t
record(attempt_t *a, const char *hash, const char *field, redisReply **out)
{
    const char *argv[] = { "HGET", hash, field };
    apr_status_t rv = call(a, 3, argv, out);

    if (rv == APR_SUCCESS && (*out)->type != REDIS_REPLY_STRING)
        *out = NULL;
    return rv;
}

/* Has the address failures left? They count here and in the CGI alike. */
static apr_status_t
allowed(attempt_t *a)
{
    const char *argv[HW_LOGIN_ARGS];
    redisReply *reply;
    apr_status_t rv = call(a, hw_login_count_args(a->r->useragent_ip, argv, a->p), argv, &reply);

    return rv == APR_SUCCESS ? hw_login_verdict(reply->integer, a->now, a->res) : rv;
}

/* Guesses that are sent all at once find no failures yet, each by itself: behind the hash, which
 * takes its time, a right one counts as long as the others have not used up what there is. */
static apr_status_t
check_hash(attempt_t *a, const hw_identity_t *who)
{
    const hw_credentials_t *c = &a->shown;
    apr_status_t rv;

    a->failed = !hw_identity_password(who, c->secret) || !who->enabled;
    if (a->failed)
        return APR_SUCCESS;
    if ((rv = allowed(a)) == APR_SUCCESS)
        mhw_known_add(a->backend->known, c->name, c->secret, who->hash, hw_clock_mono());
    return rv;
}

static apr_status_t
try_basic(attempt_t *a)
{
    mhw_known_t *known = a->backend->known;
    hw_credentials_t *c = &a->shown;
    hw_identity_t *who = NULL;
    redisReply *reply;
    apr_status_t rv = record(a, HW_USER_HASH, c->name, &reply);

    if (rv == APR_SUCCESS && reply != NULL)
        rv = hw_identity_user_read(c->name, reply->str, reply->len, &who, a->res, a->p);
    if (rv != APR_SUCCESS)
        return rv;
    if (who == NULL || who->hash == NULL ||
        !mhw_known(known, c->name, c->secret, who->hash, hw_clock_mono()))
        rv = check_hash(a, who);
    else
        a->failed = !who->enabled;
    if (rv != APR_SUCCESS)
        return rv;
    if (!a->failed && who->totp) {
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, a->r,
                      "user %s has a second factor: Basic is not enough", c->name);
        return APR_SUCCESS;
    }
    if (!a->failed) {
        a->who = who;
        a->how = "basic";
    }
    return APR_SUCCESS;
}

/* Only for people to read: who is let in does not hang on it. */
static void
note_use(attempt_t *a, const char *id)
{
    const char *argv[HW_USED_ARGS];
    redisReply *reply;
    int argc = hw_key_used_args(id, a->now, argv, a->p);

    mhw_io_call(a->backend->io, argc, argv, NULL, &reply, NULL, a->p);
}

static apr_status_t
try_key(attempt_t *a)
{
    apr_pool_t *p = a->p;
    hw_identity_t *who = NULL;
    redisReply *reply = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (hw_identity_is_key(a->shown.secret))
        rv = record(a, HW_KEY_HASH, hw_sha256_hex(a->shown.secret, strlen(a->shown.secret), p),
                    &reply);
    if (rv == APR_SUCCESS && reply != NULL)
        rv = hw_identity_key_read(reply->str, reply->len, &who, a->res, p);
    if (rv != APR_SUCCESS)
        return rv;
    a->failed = who == NULL || (who->until != 0 && who->until <= a->now);
    if (!a->failed) {
        who->name = apr_pstrcat(p, "key:", who->name, NULL);
        a->who = who;
        a->how = "key";
        note_use(a, who->id);
    }
    return APR_SUCCESS;
}

static apr_status_t
try_header(attempt_t *a)
{
    const char *argv[HW_LOGIN_ARGS];
    request_rec *r = a->r;
    redisReply *reply;
    apr_status_t rv = allowed(a);

    if (rv == APR_SUCCESS)
        rv = a->shown.scheme == HW_CRED_BASIC ? try_basic(a) : try_key(a);
    if (rv != APR_SUCCESS || !a->failed)
        return rv;
    if (a->shown.scheme == HW_CRED_BASIC)
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r, "user %s: wrong name or password",
                      a->shown.name);
    else
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r, "an API key is wrong or has expired");
    return call(a, hw_login_failed_args(r->useragent_ip, argv, r->pool), argv, &reply);
}

/* --- what the client hears ------------------------------------------------------------------- */

/* Somebody at a browser, who opened a page and has shown nothing yet. */
static int
wants_page(request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");

    return r->method_number == M_GET && accept != NULL && strstr(accept, "text/html") != NULL &&
           apr_table_get(r->headers_in, "Authorization") == NULL;
}

/* Also called when somebody is signed in, but not as one whom Require lets in. A browser opens its
 * own dialog for Basic, also over a page whose script has asked; that page knows better what to
 * show. */
static int
challenge(request_rec *r, const char *type)
{
    const char *mode = apr_table_get(r->headers_in, "Sec-Fetch-Mode"), *realm = ap_auth_name(r);

    if (!hw_text_ieq(type, TYPE))
        return DECLINED;
    apr_table_setn(r->err_headers_out,
                   r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authenticate" : "WWW-Authenticate",
                   apr_psprintf(r->pool, "%s realm=\"%s\"",
                                mode != NULL && strcmp(mode, "navigate") != 0 ? "Bearer" : "Basic",
                                realm != NULL ? ap_escape_quotes(r->pool, realm) : "HookWise"));
    return OK;
}

static int
unknown(request_rec *r)
{
    const char *page = mhw_dir(r)->login_page;

    if (page != NULL && wants_page(r)) {
        apr_table_setn(r->err_headers_out, "Location", page);
        return HTTP_SEE_OTHER;
    }
    ap_note_auth_failure(r);
    return HTTP_UNAUTHORIZED;
}

static int
not_now(attempt_t *a)
{
    apr_int64_t wait = apr_time_sec(a->res->retry_at - a->r->request_time) + 1;

    if (a->res->problem != NULL && strcmp(a->res->problem, "throttled") == 0) {
        apr_table_setn(a->r->err_headers_out, "Retry-After",
                       apr_psprintf(a->r->pool, "%" APR_INT64_T_FMT, wait > 0 ? wait : 1));
        return HTTP_TOO_MANY_REQUESTS;
    }
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, a->r, "nobody can be signed in: %s",
                  hw_result_text(a->res, a->r->pool));
    return HTTP_SERVICE_UNAVAILABLE;
}

static int
accepted(attempt_t *a)
{
    request_rec *r = a->r;
    const char *role = hw_role_name(a->who->role);

    r->user = apr_pstrdup(r->pool, a->who->name);
    r->ap_auth_type = (char *)TYPE;
    apr_table_setn(r->notes, ROLE_NOTE, role);
    apr_table_setn(r->notes, TENANT_NOTE, a->who->tenant);
    apr_table_setn(r->subprocess_env, "HOOKWISE_ROLE", role);
    apr_table_setn(r->subprocess_env, "HOOKWISE_TENANT", a->who->tenant);
    apr_table_setn(r->subprocess_env, "HOOKWISE_AUTH", a->how);
    return OK;
}

static int
check_authn(request_rec *r)
{
    attempt_t a = { .r = r, .p = r->pool, .now = r->request_time,
                    .backend = mhw_server(r->server)->backend };
    const char *type = ap_auth_type(r);
    apr_status_t rv;

    if (type == NULL || !hw_text_ieq(type, TYPE))
        return DECLINED;
    if (a.backend == NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "AuthType " TYPE " needs HookwiseRedis");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    a.res = hw_result_make(r->pool);
    a.shown = hw_credentials_read(apr_table_get(r->headers_in, "Authorization"), r->pool);
    rv = a.shown.scheme == HW_CRED_NONE ? try_session(&a) : try_header(&a);
    if (rv != APR_SUCCESS)
        return not_now(&a);
    return a.who != NULL ? accepted(&a) : unknown(r);
}

const char *
mhw_auth_tenant(request_rec *r)
{
    const char *own = apr_table_get(r->notes, TENANT_NOTE);
    hw_identity_t who;

    if (own != NULL)
        return own;
    return hw_site_user(mhw_dir(r)->site_users, r->user, &who, r->pool) ? who.tenant : NULL;
}

/* What was wrong is not counted as a failed sign-in: it was right a moment ago. */
int
mhw_auth_still(request_rec *r, apr_pool_t *ptemp)
{
    attempt_t a = { .r = r, .p = ptemp, .now = apr_time_now(), .again = 1,
                    .backend = mhw_server(r->server)->backend };
    const char *role = apr_table_get(r->notes, ROLE_NOTE);
    apr_status_t rv;

    if (role == NULL || a.backend == NULL)
        return 1;
    a.res = hw_result_make(ptemp);
    a.shown = hw_credentials_read(apr_table_get(r->headers_in, "Authorization"), ptemp);
    rv = a.shown.scheme == HW_CRED_NONE    ? try_session(&a)
         : a.shown.scheme == HW_CRED_BASIC ? try_basic(&a) : try_key(&a);
    if (rv != APR_SUCCESS)
        return 1;
    return a.who != NULL && strcmp(hw_role_name(a.who->role), role) == 0 &&
           strcmp(a.who->tenant, apr_table_get(r->notes, TENANT_NOTE)) == 0;
}

/* --- Require hookwise-role ------------------------------------------------------------------- */

/* Checked when httpd reads its configuration: a word that is no role would let nobody in, or
 * everybody who is signed in. */
static const char *
parse_roles(cmd_parms *cmd, const char *line, const void **parsed)
{
    hw_role_e *least = apr_palloc(cmd->pool, sizeof(*least));
    const char *word;

    *least = HW_ANYONE;
    while (*(word = ap_getword_conf(cmd->temp_pool, &line)) != '\0') {
        hw_role_e role = hw_role_read(word);

        if (role == HW_ANYONE)
            return apr_psprintf(cmd->pool, "Require hookwise-role: %s is none of viewer, "
                                           "operator, admin, owner", word);
        if (*least == HW_ANYONE || role < *least)
            *least = role;
    }
    if (*least == HW_ANYONE)
        return "Require hookwise-role: names viewer, operator, admin or owner";
    *parsed = least;
    return NULL;
}

static authz_status
check_role(request_rec *r, const char *line, const void *parsed)
{
    const char *role = apr_table_get(r->notes, ROLE_NOTE);
    hw_identity_t who;

    (void)line;
    if (r->user == NULL)
        return AUTHZ_DENIED_NO_USER;
    if (role == NULL && hw_site_user(mhw_dir(r)->site_users, r->user, &who, r->pool))
        role = hw_role_name(who.role);
    return hw_role_read(role) >= *(const hw_role_e *)parsed ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

static const authz_provider role_provider = { &check_role, &parse_roles };

void
mhw_auth_register(apr_pool_t *p)
{
    ap_hook_check_authn(check_authn, NULL, NULL, APR_HOOK_MIDDLE, AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_note_auth_failure(challenge, NULL, NULL, APR_HOOK_MIDDLE);
    ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, "hookwise-role", AUTHZ_PROVIDER_VERSION,
                              &role_provider, AP_AUTH_INTERNAL_PER_CONF);
}
