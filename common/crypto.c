/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, constant-time comparison, random bytes, and the hex and base64 encodings. */
#include "common/crypto.h"

#include <apr_strings.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const EVP_MD *
algorithm(const char *name)
{
    if (strcmp(name, "sha256") == 0)
        return EVP_sha256();
    if (strcmp(name, "sha1") == 0)
        return EVP_sha1();
    if (strcmp(name, "sha512") == 0)
        return EVP_sha512();
    return NULL;
}

apr_status_t
hw_digest(const char *algo, const void *data, apr_size_t len, unsigned char *out,
          apr_size_t *out_len)
{
    const EVP_MD *md = algorithm(algo);
    unsigned int n = 0;

    if (md == NULL)
        return APR_EINVAL;
    if (EVP_Digest(data, len, out, &n, md, NULL) != 1)
        return APR_EGENERAL;
    if (out_len != NULL)
        *out_len = n;
    return APR_SUCCESS;
}

apr_status_t
hw_hmac(const char *algo, const void *key, apr_size_t key_len, const void *data, apr_size_t len,
        unsigned char *out, apr_size_t *out_len)
{
    const EVP_MD *md = algorithm(algo);
    unsigned int n = 0;

    if (md == NULL || key_len > INT_MAX)
        return APR_EINVAL;
    if (HMAC(md, key_len > 0 ? key : "", (int)key_len, len > 0 ? data : (const void *)"", len, out,
             &n) == NULL)
        return APR_EGENERAL;
    if (out_len != NULL)
        *out_len = n;
    return APR_SUCCESS;
}

const char *
hw_sha256_hex(const void *data, apr_size_t len, apr_pool_t *p)
{
    unsigned char md[64];
    apr_size_t n = 0;

    if (hw_digest("sha256", data, len, md, &n) != APR_SUCCESS) {
        fputs("hookwise: the crypto library cannot do SHA-256\n", stderr);
        abort();
    }
    return hw_hex(md, n, p);
}

int
hw_ed25519_verify(const unsigned char *key, const unsigned char *signature,
                  apr_size_t signature_len, const void *data, apr_size_t len)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int good = pkey != NULL && ctx != NULL && signature_len == 64 &&
               EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
               EVP_DigestVerify(ctx, signature, signature_len, data, len) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return good;
}

int
hw_equal_ct(const void *a, apr_size_t alen, const void *b, apr_size_t blen)
{
    return alen == blen && (alen == 0 || CRYPTO_memcmp(a, b, alen) == 0);
}

apr_status_t
hw_random(void *out, apr_size_t len)
{
    if (len > INT_MAX || RAND_bytes(out, (int)len) != 1)
        return APR_EGENERAL;
    return APR_SUCCESS;
}

/* Identifiers and tokens made of no randomness would be worse than no program. */
static void
random_or_die(void *out, apr_size_t len)
{
    if (hw_random(out, len) == APR_SUCCESS)
        return;
    fputs("hookwise: the system gives no random bytes\n", stderr);
    abort();
}

const char *
hw_random_token(apr_size_t n, apr_pool_t *p)
{
    unsigned char *raw = apr_palloc(p, n);
    const char *text;

    random_or_die(raw, n);
    text = hw_base64(raw, n, 1, p);
    OPENSSL_cleanse(raw, n);
    return apr_pstrndup(p, text, strcspn(text, "="));
}

const char *
hw_uuid_from(const unsigned char *random, apr_pool_t *p)
{
    static const int lengths[] = { 8, 4, 4, 4, 12 };
    unsigned char b[HW_UUID_BYTES];
    char *out = apr_palloc(p, 2 * HW_UUID_BYTES + 4 + 1), *end = out;
    const char *h;

    memcpy(b, random, sizeof(b));
    b[6] = (b[6] & 0x0f) | 0x40; /* version 4 */
    b[8] = (b[8] & 0x3f) | 0x80; /* variant of RFC 9562 */
    h = hw_hex(b, sizeof(b), p);
    for (int i = 0; i < 5; i++) {
        memcpy(end, h, (size_t)lengths[i]);
        h += lengths[i];
        end += lengths[i];
        *end++ = i < 4 ? '-' : '\0';
    }
    return out;
}

const char *
hw_uuid(apr_pool_t *p)
{
    unsigned char b[HW_UUID_BYTES];

    random_or_die(b, sizeof(b));
    return hw_uuid_from(b, p);
}

const char *
hw_uuid_of(const char *text, apr_pool_t *p)
{
    const char *h = hw_sha256_hex(text, strlen(text), p);

    return apr_psprintf(p, "%.8s-%.4s-8%.3s-8%.3s-%.12s", h, h + 8, h + 12, h + 15, h + 18);
}

const char *
hw_hex(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    static const char digits[] = "0123456789abcdef";
    char *out = apr_palloc(p, 2 * len + 1);

    for (apr_size_t i = 0; i < len; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * len] = '\0';
    return out;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

apr_status_t
hw_unhex(const char *s, apr_size_t len, unsigned char **out, apr_size_t *out_len, apr_pool_t *p)
{
    unsigned char *b;

    if (len % 2 != 0)
        return APR_EINVAL;
    b = apr_palloc(p, len / 2 + 1);
    for (apr_size_t i = 0; i < len; i += 2) {
        int high = hex_digit(s[i]), low = hex_digit(s[i + 1]);

        if (high < 0 || low < 0)
            return APR_EINVAL;
        b[i / 2] = (unsigned char)(high << 4 | low);
    }
    b[len / 2] = '\0';
    *out = b;
    *out_len = len / 2;
    return APR_SUCCESS;
}

const char *
hw_base64(const void *data, apr_size_t len, int url_alphabet, apr_pool_t *p)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *more = url_alphabet ? "-_" : "+/";
    const unsigned char *b = data;
    char *out = apr_palloc(p, (len + 2) / 3 * 4 + 1), *to = out;

    for (apr_size_t i = 0; i < len; i += 3) {
        apr_size_t left = len - i;
        apr_uint32_t bits = (apr_uint32_t)b[i] << 16;

        bits |= left > 1 ? (apr_uint32_t)b[i + 1] << 8 : 0;
        bits |= left > 2 ? b[i + 2] : 0;
        for (apr_size_t k = 0; k < 4; k++) {
            unsigned int six = bits >> (18 - 6 * k) & 63;

            *to++ = k > left ? '=' : six < 62 ? letters[six] : more[six - 62];
        }
    }
    *to = '\0';
    return out;
}

static int
base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Unused low bits of the last digit are ignored, as Python's decoder does: keys that people typed
 * for it must mean the same bytes here. */
apr_status_t
hw_unbase64(const char *s, apr_size_t len, unsigned char **out, apr_size_t *out_len, apr_pool_t *p)
{
    unsigned char *b, *to;
    apr_uint32_t bits = 0;

    if (len % 4 == 0 && len > 0 && s[len - 1] == '=')
        len -= s[len - 2] == '=' ? 2 : 1;
    if (len % 4 == 1)
        return APR_EINVAL;
    b = to = apr_palloc(p, len / 4 * 3 + 4);
    for (apr_size_t i = 0; i < len; i++) {
        int six = base64_digit(s[i]);

        if (six < 0)
            return APR_EINVAL;
        bits = bits << 6 | (apr_uint32_t)six;
        if (i % 4 > 0)
            *to++ = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    *to = '\0';
    *out = b;
    *out_len = (apr_size_t)(to - b);
    return APR_SUCCESS;
}
