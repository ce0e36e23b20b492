/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: form, levels, escaping, length, and whole lines from several threads. */
#include "common/log.h"

#include <apr_strings.h>
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/result.h"
#include "common/text.h"
#include "t/lib/tap.h"

static int real_stderr;
static FILE *captured;

/* From here stderr goes into a file. */
static void
capture(void)
{
    real_stderr = dup(STDERR_FILENO);
    captured = tmpfile();
    dup2(fileno(captured), STDERR_FILENO);
}

/* What was written since capture(); stderr is itself again. */
static const char *
release(apr_pool_t *p)
{
    char buf[4096];
    hw_buf_t b;
    size_t n;

    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    hw_buf_init(&b, p);
    rewind(captured);
    while ((n = fread(buf, 1, sizeof(buf), captured)) > 0)
        hw_buf_add(&b, buf, n);
    fclose(captured);
    return b.s;
}

static int
fits(const char *s, const char *pattern)
{
    regex_t rx;
    int rc = regcomp(&rx, pattern, REG_EXTENDED | REG_NOSUB);

    if (rc == 0) {
        rc = regexec(&rx, s, 0, NULL, 0);
        regfree(&rx);
    }
    return rc == 0;
}

#define HEAD "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z unit\\[[0-9]+\\] "

static void
check_lines(hw_log_t *log, apr_pool_t *p)
{
    const char *out;
    char *end, *breaks = apr_pcalloc(p, 3001);

    memset(breaks, '\n', 3000);
    capture();
    hw_log(log, HW_LOG_WARN, "queue is %d%% full", 90);
    out = release(p);
    ok(fits(out, HEAD "warn: queue is 90% full\n$"), "a line: %s", hw_text_trim(out, p));
    capture();
    hw_log(log, HW_LOG_DEBUG, "not at this level");
    hw_log(NULL, HW_LOG_ERROR, "nowhere");
    is(release(p), "", "nothing above the level, nothing without a log");
    capture();
    hw_log(log, HW_LOG_ERROR, "%s", "a\nb\x1b[31m\x7f gr\xc3\xbc\xc3\x9f\xc2\x9b\xc2\xa0.\xc2");
    out = release(p);
    ok(fits(out, HEAD "error: a\\\\x0ab\\\\x1b\\[31m\\\\x7f gr\xc3\xbc\xc3\x9f\\\\xc2\x9b\xc2\xa0.\xc2\n$"),
       "control bytes are escaped: %s", hw_text_trim(out, p));
    capture();
    hw_log(log, HW_LOG_INFO, "%05000d", 1);
    out = release(p);
    end = strchr(out, '\n');
    ok(strlen(out) < 4096 && end != NULL && end[1] == '\0',
       "a long message is cut, its line ends");
    capture();
    hw_log(log, HW_LOG_INFO, "%s", breaks);
    out = release(p);
    end = strchr(out, '\n');
    ok(strlen(out) < 4096 && end != NULL && end[1] == '\0', "one that grows by escaping too");
}

static void
check_results(hw_log_t *log, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    const char *out;

    hw_fail_at(res, APR_EINVAL, "bad-path", "summary", 3, "a name was expected");
    capture();
    hw_log_result(log, HW_LOG_ERROR, res, "endpoint web");
    out = release(p);
    ok(fits(out, HEAD "error: endpoint web: summary: a name was expected at offset 3 "
                      "\\[bad-path\\]\n$"),
       "a result: %s", hw_text_trim(out, p));
    capture();
    hw_log_result(log, HW_LOG_DEBUG, res, "endpoint web");
    hw_log_result(NULL, HW_LOG_ERROR, res, "endpoint web");
    is(release(p), "", "the level holds for results too");
    capture();
    hw_log_result(log, HW_LOG_ERROR, NULL, "stopping");
    out = release(p);
    ok(fits(out, HEAD "error: stopping\n$"), "without a result: %s", hw_text_trim(out, p));
}

static void *
talk(void *data)
{
    for (int i = 0; i < 200; i++)
        hw_log(data, HW_LOG_INFO, "%s", "0123456789012345678901234567890123456789");
    return NULL;
}

static void
check_threads(hw_log_t *log, apr_pool_t *p)
{
    pthread_t threads[4];
    int whole = 0;
    char *line, *rest;

    capture();
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, talk, log);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    rest = apr_pstrdup(p, release(p));
    while ((line = strsep(&rest, "\n")) != NULL)
        whole += fits(line, HEAD "info: 0123456789012345678901234567890123456789$");
    is_int(whole, 800, "800 whole lines from four threads");
}

int
main(void)
{
    apr_pool_t *p = tap_start();
    hw_level_e level = HW_LOG_ERROR;
    hw_log_t *log;

    is_int(hw_log_open("stderr", HW_LOG_INFO, "unit", &log, p), APR_SUCCESS, "stderr");
    check_lines(log, p);
    check_results(log, p);
    check_threads(log, p);
    ok(hw_log_level("Debug", &level) == APR_SUCCESS && level == HW_LOG_DEBUG, "a level's name");
    ok(hw_log_level("loud", &level) == APR_EINVAL && hw_log_level(NULL, &level) == APR_EINVAL,
       "names of none");
    ok(hw_log_open("file", HW_LOG_INFO, "unit", &log, p) == APR_EINVAL && log == NULL,
       "an unknown target");
    return tap_done();
}
