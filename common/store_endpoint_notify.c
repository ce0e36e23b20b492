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

/* A secret goes where it went before only: to the same service, a URL's to the same host. */
static void
put_back_one(hw_json_t *entry, const hw_json_t *old, const char *name, apr_pool_t *p)
{
    const char *given = hw_json_get_string(entry, name), *secret = hw_json_get_string(old, name);

    if (given == NULL || secret == NULL || strcmp(given, hw_notify_shown(name, secret, p)) != 0 ||
        !same(hw_json_get_string(entry, "type"), hw_json_get_string(old, "type")))
        return;
    hw_json_set_string(entry, "id", hw_json_get_string(old, "id"));
    hw_json_set_string(entry, name, secret);
}

static void
put_back(hw_json_t *entry, const hw_json_t *old, apr_pool_t *p)
{
    put_back_one(entry, old, hw_notify_members[HW_NT_URL], p);
    put_back_one(entry, old, hw_notify_members[HW_NT_TOKEN], p);
}

hw_json_t *
hw_endpoint_notify_keep(const hw_json_t *given, const hw_json_t *stored, apr_pool_t *p)
{
    return hw_entries_keep(given, stored, alike, put_back, p);
}
