/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of resources share. */
#include "htdocs/cgi/resource.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/result.h"
#include "common/store_work.h"

apr_status_t
hwc_list(hwc_t *c, hw_json_t *items, const char *next)
{
    hw_json_t *list = json_object_new_object();

    hw_json_set(list, "items", items);
    hw_json_set_string(list, "next", next);
    return hwc_json(c, 200, list);
}

apr_status_t
hwc_list_part(hwc_t *c, hw_json_t *items, const char **next)
{
    long count = (long)json_object_array_length(items), limit, from;
    const char *cursor = hwc_arg(c, "cursor");
    char *end = "";
    apr_status_t rv = hwc_arg_int(c, "limit", count, 1, HWC_LIST_MAX, &limit);

    *next = NULL;
    from = cursor != NULL ? strtol(cursor, &end, 10) : 0;
    if (rv != APR_SUCCESS)
        return rv;
    if (*end != '\0' || from < 0 || (cursor != NULL && !apr_isdigit(cursor[0])))
        return hw_fail_field(c->res, APR_EINVAL, "bad-cursor", "cursor", "is none of this list's");
    if (from > count)
        from = count;
    json_object_array_del_idx(items, 0, (apr_size_t)from);
    if (limit < count - from) {
        json_object_array_del_idx(items, (apr_size_t)limit, (apr_size_t)(count - from - limit));
        *next = apr_ltoa(c->p, from + limit);
    }
    return APR_SUCCESS;
}

apr_status_t
hwc_list_whole(hwc_t *c, hw_json_t *items)
{
    const char *next;
    apr_status_t rv = hwc_list_part(c, items, &next);

    if (rv == APR_SUCCESS)
        return hwc_list(c, items, next);
    json_object_put(items);
    return rv;
}

int
hwc_visible(const hwc_t *c, const char *tenant)
{
    return strcmp(c->user->tenant, "*") == 0 || strcmp(c->user->tenant, tenant) == 0;
}

apr_status_t
hwc_need_all_tenants(hwc_t *c)
{
    if (strcmp(c->user->tenant, "*") == 0)
        return APR_SUCCESS;
    return hwc_refuse(c, 403, "forbidden", "this is about all tenants; %s belongs to %s",
                      c->user->name, c->user->tenant);
}

apr_status_t
hwc_endpoint_find(hwc_t *c, const char *id, int secrets, hw_store_t **s, hw_endpoint_row_t **row)
{
    apr_status_t rv = hwc_store(c, s);

    if (rv == APR_SUCCESS)
        rv = hw_store_endpoint_get(*s, id, 0, row, c->res, c->p);
    if (rv != APR_SUCCESS)
        return rv;
    /* The store takes names as well; an address of ours does not. */
    if (strcmp((*row)->id, id) != 0 || !hwc_visible(c, (*row)->tenant))
        return hwc_refuse(c, 404, "no-endpoint", "there is no endpoint \"%s\"", id);
    return secrets ? hw_store_endpoint_get(*s, id, 1, row, c->res, c->p) : APR_SUCCESS;
}

void
hwc_publish(hwc_t *c, const char *id, hw_json_t *v)
{
    hw_result_t *res = c->res;
    hw_store_t *s;
    hw_queue_t *q;
    int done;

    c->res = hw_result_make(c->p);
    done = hwc_store_of_all(c, &s) == APR_SUCCESS && hwc_queue(c, &q) == APR_SUCCESS &&
           hw_publish(s, q, c->settings, id, NULL, c->res, c->p) == APR_SUCCESS;
    hw_json_set_bool(v, "in_force", done);
    if (!done)
        hw_json_set_string(v, "warning",
                           apr_psprintf(c->p, "saved, but not in force yet: %s; hookwised "
                                              "publishes it when Redis is back",
                                        hw_result_text(c->res, c->p)));
    c->res = res;
}

const char *
hwc_webhook_url(const hwc_t *c, const char *id)
{
    const char *host = apr_table_get(c->headers, "Host"), *base = c->mount;
    apr_size_t n;

    if (hw_set_given(c->settings, "PUBLIC_URL"))
        base = hw_set_text(c->settings, "PUBLIC_URL");
    else if (host != NULL)
        base = apr_pstrcat(c->p, c->https ? "https://" : "http://", host, c->mount, NULL);
    n = strlen(base);
    while (n > 0 && base[n - 1] == '/')
        n--;
    return apr_pstrcat(c->p, apr_pstrmemdup(c->p, base, n), "/webhook/", id, NULL);
}

hw_json_t *
hwc_endpoint_shown(hwc_t *c, const hw_endpoint_view_t *view, const hw_json_t *health)
{
    hw_json_t *v = json_object_get(hw_endpoint_view_json(view, c->now, c->p));

    hw_json_set_string(v, "url", hwc_webhook_url(c, view->row->id));
    hw_json_set(v, "config_health", hw_store_health_of(health, view->row->id));
    return v;
}

apr_status_t
hwc_endpoint_json(hwc_t *c, hw_store_t *s, const char *id, hw_json_t **out)
{
    hw_endpoint_filter_t f = {.id = id, .limit = 1};
    apr_array_header_t *views;
    const char *next;
    hw_json_t *health;
    apr_status_t rv = hw_store_endpoint_page(s, &f, c->now, &views, &next, c->res, c->p);

    if (rv != APR_SUCCESS ||
        (rv = hw_store_health_get(s, id, &health, c->res, c->p)) != APR_SUCCESS)
        return rv;
    if (views->nelts == 0)
        return hwc_refuse(c, 404, "no-endpoint", "there is no endpoint \"%s\"", id);
    *out = hwc_endpoint_shown(c, APR_ARRAY_IDX(views, 0, hw_endpoint_view_t *), health);
    return APR_SUCCESS;
}

apr_status_t
hwc_page(hwc_t *c, int *limit, const char **cursor)
{
    long n;
    apr_status_t rv = hwc_arg_int(c, "limit", HWC_LIST_LIMIT, 1, HWC_LIST_MAX, &n);

    *limit = (int)n;
    *cursor = hwc_arg(c, "cursor");
    return rv;
}

apr_status_t
hwc_ids_member(hwc_t *c, const hw_json_t *body, const char *name, int max,
               apr_array_header_t **out)
{
    hw_json_t *list = hw_json_get(body, name);
    apr_size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

    if (n == 0 || n > (apr_size_t)max)
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", name, "takes a list of 1 to %d ids",
                             max);
    *out = apr_array_make(c->p, (int)n, sizeof(const char *));
    for (apr_size_t i = 0; i < n; i++) {
        const hw_json_t *v = json_object_array_get_idx(list, i);

        if (!json_object_is_type(v, json_type_string) && !json_object_is_type(v, json_type_int))
            return hw_fail_field(c->res, APR_EINVAL, "bad-value", name, "element %d is no id",
                                 (int)i);
        APR_ARRAY_PUSH(*out, const char *) = hw_json_text(v, c->p);
    }
    return APR_SUCCESS;
}

const char *
hwc_payload_text(hwc_t *c, const hw_json_t *v, apr_size_t *len)
{
    const char *text = hw_json_string(v, len);

    if (text != NULL)
        return text;
    text = hw_json_write(v, c->p);
    *len = strlen(text);
    return text;
}

apr_status_t
hwc_headers_member(hwc_t *c, const hw_json_t *body, const char **out)
{
    hw_json_t *given = hw_json_get(body, "headers");
    hw_json_t *headers = hw_json_own(json_object_new_object(), c->p);

    *out = "{}";
    if (given == NULL)
        return APR_SUCCESS;
    if (!json_object_is_type(given, json_type_object) ||
        json_object_object_length(given) > HW_MAX_HEADERS)
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", "headers",
                             "takes an object of at most %d texts", HW_MAX_HEADERS);
    json_object_object_foreach(given, name, value)
    {
        char *lower = apr_pstrdup(c->p, name);

        if (!json_object_is_type(value, json_type_string))
            return hw_fail_field(c->res, APR_EINVAL, "bad-value",
                                 apr_pstrcat(c->p, "headers.", name, NULL), "takes a text");
        for (char *at = lower; *at != '\0'; at++)
            *at = (char)apr_tolower(*at);
        hw_json_set_string(headers, lower, hw_json_string(value, NULL));
    }
    *out = hw_json_write(headers, c->p);
    return APR_SUCCESS;
}
