/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of an endpoint whose entries hold secrets. */
#include <string.h>

#include "common/store_private.h"

hw_json_t *
hw_entries(const hw_json_t *list, hw_entry_fn *one, int shown, apr_pool_t *p)
{
    hw_json_t *out = hw_json_own(json_object_new_array(), p);

    for (size_t i = 0; i < json_object_array_length(list); i++)
        json_object_array_add(out, one(json_object_array_get_idx(list, i), shown, p));
    return out;
}

apr_status_t
hw_entries_split(hw_json_t *doc, const char *member, hw_entries_check_fn *check, hw_entry_fn *one,
                 hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *list = hw_json_get(doc, member);
    apr_array_header_t *compiled;
    apr_status_t rv;

    *out = NULL;
    if (list == NULL || (rv = check(list, 0, &compiled, res, p)) != APR_SUCCESS)
        return list == NULL ? APR_SUCCESS : rv;
    *out = hw_entries(hw_json_copy(list, p), one, 0, p);
    hw_json_set(doc, member, json_object_get(hw_entries(*out, one, 1, p)));
    return APR_SUCCESS;
}

/* --- secrets that are shown without themselves ----------------------------------------------- */

/* The stored entry that is meant: the one of that id; without an id the only one that is alike. */
static const hw_json_t *
meant(const hw_json_t *entry, const hw_json_t *stored, hw_entry_alike_fn *alike, apr_pool_t *p)
{
    const char *id = hw_json_get_string(entry, "id");
    const hw_json_t *found = NULL;

    for (size_t i = 0; i < json_object_array_length(stored); i++) {
        const hw_json_t *old = json_object_array_get_idx(stored, i);
        const char *old_id = hw_json_get_string(old, "id");

        if (id != NULL && *id != '\0') {
            if (old_id != NULL && strcmp(id, old_id) == 0)
                return old;
        } else if (alike(entry, old, p)) {
            if (found != NULL)
                return NULL;
            found = old;
        }
    }
    return found;
}

hw_json_t *
hw_entries_keep(const hw_json_t *given, const hw_json_t *stored, hw_entry_alike_fn *alike,
                hw_entry_keep_fn *keep, apr_pool_t *p)
{
    const char *text = hw_json_string(given, NULL);
    hw_json_t *list = NULL;

    if (text == NULL)
        list = given != NULL ? hw_json_copy(given, p) : NULL;
    else if (hw_json_parse(text, strlen(text), NULL, &list, NULL, NULL, p) != APR_SUCCESS)
        return hw_json_copy(given, p); /* refused later, with the offset */
    if (!json_object_is_type(list, json_type_array) || stored == NULL)
        return list;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        hw_json_t *entry = json_object_array_get_idx(list, i);
        const hw_json_t *old = meant(entry, stored, alike, p);

        if (old != NULL)
            keep(entry, old, p);
    }
    return list;
}
