/* SPDX-License-Identifier: Apache-2.0 */
/* Times as text, the calendar, and time zones in both directions. */
#include "common/clock.h"

#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "t/lib/tap.h"

static const char *
parsed(const char *s, const hw_zone_t *zone, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    apr_time_t t;

    if (hw_time_parse_in(s, zone, &t, res) != APR_SUCCESS)
        return strcmp(res->problem, "bad-time") == 0 ? res->detail : "another problem";
    return hw_time_rfc3339(t, p);
}

static void
test_text(apr_pool_t *p)
{
    static const char *const good[][2] = {
        { "2026-11-20T06:14:08.412Z", "2026-11-20T06:14:08.412Z" },
        { "2026-11-20t06:14:08z", "2026-11-20T06:14:08.000Z" },
        { "2026-11-20T06:14:08.4129999Z", "2026-11-20T06:14:08.412Z" },
        { "2026-11-20T06:14:08,5Z", "2026-11-20T06:14:08.500Z" },
        { "2026-11-20T06:14:08+01:00", "2026-11-20T05:14:08.000Z" },
        { "2026-11-20T06:14:08-0530", "2026-11-20T11:44:08.000Z" },
        { "2026-11-20T00:30:00+14", "2026-11-19T10:30:00.000Z" },
        { "2026-11-20 06:14:08 +0000", "2026-11-20T06:14:08.000Z" },
        { "2026-11-20 06:14", "2026-11-20T06:14:00.000Z" },
        { " 2026-11-20 ", "2026-11-20T00:00:00.000Z" },
        { "2024-02-29", "2024-02-29T00:00:00.000Z" },
        { "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z" },
        { "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z" },
        { "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z" },
        { "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z" },
    };
    static const char *const bad[] = {
        "", "now", "2026", "2026-11", "2026-13-01", "2026-00-01", "2026-11-31", "2026-11-00",
        "2025-02-29", "1900-02-29", "2026-11-20T", "2026-11-20T24:00Z", "2026-11-20T06",
        "2026-11-20T06:60Z", "2026-11-20T06:14:61Z", "2026-11-20T06:14:08.Z",
        "2026-11-20T06:14:08+1", "2026-11-20T06:14:08+01:60", "2026-11-20T06:14:08+24:00",
        "2026-11-20T06:14:08ZZ", "2026-11-20T06:14:08Zx", "2026-11-20x", "20261120",
        "-026-11-20", "2026-11-20T06:14:08 Berlin",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        is(parsed(good[i][0], NULL, p), good[i][1], "reads %s", good[i][0]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        is(parsed(bad[i], NULL, p),
           apr_psprintf(p, "\"%s\" is not a time such as 2026-11-20T06:14:08Z", bad[i]),
           "refuses \"%s\"", bad[i]);
    is(parsed(NULL, NULL, p), "\"\" is not a time such as 2026-11-20T06:14:08Z", "refuses none");
    is(hw_time_rfc3339(0, p), "1970-01-01T00:00:00.000Z", "the epoch");
    is(hw_time_rfc3339(-1, p), "1969-12-31T23:59:59.999Z", "a microsecond before it");
}

static void
test_calendar(void)
{
    int wrong = 0;

    for (apr_int64_t d = -800000; d < 800000; d++) {
        int y, m, day;

        hw_date_from_days(d, &y, &m, &day);
        wrong += m < 1 || m > 12 || day < 1 || day > 31 || hw_days_from_date(y, m, day) != d;
    }
    is_int(wrong, 0, "days to dates and back, 4,000 years");
    is_int(hw_days_from_date(1970, 1, 1), 0, "day 0");
    is_int(hw_days_from_date(2000, 3, 1), 11017, "after a leap day");
    is_int(hw_days_from_date(2026, 3, 0), hw_days_from_date(2026, 2, 28), "day 0 of a month");
    is_int(hw_days_from_date(2026, 13, 1), hw_days_from_date(2027, 1, 1), "month 13");
    is_int(hw_days_from_date(2026, 0, 1), hw_days_from_date(2025, 12, 1), "month 0");
}

static hw_zone_t *
zone_of(const char *name, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_zone_t *zone = NULL;

    if (hw_zone_load(name, &zone, res, p) != APR_SUCCESS)
        tap_diag("%s", hw_result_text(res, p));
    return zone;
}

static const char *
local(const hw_zone_t *zone, const char *utc, apr_pool_t *p)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    hw_local_t l;
    apr_time_t t = 0;

    hw_time_parse(utc, &t, NULL);
    hw_zone_local(zone, t, &l);
    return apr_psprintf(p, "%s %04d-%02d-%02d %02d:%02d:%02d %+d", days[l.weekday], l.year,
                        l.month, l.day, l.hour, l.minute, l.second, l.utc_offset / 60);
}

static void
test_local(apr_pool_t *p)
{
    static const char *const cases[][3] = {
        { "Europe/Berlin", "2026-03-29T00:59:59Z", "Sun 2026-03-29 01:59:59 +60" },
        { "Europe/Berlin", "2026-03-29T01:00:00Z", "Sun 2026-03-29 03:00:00 +120" },
        { "Europe/Berlin", "2026-10-25T00:59:59Z", "Sun 2026-10-25 02:59:59 +120" },
        { "Europe/Berlin", "2026-10-25T01:00:00Z", "Sun 2026-10-25 02:00:00 +60" },
        { "Europe/Berlin", "2027-03-28T01:00:00Z", "Sun 2027-03-28 03:00:00 +120" },
        { "Europe/Berlin", "2027-10-31T01:00:00Z", "Sun 2027-10-31 02:00:00 +60" },
        { "Europe/Berlin", "2099-07-01T12:00:00Z", "Wed 2099-07-01 14:00:00 +120" },
        { "America/New_York", "2026-03-08T06:59:59Z", "Sun 2026-03-08 01:59:59 -300" },
        { "America/New_York", "2026-03-08T07:00:00Z", "Sun 2026-03-08 03:00:00 -240" },
        { "America/New_York", "2026-11-01T05:59:59Z", "Sun 2026-11-01 01:59:59 -240" },
        { "America/New_York", "2026-11-01T06:00:00Z", "Sun 2026-11-01 01:00:00 -300" },
        { "America/New_York", "2027-03-14T07:00:00Z", "Sun 2027-03-14 03:00:00 -240" },
        { "America/New_York", "2027-11-07T06:00:00Z", "Sun 2027-11-07 01:00:00 -300" },
        { "Asia/Kolkata", "2026-07-01T18:30:00Z", "Thu 2026-07-02 00:00:00 +330" },
        { "Australia/Sydney", "2026-12-31T13:00:00Z", "Fri 2027-01-01 00:00:00 +660" },
        { "UTC", "2026-07-01T18:30:00Z", "Wed 2026-07-01 18:30:00 +0" },
        { "", "1969-12-31T23:59:59Z", "Wed 1969-12-31 23:59:59 +0" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        is(local(zone_of(cases[i][0], p), cases[i][1], p), cases[i][2], "%s in %s", cases[i][1],
           cases[i][0]);
    is(local(NULL, "2026-07-01T18:30:00Z", p), "Wed 2026-07-01 18:30:00 +0", "no zone is UTC");
}

static void
test_instant(apr_pool_t *p)
{
    static const char *const cases[][3] = {
        { "Europe/Berlin", "2026-01-15 12:00", "2026-01-15T11:00:00.000Z" },
        { "Europe/Berlin", "2026-07-15 12:00", "2026-07-15T10:00:00.000Z" },
        { "Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59.000Z" },
        { "Europe/Berlin", "2026-03-29 02:00", "2026-03-29T01:00:00.000Z" },   /* the gap */
        { "Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00.000Z" },
        { "Europe/Berlin", "2026-03-29 02:59:59", "2026-03-29T01:00:00.000Z" },
        { "Europe/Berlin", "2026-03-29 03:00", "2026-03-29T01:00:00.000Z" },
        { "Europe/Berlin", "2026-10-25 01:59", "2026-10-24T23:59:00.000Z" },
        { "Europe/Berlin", "2026-10-25 02:00", "2026-10-25T00:00:00.000Z" },   /* twice */
        { "Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00.000Z" },
        { "Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00.000Z" },
        { "Europe/Berlin", "2050-03-27 02:30", "2050-03-27T01:00:00.000Z" },   /* by the footer */
        { "America/New_York", "2026-03-08 02:30", "2026-03-08T07:00:00.000Z" },
        { "America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00.000Z" },
        { "Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00.000Z" }, /* half an hour */
        { "Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00.000Z" },
        { "Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00.000Z" }, /* a day left out */
        { "Europe/Berlin", "2026-07-15T12:00:00Z", "2026-07-15T12:00:00.000Z" },
        { "Europe/Berlin", "2026-07-15T12:00:00-04:00", "2026-07-15T16:00:00.000Z" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        is(parsed(cases[i][1], zone_of(cases[i][0], p), p), cases[i][2], "%s of %s is", cases[i][1],
           cases[i][0]);
    is(hw_time_rfc3339(hw_zone_instant(NULL, 2026, 3, 0, 24, 0, 0), p), "2026-03-01T00:00:00.000Z",
       "day 0 and hour 24 are normalised");
}

/* The C library reads the same files with code of its own. */
static void
test_against_libc(apr_pool_t *p)
{
    static const char *const names[] = {
        "Europe/Berlin", "Europe/Dublin", "Europe/London", "America/New_York", "America/St_Johns",
        "America/Sao_Paulo", "America/Santiago", "Africa/Casablanca", "Africa/Cairo",
        "Asia/Kolkata", "Asia/Kathmandu", "Asia/Gaza", "Australia/Lord_Howe", "Pacific/Apia",
        "Pacific/Chatham", "America/Nuuk", "Antarctica/Troll", "EST5EDT",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        hw_zone_t *zone = zone_of(names[i], p);
        int wrong = 0, back = 0;

        setenv("TZ", names[i], 1);
        tzset();
        /* 1970 to 2110, in steps that meet all hours of the day */
        for (time_t t = 0; zone != NULL && t < 4417977600; t += 40007) {
            hw_local_t l;
            struct tm tm;

            localtime_r(&t, &tm);
            hw_zone_local(zone, apr_time_from_sec(t), &l);
            wrong += l.year != tm.tm_year + 1900 || l.month != tm.tm_mon + 1 || l.day != tm.tm_mday
                     || l.hour != tm.tm_hour || l.minute != tm.tm_min || l.second != tm.tm_sec
                     || l.utc_offset != tm.tm_gmtoff || l.weekday != (tm.tm_wday + 6) % 7;
            hw_zone_local(zone, hw_zone_instant(zone, l.year, l.month, l.day, l.hour, l.minute,
                                                l.second), &l);
            back += l.hour != tm.tm_hour || l.minute != tm.tm_min || l.day != tm.tm_mday;
        }
        ok(zone != NULL && wrong == 0, "%s as the C library has it (%d differ)", names[i], wrong);
        is_int(back, 0, "and local times lead back to themselves");
    }
    unsetenv("TZ");
    tzset();
}

/* A file of no transitions, one type of offset 0, and a rule. */
static const char *
tzif(const char *footer, apr_size_t *len, apr_pool_t *p)
{
    char head[44] = "TZif2";
    char *data;

    head[39] = 1; /* types */
    head[43] = 4; /* characters */
    *len = 2 * (sizeof(head) + 6 + 4) + strlen(footer);
    data = apr_pcalloc(p, *len + 1);
    memcpy(data, head, sizeof(head));
    memcpy(data + 50, "UTC", 4);
    memcpy(data + 54, data, 54);
    strcpy(data + 108, footer);
    return data;
}

static const char *
by_rule(const char *footer, const char *utc, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_zone_t *zone;
    apr_size_t len;
    const char *data = tzif(footer, &len, p);

    if (hw_zone_parse("t", data, len, &zone, res, p) != APR_SUCCESS)
        return hw_result_text(res, p);
    return local(zone, utc, p);
}

static void
test_rules(apr_pool_t *p)
{
    static const char *const cases[][3] = {
        { "\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2026-03-29T00:59:59Z", "Sun 2026-03-29 01:59:59 +60" },
        { "\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2026-03-29T01:00:00Z", "Sun 2026-03-29 03:00:00 +120" },
        { "\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2026-10-25T01:00:00Z", "Sun 2026-10-25 02:00:00 +60" },
        { "\nEST5EDT,M3.2.0,M11.1.0\n", "2027-03-14T07:00:00Z", "Sun 2027-03-14 03:00:00 -240" },
        { "\nAEST-10AEDT,M10.1.0,M4.1.0/3\n", "2026-04-04T15:59:59Z",
          "Sun 2026-04-05 02:59:59 +660" },
        { "\nAEST-10AEDT,M10.1.0,M4.1.0/3\n", "2026-04-04T16:00:00Z",
          "Sun 2026-04-05 02:00:00 +600" },
        { "\nAEST-10AEDT,M10.1.0,M4.1.0/3\n", "2026-12-31T13:00:00Z",
          "Fri 2027-01-01 00:00:00 +660" },
        { "\nIST-1GMT0,M10.5.0,M3.5.0/1\n", "2026-07-01T12:00:00Z", "Wed 2026-07-01 13:00:00 +60" },
        { "\nIST-1GMT0,M10.5.0,M3.5.0/1\n", "2026-01-01T12:00:00Z", "Thu 2026-01-01 12:00:00 +0" },
        { "\n<-03>3<-02>,M3.5.0/-2,M10.5.0/-1\n", "2026-03-29T00:59:59Z",
          "Sat 2026-03-28 21:59:59 -180" },
        { "\n<-03>3<-02>,M3.5.0/-2,M10.5.0/-1\n", "2026-03-29T01:00:00Z",
          "Sat 2026-03-28 23:00:00 -120" },
        { "\n<+1030>-10:30<+11>-11,M10.1.0,M4.1.0\n", "2026-07-01T00:00:00Z",
          "Wed 2026-07-01 10:30:00 +630" },
        { "\nIST-5:30\n", "2026-07-01T00:00:00Z", "Wed 2026-07-01 05:30:00 +330" },
        { "\nXXX0YYY,J60,J300\n", "2024-03-01T01:59:59Z", "Fri 2024-03-01 01:59:59 +0" },
        { "\nXXX0YYY,J60,J300\n", "2024-03-01T02:00:00Z", "Fri 2024-03-01 03:00:00 +60" },
        { "\nXXX0YYY,59,300\n", "2024-02-29T02:00:00Z", "Thu 2024-02-29 03:00:00 +60" },
        { "\nXXX3EDT4,0/0,J365/23\n", "2026-12-31T23:30:00Z", "Thu 2026-12-31 19:30:00 -240" },
        { "\n\n", "2026-07-01T00:00:00Z", "Wed 2026-07-01 00:00:00 +0" },
        { "\nCE-1\n", "", "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\nCET\n", "", "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\n<>-1\n", "", "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\n<AB\n", "", "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\nCET-25\n", "", "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\nCET-1CEST\n", "", "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\nCET-1CEST,M13.5.0,M10.5.0\n", "",
          "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\nCET-1CEST,M3.6.0,M10.5.0\n", "",
          "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\nCET-1CEST,M3.5.7,M10.5.0\n", "",
          "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\nCET-1CEST,M3.5.0,M10.5.0/168\n", "",
          "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\nCET-1CEST,M3.5.0,M10.5.0x\n", "",
          "zone file \"t\" has a footer that is no POSIX TZ rule" },
        { "\nCET-1", "", "zone file \"t\" has no footer" },
        { "CET-1\n", "", "zone file \"t\" has no footer" },
        { "", "", "zone file \"t\" has no footer" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        is(by_rule(cases[i][0], cases[i][1], p), cases[i][2], "rule of row %zu", i);
}

static void
test_bad_zones(apr_pool_t *p)
{
    static const char *const cases[][2] = {
        { "Europe/Atlantis", "\"Europe/Atlantis\" is no time zone this system knows" },
        { "Europe", "\"Europe\" is no time zone this system knows" },
        { "../../../etc/passwd",
          "\"../../../etc/passwd\" is not a time zone name such as Europe/Berlin" },
        { "/etc/localtime", "\"/etc/localtime\" is not a time zone name such as Europe/Berlin" },
        { "Europe//Berlin", "\"Europe//Berlin\" is not a time zone name such as Europe/Berlin" },
        { "Europe/", "\"Europe/\" is not a time zone name such as Europe/Berlin" },
        { "zone.tab", "\"zone.tab\" is not a time zone name such as Europe/Berlin" },
        { "leapseconds", "zone file \"leapseconds\" is no TZif data of version 2 or later" },
    };
    hw_result_t *res = hw_result_make(p);
    hw_zone_t *zone;
    apr_size_t len;
    const char *data;
    int accepted = 0;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is_int(hw_zone_load(cases[i][0], &zone, res, p), APR_EINVAL, "refuses %s", cases[i][0]);
        is(hw_result_text(res, p), cases[i][1], "with its words");
        is(res->problem, "bad-timezone", "and slug");
    }
    data = tzif("\nCET-1\n", &len, p);
    for (apr_size_t cut = 0; cut < len; cut++) {
        char *exact = malloc(cut ? cut : 1); /* so that the sanitizer sees a read beyond it */

        memcpy(exact, data, cut);
        accepted += hw_zone_parse("t", exact, cut, &zone, NULL, p) == APR_SUCCESS;
        free(exact);
    }
    is_int(accepted, 0, "a file cut anywhere is refused");
    ((char *)data)[54 + 32] = 0x7f; /* two thousand million transitions */
    is_int(hw_zone_parse("t", data, len, &zone, res, p), APR_EINVAL, "counts beyond the file");
    is(res->detail, "zone file \"t\" is cut off", "are a file cut off");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    test_text(p);
    test_calendar();
    test_local(p);
    test_instant(p);
    test_against_libc(p);
    test_rules(p);
    test_bad_zones(p);
    return tap_done();
}
