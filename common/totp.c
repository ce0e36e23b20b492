/* SPDX-License-Identifier: Apache-2.0 */
/* One-time codes and recovery codes. */
#include "common/totp.h"

#include <apr_strings.h>
#include <string.h>

#include "common/crypto.h"
#include "common/result.h"
#include "common/text.h"

#define RECOVERY_CHARS 10
#define SECRET_MAX 256 /* characters of a secret in base32 */
#define CODE_MAX 64    /* characters of a code as it was typed */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static const char *
base32(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    unsigned bits = 0, held = 0;
    hw_buf_t out;

    hw_buf_init(&out, p);
    for (apr_size_t i = 0; i < len; i++) {
        bits = bits << 8 | data[i];
        for (held += 8; held >= 5; held -= 5)
            hw_buf_addc(&out, alphabet[bits >> (held - 5) & 31]);
    }
    if (held > 0)
        hw_buf_addc(&out, alphabet[bits << (5 - held) & 31]);
    return out.s;
}

/* Either case; blanks, hyphens and padding are passed over. */
static apr_status_t
unbase32(const char *s, unsigned char **out, apr_size_t *len, hw_result_t *res, apr_pool_t *p)
{
    unsigned bits = 0, held = 0;

    *out = apr_palloc(p, SECRET_MAX);
    *len = 0;
    if (strlen(s) > SECRET_MAX)
        return hw_fail(res, APR_EINVAL, "bad-secret", "the secret is too long");
    for (; *s != '\0'; s++) {
        char c = *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;
        const char *at = strchr(alphabet, c);

        if (strchr(" -=", c) != NULL)
            continue;
        if (at == NULL)
            return hw_fail(res, APR_EINVAL, "bad-secret", "the secret is not base32");
        bits = bits << 5 | (unsigned)(at - alphabet);
        if ((held += 5) >= 8)
            (*out)[(*len)++] = (unsigned char)(bits >> (held -= 8));
    }
    return *len > 0 ? APR_SUCCESS
                    : hw_fail(res, APR_EINVAL, "bad-secret", "the secret is empty");
}

const char *
hw_totp_secret_new(apr_pool_t *p)
{
    unsigned char bytes[HW_TOTP_SECRET_BYTES];

    return hw_random(bytes, sizeof(bytes)) == APR_SUCCESS ? base32(bytes, sizeof(bytes), p) : NULL;
}

apr_status_t
hw_totp_code(const char *secret, apr_int64_t step, int digits, const char **out, hw_result_t *res,
             apr_pool_t *p)
{
    static const unsigned long moduli[] = {1,      10,      100,      1000,     10000,
                                           100000, 1000000, 10000000, 100000000};
    unsigned char counter[8], mac[64], *key;
    apr_size_t key_len, mac_len;
    unsigned long n;
    apr_status_t rv = unbase32(secret, &key, &key_len, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    for (int i = 0; i < 8; i++)
        counter[i] = (unsigned char)((apr_uint64_t)step >> (56 - 8 * i));
    rv = hw_hmac("sha1", key, key_len, counter, sizeof(counter), mac, &mac_len);
    if (rv != APR_SUCCESS)
        return hw_fail(res, rv, "no-hmac", "the system cannot make an HMAC");
    n = mac[mac_len - 1] & 15;
    n = (unsigned long)(mac[n] & 127) << 24 | (unsigned long)mac[n + 1] << 16 |
        (unsigned long)mac[n + 2] << 8 | mac[n + 3];
    *out = apr_psprintf(p, "%0*lu", digits, n % moduli[digits]);
    return APR_SUCCESS;
}

/* What was typed, without blanks and hyphens, in lower case. */
static const char *
plain(const char *code, apr_pool_t *p)
{
    hw_buf_t out;

    hw_buf_init(&out, p);
    for (; *code != '\0' && out.len < CODE_MAX; code++)
        if (strchr(" -\t", *code) == NULL)
            hw_buf_addc(&out, *code >= 'A' && *code <= 'Z' ? (char)(*code - 'A' + 'a') : *code);
    return out.s;
}

apr_status_t
hw_totp_check(const char *secret, const char *code, apr_time_t now, apr_int64_t last,
              apr_int64_t *step, hw_result_t *res, apr_pool_t *p)
{
    apr_int64_t current = apr_time_sec(now) / HW_TOTP_STEP;
    const char *typed = plain(code, p), *right;
    apr_status_t rv;

    *step = 0;
    for (apr_int64_t s = current - HW_TOTP_WINDOW; s <= current + HW_TOTP_WINDOW; s++) {
        if ((rv = hw_totp_code(secret, s, HW_TOTP_DIGITS, &right, res, p)) != APR_SUCCESS)
            return rv;
        if (hw_equal_ct(typed, strlen(typed), right, strlen(right)) && s > last)
            *step = s;
    }
    return APR_SUCCESS;
}

const char *
hw_totp_uri(const char *issuer, const char *account, const char *secret, apr_pool_t *p)
{
    issuer = hw_url_encode(issuer, p);
    return apr_psprintf(p, "otpauth://totp/%s:%s?secret=%s&issuer=%s", issuer,
                        hw_url_encode(account, p), secret, issuer);
}

const char *
hw_recovery_new(apr_pool_t *p)
{
    const char *text = hw_totp_secret_new(p);

    if (text == NULL)
        return NULL;
    text = plain(apr_pstrndup(p, text, RECOVERY_CHARS), p);
    return apr_psprintf(p, "%.5s-%s", text, text + RECOVERY_CHARS / 2);
}

const char *
hw_recovery_digest(const char *code, apr_pool_t *p)
{
    code = plain(code, p);
    return hw_sha256_hex(code, strlen(code), p);
}
