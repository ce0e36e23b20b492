/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, encodings, random texts and password hashes. */
#include "common/crypto.h"

#include <string.h>

#include "t/lib/tap.h"

static const char *
hmac_hex(const char *algo, const char *key, const char *data, apr_pool_t *p)
{
    unsigned char md[64];
    apr_size_t n = 0;

    if (hw_hmac(algo, key, strlen(key), data, strlen(data), md, &n) != APR_SUCCESS)
        return NULL;
    return hw_hex(md, n, p);
}

static const char *
digest_hex(const char *algo, const char *data, apr_pool_t *p)
{
    unsigned char md[64];
    apr_size_t n = 0;

    if (hw_digest(algo, data, strlen(data), md, &n) != APR_SUCCESS)
        return NULL;
    return hw_hex(md, n, p);
}

/* FIPS 180 and RFC 4231 / RFC 2202 examples. */
static void
test_digests(apr_pool_t *p)
{
    unsigned char md[64];

    is(hw_sha256_hex("abc", 3, p),
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "SHA-256 of abc");
    is(hw_sha256_hex("", 0, p), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
       "SHA-256 of nothing");
    is(digest_hex("sha1", "abc", p), "a9993e364706816aba3e25717850c26c9cd0d89d", "SHA-1 of abc");
    is(digest_hex("sha512", "abc", p),
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f", "SHA-512 of abc");
    is_int(hw_digest("md5", "abc", 3, md, NULL), APR_EINVAL, "no MD5");
    is(hmac_hex("sha256", "Jefe", "what do ya want for nothing?", p),
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "HMAC-SHA-256");
    is(hmac_hex("sha1", "Jefe", "what do ya want for nothing?", p),
       "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "HMAC-SHA-1");
    is(hmac_hex("sha256", "", "", p),
       "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
       "HMAC of nothing with no key");
    is_int(hw_hmac("rot13", "k", 1, "d", 1, md, NULL), APR_EINVAL, "an unknown algorithm");
}

static void
test_equal(void)
{
    ok(hw_equal_ct("abc", 3, "abc", 3), "equal bytes");
    ok(!hw_equal_ct("abc", 3, "abd", 3), "another last byte");
    ok(!hw_equal_ct("abc", 3, "abcd", 4), "another length");
    ok(hw_equal_ct(NULL, 0, "", 0), "nothing equals nothing");
}

static void
test_hex(apr_pool_t *p)
{
    unsigned char *b = NULL;
    apr_size_t n = 0;

    is_int(hw_unhex("00fFaB", 6, &b, &n, p), APR_SUCCESS, "both cases are read");
    ok(n == 3 && memcmp(b, "\x00\xff\xab", 3) == 0, "to their bytes");
    is(hw_hex(b, n, p), "00ffab", "and written in lower case");
    is_int(hw_unhex("abc", 3, &b, &n, p), APR_EINVAL, "odd length");
    is_int(hw_unhex("0g", 2, &b, &n, p), APR_EINVAL, "not a digit");
    is_int(hw_unhex("", 0, &b, &n, p), APR_SUCCESS, "nothing is no bytes");
    is_int(n, 0, "none at all");
}

static void
test_base64(apr_pool_t *p)
{
    static const char *const pairs[][2] = { /* RFC 4648 section 10 */
        { "", "" },          { "f", "Zg==" },        { "fo", "Zm8=" },        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
    };
    static const char *const bad[] = { "A", "Zm9v=", "Zg=", "Z===", "Zm 9", "Zm9v\n", "Zg==Zg==",
                                       "=", "====", "%%%%" };
    unsigned char *b;
    apr_size_t n;

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const char *text = pairs[i][1];

        is(hw_base64(pairs[i][0], strlen(pairs[i][0]), 0, p), text, "writes \"%s\"", text);
        is_int(hw_unbase64(text, strlen(text), &b, &n, p), APR_SUCCESS, "reads it");
        is((char *)b, pairs[i][0], "to the same");
        is_int(hw_unbase64(text, strcspn(text, "="), &b, &n, p), APR_SUCCESS, "unpadded too");
        is((char *)b, pairs[i][0], "to the same");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        is_int(hw_unbase64(bad[i], strlen(bad[i]), &b, &n, p), APR_EINVAL, "refuses row %zu", i);
    is(hw_base64("\xfb\xff\xfe", 3, 0, p), "+//+", "the plain alphabet");
    is(hw_base64("\xfb\xff\xfe", 3, 1, p), "-__-", "the URL alphabet");
    ok(hw_unbase64("-_/+", 4, &b, &n, p) == APR_SUCCESS && memcmp(b, "\xfb\xff\xfe", 3) == 0,
       "either alphabet is read");
}

static void
test_random(apr_pool_t *p)
{
    const char *id = hw_random_token(48, p), *uuid = hw_uuid(p);
    static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    is_int(strlen(id), 64, "48 bytes are 64 characters");
    is_int(strspn(id, url), 64, "of the URL alphabet");
    is_int(strlen(hw_random_token(32, p)), 43, "32 bytes are 43, without padding");
    ok(strcmp(id, hw_random_token(48, p)) != 0, "two differ");
    is_int(strlen(uuid), 36, "a UUID's length");
    ok(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-', "its dashes");
    ok(uuid[14] == '4' && strchr("89ab", uuid[19]) != NULL, "version 4, variant 10");
    is_int(strspn(uuid, "0123456789abcdef-"), 36, "lower-case hex");
    ok(strcmp(uuid, hw_uuid(p)) != 0, "two differ");
    is(hw_uuid_from((const unsigned char *)"\x01\x23\x45\x67\x89\xab\xcd\xef"
                                           "\xfe\xdc\xba\x98\x76\x54\x32\x10", p),
       "01234567-89ab-4def-bedc-ba9876543210", "one of known bytes: version and variant are set");
}

static void
test_passwords(apr_pool_t *p)
{
   /* the first example of the SHA-crypt specification */
    static const char sha512[] = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnI"
                                 "FNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
    hw_result_t *res = hw_result_make(p);
    const char *hash = NULL, *other = NULL;
    char longest[600];

    is_int(hw_password_hash("correct horse", &hash, res, p), APR_SUCCESS, "a password is hashed");
    ok(hash != NULL && strncmp(hash, "$y$", 3) == 0, "with yescrypt");
    ok(hw_password_verify("correct horse", hash), "it matches");
    ok(!hw_password_verify("correct horsf", hash), "another does not");
    ok(!hw_password_verify("", hash), "nor an empty one");
    hw_password_hash("correct horse", &other, res, p);
    ok(strcmp(hash, other) != 0, "two hashes of one password differ");
    ok(hw_password_verify("Hello world!", sha512), "a SHA-512 crypt hash is accepted");
    ok(!hw_password_verify("Hello world?", sha512), "when it matches");
    ok(!hw_password_verify("x", NULL), "no hash matches nothing");
    ok(!hw_password_verify("x", ""), "an empty hash matches nothing");
    ok(!hw_password_verify("x", "*0"), "a failed hash matches nothing");
    ok(!hw_password_verify("x", "!"), "a locked account matches nothing");
    ok(!hw_password_verify("x", "$9$unknown$hash"), "an unknown format matches nothing");
    is_int(hw_password_hash("", &hash, res, p), APR_EINVAL, "an empty password is refused");
    is(hw_result_text(res, p), "the password is empty", "with its words");
    memset(longest, 'x', sizeof(longest));
    longest[512] = '\0';
    is_int(hw_password_hash(longest, &hash, res, p), APR_EINVAL, "a too long one too");
    is(hw_result_text(res, p), "the password is longer than 511 bytes", "with its words");
    longest[511] = '\0';
    is_int(hw_password_hash(longest, &hash, res, p), APR_SUCCESS, "511 bytes are hashed");
    ok(hw_password_verify(longest, hash), "and match");
    longest[510] = '\0';
    ok(!hw_password_verify(longest, hash), "all of them count");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    test_digests(p);
    test_equal();
    test_hex(p);
    test_base64(p);
    test_random(p);
    test_passwords(p);
    return tap_done();
}
