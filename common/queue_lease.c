/* SPDX-License-Identifier: Apache-2.0 */
/* Which worker process owns which shard, and acknowledging under that lease. */
#include <apr_strings.h>
#include <string.h>

#include "common/queue_conn.h"

#define ACK_AT_ONCE 1000 /* entry ids in one script call: Lua's stack holds some 8000 */

apr_status_t
hw_queue_eval(hw_queue_t *q, hw_script_e script, const char *const *args, int nargs,
              redisReply **out, hw_result_t *res, apr_pool_t *ptemp)
{
    const char **argv = apr_palloc(ptemp, sizeof(*argv) * (apr_size_t)(nargs + 2));
    apr_status_t rv;

    memcpy(argv + 2, args, sizeof(*args) * (apr_size_t)nargs);
    argv[0] = "EVALSHA";
    argv[1] = q->scripts[script].sha;
    rv = hw_queue_command(q, nargs + 2, argv, NULL, out, res, ptemp);
    if (rv == APR_SUCCESS || *out == NULL || (*out)->type != REDIS_REPLY_ERROR ||
        strncmp((*out)->str, "NOSCRIPT", 8) != 0)
        return rv;
    argv[0] = "EVAL";
    argv[1] = q->scripts[script].text;
    return hw_queue_command(q, nargs + 2, argv, NULL, out, res, ptemp);
}

static const char *
lease_key(int shard, apr_pool_t *p)
{
    return apr_psprintf(p, "hw:lease:%d", shard);
}

apr_status_t
hw_lease_take(hw_queue_t *q, int shard, const char *owner, int *held, hw_result_t *res,
              apr_pool_t *ptemp)
{
    const char *args[] = { "2", lease_key(shard, ptemp), "hw:workers", owner,
                           apr_itoa(ptemp, HW_LEASE_MS) };
    redisReply *reply;
    apr_status_t rv;

    *held = 0;
    rv = hw_queue_eval(q, HW_SCRIPT_LEASE_TAKE, args, 5, &reply, res, ptemp);
    if (rv == APR_SUCCESS)
        *held = reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;
    return rv;
}

apr_status_t
hw_lease_drop(hw_queue_t *q, int shard, const char *owner, hw_result_t *res, apr_pool_t *ptemp)
{
    const char *args[] = { "1", lease_key(shard, ptemp), owner };
    redisReply *reply;

    return hw_queue_eval(q, HW_SCRIPT_LEASE_DROP, args, 3, &reply, res, ptemp);
}

apr_status_t
hw_worker_beat(hw_queue_t *q, const char *owner, const char *json, const char *settings,
               hw_result_t *res, apr_pool_t *ptemp)
{
    const char *args[] = { "1", apr_pstrcat(ptemp, "hw:w:", owner, NULL),
                           APR_STRINGIFY(HW_WORKER_TTL), "json", json, "settings", settings };
    redisReply *reply;

    return hw_queue_eval(q, HW_SCRIPT_BEAT, args, 7, &reply, res, ptemp);
}

static apr_status_t
ack_some(hw_queue_t *q, int shard, const char *owner, const char *const *ids, int nids,
         hw_result_t *res, apr_pool_t *ptemp)
{
    const char **args = apr_palloc(ptemp, sizeof(*args) * (apr_size_t)(nids + 5));
    redisReply *reply;
    apr_status_t rv;

    args[0] = "2";
    args[1] = lease_key(shard, ptemp);
    args[2] = apr_psprintf(ptemp, HW_STREAM_PREFIX "%d", shard);
    args[3] = owner;
    args[4] = HW_STREAM_GROUP;
    memcpy(args + 5, ids, sizeof(*ids) * (apr_size_t)nids);
    rv = hw_queue_eval(q, HW_SCRIPT_ACK, args, nids + 5, &reply, res, ptemp);
    if (rv != APR_SUCCESS)
        return rv;
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer < 0)
        return hw_fail(res, APR_EACCES, "lease-lost", "shard %d is no longer ours", shard);
    return APR_SUCCESS;
}

apr_status_t
hw_queue_ack(hw_queue_t *q, int shard, const char *owner, const char *const *ids, int nids,
             hw_result_t *res, apr_pool_t *ptemp)
{
    apr_status_t rv = APR_SUCCESS;

    for (int done = 0; done < nids && rv == APR_SUCCESS; done += ACK_AT_ONCE) {
        int n = nids - done < ACK_AT_ONCE ? nids - done : ACK_AT_ONCE;

        rv = ack_some(q, shard, owner, ids + done, n, res, ptemp);
    }
    return rv;
}
