/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: JSON out, failures as JSON with their HTTP status, the headers every answer has. */
#include <apr_strings.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/result.h"
#include "common/text.h"
#include "htdocs/cgi/request.h"

/* Problems whose HTTP status does not follow from the status alone. */
static const struct {
    const char *problem;
    int status;
} statuses[] = {
    {"conflict", 409},      {"redis-down", 503},   {"database-down", 503}, {"database-busy", 503},
    {"redis-loading", 503}, {"no-worker", 503},    {"too-large", 413},     {"throttled", 429},
    {"forbidden", 403},     {"unauthorized", 401}, {NULL, 0},
};

static int
status_of(const hw_result_t *res, apr_status_t rv)
{
    if (res->http_status >= 300)
        return res->http_status;
    for (int i = 0; statuses[i].problem != NULL && res->problem != NULL; i++)
        if (strcmp(res->problem, statuses[i].problem) == 0)
            return statuses[i].status;
    if (APR_STATUS_IS_ENOENT(rv) || rv == APR_NOTFOUND)
        return 404;
    if (APR_STATUS_IS_EINVAL(rv) || rv == APR_EINVAL)
        return 422;
    return res->cls == HW_PERMANENT ? 500 : 503;
}

apr_status_t
hwc_text(hwc_t *c, int status, const char *type, const char *text, apr_size_t len)
{
    c->status = status;
    apr_table_setn(c->out, "Content-Type", type);
    c->answer = text;
    c->answer_len = len;
    return APR_SUCCESS;
}

apr_status_t
hwc_json(hwc_t *c, int status, hw_json_t *obj)
{
    const char *text = hw_json_write(hw_json_own(obj, c->p), c->p);

    return hwc_text(c, status, "application/json; charset=utf-8", text, strlen(text));
}

apr_status_t
hwc_empty(hwc_t *c)
{
    c->status = 204;
    return APR_SUCCESS;
}

void
hwc_log(hwc_t *c, const char *fmt, ...)
{
    const char *text;
    hw_buf_t line;
    va_list ap;

    va_start(ap, fmt);
    text = apr_pvsprintf(c->p, fmt, ap);
    va_end(ap);
    hw_buf_init(&line, c->p);
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 32 || *text == 127)
            hw_buf_printf(&line, "\\x%02x", (unsigned char)*text);
        else
            hw_buf_addc(&line, *text);
    fprintf(stderr, "hookwise.cgi: %s\n", line.s);
}

void
hwc_failed(hwc_t *c, apr_status_t rv)
{
    int status = status_of(c->res, rv);

    if (c->res->rv == APR_SUCCESS)
        hw_fail(c->res, rv, "internal", "something failed inside");
    /* What went wrong inside is for the log; who is signed in gets its sentence as well. */
    if (status >= 500) {
        hwc_log(c, "%s %s: %s", c->method, c->path, hw_result_text(c->res, c->p));
        if (c->user == NULL)
            c->res->detail = "HookWise cannot answer now; the web server's error log says why";
    }
    /* What was asked for may be in the sentence, and a path is any bytes. */
    if (c->res->detail != NULL)
        c->res->detail = hw_utf8_mend(c->res->detail, strlen(c->res->detail), NULL, c->p);
    if (c->res->retry_at > c->now)
        apr_table_setn(c->out, "Retry-After",
                       apr_psprintf(c->p, "%" APR_INT64_T_FMT,
                                    apr_time_sec(c->res->retry_at - c->now) + 1));
    hwc_json(c, status, json_object_get(hw_result_json(c->res, c->p)));
}

apr_status_t
hwc_refuse(hwc_t *c, int http_status, const char *problem, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    hw_fail(c->res, APR_EGENERAL, problem, "%s", apr_pvsprintf(c->p, fmt, ap));
    va_end(ap);
    c->res->http_status = http_status;
    return APR_EGENERAL;
}

static int
write_header(void *data, const char *name, const char *value)
{
    hw_buf_t *head = data;

    hw_buf_printf(head, "%s: %s\r\n", name, value);
    return 1;
}

static void
write_body(hwc_t *c)
{
    const hwc_io_t *io = c->io;
    const char *text = c->answer;
    apr_size_t len = c->answer_len;

    do
        if (len > 0 && !io->write(io->baton, text, len))
            return;
    while (c->more != NULL && c->more(c, c->more_baton, &text, &len));
}

void
hwc_answer_write(hwc_t *c)
{
    const hwc_io_t *io = c->io;
    hw_buf_t head;

    hw_buf_init(&head, c->p);
    hw_buf_printf(&head, "Status: %d\r\n", c->status);
    apr_table_setn(c->out, "Cache-Control", "no-store");
    apr_table_setn(c->out, "X-Content-Type-Options", "nosniff");
    apr_table_do(write_header, &head, c->out, NULL);
    if (c->status != 204 && c->more == NULL)
        hw_buf_printf(&head, "Content-Length: %lu\r\n", (unsigned long)c->answer_len);
    hw_buf_adds(&head, "\r\n");
    io->write(io->baton, head.s, head.len);
    if (strcmp(c->method, "HEAD") != 0)
        write_body(c);
}
