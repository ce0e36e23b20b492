/* SPDX-License-Identifier: Apache-2.0 */
/* Presets: what HookWise knows of each sender, and the ways in which senders prove themselves. */
#include <string.h>

#include "common/auth_scheme.h"
#include "common/preset.h"
#include "htdocs/cgi/resource.h"

/* The scheme a sender signs by is the one of its name. */
static const char *
scheme_of(const char *preset)
{
    const hw_scheme_row_t *row = hw_scheme_rows;

    while (row->name != NULL && strcmp(row->name, preset) != 0)
        row++;
    return row->name;
}

apr_status_t
hwc_presets_list(hwc_t *c)
{
    hw_json_t *items = json_object_new_array(), *v = json_object_new_object();
    const char *next;
    apr_status_t rv;

    for (const hw_preset_t *preset = hw_presets; preset->name != NULL; preset++) {
        hw_json_t *item = json_object_new_object(), *doc = NULL;

        hw_json_parse(preset->document, strlen(preset->document), NULL, &doc, NULL, NULL, c->p);
        hw_json_set_string(item, "name", preset->name);
        hw_json_set_string(item, "title", preset->title);
        hw_json_set(item, "document", json_object_get(doc));
        hw_json_set_string(item, "setup", preset->setup);
        hw_json_set_string(item, "payload", preset->payload);
        hw_json_set_string(item, "auth_scheme", scheme_of(preset->name));
        json_object_array_add(items, item);
    }
    hw_json_set(v, "items", items);
    if ((rv = hwc_list_part(c, items, &next)) != APR_SUCCESS) {
        json_object_put(v);
        return rv;
    }
    hw_json_set_string(v, "next", next);
    hw_json_set(v, "auth_schemes", json_object_get(hw_schemes_json(c->p)));
    return hwc_json(c, 200, v);
}
