/* SPDX-License-Identifier: Apache-2.0 */
/* The published record of an endpoint, and the check of a request against it. */
#include "common/auth.h"

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "common/auth_parts.h"
#include "common/auth_scheme.h"
#include "common/result.h"
#include "common/text.h"

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

/* The clear text of a member that holds a Fernet token; NULL when it holds nothing. */
static apr_status_t
take_sealed(const hw_json_t *doc, const char *name, const hw_keyring_t *ring, const char **out,
            apr_size_t *len, hw_result_t *res, apr_pool_t *p)
{
    const char *token = NULL;
    unsigned char *clear = NULL;
    apr_status_t rv = take_text(doc, name, NULL, &token, res, p);

    *out = NULL;
    if (rv != APR_SUCCESS || token == NULL)
        return rv;
    if (ring == NULL)
        return hw_fail_field(res, APR_EINVAL, "bad-token", name, "there is no key to open it");
    rv = hw_fernet_decrypt(ring, token, 0, -1, &clear, len, res, p);
    if (rv != APR_SUCCESS)
        return res != NULL ? hw_result_in_field(res, name) : rv;
    *out = (const char *)clear;
    return APR_SUCCESS;
}

static apr_status_t
take_secret(const hw_json_t *doc, const hw_keyring_t *ring, hw_auth_t *auth, hw_result_t *res,
            apr_pool_t *p)
{
    apr_status_t rv = take_sealed(doc, "hmac", ring, &auth->hmac_secret, &auth->hmac_secret_len,
                                  res, p);

    if (rv == APR_SUCCESS && auth->hmac_secret != NULL && auth->hmac_secret_len == 0)
        return bad(res, "hmac", "is an empty secret"); /* anyone could sign with it */
    return rv;
}

/* An empty list would let everybody in who should have shown something. */
static apr_status_t
take_schemes(const hw_json_t *doc, const hw_keyring_t *ring, hw_auth_t *auth, hw_result_t *res,
             apr_pool_t *p)
{
    const char *text;
    apr_pool_t *ptemp;
    hw_json_t *list = NULL;
    apr_size_t len = 0;
    apr_status_t rv = take_sealed(doc, "auth", ring, &text, &len, res, p);

    auth->schemes = apr_array_make(p, 0, sizeof(hw_scheme_t *));
    if (rv != APR_SUCCESS || text == NULL)
        return rv;
    apr_pool_create(&ptemp, p);
    rv = hw_json_parse(text, len, NULL, &list, NULL, res, ptemp);
    if (rv != APR_SUCCESS)
        rv = bad(res, "auth", "is not JSON");
    else
        rv = hw_schemes_compile(list, 0, &auth->schemes, res, p);
    apr_pool_destroy(ptemp);
    if (rv == APR_SUCCESS && auth->schemes->nelts == 0)
        return bad(res, "auth", "is an empty list");
    return rv;
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
        || (rv = take_schemes(doc, ring, auth, res, p)) != APR_SUCCESS
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
                                           "auth", "trusted_ips" };
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

int
hw_auth_basic(const char *authorization, const char **user, const char **password,
              apr_pool_t *ptemp)
{
    const char *credentials = authorization != NULL ? behind_scheme(authorization, "Basic", ptemp)
                                                    : NULL;
    unsigned char *text;
    apr_size_t len;
    char *colon;

    if (credentials == NULL ||
        hw_unbase64(credentials, strlen(credentials), &text, &len, ptemp) != APR_SUCCESS
        || strlen((char *)text) != len || (colon = strchr((char *)text, ':')) == NULL)
        return 0;
    *colon = '\0';
    *user = (const char *)text;
    *password = colon + 1;
    return colon[1] != '\0';
}

static hw_auth_verdict_e
check_token(const hw_auth_t *auth, const hw_auth_request_t *req, apr_time_t now,
            const char **scheme, apr_pool_t *ptemp)
{
    struct {
        const char *scheme, *token;
    } shown[] = { { "bearer", NULL }, { "basic", NULL }, { "query", req->query_token },
                  { "header", req->header_token } };
    hw_auth_verdict_e verdict = HW_AUTH_MISSING;
    const char *user;

    if (req->authorization != NULL) {
        shown[0].token = behind_scheme(req->authorization, "Bearer", ptemp);
        hw_auth_basic(req->authorization, &user, &shown[1].token, ptemp);
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

/* One verdict of several: enough is enough, wrong is more than missing. */
static hw_auth_verdict_e
better(hw_auth_verdict_e a, hw_auth_verdict_e b)
{
    return a == HW_AUTH_OK || b == HW_AUTH_OK ? HW_AUTH_OK
           : a == HW_AUTH_WRONG               ? a
                                              : b;
}

/* All are tried, whichever fits: the time says nothing of which one it was. */
static hw_auth_verdict_e
heads(const hw_auth_t *auth, const hw_auth_request_t *req, const char **scheme, apr_pool_t *ptemp)
{
    hw_auth_verdict_e all = HW_AUTH_MISSING;

    for (int i = 0; i < auth->schemes->nelts; i++) {
        const hw_scheme_t *s = APR_ARRAY_IDX(auth->schemes, i, const hw_scheme_t *);
        hw_auth_verdict_e one = hw_scheme_head(s, req, ptemp);

        if (one == HW_AUTH_OK)
            *scheme = s->name;
        all = better(all, one);
    }
    return all;
}

static int
any_pending(const hw_auth_t *auth, const hw_auth_request_t *req)
{
    for (int i = 0; i < auth->schemes->nelts; i++)
        if (hw_scheme_pending(APR_ARRAY_IDX(auth->schemes, i, const hw_scheme_t *), req))
            return 1;
    return 0;
}

hw_auth_verdict_e
hw_auth_head(const hw_auth_t *auth, const hw_auth_request_t *req, apr_time_t now,
             const char **scheme, apr_pool_t *ptemp)
{
    hw_auth_verdict_e verdict = HW_AUTH_OK;

    *scheme = "none";
    if (!auth->enabled || auth->draft)
        return HW_AUTH_DISABLED;
    if (auth->trusted != NULL && !hw_cidr_contains(auth->trusted, req->ip))
        return HW_AUTH_ADDRESS;
    if (auth->bearer)
        verdict = check_token(auth, req, now, scheme, ptemp);
    if (verdict != HW_AUTH_OK || auth->schemes->nelts == 0)
        return verdict;
    verdict = heads(auth, req, scheme, ptemp);
    return any_pending(auth, req) ? HW_AUTH_OK : verdict;
}

static hw_auth_verdict_e
check_hmac(const hw_auth_t *auth, const hw_auth_request_t *req, apr_pool_t *ptemp)
{
    unsigned char want[64], *got;
    const char *s = req->signature;
    apr_size_t want_len, len;

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

hw_auth_verdict_e
hw_auth_body(const hw_auth_t *auth, const hw_auth_request_t *req, apr_time_t now,
             const char **scheme, apr_pool_t *ptemp)
{
    hw_auth_verdict_e verdict = HW_AUTH_OK;
    const char *head = NULL;

    if (auth->hmac_secret != NULL) {
        *scheme = "hmac";
        verdict = check_hmac(auth, req, ptemp);
    }
    if (verdict != HW_AUTH_OK || auth->schemes->nelts == 0)
        return verdict;
    verdict = heads(auth, req, &head, ptemp);
    for (int i = 0; i < auth->schemes->nelts; i++) {
        const hw_scheme_t *s = APR_ARRAY_IDX(auth->schemes, i, const hw_scheme_t *);
        hw_auth_verdict_e one = hw_scheme_body(s, req, now, ptemp);

        if (one == HW_AUTH_OK)
            *scheme = s->name;
        verdict = better(verdict, one);
    }
    return verdict;
}

/* --- what is no secret ----------------------------------------------------------------------- */

int
hw_auth_is_secret_header(const hw_auth_t *auth, const char *name)
{
    for (int i = 0; i < auth->schemes->nelts; i++) {
        const hw_scheme_t *s = APR_ARRAY_IDX(auth->schemes, i, const hw_scheme_t *);

        if (s->header != NULL && strcasecmp(s->header, name) == 0)
            return 1;
    }
    return 0;
}

static int
is_secret_parameter(const hw_auth_t *auth, const char *pair, apr_size_t len)
{
    for (int i = 0; i < auth->schemes->nelts; i++) {
        const char *name = APR_ARRAY_IDX(auth->schemes, i, const hw_scheme_t *)->parameter;

        if (name != NULL && len > strlen(name) && strncmp(pair, name, strlen(name)) == 0 &&
            pair[strlen(name)] == '=')
            return 1;
    }
    return 0;
}

const char *
hw_auth_public_query(const hw_auth_t *auth, const char *query, apr_pool_t *p)
{
    hw_buf_t b;

    if (*query == '\0' || auth->schemes->nelts == 0)
        return query;
    hw_buf_init(&b, p);
    for (const char *at = query; *at != '\0';) {
        apr_size_t len = strcspn(at, "&");

        if (!is_secret_parameter(auth, at, len)) {
            if (b.len > 0)
                hw_buf_addc(&b, '&');
            hw_buf_add(&b, at, len);
        }
        at += len + (at[len] == '&');
    }
    return b.s;
}
