/* SPDX-License-Identifier: Apache-2.0 */
/* The POSIX TZ rule behind a zone's last transition: "CET-1CEST,M3.5.0,M10.5.0/3". */
#ifndef HW_ZONE_RULE_H
#define HW_ZONE_RULE_H

#include "common/clock.h"

/* One change of a POSIX TZ rule: a day of the year, and seconds into it (-167 to 167 hours). */
typedef struct {
    enum { HW_DAY_JULIAN, HW_DAY_OF_YEAR, HW_DAY_OF_MONTH } how;
    int month, week, day;
    int time;
} hw_zone_change_t;

typedef struct {
    int present, has_dst;
    int std_offset, dst_offset; /* seconds east */
    hw_zone_change_t start, end;
} hw_zone_rule_t;

/* 0 when s is no such rule; an empty text is one that says nothing (present stays 0). */
int hw_zone_rule_parse(const char *s, hw_zone_rule_t *r);
/* Seconds east in force at t, seconds since 1970. */
int hw_zone_rule_offset(const hw_zone_rule_t *r, apr_int64_t t);

#endif
