/* SPDX-License-Identifier: Apache-2.0 */
/* The "notify" list of an endpoint: kept as a whole, sealed; documents show it without secrets. */
#include <string.h>

#include "common/notify.h"
#include "common/store_private.h"

#define ID_BYTES 6 /* of randomness: 8 characters */

/* Members in an order of their own, so that the same list is the same text. It was checked. */
static hw_json_t *
ordered(const hw_json_t *entry, int shown, apr_pool_t *p)
{
    hw_json_t *v = json_object_new_object(), *on = hw_json_get(entry, "on");
    const char *id = hw_json_get_string(entry, "id");

    hw_json_set_string(v, "type", hw_json_get_string(entry, "type"));
    hw_json_set_string(v, "id", id != NULL && *id != '\0' ? id : hw_random_token(ID_BYTES, p));
    for (int m = 0; m < HW_NT_COUNT; m++) {
        const char *name = hw_notify_members[m], *value = hw_json_get_string(entry, name);

        if (!hw_text_blank(value))
            hw_json_set_string(v, name, shown ? hw_notify_shown(name, value, p) : value);
    }
    if (on != NULL)
        hw_json_set(v, "on", json_object_get(on));
    return v;
}

apr_status_t
hw_endpoint_notify_split(hw_json_t *doc, hw_json_t **notify, hw_result_t *res, apr_pool_t *p)
{
    return hw_entries_split(doc, "notify", hw_notify_compile, ordered, notify, res, p);
}

/* --- secrets that are shown without themselves ----------------------------------------------- */

static int
same(const char *a, const char *b)
{
    return a != NULL && b != NULL ? strcmp(a, b) == 0 : a == b;
}

/* Is old what the entry says, as it is shown? Its name and what it is told may be others now. */
static int
alike(const hw_json_t *entry, const hw_json_t *old, apr_pool_t *p)
{
    if (!same(hw_json_get_string(entry, "type"), hw_json_get_string(old, "type")))
        return 0;
    for (int m = HW_NT_URL; m < HW_NT_COUNT; m++) {
        const char *name = hw_notify_members[m], *value = hw_json_get_string(old, name);

        if (!same(hw_json_get_string(entry, name),
                  value != NULL ? hw_notify_shown(name, value, p) : NULL))
            return 0;
    }
    return 1;
}

/* The stored entry that is meant: the one of that id; without an id the only one that is alike. */
static const hw_json_t *
meant(const hw_json_t *entry, const hw_json_t *stored, apr_pool_t *p)
{
    const char *id = hw_json_get_string(entry, "id");
    const hw_json_t *found = NULL;

    for (size_t i = 0; i < json_object_array_length(stored); i++) {
        const hw_json_t *old = json_object_array_get_idx(stored, i);

        if (id != NULL && *id != '\0') {
            if (same(id, hw_json_get_string(old, "id")))
                return old;
        } else if (alike(entry, old, p)) {
            if (found != NULL)
                return NULL;
            found = old;
        }
    }
    return found;
}

/* A secret goes where it went before only: to the same service, a URL's to the same host. */
static void
put_back(hw_json_t *entry, const hw_json_t *old, const char *name, apr_pool_t *p)
{
    const char *given = hw_json_get_string(entry, name), *secret = hw_json_get_string(old, name);

    if (given == NULL || secret == NULL || strcmp(given, hw_notify_shown(name, secret, p)) != 0 ||
        !same(hw_json_get_string(entry, "type"), hw_json_get_string(old, "type")))
        return;
    hw_json_set_string(entry, "id", hw_json_get_string(old, "id"));
    hw_json_set_string(entry, name, secret);
}

hw_json_t *
hw_endpoint_notify_keep(const hw_json_t *given, const hw_json_t *stored, apr_pool_t *p)
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
        const hw_json_t *old = meant(entry, stored, p);

        if (old == NULL)
            continue;
        put_back(entry, old, hw_notify_members[HW_NT_URL], p);
        put_back(entry, old, hw_notify_members[HW_NT_TOKEN], p);
    }
    return list;
}
