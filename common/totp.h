/* SPDX-License-Identifier: Apache-2.0 */
/* One-time codes from time (RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits), and recovery codes. */
#ifndef HW_TOTP_H
#define HW_TOTP_H

#include "common/hw.h"

#define HW_TOTP_SECRET_BYTES 20
#define HW_TOTP_STEP 30    /* seconds a code is shown */
#define HW_TOTP_DIGITS 6
#define HW_TOTP_WINDOW 1   /* steps a clock may be off, either way */
#define HW_TOTP_RECOVERY 10 /* recovery codes made at once */

/* Random bytes in base32, 32 upper-case characters without padding. */
const char *hw_totp_secret_new(apr_pool_t *p);
/* The code of a step (seconds since 1970 / HW_TOTP_STEP); digits 1 to 8. APR_EINVAL
 * "bad-secret" when it is not base32. */
apr_status_t hw_totp_code(const char *secret, apr_int64_t step, int digits, const char **out,
                          hw_result_t *res, apr_pool_t *p);
/* *step: that of the code, which must be greater than last (no code counts twice); 0 = wrong.
 * Blanks in the code do not matter. Constant time in the digits. */
apr_status_t hw_totp_check(const char *secret, const char *code, apr_time_t now, apr_int64_t last,
                           apr_int64_t *step, hw_result_t *res, apr_pool_t *p);
/* otpauth://totp/Issuer:account?secret=…&issuer=Issuer, what authenticator apps read. */
const char *hw_totp_uri(const char *issuer, const char *account, const char *secret,
                        apr_pool_t *p);

/* A random recovery code, "k3v7d-p2xqa" of base32 (50 bits). */
const char *hw_recovery_new(apr_pool_t *p);
/* SHA-256 in hex of the code as people type it: case, blanks and hyphens do not matter. */
const char *hw_recovery_digest(const char *code, apr_pool_t *p);

#endif
