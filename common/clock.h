/* SPDX-License-Identifier: Apache-2.0 */
/* Times: microseconds since 1970 UTC (apr_time_t) inside, RFC 3339 outside, IANA zones. */
#ifndef HW_CLOCK_H
#define HW_CLOCK_H

#include "common/hw.h"

/* "2026-11-20T06:14:08.412Z"; milliseconds, always UTC. */
const char *hw_time_rfc3339(apr_time_t t, apr_pool_t *p);
/* Also takes offsets (+01:00), a blank for T, no fraction, and a bare date or minutes (UTC).
 * APR_EINVAL "bad-time". */
apr_status_t hw_time_parse(const char *s, apr_time_t *out, hw_result_t *res);

/* Days since 1970-01-01 of a date of the Gregorian calendar; month and day may be out of range. */
apr_int64_t hw_days_from_date(int year, int month, int day);
void hw_date_from_days(apr_int64_t days, int *year, int *month, int *day);
int hw_weekday(apr_int64_t days); /* 0 = Monday … 6 = Sunday */

/* Microseconds of a clock that nobody sets and that counts while the machine sleeps: for pauses,
 * time-outs and leases. Only differences mean anything; it is no date, and no other machine's. */
apr_time_t hw_clock_mono(void);

typedef struct hw_zone_t hw_zone_t; /* NULL stands for UTC wherever a zone is asked for */
/* name NULL, "" or "UTC": UTC. Reads the system's zoneinfo (TZif); the name is checked against
 * escaping that folder. APR_EINVAL "bad-timezone". Read-only afterwards. */
apr_status_t hw_zone_load(const char *name, hw_zone_t **out, hw_result_t *res, apr_pool_t *p);
/* The same from the bytes of a TZif file (RFC 8536, version 2 or later). */
apr_status_t hw_zone_parse(const char *name, const void *data, apr_size_t len, hw_zone_t **out,
                           hw_result_t *res, apr_pool_t *p);
/* hw_time_parse, but a time without an offset is a local one of zone. */
apr_status_t hw_time_parse_in(const char *s, const hw_zone_t *zone, apr_time_t *out,
                              hw_result_t *res);

typedef struct {
    int year, month, day;     /* month 1–12 */
    int hour, minute, second;
    int weekday;              /* 0 = Monday … 6 = Sunday */
    int utc_offset;           /* seconds east of UTC in force */
} hw_local_t;
void hw_zone_local(const hw_zone_t *zone, apr_time_t t, hw_local_t *out);
/* The instant of a local wall-clock time. A time skipped by daylight saving maps to the instant
 * the gap ends (02:30 to what clocks show as 03:00); a repeated one to its first occurrence. The
 * parts may be out of range (day 0 = the last of the month before, hour 24 = midnight): they are
 * normalised. */
apr_time_t hw_zone_instant(const hw_zone_t *zone, int year, int month, int day, int hour,
                           int minute, int second);

#endif
