/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in and out, and what a page asks first: who am I? */
#include <apr_strings.h>
#include <string.h>

#include "common/result.h"
#include "common/session.h"
#include "common/store_identity.h"
#include "common/text.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/handlers.h"

/* name=value&… as an object of texts. */
static hw_json_t *
form_object(hwc_t *c)
{
    hw_json_t *form = hw_json_own(json_object_new_object(), c->p);
    const apr_array_header_t *pairs = hw_text_split(c->body, '&', c->p);

    for (int i = 0; i < pairs->nelts; i++) {
        const char *pair = APR_ARRAY_IDX(pairs, i, const char *);
        apr_size_t len = strcspn(pair, "="), done;
        const char *name = hw_url_decode(pair, len, 1, &done, c->p);

        pair += len + (pair[len] == '=');
        hw_json_set_string(form, name, hw_url_decode(pair, strlen(pair), 1, &done, c->p));
    }
    return form;
}

static apr_status_t
read_form(hwc_t *c, hw_json_t **out)
{
    const char *type = apr_table_get(c->headers, "Content-Type");

    if (type == NULL || strncmp(type, "application/x-www-form-urlencoded", 33) != 0)
        return hwc_body_object(c, out);
    *out = form_object(c);
    return APR_SUCCESS;
}

static void
set_cookie(hwc_t *c, const char *token, const char *more)
{
    int secure = c->https || hw_set_bool(c->settings, "FORCE_HTTPS");

    apr_table_setn(c->out, "Set-Cookie",
                   apr_psprintf(c->p, "%s=%s; Path=%s/; HttpOnly; SameSite=Strict%s%s",
                                HW_SESSION_COOKIE, token, c->mount, secure ? "; Secure" : "",
                                more));
}

static hw_json_t *
user_json(const hwc_t *c)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "user", c->user->name);
    hw_json_set_string(v, "role", hw_role_name(c->user->role));
    hw_json_set_string(v, "tenant", c->user->tenant);
    hw_json_set_string(v, "how", c->user->how);
    hw_json_set_string(v, "csrf", c->user->csrf);
    return v;
}

/* A session counts as long as the user is published as it was then: so it is, now. */
apr_status_t
hwc_session_begin(hwc_t *c, const char *name)
{
    hw_session_t *session;
    hw_identity_t who;
    const char *token;
    hw_user_t *user;
    hw_store_t *s;
    hw_queue_t *q;
    apr_status_t rv;

    if ((rv = hwc_store(c, &s)) != APR_SUCCESS || (rv = hwc_queue(c, &q)) != APR_SUCCESS ||
        (rv = hw_store_user_get(s, name, &user, c->res, c->p)) != APR_SUCCESS ||
        (rv = hw_publish_identity(s, q, c->res, c->p)) != APR_SUCCESS)
        return rv;
    who = hw_user_identity(user);
    rv = hw_session_start(q, &who, c->now, &token, &session, c->res, c->p);
    if (rv != APR_SUCCESS)
        return rv;
    hwc_user_set(c, &who, "session");
    c->user->csrf = session->csrf;
    c->user->session = session->key;
    set_cookie(c, token, "");
    return APR_SUCCESS;
}

/* A code has six digits and an attacker may have many addresses: failures count for the user as
 * well. Only who knows the password gets here, so nobody else can lock the user out. */
static apr_status_t
code_allowed(hwc_t *c, hw_queue_t *q, const char *counter)
{
    apr_status_t rv = hw_login_allowed(q, counter, c->now, c->res, c->p);
    apr_time_t until = c->res->retry_at;

    if (rv != APR_EACCES)
        return rv;
    hw_fail(c->res, rv, "throttled", "too many wrong codes for this user; try again in %d minutes",
            (int)((apr_time_sec(until - c->now) + 59) / 60));
    c->res->retry_at = until;
    return rv;
}

static apr_status_t
wrong_code(hwc_t *c, hw_queue_t *q, const char *counter)
{
    apr_status_t rv = hw_login_failed(q, counter, c->res, c->p);

    if (rv != APR_SUCCESS)
        return rv;
    rv = hwc_denied(c, "bad-code", "the one-time code is wrong or was used");
    c->res->field = "totp";
    return rv;
}

/* Only who knows the password is told that a code is asked for. */
static apr_status_t
check_code(hwc_t *c, const char *name, const hw_json_t *form)
{
    const char *code = hw_json_get_string(form, "totp");
    const char *counter = apr_pstrcat(c->p, "code:", name, NULL);
    hw_actor_t by = {.user = name, .address = c->remote_addr};
    hw_store_t *s;
    hw_queue_t *q;
    apr_status_t rv;
    int yes;

    if (hw_text_blank(code))
        return hwc_refuse(c, 401, "totp-required", "enter the one-time code of your app");
    if ((rv = hwc_queue(c, &q)) != APR_SUCCESS ||
        (rv = code_allowed(c, q, counter)) != APR_SUCCESS ||
        (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_totp_check(s, name, code, c->now, &by, &yes, c->res, c->p)) != APR_SUCCESS)
        return rv;
    return yes ? code_allowed(c, q, counter) : wrong_code(c, q, counter);
}

/* Guesses that are sent all at once find no failures yet, each by itself: a right one counts only
 * as long as the others have not used up what an address has. */
static apr_status_t
check_account(hwc_t *c, const char *name, const char *password, hw_user_t **user)
{
    apr_status_t rv = hwc_throttle(c);

    if (rv != APR_SUCCESS || (rv = hwc_check_password(c, name, password, user)) != APR_SUCCESS)
        return rv;
    if (*user == NULL)
        return hwc_denied(c, "unauthorized", "the user name or the password is wrong");
    return hwc_throttle(c);
}

apr_status_t
hwc_login(hwc_t *c)
{
    const char *name, *password;
    hw_user_t *user;
    hw_store_t *s;
    hw_json_t *form;
    apr_status_t rv;

    if (!hwc_same_origin(c))
        return hwc_refuse(c, 403, "csrf",
                          "another site sent this; sign in on HookWise's own page");
    if ((rv = read_form(c, &form)) != APR_SUCCESS)
        return rv;
    name = hw_json_get_string(form, "username");
    password = hw_json_get_string(form, "password");
    if (name == NULL || password == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-login",
                             name == NULL ? "username" : "password", "is missing");
    if ((rv = check_account(c, name, password, &user)) != APR_SUCCESS)
        return rv;
    if (user->totp && (rv = check_code(c, user->name, form)) != APR_SUCCESS)
        return rv;
    if ((rv = hwc_session_begin(c, user->name)) != APR_SUCCESS ||
        (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_user_seen(s, user->name, c->res, c->p)) != APR_SUCCESS)
        return rv;
    return hwc_json(c, 200, user_json(c));
}

apr_status_t
hwc_logout(hwc_t *c)
{
    hw_queue_t *q;
    apr_status_t rv;

    if (!hwc_same_origin(c)) /* the answer takes the cookie away, whether it came along or not */
        return hwc_refuse(c, 403, "csrf", "another site sent this");
    set_cookie(c, "", "; Max-Age=0");
    if (c->user != NULL && c->user->session != NULL) {
        if ((rv = hwc_queue(c, &q)) != APR_SUCCESS ||
            (rv = hw_session_end(q, c->user->session, c->res, c->p)) != APR_SUCCESS)
            return rv;
    }
    return hwc_empty(c);
}

apr_status_t
hwc_session_get(hwc_t *c)
{
    hw_json_t *v = user_json(c);
    const char *value = NULL;
    hw_user_t *user = NULL;
    hw_store_t *s;
    apr_status_t rv = hwc_store(c, &s);

    /* Keys, and users of the site's own login, have no second factor here. */
    if (rv == APR_SUCCESS && (strcmp(c->user->how, "session") == 0 ||
                              strcmp(c->user->how, "basic") == 0))
        rv = hw_store_user_get(s, c->user->name, &user, c->res, c->p);
    if (rv == APR_NOTFOUND) /* removed a moment ago */
        rv = APR_SUCCESS;
    if (rv == APR_SUCCESS)
        rv = hw_store_setting_get(s, HW_SETTING_MAINTENANCE, &value, c->res, c->p);
    if (rv != APR_SUCCESS) {
        json_object_put(v);
        return rv;
    }
    hw_json_set_bool(v, "maintenance", value != NULL && strcmp(value, "1") == 0);
    hw_json_set_string(v, "version", HW_VERSION);
    hw_json_set_bool(v, "totp", user != NULL && user->totp);
    return hwc_json(c, 200, v);
}
