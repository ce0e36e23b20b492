/* SPDX-License-Identifier: Apache-2.0 */
/* Reading stream entries as events: new ones, and those a dead worker left pending. */
#include <apr_strings.h>
#include <string.h>

#include "common/queue_conn.h"

typedef struct {
    apr_array_header_t *events; /* of hw_event_t * */
    apr_array_header_t *bad;    /* of hw_bad_entry_t */
    int shard;
    int redelivered;
    apr_pool_t *p;
} harvest_t;

static int
shard_of(const char *stream)
{
    return atoi(stream + strlen(HW_STREAM_PREFIX));
}

static void
add_bad(harvest_t *h, const char *entry_id, const hw_result_t *res)
{
    hw_bad_entry_t *bad = apr_array_push(h->bad);

    bad->shard = h->shard;
    bad->entry_id = entry_id;
    bad->why = hw_result_text(res, h->p);
    bad->newer = res->rv == APR_ENOTIMPL;
}

/* One entry: [id, [name, value, …]]. */
apr_status_t
hw_queue_event(const redisReply *entry, hw_event_t **out, hw_result_t *res, apr_pool_t *p)
{
    const redisReply *fields = entry->element[1];
    const char **argv = apr_palloc(p, sizeof(*argv) * (fields->elements + 1));
    apr_size_t *lens = apr_palloc(p, sizeof(*lens) * (fields->elements + 1));
    apr_status_t rv;

    for (size_t i = 0; i < fields->elements; i++) {
        argv[i] = fields->element[i]->str;
        lens[i] = fields->element[i]->len;
    }
    rv = hw_event_from_fields(argv, lens, (int)fields->elements, out, res, p);
    if (rv == APR_SUCCESS)
        (*out)->entry_id = entry->element[0]->str;
    return rv;
}

/* The fields are NULL for an entry deleted meanwhile. */
static void
add_entry(harvest_t *h, const redisReply *entry)
{
    hw_result_t *res = hw_result_make(h->p);
    hw_event_t *ev;

    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[1]->type != REDIS_REPLY_ARRAY)
        return;
    if (hw_queue_event(entry, &ev, res, h->p) != APR_SUCCESS) {
        add_bad(h, entry->element[0]->str, res);
        return;
    }
    ev->shard = h->shard;
    ev->redelivered = h->redelivered;
    *(hw_event_t **)apr_array_push(h->events) = ev;
}

static void
start(harvest_t *h, apr_array_header_t **events, apr_array_header_t **bad, apr_pool_t *p)
{
    memset(h, 0, sizeof(*h));
    h->p = p;
    *events = h->events = apr_array_make(p, 16, sizeof(hw_event_t *));
    *bad = h->bad = apr_array_make(p, 1, sizeof(hw_bad_entry_t));
}

/* A group that is gone (the stream was deleted, Redis flushed) is told apart: it can be mended. */
static apr_status_t
group_gone(const redisReply *reply, apr_status_t rv, hw_result_t *res)
{
    if (rv == APR_SUCCESS || reply == NULL || reply->type != REDIS_REPLY_ERROR ||
        (strncmp(reply->str, "NOGROUP", 7) != 0 && strncmp(reply->str, "UNBLOCKED", 9) != 0))
        return rv;
    return hw_fail_temp(res, APR_NOTFOUND, "redis-nogroup", "%s", reply->str);
}

apr_status_t
hw_queue_ensure_group(hw_queue_t *q, int shard, hw_result_t *res, apr_pool_t *ptemp)
{
    const char *args[] = { "1", apr_psprintf(ptemp, HW_STREAM_PREFIX "%d", shard),
                           HW_STREAM_GROUP };
    redisReply *reply;
    apr_status_t rv = hw_queue_eval(q, HW_SCRIPT_GROUP, args, 3, &reply, res, ptemp);

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR &&
        strncmp(reply->str, "BUSYGROUP", 9) == 0) {
        hw_result_reset(res);
        return APR_SUCCESS;
    }
    return rv;
}

/* XREADGROUP GROUP g consumer COUNT n [BLOCK ms] STREAMS s… >… */
static int
read_args(const char **argv, const int *shards, int nshards, const char *consumer, int count,
          int block_ms, apr_pool_t *p)
{
    int n = 0;

    argv[n++] = "XREADGROUP";
    argv[n++] = "GROUP";
    argv[n++] = HW_STREAM_GROUP;
    argv[n++] = consumer;
    argv[n++] = "COUNT";
    argv[n++] = apr_itoa(p, count);
    if (block_ms >= 0) {
        argv[n++] = "BLOCK";
        argv[n++] = apr_itoa(p, block_ms);
    }
    argv[n++] = "STREAMS";
    for (int i = 0; i < nshards; i++)
        argv[n++] = apr_psprintf(p, HW_STREAM_PREFIX "%d", shards[i]);
    for (int i = 0; i < nshards; i++)
        argv[n++] = ">";
    return n;
}

/* A blocking read may take its block time on top of the usual wait for an answer. */
static apr_status_t
allow_block(hw_queue_t *q, int block_ms, hw_result_t *res)
{
    struct timeval tv = q->timeout;
    apr_status_t rv = hw_queue_connect(q, res);

    if (rv != APR_SUCCESS || block_ms <= 0)
        return rv;
    tv.tv_sec += block_ms / 1000;
    tv.tv_usec += (block_ms % 1000) * 1000;
    if (tv.tv_usec >= 1000000) {
        tv.tv_sec++;
        tv.tv_usec -= 1000000;
    }
    return redisSetTimeout(q->c, tv) == REDIS_OK ? APR_SUCCESS : hw_queue_broken(q, res);
}

apr_status_t
hw_queue_read(hw_queue_t *q, const int *shards, int nshards, const char *consumer, int count,
              int block_ms, apr_array_header_t **events, apr_array_header_t **bad,
              hw_result_t *res, apr_pool_t *p)
{
    const char **argv = apr_palloc(p, sizeof(*argv) * (apr_size_t)(10 + 2 * nshards));
    redisReply *reply = NULL;
    harvest_t h;
    apr_status_t rv;

    start(&h, events, bad, p);
    if (nshards == 0)
        return APR_SUCCESS;
    if ((rv = allow_block(q, block_ms, res)) != APR_SUCCESS)
        return rv;
    rv = hw_queue_command(q, read_args(argv, shards, nshards, consumer, count, block_ms, p), argv,
                          NULL, &reply, res, p);
    if (block_ms > 0 && q->c != NULL && redisSetTimeout(q->c, q->timeout) != REDIS_OK)
        hw_queue_close(q);
    if (rv != APR_SUCCESS)
        return group_gone(reply, rv, res);
    if (reply->type != REDIS_REPLY_ARRAY)
        return APR_SUCCESS; /* nil: nothing came in time */
    for (size_t s = 0; s < reply->elements; s++) {
        const redisReply *stream = reply->element[s];

        h.shard = shard_of(stream->element[0]->str);
        for (size_t i = 0; i < stream->element[1]->elements; i++)
            add_entry(&h, stream->element[1]->element[i]);
    }
    return APR_SUCCESS;
}

apr_status_t
hw_queue_claim(hw_queue_t *q, int shard, const char *consumer, int count, const char **cursor,
               apr_array_header_t **events, apr_array_header_t **bad, hw_result_t *res,
               apr_pool_t *p)
{
    redisReply *reply;
    harvest_t h;
    apr_status_t rv;

    start(&h, events, bad, p);
    h.shard = shard;
    h.redelivered = 1;
    rv = hw_queue_commandf(q, &reply, res, p, "XAUTOCLAIM %s%d %s %s 0 %s COUNT %d",
                           HW_STREAM_PREFIX, shard, HW_STREAM_GROUP, consumer, *cursor, count);
    if (rv != APR_SUCCESS)
        return group_gone(reply, rv, res);
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 2)
        return hw_fail_temp(res, APR_EGENERAL, "redis-error",
                            "XAUTOCLAIM answered something unexpected");
    *cursor = reply->element[0]->str;
    for (size_t i = 0; i < reply->element[1]->elements; i++)
        add_entry(&h, reply->element[1]->element[i]);
    return APR_SUCCESS;
}
