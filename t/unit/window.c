/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance windows: reading them, days and nights, and daylight saving. */
#include "common/window.h"

#include <apr_strings.h>
#include <string.h>

#include "t/lib/tap.h"

static apr_status_t
compile(const char *json, hw_windows_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *v = NULL;

    *out = NULL;
    if (hw_json_parse(json, strlen(json), NULL, &v, NULL, res, p) != APR_SUCCESS) {
        tap_diag("the test's JSON: %s", hw_result_text(res, p));
        return APR_EGENERAL;
    }
    return hw_windows_compile(v, out, res, p);
}

static hw_windows_t *
windows(const char *json, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_windows_t *w = NULL;

    if (compile(json, &w, res, p) != APR_SUCCESS)
        tap_diag("%s", hw_result_text(res, p));
    return w;
}

/* "no", or "starts ends" of the occurrence that holds the time. */
static const char *
asked(const hw_windows_t *w, const char *when, apr_pool_t *p)
{
    hw_window_hit_t hit;
    apr_time_t now = 0;

    hw_time_parse(when, &now, NULL);
    if (!hw_windows_active(w, now, &hit, p))
        return "no";
    return apr_psprintf(p, "%.16s %.16s", hw_time_rfc3339(hit.starts, p),
                        hw_time_rfc3339(hit.ends, p));
}

typedef struct {
    const char *when, *want;
} ask_t;

static void
ask_all(const char *json, const ask_t *asks, apr_pool_t *p)
{
    hw_windows_t *w = windows(json, p);

    ok(w != NULL, "window %s", json);
    for (; w != NULL && asks->when != NULL; asks++)
        is(asked(w, asks->when, p), asks->want, "at %s", asks->when);
}

static void
test_daily(apr_pool_t *p)
{
    ask_all("[{\"type\":\"daily\",\"start\":\"02:00\",\"end\":\"04:30\"}]",
            (const ask_t[]){ { "2026-05-04T01:59:59.999Z", "no" },
                             { "2026-05-04T02:00:00Z", "2026-05-04T02:00 2026-05-04T04:30" },
                             { "2026-05-04T04:29:59.999Z", "2026-05-04T02:00 2026-05-04T04:30" },
                             { "2026-05-04T04:30:00Z", "no" },
                             { NULL, NULL } }, p);
    ask_all("[{\"type\":\"Daily\",\"start\":\"22:00\",\"end\":\"4:00\",\"days\":[]}]",
            (const ask_t[]){ { "2026-05-04T21:59:59Z", "no" },
                             { "2026-05-04T22:00:00Z", "2026-05-04T22:00 2026-05-05T04:00" },
                             { "2026-05-05T03:59:59Z", "2026-05-04T22:00 2026-05-05T04:00" },
                             { "2026-05-05T04:00:00Z", "no" },
                             { "2027-01-01T01:00:00Z", "2026-12-31T22:00 2027-01-01T04:00" },
                             { NULL, NULL } }, p);
    ask_all("[{\"type\":\"daily\",\"start\":\"06:00\",\"end\":\"06:00\"}]",
            (const ask_t[]){ { "2026-05-04T05:59:59Z", "2026-05-03T06:00 2026-05-04T06:00" },
                             { "2026-05-04T06:00:00Z", "2026-05-04T06:00 2026-05-05T06:00" },
                             { NULL, NULL } }, p);
    ask_all("[{\"type\":\"daily\",\"start\":\"20:00\",\"end\":\"24:00\"}]",
            (const ask_t[]){ { "2026-05-04T23:59:59Z", "2026-05-04T20:00 2026-05-05T00:00" },
                             { "2026-05-05T00:00:00Z", "no" },
                             { NULL, NULL } }, p);
    ask_all("[{\"type\":\"daily\",\"start\":\"00:00:30\",\"end\":\"00:01\"}]",
            (const ask_t[]){ { "2026-05-04T00:00:29Z", "no" },
                             { "2026-05-04T00:00:30Z", "2026-05-04T00:00 2026-05-04T00:01" },
                             { NULL, NULL } }, p);
    ask_all("[{\"type\":\"daily\",\"start\":\"08:00\",\"end\":\"09:00\",\"days\":\"sat, sun\"}]",
            (const ask_t[]){ { "2026-05-09T08:30:00Z", "2026-05-09T08:00 2026-05-09T09:00" },
                             { "2026-05-11T08:30:00Z", "no" },
                             { NULL, NULL } }, p);
}

/* 2026-05-04 is a Monday. A night belongs to the day it starts. */
static void
test_weekly(apr_pool_t *p)
{
    ask_all("[{\"type\":\"weekly\",\"days\":[\"Mon\"],\"start\":\"22:00\",\"end\":\"04:00\"}]",
            (const ask_t[]){ { "2026-05-04T03:00:00Z", "no" },
                             { "2026-05-04T22:00:00Z", "2026-05-04T22:00 2026-05-05T04:00" },
                             { "2026-05-05T03:59:59Z", "2026-05-04T22:00 2026-05-05T04:00" },
                             { "2026-05-05T22:30:00Z", "no" },
                             { NULL, NULL } }, p);
    ask_all("[{\"type\":\"weekly\",\"days\":[\"Sun\"],\"start\":\"23:00\",\"end\":\"01:00\","
            "\"timezone\":\"America/New_York\"}]",
            (const ask_t[]){ { "2026-05-04T02:59:59Z", "no" },
                             { "2026-05-04T03:00:00Z", "2026-05-04T03:00 2026-05-04T05:00" },
                             { "2026-05-04T04:59:59Z", "2026-05-04T03:00 2026-05-04T05:00" },
                             { "2026-05-04T05:00:00Z", "no" },
                             { "2026-05-05T03:30:00Z", "no" },
                             { NULL, NULL } }, p);
    ask_all("[{\"type\":\"weekly\",\"days\":[6,0],\"start\":\"10:00\",\"end\":\"11:00\","
            "\"timezone\":\"Asia/Kolkata\"}]",
            (const ask_t[]){ { "2026-05-03T04:30:00Z", "2026-05-03T04:30 2026-05-03T05:30" },
                             { "2026-05-04T05:29:59Z", "2026-05-04T04:30 2026-05-04T05:30" },
                             { "2026-05-05T05:00:00Z", "no" },
                             { NULL, NULL } }, p);
}

static void
test_days(apr_pool_t *p)
{
    static const char *const forms[][2] = {
        { "[\"mon\",\"Tuesday\",\"WED\"]", "Mon,Tue,Wed" },
        { "[0,1,2]", "Mon,Tue,Wed" },
        { "[\"0\",\"1\",2]", "Mon,Tue,Wed" },
        { "\"mon, tue ,wed\"", "Mon,Tue,Wed" },
        { "\"Mon-Wed\"", "Mon,Tue,Wed" },
        { "[\"mon - wed\"]", "Mon,Tue,Wed" },
        { "\"0-2\"", "Mon,Tue,Wed" },
        { "[\"sat-mon\"]", "Mon,Sat,Sun" },
        { "\"tues,thurs\"", "Tue,Thu" },
        { "6", "Sun" },
        { "\"fri-fri\"", "Fri" },
        { "[\"mon\",\"mon\"]", "Mon" },
        { "\"mon-sun\"", "" },
    };
    static const char *const bad[][2] = {
        { "[\"mo\"]", "mo" },         { "[7]", "7" },           { "[-1]", "-1" },
        { "\"mon;tue\"", "mon;tue" }, { "[null]", "null" },     { "[\"mon-\"]", "mon-" },
        { "\"mondays\"", "mondays" }, { "[true]", "true" },     { "{\"a\":1}", "{\"a\":1}" },
        { "\"mon x-fri\"", "mon x-fri" }, { "[1.5]", "1.5" },   { "[[\"mon\"]]", "[\"mon\"]" },
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const char *json = apr_psprintf(p, "[{\"type\":\"weekly\",\"days\":%s,\"start\":\"10:00\","
                                           "\"end\":\"09:59\"}]", forms[i][0]);
        hw_windows_t *w = windows(json, p);
        hw_window_hit_t hit = { 0 };
        apr_time_t t = apr_time_from_sec(1777888800); /* a Monday, 10:00 */

        for (int d = 0; d < 7 && !hw_windows_active(w, t, &hit, p); d++)
            t += apr_time_from_sec(86400);
        is(hit.text, apr_psprintf(p, "weekly %s%s10:00–09:59 UTC", forms[i][1],
                                  forms[i][1][0] ? " " : ""), "days as %s", forms[i][0]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        hw_result_t *res = hw_result_make(p);
        hw_windows_t *w;

        is_int(compile(apr_psprintf(p, "[{\"type\":\"weekly\",\"days\":%s,\"start\":\"10:00\","
                                       "\"end\":\"11:00\"}]", bad[i][0]), &w, res, p),
               APR_EINVAL, "refuses days %s", bad[i][0]);
        is(hw_result_text(res, p),
           apr_psprintf(p, "maintenance_windows[0].days: \"%s\" is not a day such as \"mon\", "
                           "\"mon-fri\" or 0 for Monday", bad[i][1]), "with its words");
    }
}

static void
test_once(apr_pool_t *p)
{
    ask_all("[{\"type\":\"once\",\"start\":\"2026-05-04T22:00:00Z\","
            "\"end\":\"2026-05-06T02:00:00+02:00\"}]",
            (const ask_t[]){ { "2026-05-04T21:59:59Z", "no" },
                             { "2026-05-04T22:00:00Z", "2026-05-04T22:00 2026-05-06T00:00" },
                             { "2026-05-05T23:59:59Z", "2026-05-04T22:00 2026-05-06T00:00" },
                             { "2026-05-06T00:00:00Z", "no" },
                             { NULL, NULL } }, p);
    ask_all("[{\"start\":\"2026-07-01 22:00\",\"end\":\"2026-07-01T23:00\","
            "\"timezone\":\"Europe/Berlin\",\"days\":[]}]",
            (const ask_t[]){ { "2026-07-01T19:59:59Z", "no" },
                             { "2026-07-01T20:00:00Z", "2026-07-01T20:00 2026-07-01T21:00" },
                             { "2026-07-01T21:00:00Z", "no" },
                             { NULL, NULL } }, p);
    /* one time with its offset, one without */
    ask_all("[{\"type\":\"once\",\"start\":\"2026-07-01T22:00Z\",\"end\":\"2026-07-02 02:00\","
            "\"timezone\":\"America/New_York\"}]",
            (const ask_t[]){ { "2026-07-01T22:00:00Z", "2026-07-01T22:00 2026-07-02T06:00" },
                             { NULL, NULL } }, p);
}

/* Europe/Berlin leaves out 02:00–03:00 on 2026-03-29 and repeats it on 2026-10-25. */
static void
test_daylight_saving(apr_pool_t *p)
{
    ask_all("[{\"type\":\"daily\",\"start\":\"02:30\",\"end\":\"03:30\","
            "\"timezone\":\"Europe/Berlin\"}]",
            (const ask_t[]){ { "2026-03-28T01:30:00Z", "2026-03-28T01:30 2026-03-28T02:30" },
                             { "2026-03-29T00:59:59Z", "no" },
                             { "2026-03-29T01:00:00Z", "2026-03-29T01:00 2026-03-29T01:30" },
                             { "2026-03-29T01:30:00Z", "no" },
                             { "2026-03-30T00:30:00Z", "2026-03-30T00:30 2026-03-30T01:30" },
                             { "2026-10-25T00:29:59Z", "no" },
                             { "2026-10-25T00:30:00Z", "2026-10-25T00:30 2026-10-25T02:30" },
                             { "2026-10-25T02:29:59Z", "2026-10-25T00:30 2026-10-25T02:30" },
                             { "2026-10-25T02:30:00Z", "no" },
                             { NULL, NULL } }, p);
    ask_all("[{\"type\":\"daily\",\"start\":\"02:10\",\"end\":\"02:50\","
            "\"timezone\":\"Europe/Berlin\"}]",
            (const ask_t[]){ { "2026-03-29T00:30:00Z", "no" },
                             { "2026-03-29T01:00:00Z", "no" }, /* wholly inside the gap */
                             { "2026-03-29T01:30:00Z", "no" },
                             { "2026-10-25T00:30:00Z", "2026-10-25T00:10 2026-10-25T00:50" },
                             { "2026-10-25T01:30:00Z", "no" }, /* the second time round */
                             { NULL, NULL } }, p);
    ask_all("[{\"type\":\"weekly\",\"days\":\"sat\",\"start\":\"22:00\",\"end\":\"06:00\","
            "\"timezone\":\"Europe/Berlin\"}]",
            (const ask_t[]){ { "2026-03-29T03:59:59Z", "2026-03-28T21:00 2026-03-29T04:00" },
                             { "2026-03-29T04:00:00Z", "no" },
                             { "2026-10-25T04:59:59Z", "2026-10-24T20:00 2026-10-25T05:00" },
                             { "2026-10-25T05:00:00Z", "no" },
                             { NULL, NULL } }, p);
    ask_all("[{\"type\":\"daily\",\"start\":\"23:00\",\"end\":\"00:30\","
            "\"timezone\":\"America/New_York\"}]",
            (const ask_t[]){ { "2026-01-15T04:00:00Z", "2026-01-15T04:00 2026-01-15T05:30" },
                             { "2026-07-15T03:00:00Z", "2026-07-15T03:00 2026-07-15T04:30" },
                             { "2026-07-15T04:30:00Z", "no" },
                             { "2045-07-15T03:00:00Z", "2045-07-15T03:00 2045-07-15T04:30" },
                             { NULL, NULL } }, p);
}

static void
test_hit(apr_pool_t *p)
{
    hw_windows_t *w = windows(
        "[{\"type\":\"daily\",\"start\":\"01:00\",\"end\":\"02:00\",\"recoveries\":\"skip\"},"
        "{\"type\":\"daily\",\"start\":\"01:30\",\"end\":\"03:00\",\"catch_up\":true,"
        "\"recoveries\":\"pass\",\"timezone\":\"\"},"
        "{\"type\":\"once\",\"start\":\"2026-05-04 05:00\",\"end\":\"2026-05-04 05:00:30\","
        "\"timezone\":\"Asia/Kolkata\"}]", p);
    hw_window_hit_t hit = { .index = -7 };
    apr_time_t t = 0;

    hw_time_parse("2026-05-04T04:00:00Z", &t, NULL);
    is_int(hw_windows_active(w, t, &hit, p), 0, "none at four");
    is_int(hit.index, -7, "and the hit is untouched");
    is_int(hw_windows_active(w, t - apr_time_from_sec(9000), &hit, p), 1, "two at half past one");
    is_int(hit.index, 0, "the first is taken");
    is(hit.text, "daily 01:00–02:00 UTC", "its text");
    ok(!hit.recoveries_pass && !hit.catch_up, "its options");
    is_int(hw_windows_active(w, t - apr_time_from_sec(7200), &hit, p), 1, "one at two");
    is_int(hit.index, 1, "the second");
    ok(hit.recoveries_pass && hit.catch_up, "its options");
    hw_time_parse("2026-05-03T23:30:00Z", &t, NULL);
    is_int(hw_windows_active(w, t, &hit, p), 1, "the third");
    is(hit.text, "once 2026-05-04 05:00–2026-05-04 05:00:30 Asia/Kolkata", "its text");
    ok(hit.recoveries_pass, "recoveries pass when nothing is said");
    is_int(hw_windows_active(NULL, t, &hit, p), 0, "no windows hold nothing");
    ok(windows("[]", p) == NULL && windows("null", p) == NULL, "an empty list is none");
}

static void
test_refused(apr_pool_t *p)
{
    static const char *const cases[][2] = {
        { "{}", "maintenance_windows: is not a list" },
        { "[7]", "maintenance_windows[0]: is not an object" },
        { "[{\"type\":\"monthly\"}]",
          "maintenance_windows[0].type: is none of once, daily and weekly" },
        { "[{\"type\":3}]", "maintenance_windows[0].type: is none of once, daily and weekly" },
        { "[{\"type\":\"daily\",\"end\":\"02:00\"}]", "maintenance_windows[0].start: is missing" },
        { "[{\"type\":\"daily\",\"start\":\"01:00\",\"end\":\" \"}]",
          "maintenance_windows[0].end: is missing" },
        { "[{\"type\":\"daily\",\"start\":100,\"end\":\"02:00\"}]",
          "maintenance_windows[0].start: is not a text" },
        { "[{\"type\":\"daily\",\"start\":\"01:00\",\"end\":\"02:00\"},"
          "{\"type\":\"daily\",\"start\":\"25:00\",\"end\":\"02:00\"}]",
          "maintenance_windows[1].start: \"25:00\" is not a time of day such as 22:00" },
        { "[{\"type\":\"daily\",\"start\":\"24:00\",\"end\":\"02:00\"}]",
          "maintenance_windows[0].start: \"24:00\" is not a time of day such as 22:00" },
        { "[{\"type\":\"daily\",\"start\":\"01:00\",\"end\":\"2:60\"}]",
          "maintenance_windows[0].end: \"2:60\" is not a time of day such as 22:00" },
        { "[{\"type\":\"daily\",\"start\":\"1\",\"end\":\"02:00\"}]",
          "maintenance_windows[0].start: \"1\" is not a time of day such as 22:00" },
        { "[{\"type\":\"daily\",\"start\":\"1:5\",\"end\":\"02:00\"}]",
          "maintenance_windows[0].start: \"1:5\" is not a time of day such as 22:00" },
        { "[{\"type\":\"daily\",\"start\":\"01:00pm\",\"end\":\"02:00\"}]",
          "maintenance_windows[0].start: \"01:00pm\" is not a time of day such as 22:00" },
        { "[{\"type\":\"daily\",\"start\":\"01:00:00:00\",\"end\":\"02:00\"}]",
          "maintenance_windows[0].start: \"01:00:00:00\" is not a time of day such as 22:00" },
        { "[{\"type\":\"weekly\",\"start\":\"01:00\",\"end\":\"02:00\"}]",
          "maintenance_windows[0].days: a weekly window names at least one day" },
        { "[{\"type\":\"once\",\"start\":\"22:00\",\"end\":\"23:00\"}]",
          "maintenance_windows[0].start: \"22:00\" is not a time such as 2026-11-20T06:14:08Z" },
        { "[{\"type\":\"once\",\"start\":\"2026-05-04 10:00\",\"end\":\"2026-05-04 10:00\"}]",
          "maintenance_windows[0].end: is not after the start" },
        { "[{\"type\":\"once\",\"start\":\"2026-03-29 02:10\",\"end\":\"2026-03-29 02:50\","
          "\"timezone\":\"Europe/Berlin\"}]",
          "maintenance_windows[0].end: is not after the start" },
        { "[{\"type\":\"daily\",\"start\":\"01:00\",\"end\":\"02:00\",\"timezone\":\"CEST/x\"}]",
          "maintenance_windows[0].timezone: \"CEST/x\" is no time zone this system knows" },
        { "[{\"type\":\"daily\",\"start\":\"01:00\",\"end\":\"02:00\",\"timezone\":1}]",
          "maintenance_windows[0].timezone: is not a text" },
        { "[{\"type\":\"daily\",\"start\":\"01:00\",\"end\":\"02:00\",\"recoveries\":\"drop\"}]",
          "maintenance_windows[0].recoveries: is neither pass nor skip" },
        { "[{\"type\":\"daily\",\"start\":\"01:00\",\"end\":\"02:00\",\"catch_up\":\"yes\"}]",
          "maintenance_windows[0].catch_up: is not true or false" },
        { "[{\"type\":\"daily\",\"start\":\"01:00\",\"end\":\"02:00\",\"tz\":null}]",
          "maintenance_windows[0].tz: is not a member of a window" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hw_result_t *res = hw_result_make(p);
        hw_windows_t *w;

        is_int(compile(cases[i][0], &w, res, p), APR_EINVAL, "refuses row %zu", i);
        is(hw_result_text(res, p), cases[i][1], "with its words");
        ok(w == NULL, "and no windows");
    }
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    test_daily(p);
    test_weekly(p);
    test_days(p);
    test_once(p);
    test_daylight_saving(p);
    test_hit(p);
    test_refused(p);
    return tap_done();
}
