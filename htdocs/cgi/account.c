/* SPDX-License-Identifier: Apache-2.0 */
/* One's own account: password and second factor. Whoever found a browser open knows neither, so
 * each change asks for the password. */
#include <apr_strings.h>
#include <string.h>

#include "common/result.h"
#include "common/session.h"
#include "common/store_identity.h"
#include "common/totp.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/handlers.h"

#define ISSUER "HookWise"

/* Accounts are ours for who signed in with a password of ours. */
static apr_status_t
need_account(hwc_t *c)
{
    if (strcmp(c->user->how, "session") == 0 || strcmp(c->user->how, "basic") == 0)
        return APR_SUCCESS;
    return hwc_refuse(c, 403, "forbidden", "%s has no password here", c->user->name);
}

/* Wrong ones count as failed sign-ins do. */
static apr_status_t
prove(hwc_t *c, const hw_json_t *body)
{
    const char *password;
    hw_user_t *user;
    hw_queue_t *q;
    apr_status_t rv;

    if ((rv = hwc_text_member(c, body, "password", &password)) != APR_SUCCESS ||
        (rv = hwc_throttle(c)) != APR_SUCCESS)
        return rv;
    if (password == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-password", "password", "is missing");
    if ((rv = hwc_check_password(c, c->user->name, password, &user)) != APR_SUCCESS)
        return rv;
    if (user != NULL)
        return APR_SUCCESS;
    if ((rv = hwc_queue(c, &q)) != APR_SUCCESS ||
        (rv = hw_login_failed(q, c->remote_addr, c->res, c->p)) != APR_SUCCESS)
        return rv;
    return hw_fail_field(c->res, APR_EINVAL, "bad-password", "password", "is wrong");
}

/* All sessions of the user are over; this browser gets a new one. */
static apr_status_t
renew_session(hwc_t *c, hw_json_t *answer)
{
    const char *old = c->user->session;
    hw_queue_t *q;
    apr_status_t rv = APR_SUCCESS;

    if (old == NULL) {
        hwc_publish_identity(c);
        return hwc_json(c, 200, answer);
    }
    if ((rv = hwc_session_begin(c, c->user->name)) != APR_SUCCESS ||
        (rv = hwc_queue(c, &q)) != APR_SUCCESS ||
        (rv = hw_session_end(q, old, c->res, c->p)) != APR_SUCCESS) {
        json_object_put(answer);
        return rv;
    }
    hw_json_set_string(answer, "csrf", c->user->csrf);
    return hwc_json(c, 200, answer);
}

apr_status_t
hwc_password(hwc_t *c)
{
    static const char *const names[] = {"password", "new_password", NULL};
    hw_actor_t by = hwc_actor(c);
    const char *fresh;
    hw_json_t *body;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = need_account(c)) != APR_SUCCESS ||
        (rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "new_password", &fresh)) != APR_SUCCESS ||
        (rv = hwc_check_new_password(c, "new_password", fresh)) != APR_SUCCESS ||
        (rv = prove(c, body)) != APR_SUCCESS || (rv = hwc_store(c, &s)) != APR_SUCCESS)
        return rv;
    rv = hw_store_user_passwd(s, c->user->name, fresh, &by, c->res, c->p);
    if (rv != APR_SUCCESS && c->res->field != NULL)
        c->res->field = "new_password";
    return rv == APR_SUCCESS ? renew_session(c, json_object_new_object()) : rv;
}

/* --- second factor --------------------------------------------------------------------------- */

static apr_status_t
totp_start(hwc_t *c, const hw_json_t *body)
{
    const char *secret;
    hw_store_t *s;
    hw_json_t *v;
    apr_status_t rv;

    if ((rv = prove(c, body)) != APR_SUCCESS || (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_totp_start(s, c->user->name, &secret, c->res, c->p)) != APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    hw_json_set_string(v, "secret", secret);
    hw_json_set_string(v, "uri", hw_totp_uri(ISSUER, c->user->name, secret, c->p));
    return hwc_json(c, 200, v);
}

static apr_status_t
totp_confirm(hwc_t *c, const hw_json_t *body)
{
    hw_actor_t by = hwc_actor(c);
    apr_array_header_t *recovery;
    hw_json_t *v, *codes;
    const char *code;
    hw_store_t *s;
    apr_status_t rv = hwc_text_member(c, body, "code", &code);

    if (rv != APR_SUCCESS)
        return rv;
    if (code == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-code", "code", "is missing");
    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_totp_confirm(s, c->user->name, code, c->now, &by, &recovery, c->res,
                                    c->p)) != APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    codes = json_object_new_array();
    for (int i = 0; i < recovery->nelts; i++)
        json_object_array_add(codes,
                              json_object_new_string(APR_ARRAY_IDX(recovery, i, const char *)));
    hw_json_set(v, "recovery_codes", codes);
    return renew_session(c, v);
}

static apr_status_t
totp_disable(hwc_t *c, const hw_json_t *body)
{
    hw_user_change_t change = {.enabled = -1, .totp = 0};
    hw_actor_t by = hwc_actor(c);
    hw_user_t *user;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = prove(c, body)) != APR_SUCCESS || (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_user_change(s, c->user->name, &change, &by, &user, c->res, c->p)) !=
            APR_SUCCESS)
        return rv;
    return renew_session(c, json_object_new_object());
}

apr_status_t
hwc_totp(hwc_t *c)
{
    static const char *const names[] = {"action", "password", "code", NULL};
    static const struct {
        const char *action;
        apr_status_t (*run)(hwc_t *c, const hw_json_t *body);
    } actions[] = {{"start", totp_start}, {"confirm", totp_confirm}, {"disable", totp_disable}};
    const char *action;
    hw_json_t *body;
    apr_status_t rv;

    if ((rv = need_account(c)) != APR_SUCCESS ||
        (rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "action", &action)) != APR_SUCCESS)
        return rv;
    for (unsigned i = 0; i < sizeof(actions) / sizeof(actions[0]) && action != NULL; i++)
        if (strcmp(action, actions[i].action) == 0)
            return actions[i].run(c, body);
    return hw_fail_field(c->res, APR_EINVAL, "bad-action", "action",
                         "takes start, confirm or disable");
}
