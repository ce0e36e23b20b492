/* SPDX-License-Identifier: Apache-2.0 */
/* TAP for the C unit tests: ok/is/done, and a pool for each test program. */
#ifndef HW_TAP_H
#define HW_TAP_H

#include "common/hw.h"
#include "common/result.h"

/* Starts APR and gives the program's pool. */
apr_pool_t *tap_start(void);
/* Prints the plan, ends APR, gives main's exit status: 0 when all passed. */
int tap_done(void);

int tap_ok(int yes, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int tap_is(const char *got, const char *want, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
int tap_is_int(long got, long want, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void tap_diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define ok(yes, ...) tap_ok(!!(yes), __FILE__, __LINE__, __VA_ARGS__)
#define is(got, want, ...) tap_is((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...) tap_is_int((long)(got), (long)(want), __FILE__, __LINE__, __VA_ARGS__)

#endif
