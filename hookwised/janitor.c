/* SPDX-License-Identifier: Apache-2.0 */
/* The janitor's thread: hears of changes, loads and publishes them; keeps history's partitions. */
#include "hookwised/janitor.h"

#include <malloc.h>
#include <string.h>

#include "hookwised/config.h"
#include "hookwised/stores.h"

#define CHANNEL "hookwise_config"
#define WAIT_MS 250            /* for a notification, between other duties */
#define PARTITION_DAYS 3       /* made ahead */
#define DAILY_SECONDS 3600     /* between two looks at partitions and retention */
#define MAX_NOTES 1000         /* notifications taken at once */
#define TRIM_SECONDS 10        /* between two looks for memory to give back */

struct hwd_janitor_t {
    hwd_t *d;
    hw_store_t *store;
    hw_queue_t *queue;
    pthread_t thread;
    int listening;
    apr_time_t resync_at, daily_at, trim_at;
    int kept_days;    /* of history, at the last look at partitions; 0 = none yet */
    int loaded;
    int failing;      /* said once */
};

/* Whatever failed is tried again with the next round; the log hears of it once. */
static void
failed(hwd_janitor_t *j, const hw_result_t *res, const char *doing)
{
    if (strncmp(res->problem, "database-", 9) == 0)
        atomic_store(&j->d->database_up, 0);
    if (!j->failing)
        hw_log_result(j->d->log, HW_LOG_WARN, res, doing);
    j->failing = 1;
}

/* A Redis that is full takes no endpoints: working off what is in it makes room. */
static void
begin_unpublished(hwd_janitor_t *j, const hw_result_t *res)
{
    if (strcmp(res->problem, "redis-error") == 0 && strncmp(res->detail, "OOM", 3) == 0)
        atomic_store(&j->d->published, 1);
}

/* A key that was lost, or taken from another machine, shows nowhere until a secret is needed. */
static void
look_at_key(hwd_janitor_t *j, apr_pool_t *p)
{
    int all, strange;

    if (hw_store_endpoint_sealed(j->store, &all, &strange, NULL, p) == APR_SUCCESS && strange > 0)
        hw_log(j->d->log, HW_LOG_WARN,
               "ENCRYPTION_KEY is not the one the database was written with: it does not open"
               " the secrets of %d of %d endpoints", strange, all);
}

static apr_status_t
publish(hwd_janitor_t *j, const char *id, hw_result_t *res, apr_pool_t *p)
{
    hwd_config_t *cfg = hwd_config_hold(j->d->configs);
    int count = 0;
    apr_status_t rv = hw_publish(j->store, j->queue, cfg ? cfg->base : j->d->settings, id, &count,
                                 res, p);

    if (cfg != NULL)
        hwd_config_release(cfg);
    if (rv != APR_SUCCESS) {
        atomic_store(&j->d->publish, 1);
        begin_unpublished(j, res);
        failed(j, res, "publishing the configuration");
        return rv;
    }
    if (id == NULL)
        atomic_store(&j->d->publish, 0);
    if (id == NULL && !atomic_exchange(&j->d->published, 1)) {
        hw_log(j->d->log, HW_LOG_INFO, "%d endpoints are published", count);
        look_at_key(j, p);
    }
    return APR_SUCCESS;
}

static apr_status_t
load(hwd_janitor_t *j, hw_result_t *res)
{
    apr_status_t rv = hwd_configs_load(j->d, j->store, res);

    if (rv != APR_SUCCESS) {
        failed(j, res, "reading the configuration");
        return rv;
    }
    j->loaded = 1;
    atomic_store(&j->d->database_up, 1);
    return APR_SUCCESS;
}

/* Waits for a change; several at once are loaded once. *any 1: there was one. */
static apr_status_t
hear(hwd_janitor_t *j, int *any, hw_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    const char *channel = NULL, *payload = NULL;

    if (!j->listening && (rv = hw_db_listen(j->store->db, CHANNEL, res)) != APR_SUCCESS)
        return rv;
    j->listening = 1;
    for (int i = 0; i < MAX_NOTES; i++) {
        rv = hw_db_wait(j->store->db, *any ? 0 : WAIT_MS, &channel, &payload, res, p);
        if (rv != APR_SUCCESS || channel == NULL)
            return rv;
        *any = 1;
    }
    return rv;
}

static void
reload_settings(hwd_janitor_t *j, hw_result_t *res)
{
    if (hwd_configs_settings(j->d, res) == APR_SUCCESS)
        hw_log(j->d->log, HW_LOG_INFO, "settings were read again");
    else
        hw_log_result(j->d->log, HW_LOG_ERROR, res, "the settings in force stay");
    hw_result_reset(res);
    j->resync_at = 0;
}

/* After a flush of Redis nobody can post until this is mended. */
static void
look_at_mark(hwd_janitor_t *j, hw_result_t *res, apr_pool_t *p)
{
    redisReply *reply;

    if (hw_queue_commandf(j->queue, &reply, res, p, "EXISTS hw:cfg") == APR_SUCCESS &&
        reply->integer == 0)
        atomic_store(&j->d->publish, 1);
    hw_result_reset(res);
}

/* As the database says, when it has been read. */
static int
retention_days(hwd_janitor_t *j)
{
    hwd_config_t *cfg = hwd_config_hold(j->d->configs);
    int days = (int)hw_set_int(cfg != NULL ? cfg->settings : j->d->settings, "LOG_RETENTION_DAYS");

    hwd_config_release(cfg);
    return days;
}

static apr_status_t
daily(hwd_janitor_t *j, int days, hw_result_t *res, apr_pool_t *p)
{
    int dropped = 0;
    apr_time_t now = apr_time_now();
    apr_status_t rv = hw_store_partitions(j->store->db, now, PARTITION_DAYS, res, p);

    if (rv == APR_SUCCESS)
        rv = hw_store_retention(j->store->db, now, days, &dropped, res, p);
    if (rv != APR_SUCCESS) {
        failed(j, res, "keeping history's partitions");
        return rv;
    }
    if (dropped > 0)
        hw_log(j->d->log, HW_LOG_INFO, "history older than %d days was dropped: %d days", days,
               dropped);
    j->daily_at = hw_clock_mono() + apr_time_from_sec(DAILY_SECONDS);
    j->kept_days = days;
    return APR_SUCCESS;
}

static apr_status_t
duties(hwd_janitor_t *j, int changed, hw_result_t *res, apr_pool_t *p)
{
    apr_time_t now = hw_clock_mono();
    const char *stamp;
    apr_status_t rv;
    int days;

    if (atomic_exchange(&j->d->reload, 0))
        reload_settings(j, res);
    rv = hw_store_config_stamp(j->store, &stamp, res, p);
    if (rv != APR_SUCCESS) { /* away, or not the server that takes changes any more */
        failed(j, res, "reading the configuration");
        return rv;
    }
    if (now >= j->resync_at || changed || !j->loaded) {
        if ((rv = load(j, res)) != APR_SUCCESS)
            return rv;
        if (now >= j->resync_at || changed)
            atomic_store(&j->d->publish, 1);
        j->resync_at = now + apr_time_from_sec(HWD_RESYNC_SECONDS);
    }
    look_at_mark(j, res, p);
    days = retention_days(j); /* a change is at work at once */
    if ((now >= j->daily_at || days != j->kept_days) &&
        (rv = daily(j, days, res, p)) != APR_SUCCESS)
        return rv;
    return atomic_load(&j->d->publish) ? publish(j, NULL, res, p) : APR_SUCCESS;
}

/* Of a body's values malloc keeps the room when they are freed, for a few large bodies of many
 * values hundreds of megabytes. */
static void
trim(hwd_janitor_t *j)
{
    apr_time_t now = hw_clock_mono();

    if (now < j->trim_at)
        return;
    malloc_trim(0);
    j->trim_at = now + apr_time_from_sec(TRIM_SECONDS);
}

static void
round_once(hwd_janitor_t *j)
{
    apr_pool_t *p = hwd_pool();
    hw_result_t *res = hw_result_make(p);
    int changed = 0;
    apr_status_t rv = hear(j, &changed, res, p);

    if (rv != APR_SUCCESS)
        failed(j, res, "waiting for PostgreSQL");
    else
        rv = duties(j, changed, res, p);
    if (rv == APR_SUCCESS) {
        atomic_store(&j->d->database_up, 1);
        if (j->failing)
            hw_log(j->d->log, HW_LOG_INFO, "configuration is read and published again");
        j->failing = 0;
    } else {
        hwd_nap(j->d, HWD_HOLD_MS / 2);
    }
    apr_pool_destroy(p);
    trim(j);
}

static void *
run(void *data)
{
    hwd_janitor_t *j = data;

    while (!atomic_load(&j->d->stopping))
        round_once(j);
    hw_db_close(j->store->db);
    hw_queue_close(j->queue);
    return NULL;
}

apr_status_t
hwd_janitor_start(hwd_t *d, hwd_janitor_t **out, hw_result_t *res)
{
    hwd_janitor_t *j = apr_pcalloc(d->p, sizeof(*j));
    apr_status_t rv;

    j->d = d;
    *out = j;
    if ((rv = hwd_store_own(d, &j->store, res, hwd_pool_below(d->p))) != APR_SUCCESS ||
        (rv = hw_queue_make(&d->redis, &j->queue, res, hwd_pool_below(d->p))) != APR_SUCCESS)
        return rv;
    if (pthread_create(&j->thread, NULL, run, j) != 0)
        return hw_fail(res, APR_ENOMEM, "no-threads", "the janitor's thread cannot be started");
    return APR_SUCCESS;
}

void
hwd_janitor_join(hwd_janitor_t *j)
{
    pthread_join(j->thread, NULL);
}
