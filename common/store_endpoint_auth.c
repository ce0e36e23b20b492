/* SPDX-License-Identifier: Apache-2.0 */
/* The "auth" list of an endpoint: kept as a whole, sealed; the document shows it with stars. */
#include <string.h>

#include "common/auth_scheme.h"
#include "common/mask.h"
#include "common/store_private.h"

#define ID_BYTES 6 /* of randomness: 8 characters */

static int
is_stars(const hw_json_t *entry)
{
    const char *secret = hw_json_get_string(entry, "secret");

    return secret != NULL && strcmp(secret, HW_MASKED) == 0;
}

/* Members in an order of their own, so that the same list is the same text. The entry was
 * checked. */
static hw_json_t *
ordered(const hw_json_t *entry, int stars, apr_pool_t *p)
{
    hw_json_t *v = json_object_new_object();
    const char *id = hw_json_get_string(entry, "id");

    hw_json_set_string(v, "scheme", hw_json_get_string(entry, "scheme"));
    hw_json_set_string(v, "id", id != NULL && *id != '\0' ? id : hw_random_token(ID_BYTES, p));
    for (int m = 0; m < HW_SM_COUNT; m++) {
        hw_json_t *member = hw_json_get(entry, hw_scheme_members[m].name);

        if (member != NULL)
            hw_json_set(v, hw_scheme_members[m].name, json_object_get(member));
    }
    hw_json_set_string(v, "secret", stars ? HW_MASKED : hw_json_get_string(entry, "secret"));
    return v;
}

apr_status_t
hw_endpoint_auth_split(hw_json_t *doc, hw_json_t **auth, hw_result_t *res, apr_pool_t *p)
{
    return hw_entries_split(doc, "auth", hw_schemes_compile, ordered, auth, res, p);
}

/* --- secrets shown as stars ------------------------------------------------------------------ */

/* Is old what the entry says beside id and secret? */
static int
alike(const hw_json_t *entry, const hw_json_t *old)
{
    const char *a = hw_json_get_string(entry, "scheme"), *b = hw_json_get_string(old, "scheme");

    if (a == NULL || b == NULL || strcmp(a, b) != 0)
        return 0;
    for (int m = 0; m < HW_SM_COUNT; m++)
        if (!json_object_equal(hw_json_get(entry, hw_scheme_members[m].name),
                               hw_json_get(old, hw_scheme_members[m].name)))
            return 0;
    return 1;
}

/* The stored entry that is meant: the one of that id; without an id the only one that is alike. */
static const hw_json_t *
meant(const hw_json_t *entry, const hw_json_t *stored)
{
    const char *id = hw_json_get_string(entry, "id");
    const hw_json_t *found = NULL;

    for (size_t i = 0; i < json_object_array_length(stored); i++) {
        const hw_json_t *old = json_object_array_get_idx(stored, i);
        const char *old_id = hw_json_get_string(old, "id");

        if (id != NULL && *id != '\0') {
            if (old_id != NULL && strcmp(id, old_id) == 0)
                return old;
        } else if (alike(entry, old)) {
            if (found != NULL)
                return NULL;
            found = old;
        }
    }
    return found;
}

hw_json_t *
hw_endpoint_auth_keep(const hw_json_t *given, const hw_json_t *stored, apr_pool_t *p)
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
        const hw_json_t *old = is_stars(entry) ? meant(entry, stored) : NULL;

        if (old == NULL)
            continue;
        hw_json_set_string(entry, "id", hw_json_get_string(old, "id"));
        hw_json_set_string(entry, "secret", hw_json_get_string(old, "secret"));
    }
    return list;
}
