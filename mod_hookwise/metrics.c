/* SPDX-License-Identifier: Apache-2.0 */
/* /metrics: parsing series, ordering them, writing them. */
#include "mod_hookwise/metrics.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mod_hookwise/answer.h"
#include "mod_hookwise/health.h"

/* Families with a sentence of their own. Others get a general one. */
static const struct {
    const char *name, *help;
} helps[] = {
    { "hookwise_webhooks_received_total", "Webhooks by what they were answered." },
    { "hookwise_webhooks_total", "Webhooks by what became of them." },
    { "hookwise_psa_tasks_total", "Changes made in the destination, by kind and result." },
    { "hookwise_psa_task_seconds", "Time those changes took." },
    { "hookwise_ai_tasks_total", "Analyses by a language model, by result." },
    { "hookwise_ai_companies_total", "Companies a language model was asked for, by result." },
    { "hookwise_notifications_total", "Messages to chat targets, by result." },
    { "hookwise_ai_answer_seconds_total", "Time the language model took for its answers." },
};

typedef enum { PLAIN, BUCKET, SUM, COUNT } part_e;

typedef struct {
    const char *series, *value; /* as stored */
    const char *family;         /* without _bucket, _sum, _count of a histogram */
    const char *labels;         /* without le: what tells one histogram of a family from another */
    double le;
    part_e part;
} sample_t;

/* --- reading one field ------------------------------------------------------------------------------ */

static int
is_name_char(char c, int first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
           (!first && c >= '0' && c <= '9');
}

/* name or name{…}, on one line. Returns the name's length, 0 = no series. */
static apr_size_t
name_length(const char *s)
{
    apr_size_t n = 0, len = strlen(s);

    while (is_name_char(s[n], n == 0))
        n++;
    if (s[n] == '\0')
        return n;
    return s[n] == '{' && s[len - 1] == '}' && strpbrk(s, "\r\n") == NULL ? n : 0;
}

static int
is_number(const char *s)
{
    char *end;
    double d = strtod(s, &end);

    return end != s && *end == '\0' && !isnan(d);
}

static int
ends(const char *name, apr_size_t len, const char *suffix)
{
    apr_size_t n = strlen(suffix);

    return len > n && strncmp(name + len - n, suffix, n) == 0 ? (int)n : 0;
}

/* Takes le="…" out of the labels and gives its number; +Inf when there is none. */
static double
take_le(const char *labels, const char **rest, apr_pool_t *p)
{
    const char *at = strstr(labels, "le=\""), *end;

    *rest = labels;
    while (at != NULL && at[-1] != '{' && at[-1] != ',')
        at = strstr(at + 1, "le=\"");
    if (at == NULL || (end = strchr(at + 4, '"')) == NULL)
        return HUGE_VAL;
    *rest = apr_pstrcat(p, apr_pstrmemdup(p, labels, (apr_size_t)(at - labels)), end + 1, NULL);
    /* {a="b",} and {,a="b"} are the same set as {a="b"}: only used to tell sets apart */
    return strncmp(at + 4, "+Inf", 4) == 0 ? HUGE_VAL : strtod(at + 4, NULL);
}

/* Label sets compare alike however le stood among them. */
static const char *
plain_labels(const char *labels, apr_pool_t *p)
{
    char *copy = apr_pstrdup(p, labels), *to = copy;

    for (const char *c = copy; *c != '\0'; c++)
        if (!(*c == ',' && (c[1] == '}' || c[1] == ',' || (to > copy && to[-1] == '{'))))
            *to++ = *c;
    *to = '\0';
    return strcmp(copy, "{}") == 0 ? "" : copy;
}

static int
read_sample(const char *series, const char *value, sample_t *out, apr_pool_t *p)
{
    apr_size_t len = name_length(series);
    int cut = 0;

    if (len == 0 || !is_number(value))
        return 0;
    out->series = series;
    out->value = value;
    out->part = PLAIN;
    if ((cut = ends(series, len, "_bucket")) > 0)
        out->part = BUCKET;
    else if ((cut = ends(series, len, "_sum")) > 0)
        out->part = SUM;
    else if ((cut = ends(series, len, "_count")) > 0)
        out->part = COUNT;
    out->family = apr_pstrmemdup(p, series, len - (apr_size_t)cut);
    out->le = take_le(series + len, &out->labels, p);
    out->labels = plain_labels(out->labels, p);
    return 1;
}

/* --- order ------------------------------------------------------------------------------------------- */

static int
compare(const void *left, const void *right)
{
    const sample_t *a = left, *b = right;
    int d = strcmp(a->family, b->family);

    if (d == 0)
        d = strcmp(a->labels, b->labels);
    if (d == 0)
        d = (int)a->part - (int)b->part;
    if (d == 0)
        d = (a->le > b->le) - (a->le < b->le);
    return d != 0 ? d : strcmp(a->series, b->series);
}

/* foo_sum and foo_count belong to a histogram foo only when there are buckets of foo. */
static void
settle_families(apr_array_header_t *samples, apr_pool_t *p)
{
    for (int i = 0; i < samples->nelts; i++) {
        sample_t *s = &APR_ARRAY_IDX(samples, i, sample_t);
        int histogram = s->part == PLAIN || s->part == BUCKET;

        for (int k = 0; k < samples->nelts && !histogram; k++) {
            const sample_t *other = &APR_ARRAY_IDX(samples, k, sample_t);

            histogram = other->part == BUCKET && strcmp(other->family, s->family) == 0;
        }
        if (!histogram) {
            s->part = PLAIN;
            s->family = apr_pstrmemdup(p, s->series, strcspn(s->series, "{"));
        }
    }
}

/* --- writing ------------------------------------------------------------------------------------------- */

static void
write_head(hw_buf_t *b, const char *family, const char *type)
{
    const char *help = "A number of HookWise.";

    for (size_t i = 0; i < sizeof(helps) / sizeof(*helps); i++)
        if (strcmp(helps[i].name, family) == 0)
            help = helps[i].help;
    hw_buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", family, help, family, type);
}

static const char *
type_of(const sample_t *s)
{
    if (s->part != PLAIN)
        return "histogram";
    return ends(s->family, strlen(s->family), "_total") > 0 ? "counter" : "gauge";
}

void
mhw_metrics_write(hw_buf_t *b, const redisReply *fields, apr_pool_t *p)
{
    apr_array_header_t *samples = apr_array_make(p, 64, sizeof(sample_t));
    const char *family = "";
    sample_t s;

    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        const redisReply *series = fields->element[i], *value = fields->element[i + 1];

        if (series->str != NULL && value->str != NULL && strlen(series->str) == series->len &&
            read_sample(series->str, value->str, &s, p))
            APR_ARRAY_PUSH(samples, sample_t) = s;
    }
    settle_families(samples, p);
    qsort(samples->elts, (size_t)samples->nelts, sizeof(sample_t), compare);
    for (int i = 0; i < samples->nelts; i++) {
        const sample_t *one = &APR_ARRAY_IDX(samples, i, sample_t);

        if (strcmp(one->family, family) != 0)
            write_head(b, one->family, type_of(one));
        family = one->family;
        hw_buf_printf(b, "%s %s\n", one->series, one->value);
    }
}

static void
write_gauge(hw_buf_t *b, const char *name, const char *help, apr_int64_t value)
{
    hw_buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n%s %" APR_INT64_T_FMT "\n", name, help, name,
                  name, value);
}

int
mhw_metrics_handler(request_rec *r)
{
    const char *get[] = { "HGETALL", "hw:m" };
    const mhw_server_t *sc = mhw_server(r->server);
    hw_result_t *res = hw_result_make(r->pool);
    hw_queue_status_t st = { 0 };
    redisReply *reply;
    hw_buf_t b;
    int up;

    if (mhw_refuse_method(r))
        return OK;
    up = mhw_status(sc, &st, res, r->pool) == APR_SUCCESS;
    hw_buf_init(&b, r->pool);
    if (up && mhw_io_call(sc->backend->io, 2, get, NULL, &reply, res, r->pool) == APR_SUCCESS &&
        reply->type == REDIS_REPLY_ARRAY)
        mhw_metrics_write(&b, reply, r->pool);
    if (up) {
        write_gauge(&b, "hookwise_queue_depth", "Events not yet recorded.", st.lag);
        write_gauge(&b, "hookwise_queue_oldest_seconds", "Age of the oldest of them.",
                    st.oldest_seconds);
        write_gauge(&b, "hookwise_workers", "Living worker processes.", st.workers);
    }
    write_gauge(&b, "hookwise_spool_events", "Webhooks on disk that are not yet in Redis.",
                mhw_spooled(sc));
    write_gauge(&b, "hookwise_redis_up", "1 when Redis answers.", up);
    ap_set_content_type(r, "text/plain; version=0.0.4; charset=utf-8");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    ap_set_content_length(r, (apr_off_t)b.len);
    ap_rwrite(b.s, (int)b.len, r);
    return OK;
}
