/* SPDX-License-Identifier: Apache-2.0 */
/* Asking Redis sentinels who the master is. */
#include <apr_strings.h>
#include <string.h>

#include "common/queue_conn.h"

/* [host, port] → out; anything else is "not known here". */
static int
read_address(const redisReply *reply, hw_host_t *out, apr_pool_t *p)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[1]->type != REDIS_REPLY_STRING)
        return 0;
    out->name = apr_pstrdup(p, reply->element[0]->str);
    out->port = atoi(reply->element[1]->str);
    return out->port > 0 && out->port <= 65535;
}

static redisReply *
ask_once(hw_queue_t *q, redisContext *c)
{
    return redisCommand(c, "SENTINEL get-master-addr-by-name %s", q->target.master);
}

/* One sentinel. Sentinels usually have no password; one that asks for one gets the master's. */
static int
ask(hw_queue_t *q, const hw_host_t *sentinel, hw_host_t *out, hw_result_t *res, apr_pool_t *p)
{
    redisContext *c = hw_queue_dial(q, sentinel, res);
    redisReply *reply;
    int found = 0;

    if (c == NULL)
        return 0;
    reply = ask_once(q, c);
    if (reply != NULL && reply->type == REDIS_REPLY_ERROR && q->target.password != NULL &&
        strncmp(reply->str, "NOAUTH", 6) == 0) {
        freeReplyObject(reply);
        reply = NULL;
        if (hw_queue_login(q, c, res) == APR_SUCCESS)
            reply = ask_once(q, c);
    }
    found = read_address(reply, out, p);
    if (reply != NULL)
        freeReplyObject(reply);
    redisFree(c);
    return found;
}

apr_status_t
hw_sentinel_resolve(hw_queue_t *q, hw_host_t *out, hw_result_t *res, apr_pool_t *ptemp)
{
    for (int i = 0; i < q->target.hosts->nelts; i++)
        if (ask(q, &APR_ARRAY_IDX(q->target.hosts, i, hw_host_t), out, res, ptemp)) {
            hw_result_reset(res);
            return APR_SUCCESS;
        }
    return hw_fail_temp(res, APR_ECONNREFUSED, "redis-down",
                        "Redis at %s: no sentinel names a master called %s", q->target.shown,
                        q->target.master);
}
