/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines of programs: formatted on the stack, escaped, written with one system call. */
#include "common/log.h"

#include <apr_strings.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/result.h"

/* A line stays below PIPE_BUF (4096), so that lines of several threads and processes never mix
 * in a pipe; escaping can make a message four times as long, which the line's end cuts. */
#define LINE_MAX_BYTES    4000
#define MESSAGE_MAX_BYTES 3500

struct hw_log_t {
    int to_syslog;
    hw_level_e level;
    const char *ident;
};

static const struct {
    const char *word;
    int priority;
} levels[] = {
    [HW_LOG_ERROR] = {"error", LOG_ERR},
    [HW_LOG_WARN] = {"warn", LOG_WARNING},
    [HW_LOG_INFO] = {"info", LOG_INFO},
    [HW_LOG_DEBUG] = {"debug", LOG_DEBUG},
};

static apr_status_t
close_syslog(void *data)
{
    (void)data;
    closelog();
    return APR_SUCCESS;
}

apr_status_t
hw_log_open(const char *target, hw_level_e level, const char *ident, hw_log_t **out, apr_pool_t *p)
{
    hw_log_t *log = apr_pcalloc(p, sizeof(*log));

    *out = NULL;
    log->level = level;
    log->ident = apr_pstrdup(p, ident);
    if (target != NULL && strcmp(target, "syslog") == 0)
        log->to_syslog = 1;
    else if (target == NULL || strcmp(target, "stderr") != 0)
        return APR_EINVAL;
    if (log->to_syslog) {
        openlog(log->ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
        apr_pool_cleanup_register(p, log, close_syslog, apr_pool_cleanup_null);
    }
    *out = log;
    return APR_SUCCESS;
}

apr_status_t
hw_log_level(const char *word, hw_level_e *out)
{
    for (size_t i = 0; word != NULL && i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcasecmp(word, levels[i].word) == 0) {
            *out = (hw_level_e)i;
            return APR_SUCCESS;
        }
    }
    return APR_EINVAL;
}

/* Is the byte at s one that terminals obey? C1 controls are two bytes in UTF-8. */
static int
control(const char *s)
{
    unsigned char c = (unsigned char)*s, next = (unsigned char)s[c != '\0'];

    return c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next <= 0x9f);
}

/* Appends s to the line with control bytes as \xNN; gives the new end. A line break inside a
 * message would let a sender forge lines. */
static char *
add_escaped(char *at, const char *end, const char *s)
{
    static const char hex[] = "0123456789abcdef";

    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (!control(s)) {
            if (end - at < 1)
                break;
            *at++ = (char)c;
        } else {
            if (end - at < 4)
                break;
            *at++ = '\\';
            *at++ = 'x';
            *at++ = hex[c >> 4];
            *at++ = hex[c & 15];
        }
    }
    return at;
}

/* "2026-01-31T12:00:00.123Z hookwised[17] warn: ", gives its end. */
static char *
add_head(const hw_log_t *log, hw_level_e level, char *line, apr_size_t size)
{
    apr_time_t now = apr_time_now();
    time_t seconds = (time_t)apr_time_sec(now);
    struct tm tm;
    int n;

    gmtime_r(&seconds, &tm);
    n = snprintf(
        line, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %.64s[%ld] %s: ", tm.tm_year + 1900,
        tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)apr_time_msec(now),
        log->ident ? log->ident : "hookwise", (long)getpid(), levels[level].word);
    return line + (n < 0 ? 0 : n);
}

static void
write_all(const char *s, apr_size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDERR_FILENO, s, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nowhere left to say it */
        s += n;
        len -= (apr_size_t)n;
    }
}

void
hw_log(hw_log_t *log, hw_level_e level, const char *fmt, ...)
{
    char message[MESSAGE_MAX_BYTES], line[LINE_MAX_BYTES];
    char *at, *end = line + sizeof(line) - 2;
    va_list ap;

    if (log == NULL || level > log->level)
        return;
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    if (log->to_syslog) {
        *add_escaped(line, end, message) = '\0';
        syslog(levels[level].priority, "%s", line);
        return;
    }
    at = add_head(log, level, line, sizeof(line));
    at = add_escaped(at, end, message);
    *at++ = '\n';
    write_all(line, (apr_size_t)(at - line));
}

void
hw_log_result(hw_log_t *log, hw_level_e level, const hw_result_t *res, const char *doing)
{
    char system[200], where[64];
    const char *detail;

    if (log == NULL || level > log->level)
        return;
    if (res == NULL) {
        hw_log(log, level, "%s", doing);
        return;
    }
    detail = res->detail ? res->detail : apr_strerror(res->rv, system, sizeof(system));
    where[0] = '\0';
    if (res->offset >= 0)
        snprintf(where, sizeof(where), " at offset %" APR_OFF_T_FMT, res->offset);
    hw_log(log, level, "%s: %s%s%s%s%s%s%s", doing, res->field ? res->field : "",
           res->field ? ": " : "", detail, where, res->problem ? " [" : "",
           res->problem ? res->problem : "", res->problem ? "]" : "");
}
