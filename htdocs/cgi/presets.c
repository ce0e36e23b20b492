/* SPDX-License-Identifier: Apache-2.0 */
/* Presets: what HookWise knows of each sender. */
#include <string.h>

#include "common/preset.h"
#include "htdocs/cgi/resource.h"

apr_status_t
hwc_presets_list(hwc_t *c)
{
    hw_json_t *items = json_object_new_array();

    for (const hw_preset_t *preset = hw_presets; preset->name != NULL; preset++) {
        hw_json_t *v = json_object_new_object(), *doc = NULL;

        hw_json_parse(preset->document, strlen(preset->document), NULL, &doc, NULL, NULL, c->p);
        hw_json_set_string(v, "name", preset->name);
        hw_json_set_string(v, "title", preset->title);
        hw_json_set(v, "document", json_object_get(doc));
        hw_json_set_string(v, "setup", preset->setup);
        hw_json_set_string(v, "payload", preset->payload);
        json_object_array_add(items, v);
    }
    return hwc_list(c, items, NULL);
}
