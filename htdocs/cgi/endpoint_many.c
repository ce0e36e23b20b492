/* SPDX-License-Identifier: Apache-2.0 */
/* Several endpoints at once, and what their documents may hold. */
#include <string.h>

#include "common/result.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

#define MANY_MAX 1000 /* endpoints of one call */

apr_status_t
hwc_endpoints_fields(hwc_t *c)
{
    static const char *const types[] = {"text", "secret", "bool", "int", "list",
                                        "path", "paths", "json"};
    hw_json_t *items = json_object_new_array();

    for (const hw_endpoint_field_t *f = hw_endpoint_fields; f->name != NULL; f++) {
        hw_json_t *v = json_object_new_object(), *deflt = NULL;

        hw_json_set_string(v, "name", f->name);
        hw_json_set_string(v, "type", types[f->type]);
        if (f->deflt != NULL)
            hw_json_parse(f->deflt, strlen(f->deflt), NULL, &deflt, NULL, NULL, c->p);
        hw_json_set(v, "default", json_object_get(deflt));
        if (f->type == HW_EP_INT) {
            hw_json_set_int(v, "min", f->min);
            hw_json_set_int(v, "max", f->max);
        }
        if (f->max_len > 0)
            hw_json_set_int(v, "max_length", (apr_int64_t)f->max_len);
        json_object_array_add(items, v);
    }
    return hwc_list_whole(c, items);
}

apr_status_t
hwc_endpoints_order(hwc_t *c)
{
    static const char *const names[] = {"ids", NULL};
    hw_actor_t by = hwc_actor(c);
    hw_json_t *body, *v, *items;
    apr_array_header_t *ids;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_ids_member(c, body, "ids", MANY_MAX, &ids)) != APR_SUCCESS ||
        (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_endpoint_order(s, ids,
                                      strcmp(c->user->tenant, "*") == 0 ? NULL : c->user->tenant,
                                      &by, c->res, c->p)) != APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    items = json_object_new_array();
    for (int i = 0; i < ids->nelts; i++) {
        hw_json_t *item = json_object_new_object();

        hw_json_set_string(item, "id", APR_ARRAY_IDX(ids, i, const char *));
        hw_json_set_int(item, "display_order", i);
        json_object_array_add(items, item);
    }
    hw_json_set(v, "items", items);
    hw_json_set_bool(v, "in_force", 1); /* the order is nothing that is published */
    return hwc_json(c, 200, v);
}

/* --- bulk ------------------------------------------------------------------------------------------------ */

typedef struct {
    hw_store_t *s;
    hw_json_t *items; /* of an export */
} bulk_t;

static apr_status_t
set_enabled(hwc_t *c, bulk_t *b, const hw_endpoint_row_t *row, int enabled)
{
    hw_json_t *patch = hw_json_own(json_object_new_object(), c->p);
    hw_actor_t by = hwc_actor(c);
    hw_endpoint_row_t *out;

    hw_json_set_bool(patch, "is_enabled", enabled);
    return hw_store_endpoint_update(b->s, row->id, patch, &by, &out, c->res, c->p);
}

static apr_status_t
pause_one(hwc_t *c, bulk_t *b, const hw_endpoint_row_t *row)
{
    return set_enabled(c, b, row, 0);
}

static apr_status_t
resume_one(hwc_t *c, bulk_t *b, const hw_endpoint_row_t *row)
{
    return set_enabled(c, b, row, 1);
}

static apr_status_t
delete_one(hwc_t *c, bulk_t *b, const hw_endpoint_row_t *row)
{
    hw_actor_t by = hwc_actor(c);

    return hw_store_endpoint_delete(b->s, row->id, &by, c->res, c->p);
}

/* The document and its id, nothing else: another installation takes it as it is. */
static apr_status_t
export_one(hwc_t *c, bulk_t *b, const hw_endpoint_row_t *row)
{
    hw_json_t *v = hw_json_copy(row->doc, c->p);

    hw_json_set_string(v, "id", row->id);
    json_object_array_add(b->items, json_object_get(v));
    return APR_SUCCESS;
}

static const struct {
    const char *name;
    hw_role_e least;
    int changes;
    apr_status_t (*run)(hwc_t *c, bulk_t *b, const hw_endpoint_row_t *row);
} actions[] = {
    {"pause", HW_OPERATOR, 1, pause_one},
    {"resume", HW_OPERATOR, 1, resume_one},
    {"delete", HW_ADMIN, 1, delete_one},
    {"export", HW_OPERATOR, 0, export_one},
};
#define NACTIONS (int)(sizeof(actions) / sizeof(actions[0]))

static apr_status_t
find_action(hwc_t *c, const hw_json_t *body, int *out)
{
    const char *word;
    apr_status_t rv = hwc_text_member(c, body, "action", &word);

    if (rv != APR_SUCCESS)
        return rv;
    for (*out = 0; word != NULL && *out < NACTIONS; (*out)++)
        if (strcmp(word, actions[*out].name) == 0) {
            if (c->user->role >= actions[*out].least)
                return APR_SUCCESS;
            return hwc_refuse(c, 403, "forbidden", "this takes the role %s; %s is %s",
                              hw_role_name(actions[*out].least), c->user->name,
                              hw_role_name(c->user->role));
        }
    return hw_fail_field(c->res, APR_EINVAL, "bad-action", "action",
                         "takes pause, resume, delete or export");
}

static void
bulk_all(hwc_t *c, bulk_t *b, int action, const apr_array_header_t *ids, hw_json_t *done,
         hw_json_t *failed)
{
    for (int i = 0; i < ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(ids, i, const char *);
        hw_endpoint_row_t *row;
        hw_json_t *v;

        hw_result_reset(c->res);
        if (hwc_endpoint_find(c, id, 0, &b->s, &row) == APR_SUCCESS &&
            actions[action].run(c, b, row) == APR_SUCCESS) {
            json_object_array_add(done, json_object_new_string(id));
            continue;
        }
        v = json_object_get(hw_result_json(c->res, c->p));
        hw_json_set_string(v, "id", id);
        json_object_array_add(failed, v);
    }
    hw_result_reset(c->res);
}

apr_status_t
hwc_endpoints_bulk(hwc_t *c)
{
    static const char *const names[] = {"action", "ids", NULL};
    hw_json_t *body, *v, *done, *failed;
    apr_array_header_t *ids;
    bulk_t b = {.items = NULL};
    int action;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = find_action(c, body, &action)) != APR_SUCCESS ||
        (rv = hwc_ids_member(c, body, "ids", MANY_MAX, &ids)) != APR_SUCCESS ||
        (rv = hwc_store(c, &b.s)) != APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    hw_json_set(v, "done", done = json_object_new_array());
    hw_json_set(v, "failed", failed = json_object_new_array());
    if (!actions[action].changes)
        hw_json_set(v, "items", b.items = json_object_new_array());
    bulk_all(c, &b, action, ids, done, failed);
    if (actions[action].changes && ids->nelts == 1)
        hwc_publish(c, APR_ARRAY_IDX(ids, 0, const char *), v);
    else if (actions[action].changes)
        hwc_publish(c, NULL, v);
    return hwc_json(c, 200, v);
}
