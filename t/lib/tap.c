/* SPDX-License-Identifier: Apache-2.0 */
/* TAP output for the C unit tests. */
#include "t/lib/tap.h"

#include <apr_general.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct {
    apr_pool_t *p;
    int run, failed;
} tap;

apr_pool_t *
tap_start(void)
{
    apr_initialize();
    apr_pool_create(&tap.p, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    return tap.p;
}

int
tap_done(void)
{
    printf("1..%d\n", tap.run);
    apr_pool_destroy(tap.p);
    apr_terminate();
    return tap.run == 0 || tap.failed ? 1 : 0;
}

static void
report(int yes, const char *file, int line, const char *fmt, va_list ap)
{
    tap.run++;
    printf("%sok %d - ", yes ? "" : "not ", tap.run);
    vprintf(fmt, ap);
    putchar('\n');
    if (!yes) {
        tap.failed++;
        printf("#   at %s line %d\n", file, line);
    }
}

int
tap_ok(int yes, const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    report(yes, file, line, fmt, ap);
    va_end(ap);
    return yes;
}

int
tap_is(const char *got, const char *want, const char *file, int line, const char *fmt, ...)
{
    va_list ap;
    int yes = got == want || (got != NULL && want != NULL && strcmp(got, want) == 0);

    va_start(ap, fmt);
    report(yes, file, line, fmt, ap);
    va_end(ap);
    if (!yes) {
        tap_diag("  got: %s", got ? got : "(null)");
        tap_diag("  want: %s", want ? want : "(null)");
    }
    return yes;
}

int
tap_is_int(long got, long want, const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    report(got == want, file, line, fmt, ap);
    va_end(ap);
    if (got != want)
        tap_diag("  got: %ld, want: %ld", got, want);
    return got == want;
}

void
tap_diag(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fputs("# ", stdout);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
}
