/* SPDX-License-Identifier: Apache-2.0 */
/* The published record of an endpoint, and the check of a request against it. */
#include "common/auth.h"

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "common/result.h"

#define MAX_BODY_KB (HW_MAX_BODY_HARD / 1024)

/* --- the record ------------------------------------------------------------------------------ */

static apr_status_t
bad(hw_result_t *res, const char *field, const char *why)
{
    return hw_fail_field(res, APR_EINVAL, "bad-record", field, "%s", why);
}

static apr_status_t
take_text(const hw_json_t *doc, const char *name, const char *deflt, const char **out,
          hw_result_t *res, apr_pool_t *p)
{
    const hw_json_t *v = hw_json_get(doc, name);

    if (v != NULL && !json_object_is_type(v, json_type_string))
        return bad(res, name, "is not a text");
    *out = v != NULL ? apr_pstrdup(p, hw_json_get_string(doc, name)) : deflt;
    return APR_SUCCESS;
}

/* State and bearer decide who gets in: no default stands in for them. */
static apr_status_t
take_bool(const hw_json_t *doc, const char *name, int *out, hw_result_t *res)
{
    const hw_json_t *v = hw_json_get(doc, name);

    if (!json_object_is_type(v, json_type_boolean))
        return bad(res, name, "is not true or false");
    *out = json_object_get_boolean(v);
    return APR_SUCCESS;
}

typedef struct {
    const char *name;
    int deflt, min, max;
} int_field_t;

static apr_status_t
take_int(const hw_json_t *doc, const int_field_t *f, int *out, hw_result_t *res)
{
    const hw_json_t *v = hw_json_get(doc, f->name);
    apr_int64_t n = f->deflt;

    if (v != NULL && !json_object_is_type(v, json_type_int))
        return bad(res, f->name, "is not a whole number");
    if (v != NULL)
        n = json_object_get_int64(v);
    if (n < f->min || n > f->max)
        return hw_fail_field(res, APR_EINVAL, "bad-record", f->name, "is not between %d and %d",
                             f->min, f->max);
    *out = (int)n;
    return APR_SUCCESS;
}

static apr_status_t
take_tokens(const hw_json_t *doc, hw_auth_t *auth, hw_result_t *res, apr_pool_t *p)
{
    const hw_json_t *list = hw_json_get(doc, "tokens");
    size_t n;

    if (list != NULL && !json_object_is_type(list, json_type_array))
        return bad(res, "tokens", "is not a list");
    n = list != NULL ? json_object_array_length(list) : 0;
    auth->tokens = apr_array_make(p, (int)n, sizeof(hw_auth_token_t));
    for (size_t i = 0; i < n; i++) {
        const hw_json_t *entry = json_object_array_get_idx(list, i);
        const char *hex = hw_json_get_string(entry, "sha256");
        const hw_json_t *until = hw_json_get(entry, "until");
        hw_auth_token_t *token = apr_array_push(auth->tokens);
        unsigned char *raw;
        apr_size_t len;

        if (hex == NULL || hw_unhex(hex, strlen(hex), &raw, &len, p) != APR_SUCCESS
            || len != sizeof(token->sha256))
            return bad(res, apr_psprintf(p, "tokens[%d].sha256", (int)i), "is not 64 hex digits");
        if (until != NULL && !json_object_is_type(until, json_type_int))
            return bad(res, apr_psprintf(p, "tokens[%d].until", (int)i), "is not a whole number");
        memcpy(token->sha256, raw, len);
        token->until = until != NULL ? apr_time_from_sec(json_object_get_int64(until)) : 0;
    }
    return APR_SUCCESS;
}

static apr_status_t
take_secret(const hw_json_t *doc, const hw_keyring_t *ring, hw_auth_t *auth, hw_result_t *res,
            apr_pool_t *p)
{
    const char *token = NULL;
    unsigned char *secret = NULL;
    apr_status_t rv = take_text(doc, "hmac", NULL, &token, res, p);

    if (rv != APR_SUCCESS || token == NULL)
        return rv;
    if (ring == NULL)
        return hw_fail_field(res, APR_EINVAL, "bad-token", "hmac", "there is no key to open it");
    rv = hw_fernet_decrypt(ring, token, 0, -1, &secret, &auth->hmac_secret_len, res, p);
    if (rv != APR_SUCCESS)
        return res != NULL ? hw_result_in_field(res, "hmac") : rv;
    if (auth->hmac_secret_len == 0) /* anyone could sign with it */
        return bad(res, "hmac", "is an empty secret");
    auth->hmac_secret = (const char *)secret;
    return APR_SUCCESS;
}

static apr_status_t
take_trusted(const hw_json_t *doc, hw_auth_t *auth, hw_result_t *res, apr_pool_t *p)
{
    const char *text = NULL;
    hw_cidr_t *list = NULL;
    apr_status_t rv = take_text(doc, "trusted_ips", NULL, &text, res, p);

    if (rv == APR_SUCCESS && hw_cidr_parse(text, &list, res, p) != APR_SUCCESS)
        return bad(res, "trusted_ips", "is not a list of addresses and CIDRs");
    auth->trusted = list;
    return rv;
}

static apr_status_t
take_limits(const hw_json_t *doc, hw_auth_t *auth, hw_result_t *res)
{
    static const int_field_t code = { "success_code", 202, 200, 299 },
                             body = { "max_body_kb", HW_MAX_BODY_DEFAULT / 1024, 1, MAX_BODY_KB },
                             rate = { "rate_limit", 0, 0, 1000000000 },
                             window = { "dedup_window_seconds", 0, 0, 1000000000 };
    int kb = 0;
    apr_status_t rv = take_int(doc, &code, &auth->success_code, res);

    if (rv == APR_SUCCESS)
        rv = take_int(doc, &body, &kb, res);
    if (rv == APR_SUCCESS)
        rv = take_int(doc, &rate, &auth->rate_per_minute, res);
    if (rv == APR_SUCCESS)
        rv = take_int(doc, &window, &auth->dedup_window, res);
    auth->max_body = (apr_size_t)kb * 1024;
    return rv;
}

static apr_status_t
take_all(const hw_json_t *doc, const hw_keyring_t *ring, hw_auth_t *auth, hw_result_t *res,
         apr_pool_t *p)
{
    apr_status_t rv;

    if (!json_object_is_type(doc, json_type_object))
        return hw_fail(res, APR_EINVAL, "bad-record", "the record is not a JSON object");
    if ((rv = take_text(doc, "id", "", &auth->id, res, p)) != APR_SUCCESS
        || (rv = take_text(doc, "name", "", &auth->name, res, p)) != APR_SUCCESS
        || (rv = take_text(doc, "tenant", "default", &auth->tenant, res, p)) != APR_SUCCESS
        || (rv = take_bool(doc, "enabled", &auth->enabled, res)) != APR_SUCCESS
        || (rv = take_bool(doc, "draft", &auth->draft, res)) != APR_SUCCESS
        || (rv = take_bool(doc, "bearer", &auth->bearer, res)) != APR_SUCCESS
        || (rv = take_tokens(doc, auth, res, p)) != APR_SUCCESS
        || (rv = take_secret(doc, ring, auth, res, p)) != APR_SUCCESS
        || (rv = take_trusted(doc, auth, res, p)) != APR_SUCCESS
        || (rv = take_limits(doc, auth, res)) != APR_SUCCESS)
        return rv;
    return auth->id[0] != '\0' ? APR_SUCCESS : bad(res, "id", "is missing");
}

apr_status_t
hw_auth_parse(const char *record, apr_size_t len, const hw_keyring_t *ring, hw_auth_t **out,
              hw_result_t *res, apr_pool_t *p)
{
    hw_auth_t *auth = apr_pcalloc(p, sizeof(*auth));
    apr_pool_t *ptemp; /* the record's tree ends here: a cached result holds plain memory only */
    hw_json_t *doc = NULL;
    apr_status_t rv;

    apr_pool_create(&ptemp, p);
    rv = hw_json_parse(record, len, NULL, &doc, NULL, res, ptemp);
    if (rv != APR_SUCCESS)
        rv = hw_fail(res, APR_EINVAL, "bad-record", "the record is not JSON");
    else
        rv = take_all(doc, ring, auth, res, p);
    apr_pool_destroy(ptemp);
    if (rv != APR_SUCCESS)
        return rv;
    auth->version = hw_auth_version(record, len, p);
    auth->credentials = hw_auth_credentials(record, len, p);
    *out = auth;
    return APR_SUCCESS;
}

const char *
hw_auth_version(const char *record, apr_size_t len, apr_pool_t *p)
{
    return apr_pstrndup(p, hw_sha256_hex(record, len, p), 16);
}

const char *
hw_auth_credentials(const char *record, apr_size_t len, apr_pool_t *p)
{
    static const char *const members[] = { "enabled", "draft", "bearer", "tokens", "hmac",
                                           "trusted_ips" };
    const char *text = "", *version = NULL;
    apr_pool_t *ptemp;
    hw_json_t *doc;

    apr_pool_create(&ptemp, p);
    if (hw_json_parse(record, len, NULL, &doc, NULL, NULL, ptemp) == APR_SUCCESS &&
        json_object_is_type(doc, json_type_object)) {
        for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
            text = apr_pstrcat(ptemp, text, hw_json_write(hw_json_get(doc, members[i]), ptemp),
                               "\n", NULL);
        version = hw_auth_version(text, strlen(text), p);
    }
    apr_pool_destroy(ptemp);
    return version;
}

/* --- the check ------------------------------------------------------------------------------- */

/* Every token is compared, also behind a match: the time says nothing of which one it was. */
static int
known_token(const hw_auth_t *auth, const char *token, apr_time_t now)
{
    unsigned char md[64];
    int known = 0;

    if (hw_digest("sha256", token, strlen(token), md, NULL) != APR_SUCCESS)
        return 0;
    for (int i = 0; i < auth->tokens->nelts; i++) {
        const hw_auth_token_t *t = &APR_ARRAY_IDX(auth->tokens, i, hw_auth_token_t);
        int same = hw_equal_ct(md, sizeof(t->sha256), t->sha256, sizeof(t->sha256));

        known |= same & (t->until == 0 || now < t->until);
    }
    return known;
}

/* What follows the scheme's name in an Authorization header, or NULL for another scheme. */
static const char *
behind_scheme(const char *header, const char *scheme, apr_pool_t *ptemp)
{
    apr_size_t len = strlen(scheme), end;

    header += strspn(header, " \t");
    if (strncasecmp(header, scheme, len) != 0 || (header[len] != ' ' && header[len] != '\t'))
        return NULL;
    header += len + strspn(header + len, " \t");
    for (end = strlen(header); end > 0 && strchr(" \t", header[end - 1]) != NULL; end--)
        ;
    return end > 0 ? apr_pstrndup(ptemp, header, end) : NULL;
}

/* The password of Basic credentials; the user's name does not matter. */
static const char *
basic_password(const char *credentials, apr_pool_t *ptemp)
{
    unsigned char *text;
    apr_size_t len;
    const char *colon;

    if (hw_unbase64(credentials, strlen(credentials), &text, &len, ptemp) != APR_SUCCESS
        || strlen((char *)text) != len)
        return NULL;
    colon = strchr((char *)text, ':');
    return colon != NULL && colon[1] != '\0' ? colon + 1 : NULL;
}

hw_auth_verdict_e
hw_auth_head(const hw_auth_t *auth, const hw_auth_request_t *req, apr_time_t now,
             const char **scheme, apr_pool_t *ptemp)
{
    struct {
        const char *scheme, *token;
    } shown[] = { { "bearer", NULL }, { "basic", NULL }, { "query", req->query_token } };
    hw_auth_verdict_e verdict = HW_AUTH_MISSING;
    const char *basic;

    *scheme = "none";
    if (!auth->enabled || auth->draft)
        return HW_AUTH_DISABLED;
    if (auth->trusted != NULL && !hw_cidr_contains(auth->trusted, req->ip))
        return HW_AUTH_ADDRESS;
    if (!auth->bearer)
        return HW_AUTH_OK;
    if (req->authorization != NULL) {
        shown[0].token = behind_scheme(req->authorization, "Bearer", ptemp);
        basic = behind_scheme(req->authorization, "Basic", ptemp);
        shown[1].token = basic != NULL ? basic_password(basic, ptemp) : NULL;
    }
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        if (shown[i].token == NULL || shown[i].token[0] == '\0')
            continue;
        *scheme = shown[i].scheme;
        if (known_token(auth, shown[i].token, now))
            return HW_AUTH_OK;
        verdict = HW_AUTH_WRONG;
    }
    return verdict;
}

hw_auth_verdict_e
hw_auth_body(const hw_auth_t *auth, const hw_auth_request_t *req, const char **scheme,
             apr_pool_t *ptemp)
{
    unsigned char want[64], *got;
    const char *s = req->signature;
    apr_size_t want_len, len;

    if (auth->hmac_secret == NULL)
        return HW_AUTH_OK;
    *scheme = "hmac";
    if (s == NULL || s[strspn(s, " \t")] == '\0')
        return HW_AUTH_MISSING;
    s += strspn(s, " \t");
    if (strncasecmp(s, "sha256=", 7) == 0)
        s += 7;
    for (len = strlen(s); len > 0 && strchr(" \t", s[len - 1]) != NULL; len--)
        ;
    if (hw_unhex(s, len, &got, &len, ptemp) != APR_SUCCESS)
        return HW_AUTH_WRONG;
    if (hw_hmac("sha256", auth->hmac_secret, auth->hmac_secret_len, req->body, req->body_len, want,
                &want_len) != APR_SUCCESS)
        return HW_AUTH_WRONG;
    return hw_equal_ct(got, len, want, want_len) ? HW_AUTH_OK : HW_AUTH_WRONG;
}
