/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics: how much came, and what became of it. */
#include <string.h>

#include "common/result.h"
#include "htdocs/cgi/resource.h"

#define HOUR apr_time_from_sec(3600)
#define DAY  apr_time_from_sec(86400)

/* Periods by name: so many hours or days, the present one last. */
typedef struct {
    const char *name, *span;
    int points;
} period_t;
static const period_t sums[] = {{"today", "day", 1}, {"24h", "hour", 24}, {NULL, NULL, 0}};
static const period_t lines[] = {
    {"daily", "hour", 24}, {"weekly", "day", 7}, {"monthly", "day", 30}, {NULL, NULL, 0}};

static apr_status_t
read_filter(hwc_t *c, const period_t *periods, const char *known, hw_stats_filter_t *f,
            const char **name)
{
    const char *asked = hwc_arg(c, "period");
    const period_t *period = periods;

    while (asked != NULL && period->name != NULL && strcmp(asked, period->name) != 0)
        period++;
    if (period->name == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-argument", "period", "takes %s", known);
    *name = period->name;
    *f = (hw_stats_filter_t){.tenant = hwc_tenant(c), .endpoint_id = hwc_arg(c, "endpoint_id"),
                             .span = period->span, .points = period->points};
    if (strcmp(period->span, "hour") == 0)
        f->from = c->now - c->now % HOUR - (period->points - 1) * HOUR;
    else
        f->from = c->now - c->now % DAY - (period->points - 1) * DAY;
    return APR_SUCCESS;
}

apr_status_t
hwc_stats(hwc_t *c)
{
    hw_stats_filter_t f;
    const char *name;
    hw_store_t *s;
    hw_json_t *v;
    apr_status_t rv;

    if ((rv = read_filter(c, sums, "today or 24h", &f, &name)) != APR_SUCCESS ||
        (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_stats(s, &f, &v, c->res, c->p)) != APR_SUCCESS ||
        (rv = hw_store_stats_now(s, f.tenant, c->now, v, c->res, c->p)) != APR_SUCCESS)
        return rv;
    hw_json_set_string(v, "period", name);
    return hwc_json(c, 200, json_object_get(v));
}

apr_status_t
hwc_stats_history(hwc_t *c)
{
    hw_stats_filter_t f;
    hw_json_t *items, *v;
    const char *name;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = read_filter(c, lines, "daily, weekly or monthly", &f, &name)) != APR_SUCCESS ||
        (rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_stats_points(s, &f, &items, c->res, c->p)) != APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    hw_json_set_string(v, "period", name);
    hw_json_set(v, "items", json_object_get(items));
    hw_json_set(v, "next", NULL);
    return hwc_json(c, 200, v);
}
