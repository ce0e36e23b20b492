/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of addresses and networks. */
#include <string.h>

#include "common/auth.h"
#include "t/lib/tap.h"

static void
test_contains(apr_pool_t *p)
{
    static const struct {
        const char *list, *ip;
        int in;
    } cases[] = {
        { "192.168.1.5", "192.168.1.5", 1 },
        { "192.168.1.5", "192.168.1.6", 0 },
        { "10.0.0.0/24, 192.168.1.5", "10.0.0.255", 1 },
        { "10.0.0.0/24, 192.168.1.5", "10.0.1.0", 0 },
        { "10.0.0.0/24, 192.168.1.5", "192.168.1.5", 1 },
        { "10.0.0.77/24", "10.0.0.1", 1 }, /* bits behind the prefix do not count */
        { "10.0.0.0/25", "10.0.0.127", 1 },
        { "10.0.0.0/25", "10.0.0.128", 0 },
        { "10.0.0.128/31", "10.0.0.129", 1 },
        { "10.0.0.128/31", "10.0.0.130", 0 },
        { "10.0.0.128/32", "10.0.0.128", 1 },
        { "0.0.0.0/0", "203.0.113.9", 1 },
        { "0.0.0.0/0", "2001:db8::1", 0 },
        { "::/0", "2001:db8::1", 1 },
        { "::/0", "203.0.113.9", 0 },
        { "::/0", "::ffff:203.0.113.9", 0 },
        { "2001:db8::/32", "2001:DB8:ffff::1", 1 },
        { "2001:db8::/32", "2001:db9::1", 0 },
        { "2001:db8::/33", "2001:db8:8000::", 0 },
        { "2001:db8::1/128", "2001:db8::1", 1 },
        { "fe80::/10", "fe80::1%eth0", 1 },
        { "fe80::/10", "fe80::1%", 0 },
        { "10.0.0.0/8", "10.1.2.3%eth0", 0 },
        { "10.0.0.0/8", "10.1.2.3%", 0 },
        { "10.0.0.0/8", "::ffff:10.1.2.3", 1 },
        { "::ffff:10.1.2.3", "10.1.2.3", 1 },
        { "::ffff:10.0.0.0/104", "10.255.0.1", 1 },
        { "::ffff:10.0.0.0/104", "11.0.0.1", 0 },
        { "::ffff:0:0/96", "203.0.113.9", 1 },
        { "  10.0.0.1 ,\n10.0.0.2,", "10.0.0.2", 1 },
        { "10.0.0.0/8", "", 0 },
        { "10.0.0.0/8", "10.0.0", 0 },
        { "10.0.0.0/8", "10.0.0.1 ", 0 },
        { "10.0.0.0/8", "10.0.0.1/8", 0 },
        { "::/0", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", 0 },
        { "10.0.0.0/8", NULL, 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hw_result_t *res = hw_result_make(p);
        hw_cidr_t *list = NULL;

        is_int(hw_cidr_parse(cases[i].list, &list, res, p), APR_SUCCESS, "row %zu is a list", i);
        is_int(hw_cidr_contains(list, cases[i].ip), cases[i].in, "%s %s it",
               cases[i].ip ? cases[i].ip : "nothing", cases[i].in ? "is in" : "is not in");
    }
}

static void
test_empty(apr_pool_t *p)
{
    hw_cidr_t *list = (hw_cidr_t *)p;

    is_int(hw_cidr_parse(NULL, &list, NULL, p), APR_SUCCESS, "no text");
    ok(list == NULL, "is no list");
    is_int(hw_cidr_parse(" \t", &list, NULL, p), APR_SUCCESS, "blanks");
    ok(list == NULL, "are no list");
    ok(hw_cidr_contains(NULL, "10.0.0.1"), "which holds every address");
    ok(!hw_cidr_contains(NULL, "elsewhere"), "but nothing that is none");
}

static void
test_refused(apr_pool_t *p)
{
    static const char *const cases[][2] = {
        { "10.0.0.256", "\"10.0.0.256\" is neither an address nor a CIDR at offset 0" },
        { "10.0.0.1, localhost", "\"localhost\" is neither an address nor a CIDR at offset 10" },
        { "10.0.0.1,10.0.0.0/33",
          "\"10.0.0.0/33\" has a prefix that is not between 0 and 32 at offset 9" },
        { "10.0.0.0/-1", "\"10.0.0.0/-1\" has a prefix that is not between 0 and 32 at offset 0" },
        { "10.0.0.0/", "\"10.0.0.0/\" has a prefix that is not between 0 and 32 at offset 0" },
        { "10.0.0.0/8/8", "\"10.0.0.0/8/8\" has a prefix that is not between 0 and 32 at offset 0" },
        { "10.0.0.0/255.0.0.0",
          "\"10.0.0.0/255.0.0.0\" has a prefix that is not between 0 and 32 at offset 0" },
        { "2001:db8::/129",
          "\"2001:db8::/129\" has a prefix that is not between 0 and 128 at offset 0" },
        { "2001:db8:::1", "\"2001:db8:::1\" is neither an address nor a CIDR at offset 0" },
        { "::ffff:10.0.0.0/8", "\"::ffff:10.0.0.0/8\" has a prefix that cuts into ::ffff: at offset 0" },
        { "10.0.0/8", "\"10.0.0/8\" is neither an address nor a CIDR at offset 0" },
        { "010.0.0.1", "\"010.0.0.1\" is neither an address nor a CIDR at offset 0" },
        { "10.0.0.1 /24", "\"/24\" is neither an address nor a CIDR at offset 9" },
        { "10.0.0.1;10.0.0.2",
          "\"10.0.0.1;10.0.0.2\" is neither an address nor a CIDR at offset 0" },
        { " , ,", "the list names no address at offset 0" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hw_result_t *res = hw_result_make(p);
        hw_cidr_t *list = NULL;

        is_int(hw_cidr_parse(cases[i][0], &list, res, p), APR_EINVAL, "refuses %s", cases[i][0]);
        is(hw_result_text(res, p), cases[i][1], "with its words");
        is(res->problem, "bad-cidr", "and slug");
        ok(list == NULL, "and no list");
    }
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    test_contains(p);
    test_empty(p);
    test_refused(p);
    return tap_done();
}
