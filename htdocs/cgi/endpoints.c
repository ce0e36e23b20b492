/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints: list, create, read, change, delete. */
#include <string.h>

#include "common/result.h"
#include "common/store_work.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

apr_status_t
hwc_endpoints_list(hwc_t *c)
{
    hw_endpoint_filter_t f = {.tenant = hwc_tenant(c), .q = hwc_arg(c, "q"),
                              .preset = hwc_arg(c, "preset"), .state = hwc_arg(c, "state")};
    apr_array_header_t *views;
    const char *next;
    hw_json_t *items, *health;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_page(c, &f.limit, &f.cursor)) != APR_SUCCESS ||
        (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_endpoint_page(s, &f, c->now, &views, &next, c->res, c->p)) != APR_SUCCESS ||
        (rv = hw_store_health_get(s, NULL, &health, c->res, c->p)) != APR_SUCCESS)
        return rv;
    items = json_object_new_array();
    for (int i = 0; i < views->nelts; i++)
        json_object_array_add(items, hwc_endpoint_shown(
            c, APR_ARRAY_IDX(views, i, hw_endpoint_view_t *), health));
    return hwc_list(c, items, next);
}

apr_status_t
hwc_endpoint_get(hwc_t *c)
{
    hw_endpoint_row_t *row;
    hw_store_t *s;
    hw_json_t *v, *times;
    apr_status_t rv;

    if ((rv = hwc_endpoint_find(c, c->params[0], 0, &s, &row)) != APR_SUCCESS ||
        (rv = hw_store_stats_times(s, row->id, c->now, &times, c->res, c->p)) != APR_SUCCESS ||
        (rv = hwc_endpoint_json(c, s, row->id, &v)) != APR_SUCCESS)
        return rv;
    hw_json_set(hw_json_get(v, "stats"), "processing_time", json_object_get(times));
    return hwc_json(c, 200, v);
}

/* Who is bound to a tenant makes and keeps endpoints of that tenant. */
static apr_status_t
check_tenant(hwc_t *c, hw_json_t *doc, int whole)
{
    const char *tenant;
    apr_status_t rv = hwc_text_member(c, doc, "tenant", &tenant);

    if (rv != APR_SUCCESS || strcmp(c->user->tenant, "*") == 0)
        return rv;
    if (tenant == NULL) {
        /* NULL in a change would make it the default one's. */
        if (whole || json_object_object_get_ex(doc, "tenant", NULL))
            hw_json_set_string(doc, "tenant", c->user->tenant);
        return APR_SUCCESS;
    }
    if (strcmp(tenant, c->user->tenant) == 0)
        return APR_SUCCESS;
    hw_fail_field(c->res, APR_EACCES, "forbidden", "tenant", "%s belongs to the tenant %s",
                  c->user->name, c->user->tenant);
    return APR_EACCES;
}

apr_status_t
hwc_endpoints_add(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_endpoint_row_t *row;
    hw_json_t *doc, *v;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &doc)) != APR_SUCCESS ||
        (rv = check_tenant(c, doc, 1)) != APR_SUCCESS || (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_endpoint_create(s, doc, &by, &row, c->res, c->p)) != APR_SUCCESS ||
        (rv = hwc_endpoint_json(c, s, row->id, &v)) != APR_SUCCESS)
        return rv;
    hw_json_set_string(v, "token", row->token);
    hwc_publish(c, row->id, v);
    return hwc_json(c, 201, v);
}

static apr_status_t
save(hwc_t *c, int replace)
{
    hw_actor_t by = hwc_actor(c);
    hw_endpoint_save_t what = {.replace = replace};
    hw_endpoint_row_t *row;
    hw_json_t *doc, *v;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &doc)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, doc, "version", &what.version)) != APR_SUCCESS ||
        (rv = check_tenant(c, doc, replace)) != APR_SUCCESS ||
        (rv = hwc_endpoint_find(c, c->params[0], 0, &s, &row)) != APR_SUCCESS)
        return rv;
    what.doc = doc;
    if ((rv = hw_store_endpoint_save(s, row->id, &what, &by, &row, c->res, c->p)) !=
            APR_SUCCESS ||
        (rv = hwc_endpoint_json(c, s, row->id, &v)) != APR_SUCCESS)
        return rv;
    hwc_publish(c, row->id, v);
    return hwc_json(c, 200, v);
}

apr_status_t
hwc_endpoint_put(hwc_t *c)
{
    return save(c, 1);
}

apr_status_t
hwc_endpoint_patch(hwc_t *c)
{
    return save(c, 0);
}

apr_status_t
hwc_endpoint_delete(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_endpoint_row_t *row;
    hw_store_t *s;
    hw_json_t *v;
    apr_status_t rv;

    if ((rv = hwc_endpoint_find(c, c->params[0], 0, &s, &row)) != APR_SUCCESS ||
        (rv = hw_store_endpoint_delete(s, row->id, &by, c->res, c->p)) != APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    hw_json_set_string(v, "deleted", row->id);
    hwc_publish(c, row->id, v);
    return hwc_json(c, 200, v);
}
