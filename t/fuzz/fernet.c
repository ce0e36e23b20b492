/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: Fernet tokens, sealed bytes, encodings, key lists. Input: any bytes. */
#include <string.h>

#include "common/crypto.h"
#include "t/fuzz/fuzz.h"

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define NOW apr_time_from_sec(1772443800)

static void
there_and_back(const hw_keyring_t *ring, const void *data, apr_size_t len, apr_pool_t *p)
{
    const char *token = NULL;
    unsigned char *back = NULL;
    apr_size_t back_len = 0;

    fuzz_check(hw_fernet_encrypt(ring, data, len, NOW, (const unsigned char *)"0123456789abcdef",
                                 &token, NULL, p) == APR_SUCCESS, "any bytes can be encrypted");
    fuzz_check(hw_fernet_decrypt(ring, token, NOW, 1, &back, &back_len, NULL, p) == APR_SUCCESS,
               "and decrypted");
    fuzz_check(back_len == len && memcmp(back, data, len) == 0, "to the same");
    fuzz_check(hw_unbase64(hw_base64(data, len, 1, p), strlen(hw_base64(data, len, 1, p)), &back,
                           &back_len, p) == APR_SUCCESS &&
                   back_len == len && memcmp(back, data, len) == 0, "base64 there and back");
}

/* A byte of a token changed: never accepted. */
static void
damaged(const hw_keyring_t *ring, const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    unsigned char *sealed = NULL, *back = NULL;
    apr_size_t sealed_len = 0, back_len = 0;

    fuzz_check(hw_seal(ring, data, len, NOW, &sealed, &sealed_len, NULL, p) == APR_SUCCESS,
               "any bytes can be sealed");
    sealed[(len > 0 ? data[0] : 0) % sealed_len] ^= (unsigned char)(len > 1 && data[1] ? data[1] : 1);
    fuzz_check(hw_unseal(ring, sealed, sealed_len, &back, &back_len, NULL, p) != APR_SUCCESS,
               "damage is seen");
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    fuzz_input_t in = { data, len, p };
    const void *bytes = fuzz_copy(data, len, p);
    hw_keyring_t *ring = NULL, *other = NULL;
    unsigned char *out = NULL;
    apr_size_t out_len;
    const char *text = fuzz_rest(&in, &out_len);

    fuzz_check(hw_keyring_make(KEY, &ring, NULL, p) == APR_SUCCESS, "the target's key is good");
    (void)hw_keyring_make(text, &other, NULL, p);
    (void)hw_fernet_decrypt(ring, text, NOW, -1, &out, &out_len, NULL, p);
    (void)hw_fernet_decrypt(ring, text, NOW, 60, &out, &out_len, NULL, p);
    (void)hw_unseal(ring, bytes, len, &out, &out_len, NULL, p);
    (void)hw_unhex(bytes, len, &out, &out_len, p);
    (void)hw_unbase64(bytes, len, &out, &out_len, p);
    there_and_back(ring, bytes, len, p);
    damaged(ring, bytes, len, p);
}
