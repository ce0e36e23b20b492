/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: files, environment, types, and what their errors say. */
#include "common/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/lib/tap.h"

static char path[] = "/tmp/hw-settings-XXXXXX";

static void
write_bytes(const char *text, size_t len)
{
    FILE *f = fopen(path, "w");

    if (f == NULL || fwrite(text, 1, len, f) != len || fclose(f) != 0)
        abort();
}

/* Loads a file of this text; NULL on failure, with the words in *why. */
static hw_settings_t *
load(const char *text, const char **why, apr_array_header_t **unknown, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_settings_t *s = NULL;
    apr_status_t rv;

    write_bytes(text, strlen(text));
    rv = hw_settings_load(path, &s, unknown, res, p);
    if (why != NULL)
        *why = rv == APR_SUCCESS ? "no error" : hw_result_text(res, p) + strlen(path);
    if (rv != APR_SUCCESS && strcmp(res->problem, "bad-setting") != 0)
        return NULL;
    return rv == APR_SUCCESS ? s : NULL;
}

static void
test_defaults(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_settings_t *s = NULL;

    is_int(hw_settings_load(NULL, &s, NULL, res, p), APR_SUCCESS, "defaults alone load");
    is(hw_result_text(res, p), "no error", "and nothing is wrong with any of them");
    is(hw_set_text(s, "CW_TICKET_PREFIX"), "Alert:", "a text default");
    is_int(hw_set_int(s, "VIABILITY_TTL"), 300, "a number default");
    is_int(hw_set_bool(s, "FORCE_HTTPS"), 0, "a boolean default");
    is(hw_set_text(s, "CW_URL"), "", "no default is an empty text");
    ok(!hw_set_given(s, "VIABILITY_TTL"), "a default was not given");
    is(hw_settings_redis_url(s, p), "redis://localhost:6379", "Redis out of its parts");
    is(hw_settings_destination(s), "local", "without a PSA the destination is local");
}

static void
test_lines(apr_pool_t *p)
{
    const char *why;
    hw_settings_t *s = load("\xef\xbb\xbf# comment\r\n"
                            "CW_COMPANY = acme \r\n"
                            "\r\n"
                            "  export CW_CLIENT_ID=abc#def\n"
                            "CW_SERVICE_BOARD=Help Desk # the board\n"
                            "CW_STATUS_NEW='New (\"x\") # 1'   # said so\n"
                            "CW_STATUS_CLOSED=\"a \\\"b\\\" \\\\ \\$c \\n\"\n"
                            "CW_TICKET_PREFIX=\n"
                            "LLM_TIMEOUT= # as it was\n"
                            "MAX_RETRIES=7\nMAX_RETRIES=8\n"
                            "CW_PRIVATE_KEY=a=b",
                            &why, NULL, p);

    is(why, "no error", "the file loads");
    if (!ok(s != NULL, "settings came"))
        return;
    is(hw_set_text(s, "CW_COMPANY"), "acme", "blanks and CR around a value go");
    is(hw_set_text(s, "CW_CLIENT_ID"), "abc#def", "export, and a # inside a word");
    is(hw_set_text(s, "CW_SERVICE_BOARD"), "Help Desk", "a comment behind a value goes");
    is(hw_set_text(s, "CW_STATUS_NEW"), "New (\"x\") # 1", "single quotes keep all");
    is(hw_set_text(s, "CW_STATUS_CLOSED"), "a \"b\" \\ $c \\n", "escapes in double quotes");
    is(hw_set_text(s, "CW_TICKET_PREFIX"), "", "an empty text is empty");
    ok(hw_set_given(s, "CW_TICKET_PREFIX"), "and given");
    is_int(hw_set_int(s, "LLM_TIMEOUT"), 180, "an empty number is the default");
    is_int(hw_set_int(s, "MAX_RETRIES"), 8, "of two lines the last wins");
    is(hw_set_text(s, "CW_PRIVATE_KEY"), "a=b", "= in a value; no newline at the end");
}

static void
test_unknown(apr_pool_t *p)
{
    apr_array_header_t *unknown = NULL;
    hw_settings_t *s = load("POSTGRES_USER=x\nCW_COMPANY=y\nWORKER_THREAD=1\n", NULL, &unknown, p);

    ok(s != NULL, "a file with other programs' keys loads");
    is_int(unknown->nelts, 2, "two keys are unknown");
    is(APR_ARRAY_IDX(unknown, 0, const char *), "POSTGRES_USER", "the first of them");
    is(APR_ARRAY_IDX(unknown, 1, const char *), "WORKER_THREAD", "the second");
}

static void
test_refused(apr_pool_t *p)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "\nWORKER_THREADS=0\n", ":2: WORKER_THREADS: 0 is not between 1 and 1024" },
        { "WORKER_THREADS=99999999999999999999",
          ":1: WORKER_THREADS: 99999999999999999999 is not between 1 and 1024" },
        { "LLM_TIMEOUT=3m", ":1: LLM_TIMEOUT: \"3m\" is not a whole number" },
        { "FORCE_HTTPS=maybe", ":1: FORCE_HTTPS: \"maybe\" is neither true nor false" },
        { "DESTINATION=jira", ":1: DESTINATION: \"jira\" is none of local|connectwise" },
        { "LOG_LEVEL=war", ":1: LOG_LEVEL: \"war\" is none of error|warn|info|debug" },
        { "PRIORITY_MAP=critical=P 1, high", ":1: PRIORITY_MAP: \"high\" is not name=value" },
        { "PRIORITY_MAP=critical= ,high=P 2", ":1: PRIORITY_MAP: \"critical=\" is not name=value" },
        { "CW_URL=ftp://x", ":1: CW_URL: not a URL that begins with one of http|https" },
        { "CW_URL=example.net", ":1: CW_URL: not a URL that begins with one of http|https" },
        { "CW_URL=https:/x", ":1: CW_URL: a URL has :// behind its scheme" },
        { "CW_URL=https:///x", ":1: CW_URL: the URL names no host" },
        { "CW_URL='https://a b'", ":1: CW_URL: a URL holds no blank or control character" },
        { "REDIS_URL=unix:redis.sock", ":1: REDIS_URL: unix: is followed by an absolute path" },
        { "DATABASE_URL=mysql://u:pw@h/d",
          ":1: DATABASE_URL: not a URL that begins with one of postgresql|postgres" },
        { "# x\n\nnonsense\n", ":3: not a comment and not KEY=value" },
        { "=x", ":1: not a comment and not KEY=value" },
        { "A B=x", ":1: not a comment and not KEY=value" },
        { "CW_COMPANY='acme\n", ":1: CW_COMPANY: the closing quote is missing" },
        { "CW_COMPANY=\"acme\\\"\n", ":1: CW_COMPANY: the closing quote is missing" },
        { "CW_COMPANY='acme'x\n", ":1: CW_COMPANY: text follows the closing quote" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *why;

        load(cases[i].text, &why, NULL, p);
        is(why, cases[i].why, "refused: row %zu", i);
    }
}

static void
test_accepted(apr_pool_t *p)
{
    hw_settings_t *s = load("CW_URL=HTTPS://psa.example/v4\nREDIS_URL=unix:/run/r.sock\n"
                            "FORCE_HTTPS=Yes\nDATABASE_URL=postgres://h/db?sslmode=require\n",
                            NULL, NULL, p);

    if (!ok(s != NULL, "good URLs load"))
        return;
    is_int(hw_set_bool(s, "FORCE_HTTPS"), 1, "yes is true");
    is(hw_settings_redis_url(s, p), "unix:/run/r.sock", "REDIS_URL wins over its parts");
    is(hw_settings_destination(s), "connectwise", "CW_URL makes ConnectWise the destination");
    s = load("CW_URL=https://psa.example\nDESTINATION=local\n"
             "REDIS_HOST=::1\nREDIS_PORT=7000\nREDIS_PASSWORD=p@ss/w\n", NULL, NULL, p);
    if (!ok(s != NULL, "Redis by parts loads"))
        return;
    is(hw_settings_destination(s), "local", "DESTINATION wins over CW_URL");
    is(hw_settings_redis_url(s, p), "redis://:p%40ss%2Fw@[::1]:7000", "URL of the parts");
}

static void
test_environment(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_settings_t *s;

    setenv("AI_MODEL", " llama3 ", 1);
    setenv("CW_COMPANY", "", 1);
    setenv("MAX_RETRIES", "", 1);
    s = load("AI_MODEL=phi4\nCW_COMPANY=acme\nMAX_RETRIES=9\n", NULL, NULL, p);
    if (ok(s != NULL, "file and environment load")) {
        is(hw_set_text(s, "AI_MODEL"), "llama3", "the environment wins");
        is(hw_set_text(s, "CW_COMPANY"), "", "an empty variable too");
        is_int(hw_set_int(s, "MAX_RETRIES"), 5, "an empty number variable: the default");
    }
    setenv("WORKER_THREADS", "many", 1);
    is_int(hw_settings_load(NULL, &s, NULL, res, p), APR_EINVAL, "a bad variable is refused");
    is(hw_result_text(res, p), "environment: WORKER_THREADS: \"many\" is not a whole number",
       "with its words");
    ok(s == NULL, "and no settings");
    unsetenv("AI_MODEL");
    unsetenv("CW_COMPANY");
    unsetenv("MAX_RETRIES");
    unsetenv("WORKER_THREADS");
}

static void
test_files(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_settings_t *s;
    char big[4096];
    FILE *f;

    ok(APR_STATUS_IS_ENOENT(hw_settings_load("/nonexistent/hw.conf", &s, NULL, res, p)),
       "a missing file is ENOENT");
    is(hw_result_text(res, p), "/nonexistent/hw.conf: cannot be read: No such file or directory",
       "with the file's name");
    is(res->problem, "no-settings", "as a file problem");
    ok(hw_settings_load("/tmp", &s, NULL, res, p) != APR_SUCCESS, "a folder is refused");
    write_bytes("CW_COMPANY=a\0b\n", 15);
    is_int(hw_settings_load(path, &s, NULL, res, p), APR_EINVAL, "a NUL byte is refused");
    is(res->detail, "holds a NUL byte", "with its words");
    memset(big, '#', sizeof(big));
    if ((f = fopen(path, "w")) == NULL)
        abort();
    for (int i = 0; i < 257; i++)
        fwrite(big, 1, sizeof(big), f);
    fclose(f);
    ok(hw_settings_load(path, &s, NULL, res, p) != APR_SUCCESS, "more than a megabyte is refused");
    is(res->problem, "no-settings", "as a file problem");
}

int
main(void)
{
    apr_pool_t *p = tap_start();
    int fd = mkstemp(path);

    if (fd < 0)
        return 1;
    close(fd);
    for (const hw_setting_t *row = hw_settings_table; row->name != NULL; row++)
        unsetenv(row->name);
    test_defaults(p);
    test_lines(p);
    test_unknown(p);
    test_refused(p);
    test_accepted(p);
    test_environment(p);
    test_files(p);
    unlink(path);
    return tap_done();
}
