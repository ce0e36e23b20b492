/* SPDX-License-Identifier: Apache-2.0 */
/* What a PSA tells of its tickets, read from its payloads: endpoints of the destination
 * "mirror". */
#ifndef HW_MIRROR_H
#define HW_MIRROR_H

#include "common/map.h"

#define HW_MIRROR "mirror" /* the destination's name */

extern const char *const hw_mirror_providers[]; /* names of presets too; ends with NULL */
int hw_mirror_provider(const char *name); /* 1 = it is one of them */

typedef struct {
    const char *provider, *ticket_id;
    const char *subject, *status, *priority, *company, *requester; /* NULL = not told */
    apr_time_t updated_at; /* as the payload says, else when it came */
    int dated;             /* the payload says */
    int deleted;
    const char *fields;    /* the element as JSON, secrets masked; "{}" when it is large */
} hw_mirror_t;

/* The ticket an element is about. NULL when it is about none; *why says so then. */
hw_mirror_t *hw_mirror_read(const char *provider, const hw_map_env_t *env, apr_time_t received,
                            const char **why, apr_pool_t *p);

#endif
