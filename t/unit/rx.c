/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: what each mode matches, what is refused and where, limits, threads. */
#include "common/rx.h"

#include <apr_strings.h>
#include <pthread.h>
#include <string.h>

#include "common/result.h"
#include "t/lib/tap.h"

typedef struct {
    hw_rx_mode_e mode;
    const char *pattern, *text;
    int want; /* 0 or 1; -1: the pattern is refused */
    int offset;
} row_t;

static const row_t rows[] = {
    {HW_RX_RULE, "critical", "a CRITICAL alert", 1, 0},
    {HW_RX_RULE, "\xc3\xa4rger", "\xc3\x84RGER", 1, 0},
    {HW_RX_RULE, "^web\\d+$", "WEB12", 1, 0},
    {HW_RX_RULE, "^web\\d+$", "web12\n", 0, 0},
    {HW_RX_RULE, "\\bgr\xc3\xbc\xc3\x9f\\b", "viele Gr\xc3\xbc\xc3\x9f e", 1, 0},
    {HW_RX_RULE, "(?-i)web", "WEB", 0, 0},
    {HW_RX_RULE, "a(?=b)", "ab", 1, 0},
    {HW_RX_RULE, "", "", 1, 0},
    {HW_RX_RULE, "x", "", 0, 0},
    {HW_RX_RULE, "b.c", "a\xff\x62\xfe\x63", 1, 0},
    {HW_RX_CASED, "critical", "a CRITICAL alert", 0, 0},
    {HW_RX_CASED, "critical", "a critical alert", 1, 0},
    {HW_RX_CASED, "^.$", "\xe2\x82\xac", 1, 0},
    {HW_RX_IREGEXP_MATCH, "a|b", "b", 1, 0},
    {HW_RX_IREGEXP_MATCH, "a|b", "ab", 0, 0},
    {HW_RX_IREGEXP_MATCH, "a.b", "a\nb", 0, 0},
    {HW_RX_IREGEXP_MATCH, "a.b", "a\xc2\x85\x62", 1, 0},
    {HW_RX_IREGEXP_MATCH, "a#b c", "a#b c", 1, 0},
    {HW_RX_IREGEXP_MATCH, "a-b/c,d\"e'f", "a-b/c,d\"e'f", 1, 0},
    {HW_RX_IREGEXP_MATCH, "\\(\\)\\*\\+\\-\\.\\?\\[\\\\\\]\\^\\{\\|\\}\\$", "()*+-.?[\\]^{|}$", 1,
     0},
    {HW_RX_IREGEXP_MATCH, "\\n\\r\\t", "\n\r\t", 1, 0},
    {HW_RX_IREGEXP_MATCH, "[-a]", "-", 1, 0},
    {HW_RX_IREGEXP_MATCH, "[a-]", "-", 1, 0},
    {HW_RX_IREGEXP_MATCH, "[^-]", "-", 0, 0},
    {HW_RX_IREGEXP_MATCH, "[a^]", "^", 1, 0},
    {HW_RX_IREGEXP_MATCH, "[&&~#:=]+", "&~#:=", 1, 0},
    {HW_RX_IREGEXP_MATCH, "[\xc3\xa4-\xc3\xbc]", "\xc3\xb6", 1, 0},
    {HW_RX_IREGEXP_MATCH, "[\\^-a]", "_", 1, 0},
    {HW_RX_IREGEXP_MATCH, "[\\\\]", "\\", 1, 0},
    {HW_RX_IREGEXP_MATCH, "\\p{L}\\p{Lu}\\P{N}\\p{Zs}", "aB! ", 1, 0},
    {HW_RX_IREGEXP_MATCH, "[\\p{L}\\p{Nd}]+", "a1", 1, 0},
    {HW_RX_IREGEXP_MATCH, "[^\\p{L}]", "1", 1, 0},
    {HW_RX_IREGEXP_MATCH, "(a(b|c){2})?", "abc", 1, 0},
    {HW_RX_IREGEXP_MATCH, "()", "", 1, 0},
    {HW_RX_IREGEXP_MATCH, "|a", "", 1, 0},
    {HW_RX_IREGEXP_SEARCH, "b{2}", "abba", 1, 0},
    {HW_RX_IREGEXP_SEARCH, "B", "abba", 0, 0},
    {HW_RX_RULE, "(a", "", -1, 2},
    {HW_RX_RULE, "a)", "", -1, 1},
    {HW_RX_RULE, "[z", "", -1, 2},
    {HW_RX_RULE, "*", "", -1, 0},
    {HW_RX_RULE, "a\xff", "", -1, 1},
    {HW_RX_RULE, "\\C", "", -1, 2},
    {HW_RX_CASED, "a{2,1}", "", -1, 5},
    {HW_RX_IREGEXP_MATCH, "a\\d", "", -1, 1},
    {HW_RX_IREGEXP_MATCH, "a**", "", -1, 2},
    {HW_RX_IREGEXP_MATCH, "(a", "", -1, 2},
    {HW_RX_IREGEXP_MATCH, "a)", "", -1, 1},
    {HW_RX_IREGEXP_MATCH, "x[a", "", -1, 1},
    {HW_RX_IREGEXP_MATCH, "x[]", "", -1, 1},
    {HW_RX_IREGEXP_MATCH, "a{,2}", "", -1, 2},
    {HW_RX_IREGEXP_MATCH, "a{1,2", "", -1, 5},
    {HW_RX_IREGEXP_MATCH, "\\p{X}", "", -1, 3},
    {HW_RX_IREGEXP_MATCH, "\\p{Lu", "", -1, 5},
    {HW_RX_IREGEXP_MATCH, "a\\", "", -1, 1},
    {HW_RX_IREGEXP_MATCH, "[a\\d]", "", -1, 2},
    {HW_RX_IREGEXP_MATCH, "[a-\\p{L}]", "", -1, 3},
    {HW_RX_IREGEXP_MATCH, "[b-a]", "", -1, -1},
    {HW_RX_IREGEXP_MATCH, "a{2,1}", "", -1, -1},
};

static void
check_row(const row_t *row, int n, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    apr_size_t len = strlen(row->pattern);
    char *exact = apr_pmemdup(p, row->pattern, len); /* no NUL behind it */
    hw_rx_t *rx = NULL;
    int matched = -1;
    apr_status_t rv = hw_rx_compile(exact, len, row->mode, &rx, res, p);

    if (row->want < 0) {
        ok(rv == APR_EINVAL && rx == NULL && strcmp(res->problem, "bad-regex") == 0 &&
               res->offset == row->offset,
           "row %d, \"%s\" is refused: %s", n, row->pattern, hw_result_text(res, p));
        return;
    }
    if (rv == APR_SUCCESS)
        rv = hw_rx_match(rx, row->text, strlen(row->text), &matched, res, p);
    ok(rv == APR_SUCCESS && matched == row->want, "row %d, \"%s\": %s", n, row->pattern,
       hw_result_text(res, p));
}

static void
check_limits(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    char *text = apr_pcalloc(p, HW_RX_MAX_TEXT + 2);
    char *pattern = apr_pcalloc(p, HW_MAX_EXPR + 2);
    hw_rx_t *rx;
    int matched = 1;

    memset(text, 'a', HW_RX_MAX_TEXT + 1);
    memset(pattern, 'a', HW_MAX_EXPR + 1);
    hw_rx_compile("(a|aa)+(b|c)", 12, HW_RX_RULE, &rx, res, p);
    is_int(hw_rx_match(rx, text, 60, &matched, res, p), APR_ENOSPC, "a hopeless match ends");
    is(res->problem, "regex-limit", "... by its limit");
    is_int(matched, 0, "... and is no match");
    is_int(hw_rx_match(rx, "aab", 3, &matched, NULL, p), APR_SUCCESS, "the next one works");
    is_int(matched, 1, "... and matches");
    hw_rx_compile("a$", 2, HW_RX_RULE, &rx, res, p);
    is_int(hw_rx_match(rx, text, HW_RX_MAX_TEXT, &matched, res, p), APR_SUCCESS, "a long text");
    is_int(hw_rx_match(rx, text, HW_RX_MAX_TEXT + 1, &matched, res, p), APR_ENOSPC,
           "one that is too long");
    is_int(hw_rx_compile(pattern, HW_MAX_EXPR, HW_RX_RULE, &rx, res, p), APR_SUCCESS,
           "a long pattern");
    is_int(hw_rx_compile(pattern, HW_MAX_EXPR + 1, HW_RX_RULE, &rx, res, p), APR_EINVAL,
           "one that is too long");
    is_int(res->offset, HW_MAX_EXPR, "... from there on");
}

typedef struct {
    const hw_rx_t *rx;
    apr_pool_t *p;
    int right;
} job_t;

static void
check_remove(apr_pool_t *p)
{
    static const struct {
        const char *pattern, *text, *rest;
    } cases[] = {
        { "^\\[[^\\]]*\\]\\s*", "[Triggered on {host:a}] disk [x]", "disk [x]" },
        { "\\[[^\\]]*\\]\\s*", "[a] disk [x]", "disk " },
        { "A+", "banana", "bnn" },
        { "x*", "axxb", "ab" },
        { "^", "abc", "abc" },
        { "(?=b)", "abc", "abc" },
        { "\xc3\xa4", "b\xc3\x84r \xf0\x9f\x98\x80", "br \xf0\x9f\x98\x80" },
        { ".*", "all of it", "" },
        { "no", "yes", "yes" },
        { "x", "", "" },
    };
    hw_result_t *res = hw_result_make(p);
    const char *rest = NULL;
    char *text;
    hw_rx_t *rx;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_rx_compile(cases[i].pattern, strlen(cases[i].pattern), HW_RX_RULE, &rx, NULL, p);
        is_int(hw_rx_remove(rx, cases[i].text, &rest, res, p), APR_SUCCESS, "%s out of \"%s\"",
               cases[i].pattern, cases[i].text);
        is(rest, cases[i].rest, "leaves \"%s\"", cases[i].rest);
    }
    hw_rx_compile("no", 2, HW_RX_RULE, &rx, NULL, p);
    hw_rx_remove(rx, cases[8].text, &rest, NULL, p);
    ok(rest == cases[8].text, "where nothing matches the text is not copied");
    hw_rx_remove(rx, "\xff no", &rest, NULL, p);
    is(rest, "\xef\xbf\xbd ", "invalid UTF-8 is mended");
    hw_rx_compile("(a+)+$", 6, HW_RX_RULE, &rx, NULL, p);
    text = apr_pstrdup(p, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
    is_int(hw_rx_remove(rx, text, &rest, res, p), APR_ENOSPC, "a hopeless removal ends");
    is(rest, text, "and leaves the text");
    is(res->problem, "regex-limit", "as the limit it is");
}

static void *
run_job(void *data)
{
    job_t *job = data;
    int matched;

    for (int i = 0; i < 2000; i++) {
        hw_rx_match(job->rx, "disk /var is 91% full", 21, &matched, NULL, job->p);
        job->right += matched;
    }
    return NULL;
}

static void
check_threads(apr_pool_t *p)
{
    static const char pattern[] = "DISK (/\\S+) is (\\d+)%";
    pthread_t threads[4];
    hw_rx_t *rx;
    job_t jobs[4];
    int right = 0;

    hw_rx_compile(pattern, sizeof(pattern) - 1, HW_RX_RULE, &rx, NULL, p);
    for (int i = 0; i < 4; i++) {
        jobs[i] = (job_t){.rx = rx};
        apr_pool_create(&jobs[i].p, NULL);
        pthread_create(&threads[i], NULL, run_job, &jobs[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        right += jobs[i].right;
        apr_pool_destroy(jobs[i].p);
    }
    is_int(right, 8000, "one compiled form serves four threads");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    for (int i = 0; i < (int)(sizeof(rows) / sizeof(rows[0])); i++)
        check_row(&rows[i], i, p);
    check_limits(p);
    check_remove(p);
    check_threads(p);
    return tap_done();
}
