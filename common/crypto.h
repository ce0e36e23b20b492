/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, random bytes, encodings, Fernet and password hashes, all on OpenSSL and crypt(3). */
#ifndef HW_CRYPTO_H
#define HW_CRYPTO_H

#include "common/hw.h"

/* data is hashed with "sha1", "sha256" or "sha512" into out (64 bytes of room). */
apr_status_t hw_digest(const char *algo, const void *data, apr_size_t len, unsigned char *out,
                       apr_size_t *out_len);
apr_status_t hw_hmac(const char *algo, const void *key, apr_size_t key_len, const void *data,
                     apr_size_t len, unsigned char *out, apr_size_t *out_len);
const char *hw_sha256_hex(const void *data, apr_size_t len, apr_pool_t *p); /* 64 lower-case */

/* 1 for an Ed25519 signature of the data by the owner of a public key of 32 bytes. */
int hw_ed25519_verify(const unsigned char *key, const unsigned char *signature,
                      apr_size_t signature_len, const void *data, apr_size_t len);

/* Constant time in the contents; lengths may differ (then not equal). */
int hw_equal_ct(const void *a, apr_size_t alen, const void *b, apr_size_t blen);

apr_status_t hw_random(void *out, apr_size_t len);
/* n random bytes as unpadded base64url: 48 bytes give the 64 characters of an endpoint id. */
const char *hw_random_token(apr_size_t n, apr_pool_t *p);
const char *hw_uuid(apr_pool_t *p); /* random (version 4), lower case: request ids */
#define HW_UUID_BYTES 16
const char *hw_uuid_from(const unsigned char *random, apr_pool_t *p); /* the same, of your own bytes */
const char *hw_uuid_of(const char *text, apr_pool_t *p); /* always the same (version 8) for a text */

const char *hw_hex(const unsigned char *data, apr_size_t len, apr_pool_t *p);
/* Upper or lower case. APR_EINVAL for odd length or other characters. */
apr_status_t hw_unhex(const char *s, apr_size_t len, unsigned char **out, apr_size_t *out_len,
                      apr_pool_t *p);
const char *hw_base64(const void *data, apr_size_t len, int url_alphabet, apr_pool_t *p);
/* Either alphabet; padding optional; anything else APR_EINVAL. */
apr_status_t hw_unbase64(const char *s, apr_size_t len, unsigned char **out, apr_size_t *out_len,
                         apr_pool_t *p);

/* Fernet (github.com/fernet/spec): version 0x80, 64-bit time, IV, AES-128-CBC, HMAC-SHA256,
 * base64url. A ring is one or more keys: the first encrypts, all decrypt (rotation). */
typedef struct hw_keyring_t hw_keyring_t;
/* keys: comma-separated base64url of 32 bytes each. Errors: APR_EINVAL "bad-key", which says
 * which key and why, never the key. */
apr_status_t hw_keyring_make(const char *keys, hw_keyring_t **out, hw_result_t *res,
                             apr_pool_t *p);
const char *hw_fernet_key_new(apr_pool_t *p); /* a fresh key as text */
/* now is the token's time; iv: 16 bytes for test vectors, NULL = random. */
apr_status_t hw_fernet_encrypt(const hw_keyring_t *ring, const void *data, apr_size_t len,
                               apr_time_t now, const unsigned char *iv, const char **token,
                               hw_result_t *res, apr_pool_t *p);
/* ttl_seconds < 0: age is not checked. Errors: APR_EINVAL "bad-token" (one text for all causes
 * visible to attackers; the spec's 60 s clock skew applies when ttl is checked). data gets a NUL
 * behind its last byte. */
apr_status_t hw_fernet_decrypt(const hw_keyring_t *ring, const char *token, apr_time_t now,
                               int ttl_seconds, unsigned char **data, apr_size_t *len,
                               hw_result_t *res, apr_pool_t *p);
/* The binary form of the same (no base64): payloads at rest. Same errors. */
apr_status_t hw_seal(const hw_keyring_t *ring, const void *data, apr_size_t len, apr_time_t now,
                     unsigned char **out, apr_size_t *out_len, hw_result_t *res, apr_pool_t *p);
apr_status_t hw_unseal(const hw_keyring_t *ring, const unsigned char *data, apr_size_t len,
                       unsigned char **out, apr_size_t *out_len, hw_result_t *res, apr_pool_t *p);

/* crypt(3) yescrypt. verify is 1 for a match, 0 otherwise, in time independent of the password. */
#define HW_PASSWORD_MIN 8 /* characters of one that somebody chooses */
int hw_password_short(const char *password);
apr_status_t hw_password_hash(const char *password, const char **hash, hw_result_t *res,
                              apr_pool_t *p);
int hw_password_verify(const char *password, const char *hash);

#endif
