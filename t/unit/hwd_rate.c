/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the token bucket, the breaker and the back-off. */
#include "hookwised/rate.h"

#include "hookwised/daemon.h"
#include "t/lib/tap.h"

#define T0 apr_time_from_sec(1800000000)

static void
check_bucket(void)
{
    hwd_rate_t r;
    apr_time_t again = 0, second = 0;
    int n = 0;

    hwd_rate_init(&r, 900, T0); /* 60 kept, 14 a second */
    while (hwd_rate_take(&r, HWD_PRIO_NOTE, 1, T0, &again) && n < 100)
        n++;
    is_int(n, 48, "notes leave the last fifth");
    ok(again > T0 && again <= T0 + apr_time_from_msec(72), "the first one sent away may come soon");
    hwd_rate_take(&r, HWD_PRIO_NOTE, 1, T0, &second);
    is_int(second - again, 71428, "the next one a token later");
    for (n = 0; hwd_rate_take(&r, HWD_PRIO_CREATE, 1, T0, &again) && n < 100;)
        n++;
    is_int(n, 6, "creates leave the last tenth");
    for (n = 0; hwd_rate_take(&r, HWD_PRIO_RECOVERY, 1, T0, &again) && n < 100;)
        n++;
    is_int(n, 6, "recoveries have it");
    ok(hwd_rate_take(&r, HWD_PRIO_RECOVERY, 4, T0 + apr_time_from_msec(400), &again),
       "tokens flow in");
    hwd_rate_charge(&r, 200, T0 + apr_time_from_msec(400));
    ok(!hwd_rate_take(&r, HWD_PRIO_RECOVERY, 1, T0 + apr_time_from_sec(14), &again),
       "what had to be called is paid for later");
    ok(hwd_rate_take(&r, HWD_PRIO_RECOVERY, 1, T0 + apr_time_from_sec(15), &again), "and then over");
    hwd_rate_charge(&r, -1000, T0 + apr_time_from_sec(15));
    for (n = 0; hwd_rate_take(&r, HWD_PRIO_RECOVERY, 1, T0 + apr_time_from_sec(16), &again) && n < 100;)
        n++;
    is_int(n, 60, "what is given back never makes it more than full");
}

static int
calls_in_a_minute(int limit, int workers)
{
    hwd_rate_t r;
    apr_time_t again;
    int n = 0;

    hwd_rate_init(&r, limit, T0);
    if (workers > 1) { /* the bucket of one that has been at work for a while */
        hwd_rate_share(&r, workers, T0);
        r.tokens = r.capacity;
    }
    for (apr_time_t now = T0; now < T0 + apr_time_from_sec(60); now += 1000)
        n += hwd_rate_take(&r, HWD_PRIO_RECOVERY, 1, now, &again);
    return n;
}

static void
check_share(void)
{
    hwd_rate_t r;
    apr_time_t again = 0;

    hwd_rate_init(&r, 900, T0);
    is_int(hwd_rate_share(&r, 1, T0), 0, "alone: nothing changes");
    ok(hwd_rate_take(&r, HWD_PRIO_RECOVERY, 60, T0, &again), "a full bucket");
    is_int(hwd_rate_share(&r, 2, T0 + apr_time_from_sec(60)), 1, "another one comes");
    ok(hwd_rate_take(&r, HWD_PRIO_RECOVERY, 30, T0 + apr_time_from_sec(60), &again) &&
       !hwd_rate_take(&r, HWD_PRIO_RECOVERY, 1, T0 + apr_time_from_sec(60), &again),
       "half of it is left");
    is_int(hwd_rate_share(&r, 2, T0 + apr_time_from_sec(61)), 0, "as before");
    hwd_rate_init(&r, 900, T0);
    hwd_rate_share(&r, 2, T0);
    ok(!hwd_rate_take(&r, HWD_PRIO_RECOVERY, 1, T0, &again), "who joins begins with nothing");
    hwd_rate_init(&r, 0, T0);
    is_int(hwd_rate_share(&r, 2, T0), 0, "no limit is not shared");
}

static void
check_limits(void)
{
    hwd_rate_t r;
    apr_time_t again = 0;

    is_int(calls_in_a_minute(900, 1), 899, "900 a minute are never more, and hardly fewer");
    is_int(calls_in_a_minute(6, 1), 5, "so are 6");
    is_int(calls_in_a_minute(1, 1), 1, "and 1");
    is_int(calls_in_a_minute(900, 3), 299, "of three each makes a third");
    hwd_rate_init(&r, 61, T0);
    ok(hwd_rate_take(&r, HWD_PRIO_NOTE, 20, T0, &again), "work of many calls fits into a small bucket");
    ok(!hwd_rate_take(&r, HWD_PRIO_RECOVERY, 1, T0 + apr_time_from_sec(16), &again), "which is then in debt");
    hwd_rate_init(&r, 0, T0);
    ok(hwd_rate_take(&r, HWD_PRIO_NOTE, 1000, T0, &again), "no limit is no limit");
    hwd_rate_pause(&r, T0 + apr_time_from_sec(30));
    hwd_rate_pause(&r, T0 + apr_time_from_sec(5));
    ok(!hwd_rate_take(&r, HWD_PRIO_RECOVERY, 1, T0 + apr_time_from_sec(29), &again),
       "Retry-After holds everybody");
    is_int(again - T0, apr_time_from_sec(30), "until then");
    ok(hwd_rate_take(&r, HWD_PRIO_RECOVERY, 1, T0 + apr_time_from_sec(30), &again), "not longer");
}

static void
check_breaker(void)
{
    hwd_breaker_t b = { 0 };

    for (int i = 1; i < HWD_BREAKER_FAILS; i++)
        is_int(hwd_breaker_fail(&b, T0), 0, "failure %d leaves it closed", i);
    is_int(hwd_breaker_ok(&b), 0, "a success begins the count anew");
    for (int i = 1; i < HWD_BREAKER_FAILS; i++)
        hwd_breaker_fail(&b, T0);
    is_int(hwd_breaker_fail(&b, T0), 1, "so many in a row open it");
    is_int(b.open, 1, "it is open");
    is_int(b.probe_at - T0, apr_time_from_sec(1), "the first probe after a second");
    is_int(hwd_breaker_fail(&b, T0), 0, "more failures change nothing");
    hwd_breaker_probe_failed(&b, T0);
    is_int(b.probe_at - T0, apr_time_from_sec(2), "the second after two");
    for (int i = 0; i < 20; i++)
        hwd_breaker_probe_failed(&b, T0);
    is_int(b.probe_at - T0, apr_time_from_sec(30), "and never later than thirty");
    is_int(hwd_breaker_ok(&b), 1, "a success closes it");
    is_int(b.open + b.fails, 0, "for good");
}

static void
check_backoff(void)
{
    is_int(hwd_backoff(1, 1000, 0.5), 500000, "the first wait: anything up to the base");
    is_int(hwd_backoff(4, 1000, 1), 8000000, "doubles with each retry");
    is_int(hwd_backoff(1000, 1000, 1), HWD_BACKOFF_MAX_MS * 1000L, "up to a limit");
    is_int(hwd_backoff(3, 1000, 0), 0, "or nothing at all: full jitter");
}

int
main(void)
{
    tap_start();
    check_bucket();
    check_limits();
    check_share();
    check_breaker();
    check_backoff();
    return tap_done();
}
