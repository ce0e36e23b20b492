/* SPDX-License-Identifier: Apache-2.0 */
/* Members of request bodies, checked for their type. */
#include <string.h>

#include "common/result.h"
#include "common/text.h"
#include "htdocs/cgi/auth.h"

apr_status_t
hwc_text_member(hwc_t *c, const hw_json_t *body, const char *name, const char **out)
{
    const hw_json_t *v = hw_json_get(body, name);
    apr_size_t len = 0;

    *out = hw_json_string(v, &len);
    if (v != NULL && *out == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", name, "takes a text");
    if (*out != NULL && strlen(*out) != len)
        return hw_fail_at(c->res, APR_EINVAL, "bad-value", name, (apr_off_t)strlen(*out),
                          "holds a NUL character");
    return APR_SUCCESS;
}

apr_status_t
hwc_bool_member(hwc_t *c, const hw_json_t *body, const char *name, int *out)
{
    hw_json_t *v = hw_json_get(body, name);

    *out = -1;
    if (v == NULL)
        return APR_SUCCESS;
    if (!json_object_is_type(v, json_type_boolean))
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", name, "takes true or false");
    *out = json_object_get_boolean(v);
    return APR_SUCCESS;
}

apr_status_t
hwc_only_members(hwc_t *c, const hw_json_t *body, const char *const *names)
{
    struct json_object_iterator it = json_object_iter_begin((hw_json_t *)body);
    struct json_object_iterator end = json_object_iter_end((hw_json_t *)body);

    for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
        const char *name = json_object_iter_peek_name(&it);
        int i = 0;

        while (names[i] != NULL && strcmp(names[i], name) != 0)
            i++;
        if (names[i] == NULL)
            return hw_fail_field(c->res, APR_EINVAL, "unknown-field", name, "is no field here");
    }
    return APR_SUCCESS;
}

apr_status_t
hwc_check_new_password(hwc_t *c, const char *field, const char *text)
{
    if (text == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-password", field, "is missing");
    if (hw_password_short(text))
        return hw_fail_field(c->res, APR_EINVAL, "bad-password", field,
                             "takes %d characters or more", HW_PASSWORD_MIN);
    return APR_SUCCESS;
}
