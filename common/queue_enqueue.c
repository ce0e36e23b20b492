/* SPDX-License-Identifier: Apache-2.0 */
/* Enqueueing: the script's arguments, what it answers, and both in one call. */
#include <apr_strings.h>
#include <string.h>

#include "common/crypto.h"
#include "common/queue_conn.h"
#include "common/queue_script.h"

#define HEAD_VALUES 6  /* of an event, in front of its rules */
#define RULES 8
#define MAX_VALUES (HEAD_VALUES + RULES)
#define VALUE_FRAME 16 /* bytes around a value at most: $, its length, two line ends */

/* All of the command but how many arguments it has. */
#define CALL_ARGS 7
static const char call[] = "\r\n$7\r\nEVALSHA\r\n$40\r\n" HW_ENQUEUE_SHA "\r\n$1\r\n4\r\n"
                           "$5\r\nhw:ep\r\n$6\r\nhw:epv\r\n$6\r\nhw:cfg\r\n$4\r\nhw:m\r\n";

static const char *const streams[HW_SHARDS] = {
    "hw:s:0", "hw:s:1", "hw:s:2",  "hw:s:3",  "hw:s:4",  "hw:s:5",  "hw:s:6",  "hw:s:7",
    "hw:s:8", "hw:s:9", "hw:s:10", "hw:s:11", "hw:s:12", "hw:s:13", "hw:s:14", "hw:s:15"
};

static const char *
sender_hash(const hw_enqueue_t *e, apr_pool_t *p)
{
    if (e->sender_id == NULL || e->sender_id[0] == '\0')
        return "";
    return apr_pstrndup(p, hw_sha256_hex(e->sender_id, strlen(e->sender_id), p), 32);
}

/* config_name="x": the labels behind the status the script adds. */
static const char *
labels(const hw_enqueue_t *e, apr_pool_t *p)
{
    const char *series;
    apr_size_t len;

    if (e->config_name == NULL)
        return "";
    series = hw_series(p, "", "config_name", e->config_name, NULL) + 1;
    len = strlen(series);
    return apr_pstrmemdup(p, series, len - 1);
}

static const char *
decimal(apr_pool_t *p, long n)
{
    return n == 0 ? "0" : apr_ltoa(p, n);
}

/* Most endpoints have none of them: "" stands for all. Returns how many there are. */
static int
put_rules(const hw_enqueue_t *e, const char **argv, apr_pool_t *p)
{
    const hw_event_t *ev = e->event;
    int rejected = ev->rejected != NULL && ev->rejected[0] != '\0';
    const char *sender = sender_hash(e, p), *body = "";
    int n = 0;

    if (e->body_sha256 != NULL && e->dedup_window > 0)
        body = e->body_sha256;
    if (e->rate_per_minute == 0 && body[0] == '\0' && sender[0] == '\0' && e->queue_limit == 0 &&
        e->config_name == NULL && !rejected)
        return 0;
    argv[n++] = decimal(p, e->rate_per_minute);
    argv[n++] = decimal(p, e->dedup_window);
    argv[n++] = body;
    argv[n++] = sender;
    argv[n++] = decimal(p, e->queue_limit);
    argv[n++] = labels(e, p);
    argv[n++] = !rejected ? "" : ev->refused ? "2" : "1";
    argv[n++] = ev->request_id;
    return n;
}

/* $<length>CRLF<bytes>CRLF */
static char *
put_value(char *to, const char *value, apr_size_t len)
{
    char digits[VALUE_FRAME];
    int n = 0;

    *to++ = '$';
    for (apr_size_t rest = len; n == 0 || rest > 0; rest /= 10)
        digits[n++] = (char)('0' + rest % 10);
    while (n > 0)
        *to++ = digits[--n];
    *to++ = '\r';
    *to++ = '\n';
    memcpy(to, value, len);
    to += len;
    *to++ = '\r';
    *to++ = '\n';
    return to;
}

/* By hand and at once: hiredis formats value by value into a buffer that grows, which took more of
 * a CPU than all the rest of an enqueue. */
static void
put_values(const char **argv, const apr_size_t *lens, int n, hw_enqueue_text_t *out, apr_pool_t *p)
{
    apr_size_t size = 0;
    char *text, *end;

    for (int i = 0; i < n; i++)
        size += lens[i] + VALUE_FRAME;
    text = end = apr_palloc(p, size);
    for (int i = 0; i < n; i++)
        end = put_value(end, argv[i], lens[i]);
    *out = (hw_enqueue_text_t){ .text = text, .len = (apr_size_t)(end - text), .args = n };
}

void
hw_enqueue_text(const hw_enqueue_t *e, hw_enqueue_text_t *out, apr_pool_t *p)
{
    const hw_event_t *ev = e->event;
    const char *argv[MAX_VALUES];
    apr_size_t lens[MAX_VALUES], text_len;
    int n = HEAD_VALUES + put_rules(e, argv + HEAD_VALUES, p);

    argv[0] = streams[hw_event_shard(ev->endpoint_id)];
    argv[1] = e->version != NULL ? e->version : "";
    argv[2] = ev->endpoint_id;
    argv[3] = hw_event_text(ev, &text_len, p);
    argv[4] = "";
    argv[5] = n > HEAD_VALUES ? "1" : "";
    for (int i = 0; i < n; i++)
        lens[i] = strlen(argv[i]);
    lens[3] = text_len;
    if (ev->body != NULL) {
        argv[4] = ev->body;
        lens[4] = ev->body_len;
    }
    put_values(argv, lens, n, out, p);
}

apr_status_t
hw_queue_append_events(hw_queue_t *q, const hw_enqueue_text_t *const *events, int n,
                       hw_result_t *res)
{
    char head[sizeof(call) + 16];
    int args = CALL_ARGS;
    apr_status_t rv;

    for (int i = 0; i < n; i++)
        args += events[i]->args;
    apr_snprintf(head, sizeof(head), "*%d%s", args, call);
    rv = hw_queue_append_text(q, head, strlen(head), res);
    for (int i = 0; i < n && rv == APR_SUCCESS; i++)
        rv = hw_queue_append_text(q, events[i]->text, events[i]->len, res);
    return rv;
}

static const struct {
    const char *word;
    hw_enqueue_e what;
} answers[] = {
    { "stored", HW_ENQ_STORED },   { "duplicate", HW_ENQ_DUPLICATE },
    { "stale", HW_ENQ_STALE },     { "gone", HW_ENQ_GONE },
    { "rate", HW_ENQ_RATE },       { "full", HW_ENQ_FULL },
    { "capped", HW_ENQ_CAPPED },   { "unpublished", HW_ENQ_UNPUBLISHED },
};

static apr_status_t
unexpected(hw_result_t *res)
{
    return hw_fail_temp(res, APR_EGENERAL, "redis-error",
                        "the enqueue script answered something unexpected");
}

/* The value some answers carry behind their word. */
static apr_status_t
read_value(const redisReply *answer, hw_enqueued_t *out, hw_result_t *res, apr_pool_t *p)
{
    int more = answer->type == REDIS_REPLY_ARRAY && answer->elements > 1;
    const redisReply *value = more ? answer->element[1] : NULL;
    int wants_text = out->what == HW_ENQ_DUPLICATE || out->what == HW_ENQ_STALE;

    if (out->what == HW_ENQ_RATE) {
        if (value == NULL || value->type != REDIS_REPLY_INTEGER)
            return unexpected(res);
        out->retry_after = (int)value->integer;
    } else if (wants_text) {
        if (value == NULL || value->type != REDIS_REPLY_STRING)
            return unexpected(res);
        if (out->what == HW_ENQ_DUPLICATE)
            out->first = apr_pstrmemdup(p, value->str, value->len);
        else
            out->record = apr_pstrmemdup(p, value->str, value->len);
    }
    return APR_SUCCESS;
}

static apr_status_t
read_error(const redisReply *reply, hw_result_t *res)
{
    if (strncmp(reply->str, "NOSCRIPT", 8) == 0)
        return hw_fail_temp(res, APR_EAGAIN, "redis-noscript", "%s", reply->str);
    if (strncmp(reply->str, "LOADING", 7) == 0)
        return hw_fail_temp(res, APR_EAGAIN, "redis-loading", "%s", reply->str);
    /* Whatever else Redis refuses (OOM, READONLY, MISCONF …): the event is fine, so try again. */
    return hw_fail_temp(res, APR_EGENERAL, "redis-error", "%s", reply->str);
}

redisReply *
hw_enqueue_answer(const redisReply *reply, int i, int n)
{
    if (reply->type == REDIS_REPLY_ERROR)
        return (redisReply *)reply;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != (size_t)n)
        return NULL;
    return reply->element[i];
}

apr_status_t
hw_enqueue_result(const redisReply *answer, hw_enqueued_t *out, hw_result_t *res, apr_pool_t *p)
{
    const redisReply *word = answer;

    memset(out, 0, sizeof(*out));
    if (answer == NULL)
        return unexpected(res);
    if (answer->type == REDIS_REPLY_ERROR)
        return read_error(answer, res);
    if (answer->type == REDIS_REPLY_ARRAY && answer->elements > 0)
        word = answer->element[0];
    if (word == NULL || word->type != REDIS_REPLY_STRING)
        return unexpected(res);
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
        if (strcmp(word->str, answers[i].word) == 0) {
            out->what = answers[i].what;
            return read_value(answer, out, res, p);
        }
    return unexpected(res);
}

apr_status_t
hw_queue_load_scripts(hw_queue_t *q, hw_result_t *res, apr_pool_t *ptemp)
{
    redisReply *reply;
    apr_status_t rv;

    rv = hw_queue_commandf(q, &reply, res, ptemp, "SCRIPT LOAD %s", hw_enqueue_script());
    if (rv != APR_SUCCESS)
        return rv;
    if (reply->type != REDIS_REPLY_STRING || strcmp(reply->str, HW_ENQUEUE_SHA) != 0)
        return hw_fail(res, APR_EGENERAL, "bad-script", "Redis names the enqueue script otherwise");
    return APR_SUCCESS;
}

apr_status_t
hw_enqueue(hw_queue_t *q, const hw_enqueue_t *e, hw_enqueued_t *out, hw_result_t *res,
           apr_pool_t *p)
{
    hw_enqueue_text_t text;
    const hw_enqueue_text_t *one = &text;
    redisReply *reply;
    apr_status_t rv;

    memset(out, 0, sizeof(*out));
    hw_enqueue_text(e, &text, p);
    for (int tries = 0;; tries++) {
        if ((rv = hw_queue_append_events(q, &one, 1, res)) != APR_SUCCESS)
            return rv;
        rv = hw_queue_reply(q, &reply, res, p);
        if (reply == NULL)
            return rv;
        rv = hw_enqueue_result(hw_enqueue_answer(reply, 0, 1), out, res, p);
        if (rv == APR_SUCCESS || tries > 0 || reply->type != REDIS_REPLY_ERROR ||
            strncmp(reply->str, "NOSCRIPT", 8) != 0)
            return rv;
        if ((rv = hw_queue_load_scripts(q, res, p)) != APR_SUCCESS)
            return rv;
    }
}

apr_status_t
hw_queue_record(hw_queue_t *q, const char *endpoint_id, const char **record, int *published,
                hw_result_t *res, apr_pool_t *p)
{
    redisReply *reply;
    apr_status_t rv;

    *record = NULL;
    *published = 1;
    rv = hw_queue_commandf(q, &reply, res, p, "HGET hw:ep %s", endpoint_id);
    if (rv != APR_SUCCESS)
        return rv;
    if (reply->type == REDIS_REPLY_STRING) {
        *record = reply->str;
        return APR_SUCCESS;
    }
    if ((rv = hw_queue_commandf(q, &reply, res, p, "EXISTS hw:cfg")) == APR_SUCCESS)
        *published = reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;
    return rv;
}
