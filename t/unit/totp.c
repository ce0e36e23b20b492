/* SPDX-License-Identifier: Apache-2.0 */
/* One-time codes: the vectors of RFC 6238, the window, and that no code counts twice. */
#include "common/totp.h"

#include <stdlib.h>
#include <string.h>

#include "common/result.h"
#include "t/lib/tap.h"

/* RFC 6238, appendix B: the SHA-1 rows; the key is "12345678901234567890". */
#define RFC_SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
static const struct {
    apr_int64_t seconds;
    const char *code;
} vectors[] = {
    {59, "94287082"},         {1111111109, "07081804"},  {1111111111, "14050471"},
    {1234567890, "89005924"}, {2000000000, "69279037"},  {20000000000, "65353130"},
};

static void
check_vectors(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    const char *code;

    for (unsigned i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        ok(hw_totp_code(RFC_SECRET, vectors[i].seconds / 30, 8, &code, res, p) == APR_SUCCESS,
           "a code at %ld", (long)vectors[i].seconds);
        is(code, vectors[i].code, "is that of the RFC");
    }
    hw_totp_code("gezd gnbv-gy3tqojqgezdgnbvgy3tqojq====", 59 / 30, 8, &code, res, p);
    is(code, "94287082", "the secret may be written in groups, in lower case, padded");
    ok(hw_totp_code("GEZDGNBV1", 1, 6, &code, res, p) == APR_EINVAL, "1 is not base32");
    is(res->detail, "the secret is not base32", "which it says");
    ok(hw_totp_code("", 1, 6, &code, res, p) == APR_EINVAL, "an empty secret");
}

static apr_int64_t
step_of(const char *code, apr_int64_t seconds, apr_int64_t last, apr_pool_t *p)
{
    apr_int64_t step = -1;

    ok(hw_totp_check(RFC_SECRET, code, apr_time_from_sec(seconds), last, &step, NULL, p) ==
           APR_SUCCESS, "checked at %ld", (long)seconds);
    return step;
}

static void
check_window(apr_pool_t *p)
{
    /* The last six digits of the vector at 59 are the six-digit code of step 1. */
    is_int(step_of("287082", 59, 0, p), 1, "right in its step");
    is_int(step_of("287082", 30, 0, p), 1, "at its beginning");
    is_int(step_of("287082", 89, 0, p), 1, "a step later");
    is_int(step_of("287082", 90, 0, p), 0, "not two steps later");
    is_int(step_of("287082", 0, 0, p), 1, "a step early");
    is_int(step_of("287082", 59, 1, p), 0, "not a second time");
    is_int(step_of(" 287 082 ", 59, 0, p), 1, "blanks do not matter");
    is_int(step_of("287083", 59, 0, p), 0, "another code");
    is_int(step_of("", 59, 0, p), 0, "no code");
    is_int(step_of("94287082", 59, 0, p), 0, "two digits more");
}

static void
check_texts(apr_pool_t *p)
{
    const char *a = hw_totp_secret_new(p), *b = hw_totp_secret_new(p), *code;

    ok(strlen(a) == 32 && strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == 32, "a new secret");
    ok(strcmp(a, b) != 0, "and another");
    ok(hw_totp_code(a, 1, 6, &code, NULL, p) == APR_SUCCESS && strlen(code) == 6, "gives codes");
    is(hw_totp_uri("Hook Wise", "ada@x", "ABC", p),
       "otpauth://totp/Hook%20Wise:ada%40x?secret=ABC&issuer=Hook%20Wise", "what apps read");
    code = hw_recovery_new(p);
    ok(strlen(code) == 11 && code[5] == '-', "a recovery code: %s", code);
    ok(strcmp(code, hw_recovery_new(p)) != 0, "and another");
    is(hw_recovery_digest("K3V7D P2XQA", p), hw_recovery_digest("k3v7d-p2xqa", p),
       "the same as typed");
    ok(strcmp(hw_recovery_digest("k3v7d-p2xqb", p), hw_recovery_digest("k3v7d-p2xqa", p)) != 0,
       "another code has another digest");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    check_vectors(p);
    check_window(p);
    check_texts(p);
    return tap_done();
}
