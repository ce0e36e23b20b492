/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a Redis connection: what the queue*.c files share and nobody else includes. */
#ifndef HW_QUEUE_CONN_H
#define HW_QUEUE_CONN_H

#include "common/queue.h"
#include "common/result.h"

#define HW_QUEUE_TIMEOUT_MS 2000  /* connecting, and waiting for one answer, unless told */
#define HW_QUEUE_PORT 6379
#define HW_QUEUE_SENTINEL_PORT 26379

typedef enum { HW_TARGET_UNIX, HW_TARGET_TCP, HW_TARGET_SENTINEL } hw_target_kind_e;

typedef struct {
    const char *name; /* host name or address, without brackets */
    int port;
} hw_host_t;

/* A Redis URL, taken apart. */
typedef struct {
    hw_target_kind_e kind;
    const char *path;          /* unix: */
    apr_array_header_t *hosts; /* of hw_host_t: one for redis://, the sentinels for sentinel:// */
    const char *master;        /* the name the sentinels know it by */
    const char *user, *password; /* NULL = none */
    int db;
    const char *shown;         /* for messages: the URL without its password */
} hw_target_t;

/* APR_EINVAL "bad-url" with the offset in the URL. */
apr_status_t hw_target_parse(const char *url, hw_target_t *out, hw_result_t *res, apr_pool_t *p);

/* A Lua script and its name for EVALSHA. */
typedef struct {
    const char *text;
    char sha[41]; /* set by hw_queue_make */
} hw_script_t;

typedef enum {
    HW_SCRIPT_ACK, HW_SCRIPT_LEASE_TAKE, HW_SCRIPT_LEASE_DROP, HW_SCRIPT_GROUP, HW_SCRIPT_BEAT,
    HW_SCRIPTS
} hw_script_e;

struct hw_queue_t {
    apr_pool_t *p;
    hw_target_t target;
    struct timeval connect_timeout, timeout;
    redisContext *c;                 /* NULL = not connected */
    hw_script_t scripts[HW_SCRIPTS];
};

/* A fresh connection to whatever the sentinels call the master now. */
apr_status_t hw_sentinel_resolve(hw_queue_t *q, hw_host_t *out, hw_result_t *res,
                                 apr_pool_t *ptemp);
/* Opens a TCP connection with our time-outs; NULL (res set, "redis-down") when it fails. */
redisContext *hw_queue_dial(hw_queue_t *q, const hw_host_t *host, hw_result_t *res);
/* AUTH with the target's credentials on c; "redis-auth" (temporary) when refused. */
apr_status_t hw_queue_login(hw_queue_t *q, redisContext *c, hw_result_t *res);

/* Turns an error reply into the failure it means; closes the connection where it is no use any
 * more (a former master that became a replica). */
apr_status_t hw_queue_refused(hw_queue_t *q, const redisReply *reply, hw_result_t *res);
/* Drops the connection and says why: temporary "redis-down". */
apr_status_t hw_queue_broken(hw_queue_t *q, hw_result_t *res);

/* A command that is formatted already, or a piece of one. */
apr_status_t hw_queue_append_text(hw_queue_t *q, const char *text, apr_size_t len,
                                  hw_result_t *res);

/* EVALSHA, or EVAL when Redis does not know the script yet. args: number of keys, keys, values. */
apr_status_t hw_queue_eval(hw_queue_t *q, hw_script_e script, const char *const *args, int nargs,
                           redisReply **out, hw_result_t *res, apr_pool_t *ptemp);

#endif
