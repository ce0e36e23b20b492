/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: maintenance windows, times and zones. Input: a zone file's bytes ("TZif…"), or a
 * time and then the windows as JSON (rest). */
#include "common/window.h"

#include <string.h>

#include "t/fuzz/fuzz.h"

static void
zone(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    hw_zone_t *z = NULL;
    hw_local_t local;

    if (hw_zone_parse("fuzz", fuzz_copy(data, len, p), len, &z, NULL, p) != APR_SUCCESS)
        return;
    for (int year = 1890; year < 2110; year += 7) {
        hw_zone_local(z, hw_zone_instant(z, year, 1 + year % 12, 1 + year % 28, 2, 30, 0), &local);
        fuzz_check(local.month >= 1 && local.month <= 12 && local.day >= 1 && local.day <= 31,
                   "a day of the calendar");
    }
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    fuzz_input_t in = { data, len, p };
    apr_time_t now = 0, again = 0;
    hw_windows_t *windows = NULL;
    hw_window_hit_t hit;
    hw_json_t *v = NULL;
    const char *text;

    if (len >= 4 && memcmp(data, "TZif", 4) == 0) {
        zone(data, len, p);
        return;
    }
    if (hw_time_parse(fuzz_line(&in), &now, NULL) == APR_SUCCESS)
        fuzz_check(hw_time_parse(hw_time_rfc3339(now, p), &again, NULL) == APR_SUCCESS &&
                       again / 1000 == now / 1000 - (now < 0 && now % 1000 != 0),
                   "a time there and back");
    text = fuzz_rest(&in, &len);
    if (hw_json_parse(text, len, NULL, &v, NULL, NULL, p) != APR_SUCCESS ||
        hw_windows_compile(v, &windows, NULL, p) != APR_SUCCESS)
        return;
    for (int i = 0; i < 8; i++)
        if (hw_windows_active(windows, now + apr_time_from_sec(i * 86400 * 45), &hit, p))
            fuzz_check(hit.starts <= now + apr_time_from_sec(i * 86400 * 45) &&
                           hit.ends > now + apr_time_from_sec(i * 86400 * 45),
                       "an active window holds now");
}
