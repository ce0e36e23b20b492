/* SPDX-License-Identifier: Apache-2.0 */
/* The tenant map: which company the names in payloads mean. It is one for all tenants. */
#include <string.h>

#include "common/result.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

apr_status_t
hwc_tenantmap_list(hwc_t *c)
{
    hw_json_t *items;
    hw_store_t *s;
    apr_status_t rv = hwc_store(c, &s);

    if (rv == APR_SUCCESS)
        rv = hw_store_tenantmap_list(s, NULL, &items, c->res, c->p);
    return rv == APR_SUCCESS ? hwc_list_whole(c, json_object_get(items)) : rv;
}

/* pattern and company of the body; with an id both may be missing, but not at once. */
static apr_status_t
save(hwc_t *c, const char *id)
{
    static const char *const names[] = {"pattern", "company", "id", "chosen_by", "updated_at", NULL};
    hw_actor_t by = hwc_actor(c);
    const char *pattern, *company;
    hw_json_t *body, *row;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_need_all_tenants(c)) != APR_SUCCESS ||
        (rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "pattern", &pattern)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "company", &company)) != APR_SUCCESS)
        return rv;
    if ((id == NULL || company == NULL) && pattern == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-mapping", "pattern", "is missing");
    if (id == NULL && company == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-mapping", "company", "is missing");
    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_tenantmap_save(s, id, pattern, company, &by, &row, c->res, c->p)) !=
            APR_SUCCESS)
        return rv;
    return hwc_json(c, id == NULL ? 201 : 200, json_object_get(row));
}

apr_status_t
hwc_tenantmap_add(hwc_t *c)
{
    return save(c, NULL);
}

apr_status_t
hwc_tenantmap_change(hwc_t *c)
{
    return save(c, c->params[0]);
}

apr_status_t
hwc_tenantmap_delete(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_json_t *gone;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_need_all_tenants(c)) != APR_SUCCESS || (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_tenantmap_save(s, c->params[0], NULL, NULL, &by, &gone, c->res, c->p)) !=
            APR_SUCCESS)
        return rv;
    return hwc_empty(c);
}

/* --- which one would it be? ----------------------------------------------------------------------------------- */

static apr_array_header_t *
map_of(hwc_t *c, const hw_json_t *items)
{
    apr_array_header_t *map = apr_array_make(c->p, 8, sizeof(hw_tenant_map_t));

    for (apr_size_t i = 0; i < json_object_array_length(items); i++) {
        const hw_json_t *row = json_object_array_get_idx(items, i);
        hw_tenant_map_t *m = apr_array_push(map);

        m->pattern = hw_json_get_string(row, "pattern");
        m->company = hw_json_get_string(row, "company");
    }
    return map;
}

apr_status_t
hwc_tenantmap_test(hwc_t *c)
{
    static const char *const names[] = {"value", NULL};
    hw_json_t *body, *items, *v, *found = NULL;
    apr_array_header_t *map;
    const char *value;
    hw_store_t *s;
    int row, wild = 0;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "value", &value)) != APR_SUCCESS)
        return rv;
    if (value == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", "value", "is missing");
    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_tenantmap_list(s, NULL, &items, c->res, c->p)) != APR_SUCCESS)
        return rv;
    map = map_of(c, items);
    row = hw_tenantmap_find(map, value, &wild, c->p);
    if (row >= 0)
        found = json_object_array_get_idx(items, (size_t)row);
    v = json_object_new_object();
    hw_json_set_string(v, "value", value);
    hw_json_set_string(v, "company", hw_json_get_string(found, "company"));
    hw_json_set_string(v, "pattern", hw_json_get_string(found, "pattern"));
    hw_json_set_string(v, "id", hw_json_get_string(found, "id"));
    hw_json_set_string(v, "how", found == NULL ? NULL : wild ? "wildcard" : "exact");
    return hwc_json(c, 200, v);
}
