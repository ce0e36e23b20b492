/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance windows: compiled, asked with a time. */
#ifndef HW_WINDOW_H
#define HW_WINDOW_H

#include "common/clock.h"
#include "common/json.h"

typedef struct hw_windows_t hw_windows_t;

typedef struct {
    int index;             /* position in the list */
    const char *text;      /* "daily 22:00–04:00 Europe/Berlin", "weekly Mon,Tue 22:00–04:00 UTC" */
    int recoveries_pass;   /* default yes */
    int catch_up;
    apr_time_t starts, ends; /* of the occurrence that holds now */
} hw_window_hit_t;

/* v: array of {type: once|daily|weekly, start, end, days, timezone, recoveries, catch_up}; NULL or
 * empty gives NULL. type is once when absent.
 * once: start and end are RFC 3339, or local times "YYYY-MM-DD HH:MM" of the zone. daily, weekly:
 * "HH:MM", local; end before or equal start crosses midnight and belongs to the day it starts; an
 * end may be 24:00. days (weekly: required; daily: every day when absent): names ("mon",
 * "Monday"), ranges ("mon-fri") or numbers 0 = Monday … 6 = Sunday, as list or comma text.
 * The end is exclusive. A start that daylight saving skips is the end of the gap, and a window
 * wholly inside the gap does not happen; of a repeated time the first occurrence counts.
 * recoveries: "pass" (default) or "skip". Unknown members are refused.
 * Errors: APR_EINVAL with "maintenance_windows[1].start" and the like. */
apr_status_t hw_windows_compile(const hw_json_t *v, hw_windows_t **out, hw_result_t *res,
                                apr_pool_t *p);
/* The first active window at now; 0 = none, *hit untouched. w may be NULL. */
int hw_windows_active(const hw_windows_t *w, apr_time_t now, hw_window_hit_t *hit, apr_pool_t *p);


/* Occurrences active at from or starting before until, by start, at most max of them: array of
 * hw_window_hit_t. w may be NULL. */
apr_array_header_t *hw_windows_between(const hw_windows_t *w, apr_time_t from, apr_time_t until,
                                       int max, apr_pool_t *p);

#endif
