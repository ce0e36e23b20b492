/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance: the mode for everything, and when endpoints have their windows. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/result.h"
#include "common/window.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

#define DAYS_DEFAULT 14
#define DAYS_MAX 92
#define EACH_MAX 1000 /* occurrences of one endpoint */

static apr_status_t
is_on(hwc_t *c, hw_store_t **s, int *on)
{
    const char *value = NULL;
    apr_status_t rv = hwc_store(c, s);

    if (rv == APR_SUCCESS)
        rv = hw_store_setting_get(*s, HW_SETTING_MAINTENANCE, &value, c->res, c->p);
    *on = value != NULL && strcmp(value, "1") == 0;
    return rv;
}

static apr_status_t
answer(hwc_t *c, int on)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_bool(v, "enabled", on);
    return hwc_json(c, 200, v);
}

apr_status_t
hwc_maintenance_get(hwc_t *c)
{
    hw_store_t *s;
    int on;
    apr_status_t rv = is_on(c, &s, &on);

    return rv == APR_SUCCESS ? answer(c, on) : rv;
}

apr_status_t
hwc_maintenance_set(hwc_t *c)
{
    static const char *const names[] = {"enabled", NULL};
    hw_actor_t by = hwc_actor(c);
    hw_json_t *body;
    hw_store_t *s;
    int on, wanted;
    apr_status_t rv;

    if ((rv = hwc_need_all_tenants(c)) != APR_SUCCESS ||
        (rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_bool_member(c, body, "enabled", &wanted)) != APR_SUCCESS ||
        (rv = is_on(c, &s, &on)) != APR_SUCCESS)
        return rv;
    if (wanted < 0)
        wanted = !on;
    rv = hw_store_setting_set(s, HW_SETTING_MAINTENANCE, wanted ? "1" : "0", &by, c->res, c->p);
    return rv == APR_SUCCESS ? answer(c, wanted) : rv;
}

/* --- the calendar of windows ------------------------------------------------------------------------------- */

typedef struct {
    hw_window_hit_t hit;
    const hw_endpoint_row_t *row;
} entry_t;

static void
add_windows(hwc_t *c, const hw_endpoint_row_t *row, apr_time_t from, apr_time_t until,
            apr_array_header_t *out)
{
    hw_windows_t *windows = NULL;
    apr_array_header_t *hits;

    /* What is stored was checked; a zone that has left the system is told by the endpoint. */
    if (hw_windows_compile(hw_json_get(row->doc, "maintenance_windows"), &windows, NULL, c->p) !=
        APR_SUCCESS)
        return;
    hits = hw_windows_between(windows, from, until, EACH_MAX, c->p);
    for (int i = 0; i < hits->nelts; i++)
        APR_ARRAY_PUSH(out, entry_t) =
            (entry_t){.hit = APR_ARRAY_IDX(hits, i, hw_window_hit_t), .row = row};
}

static int
by_start(const void *a, const void *b)
{
    const entry_t *x = a, *y = b;

    if (x->hit.starts != y->hit.starts)
        return x->hit.starts < y->hit.starts ? -1 : 1;
    return strcmp(x->row->name, y->row->name);
}

static hw_json_t *
entry_json(hwc_t *c, const entry_t *e)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "endpoint_id", e->row->id);
    hw_json_set_string(v, "endpoint_name", e->row->name);
    hw_json_set_int(v, "index", e->hit.index);
    hw_json_set_string(v, "text", e->hit.text);
    hw_json_set_bool(v, "active", e->hit.starts <= c->now && c->now < e->hit.ends);
    hw_json_set_string(v, "starts", hw_time_rfc3339(e->hit.starts, c->p));
    hw_json_set_string(v, "ends", hw_time_rfc3339(e->hit.ends, c->p));
    hw_json_set_string(v, "recoveries", e->hit.recoveries_pass ? "pass" : "skip");
    hw_json_set_bool(v, "catch_up", e->hit.catch_up);
    return v;
}

apr_status_t
hwc_windows_list(hwc_t *c)
{
    apr_array_header_t *rows, *entries = apr_array_make(c->p, 16, sizeof(entry_t));
    const char *tenant = hwc_tenant(c), *next;
    hw_json_t *list, *items;
    apr_time_t from;
    hw_store_t *s;
    long days;
    int on;
    apr_status_t rv;

    if ((rv = hwc_arg_time(c, "from", &from)) != APR_SUCCESS ||
        (rv = hwc_arg_int(c, "days", DAYS_DEFAULT, 1, DAYS_MAX, &days)) != APR_SUCCESS ||
        (rv = is_on(c, &s, &on)) != APR_SUCCESS ||
        (rv = hw_store_endpoint_list(s, 0, &rows, c->res, c->p)) != APR_SUCCESS)
        return rv;
    if (from == 0)
        from = c->now;
    for (int i = 0; i < rows->nelts; i++) {
        const hw_endpoint_row_t *row = APR_ARRAY_IDX(rows, i, hw_endpoint_row_t *);

        if (tenant == NULL || strcmp(tenant, row->tenant) == 0)
            add_windows(c, row, from, from + apr_time_from_sec(86400) * days, entries);
    }
    qsort(entries->elts, (size_t)entries->nelts, sizeof(entry_t), by_start);
    items = hw_json_own(json_object_new_array(), c->p);
    for (int i = 0; i < entries->nelts; i++)
        json_object_array_add(items, entry_json(c, &APR_ARRAY_IDX(entries, i, entry_t)));
    if ((rv = hwc_list_part(c, items, &next)) != APR_SUCCESS)
        return rv;
    list = json_object_new_object();
    hw_json_set(list, "items", json_object_get(items));
    hw_json_set_string(list, "next", next);
    hw_json_set_bool(list, "global", on);
    return hwc_json(c, 200, list);
}
