/* SPDX-License-Identifier: Apache-2.0 */
/* Presets: one row of data for each sender. */
#ifndef HW_PRESET_H
#define HW_PRESET_H

#include "common/json.h"

typedef struct {
    const char *name;       /* "uptime-kuma" */
    const char *title;      /* "Uptime Kuma" */
    const char *document;   /* endpoint fields as JSON text; routing_rules are its drop rules */
    const char *severities; /* "5=Critical,4=High": what the values its own severity mapping gives
                             * mean; NULL = they are words */
    const char *customer;   /* expression: the sender's own name for whom the alert is about, looked
                             * up in the tenant map; NULL = it names none */
    const char *setup;      /* what to do in the sender, plain sentences */
    const char *payload;    /* body to paste into the sender, NULL when it has its own */
} hw_preset_t;

extern const hw_preset_t hw_presets[]; /* ends with name NULL */
const hw_preset_t *hw_preset_find(const char *name);

#endif
