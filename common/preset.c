/* SPDX-License-Identifier: Apache-2.0 */
/* The table of presets. The rows lie in preset_*.inc, one file for each kind of sender. */
#include "common/preset.h"

#include <string.h>

/* JSON as it is written: the preprocessor turns it into a string, quotes and all. */
#define JSON(...) #__VA_ARGS__

const hw_preset_t hw_presets[] = {
#include "common/preset_monitor.inc"
#include "common/preset_uptime.inc"
#include "common/preset_cloud.inc"
#include "common/preset_ops.inc"
#include "common/preset_psa.inc"
    { .name = NULL },
};

const hw_preset_t *
hw_preset_find(const char *name)
{
    for (const hw_preset_t *row = hw_presets; row->name != NULL; row++)
        if (name != NULL && strcmp(row->name, name) == 0)
            return row;
    return NULL;
}
