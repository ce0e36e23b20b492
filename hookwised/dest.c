/* SPDX-License-Identifier: Apache-2.0 */
/* Destinations at work: who may call when, and what their answers say about them. */
#include "hookwised/dest.h"

#include <apr_strings.h>
#include <string.h>

#include "common/json.h"
#include "hookwised/config.h"
#include "hookwised/lane.h"
#include "hookwised/metrics.h"

static const hwd_driver_t *const drivers[] = { &hwd_driver_local, &hwd_driver_connectwise };
#define NDRIVERS (sizeof(drivers) / sizeof(*drivers))

struct hwd_dests_t {
    hwd_t *d;
    hwd_dest_t *all[NDRIVERS + 1];
    int configured[NDRIVERS]; /* its settings are complete: shown in health */
};

apr_status_t
hwd_dests_make(hwd_t *d)
{
    hwd_dests_t *dests = apr_pcalloc(d->p, sizeof(*dests));

    dests->d = d;
    for (unsigned i = 0; i < NDRIVERS; i++) {
        hwd_dest_t *dest = apr_pcalloc(d->p, sizeof(*dest));
        const hwd_driver_t *driver = d->null_destination ? &hwd_driver_null : drivers[i];
        int limit =
            driver->remote ? (int)hw_set_int(d->settings, "CW_RATE_PER_MINUTE") : 0;

        dest->name = drivers[i]->name;
        dest->driver = driver;
        pthread_mutex_init(&dest->lock, NULL);
        hwd_rate_init(&dest->rate, limit, hw_clock_mono());
        dests->configured[i] = driver->check(d->settings, NULL) == APR_SUCCESS;
        dests->all[i] = dest;
    }
    d->dests = dests;
    return APR_SUCCESS;
}

hwd_dest_t *
hwd_dest_find(hwd_dests_t *dests, const char *name)
{
    for (unsigned i = 0; name != NULL && i < NDRIVERS; i++)
        if (strcmp(dests->all[i]->name, name) == 0)
            return dests->all[i];
    return NULL;
}

void
hwd_dests_share(hwd_t *d, int workers)
{
    for (unsigned i = 0; i < NDRIVERS; i++) {
        hwd_dest_t *dest = d->dests->all[i];
        int changed;

        pthread_mutex_lock(&dest->lock);
        changed = hwd_rate_share(&dest->rate, workers, hw_clock_mono());
        pthread_mutex_unlock(&dest->lock);
        if (changed && d->dests->configured[i])
            hw_log(d->log, HW_LOG_INFO, "%s: %d hookwised share %d calls a minute", dest->name,
                   workers, dest->rate.per_minute);
    }
}

hwd_admit_e
hwd_dest_admit(hwd_dest_t *dest, hwd_prio_e prio, int cost, apr_time_t now, apr_time_t *again)
{
    hwd_admit_e verdict = HWD_ADMITTED;

    if (!dest->driver->remote)
        return HWD_ADMITTED;
    pthread_mutex_lock(&dest->lock);
    if (dest->breaker.open) {
        *again = dest->breaker.probe_at + apr_time_from_sec(1);
        if (*again < now + apr_time_from_sec(1))
            *again = now + apr_time_from_sec(1);
        verdict = HWD_ADMIT_DOWN;
    } else if (!hwd_rate_take(&dest->rate, prio, cost, now, again)) {
        verdict = HWD_ADMIT_RATE;
    }
    pthread_mutex_unlock(&dest->lock);
    return verdict;
}

void
hwd_dest_pay(const hwd_call_t *c)
{
    if (c->paid != NULL && *c->paid > 0) {
        (*c->paid)--;
        return;
    }
    pthread_mutex_lock(&c->dest->lock);
    hwd_rate_charge(&c->dest->rate, 1, hw_clock_mono());
    pthread_mutex_unlock(&c->dest->lock);
}

void
hwd_dest_refund(hwd_dest_t *dest, int calls)
{
    pthread_mutex_lock(&dest->lock);
    hwd_rate_charge(&dest->rate, -calls, hw_clock_mono());
    pthread_mutex_unlock(&dest->lock);
}

/* One line of text without control bytes, as it goes into status JSON. */
static void
keep_detail(hwd_dest_t *dest, const hw_result_t *res)
{
    apr_cpystrn(dest->detail, res->detail != NULL ? res->detail : res->problem,
                sizeof(dest->detail));
}

static int
is_down_sign(apr_status_t rv, const hw_result_t *res)
{
    return rv != APR_SUCCESS && res->cls != HW_PERMANENT && res->http_status != 429 &&
           strcmp(res->problem, "lease-lost") != 0;
}

static void
note_limit(hwd_dest_t *dest, const hw_result_t *res, apr_time_t now)
{
    apr_time_t until = res->retry_at > now ? res->retry_at : now + apr_time_from_sec(1);

    hwd_rate_pause(&dest->rate, until);
    dest->limited_until = until;
    keep_detail(dest, res);
}

void
hwd_dest_report(hwd_t *d, hwd_dest_t *dest, apr_status_t rv, const hw_result_t *res)
{
    apr_time_t now = hw_clock_mono();
    int changed = 0, down;

    pthread_mutex_lock(&dest->lock);
    if (is_down_sign(rv, res)) {
        keep_detail(dest, res);
        changed = hwd_breaker_fail(&dest->breaker, now);
    } else {
        if (rv != APR_SUCCESS && res->http_status == 429)
            note_limit(dest, res, now);
        dest->locked_out = rv != APR_SUCCESS && res->http_status == 401;
        if (dest->locked_out)
            keep_detail(dest, res);
        changed = hwd_breaker_ok(&dest->breaker);
    }
    down = dest->breaker.open;
    pthread_mutex_unlock(&dest->lock);
    if (!changed)
        return;
    if (down) {
        hw_log_result(d->log, HW_LOG_WARN, res,
                      apr_pstrcat(res->p, "destination ", dest->name, " is down", NULL));
    } else {
        hw_log(d->log, HW_LOG_INFO, "destination %s is up again", dest->name);
        hwd_lanes_wake(d->lanes, dest->name);
    }
}

apr_status_t
hwd_dest_called(const hwd_call_t *c, const char *type, apr_time_t began, apr_status_t rv,
                const hw_result_t *res)
{
    hwd_metrics_task(c->d->metrics, type, rv, res, hw_clock_mono() - began);
    if (c->dest->driver->remote)
        hwd_dest_report(c->d, c->dest, rv, res);
    return rv;
}

int
hwd_dest_down(hwd_dest_t *dest, apr_time_t *probe_at)
{
    int open;

    pthread_mutex_lock(&dest->lock);
    open = dest->breaker.open;
    *probe_at = dest->breaker.probe_at;
    pthread_mutex_unlock(&dest->lock);
    return open;
}

static void
probe(hwd_t *d, hwd_dest_t *dest, const hw_settings_t *settings)
{
    apr_pool_t *p = hwd_pool();
    hw_result_t *res = hw_result_make(p);
    apr_time_t began = hw_clock_mono();
    hwd_call_t call = { .d = d, .dest = dest, .settings = settings,
                        .prio = HWD_PRIO_RECOVERY, .now = apr_time_now() };
    apr_status_t rv = dest->driver->probe(&call, res, p);

    if (is_down_sign(rv, res)) {
        hwd_metrics_task(d->metrics, "probe", rv, res, hw_clock_mono() - began);
        pthread_mutex_lock(&dest->lock);
        hwd_breaker_probe_failed(&dest->breaker, hw_clock_mono());
        keep_detail(dest, res);
        pthread_mutex_unlock(&dest->lock);
    } else {
        hwd_dest_called(&call, "probe", began, rv, res);
    }
    apr_pool_destroy(p);
}

void
hwd_dests_probe(hwd_t *d)
{
    for (int i = 0; d->dests->all[i] != NULL; i++) {
        hwd_dest_t *dest = d->dests->all[i];
        apr_time_t due;

        if (!hwd_dest_down(dest, &due) || hw_clock_mono() < due)
            continue;
        hwd_config_t *cfg = hwd_config_hold(d->configs);
        if (cfg != NULL)
            probe(d, dest, cfg->settings);
        hwd_config_release(cfg);
    }
}

static hw_json_t *
dest_json(hwd_dest_t *dest, apr_time_t now)
{
    hw_json_t *v = json_object_new_object();
    const char *status = "up";

    pthread_mutex_lock(&dest->lock);
    if (dest->breaker.open)
        status = "down";
    else if (dest->breaker.fails > 0 || dest->limited_until > now || dest->locked_out)
        status = "degraded";
    hw_json_set_string(v, "status", status);
    if (strcmp(status, "up") != 0)
        hw_json_set_string(v, "detail", dest->detail);
    pthread_mutex_unlock(&dest->lock);
    return v;
}

hw_json_t *
hwd_dests_json(hwd_dests_t *dests, apr_pool_t *p)
{
    hw_json_t *v = json_object_new_object();

    (void)p;
    for (unsigned i = 0; i < NDRIVERS; i++)
        if (dests->configured[i])
            hw_json_set(v, dests->all[i]->name, dest_json(dests->all[i], hw_clock_mono()));
    return v;
}
