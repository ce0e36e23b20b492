/* SPDX-License-Identifier: Apache-2.0 */
/* Fernet tokens, as text and as bytes, under a ring of keys. */
#include <apr_strings.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "common/crypto.h"
#include "common/result.h"
#include "common/text.h"

/* A token: version, time, IV, ciphertext, MAC over all before it. */
#define VERSION 0x80
#define IV_AT 9
#define IV_LEN 16
#define TEXT_AT (IV_AT + IV_LEN)
#define BLOCK 16
#define MAC_LEN 32
#define TOKEN_MIN (TEXT_AT + BLOCK + MAC_LEN)

#define KEY_LEN 32   /* signing half, then encryption half */
#define HALF_KEY 16
#define CLOCK_SKEW 60 /* seconds a token may be ahead of us, by the specification */

typedef struct {
    EVP_MAC_CTX *mac; /* keyed once; each use works on a duplicate, so threads may share it */
    unsigned char cipher_key[HALF_KEY];
} ring_key_t;

struct hw_keyring_t {
    EVP_CIPHER *cipher; /* fetched once: fetching costs more than sealing a short text */
    EVP_MAC *hmac;
    ring_key_t *keys;
    int nkeys;
};

/* --- the ring -------------------------------------------------------------------------------- */

static apr_status_t
ring_free(void *baton)
{
    hw_keyring_t *ring = baton;

    for (int i = 0; i < ring->nkeys; i++)
        EVP_MAC_CTX_free(ring->keys[i].mac);
    OPENSSL_cleanse(ring->keys, (size_t)ring->nkeys * sizeof(*ring->keys));
    EVP_MAC_free(ring->hmac);
    EVP_CIPHER_free(ring->cipher);
    return APR_SUCCESS;
}

static apr_status_t
key_init(const hw_keyring_t *ring, ring_key_t *key, const unsigned char *raw)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };

    memcpy(key->cipher_key, raw + HALF_KEY, HALF_KEY);
    key->mac = EVP_MAC_CTX_new(ring->hmac);
    if (key->mac == NULL || EVP_MAC_init(key->mac, raw, HALF_KEY, params) != 1)
        return APR_EGENERAL;
    return APR_SUCCESS;
}

apr_status_t
hw_keyring_make(const char *keys, hw_keyring_t **out, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *words = hw_text_split(keys, ',', p);
    hw_keyring_t *ring = apr_pcalloc(p, sizeof(*ring));

    if (words->nelts == 0)
        return hw_fail(res, APR_EINVAL, "bad-key", "no key is given");
    ring->keys = apr_pcalloc(p, (apr_size_t)words->nelts * sizeof(*ring->keys));
    ring->nkeys = words->nelts;
    apr_pool_cleanup_register(p, ring, ring_free, apr_pool_cleanup_null);
    ring->cipher = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
    ring->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (ring->cipher == NULL || ring->hmac == NULL)
        return hw_fail(res, APR_EGENERAL, "no-crypto", "OpenSSL has no AES-128-CBC or no HMAC");
    for (int i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);
        unsigned char *raw = NULL;
        apr_size_t len = 0;
        apr_status_t rv = hw_unbase64(word, strlen(word), &raw, &len, p);

        if (rv != APR_SUCCESS || len != KEY_LEN)
            return hw_fail(res, APR_EINVAL, "bad-key", 
                           "key %d of %d is not %d bytes in base64url%s",
                           i + 1, words->nelts, KEY_LEN,
                           rv == APR_SUCCESS ? apr_psprintf(p, ", but %d", (int)len) : "");
        rv = key_init(ring, &ring->keys[i], raw);
        OPENSSL_cleanse(raw, len);
        if (rv != APR_SUCCESS)
            return hw_fail(res, rv, "no-crypto", "OpenSSL refused key %d", i + 1);
    }
    *out = ring;
    return APR_SUCCESS;
}

const char *
hw_fernet_key_new(apr_pool_t *p)
{
    return apr_pstrcat(p, hw_random_token(KEY_LEN, p), "=", NULL); /* padded, as other tools ask */
}

/* --- making a token -------------------------------------------------------------------------- */

static int
sign(const ring_key_t *key, const unsigned char *data, apr_size_t len, unsigned char *mac)
{
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(key->mac);
    size_t n = 0;
    int done = ctx != NULL && EVP_MAC_update(ctx, data, len) == 1
               && EVP_MAC_final(ctx, mac, &n, MAC_LEN) == 1 && n == MAC_LEN;

    EVP_MAC_CTX_free(ctx);
    return done;
}

static int
aes_encrypt(const hw_keyring_t *ring, const unsigned char *iv, const void *data, apr_size_t len,
            unsigned char *out, apr_size_t *out_len)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0, last = 0;
    int done = ctx != NULL
               && EVP_EncryptInit_ex2(ctx, ring->cipher, ring->keys[0].cipher_key, iv, NULL) == 1
               && EVP_EncryptUpdate(ctx, out, &n, data, (int)len) == 1
               && EVP_EncryptFinal_ex(ctx, out + n, &last) == 1;

    EVP_CIPHER_CTX_free(ctx);
    *out_len = (apr_size_t)(n + last);
    return done;
}

static apr_status_t
seal(const hw_keyring_t *ring, const void *data, apr_size_t len, apr_time_t now,
     const unsigned char *iv, unsigned char **out, apr_size_t *out_len, hw_result_t *res,
     apr_pool_t *p)
{
    apr_uint64_t seconds = (apr_uint64_t)apr_time_sec(now);
    unsigned char *token;
    apr_size_t n;

    if (len > INT_MAX - 2 * BLOCK)
        return hw_fail(res, APR_ENOSPC, "too-large", "more than 2 GB cannot be sealed at once");
    token = apr_palloc(p, TOKEN_MIN + len);
    token[0] = VERSION;
    for (int i = 0; i < 8; i++)
        token[1 + i] = (unsigned char)(seconds >> (56 - 8 * i));
    if (iv != NULL)
        memcpy(token + IV_AT, iv, IV_LEN);
    else if (hw_random(token + IV_AT, IV_LEN) != APR_SUCCESS)
        return hw_fail(res, APR_EGENERAL, "no-crypto", "the system gives no random bytes");
    if (!aes_encrypt(ring, token + IV_AT, data, len, token + TEXT_AT, &n)
        || !sign(&ring->keys[0], token, TEXT_AT + n, token + TEXT_AT + n))
        return hw_fail(res, APR_EGENERAL, "no-crypto", "OpenSSL failed to encrypt");
    *out = token;
    *out_len = TEXT_AT + n + MAC_LEN;
    return APR_SUCCESS;
}

apr_status_t
hw_seal(const hw_keyring_t *ring, const void *data, apr_size_t len, apr_time_t now,
        unsigned char **out, apr_size_t *out_len, hw_result_t *res, apr_pool_t *p)
{
    return seal(ring, data, len, now, NULL, out, out_len, res, p);
}

apr_status_t
hw_fernet_encrypt(const hw_keyring_t *ring, const void *data, apr_size_t len, apr_time_t now,
                  const unsigned char *iv, const char **token, hw_result_t *res, apr_pool_t *p)
{
    unsigned char *raw;
    apr_size_t raw_len;
    apr_status_t rv = seal(ring, data, len, now, iv, &raw, &raw_len, res, p);

    if (rv == APR_SUCCESS)
        *token = hw_base64(raw, raw_len, 1, p);
    return rv;
}

/* --- opening one ----------------------------------------------------------------------------- */

/* Whoever probes with tokens learns nothing of why one was refused. */
static apr_status_t
bad_token(hw_result_t *res)
{
    return hw_fail(res, APR_EINVAL, "bad-token",
                   "cannot be decrypted: another key, or damaged, or expired");
}

static int
fresh(const unsigned char *token, apr_time_t now, int ttl_seconds)
{
    apr_uint64_t made = 0, seconds = (apr_uint64_t)apr_time_sec(now);

    for (int i = 0; i < 8; i++)
        made = made << 8 | token[1 + i];
    if (made > seconds)
        return made - seconds <= CLOCK_SKEW;
    return seconds - made <= (apr_uint64_t)ttl_seconds;
}

static const ring_key_t *
signer(const hw_keyring_t *ring, const unsigned char *token, apr_size_t len)
{
    unsigned char mac[MAC_LEN];

    for (int i = 0; i < ring->nkeys; i++)
        if (sign(&ring->keys[i], token, len - MAC_LEN, mac)
            && hw_equal_ct(mac, MAC_LEN, token + len - MAC_LEN, MAC_LEN))
            return &ring->keys[i];
    return NULL;
}

static int
aes_decrypt(const hw_keyring_t *ring, const ring_key_t *key, const unsigned char *token,
            apr_size_t len, unsigned char *out, apr_size_t *out_len)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0, last = 0;
    int done = ctx != NULL
               && EVP_DecryptInit_ex2(ctx, ring->cipher, key->cipher_key, token + IV_AT, NULL) == 1
               && EVP_DecryptUpdate(ctx, out, &n, token + TEXT_AT,
                                    (int)(len - TEXT_AT - MAC_LEN)) == 1
               && EVP_DecryptFinal_ex(ctx, out + n, &last) == 1;

    EVP_CIPHER_CTX_free(ctx);
    *out_len = (apr_size_t)(n + last);
    return done;
}

/* The MAC is checked before anything is decrypted: no padding oracle. */
static apr_status_t
unseal(const hw_keyring_t *ring, const unsigned char *token, apr_size_t len, apr_time_t now,
       int ttl_seconds, unsigned char **out, apr_size_t *out_len, hw_result_t *res, apr_pool_t *p)
{
    const ring_key_t *key;
    unsigned char *text;

    if (len < TOKEN_MIN || len > INT_MAX || token[0] != VERSION
        || (len - TEXT_AT - MAC_LEN) % BLOCK != 0)
        return bad_token(res);
    key = signer(ring, token, len);
    if (key == NULL || (ttl_seconds >= 0 && !fresh(token, now, ttl_seconds)))
        return bad_token(res);
    text = apr_palloc(p, len);
    if (!aes_decrypt(ring, key, token, len, text, out_len))
        return bad_token(res);
    text[*out_len] = '\0';
    *out = text;
    return APR_SUCCESS;
}

apr_status_t
hw_unseal(const hw_keyring_t *ring, const unsigned char *data, apr_size_t len, unsigned char **out,
          apr_size_t *out_len, hw_result_t *res, apr_pool_t *p)
{
    return unseal(ring, data, len, 0, -1, out, out_len, res, p);
}

apr_status_t
hw_fernet_decrypt(const hw_keyring_t *ring, const char *token, apr_time_t now, int ttl_seconds,
                  unsigned char **data, apr_size_t *len, hw_result_t *res, apr_pool_t *p)
{
    unsigned char *raw;
    apr_size_t raw_len;

    if (token == NULL || hw_unbase64(token, strlen(token), &raw, &raw_len, p) != APR_SUCCESS)
        return bad_token(res);
    return unseal(ring, raw, raw_len, now, ttl_seconds, data, len, res, p);
}
