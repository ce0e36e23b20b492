/* SPDX-License-Identifier: Apache-2.0 */
/* Times as text, and the calendar. */
#include "common/clock.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <time.h>

#include "common/result.h"

#define DAY 86400

apr_time_t
hw_clock_mono(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return apr_time_from_sec((apr_time_t)ts.tv_sec) + ts.tv_nsec / 1000;
}

/* --- calendar -------------------------------------------------------------------------------- */

/* Quotient rounded down, so that times before 1970 come out right. */
static apr_int64_t
floor_div(apr_int64_t a, apr_int64_t b)
{
    return a / b - (a % b < 0);
}

/* Years are counted from March: the leap day is then the last of its year, and the days before
 * month m (0 = March) are (153 m + 2) / 5. */
apr_int64_t
hw_days_from_date(int year, int month, int day)
{
    apr_int64_t months = (apr_int64_t)year * 12 + month - 3;
    apr_int64_t y = floor_div(months, 12), m = months - y * 12;

    return y * 365 + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) + (153 * m + 2) / 5
           + day - 1 - 719468; /* days from 0000-03-01 to 1970-01-01 */
}

void
hw_date_from_days(apr_int64_t days, int *year, int *month, int *day)
{
    apr_int64_t z = days + 719468, era = floor_div(z, 146097); /* days of 400 years */
    apr_int64_t doe = z - era * 146097;
    apr_int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    apr_int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), m = (5 * doy + 2) / 153;

    *day = (int)(doy - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(era * 400 + yoe + (m >= 10));
}

int
hw_weekday(apr_int64_t days) /* 1970-01-01 was a Thursday */
{
    int w = (int)((days + 3) % 7);

    return w < 0 ? w + 7 : w;
}

/* --- writing --------------------------------------------------------------------------------- */

const char *
hw_time_rfc3339(apr_time_t t, apr_pool_t *p)
{
    apr_int64_t ms = floor_div(t, 1000), days = floor_div(ms, DAY * 1000);
    int of_day = (int)(ms - days * DAY * 1000), year, month, day;

    hw_date_from_days(days, &year, &month, &day);
    return apr_psprintf(p, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day,
                        of_day / 3600000, of_day / 60000 % 60, of_day / 1000 % 60, of_day % 1000);
}

/* --- reading --------------------------------------------------------------------------------- */

typedef struct {
    int year, month, day, hour, minute, second, micros;
    int has_offset, offset; /* seconds east */
} reading_t;

/* n digits at *s, which moves behind them; -1 when they are not there. */
static int
digits(const char **s, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (!apr_isdigit((*s)[i]))
            return -1;
        value = value * 10 + (*s)[i] - '0';
    }
    *s += n;
    return value;
}

static int
take(const char **s, char c)
{
    if (**s != c)
        return 0;
    (*s)++;
    return 1;
}

static int
read_date(const char **s, reading_t *r)
{
    int last;

    r->year = digits(s, 4);
    if (r->year < 0 || !take(s, '-'))
        return 0;
    r->month = digits(s, 2);
    if (r->month < 1 || r->month > 12 || !take(s, '-'))
        return 0;
    r->day = digits(s, 2);
    last = (int)(hw_days_from_date(r->year, r->month + 1, 1)
                 - hw_days_from_date(r->year, r->month, 1));
    return r->day >= 1 && r->day <= last;
}

/* Any number of digits, of which six count. */
static int
read_fraction(const char **s, reading_t *r)
{
    int unit = 100000;

    if (!apr_isdigit(**s))
        return 0;
    for (; apr_isdigit(**s); (*s)++, unit /= 10)
        r->micros += (**s - '0') * unit;
    return 1;
}

static int
read_clock(const char **s, reading_t *r)
{
    r->hour = digits(s, 2);
    if (r->hour < 0 || r->hour > 23 || !take(s, ':'))
        return 0;
    r->minute = digits(s, 2);
    if (r->minute < 0 || r->minute > 59)
        return 0;
    if (!take(s, ':'))
        return 1;
    r->second = digits(s, 2);
    if (r->second < 0 || r->second > 60) /* 60: a leap second, the first second of what follows */
        return 0;
    return take(s, '.') || take(s, ',') ? read_fraction(s, r) : 1;
}

/* Z, +01:00, +0100, +01, or nothing. */
static int
read_offset(const char **s, reading_t *r)
{
    int hours, minutes = 0, sign = **s == '-' ? -1 : 1;

    if (**s == '\0')
        return 1;
    r->has_offset = 1;
    if (take(s, 'Z') || take(s, 'z'))
        return 1;
    if (!take(s, '+') && !take(s, '-'))
        return 0;
    hours = digits(s, 2);
    if (take(s, ':') || **s != '\0')
        minutes = digits(s, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return 0;
    r->offset = sign * (hours * 3600 + minutes * 60);
    return 1;
}

static int
read_time(const char *s, reading_t *r)
{
    s += strspn(s, " \t");
    if (!read_date(&s, r))
        return 0;
    if (take(&s, 'T') || take(&s, 't') || (*s == ' ' && apr_isdigit(s[1]) && take(&s, ' '))) {
        if (!read_clock(&s, r))
            return 0;
        s += strspn(s, " "); /* "06:14:08 +0000", "06:14 " */
        if (!read_offset(&s, r))
            return 0;
    }
    return s[strspn(s, " \t")] == '\0';
}

apr_status_t
hw_time_parse_in(const char *s, const hw_zone_t *zone, apr_time_t *out, hw_result_t *res)
{
    reading_t r = { 0 };

    if (s == NULL || !read_time(s, &r))
        return hw_fail(res, APR_EINVAL, "bad-time",
                       "\"%.40s\" is not a time such as 2026-11-20T06:14:08Z", s ? s : "");
    if (r.has_offset)
        zone = NULL;
    *out = hw_zone_instant(zone, r.year, r.month, r.day, r.hour, r.minute, r.second)
           - apr_time_from_sec(r.offset) + r.micros;
    return APR_SUCCESS;
}

apr_status_t
hw_time_parse(const char *s, apr_time_t *out, hw_result_t *res)
{
    return hw_time_parse_in(s, NULL, out, res);
}
