/* SPDX-License-Identifier: Apache-2.0 */
/* How full the queue is and who works on it; the counters behind /metrics. */
#include <apr_strings.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/queue_conn.h"
#include "common/queue_script.h"
#include "common/text.h"

int
hw_queue_status_args(const char **argv)
{
    argv[0] = "EVAL"; /* Redis keeps it compiled under its SHA-1 all the same */
    argv[1] = hw_status_script();
    argv[2] = "0";
    return HW_STATUS_ARGS;
}

static void
add_worker(hw_queue_status_t *out, const redisReply *said, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_json_t *doc;

    out->workers++;
    if (said->type == REDIS_REPLY_STRING && said->len > 0 &&
        hw_json_parse(said->str, said->len, NULL, &doc, NULL, res, p) == APR_SUCCESS)
        json_object_array_add(out->worker_status, json_object_get(doc));
}

apr_status_t
hw_queue_status_result(const redisReply *reply, hw_queue_status_t *out, hw_result_t *res,
                       apr_pool_t *p)
{
    memset(out, 0, sizeof(*out));
    if (reply->type == REDIS_REPLY_ERROR)
        return hw_fail_temp(res, APR_EGENERAL,
                            strncmp(reply->str, "LOADING", 7) == 0 ? "redis-loading"
                                                                   : "redis-error",
                            "%s", reply->str);
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 3)
        return hw_fail_temp(res, APR_EGENERAL, "redis-error",
                            "the status script answered something unexpected");
    out->worker_status = hw_json_own(json_object_new_array(), p);
    out->published = reply->element[0]->integer == 1;
    out->lag = reply->element[1]->integer;
    if (reply->element[2]->integer > 0)
        out->oldest_seconds = reply->element[2]->integer / 1000;
    for (size_t i = 3; i < reply->elements; i++)
        add_worker(out, reply->element[i], p);
    return APR_SUCCESS;
}

apr_status_t
hw_queue_status(hw_queue_t *q, hw_queue_status_t *out, hw_result_t *res, apr_pool_t *p)
{
    const char *argv[HW_STATUS_ARGS];
    redisReply *reply;
    apr_status_t rv;

    rv = hw_queue_command(q, hw_queue_status_args(argv), argv, NULL, &reply, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_queue_status_result(reply, out, res, p);
}

apr_status_t
hw_queue_count(hw_queue_t *q, const char *series, double by, hw_result_t *res, apr_pool_t *ptemp)
{
    redisReply *reply;
    char amount[64];

    if (floor(by) == by && fabs(by) < 1e15)
        snprintf(amount, sizeof(amount), "%.0f", by);
    else
        snprintf(amount, sizeof(amount), "%.17g", by);
    return hw_queue_commandf(q, &reply, res, ptemp, "HINCRBYFLOAT hw:m %s %s", series, amount);
}

/* The text format's escapes of a label value: backslash, quote, newline. */
static void
add_label_value(hw_buf_t *b, const char *value, apr_pool_t *p)
{
    for (const char *c = hw_utf8_mend(value, strlen(value), NULL, p); *c != '\0'; c++) {
        if (*c == '\\' || *c == '"')
            hw_buf_addc(b, '\\');
        if (*c == '\n')
            hw_buf_adds(b, "\\n");
        else
            hw_buf_addc(b, *c);
    }
}

const char *
hw_series(apr_pool_t *p, const char *name, ...)
{
    const char *label;
    hw_buf_t b;
    va_list ap;
    int n = 0;

    hw_buf_init(&b, p);
    hw_buf_adds(&b, name);
    va_start(ap, name);
    while ((label = va_arg(ap, const char *)) != NULL) {
        hw_buf_adds(&b, n++ == 0 ? "{" : ",");
        hw_buf_adds(&b, label);
        hw_buf_adds(&b, "=\"");
        add_label_value(&b, va_arg(ap, const char *), p);
        hw_buf_addc(&b, '"');
    }
    va_end(ap);
    if (n > 0)
        hw_buf_addc(&b, '}');
    return b.s;
}
