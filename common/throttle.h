/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses whose requests failed too often within a minute: a table of fixed size. */
#ifndef HW_THROTTLE_H
#define HW_THROTTLE_H

#include "common/hw.h"

#define HW_THROTTLE_WINDOW 60      /* seconds that failures of an address are counted together */
#define HW_THROTTLE_ADDRESSES 4096 /* remembered at a time; the least recent ones give way */

typedef struct hw_throttle_t hw_throttle_t;

apr_status_t hw_throttle_make(hw_throttle_t **out, apr_pool_t *p);

/* All of them: any thread; address is text, a text that is no address counts as one more. An
 * IPv6 address counts with its /64 network, a v4-mapped one as IPv4. now is hw_clock_mono's. t
 * NULL: nobody is throttled. */

/* One failure more. The first one begins the address' window. */
void hw_throttle_failed(hw_throttle_t *t, const char *address, apr_time_t now);
/* Has the address had so many failures in its window? Seconds until that ends (1 to
 * HW_THROTTLE_WINDOW), 0 = no; limit 0 = never. */
int hw_throttle_wait(hw_throttle_t *t, const char *address, long limit, apr_time_t now);

/* 1 at most once in a second for the same text (names that share a place in the table may both
 * get more): for work that throttled requests should not cause each. */
int hw_throttle_due(hw_throttle_t *t, const char *what, apr_time_t now);

#endif
