/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: who may post. Input: address, Authorization, token of the query string, signature,
 * body (rest); the whole input is also read as an endpoint's record. */
#include <string.h>
#include <strings.h>

#include "common/auth.h"
#include "t/fuzz/fuzz.h"

#define KEY    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define TOKEN  "the-token"
#define SECRET "the-secret"
#define NOW    apr_time_from_sec(1772443800)

static hw_auth_t *
record(const hw_keyring_t *ring, apr_pool_t *p)
{
    hw_json_t *doc = fuzz_json("{\"id\":\"EP\",\"enabled\":true,\"draft\":false,\"bearer\":true,"
                               "\"trusted_ips\":\"192.0.2.0/24, 2001:db8::/32\",\"tokens\":[{}]}", p);
    hw_json_t *tokens = hw_json_get(doc, "tokens");
    const char *sealed = NULL, *text;
    hw_auth_t *auth = NULL;

    hw_json_set_string(json_object_array_get_idx(tokens, 0), "sha256",
                       hw_sha256_hex(TOKEN, strlen(TOKEN), p));
    hw_fernet_encrypt(ring, SECRET, strlen(SECRET), 0, (const unsigned char *)"0123456789abcdef",
                      &sealed, NULL, p);
    hw_json_set_string(doc, "hmac", sealed);
    text = hw_json_write(doc, p);
    fuzz_check(hw_auth_parse(text, strlen(text), ring, &auth, NULL, p) == APR_SUCCESS,
               "the target's own record is good");
    return auth;
}

/* The signature that is right, found out another way. */
static int
signed_right(const hw_auth_request_t *req, apr_pool_t *p)
{
    unsigned char md[64];
    apr_size_t len;

    hw_hmac("sha256", SECRET, strlen(SECRET), req->body, req->body_len, md, &len);
    return req->signature != NULL &&
           strcasestr(req->signature, hw_hex(md, len, p)) != NULL;
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    fuzz_input_t in = { data, len, p };
    hw_keyring_t *ring = NULL;
    hw_auth_request_t req = { .ip = fuzz_line(&in), .authorization = fuzz_line(&in),
                              .query_token = fuzz_line(&in), .signature = fuzz_line(&in) };
    hw_auth_t *auth, *other = NULL;
    const char *scheme = NULL;
    hw_auth_verdict_e head, body;

    req.body = fuzz_rest(&in, &req.body_len);
    fuzz_check(hw_keyring_make(KEY, &ring, NULL, p) == APR_SUCCESS, "the target's key is good");
    auth = record(ring, p);
    head = hw_auth_head(auth, &req, NOW, &scheme, p);
    fuzz_check(scheme != NULL, "a scheme is always said");
    if (head == HW_AUTH_OK && strcmp(scheme, "basic") != 0)
        fuzz_check(strstr(strcmp(scheme, "query") == 0 ? req.query_token : req.authorization,
                          TOKEN) != NULL, "nobody enters without the token");
    body = hw_auth_body(auth, &req, NOW, &scheme, p);
    fuzz_check((body == HW_AUTH_OK) <= signed_right(&req, p), "nobody enters without a signature");
    if (hw_auth_parse(fuzz_copy(data, len, p), len, ring, &other, NULL, p) == APR_SUCCESS) {
        (void)hw_auth_head(other, &req, 0, &scheme, p);
        (void)hw_auth_body(other, &req, NOW, &scheme, p);
    }
}
