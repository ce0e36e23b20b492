/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones: TZif files, and local times in both directions. */
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/result.h"
#include "common/zone_rule.h"

#define ZONEINFO "/usr/share/zoneinfo"
#define ZONE_FILE_MAX (256 * 1024) /* bytes; the largest of 2026 has 4 KB */
#define ZONE_NAME_MAX 64
#define DAY 86400
#define HEADER 44

struct hw_zone_t {
    int ntimes;
    apr_int64_t *times;   /* seconds since 1970, ascending */
    int *offsets;         /* in force from times[i] on, seconds east */
    int first_offset;     /* before the first of them */
    hw_zone_rule_t rule;          /* after the last */
};

/* --- TZif ------------------------------------------------------------------------------------ */

typedef struct {
    const unsigned char *at;
    apr_size_t left;
} bytes_t;

typedef struct {
    apr_uint32_t isut, isstd, leap, times, types, chars;
} counts_t;

static apr_uint32_t
be32(const unsigned char *b)
{
    return (apr_uint32_t)b[0] << 24 | (apr_uint32_t)b[1] << 16 | (apr_uint32_t)b[2] << 8 | b[3];
}

static apr_int64_t
be64(const unsigned char *b)
{
    return (apr_int64_t)((apr_uint64_t)be32(b) << 32 | be32(b + 4));
}

static const unsigned char *
skip(bytes_t *in, apr_uint64_t n)
{
    const unsigned char *here = in->at;

    if (n > in->left)
        return NULL;
    in->at += n;
    in->left -= (apr_size_t)n;
    return here;
}

static int
header(bytes_t *in, counts_t *c)
{
    const unsigned char *h = skip(in, HEADER);

    if (h == NULL || memcmp(h, "TZif", 4) != 0 || h[4] < '2')
        return 0;
    *c = (counts_t){ .isut = be32(h + 20), .isstd = be32(h + 24), .leap = be32(h + 28),
                     .times = be32(h + 32), .types = be32(h + 36), .chars = be32(h + 40) };
    return c->types >= 1 && c->types <= 256;
}

/* What follows transitions and types in a data block; time_size is 4 or 8 bytes. */
static apr_uint64_t
rest_size(const counts_t *c, int time_size)
{
    return (apr_uint64_t)c->chars + (apr_uint64_t)c->leap * (unsigned int)(time_size + 4)
           + c->isstd + c->isut;
}

static const char *
transitions(bytes_t *in, const counts_t *c, hw_zone_t *zone, apr_pool_t *p)
{
    const unsigned char *times = skip(in, (apr_uint64_t)c->times * 8);
    const unsigned char *index = times ? skip(in, c->times) : NULL;
    const unsigned char *types = index ? skip(in, (apr_uint64_t)c->types * 6) : NULL;

    if (types == NULL || skip(in, rest_size(c, 8)) == NULL)
        return "is cut off";
    zone->ntimes = (int)c->times;
    zone->times = apr_palloc(p, c->times * sizeof(*zone->times) + 1);
    zone->offsets = apr_palloc(p, c->times * sizeof(*zone->offsets) + 1);
    zone->first_offset = (int)be32(types);
    for (apr_uint32_t i = 0; i < c->times; i++) {
        zone->times[i] = be64(times + 8 * i);
        if (index[i] >= c->types || (i > 0 && zone->times[i] <= zone->times[i - 1]))
            return "has transitions out of order";
        zone->offsets[i] = (int)be32(types + 6 * index[i]);
        if (zone->offsets[i] < -DAY || zone->offsets[i] > DAY)
            return "has an offset of more than a day";
    }
    return zone->first_offset < -DAY || zone->first_offset > DAY
               ? "has an offset of more than a day" : NULL;
}

static const char *
footer(const bytes_t *in, hw_zone_rule_t *rule, apr_pool_t *p)
{
    const unsigned char *end;

    if (in->left < 2 || in->at[0] != '\n')
        return "has no footer";
    end = memchr(in->at + 1, '\n', in->left - 1);
    if (end == NULL || memchr(in->at + 1, '\0', (apr_size_t)(end - in->at - 1)) != NULL)
        return "has no footer";
    if (!hw_zone_rule_parse(
            apr_pstrmemdup(p, (const char *)in->at + 1, (apr_size_t)(end - in->at - 1)), rule))
        return "has a footer that is no POSIX TZ rule";
    return NULL;
}

static const char *
parse(bytes_t in, hw_zone_t *zone, apr_pool_t *p)
{
    counts_t c;
    const char *why;

    if (!header(&in, &c))
        return "is no TZif data of version 2 or later";
    if (skip(&in, (apr_uint64_t)c.times * 5 + (apr_uint64_t)c.types * 6 + rest_size(&c, 4)) == NULL)
        return "is cut off";
    if (!header(&in, &c))
        return "is no TZif data of version 2 or later";
    if (c.leap > 0)
        return "counts leap seconds";
    why = transitions(&in, &c, zone, p);
    return why != NULL ? why : footer(&in, &zone->rule, p);
}

apr_status_t
hw_zone_parse(const char *name, const void *data, apr_size_t len, hw_zone_t **out,
              hw_result_t *res, apr_pool_t *p)
{
    hw_zone_t *zone = apr_pcalloc(p, sizeof(*zone));
    const char *why = parse((bytes_t){ .at = data, .left = len }, zone, p);

    if (why != NULL)
        return hw_fail(res, APR_EINVAL, "bad-timezone", "zone file \"%s\" %s", name, why);
    *out = zone;
    return APR_SUCCESS;
}

/* --- files ----------------------------------------------------------------------------------- */

/* No dot is permitted at all: no zone has one, and none leaves the folder without. */
static int
plain_name(const char *name)
{
    apr_size_t len = strlen(name);

    for (const char *s = name; *s != '\0'; s++)
        if (!apr_isalnum(*s) && strchr("_+-/", *s) == NULL)
            return 0;
    return len > 0 && len <= ZONE_NAME_MAX && name[0] != '/' && name[len - 1] != '/'
           && strstr(name, "//") == NULL;
}

static apr_status_t
read_zone(const char *path, unsigned char **out, apr_size_t *len, apr_pool_t *p)
{
    apr_file_t *f;
    apr_finfo_t info;
    apr_status_t rv = apr_file_open(&f, path, APR_FOPEN_READ, APR_OS_DEFAULT, p);

    if (rv != APR_SUCCESS)
        return rv;
    rv = apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_TYPE, f);
    if (rv == APR_SUCCESS && (info.filetype != APR_REG || info.size > ZONE_FILE_MAX))
        rv = APR_EINVAL;
    if (rv == APR_SUCCESS) {
        *out = apr_palloc(p, (apr_size_t)info.size + 1);
        rv = apr_file_read_full(f, *out, (apr_size_t)info.size, len);
    }
    apr_file_close(f);
    return rv;
}

static int
zoneinfo_missing(apr_pool_t *p)
{
    apr_finfo_t info;

    return apr_stat(&info, ZONEINFO, APR_FINFO_TYPE, p) != APR_SUCCESS;
}

apr_status_t
hw_zone_load(const char *name, hw_zone_t **out, hw_result_t *res, apr_pool_t *p)
{
    unsigned char *buf;
    apr_size_t len;

    if (name == NULL || name[0] == '\0' || strcasecmp(name, "UTC") == 0
        || strcasecmp(name, "Z") == 0 || strcasecmp(name, "Etc/UTC") == 0) {
        *out = apr_pcalloc(p, sizeof(**out)); /* no transitions, no offset */
        return APR_SUCCESS;
    }
    if (!plain_name(name))
        return hw_fail(res, APR_EINVAL, "bad-timezone",
                       "\"%.80s\" is not a time zone name such as Europe/Berlin", name);
    if (read_zone(apr_pstrcat(p, ZONEINFO "/", name, NULL), &buf, &len, p) == APR_SUCCESS)
        return hw_zone_parse(name, buf, len, out, res, p);
    if (zoneinfo_missing(p))
        return hw_fail(res, APR_EINVAL, "bad-timezone",
                       "\"%s\": this system has no " ZONEINFO " (package tzdata)", name);
    return hw_fail(res, APR_EINVAL, "bad-timezone", "\"%s\" is no time zone this system knows",
                   name);
}

/* --- both directions ------------------------------------------------------------------------- */

static int
offset_at(const hw_zone_t *zone, apr_int64_t t)
{
    int low = 0, high;

    if (zone == NULL)
        return 0;
    high = zone->ntimes;
    if (zone->rule.present && (high == 0 || t >= zone->times[high - 1]))
        return hw_zone_rule_offset(&zone->rule, t);
    while (low < high) { /* the number of transitions at or before t */
        int mid = (low + high) / 2;

        if (zone->times[mid] <= t)
            low = mid + 1;
        else
            high = mid;
    }
    return low == 0 ? zone->first_offset : zone->offsets[low - 1];
}

void
hw_zone_local(const hw_zone_t *zone, apr_time_t t, hw_local_t *out)
{
    apr_int64_t seconds = t / APR_USEC_PER_SEC - (t % APR_USEC_PER_SEC < 0), days;
    int of_day;

    out->utc_offset = offset_at(zone, seconds);
    seconds += out->utc_offset;
    days = seconds / DAY - (seconds % DAY < 0);
    of_day = (int)(seconds - days * DAY);
    hw_date_from_days(days, &out->year, &out->month, &out->day);
    out->weekday = hw_weekday(days);
    out->hour = of_day / 3600;
    out->minute = of_day / 60 % 60;
    out->second = of_day % 60;
}

/* local lies in a gap: finds the transition between the two instants it would be by the offsets
 * before and after. */
static apr_int64_t
gap_end(const hw_zone_t *zone, apr_int64_t local, int before, int after)
{
    apr_int64_t low = local - after, high = local - before;

    while (high - low > 1) { /* low is before the transition, high at or behind it */
        apr_int64_t mid = low + (high - low) / 2;

        if (offset_at(zone, mid) == before)
            low = mid;
        else
            high = mid;
    }
    return high;
}

apr_time_t
hw_zone_instant(const hw_zone_t *zone, int year, int month, int day, int hour, int minute,
                int second)
{
    apr_int64_t local = hw_days_from_date(year, month, day) * DAY + (apr_int64_t)hour * 3600
                        + (apr_int64_t)minute * 60 + second;
    int before = offset_at(zone, local - DAY), after = offset_at(zone, local + DAY);

    /* no two transitions lie within two days of each other, so one of the two offsets is right;
     * the one before the transition gives the earlier instant when both are */
    if (offset_at(zone, local - before) == before)
        return apr_time_from_sec(local - before);
    if (offset_at(zone, local - after) == after)
        return apr_time_from_sec(local - after);
    return apr_time_from_sec(gap_end(zone, local, before, after));
}
