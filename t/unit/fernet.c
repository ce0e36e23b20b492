/* SPDX-License-Identifier: Apache-2.0 */
/* Fernet: the specification's published vectors, rotation, and the binary form. */
#include <string.h>

#include "common/crypto.h"
#include "t/lib/tap.h"

#define KEY "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
#define KEY2 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define GOOD "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64" \
             "jVmpU4IwqDA=="
#define NOW 499162800 /* 1985-10-26T01:20:00-07:00 */

static hw_keyring_t *
ring_of(const char *keys, apr_pool_t *p)
{
    hw_keyring_t *ring = NULL;

    hw_keyring_make(keys, &ring, NULL, p);
    return ring;
}

/* The clear text, or "refused" when the one permitted error came. */
static const char *
open_token(const hw_keyring_t *ring, const char *token, int now, int ttl, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    unsigned char *data = NULL;
    apr_size_t len = 0;
    apr_status_t rv;

    rv = hw_fernet_decrypt(ring, token, apr_time_from_sec(now), ttl, &data, &len, res, p);
    if (rv == APR_SUCCESS)
        return strlen((char *)data) == len ? (char *)data : "length differs";
    if (rv != APR_EINVAL || strcmp(res->problem, "bad-token") != 0
        || strcmp(hw_result_text(res, p),
                  "cannot be decrypted: another key, or damaged, or expired") != 0)
        return "another error";
    return "refused";
}

static void
test_vectors(apr_pool_t *p)
{
    hw_keyring_t *ring = ring_of(KEY, p);
    unsigned char iv[16];
    const char *token = NULL;

    for (unsigned char i = 0; i < sizeof(iv); i++)
        iv[i] = i;
    is_int(hw_fernet_encrypt(ring, "hello", 5, apr_time_from_sec(NOW), iv, &token, NULL, p),
           APR_SUCCESS, "generate: done");
    is(token, GOOD, "generate: the published token");
    is(open_token(ring, GOOD, NOW + 1, 60, p), "hello", "verify: the published text");
}

/* Whether a token's MAC is right: then it is the rest that must be refused. */
static int
mac_right(const char *token, apr_pool_t *p)
{
    unsigned char *key, *raw, mac[64];
    apr_size_t key_len, len;

    hw_unbase64(KEY, strlen(KEY), &key, &key_len, p);
    if (hw_unbase64(token, strlen(token), &raw, &len, p) != APR_SUCCESS || len < 57)
        return 0;
    hw_hmac("sha256", key, 16, raw, len - 32, mac, NULL);
    return memcmp(mac, raw + len - 32, 32) == 0;
}

static void
test_invalid(apr_pool_t *p)
{
    static const struct {
        const char *what, *token;
        int now, signed_right;
    } cases[] = {
        { "incorrect mac",
          "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQU"
          "FBQUFBQQ==", NOW + 1, 0 },
        { "too short", "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==", NOW + 1, 0 },
        { "invalid base64",
          "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-"
          "p1YsUD2Q==", NOW + 1, 0 },
        { "payload size not multiple of block size",
          "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrf"
          "yudzUm", NOW + 1, 1 },
        { "payload padding error",
          "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIb"
          "kuKNqOhw==", NOW + 1, 1 },
        { "far-future TS (unacceptable clock skew)",
          "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX"
          "9b_qXQcw==", NOW + 1, 1 },
        { "expired TTL",
          "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-"
          "p1YsUD2Q==", NOW + 91, 1 },
        { "incorrect IV (causes padding error)",
          "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TI"
          "vcZjK1zQ==", NOW + 1, 1 },
    };
    hw_keyring_t *ring = ring_of(KEY, p);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is(open_token(ring, cases[i].token, cases[i].now, 60, p), "refused", "invalid: %s",
           cases[i].what);
        is_int(mac_right(cases[i].token, p), cases[i].signed_right, "for that reason");
    }
    /* these two hold an empty text */
    is(open_token(ring, cases[6].token, NOW + 61, 60, p), "", "at the last second of its TTL");
    is(open_token(ring, cases[6].token, NOW + 91, -1, p), "", "an old one without TTL");
    is(open_token(ring, cases[5].token, NOW, -1, p), "", "one of the future without TTL");
    is(open_token(ring, GOOD, NOW - 60, 60, p), "hello", "60 seconds of skew are permitted");
    is(open_token(ring, GOOD, NOW - 61, 60, p), "refused", "61 are not");
    is(open_token(ring, "", NOW, -1, p), "refused", "an empty token");
    is(open_token(ring, NULL, NOW, -1, p), "refused", "no token");
}

static void
test_rotation(apr_pool_t *p)
{
    hw_keyring_t *old = ring_of(KEY, p), *both = ring_of(" " KEY2 " , " KEY, p),
                 *new = ring_of(KEY2, p);
    const char *token = NULL;

    is(open_token(both, GOOD, NOW, -1, p), "hello", "a ring opens its older key's token");
    hw_fernet_encrypt(both, "again", 5, apr_time_now(), NULL, &token, NULL, p);
    is(open_token(new, token, NOW, -1, p), "again", "and writes with its first");
    is(open_token(old, token, NOW, -1, p), "refused", "which the older cannot read");
    is(open_token(new, GOOD, NOW, -1, p), "refused", "nor the newer the older's");
}

static void
test_bad_keys(apr_pool_t *p)
{
    static const char *const cases[][2] = {
        { "", "no key is given" },
        { " , ", "no key is given" },
        { "short", "key 1 of 1 is not 32 bytes in base64url" },
        { "c2hvcnQ=", "key 1 of 1 is not 32 bytes in base64url, but 5" },
        { KEY ",%%%%", "key 2 of 2 is not 32 bytes in base64url" },
    };
    hw_result_t *res = hw_result_make(p);
    hw_keyring_t *ring;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is_int(hw_keyring_make(cases[i][0], &ring, res, p), APR_EINVAL, "bad keys, row %zu", i);
        is(hw_result_text(res, p), cases[i][1], "with the words");
        is(res->problem, "bad-key", "and the slug");
    }
    is_int(hw_keyring_make(NULL, &ring, res, p), APR_EINVAL, "no text at all");
}

static void
test_new_key(apr_pool_t *p)
{
    const char *a = hw_fernet_key_new(p), *b = hw_fernet_key_new(p);

    is_int(strlen(a), 44, "a new key is 44 characters");
    ok(strcmp(a, b) != 0, "no two are the same");
    ok(ring_of(a, p) != NULL, "and a ring takes it");
}

static void
test_seal(apr_pool_t *p)
{
    hw_keyring_t *ring = ring_of(KEY, p);
    static const apr_size_t sizes[] = { 0, 1, 15, 16, 17, 4096, 100000 };
    unsigned char *plain = apr_palloc(p, 100000), *sealed, *back;
    apr_size_t n, m;

    for (apr_size_t i = 0; i < 100000; i++)
        plain[i] = (unsigned char)(i * 31);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        apr_size_t len = sizes[i];

        is_int(hw_seal(ring, plain, len, apr_time_now(), &sealed, &n, NULL, p), APR_SUCCESS,
               "%zu bytes are sealed", len);
        is_int(n, 57 + (len / 16 + 1) * 16, "to so many");
        is_int(hw_unseal(ring, sealed, n, &back, &m, NULL, p), APR_SUCCESS, "and come back");
        ok(m == len && memcmp(back, plain, m) == 0 && back[m] == '\0', "the same, with a NUL");
    }
    hw_seal(ring, "hello", 5, apr_time_now(), &sealed, &n, NULL, p);
    is(open_token(ring, hw_base64(sealed, n, 1, p), NOW, -1, p), "hello", "a token in bytes");
    is_int(hw_unseal(ring, sealed, n - 1, &back, &m, NULL, p), APR_EINVAL, "cut off: refused");
    is_int(hw_unseal(ring, sealed, 0, &back, &m, NULL, p), APR_EINVAL, "nothing: refused");
    for (apr_size_t i = 0; i < n; i++) {
        sealed[i] ^= 1;
        if (hw_unseal(ring, sealed, n, &back, &m, NULL, p) == APR_SUCCESS)
            break;
        sealed[i] ^= 1;
        if (i == n - 1)
            ok(1, "every byte of %zu is protected", n);
    }
    ok(hw_unseal(ring, sealed, n, &back, &m, NULL, p) == APR_SUCCESS, "unchanged it opens again");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    test_vectors(p);
    test_invalid(p);
    test_rotation(p);
    test_bad_keys(p);
    test_new_key(p);
    test_seal(p);
    return tap_done();
}
