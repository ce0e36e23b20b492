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
alike(const hw_json_t *entry, const hw_json_t *old, apr_pool_t *p)
{
    const char *a = hw_json_get_string(entry, "scheme"), *b = hw_json_get_string(old, "scheme");

    (void)p;
    if (a == NULL || b == NULL || strcmp(a, b) != 0)
        return 0;
    for (int m = 0; m < HW_SM_COUNT; m++)
        if (!json_object_equal(hw_json_get(entry, hw_scheme_members[m].name),
                               hw_json_get(old, hw_scheme_members[m].name)))
            return 0;
    return 1;
}

static void
put_back(hw_json_t *entry, const hw_json_t *old, apr_pool_t *p)
{
    (void)p;
    if (!is_stars(entry))
        return;
    hw_json_set_string(entry, "id", hw_json_get_string(old, "id"));
    hw_json_set_string(entry, "secret", hw_json_get_string(old, "secret"));
}

hw_json_t *
hw_endpoint_auth_keep(const hw_json_t *given, const hw_json_t *stored, apr_pool_t *p)
{
    return hw_entries_keep(given, stored, alike, put_back, p);
}
