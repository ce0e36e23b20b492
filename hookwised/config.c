/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots of the configuration: reading, compiling, swapping. */
#include "hookwised/config.h"

#include <apr_hash.h>
#include <apr_strings.h>

struct hwd_configs_t {
    pthread_mutex_t lock;
    pthread_mutex_t loading; /* one reads the database, who else wants to finds it done */
    hwd_config_t *current;
    const hw_settings_t *settings;
};

static apr_status_t
release_current(void *data)
{
    hwd_config_release(((hwd_configs_t *)data)->current);
    return APR_SUCCESS;
}

apr_status_t
hwd_configs_make(hwd_t *d)
{
    hwd_configs_t *c = apr_pcalloc(d->p, sizeof(*c));

    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->loading, NULL);
    c->settings = d->settings;
    d->configs = c;
    apr_pool_cleanup_register(d->p, c, release_current, apr_pool_cleanup_null);
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
    e->version = row->version;
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
    hw_settings_t *settings = NULL;
    hw_json_t *changed = NULL;
    const char *maintenance;
    apr_status_t rv;

    cfg->endpoints = apr_hash_make(cfg->p);
    if ((rv = hw_store_setting_list(s, &changed, res, cfg->p)) != APR_SUCCESS ||
        (rv = hw_settings_over(cfg->base, changed, &settings, res, cfg->p)) != APR_SUCCESS)
        return rv;
    cfg->plan.settings = cfg->settings = settings;
    maintenance = hw_json_get_string(changed, HW_SETTING_MAINTENANCE);
    if ((rv = hw_store_endpoint_list(s, 0, &rows, res, cfg->p)) != APR_SUCCESS ||
        (rv = hw_store_tenantmap(s, &map, res, cfg->p)) != APR_SUCCESS)
        return rv;
    for (int i = 0; i < rows->nelts; i++)
        compile_one(d, cfg, APR_ARRAY_IDX(rows, i, const hw_endpoint_row_t *));
    cfg->plan.tenantmap = map;
    cfg->plan.maintenance = maintenance != NULL && strcmp(maintenance, "1") == 0;
    return APR_SUCCESS;
}

static void
put_in_force(hwd_configs_t *c, hwd_config_t *cfg)
{
    hwd_config_t *old;

    pthread_mutex_lock(&c->lock);
    old = c->current;
    c->current = cfg;
    pthread_mutex_unlock(&c->lock);
    if (old != NULL)
        hwd_config_release(old);
}

const hw_settings_t *
hwd_configs_base(hwd_configs_t *c)
{
    const hw_settings_t *base;

    pthread_mutex_lock(&c->lock);
    base = c->settings;
    pthread_mutex_unlock(&c->lock);
    return base;
}

/* The stamp goes first: what changes while the rest is read makes the snapshot look old. */
static apr_status_t
load(hwd_t *d, hw_store_t *s, hw_result_t *res)
{
    apr_pool_t *p = hwd_pool();
    hwd_config_t *cfg = apr_pcalloc(p, sizeof(*cfg));
    apr_status_t rv;

    cfg->p = p;
    atomic_init(&cfg->refs, 1);
    cfg->base = hwd_configs_base(d->configs);
    if ((rv = hw_store_config_stamp(s, &cfg->stamp, res, p)) != APR_SUCCESS ||
        (rv = fill(d, s, cfg, res)) != APR_SUCCESS) {
        apr_pool_destroy(p);
        return rv;
    }
    put_in_force(d->configs, cfg);
    return APR_SUCCESS;
}

apr_status_t
hwd_configs_load(hwd_t *d, hw_store_t *s, hw_result_t *res)
{
    apr_status_t rv;

    pthread_mutex_lock(&d->configs->loading);
    rv = load(d, s, res);
    pthread_mutex_unlock(&d->configs->loading);
    return rv;
}

static int
in_force(hwd_configs_t *c, const char *stamp)
{
    int same;

    pthread_mutex_lock(&c->lock);
    same = c->current != NULL && c->current->base == c->settings &&
           strcmp(c->current->stamp, stamp) == 0;
    pthread_mutex_unlock(&c->lock);
    return same;
}

apr_status_t
hwd_configs_fresh(hwd_t *d, hw_store_t *s, hw_result_t *res)
{
    apr_pool_t *p = hwd_pool();
    const char *stamp = NULL;
    apr_status_t rv = hw_store_config_stamp(s, &stamp, res, p);

    if (rv == APR_SUCCESS && !in_force(d->configs, stamp)) {
        pthread_mutex_lock(&d->configs->loading);
        if (!in_force(d->configs, stamp))
            rv = load(d, s, res);
        pthread_mutex_unlock(&d->configs->loading);
    }
    apr_pool_destroy(p);
    return rv;
}

/* Old settings stay: snapshots in use point into them. SIGHUP is rare, they are small. */
apr_status_t
hwd_configs_settings(hwd_t *d, hw_result_t *res)
{
    hw_settings_t *fresh = NULL;
    apr_pool_t *p = hwd_pool_below(d->p);
    apr_status_t rv = hw_settings_load(d->conf_path, &fresh, NULL, res, p);

    if (rv != APR_SUCCESS) {
        apr_pool_destroy(p);
        return rv;
    }
    pthread_mutex_lock(&d->configs->lock);
    d->configs->settings = fresh;
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
