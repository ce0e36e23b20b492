/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint records, and requests checked against them. */
#include "common/auth.h"

#include <apr_strings.h>
#include <string.h>

#include "t/lib/tap.h"

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define NOW apr_time_from_sec(1800000000)

static hw_keyring_t *
ring_of(apr_pool_t *p)
{
    hw_keyring_t *ring = NULL;

    hw_keyring_make(KEY, &ring, NULL, p);
    return ring;
}

/* A record's text around its variable members. */
static const char *
record(const char *members, apr_pool_t *p)
{
    return apr_psprintf(p, "{\"id\":\"ep1\",\"enabled\":true,\"draft\":false%s%s}",
                        members[0] ? "," : "", members);
}

static const char *
token_member(const char *token, long until, apr_pool_t *p)
{
    return apr_psprintf(p, "{\"sha256\":\"%s\",\"until\":%ld}",
                        hw_sha256_hex(token, strlen(token), p), until);
}

static const char *
hmac_member(const char *secret, apr_pool_t *p)
{
    const char *token = NULL;

    hw_fernet_encrypt(ring_of(p), secret, strlen(secret), NOW, NULL, &token, NULL, p);
    return apr_psprintf(p, "\"hmac\":\"%s\"", token);
}

static hw_auth_t *
auth_of(const char *text, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_auth_t *auth = NULL;

    if (hw_auth_parse(text, strlen(text), ring_of(p), &auth, res, p) != APR_SUCCESS)
        tap_diag("%s", hw_result_text(res, p));
    return auth;
}

static void
test_record(apr_pool_t *p)
{
    const char *text = record(
        apr_pstrcat(p, "\"name\":\"Kuma\",\"tenant\":\"acme\",\"bearer\":true,\"tokens\":[",
                    token_member("a", 0, p), ",", token_member("b", 1900000000, p), "],",
                    hmac_member("topsecret", p),
                    ",\"trusted_ips\":\"10.0.0.0/8\",\"success_code\":200,\"max_body_kb\":64,"
                    "\"rate_limit\":120,\"dedup_window_seconds\":30", NULL), p);
    hw_auth_t *auth = auth_of(text, p);

    if (!ok(auth != NULL, "a full record is read"))
        return;
    is(auth->id, "ep1", "id");
    is(auth->name, "Kuma", "name");
    is(auth->tenant, "acme", "tenant");
    ok(auth->enabled && !auth->draft && auth->bearer, "state");
    is_int(auth->tokens->nelts, 2, "tokens");
    ok(APR_ARRAY_IDX(auth->tokens, 1, hw_auth_token_t).until == apr_time_from_sec(1900000000),
       "a token's end");
    is(auth->hmac_secret, "topsecret", "the secret in clear");
    is_int(auth->hmac_secret_len, 9, "and its length");
    ok(hw_cidr_contains(auth->trusted, "10.1.1.1") && !hw_cidr_contains(auth->trusted, "11.1.1.1"),
       "addresses");
    is_int(auth->success_code, 200, "code");
    is_int(auth->max_body, 65536, "body limit in bytes");
    is_int(auth->rate_per_minute, 120, "rate");
    is_int(auth->dedup_window, 30, "window");
    is(auth->version, hw_auth_version(text, strlen(text), p), "its version is that of the text");
    is(hw_auth_version("abc", 3, p), "ba7816bf8f01cfea", "16 digits of SHA-256");
}

static void
test_defaults(apr_pool_t *p)
{
    hw_auth_t *auth = auth_of(record("\"bearer\":false,\"hmac\":null,\"trusted_ips\":null,"
                                     "\"rate_limit\":null,\"more\":[1]", p), p);

    if (!ok(auth != NULL, "a short record is read"))
        return;
    is(auth->tenant, "default", "tenant");
    is_int(auth->tokens->nelts, 0, "no tokens");
    ok(auth->hmac_secret == NULL && auth->trusted == NULL, "no secret, every address");
    is_int(auth->success_code, 202, "code");
    is_int(auth->max_body, 1048576, "body limit");
    is_int(auth->rate_per_minute, 0, "no rate limit");
    is_int(auth->dedup_window, 0, "no window");
}

static void
test_bad_records(apr_pool_t *p)
{
    static const struct {
        const char *text, *why, *problem;
    } cases[] = {
        { "", "the record is not JSON", "bad-record" },
        { "{", "the record is not JSON", "bad-record" },
        { "[]", "the record is not a JSON object", "bad-record" },
        { "null", "the record is not a JSON object", "bad-record" },
        { "{}", "enabled: is not true or false", "bad-record" },
        { "{\"id\":7}", "id: is not a text", "bad-record" },
        { "{\"id\":\"a\",\"enabled\":1}", "enabled: is not true or false", "bad-record" },
        { "{\"id\":\"a\",\"enabled\":true}", "draft: is not true or false", "bad-record" },
        { "{\"id\":\"a\",\"enabled\":true,\"draft\":false}", "bearer: is not true or false",
          "bad-record" },
        { "{\"enabled\":true,\"draft\":false,\"bearer\":true}", "id: is missing", "bad-record" },
        { "T\"tokens\":{}", "tokens: is not a list", "bad-record" },
        { "T\"tokens\":[{\"sha256\":\"ab\"}]", "tokens[0].sha256: is not 64 hex digits",
          "bad-record" },
        { "T\"tokens\":[null]", "tokens[0].sha256: is not 64 hex digits", "bad-record" },
        { "T\"hmac\":5", "hmac: is not a text", "bad-record" },
        { "T\"hmac\":\"gAAAAA\"",
          "hmac: cannot be decrypted: another key, or damaged, or expired", "bad-token" },
        { "T\"trusted_ips\":\"10.0.0.0/99\"",
          "trusted_ips: is not a list of addresses and CIDRs", "bad-record" },
        { "T\"success_code\":500", "success_code: is not between 200 and 299", "bad-record" },
        { "T\"max_body_kb\":0", "max_body_kb: is not between 1 and 32768", "bad-record" },
        { "T\"max_body_kb\":40000", "max_body_kb: is not between 1 and 32768", "bad-record" },
        { "T\"rate_limit\":\"9\"", "rate_limit: is not a whole number", "bad-record" },
        { "T\"dedup_window_seconds\":-1", "dedup_window_seconds: is not between 0 and 1000000000",
          "bad-record" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hw_result_t *res = hw_result_make(p);
        hw_auth_t *auth = NULL;
        const char *text = cases[i].text;

        if (text[0] == 'T')
            text = record(apr_pstrcat(p, "\"bearer\":true,", text + 1, NULL), p);
        is_int(hw_auth_parse(text, strlen(text), ring_of(p), &auth, res, p), APR_EINVAL,
               "refuses row %zu", i);
        is(hw_result_text(res, p), cases[i].why, "with its words");
        is(res->problem, cases[i].problem, "and slug");
        ok(auth == NULL, "and no record");
    }
}

static void
test_secrets(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_auth_t *auth = NULL;
    const char *text = record(apr_pstrcat(p, "\"bearer\":true,", hmac_member("x", p), NULL), p);

    is_int(hw_auth_parse(text, strlen(text), NULL, &auth, res, p), APR_EINVAL,
           "a secret without a ring is refused");
    is(hw_result_text(res, p), "hmac: there is no key to open it", "with its words");
    is(res->problem, "bad-token", "and slug");
    text = record(apr_pstrcat(p, "\"bearer\":true,", hmac_member("", p), NULL), p);
    is_int(hw_auth_parse(text, strlen(text), ring_of(p), &auth, res, p), APR_EINVAL,
           "an empty secret is refused");
    is(hw_result_text(res, p), "hmac: is an empty secret", "with its words");
    text = record("\"bearer\":true", p);
    is_int(hw_auth_parse(text, strlen(text), NULL, &auth, res, p), APR_SUCCESS,
           "without a secret no ring is needed");
}

static const char *
verdict_name(hw_auth_verdict_e v)
{
    static const char *const names[] = { "ok", "disabled", "address", "missing", "wrong" };

    return names[v];
}

static const char *
head(const hw_auth_t *auth, const hw_auth_request_t *req, apr_time_t now, apr_pool_t *p)
{
    const char *scheme = NULL;
    hw_auth_verdict_e v = hw_auth_head(auth, req, now, &scheme, p);

    return apr_psprintf(p, "%s %s", verdict_name(v), scheme);
}

static void
test_tokens(apr_pool_t *p)
{
    static const struct {
        const char *authorization, *query, *want;
    } cases[] = {
        { NULL, NULL, "missing none" },
        { "", NULL, "missing none" },
        { "Bearer alpha", NULL, "ok bearer" },
        { "bearer  alpha ", NULL, "ok bearer" },
        { "BEARER\talpha", NULL, "ok bearer" },
        { "Bearer beta", NULL, "ok bearer" },
        { "Bearer old", NULL, "wrong bearer" },
        { "Bearer Alpha", NULL, "wrong bearer" },
        { "Bearer alphaa", NULL, "wrong bearer" },
        { "Bearer", NULL, "missing none" },
        { "Bearer ", NULL, "missing none" },
        { "Bearer: alpha", NULL, "missing none" },
        { "Bearerx alpha", NULL, "missing none" },
        { "Token alpha", NULL, "missing none" },
        { "alpha", NULL, "missing none" },
        { "Basic dTphbHBoYQ==", NULL, "ok basic" },      /* u:alpha */
        { "basic OmFscGhh", NULL, "ok basic" },          /* :alpha */
        { "Basic dTphbHBoYTo=", NULL, "wrong basic" },   /* u:alpha: */
        { "Basic YWxwaGE=", NULL, "missing none" },      /* alpha */
        { "Basic dTo=", NULL, "missing none" },          /* u: */
        { "Basic ???", NULL, "missing none" },
        { "Basic dTphbHBoYQB4", NULL, "missing none" },  /* a NUL inside */
        { NULL, "alpha", "ok query" },
        { NULL, "", "missing none" },
        { NULL, "gamma", "wrong query" },
        { "Digest x", "alpha", "ok query" },
        { "Basic dTpub25l", "alpha", "ok query" },       /* a proxy's own credentials */
        { "Bearer gamma", "gamma", "wrong query" },
    };
    hw_auth_t *auth = auth_of(
        record(apr_pstrcat(p, "\"bearer\":true,\"tokens\":[", token_member("old", 1700000000, p),
                           ",", token_member("alpha", 0, p), ",",
                           token_member("beta", 1900000000, p), "]", NULL), p), p);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hw_auth_request_t req = { .authorization = cases[i].authorization,
                                  .query_token = cases[i].query };

        is(head(auth, &req, NOW, p), cases[i].want, "row %zu: %s, token %s", i,
           cases[i].authorization ? cases[i].authorization : "no header",
           cases[i].query ? cases[i].query : "not in the query");
    }
    is(head(auth, &(hw_auth_request_t){ .query_token = "old" }, apr_time_from_sec(1699999999), p),
       "ok query", "a token before its end");
    is(head(auth, &(hw_auth_request_t){ .query_token = "old" }, apr_time_from_sec(1700000000), p),
       "wrong query", "and at it");
    auth->tokens->nelts = 0;
    is(head(auth, &(hw_auth_request_t){ .query_token = "alpha" }, NOW, p), "wrong query",
       "without tokens none is right");
}

static void
test_state(apr_pool_t *p)
{
    hw_auth_t *auth = auth_of(record("\"bearer\":false,\"trusted_ips\":\"10.0.0.0/8\"", p), p);
    hw_auth_request_t here = { .ip = "10.0.0.9" }, there = { .ip = "192.0.2.1" }, nowhere = { 0 };

    is(head(auth, &here, NOW, p), "ok none", "nothing asked, nothing needed");
    is(head(auth, &there, NOW, p), "address none", "an address not allowed");
    is(head(auth, &nowhere, NOW, p), "address none", "no address where some are asked for");
    auth->bearer = 1;
    is(head(auth, &there, NOW, p), "address none", "the address comes before the token");
    is(head(auth, &here, NOW, p), "missing none", "then the token");
    auth->draft = 1;
    is(head(auth, &here, NOW, p), "disabled none", "a draft takes nothing");
    auth->draft = 0;
    auth->enabled = 0;
    is(head(auth, &there, NOW, p), "disabled none", "a disabled one says so to anybody");
}

static const char *
body(const hw_auth_t *auth, const char *signature, const char *text, apr_pool_t *p)
{
    const char *scheme = "before";
    hw_auth_request_t req = { .signature = signature, .body = text, .body_len = strlen(text) };
    hw_auth_verdict_e v = hw_auth_body(auth, &req, NOW, &scheme, p);

    return apr_psprintf(p, "%s %s", verdict_name(v), scheme);
}

#define SIGNED "c0ed7b75ec2effcc728cd97441e27464212977a23fe119df7243d52467431892"

static void
test_signatures(apr_pool_t *p)
{
    static const struct {
        const char *signature, *want;
    } cases[] = {
        { NULL, "missing hmac" },
        { "", "missing hmac" },
        { "  ", "missing hmac" },
        { SIGNED, "ok hmac" },
        { " " SIGNED " ", "ok hmac" },
        { "sha256=" SIGNED, "ok hmac" },
        { "SHA256=" SIGNED, "ok hmac" },
        { "C0ED7B75EC2EFFCC728CD97441E27464212977A23FE119DF7243D52467431892", "ok hmac" },
        { "c0ed7b75ec2effcc728cd97441e27464212977a23fe119df7243d52467431893", "wrong hmac" },
        { "c0ed7b75ec2effcc728cd97441e27464212977a23fe119df7243d524674318", "wrong hmac" },
        { "c0ed7b75ec2effcc728cd97441e27464212977a23fe119df7243d5246743189", "wrong hmac" },
        { SIGNED "00", "wrong hmac" },
        { "sha1=" SIGNED, "wrong hmac" },
        { "sha256=", "wrong hmac" },
        { "sha256=sha256=" SIGNED, "wrong hmac" },
        { "not hex at all", "wrong hmac" },
    };
    static const char text[] = "{\"status\":\"firing\"}";
    hw_auth_t *auth = auth_of(record(apr_pstrcat(p, "\"bearer\":false,",
                                                 hmac_member("topsecret", p), NULL), p), p);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        is(body(auth, cases[i].signature, text, p), cases[i].want, "signature of row %zu", i);
    is(body(auth, SIGNED, "{\"status\": \"firing\"}", p), "wrong hmac", "another body");
    is(body(auth, SIGNED, "", p), "wrong hmac", "no body");
    auth = auth_of(record(apr_pstrcat(p, "\"bearer\":false,",
                                      hmac_member("It's a Secret to Everybody", p), NULL), p), p);
    is(body(auth, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            "Hello, World!", p), "ok hmac", "GitHub's published example");
    auth = auth_of(record("\"bearer\":false", p), p);
    is(body(auth, NULL, text, p), "ok before", "no secret, no signature needed");
    is(body(auth, "wrong", text, p), "ok before", "nor looked at");
}

/* With a token and a secret both are asked for, each in its step. */
static void
test_both(apr_pool_t *p)
{
    hw_auth_t *auth = auth_of(record(apr_pstrcat(p, "\"bearer\":true,\"tokens\":[",
                                                 token_member("alpha", 0, p), "],",
                                                 hmac_member("topsecret", p), NULL), p), p);
    hw_auth_request_t signed_only = { .signature = SIGNED };

    is(head(auth, &signed_only, NOW, p), "missing none", "a signature is no token");
    is(body(auth, NULL, "{\"status\":\"firing\"}", p), "missing hmac", "nor the other way");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    test_record(p);
    test_defaults(p);
    test_bad_records(p);
    test_secrets(p);
    test_tokens(p);
    test_state(p);
    test_signatures(p);
    test_both(p);
    return tap_done();
}
