/* SPDX-License-Identifier: Apache-2.0 */
/* Everything said to Redis: connecting, enqueueing, consuming, publishing, counters.
 *
 * Keys (all begin with "hw:"):
 *   hw:s:<n>        stream of shard n (common/event.h), group "hookwised"
 *   hw:cfg          "1" while endpoint records are published; absent after a flush
 *   hw:ep, hw:epv   hashes id → record, id → version (common/auth.h)
 *   hw:dd:<ep>:<h>  request id of the first event with that body hash, for the dedup window
 *   hw:id:<ep>:<h>  request id of the first event with that sender id, HW_SENDER_ID_TTL
 *   hw:rl:<ep>:<m>  events of minute m, for rate_limit
 *   hw:rj:<ep>:<m>  rejected events recorded in minute m, for their cap
 *   hw:rf:<ep>:<m>  the same of refused ones
 *   hw:m            hash of counters, field = the Prometheus series as text
 *   hw:lease:<n>    owner of shard n ("host:pid:random"), expiring
 *   hw:workers      sorted set worker → time it last asked for a shard: the index of hw:w:*
 *   hw:w:<worker>   hash a worker renews: status of its database and destinations, what it read as
 *                   its settings; expiring
 *   hw:live         stream of recorded events for the live feed, capped
 *   hw:ask, hw:ans:<id>  requests of the CGI to hookwised, and their answers
 */
#ifndef HW_QUEUE_H
#define HW_QUEUE_H

#include <hiredis/hiredis.h>

#include "common/event.h"
#include "common/settings.h"

#define HW_SENDER_ID_TTL 86400      /* seconds a sender's id is remembered */
#define HW_REJECTED_PER_MINUTE 60   /* unreadable requests recorded for each endpoint and minute */
#define HW_REFUSED_PER_MINUTE 10    /* refused ones (401, 403): anybody can make them */
#define HW_LEASE_MS 10000           /* a shard's lease; renewed at a third of it */
#define HW_WORKER_TTL 15            /* seconds until a silent worker counts as gone */
#define HW_LIVE_MAX 1000            /* entries kept for the live feed */

typedef struct hw_queue_t hw_queue_t; /* one connection; belongs to one thread at a time */

typedef struct {
    const char *url;         /* "unix:/path[?db=n]", "redis://[:password@]host[:port][/db]",
                              * "sentinel://[:password@]host:port[,host:port…]/name[/db]" */
    const char *password;    /* over the URL's; NULL = none */
    int connect_timeout_ms;  /* 0 = 2000 */
    int timeout_ms;          /* one answer; 0 = 2000 */
} hw_queue_opts_t;

/* What the settings REDIS_URL, REDIS_PASSWORD, REDIS_TIMEOUT and so on say. */
hw_queue_opts_t hw_queue_settings(const hw_settings_t *s, apr_pool_t *p);

/* Checks the URL only: APR_EINVAL "bad-url" with the offset. Connects at first use. */
apr_status_t hw_queue_make(const hw_queue_opts_t *opts, hw_queue_t **out, hw_result_t *res,
                           apr_pool_t *p);
/* Connects when not connected. Failures are temporary: "redis-down", "redis-auth",
 * "redis-loading". */
apr_status_t hw_queue_connect(hw_queue_t *q, hw_result_t *res);
void hw_queue_close(hw_queue_t *q); /* drops the connection; the next call connects again */

/* One command. The reply belongs to ptemp (freed with it). A connection error closes and gives
 * "redis-down"; a Redis error reply gives "redis-error" with its words (NOGROUP, OOM, READONLY …
 * are in res->detail); *out is then that reply. *out is NULL when there was no answer at all.
 * lens may be NULL: strings end at their NUL. A program that uses this ignores SIGPIPE. */
apr_status_t hw_queue_command(hw_queue_t *q, int argc, const char **argv, const apr_size_t *lens,
                              redisReply **out, hw_result_t *res, apr_pool_t *ptemp);
apr_status_t hw_queue_commandf(hw_queue_t *q, redisReply **out, hw_result_t *res,
                               apr_pool_t *ptemp, const char *fmt, ...);
/* Pipelining: append any number, then read as many replies, in order. ptemp NULL: the caller frees
 * the reply (freeReplyObject). */
apr_status_t hw_queue_append(hw_queue_t *q, int argc, const char **argv, const apr_size_t *lens,
                             hw_result_t *res);
apr_status_t hw_queue_reply(hw_queue_t *q, redisReply **out, hw_result_t *res, apr_pool_t *ptemp);
/* At least one reply, and what else has arrived, up to max; the caller frees them. Error replies
 * are replies here. On a failure *n is 0. */
apr_status_t hw_queue_replies(hw_queue_t *q, redisReply **out, int max, int *n, hw_result_t *res);

/* --- enqueue (module, replay, simulators) ------------------------------------------------- */

#define HW_VERSION_ANY "*"

typedef struct {
    const hw_event_t *event;
    const char *version;       /* record version the request was checked against; NULL = trusted
                                * caller (replay, janitor): no version, rate or dedup check;
                                * HW_VERSION_ANY = drained from the spool: repeats are told */
    int rate_per_minute;       /* 0 = none */
    int dedup_window;          /* seconds, 0 = none */
    const char *body_sha256;   /* hex, for the window */
    const char *sender_id;     /* idempotency id the sender gave, NULL = none */
    long queue_limit;          /* events in all shards, 0 = none */
    const char *config_name;   /* for counters; NULL = not counted */
} hw_enqueue_t;

typedef enum {
    HW_ENQ_STORED,
    HW_ENQ_DUPLICATE,  /* *first = request id of the first */
    HW_ENQ_STALE,      /* version differs; *record = the record in force, check again */
    HW_ENQ_GONE,       /* no such endpoint any more */
    HW_ENQ_RATE,       /* over its rate limit; *retry_after seconds */
    HW_ENQ_FULL,       /* queue limit */
    HW_ENQ_UNPUBLISHED, /* Redis holds no configuration at all (flushed): stored as unverified */
    HW_ENQ_CAPPED      /* a rejected event beyond the minute's cap: counted only */
} hw_enqueue_e;

typedef struct {
    hw_enqueue_e what;
    const char *first;
    const char *record;
    int retry_after;
} hw_enqueued_t;

/* One event as the bytes that the one atomic script takes, for callers that pipeline; made by any
 * thread, without a connection. */
typedef struct {
    const char *text;
    apr_size_t len;
    int args; /* values in it */
} hw_enqueue_text_t;
void hw_enqueue_text(const hw_enqueue_t *e, hw_enqueue_text_t *out, apr_pool_t *p);
/* Appends one call of the script for n events, 1 to HW_ENQUEUE_BATCH; one reply. Redis does
 * nothing else meanwhile, so a call should not be longer than it must. */
#define HW_ENQUEUE_BATCH 64
#define HW_ENQUEUE_BYTES (1024 * 1024) /* a caller begins another call at about so many */
apr_status_t hw_queue_append_events(hw_queue_t *q, const hw_enqueue_text_t *const *events, int n,
                                    hw_result_t *res);
/* The answer to event i of n in that reply: a part of it, or the whole of it when it is an error
 * of all of them; NULL when there is none. */
redisReply *hw_enqueue_answer(const redisReply *reply, int i, int n);
/* Reads one answer; "redis-noscript" (temporary) asks for hw_queue_load_scripts and again. An
 * event that failed was not stored, or is answered "stored" or stored under the same request id
 * when it comes again. */
apr_status_t hw_enqueue_result(const redisReply *answer, hw_enqueued_t *out, hw_result_t *res,
                               apr_pool_t *p);
apr_status_t hw_queue_load_scripts(hw_queue_t *q, hw_result_t *res, apr_pool_t *ptemp);
/* Both in one, loading the script when needed. */
apr_status_t hw_enqueue(hw_queue_t *q, const hw_enqueue_t *e, hw_enqueued_t *out, hw_result_t *res,
                        apr_pool_t *p);

/* The record of one endpoint: *record NULL when there is none; *published 0 when nothing is. */
apr_status_t hw_queue_record(hw_queue_t *q, const char *endpoint_id, const char **record,
                             int *published, hw_result_t *res, apr_pool_t *p);

/* --- consume (hookwised) -------------------------------------------------------------------- */

/* Creates stream and group where missing (after a flush too). */
apr_status_t hw_queue_ensure_group(hw_queue_t *q, int shard, hw_result_t *res, apr_pool_t *ptemp);
/* Reads up to count new entries of each shard given (blocks up to block_ms, -1 = not at all) as
 * events in p (arrays of hw_event_t *). "redis-nogroup" (temporary) when a group vanished. Entries
 * that cannot be read as events come in *bad (array of hw_bad_entry_t). */
typedef struct { int shard; const char *entry_id, *why; int newer; } hw_bad_entry_t;
apr_status_t hw_queue_read(hw_queue_t *q, const int *shards, int nshards, const char *consumer,
                           int count, int block_ms, apr_array_header_t **events,
                           apr_array_header_t **bad, hw_result_t *res, apr_pool_t *p);
/* An entry as XRANGE gives it; its pointers go into the reply. */
apr_status_t hw_queue_event(const redisReply *entry, hw_event_t **out, hw_result_t *res,
                            apr_pool_t *p);
/* Takes over entries pending in a shard (its owner died, or we restarted): from *cursor ("0-0" to
 * begin; back at "0-0" when through). Events carry redelivered = 1. */
apr_status_t hw_queue_claim(hw_queue_t *q, int shard, const char *consumer, int count,
                            const char **cursor, apr_array_header_t **events,
                            apr_array_header_t **bad, hw_result_t *res, apr_pool_t *p);
/* XACK and XDEL of entries of one shard, in one transaction; fenced: does nothing and gives
 * APR_EACCES "lease-lost" when the lease is no longer ours. */
apr_status_t hw_queue_ack(hw_queue_t *q, int shard, const char *owner, const char *const *ids,
                          int nids, hw_result_t *res, apr_pool_t *ptemp);

/* Leases. owner: "host:pid:random". *held 1 when the shard is ours afterwards. */
apr_status_t hw_lease_take(hw_queue_t *q, int shard, const char *owner, int *held,
                           hw_result_t *res, apr_pool_t *ptemp);
apr_status_t hw_lease_drop(hw_queue_t *q, int shard, const char *owner, hw_result_t *res,
                           apr_pool_t *ptemp);
/* A worker's heartbeat: the hash hw:w:OWNER, believed for HW_WORKER_TTL seconds. json is its
 * status, settings are those it was started with. */
apr_status_t hw_worker_beat(hw_queue_t *q, const char *owner, const char *json,
                            const char *settings, hw_result_t *res, apr_pool_t *ptemp);

/* --- status ---------------------------------------------------------------------------------- */

typedef struct {
    apr_int64_t lag;            /* events not yet recorded, all shards */
    apr_int64_t oldest_seconds; /* age of the oldest of them, 0 = none */
    int workers;                /* living hookwised processes */
    int published;              /* endpoint records are there (hw:cfg) */
    hw_json_t *worker_status;   /* array of what each says of itself (hw:w:*), owned by p */
} hw_queue_status_t;
apr_status_t hw_queue_status(hw_queue_t *q, hw_queue_status_t *out, hw_result_t *res,
                             apr_pool_t *p);
/* The same in two steps, for callers that pipeline. argv needs HW_STATUS_ARGS places. */
#define HW_STATUS_ARGS 3
int hw_queue_status_args(const char **argv);
apr_status_t hw_queue_status_result(const redisReply *reply, hw_queue_status_t *out,
                                    hw_result_t *res, apr_pool_t *p);
/* Counters: adds to a series, e.g. hookwise_psa_tasks_total{type="create",result="ok"}. */
apr_status_t hw_queue_count(hw_queue_t *q, const char *series, double by, hw_result_t *res,
                            apr_pool_t *ptemp);
/* name{a="x",b="y"} with values escaped for Prometheus; pairs end with NULL. */
const char *hw_series(apr_pool_t *p, const char *name, ...);

#endif
