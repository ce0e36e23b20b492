/* SPDX-License-Identifier: Apache-2.0 */
/* What the threads of one hookwised share, and the daemon's own limits. */
#ifndef HWD_DAEMON_H
#define HWD_DAEMON_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/queue.h"
#include "common/result.h"
#include "common/settings.h"
#include "common/store.h"

/* Bounds. What is over them waits in Redis, which is where it is durable anyway. */
#define HWD_MAX_JOBS 8000                /* parts in flight: read and not yet recorded */
#define HWD_MAX_BYTES (12 * 1024 * 1024)  /* bytes of events in flight */
#define HWD_MAX_PLANNED (6 * 1024 * 1024) /* estimated bytes of plans kept beside them */
#define HWD_READ_COUNT 64                 /* entries of a shard asked of Redis at once */
#define HWD_READ_BYTES (2 * 1024 * 1024)  /* of one read, going by the sizes met lately */
#define HWD_READ_BLOCK_MS 500             /* how long an empty read waits */
#define HWD_TURN_JOBS 256                 /* parts of a lane one worker takes at once */
#define HWD_RECORD_ROWS 512               /* history rows of one transaction */
#define HWD_RECORD_BYTES (1024 * 1024)    /* of rows and requests in one transaction */
#define HWD_RECORD_BACKLOG (2 * 1024 * 1024) /* bytes waiting for it before workers wait */
#define HWD_DB_SHORT 8                    /* database connections borrowed for a statement */
#define HWD_DRAIN_SECONDS 25              /* SIGTERM: work on what is in flight, at most */
#define HWD_HOLD_MS 1000                  /* pause when our own database or Redis is away */
#define HWD_BACKOFF_MAX_MS 300000         /* ceiling of one retry's wait */
#define HWD_PULSE_MS 3000                 /* heartbeat, leases, counters */
#define HWD_RESYNC_SECONDS 60             /* configuration read again although nobody said so */
#define HWD_STACK_BYTES (1024 * 1024)     /* stack of a worker thread */

typedef struct hwd_configs_t hwd_configs_t;
typedef struct hwd_stores_t hwd_stores_t;
typedef struct hwd_items_t hwd_items_t;
typedef struct hwd_lanes_t hwd_lanes_t;
typedef struct hwd_shards_t hwd_shards_t;
typedef struct hwd_recorder_t hwd_recorder_t;
typedef struct hwd_metrics_t hwd_metrics_t;
typedef struct hwd_dests_t hwd_dests_t;
typedef struct hwd_http_t hwd_http_t;
typedef struct hwd_catchup_t hwd_catchup_t;
typedef struct hwd_reach_t hwd_reach_t;
typedef struct hwd_chooser_t hwd_chooser_t;

/* A pool with an allocator of its own: what it held goes back to the system when it is destroyed. */
apr_pool_t *hwd_pool(void);

/* The same below the process's pool, for a thread or a cache of its own; it goes at the end. */
apr_pool_t *hwd_pool_below(apr_pool_t *parent);

/* The same for pools that come and go with every event: up to HWD_IDLE_POOLS allocators are kept,
 * with some memory each, because getting it from the system anew costs more than all else. What
 * _get gave goes to _put and to nobody else. Any thread. */
#define HWD_IDLE_POOLS 128
#define HWD_IDLE_POOL_BYTES (32 * 1024)
typedef struct hwd_pools_t hwd_pools_t;
hwd_pools_t *hwd_pools_make(apr_pool_t *p);
apr_pool_t *hwd_pool_get(hwd_pools_t *pools);
void hwd_pool_put(hwd_pools_t *pools, apr_pool_t *p);

/* When the clock was set forward last: what was written down before that time is older by less than
 * it seems. */
typedef struct {
    apr_time_t before;
    apr_interval_time_t by; /* 0 = it never was */
    apr_time_t wall, mono;  /* looked at last */
} hwd_jump_t;

typedef struct hwd_t {
    apr_pool_t *p;                   /* lives as long as the process: nothing per event */
    hwd_pools_t *pools;              /* for what lives as long as an event */
    hw_log_t *log;
    const char *conf_path;           /* NULL = environment and defaults */
    int null_destination;            /* -n: every destination is the null driver */
    const hw_settings_t *settings;   /* as read at the start: connections and sizes */
    const hw_keyring_t *ring;        /* NULL = no key */
    const char *worker;              /* "host:pid:random" */
    const char *host;
    apr_time_t started;
    apr_time_t started_mono;         /* the same by hw_clock_mono */
    hwd_jump_t jump;                 /* of who looks for silent endpoints */
    hw_queue_opts_t redis;
    hwd_configs_t *configs;
    hwd_stores_t *stores;
    hwd_items_t *items;
    hwd_lanes_t *lanes;
    hwd_shards_t *shards;
    hwd_recorder_t *recorder;
    hwd_metrics_t *metrics;
    hwd_dests_t *dests;
    hwd_http_t *http;
    hwd_http_t *llm_http;            /* of its own: nothing waits behind a language model */
    hwd_http_t *chat_http;           /* nor behind a chat service */
    const hwd_reach_t *reach;        /* where chat targets may be */
    hwd_catchup_t *catchup;
    hwd_chooser_t *chooser;
    atomic_int stopping;             /* no new work is begun */
    atomic_int reload;               /* SIGHUP came */
    atomic_int publish;              /* Redis lost the published configuration */
    atomic_int consuming;            /* the consumer has read once: ready */
    atomic_int gained;               /* a shard: others may have recorded what is read of it */
    atomic_int published;            /* the configuration was published once */
    atomic_int database_up;          /* the janitor's last word on PostgreSQL */
} hwd_t;

/* Pauses, back-off, leases and time-outs are measured by hw_clock_mono; apr_time_now is for what is
 * written down or compared with what was. A condition to wait on with a time, and waiting until it. */
void hwd_cond_init(pthread_cond_t *cond);
void hwd_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, apr_time_t when);
/* Sleeps, but not beyond the moment the daemon stops. */
void hwd_nap(const hwd_t *d, int ms);

#endif
