/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones: the rule for all times a zone's transitions do not list. */
#include "common/zone_rule.h"

#include <apr_lib.h>
#include <string.h>

#define DAY 86400

static int
number(const char **s, int max)
{
    int n = 0;

    if (!apr_isdigit(**s))
        return -1;
    for (; apr_isdigit(**s); (*s)++)
        if ((n = n * 10 + **s - '0') > max)
            return -1;
    return n;
}

/* [+-]h[:mm[:ss]] in seconds; 0 when it is none. */
static int
clock_time(const char **s, int max_hours, int *out)
{
    int sign = **s == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;

    if (**s == '-' || **s == '+')
        (*s)++;
    hours = number(s, max_hours);
    if (hours >= 0 && **s == ':') {
        ++*s;
        minutes = number(s, 59);
        if (minutes >= 0 && **s == ':') {
            ++*s;
            seconds = number(s, 59);
        }
    }
    *out = sign * (hours * 3600 + minutes * 60 + seconds);
    return hours >= 0 && minutes >= 0 && seconds >= 0;
}

/* Skips a zone's abbreviation: letters, or anything in angle brackets. */
static int
abbreviation(const char **s)
{
    const char *from = *s;

    if (**s == '<') {
        *s = strchr(*s, '>');
        if (*s == NULL)
            return 0;
        return ++*s > from + 2;
    }
    while (apr_isalpha(**s))
        (*s)++;
    return *s - from >= 3;
}

static int
change_day(const char **s, hw_zone_change_t *c)
{
    if (**s == 'J') {
        ++*s;
        c->how = HW_DAY_JULIAN;
        return (c->day = number(s, 365)) >= 1;
    }
    if (**s != 'M') {
        c->how = HW_DAY_OF_YEAR;
        return (c->day = number(s, 365)) >= 0;
    }
    ++*s;
    c->how = HW_DAY_OF_MONTH;
    if ((c->month = number(s, 12)) < 1 || *(*s)++ != '.')
        return 0;
    if ((c->week = number(s, 5)) < 1 || *(*s)++ != '.')
        return 0;
    return (c->day = number(s, 6)) >= 0;
}

static int
change(const char **s, hw_zone_change_t *c)
{
    c->time = 2 * 3600;
    if (**s != ',')
        return 0;
    ++*s;
    if (!change_day(s, c))
        return 0;
    if (**s != '/')
        return 1;
    ++*s;
    return clock_time(s, 167, &c->time);
}

/* POSIX counts offsets west of Greenwich. */
int
hw_zone_rule_parse(const char *s, hw_zone_rule_t *r)
{
    int west;

    if (*s == '\0')
        return 1; /* no rule: the last transition holds for ever */
    if (!abbreviation(&s) || !clock_time(&s, 24, &west))
        return 0;
    r->present = 1;
    r->std_offset = -west;
    if (*s == '\0')
        return 1;
    if (!abbreviation(&s))
        return 0;
    r->dst_offset = r->std_offset + 3600;
    if (*s != ',') {
        if (!clock_time(&s, 24, &west))
            return 0;
        r->dst_offset = -west;
    }
    r->has_dst = 1;
    return change(&s, &r->start) && change(&s, &r->end) && *s == '\0';
}

/* The local second, counted as if it were UTC, at which a change happens in a year. */
static apr_int64_t
change_at(const hw_zone_change_t *c, int year)
{
    apr_int64_t first = hw_days_from_date(year, 1, 1), days = 0;
    int leap = hw_days_from_date(year + 1, 1, 1) - first == 366;

    switch (c->how) {
    case HW_DAY_JULIAN: /* February 29 is never counted */
        days = first + c->day - 1 + (leap && c->day >= 60);
        break;
    case HW_DAY_OF_YEAR:
        days = first + c->day;
        break;
    case HW_DAY_OF_MONTH: /* the week-th such weekday, 5 = the last; rules count from Sunday */
        days = hw_days_from_date(year, c->month, 1);
        days += ((c->day + 6) % 7 - hw_weekday(days) + 7) % 7 + 7 * (c->week - 1);
        if (days >= hw_days_from_date(year, c->month + 1, 1))
            days -= 7;
        break;
    }
    return days * DAY + c->time;
}

int
hw_zone_rule_offset(const hw_zone_rule_t *r, apr_int64_t t)
{
    int year, month, day, dst;
    apr_int64_t start, end, local = t + r->std_offset;

    if (!r->has_dst)
        return r->std_offset;
    hw_date_from_days(local / DAY - (local % DAY < 0), &year, &month, &day);
    start = change_at(&r->start, year) - r->std_offset;
    end = change_at(&r->end, year) - r->dst_offset;
    if (start < end)
        dst = t >= start && t < end;
    else
        dst = t >= start || t < end; /* summer spans the new year */
    return dst ? r->dst_offset : r->std_offset;
}
