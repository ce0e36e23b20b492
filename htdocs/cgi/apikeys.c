/* SPDX-License-Identifier: Apache-2.0 */
/* API keys: what programs sign in with. A key is shown once; we keep its digest. */
#include <string.h>

#include "common/clock.h"
#include "common/result.h"
#include "common/store_identity.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"
#include "htdocs/cgi/handlers.h"

static void
set_time(hwc_t *c, hw_json_t *v, const char *name, apr_time_t t)
{
    hw_json_set_string(v, name, t != 0 ? hw_time_rfc3339(t, c->p) : NULL);
}

static hw_json_t *
key_json(hwc_t *c, const hw_apikey_t *k)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "id", k->id);
    hw_json_set_string(v, "name", k->name);
    hw_json_set_string(v, "hint", k->hint);
    hw_json_set_string(v, "role", k->role);
    hw_json_set_string(v, "tenant", k->tenant);
    hw_json_set_string(v, "created_by", k->created_by);
    set_time(c, v, "created_at", k->created_at);
    set_time(c, v, "expires_at", k->expires_at);
    set_time(c, v, "last_used_at", k->last_used_at);
    return v;
}

static int
visible(const hwc_t *c, const hw_apikey_t *k)
{
    return strcmp(c->user->tenant, "*") == 0 || strcmp(c->user->tenant, k->tenant) == 0;
}

apr_status_t
hwc_apikeys_list(hwc_t *c)
{
    hw_json_t *items;
    apr_array_header_t *keys;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_apikey_list(s, &keys, c->res, c->p)) != APR_SUCCESS)
        return rv;
    items = json_object_new_array();
    for (int i = 0; i < keys->nelts; i++)
        if (visible(c, APR_ARRAY_IDX(keys, i, hw_apikey_t *)))
            json_object_array_add(items, key_json(c, APR_ARRAY_IDX(keys, i, hw_apikey_t *)));
    return hwc_list_whole(c, items);
}

static apr_status_t
read_form(hwc_t *c, hw_apikey_t *want)
{
    static const char *const names[] = {"name", "role", "tenant", "expires_at", NULL};
    const char *expires;
    hw_json_t *body;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "name", &want->name)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "role", &want->role)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "tenant", &want->tenant)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "expires_at", &expires)) != APR_SUCCESS)
        return rv;
    if (want->name == NULL || want->role == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-key", want->name == NULL ? "name" : "role",
                             "is missing");
    if (want->tenant == NULL)
        want->tenant = c->user->tenant;
    if (expires == NULL)
        return APR_SUCCESS;
    if (hw_time_parse(expires, &want->expires_at, c->res) != APR_SUCCESS)
        return hw_result_in_field(c->res, "expires_at");
    return want->expires_at > c->now
               ? APR_SUCCESS
               : hw_fail_field(c->res, APR_EINVAL, "bad-key", "expires_at", "is in the past");
}

apr_status_t
hwc_apikeys_add(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_apikey_t want = {.name = NULL}, *row;
    const char *key;
    hw_store_t *s;
    hw_json_t *v;
    apr_status_t rv;

    if ((rv = read_form(c, &want)) != APR_SUCCESS ||
        (rv = hwc_may_grant(c, want.role, want.tenant)) != APR_SUCCESS ||
        (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_apikey_add(s, &want, &by, &key, &row, c->res, c->p)) != APR_SUCCESS)
        return rv;
    hwc_publish_identity(c);
    v = key_json(c, row);
    hw_json_set_string(v, "key", key);
    return hwc_json(c, 201, v);
}

apr_status_t
hwc_apikeys_delete(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_apikey_t *row;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_apikey_get(s, c->params[0], &row, c->res, c->p)) != APR_SUCCESS)
        return rv;
    if (!visible(c, row))
        return hwc_refuse(c, 404, "no-key", "there is no API key %s", c->params[0]);
    if ((rv = hwc_may_grant(c, row->role, row->tenant)) != APR_SUCCESS ||
        (rv = hw_store_apikey_delete(s, row->id, &by, c->res, c->p)) != APR_SUCCESS)
        return rv;
    hwc_publish_identity(c);
    return hwc_empty(c);
}
