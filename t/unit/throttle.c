/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that fail too often: the window, networks, and a table that does not grow. */
#include "common/throttle.h"

#include <apr_strings.h>

#include "t/lib/tap.h"

#define START apr_time_from_sec(1000000)
#define AFTER(s) (START + apr_time_from_sec(s))

static hw_throttle_t *
fresh(apr_pool_t *p)
{
    hw_throttle_t *t;

    ok(hw_throttle_make(&t, p) == APR_SUCCESS, "an empty table");
    return t;
}

static void
fail(hw_throttle_t *t, const char *address, int times, apr_time_t now)
{
    for (int i = 0; i < times; i++)
        hw_throttle_failed(t, address, now);
}

static void
check_window(apr_pool_t *p)
{
    hw_throttle_t *t = fresh(p);

    is_int(hw_throttle_wait(t, "192.0.2.1", 3, START), 0, "nothing has failed");
    fail(t, "192.0.2.1", 2, START);
    is_int(hw_throttle_wait(t, "192.0.2.1", 3, START), 0, "two of three");
    hw_throttle_failed(t, "192.0.2.1", AFTER(10));
    is_int(hw_throttle_wait(t, "192.0.2.1", 3, AFTER(10)), 50, "the third; until the first's minute ends");
    is_int(hw_throttle_wait(t, "192.0.2.1", 4, AFTER(10)), 0, "where four are allowed");
    is_int(hw_throttle_wait(t, "192.0.2.1", 0, AFTER(10)), 0, "0 = never");
    is_int(hw_throttle_wait(t, "192.0.2.2", 3, AFTER(10)), 0, "its neighbour");
    is_int(hw_throttle_wait(t, "192.0.2.1", 3, AFTER(60) - 1), 1, "to the end of the minute");
    is_int(hw_throttle_wait(t, "192.0.2.1", 3, AFTER(60)), 0, "and no longer");
    hw_throttle_failed(t, "192.0.2.1", AFTER(60));
    is_int(hw_throttle_wait(t, "192.0.2.1", 2, AFTER(60)), 0, "counted from one again");
    is_int(hw_throttle_wait(t, "192.0.2.1", 1, AFTER(60)), 60, "which it is");
    is_int(hw_throttle_wait(t, "192.0.2.1", 1, AFTER(5)), 0, "a clock that was set back holds nobody up");
    is_int(hw_throttle_wait(NULL, "192.0.2.1", 1, START), 0, "no table");
    hw_throttle_failed(NULL, "192.0.2.1", START);
}

static void
check_addresses(apr_pool_t *p)
{
    hw_throttle_t *t = fresh(p);

    fail(t, "2001:db8:0:7::1", 1, START);
    fail(t, "2001:db8:0:7:ffff::2", 1, START);
    is_int(hw_throttle_wait(t, "2001:db8::7:1:2:3:4", 2, START), 60, "an IPv6 network is one sender");
    is_int(hw_throttle_wait(t, "2001:db8:0:8::1", 1, START), 0, "the next one another");
    fail(t, "::ffff:198.51.100.4", 1, START);
    fail(t, "198.51.100.4", 1, START);
    is_int(hw_throttle_wait(t, "198.51.100.4", 2, START), 60, "v4-mapped is IPv4");
    is_int(hw_throttle_wait(t, "::ffff:198.51.100.5", 1, START), 0, "each for itself");
    fail(t, "(unknown)", 2, START);
    is_int(hw_throttle_wait(t, "(unknown)", 2, START), 60, "no address at all");
    is_int(hw_throttle_wait(t, "", 1, START), 0, "nor this");
}

/* Ten times as many addresses as have room: the newest are known, and memory stays what it was. */
static void
check_bound(apr_pool_t *p)
{
    hw_throttle_t *t = fresh(p);
    int last = 0, first = 0, n = 10 * HW_THROTTLE_ADDRESSES;

    for (int i = 0; i < n; i++)
        hw_throttle_failed(t, apr_psprintf(p, "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255),
                           START + i);
    for (int i = 0; i < 100; i++) {
        first += hw_throttle_wait(t, apr_psprintf(p, "10.0.0.%d", i), 1, AFTER(1)) > 0;
        last += hw_throttle_wait(t, apr_psprintf(p, "10.%d.%d.%d", (n - 1 - i) >> 16,
                                                 ((n - 1 - i) >> 8) & 255, (n - 1 - i) & 255),
                                 1, AFTER(1)) > 0;
    }
    is_int(last, 100, "the last hundred addresses are known");
    is_int(first, 0, "the first ones have given way");
}

static void
check_due(apr_pool_t *p)
{
    hw_throttle_t *t = fresh(p);

    is_int(hw_throttle_due(t, "lobby", START), 1, "the first time");
    is_int(hw_throttle_due(t, "lobby", START), 0, "not again");
    is_int(hw_throttle_due(t, "lobby", AFTER(1) - 1), 0, "within a second");
    is_int(hw_throttle_due(t, "vault", AFTER(1) - 1), 1, "another name");
    is_int(hw_throttle_due(t, "lobby", AFTER(1)), 1, "a second later");
    is_int(hw_throttle_due(t, "lobby", START), 1, "a clock set back");
    is_int(hw_throttle_due(NULL, "lobby", START), 1, "no table");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    check_window(p);
    check_addresses(p);
    check_bound(p);
    check_due(p);
    return tap_done();
}
