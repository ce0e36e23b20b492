/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots of the configuration: reading, compiling, swapping. */
#include "hookwised/config.h"

#include <apr_hash.h>
#include <apr_strings.h>

struct hwd_configs_t {
    pthread_mutex_t lock;
    pthread_cond_t loaded;
    hwd_config_t *current;
    const hw_settings_t *settings;
    unsigned announced, seen; /* changes told of, and how many of them the snapshot holds */
};

apr_status_t
hwd_configs_make(hwd_t *d)
{
    hwd_configs_t *c = apr_pcalloc(d->p, sizeof(*c));

    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->loaded, NULL);
    c->settings = d->settings;
    d->configs = c;
    return APR_SUCCESS;
}

static void
compile_one(hwd_t *d, hwd_config_t *cfg, const hw_endpoint_row_t *row)
{
    hwd_endpoint_t *e = apr_pcalloc(cfg->p, sizeof(*e));
    hw_result_t *res = hw_result_make(cfg->p);
    hw_endpoint_t *ep = NULL;

    e->id = row->id;
    e->name = row->name;
    e->tenant = row->tenant;
    if (hw_endpoint_compile(row->doc, row->id, row->version, cfg->settings, &ep, res, cfg->p) ==
        APR_SUCCESS) {
        e->ep = ep;
    } else {
        e->error = apr_psprintf(cfg->p, "the endpoint's configuration cannot be used: %s",
                                hw_result_text(res, cfg->p));
        hw_log(d->log, HW_LOG_WARN, "endpoint %s (%s): %s", row->name, row->id, e->error);
    }
    apr_hash_set(cfg->endpoints, e->id, APR_HASH_KEY_STRING, e);
}

static apr_status_t
fill(hwd_t *d, hw_store_t *s, hwd_config_t *cfg, hw_result_t *res)
{
    apr_array_header_t *rows = NULL, *map = NULL;
    const char *maintenance = NULL;
    apr_status_t rv;

    cfg->endpoints = apr_hash_make(cfg->p);
    cfg->plan.settings = cfg->settings;
    if ((rv = hw_store_endpoint_list(s, 0, &rows, res, cfg->p)) != APR_SUCCESS ||
        (rv = hw_store_tenantmap(s, &map, res, cfg->p)) != APR_SUCCESS ||
        (rv = hw_store_setting_get(s, HW_SETTING_MAINTENANCE, &maintenance, res, cfg->p)) !=
            APR_SUCCESS)
        return rv;
    for (int i = 0; i < rows->nelts; i++)
        compile_one(d, cfg, APR_ARRAY_IDX(rows, i, const hw_endpoint_row_t *));
    cfg->plan.tenantmap = map;
    cfg->plan.maintenance = maintenance != NULL && strcmp(maintenance, "1") == 0;
    return APR_SUCCESS;
}

apr_status_t
hwd_configs_load(hwd_t *d, hw_store_t *s, hw_result_t *res)
{
    hwd_configs_t *c = d->configs;
    apr_pool_t *p = hwd_pool();
    hwd_config_t *cfg = apr_pcalloc(p, sizeof(*cfg)), *old;
    unsigned announced;
    apr_status_t rv;

    cfg->p = p;
    atomic_init(&cfg->refs, 1);
    pthread_mutex_lock(&c->lock);
    announced = c->announced;
    cfg->settings = c->settings;
    pthread_mutex_unlock(&c->lock);
    if ((rv = fill(d, s, cfg, res)) != APR_SUCCESS) {
        apr_pool_destroy(p);
        return rv;
    }
    pthread_mutex_lock(&c->lock);
    old = c->current;
    c->current = cfg;
    c->seen = announced;
    pthread_cond_broadcast(&c->loaded);
    pthread_mutex_unlock(&c->lock);
    if (old != NULL)
        hwd_config_release(old);
    return APR_SUCCESS;
}

/* Old settings stay: snapshots in use point into them. SIGHUP is rare, they are small. */
apr_status_t
hwd_configs_settings(hwd_t *d, hw_result_t *res)
{
    hw_settings_t *fresh = NULL;
    apr_pool_t *p = hwd_pool();
    apr_status_t rv = hw_settings_load(d->conf_path, &fresh, NULL, res, p);

    if (rv != APR_SUCCESS) {
        apr_pool_destroy(p);
        return rv;
    }
    pthread_mutex_lock(&d->configs->lock);
    d->configs->settings = fresh;
    d->configs->announced++;
    pthread_mutex_unlock(&d->configs->lock);
    return APR_SUCCESS;
}

hwd_config_t *
hwd_config_hold(hwd_configs_t *c)
{
    hwd_config_t *cfg;

    pthread_mutex_lock(&c->lock);
    cfg = c->current;
    if (cfg != NULL)
        atomic_fetch_add(&cfg->refs, 1);
    pthread_mutex_unlock(&c->lock);
    return cfg;
}

hwd_config_t *
hwd_config_again(hwd_config_t *cfg)
{
    atomic_fetch_add(&cfg->refs, 1);
    return cfg;
}

void
hwd_config_release(hwd_config_t *cfg)
{
    if (cfg != NULL && atomic_fetch_sub(&cfg->refs, 1) == 1)
        apr_pool_destroy(cfg->p);
}

const hwd_endpoint_t *
hwd_config_endpoint(const hwd_config_t *cfg, const char *id)
{
    return apr_hash_get(cfg->endpoints, id, APR_HASH_KEY_STRING);
}

void
hwd_configs_stale(hwd_configs_t *c)
{
    pthread_mutex_lock(&c->lock);
    c->announced++;
    pthread_mutex_unlock(&c->lock);
}

void
hwd_configs_wait(hwd_configs_t *c, int timeout_ms)
{
    apr_time_t until = apr_time_now() + apr_time_from_msec(timeout_ms);

    pthread_mutex_lock(&c->lock);
    while (c->seen != c->announced && apr_time_now() < until)
        hwd_wait_until(&c->loaded, &c->lock, until);
    pthread_mutex_unlock(&c->lock);
}
