/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: what is in force and where it comes from; some may be changed here. */
#include <apr_strings.h>
#include <string.h>

#include "common/mask.h"
#include "common/result.h"
#include "common/text.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

apr_status_t
hwc_settings(hwc_t *c, hw_store_t *s, const hw_settings_t **out)
{
    hw_settings_t *over;
    hw_json_t *changed;
    apr_status_t rv;

    if ((rv = hw_store_setting_list(s, &changed, c->res, c->p)) != APR_SUCCESS ||
        (rv = hw_settings_over(c->settings, changed, &over, c->res, c->p)) != APR_SUCCESS)
        return rv;
    *out = over;
    return APR_SUCCESS;
}

/* The password in a URL is nobody's business. */
static const char *
shown_value(hwc_t *c, const hw_setting_t *row, const char *value)
{
    if (*value == '\0')
        return NULL;
    if (row->type == HW_SET_SECRET)
        return HW_MASKED;
    return row->type == HW_SET_URL ? hw_mask_url(value, c->p) : value;
}

static hw_json_t *
words_json(hwc_t *c, const char *text)
{
    const apr_array_header_t *words = hw_text_split(text, '|', c->p);
    hw_json_t *v = json_object_new_array();

    for (int i = 0; i < words->nelts; i++)
        json_object_array_add(v, json_object_new_string(APR_ARRAY_IDX(words, i, const char *)));
    return v;
}

static hw_json_t *
setting_json(hwc_t *c, const hw_setting_t *row, const hw_settings_t *now,
             const hw_json_t *changed)
{
    static const char *const types[] = {"text", "secret", "int", "bool", "list", "url"};
    int here = hw_settings_may_change(row->name) && hw_json_get(changed, row->name) != NULL;
    int given = hw_set_given(c->settings, row->name);
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "name", row->name);
    hw_json_set_string(v, "type", types[row->type]);
    hw_json_set_string(v, "value", shown_value(c, row, hw_set_text(now, row->name)));
    hw_json_set_string(v, "default", row->deflt);
    hw_json_set_string(v, "what", row->what);
    hw_json_set_bool(v, "given", given || here);
    hw_json_set_string(v, "source", here ? "database" : given ? "file" : "default");
    hw_json_set_bool(v, "changeable", hw_settings_may_change(row->name));
    if (row->type == HW_SET_INT) {
        hw_json_set_int(v, "min", row->min);
        hw_json_set_int(v, "max", row->max);
    }
    if (row->type == HW_SET_TEXT && row->one_of != NULL)
        hw_json_set(v, "one_of", words_json(c, row->one_of));
    return v;
}

apr_status_t
hwc_settings_list(hwc_t *c)
{
    hw_json_t *changed, *items;
    hw_settings_t *now;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_need_all_tenants(c)) != APR_SUCCESS || (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_setting_list(s, &changed, c->res, c->p)) != APR_SUCCESS ||
        (rv = hw_settings_over(c->settings, changed, &now, c->res, c->p)) != APR_SUCCESS)
        return rv;
    items = json_object_new_array();
    for (const hw_setting_t *row = hw_settings_table; row->name != NULL; row++)
        json_object_array_add(items, setting_json(c, row, now, changed));
    return hwc_list(c, items, NULL);
}

static apr_status_t
check_one(hwc_t *c, const char *name, const hw_json_t *value)
{
    const hw_setting_t *row = hw_settings_table;

    while (row->name != NULL && strcmp(name, row->name) != 0)
        row++;
    if (row->name == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "unknown-field", name, "is no setting");
    if (!hw_settings_may_change(name))
        return hw_fail_field(c->res, APR_EINVAL, "not-changeable", name,
                             "is changed in hookwised.conf, not here");
    if (json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array))
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", name,
                             "takes a text, a number or null");
    return value == NULL ? APR_SUCCESS
                         : hw_settings_check(name, hw_json_text(value, c->p), c->res, c->p);
}

apr_status_t
hwc_settings_put(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_json_t *body;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_need_all_tenants(c)) != APR_SUCCESS ||
        (rv = hwc_body_object(c, &body)) != APR_SUCCESS)
        return rv;
    json_object_object_foreach(body, checked, given)
    {
        if ((rv = check_one(c, checked, given)) != APR_SUCCESS)
            return rv;
    }
    if ((rv = hwc_store(c, &s)) != APR_SUCCESS || (rv = hw_db_begin(s->db, c->res)) != APR_SUCCESS)
        return rv;
    json_object_object_foreach(body, name, value)
    {
        rv = hw_store_setting_set(s, name, value != NULL ? hw_json_text(value, c->p) : NULL, &by,
                                  c->res, c->p);
        if (rv != APR_SUCCESS)
            return rv; /* what was begun is rolled back behind us */
    }
    if ((rv = hw_db_commit(s->db, c->res)) != APR_SUCCESS)
        return rv;
    return hwc_settings_list(c);
}
