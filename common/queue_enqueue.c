/* SPDX-License-Identifier: Apache-2.0 */
/* Enqueueing: the script's arguments, what it answers, and both in one call. */
#include <apr_strings.h>
#include <string.h>

#include "common/crypto.h"
#include "common/queue_conn.h"
#include "common/queue_script.h"

#define FIXED_ARGS 19 /* EVALSHA, sha, 5, five keys, eleven values in front of the fields */
#define SCRIPT_FIELDS 12 /* ARGV number of the first field, as the script counts */

static const char *const streams[HW_SHARDS] = {
    "hw:s:0", "hw:s:1", "hw:s:2",  "hw:s:3",  "hw:s:4",  "hw:s:5",  "hw:s:6",  "hw:s:7",
    "hw:s:8", "hw:s:9", "hw:s:10", "hw:s:11", "hw:s:12", "hw:s:13", "hw:s:14", "hw:s:15"
};

/* Fields without a value need not be sent: readers take "" for missing ones. Returns how many
 * arguments stay. */
static int
drop_empty(const char **fields, apr_size_t *lens, int n)
{
    int kept = 0;

    for (int i = 0; i + 1 < n; i += 2) {
        if (lens[i + 1] == 0)
            continue;
        for (int k = 0; k < 2; k++, kept++) {
            fields[kept] = fields[i + k];
            lens[kept] = lens[i + k];
        }
    }
    return kept;
}

/* Where the script counts the value of "f", 0 = there is none. */
static int
flags_place(const char **fields, int n)
{
    for (int i = 0; i + 1 < n; i += 2)
        if (strcmp(fields[i], "f") == 0)
            return SCRIPT_FIELDS + i + 1;
    return 0;
}

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

int
hw_enqueue_args(const hw_enqueue_t *e, const char **argv, apr_size_t *lens, apr_pool_t *p)
{
    const hw_event_t *ev = e->event;
    int n = 0, fields;

    fields = hw_event_to_fields(ev, argv + FIXED_ARGS, lens + FIXED_ARGS, p);
    fields = drop_empty(argv + FIXED_ARGS, lens + FIXED_ARGS, fields);
    argv[n++] = "EVALSHA";
    argv[n++] = HW_ENQUEUE_SHA;
    argv[n++] = "5";
    argv[n++] = streams[hw_event_shard(ev->endpoint_id)];
    argv[n++] = "hw:ep";
    argv[n++] = "hw:epv";
    argv[n++] = "hw:cfg";
    argv[n++] = "hw:m";
    argv[n++] = ev->endpoint_id;
    argv[n++] = e->version != NULL ? e->version : "";
    argv[n++] = ev->request_id;
    argv[n++] = decimal(p, e->rate_per_minute);
    argv[n++] = decimal(p, e->dedup_window);
    argv[n++] = e->body_sha256 != NULL && e->dedup_window > 0 ? e->body_sha256 : "";
    argv[n++] = sender_hash(e, p);
    argv[n++] = decimal(p, e->queue_limit);
    argv[n++] = labels(e, p);
    argv[n++] = ev->rejected == NULL || ev->rejected[0] == '\0' ? "" : ev->refused ? "2" : "1";
    argv[n++] = decimal(p, flags_place(argv + FIXED_ARGS, fields));
    for (int i = 0; i < n; i++)
        lens[i] = strlen(argv[i]);
    return n + fields;
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
read_value(const redisReply *reply, hw_enqueued_t *out, hw_result_t *res, apr_pool_t *p)
{
    const redisReply *value = reply->elements > 1 ? reply->element[1] : NULL;
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

apr_status_t
hw_enqueue_result(const redisReply *reply, hw_enqueued_t *out, hw_result_t *res, apr_pool_t *p)
{
    const redisReply *word;

    memset(out, 0, sizeof(*out));
    if (reply->type == REDIS_REPLY_ERROR)
        return read_error(reply, res);
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
        return unexpected(res);
    word = reply->element[0];
    if (word->type != REDIS_REPLY_STRING)
        return unexpected(res);
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
        if (strcmp(word->str, answers[i].word) == 0) {
            out->what = answers[i].what;
            return read_value(reply, out, res, p);
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
    const char *argv[HW_ENQUEUE_MAX_ARGS];
    apr_size_t lens[HW_ENQUEUE_MAX_ARGS];
    int argc = hw_enqueue_args(e, argv, lens, p);
    redisReply *reply;
    apr_status_t rv;

    memset(out, 0, sizeof(*out));
    for (int tries = 0;; tries++) {
        rv = hw_queue_command(q, argc, argv, lens, &reply, res, p);
        if (reply == NULL)
            return rv;
        rv = hw_enqueue_result(reply, out, res, p);
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
