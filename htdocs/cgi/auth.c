/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks: the server's own user, a session, Basic, or an API key; and who may ask at all. */
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "common/auth.h"
#include "common/result.h"
#include "common/session.h"
#include "common/store_identity.h"
#include "common/text.h"
#include "htdocs/cgi/auth.h"

/* --- before anything else -------------------------------------------------------------------- */

static apr_status_t
check_address(hwc_t *c)
{
    hw_cidr_t *trusted;
    apr_status_t rv = hw_cidr_parse(hw_set_text(c->settings, "GUI_TRUSTED_IPS"), &trusted, c->res,
                                    c->p);

    if (rv != APR_SUCCESS) {
        c->res->http_status = 500;
        return hw_result_in_field(c->res, "GUI_TRUSTED_IPS");
    }
    if (hw_cidr_contains(trusted, c->remote_addr))
        return APR_SUCCESS;
    return hwc_refuse(c, 403, "address", "this address may not use HookWise's administration");
}

/* What a Host header may hold; anything else does not go into a header of ours. */
static int
host_is_plain(const char *host)
{
    return host != NULL && *host != '\0' &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") ==
               strlen(host);
}

/* "https://host[:port]" of PUBLIC_URL; NULL when that is no https address. */
static const char *
public_https(const hwc_t *c)
{
    const char *url = hw_set_text(c->settings, "PUBLIC_URL");

    if (strncasecmp(url, "https://", 8) != 0)
        return NULL;
    return apr_pstrmemdup(c->p, url, 8 + strcspn(url + 8, "/?#"));
}

/* Requests that read are sent to the https address; what was sent to change something has given
 * its secrets away already, and repeating it would hide that. */
static apr_status_t
check_tls(hwc_t *c)
{
    const char *host = apr_table_get(c->headers, "Host"), *to = public_https(c), *colon;

    if (c->https || !hw_set_bool(c->settings, "FORCE_HTTPS"))
        return APR_SUCCESS;
    if ((strcmp(c->method, "GET") == 0 || strcmp(c->method, "HEAD") == 0) && host_is_plain(host)) {
        colon = strrchr(host, ':');
        if (colon != NULL && strchr(colon, ']') == NULL)
            host = apr_pstrmemdup(c->p, host, (apr_size_t)(colon - host));
        if (to == NULL)
            to = apr_pstrcat(c->p, "https://", host, NULL);
        apr_table_setn(c->out, "Location", apr_pstrcat(c->p, to, c->uri, NULL));
        return hwc_refuse(c, 308, "https-required", "use https");
    }
    return hwc_refuse(c, 403, "https-required",
                      "this takes https; the password or key just sent should be changed");
}

apr_status_t
hwc_admit(hwc_t *c)
{
    apr_status_t rv = check_address(c);

    return rv == APR_SUCCESS ? check_tls(c) : rv;
}

/* Browsers say where a request comes from: Sec-Fetch-Site over https, Origin everywhere. Programs
 * say nothing. */
int
hwc_same_origin(const hwc_t *c)
{
    const char *site = apr_table_get(c->headers, "Sec-Fetch-Site");
    const char *origin = apr_table_get(c->headers, "Origin");
    const char *host = apr_table_get(c->headers, "Host"), *own;

    if (site != NULL)
        return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
    if (origin == NULL)
        return 1;
    own = strstr(origin, "://");
    return own != NULL && host != NULL && hw_text_ieq(own + 3, host);
}

/* --- users the server vouches for ------------------------------------------------------------ */

static apr_status_t
server_user(hwc_t *c)
{
    hw_identity_t who;

    if (!hw_site_user(hw_set_text(c->settings, "REMOTE_USER_ROLES"), c->remote_user, &who, c->p))
        return hwc_refuse(c, 403, "no-role", "%s has no role here; REMOTE_USER_ROLES gives one",
                          c->remote_user);
    hwc_user_set(c, &who, "server");
    return APR_SUCCESS;
}

/* --- sessions -------------------------------------------------------------------------------- */

void
hwc_user_set(hwc_t *c, const hw_identity_t *who, const char *how)
{
    c->user = apr_pcalloc(c->p, sizeof(*c->user));
    *c->user = (hwc_user_t){.name = who->name, .role = who->role, .tenant = who->tenant,
                            .how = how};
}

static apr_status_t
session_user(hwc_t *c, const char *token)
{
    hw_session_t *session;
    hw_queue_t *q;
    apr_status_t rv = hwc_queue(c, &q);

    if (rv == APR_SUCCESS)
        rv = hw_session_find(q, token, c->now, &session, c->res, c->p);
    if (rv != APR_SUCCESS || session == NULL)
        return rv;
    hwc_user_set(c, session->who, "session");
    c->user->csrf = session->csrf;
    c->user->session = session->key;
    return APR_SUCCESS;
}

/* --- passwords and keys ---------------------------------------------------------------------- */

/* Redis keeps count of the failures. Without Redis nobody is let in: a password could be guessed
 * at any speed. */
apr_status_t
hwc_throttle(hwc_t *c)
{
    hw_queue_t *q;
    apr_status_t rv = hwc_queue(c, &q);

    return rv == APR_SUCCESS ? hw_login_allowed(q, c->remote_addr, c->now, c->res, c->p) : rv;
}

apr_status_t
hwc_denied(hwc_t *c, const char *problem, const char *what)
{
    hw_queue_t *q;

    if (hwc_queue(c, &q) == APR_SUCCESS)
        hw_login_failed(q, c->remote_addr, c->res, c->p);
    hw_result_reset(c->res);
    return hwc_refuse(c, 401, problem, "%s", what);
}

apr_status_t
hwc_check_password(hwc_t *c, const char *name, const char *password, hw_user_t **out)
{
    hw_user_t *user = NULL;
    hw_identity_t who;
    hw_store_t *s;
    apr_status_t rv = hwc_store(c, &s);

    *out = NULL;
    if (rv == APR_SUCCESS)
        rv = hw_store_user_get(s, name, &user, c->res, c->p);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return rv;
    hw_result_reset(c->res);
    if (user != NULL)
        who = hw_user_identity(user);
    if (hw_identity_password(user != NULL ? &who : NULL, password) && user->enabled)
        *out = user;
    return APR_SUCCESS;
}

static apr_status_t
basic_user(hwc_t *c, const hw_credentials_t *shown)
{
    hw_identity_t who;
    hw_user_t *user;
    apr_status_t rv = hwc_check_password(c, shown->name, shown->secret, &user);

    if (rv != APR_SUCCESS)
        return rv;
    if (user == NULL)
        return hwc_denied(c, "unauthorized", "the user name or the password is wrong");
    if (user->totp)
        return hwc_refuse(c, 401, "totp-required",
                          "this user signs in with a one-time code; programs use an API key");
    if ((rv = hwc_throttle(c)) != APR_SUCCESS) /* guesses sent at once: see check_account */
        return rv;
    who = hw_user_identity(user);
    hwc_user_set(c, &who, "basic");
    return APR_SUCCESS;
}

static apr_status_t
key_user(hwc_t *c, const char *key)
{
    hw_apikey_t *row = NULL;
    hw_identity_t who;
    hw_store_t *s;
    apr_status_t rv;

    if (hw_identity_is_key(key)) {
        if ((rv = hwc_store(c, &s)) == APR_SUCCESS)
            rv = hw_store_apikey_use(s, key, c->now, &row, c->res, c->p);
        if (rv != APR_SUCCESS)
            return rv;
    }
    if (row == NULL)
        return hwc_denied(c, "unauthorized", "the API key is wrong or has expired");
    who = hw_apikey_identity(row);
    who.name = apr_pstrcat(c->p, "key:", row->name, NULL);
    hwc_user_set(c, &who, "key");
    return APR_SUCCESS;
}

apr_status_t
hwc_may_grant(hwc_t *c, const char *role, const char *tenant)
{
    if (hw_role_read(role) > c->user->role)
        return hwc_refuse(c, 403, "forbidden", "%s has the role %s and cannot give or take %s",
                          c->user->name, hw_role_name(c->user->role), role);
    if (strcmp(c->user->tenant, "*") != 0 && strcmp(c->user->tenant, tenant) != 0)
        return hwc_refuse(c, 403, "forbidden", "%s belongs to the tenant %s", c->user->name,
                          c->user->tenant);
    return APR_SUCCESS;
}

void
hwc_publish_identity(hwc_t *c)
{
    hw_result_t *res = c->res;
    hw_store_t *s;
    hw_queue_t *q;

    c->res = hw_result_make(c->p);
    if (hwc_store_of_all(c, &s) != APR_SUCCESS || hwc_queue(c, &q) != APR_SUCCESS ||
        hw_publish_identity(s, q, c->res, c->p) != APR_SUCCESS)
        hwc_log(c, "users are saved, but not published yet: %s", hw_result_text(c->res, c->p));
    c->res = res;
}

apr_status_t
hwc_authenticate(hwc_t *c)
{
    const char *token = hw_session_cookie(apr_table_get(c->headers, "Cookie"), c->p);
    hw_credentials_t shown = hw_credentials_read(apr_table_get(c->headers, "Authorization"), c->p);
    apr_status_t rv;

    /* Our own AuthType let through what is shown here as well: it is read again, because a session
     * has a CSRF token and a name alone has none. Only a password is not hashed a second time. */
    if (c->remote_user != NULL && !hw_text_ieq(c->auth_type, "Hookwise"))
        return server_user(c);
    if (c->vouched != NULL && shown.scheme == HW_CRED_BASIC) {
        c->user = c->vouched;
        return APR_SUCCESS;
    }
    if (shown.scheme == HW_CRED_NONE)
        return token != NULL ? session_user(c, token) : APR_SUCCESS;
    if ((rv = hwc_throttle(c)) != APR_SUCCESS)
        return rv;
    return shown.scheme == HW_CRED_BASIC ? basic_user(c, &shown) : key_user(c, shown.secret);
}
