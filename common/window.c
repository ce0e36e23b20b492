/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance windows: reading them, and asking whether one holds an instant. */
#include "common/window.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/result.h"
#include "common/text.h"

#define FIELD "maintenance_windows"
#define HOUR 3600
#define DAY 86400
#define EVERY_DAY 0x7f

typedef enum { ONCE, DAILY, WEEKLY } type_e;
static const char *const type_names[] = { "once", "daily", "weekly" };

typedef struct {
    type_e type;
    hw_zone_t *zone;
    apr_time_t from, until; /* ONCE */
    int start, end;         /* seconds of the local day; end counts from the day of the start */
    unsigned int days;      /* bit 0 = Monday */
    int recoveries_pass, catch_up;
    const char *text;
} window_t;

struct hw_windows_t {
    int n;
    window_t *list;
};

/* --- reading --------------------------------------------------------------------------------- */

static const char *const day_names[] = { "monday", "tuesday", "wednesday", "thursday",
                                         "friday", "saturday", "sunday" };

/* "mon", "Monday", "0"; at least three letters of a name; -1 for anything else. */
static int
day_number(const char *word, apr_size_t len)
{
    if (len == 1 && *word >= '0' && *word <= '6')
        return *word - '0';
    for (int i = 0; i < 7; i++)
        if (len >= 3 && len <= strlen(day_names[i]) && strncasecmp(word, day_names[i], len) == 0)
            return i;
    return -1;
}

/* A day or a range of days, which may run over Sunday. */
static int
add_days(const char *word, unsigned int *days)
{
    apr_size_t len = strcspn(word, "- ");
    const char *rest = word + len + strspn(word + len, " ");
    int first = day_number(word, len), last = first;

    if (*rest == '-') {
        rest += 1 + strspn(rest + 1, " ");
        last = day_number(rest, strlen(rest));
    } else if (*rest != '\0')
        return 0;
    if (first < 0 || last < 0)
        return 0;
    for (int i = first;; i = (i + 1) % 7) {
        *days |= 1u << i;
        if (i == last)
            return 1;
    }
}

static apr_status_t
bad_day(const char *word, hw_result_t *res)
{
    return hw_fail_field(res, APR_EINVAL, "bad-window", "days",
                         "\"%.40s\" is not a day such as \"mon\", \"mon-fri\" or 0 for Monday",
                         word);
}

static apr_status_t
days_of_text(const char *text, unsigned int *days, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *words = hw_text_split(text, ',', p);

    for (int i = 0; i < words->nelts; i++)
        if (!add_days(APR_ARRAY_IDX(words, i, const char *), days))
            return bad_day(APR_ARRAY_IDX(words, i, const char *), res);
    return APR_SUCCESS;
}

static apr_status_t
read_days(const hw_json_t *v, window_t *w, hw_result_t *res, apr_pool_t *p)
{
    int list = json_object_is_type(v, json_type_array);
    size_t n = list ? json_object_array_length(v) : v != NULL;

    for (size_t i = 0; i < n; i++) {
        const hw_json_t *day = list ? json_object_array_get_idx(v, i) : v;
        const char *text = hw_json_text(day, p);
        apr_status_t rv;

        if (!json_object_is_type(day, json_type_string)
            && !json_object_is_type(day, json_type_int))
            return bad_day(text ? text : "null", res);
        if ((rv = days_of_text(text, &w->days, res, p)) != APR_SUCCESS)
            return rv;
    }
    if (w->days == 0 && w->type == WEEKLY)
        return hw_fail_field(res, APR_EINVAL, "bad-window", "days",
                             "a weekly window names at least one day");
    if (w->days == 0)
        w->days = EVERY_DAY;
    return APR_SUCCESS;
}

/* "22:00", "9:30", "22:00:30"; "24:00" where a day may end. -1 for anything else. */
static int
time_of_day(const char *s, int may_end)
{
    int part[3] = { 0, 0, 0 }, n = 0, seconds;

    for (;; s++) {
        int digits = 0;

        for (; apr_isdigit(*s) && digits < 3; digits++, s++)
            part[n] = part[n] * 10 + *s - '0';
        if (digits == 0 || digits > 2 || (n > 0 && digits != 2))
            return -1;
        n++;
        if (*s != ':' || n == 3)
            break;
    }
    seconds = part[0] * HOUR + part[1] * 60 + part[2];
    if (*s != '\0' || n < 2 || part[1] > 59 || part[2] > 59)
        return -1;
    return seconds < DAY || (may_end && seconds == DAY) ? seconds : -1;
}

/* The text of start or end, without the blanks around it. */
static apr_status_t
time_text(const hw_json_t *v, const char *name, const char **out, hw_result_t *res, apr_pool_t *p)
{
    const char *s = hw_json_get_string(v, name);

    if (s == NULL && hw_json_get(v, name) != NULL)
        return hw_fail_field(res, APR_EINVAL, "bad-window", name, "is not a text");
    if (hw_text_blank(s))
        return hw_fail_field(res, APR_EINVAL, "bad-window", name, "is missing");
    *out = hw_text_trim(s, p);
    return APR_SUCCESS;
}

static apr_status_t
read_instant(const char *s, const char *name, const window_t *w, apr_time_t *out,
             hw_result_t *res)
{
    apr_status_t rv = hw_time_parse_in(s, w->zone, out, res);

    if (rv != APR_SUCCESS)
        hw_result_in_field(res, name);
    return rv;
}

static apr_status_t
read_once(const char *start, const char *end, window_t *w, hw_result_t *res)
{
    apr_status_t rv = read_instant(start, "start", w, &w->from, res);

    if (rv == APR_SUCCESS)
        rv = read_instant(end, "end", w, &w->until, res);
    if (rv == APR_SUCCESS && w->until <= w->from)
        rv = hw_fail_field(res, APR_EINVAL, "bad-window", "end", "is not after the start");
    return rv;
}

static apr_status_t
read_recurring(const char *start, const char *end, window_t *w, hw_result_t *res)
{
    w->start = time_of_day(start, 0);
    w->end = time_of_day(end, 1);
    if (w->start < 0 || w->end < 0)
        return hw_fail_field(res, APR_EINVAL, "bad-time", w->start < 0 ? "start" : "end",
                             "\"%.40s\" is not a time of day such as 22:00",
                             w->start < 0 ? start : end);
    if (w->end <= w->start)
        w->end += DAY;
    return APR_SUCCESS;
}

static apr_status_t
read_type(const hw_json_t *v, window_t *w, hw_result_t *res)
{
    const hw_json_t *type = hw_json_get(v, "type");
    const char *word = hw_json_get_string(v, "type");

    if (type == NULL)
        return APR_SUCCESS; /* once */
    for (int i = 0; word != NULL && i < 3; i++)
        if (hw_text_ieq(word, type_names[i])) {
            w->type = (type_e)i;
            return APR_SUCCESS;
        }
    return hw_fail_field(res, APR_EINVAL, "bad-window", "type",
                         "is none of once, daily and weekly");
}

static apr_status_t
read_options(const hw_json_t *v, window_t *w, hw_result_t *res)
{
    const hw_json_t *recoveries = hw_json_get(v, "recoveries"), *later = hw_json_get(v, "catch_up");
    const char *word = hw_json_get_string(v, "recoveries");

    if (recoveries != NULL && !hw_text_ieq(word, "pass") && !hw_text_ieq(word, "skip"))
        return hw_fail_field(res, APR_EINVAL, "bad-window", "recoveries",
                             "is neither pass nor skip");
    w->recoveries_pass = recoveries == NULL || hw_text_ieq(word, "pass");
    if (later != NULL && !json_object_is_type(later, json_type_boolean))
        return hw_fail_field(res, APR_EINVAL, "bad-window", "catch_up", "is not true or false");
    w->catch_up = later != NULL && json_object_get_boolean(later);
    return APR_SUCCESS;
}

static apr_status_t
read_zone(const hw_json_t *v, window_t *w, const char **name, hw_result_t *res, apr_pool_t *p)
{
    const hw_json_t *zone = hw_json_get(v, "timezone");
    apr_status_t rv;

    if (zone != NULL && !json_object_is_type(zone, json_type_string))
        return hw_fail_field(res, APR_EINVAL, "bad-timezone", "timezone", "is not a text");
    *name = zone != NULL ? hw_text_trim(hw_json_get_string(v, "timezone"), p) : "UTC";
    rv = hw_zone_load(*name, &w->zone, res, p);
    if (rv != APR_SUCCESS)
        hw_result_in_field(res, "timezone");
    else if ((*name)[0] == '\0')
        *name = "UTC";
    return rv;
}

static apr_status_t
refuse_others(const hw_json_t *v, hw_result_t *res)
{
    static const char *const known[] = { "type", "start", "end", "days", "timezone", "recoveries",
                                         "catch_up" };

    json_object_object_foreach((hw_json_t *)v, key, val)
    {
        size_t i, n = sizeof(known) / sizeof(known[0]);

        (void)val;
        for (i = 0; i < n && strcmp(key, known[i]) != 0; i++)
            ;
        if (i == n)
            return hw_fail_field(res, APR_EINVAL, "unknown-field", key,
                                 "is not a member of a window");
    }
    return APR_SUCCESS;
}

/* --- what a window says of itself ------------------------------------------------------------ */

static const char *
clock_text(int seconds, apr_pool_t *p)
{
    int s = seconds % DAY;

    if (seconds == DAY)
        s = seconds; /* 24:00, as it was written */
    return s % 60 ? apr_psprintf(p, "%02d:%02d:%02d", s / HOUR, s / 60 % 60, s % 60)
                  : apr_psprintf(p, "%02d:%02d", s / HOUR, s / 60 % 60);
}

static const char *
days_text(unsigned int days, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < 7; i++)
        if (days & 1u << i)
            text = apr_psprintf(p, "%s%s%c%.2s", text, text[0] ? "," : "",
                                apr_toupper(day_names[i][0]), day_names[i] + 1);
    return text;
}

static const char *
instant_text(const window_t *w, apr_time_t t, apr_pool_t *p)
{
    hw_local_t l;

    hw_zone_local(w->zone, t, &l);
    return apr_psprintf(p, "%04d-%02d-%02d %s", l.year, l.month, l.day,
                        clock_text(l.hour * HOUR + l.minute * 60 + l.second, p));
}

static const char *
describe(const window_t *w, const char *zone, apr_pool_t *p)
{
    if (w->type == ONCE)
        return apr_psprintf(p, "once %s–%s %s", instant_text(w, w->from, p),
                            instant_text(w, w->until, p), zone);
    return apr_psprintf(p, "%s %s%s%s–%s %s", type_names[w->type],
                        w->days == EVERY_DAY ? "" : days_text(w->days, p),
                        w->days == EVERY_DAY ? "" : " ", clock_text(w->start, p),
                        clock_text(w->end, p), zone);
}

/* --- the list -------------------------------------------------------------------------------- */

static apr_status_t
read_window(const hw_json_t *v, window_t *w, hw_result_t *res, apr_pool_t *p)
{
    const char *start = NULL, *end = NULL, *zone = NULL;
    apr_status_t rv;

    if (!json_object_is_type(v, json_type_object))
        return hw_fail(res, APR_EINVAL, "bad-window", "is not an object");
    if ((rv = refuse_others(v, res)) != APR_SUCCESS || (rv = read_type(v, w, res)) != APR_SUCCESS
        || (rv = read_zone(v, w, &zone, res, p)) != APR_SUCCESS
        || (rv = time_text(v, "start", &start, res, p)) != APR_SUCCESS
        || (rv = time_text(v, "end", &end, res, p)) != APR_SUCCESS
        || (rv = read_options(v, w, res)) != APR_SUCCESS)
        return rv;
    if (w->type == ONCE) /* days mean nothing here; a form may send them all the same */
        rv = read_once(start, end, w, res);
    else if ((rv = read_recurring(start, end, w, res)) == APR_SUCCESS)
        rv = read_days(hw_json_get(v, "days"), w, res, p);
    if (rv == APR_SUCCESS)
        w->text = describe(w, zone, p);
    return rv;
}

/* The reader of one window names its member; the place in the list comes before it. */
static void
place(hw_result_t *res, size_t i, apr_pool_t *p)
{
    if (res == NULL)
        return;
    hw_result_in_field(res, apr_psprintf(p, FIELD "[%d]%s%s", (int)i, res->field ? "." : "",
                                         res->field ? res->field : ""));
}

apr_status_t
hw_windows_compile(const hw_json_t *v, hw_windows_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_windows_t *all = apr_pcalloc(p, sizeof(*all));
    size_t n;

    *out = NULL;
    if (v == NULL)
        return APR_SUCCESS;
    if (!json_object_is_type(v, json_type_array))
        return hw_fail_field(res, APR_EINVAL, "bad-window", FIELD, "is not a list");
    n = json_object_array_length(v);
    if (n == 0)
        return APR_SUCCESS;
    all->n = (int)n;
    all->list = apr_pcalloc(p, n * sizeof(*all->list));
    for (size_t i = 0; i < n; i++) {
        apr_status_t rv = read_window(json_object_array_get_idx(v, i), &all->list[i], res, p);

        if (rv != APR_SUCCESS) {
            place(res, i, p);
            return rv;
        }
    }
    *out = all;
    return APR_SUCCESS;
}

/* --- asking ---------------------------------------------------------------------------------- */

/* The occurrence that starts on a local day. A window that daylight saving leaves no time ends
 * where it starts and so holds nothing. */
static int
holds_from(const window_t *w, const hw_local_t *today, int back, apr_time_t now,
           apr_time_t *starts, apr_time_t *ends)
{
    int weekday = (today->weekday + 7 - back) % 7, day = today->day - back;

    if (!(w->days & 1u << weekday))
        return 0;
    *starts = hw_zone_instant(w->zone, today->year, today->month, day, 0, 0, w->start);
    *ends = hw_zone_instant(w->zone, today->year, today->month, day, 0, 0, w->end);
    return *starts <= now && now < *ends;
}

static int
holds(const window_t *w, apr_time_t now, apr_time_t *starts, apr_time_t *ends)
{
    hw_local_t today;

    if (w->type == ONCE) {
        *starts = w->from;
        *ends = w->until;
        return *starts <= now && now < *ends;
    }
    hw_zone_local(w->zone, now, &today);
    return holds_from(w, &today, 0, now, starts, ends)
           || holds_from(w, &today, 1, now, starts, ends);
}

static hw_window_hit_t
hit_of(const hw_windows_t *w, int i, apr_time_t starts, apr_time_t ends, apr_pool_t *p)
{
    const window_t *found = &w->list[i];

    return (hw_window_hit_t){ .index = i, .text = apr_pstrdup(p, found->text),
                              .recoveries_pass = found->recoveries_pass,
                              .catch_up = found->catch_up, .starts = starts, .ends = ends };
}

int
hw_windows_active(const hw_windows_t *w, apr_time_t now, hw_window_hit_t *hit, apr_pool_t *p)
{
    apr_time_t starts, ends;

    for (int i = 0; w != NULL && i < w->n; i++) {
        if (!holds(&w->list[i], now, &starts, &ends))
            continue;
        *hit = hit_of(w, i, starts, ends, p);
        return 1;
    }
    return 0;
}

/* The occurrences of one window, day by day; none before from ends it. */
static void
add_between(apr_array_header_t *out, const hw_windows_t *w, int i, apr_time_t from,
            apr_time_t until, apr_pool_t *p)
{
    const window_t *found = &w->list[i];
    apr_time_t starts, ends;
    hw_local_t day;

    if (found->type == ONCE) {
        if (found->until > from && found->from < until)
            APR_ARRAY_PUSH(out, hw_window_hit_t) = hit_of(w, i, found->from, found->until, p);
        return;
    }
    hw_zone_local(found->zone, from, &day);
    for (int n = -1;; n++) {
        int weekday = (day.weekday + 7 + n) % 7;

        starts = hw_zone_instant(found->zone, day.year, day.month, day.day + n, 0, 0,
                                 found->start);
        if (starts >= until)
            return;
        ends = hw_zone_instant(found->zone, day.year, day.month, day.day + n, 0, 0, found->end);
        if (found->days & 1u << weekday && ends > from && ends > starts)
            APR_ARRAY_PUSH(out, hw_window_hit_t) = hit_of(w, i, starts, ends, p);
    }
}

static int
by_start(const void *a, const void *b)
{
    const hw_window_hit_t *x = a, *y = b;

    if (x->starts != y->starts)
        return x->starts < y->starts ? -1 : 1;
    return x->index - y->index;
}

apr_array_header_t *
hw_windows_between(const hw_windows_t *w, apr_time_t from, apr_time_t until, int max,
                   apr_pool_t *p)
{
    apr_array_header_t *out = apr_array_make(p, 8, sizeof(hw_window_hit_t));

    for (int i = 0; w != NULL && i < w->n; i++)
        add_between(out, w, i, from, until, p);
    qsort(out->elts, (size_t)out->nelts, sizeof(hw_window_hit_t), by_start);
    if (out->nelts > max)
        out->nelts = max;
    return out;
}
