/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration in force: settings, compiled endpoints, tenant map. A snapshot never changes;
 * a new one takes its place, and events keep the one they were planned with. */
#ifndef HWD_CONFIG_H
#define HWD_CONFIG_H

#include <apr_hash.h>

#include "hookwised/daemon.h"

typedef struct hwd_config_t {
    apr_pool_t *p;
    atomic_int refs;
    const hw_settings_t *base;     /* file and environment */
    const hw_settings_t *settings; /* and what was changed at run time */
    apr_hash_t *endpoints;      /* id → hwd_endpoint_t */
    hw_plan_context_t plan;
    const char *stamp;          /* of the database when it was read */
} hwd_config_t;

/* An endpoint as stored; ep is NULL when its document does not compile any more. */
typedef struct {
    const char *id, *name, *tenant, *version;
    const hw_endpoint_t *ep;
    const char *error;
} hwd_endpoint_t;

apr_status_t hwd_configs_make(hwd_t *d);
/* Reads everything from the database and puts it in force. */
apr_status_t hwd_configs_load(hwd_t *d, hw_store_t *s, hw_result_t *res);
/* The same, when what is in force is not what the database holds: asked for every batch of events,
 * so that a saved change is in force for the next webhook. */
apr_status_t hwd_configs_fresh(hwd_t *d, hw_store_t *s, hw_result_t *res);
/* SIGHUP: the settings file is read again; a bad one is refused and the old one stays. */
apr_status_t hwd_configs_settings(hwd_t *d, hw_result_t *res);
/* What file and environment say now; lives as long as the process. */
const hw_settings_t *hwd_configs_base(hwd_configs_t *c);
/* The snapshot in force, held until _release; NULL before the first load. */
hwd_config_t *hwd_config_hold(hwd_configs_t *c);
hwd_config_t *hwd_config_again(hwd_config_t *cfg); /* one more reference */
void hwd_config_release(hwd_config_t *cfg);
const hwd_endpoint_t *hwd_config_endpoint(const hwd_config_t *cfg, const char *id);

#endif
