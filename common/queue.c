/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to Redis: opening it, one command, pipelines, what its errors mean. */
#include "common/queue.h"

#include <apr_strings.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/crypto.h"
#include "common/queue_conn.h"
#include "common/queue_script.h"

static struct timeval
from_ms(int ms)
{
    struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };

    return tv;
}

static apr_status_t
close_connection(void *data)
{
    hw_queue_close(data);
    return APR_SUCCESS;
}

static apr_status_t
name_scripts(hw_queue_t *q, hw_result_t *res)
{
    for (int i = 0; i < HW_SCRIPTS; i++) {
        unsigned char sha[64];
        apr_size_t len;
        const char *text = hw_queue_script_text(i);

        if (hw_digest("sha1", text, strlen(text), sha, &len) != APR_SUCCESS)
            return hw_fail(res, APR_EGENERAL, "no-sha1", "this OpenSSL refuses SHA-1");
        q->scripts[i].text = text;
        for (apr_size_t n = 0; n < len; n++)
            apr_snprintf(q->scripts[i].sha + 2 * n, 3, "%02x", sha[n]);
    }
    return APR_SUCCESS;
}

apr_status_t
hw_queue_make(const hw_queue_opts_t *opts, hw_queue_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_queue_t *q = apr_pcalloc(p, sizeof(*q));
    int connect_ms = opts->connect_timeout_ms, ms = opts->timeout_ms;
    apr_status_t rv;

    q->p = p;
    if ((rv = hw_target_parse(apr_pstrdup(p, opts->url), &q->target, res, p)) != APR_SUCCESS ||
        (rv = name_scripts(q, res)) != APR_SUCCESS)
        return rv;
    if (opts->password != NULL)
        q->target.password = apr_pstrdup(p, opts->password);
    q->connect_timeout = from_ms(connect_ms > 0 ? connect_ms : HW_QUEUE_TIMEOUT_MS);
    q->timeout = from_ms(ms > 0 ? ms : HW_QUEUE_TIMEOUT_MS);
    apr_pool_cleanup_register(p, q, close_connection, apr_pool_cleanup_null);
    *out = q;
    return APR_SUCCESS;
}

void
hw_queue_close(hw_queue_t *q)
{
    if (q->c != NULL)
        redisFree(q->c);
    q->c = NULL;
}

/* --- failures ------------------------------------------------------------------------------- */

static apr_status_t
unreachable(hw_queue_t *q, const redisContext *c, int err, hw_result_t *res)
{
    const char *why = c != NULL && c->errstr[0] != '\0' ? c->errstr : "out of memory";
    apr_status_t rv = APR_EGENERAL;

    if (c != NULL && c->err == REDIS_ERR_IO && err != 0) {
        rv = APR_FROM_OS_ERROR(err);
        if (APR_STATUS_IS_EAGAIN(rv) || APR_STATUS_IS_TIMEUP(rv)) {
            rv = APR_TIMEUP;
            why = "no answer in time";
        }
    }
    return hw_fail_temp(res, rv, "redis-down", "Redis at %s: %s", q->target.shown, why);
}

apr_status_t
hw_queue_broken(hw_queue_t *q, hw_result_t *res)
{
    apr_status_t rv = unreachable(q, q->c, errno, res);

    hw_queue_close(q);
    return rv;
}

static int
says(const redisReply *reply, const char *word)
{
    size_t n = strlen(word);

    return strncmp(reply->str, word, n) == 0 && (reply->str[n] == ' ' || reply->str[n] == '\0');
}

apr_status_t
hw_queue_refused(hw_queue_t *q, const redisReply *reply, hw_result_t *res)
{
    /* Errors that another try, later or on another server, can get past. */
    static const char *const passing[] = { "OOM",      "MISCONF",     "BUSY",       "MASTERDOWN",
                                           "TRYAGAIN", "CLUSTERDOWN", "NOREPLICAS", "NOSCRIPT",
                                           "NOGROUP",  "UNBLOCKED" };

    if (says(reply, "LOADING"))
        return hw_fail_temp(res, APR_EAGAIN, "redis-loading", "Redis at %s: %s", q->target.shown,
                            reply->str);
    if (says(reply, "NOAUTH") || says(reply, "WRONGPASS") || says(reply, "NOPERM")) {
        hw_queue_close(q);
        return hw_fail_temp(res, APR_EACCES, "redis-auth", "Redis at %s: %s", q->target.shown,
                            reply->str);
    }
    if (says(reply, "READONLY")) { /* it was the master; the next call asks who is */
        hw_queue_close(q);
        return hw_fail_temp(res, APR_EGENERAL, "redis-error", "%s", reply->str);
    }
    for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++)
        if (says(reply, passing[i]))
            return hw_fail_temp(res, APR_EGENERAL, "redis-error", "%s", reply->str);
    if (says(reply, "ERR") && strstr(reply->str, "unknown command") != NULL)
        return hw_fail(res, APR_ENOTIMPL, "redis-error", "Redis at %s is older than 6.2, or some of its "
                       "commands were taken away: %s", q->target.shown, reply->str);
    if (says(reply, "CROSSSLOT") || says(reply, "MOVED"))
        return hw_fail(res, APR_ENOTIMPL, "redis-error", "Redis at %s is a cluster, and must be a "
                       "single server: %s", q->target.shown, reply->str);
    return hw_fail(res, APR_EGENERAL, "redis-error", "%s", reply->str);
}

/* --- connecting ----------------------------------------------------------------------------- */

redisContext *
hw_queue_dial(hw_queue_t *q, const hw_host_t *host, hw_result_t *res)
{
    redisContext *c;

    errno = 0;
    c = host != NULL ? redisConnectWithTimeout(host->name, host->port, q->connect_timeout)
                     : redisConnectUnixWithTimeout(q->target.path, q->connect_timeout);
    if (c == NULL || c->err != 0 || redisSetTimeout(c, q->timeout) != REDIS_OK) {
        unreachable(q, c, errno, res);
        if (c != NULL)
            redisFree(c);
        return NULL;
    }
    if (host != NULL)
        redisEnableKeepAlive(c);
    return c;
}

apr_status_t
hw_queue_login(hw_queue_t *q, redisContext *c, hw_result_t *res)
{
    const hw_target_t *t = &q->target;
    redisReply *reply;
    apr_status_t rv = APR_SUCCESS;

    reply = t->user != NULL ? redisCommand(c, "AUTH %s %s", t->user, t->password)
                            : redisCommand(c, "AUTH %s", t->password);
    if (reply == NULL)
        return unreachable(q, c, errno, res);
    if (reply->type == REDIS_REPLY_ERROR)
        rv = hw_fail_temp(res, APR_EACCES, "redis-auth", "Redis at %s: %s", t->shown, reply->str);
    freeReplyObject(reply);
    return rv;
}

/* A sentinel's word may be old: what answers must call itself master. */
static apr_status_t
check_role(hw_queue_t *q, const redisReply *reply, hw_result_t *res)
{
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 &&
        reply->element[0]->type == REDIS_REPLY_STRING &&
        strcmp(reply->element[0]->str, "master") != 0)
        return hw_fail_temp(res, APR_EGENERAL, "redis-down",
                            "Redis at %s: the sentinels name a server that is no master",
                            q->target.shown);
    return APR_SUCCESS;
}

/* SELECT, then one command that tells a loading or password-protected server from a ready one. */
static apr_status_t
greet(hw_queue_t *q, redisContext *c, hw_result_t *res)
{
    const char *probe = q->target.kind == HW_TARGET_SENTINEL ? "ROLE" : "PING";
    redisReply *reply = NULL;
    apr_status_t rv = APR_SUCCESS;

    for (int step = q->target.db != 0 ? 0 : 1; step < 2 && rv == APR_SUCCESS; step++) {
        reply = step == 0 ? redisCommand(c, "SELECT %d", q->target.db) : redisCommand(c, probe);
        if (reply == NULL)
            return unreachable(q, c, errno, res);
        if (reply->type == REDIS_REPLY_ERROR)
            rv = hw_queue_refused(q, reply, res);
        else
            rv = check_role(q, reply, res);
        freeReplyObject(reply);
    }
    return rv;
}

/* *host NULL for a socket; sentinels are asked anew each time. */
static apr_status_t
find_server(hw_queue_t *q, hw_host_t **host, hw_result_t *res, apr_pool_t *ptemp)
{
    *host = NULL;
    if (q->target.kind == HW_TARGET_UNIX)
        return APR_SUCCESS;
    if (q->target.kind == HW_TARGET_TCP) {
        *host = &APR_ARRAY_IDX(q->target.hosts, 0, hw_host_t);
        return APR_SUCCESS;
    }
    *host = apr_pcalloc(ptemp, sizeof(**host));
    return hw_sentinel_resolve(q, *host, res, ptemp);
}

apr_status_t
hw_queue_connect(hw_queue_t *q, hw_result_t *res)
{
    redisContext *c = NULL;
    apr_pool_t *ptemp;
    hw_host_t *host;
    apr_status_t rv;

    if (q->c != NULL)
        return APR_SUCCESS;
    apr_pool_create(&ptemp, q->p);
    if ((rv = find_server(q, &host, res, ptemp)) != APR_SUCCESS)
        goto leave;
    if ((c = hw_queue_dial(q, host, res)) == NULL) {
        rv = APR_ECONNREFUSED;
        goto leave;
    }
    if (q->target.password != NULL && (rv = hw_queue_login(q, c, res)) != APR_SUCCESS)
        goto leave;
    if ((rv = greet(q, c, res)) != APR_SUCCESS)
        goto leave;
    q->c = c;
    c = NULL;
leave:
    if (c != NULL)
        redisFree(c);
    apr_pool_destroy(ptemp);
    return rv;
}

/* --- commands ------------------------------------------------------------------------------- */

apr_status_t
hw_queue_append(hw_queue_t *q, int argc, const char **argv, const apr_size_t *lens,
                hw_result_t *res)
{
    apr_status_t rv = hw_queue_connect(q, res);

    if (rv != APR_SUCCESS)
        return rv;
    if (redisAppendCommandArgv(q->c, argc, argv, lens) != REDIS_OK)
        return hw_queue_broken(q, res);
    return APR_SUCCESS;
}

apr_status_t
hw_queue_append_text(hw_queue_t *q, const char *text, apr_size_t len, hw_result_t *res)
{
    apr_status_t rv = hw_queue_connect(q, res);

    if (rv != APR_SUCCESS)
        return rv;
    if (redisAppendFormattedCommand(q->c, text, len) != REDIS_OK)
        return hw_queue_broken(q, res);
    return APR_SUCCESS;
}

static apr_status_t
free_reply(void *reply)
{
    freeReplyObject(reply);
    return APR_SUCCESS;
}

apr_status_t
hw_queue_reply(hw_queue_t *q, redisReply **out, hw_result_t *res, apr_pool_t *ptemp)
{
    void *reply = NULL;

    *out = NULL;
    if (q->c == NULL)
        return hw_fail_temp(res, APR_EGENERAL, "redis-down", "Redis at %s: not connected",
                            q->target.shown);
    errno = 0;
    if (redisGetReply(q->c, &reply) != REDIS_OK)
        return hw_queue_broken(q, res);
    *out = reply;
    if (ptemp != NULL)
        apr_pool_cleanup_register(ptemp, reply, free_reply, apr_pool_cleanup_null);
    if ((*out)->type == REDIS_REPLY_ERROR)
        return hw_queue_refused(q, *out, res);
    return APR_SUCCESS;
}

apr_status_t
hw_queue_replies(hw_queue_t *q, redisReply **out, int max, int *n, hw_result_t *res)
{
    apr_status_t rv;
    void *more = NULL;

    *n = 0;
    rv = hw_queue_reply(q, &out[0], res, NULL);
    if (out[0] == NULL)
        return rv;
    /* what hiredis has read already; a protocol error shows at the next blocking read */
    for (*n = 1; *n < max && q->c != NULL; out[(*n)++] = more)
        if (redisGetReplyFromReader(q->c, &more) != REDIS_OK || more == NULL)
            break;
    return APR_SUCCESS;
}

apr_status_t
hw_queue_command(hw_queue_t *q, int argc, const char **argv, const apr_size_t *lens,
                 redisReply **out, hw_result_t *res, apr_pool_t *ptemp)
{
    apr_status_t rv;

    *out = NULL;
    if ((rv = hw_queue_append(q, argc, argv, lens, res)) != APR_SUCCESS)
        return rv;
    return hw_queue_reply(q, out, res, ptemp);
}

apr_status_t
hw_queue_commandf(hw_queue_t *q, redisReply **out, hw_result_t *res, apr_pool_t *ptemp,
                  const char *fmt, ...)
{
    apr_status_t rv;
    va_list ap;
    int failed;

    *out = NULL;
    if ((rv = hw_queue_connect(q, res)) != APR_SUCCESS)
        return rv;
    va_start(ap, fmt);
    failed = redisvAppendCommand(q->c, fmt, ap) != REDIS_OK;
    va_end(ap);
    if (failed)
        return hw_queue_broken(q, res);
    return hw_queue_reply(q, out, res, ptemp);
}
