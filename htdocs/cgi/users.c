/* SPDX-License-Identifier: Apache-2.0 */
/* Users: who may do what. Nobody gives a role above his own, or outside his tenant. */
#include <string.h>

#include "common/clock.h"
#include "common/result.h"
#include "common/store_identity.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"
#include "htdocs/cgi/handlers.h"

#define PASSWORD_BYTES 12 /* of a password made here */

static void
set_time(hwc_t *c, hw_json_t *v, const char *name, apr_time_t t)
{
    hw_json_set_string(v, name, t != 0 ? hw_time_rfc3339(t, c->p) : NULL);
}

static hw_json_t *
user_json(hwc_t *c, const hw_user_t *u)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "name", u->name);
    hw_json_set_string(v, "role", u->role);
    hw_json_set_string(v, "tenant", u->tenant);
    hw_json_set_bool(v, "enabled", u->enabled);
    hw_json_set_bool(v, "totp", u->totp);
    set_time(c, v, "created_at", u->created_at);
    set_time(c, v, "last_login_at", u->last_login_at);
    return v;
}

/* Users of other tenants are not there for who is bound to one. */
static int
visible(const hwc_t *c, const hw_user_t *u)
{
    return strcmp(c->user->tenant, "*") == 0 || strcmp(c->user->tenant, u->tenant) == 0;
}

apr_status_t
hwc_users_list(hwc_t *c)
{
    hw_json_t *items;
    apr_array_header_t *users;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_user_list(s, &users, c->res, c->p)) != APR_SUCCESS)
        return rv;
    items = json_object_new_array();
    for (int i = 0; i < users->nelts; i++)
        if (visible(c, APR_ARRAY_IDX(users, i, hw_user_t *)))
            json_object_array_add(items, user_json(c, APR_ARRAY_IDX(users, i, hw_user_t *)));
    return hwc_list_whole(c, items);
}

static apr_status_t
find(hwc_t *c, hw_store_t **s, hw_user_t **user)
{
    apr_status_t rv = hwc_store(c, s);

    if (rv == APR_SUCCESS)
        rv = hw_store_user_get(*s, c->params[0], user, c->res, c->p);
    if (rv == APR_SUCCESS && !visible(c, *user))
        return hwc_refuse(c, 404, "no-user", "there is no user \"%s\"", c->params[0]);
    return rv;
}

apr_status_t
hwc_users_get(hwc_t *c)
{
    hw_store_t *s;
    hw_user_t *user;
    apr_status_t rv = find(c, &s, &user);

    return rv == APR_SUCCESS ? hwc_json(c, 200, user_json(c, user)) : rv;
}

typedef struct {
    const char *name, *role, *tenant, *password;
    int enabled, totp;
} form_t;

static apr_status_t
read_form(hwc_t *c, form_t *f)
{
    static const char *const names[] = {"name", "role", "tenant", "password", "enabled", "totp",
                                        NULL};
    hw_json_t *body;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "name", &f->name)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "role", &f->role)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "tenant", &f->tenant)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "password", &f->password)) != APR_SUCCESS ||
        (rv = hwc_bool_member(c, body, "enabled", &f->enabled)) != APR_SUCCESS ||
        (rv = hwc_bool_member(c, body, "totp", &f->totp)) != APR_SUCCESS)
        return rv;
    if (f->totp == 1)
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", "totp",
                             "only its user can switch a second factor on");
    if (f->tenant != NULL && *f->tenant == '\0')
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", "tenant", "is empty; * is all");
    return f->password != NULL ? hwc_check_new_password(c, "password", f->password) : APR_SUCCESS;
}

/* A password not given is made, and shown this once. */
apr_status_t
hwc_users_add(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    const char *made = NULL;
    hw_json_t *v;
    hw_user_t *user;
    hw_store_t *s;
    form_t f;
    apr_status_t rv = read_form(c, &f);

    if (rv != APR_SUCCESS)
        return rv;
    if (f.name == NULL || f.role == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-user", f.name == NULL ? "name" : "role",
                             "is missing");
    if (f.tenant == NULL)
        f.tenant = c->user->tenant;
    if (f.password == NULL)
        f.password = made = hw_random_token(PASSWORD_BYTES, c->p);
    if ((rv = hwc_may_grant(c, f.role, f.tenant)) != APR_SUCCESS ||
        (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_user_add(s, f.name, f.password, f.role, f.tenant, &by, c->res, c->p)) !=
            APR_SUCCESS ||
        (rv = hw_store_user_get(s, f.name, &user, c->res, c->p)) != APR_SUCCESS)
        return rv;
    hwc_publish_identity(c);
    v = user_json(c, user);
    if (made != NULL)
        hw_json_set_string(v, "password", made);
    return hwc_json(c, 201, v);
}

static int
is_self(const hwc_t *c, const hw_user_t *user)
{
    return (strcmp(c->user->how, "session") == 0 || strcmp(c->user->how, "basic") == 0) &&
           strcmp(c->user->name, user->name) == 0;
}

apr_status_t
hwc_users_change(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_user_change_t change;
    hw_user_t *user;
    hw_store_t *s;
    form_t f;
    apr_status_t rv;

    if ((rv = read_form(c, &f)) != APR_SUCCESS || (rv = find(c, &s, &user)) != APR_SUCCESS ||
        (rv = hwc_may_grant(c, user->role, user->tenant)) != APR_SUCCESS ||
        (rv = hwc_may_grant(c, f.role != NULL ? f.role : user->role,
                            f.tenant != NULL ? f.tenant : user->tenant)) != APR_SUCCESS)
        return rv;
    if (f.name != NULL && strcmp(f.name, user->name) != 0)
        return hw_fail_field(c->res, APR_EINVAL, "bad-user", "name", "cannot be changed");
    if (is_self(c, user) && (f.password != NULL || f.totp == 0 || f.enabled == 0))
        return hwc_refuse(c, 403, "forbidden", "one's own password and second factor are changed "
                                               "under one's own account");
    change = (hw_user_change_t){.role = f.role, .tenant = f.tenant, .password = f.password,
                                .enabled = f.enabled, .totp = f.totp};
    rv = hw_store_user_change(s, user->name, &change, &by, &user, c->res, c->p);
    if (rv != APR_SUCCESS)
        return rv;
    hwc_publish_identity(c);
    return hwc_json(c, 200, user_json(c, user));
}

apr_status_t
hwc_users_delete(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_user_t *user;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = find(c, &s, &user)) != APR_SUCCESS ||
        (rv = hwc_may_grant(c, user->role, user->tenant)) != APR_SUCCESS)
        return rv;
    if (is_self(c, user))
        return hwc_refuse(c, 403, "forbidden", "nobody removes himself; ask another admin");
    if ((rv = hw_store_user_delete(s, user->name, &by, c->res, c->p)) != APR_SUCCESS)
        return rv;
    hwc_publish_identity(c);
    return hwc_empty(c);
}
