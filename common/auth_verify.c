/* SPDX-License-Identifier: Apache-2.0 */
/* Requests checked against the entries of an endpoint's "auth" list. */
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/auth_parts.h"
#include "common/auth_scheme.h"
#include "common/text.h"

#define TIMESTAMP_DIGITS 12 /* more is no number of seconds */

/* The header's value without blanks around it; NULL when it is not there or blank. */
static const char *
header(const hw_auth_request_t *req, const char *name, apr_pool_t *ptemp)
{
    const char *value = req->headers != NULL && name != NULL ? apr_table_get(req->headers, name)
                                                             : NULL;

    return hw_text_blank(value) ? NULL : hw_text_trim(value, ptemp);
}

/* --- what needs no body ---------------------------------------------------------------------- */

static hw_auth_verdict_e
compare(const hw_scheme_t *s, const char *shown, apr_size_t len)
{
    if (shown == NULL || len == 0)
        return HW_AUTH_MISSING;
    return s->key != NULL && hw_equal_ct(shown, len, s->key, s->key_len) ? HW_AUTH_OK
                                                                         : HW_AUTH_WRONG;
}

/* The decoded value of a query string's parameter, NULL = it is not there. */
static const char *
parameter(const char *query, const char *name, apr_size_t *len, apr_pool_t *ptemp)
{
    apr_size_t name_len = strlen(name);

    while (query != NULL && *query != '\0') {
        apr_size_t n = strcspn(query, "&");

        if (n > name_len && strncmp(query, name, name_len) == 0 && query[name_len] == '=')
            return hw_url_decode(query + name_len + 1, n - name_len - 1, 1, len, ptemp);
        query += n + (query[n] == '&');
    }
    return NULL;
}

static hw_auth_verdict_e
check_query(const hw_scheme_t *s, const hw_auth_request_t *req, apr_pool_t *ptemp)
{
    apr_size_t len = 0;
    const char *value;

    if (strcmp(s->parameter, "token") == 0) { /* is no longer in the query string */
        value = req->query_token;
        return compare(s, value, value != NULL ? strlen(value) : 0);
    }
    value = parameter(req->query, s->parameter, &len, ptemp);
    return compare(s, value, len);
}

/* A wrong name is as wrong as a wrong password, and takes as long to find out. */
static hw_auth_verdict_e
check_basic(const hw_scheme_t *s, const hw_auth_request_t *req, apr_pool_t *ptemp)
{
    const char *user, *password;
    int known;

    if (!hw_auth_basic(req->authorization, &user, &password, ptemp))
        return HW_AUTH_MISSING;
    known = hw_equal_ct(user, strlen(user), s->user, strlen(s->user));
    known &= compare(s, password, strlen(password)) == HW_AUTH_OK;
    return known ? HW_AUTH_OK : HW_AUTH_WRONG;
}

hw_auth_verdict_e
hw_scheme_head(const hw_scheme_t *s, const hw_auth_request_t *req, apr_pool_t *ptemp)
{
    const char *value;

    switch (s->kind) {
    case HW_SCHEME_HEADER:
        value = header(req, s->header, ptemp);
        return compare(s, value, value != NULL ? strlen(value) : 0);
    case HW_SCHEME_QUERY:
        return check_query(s, req, ptemp);
    case HW_SCHEME_BASIC:
        return check_basic(s, req, ptemp);
    case HW_SCHEME_SIGNATURE:
        break;
    }
    return HW_AUTH_MISSING;
}

/* --- signatures ------------------------------------------------------------------------------ */

int
hw_scheme_pending(const hw_scheme_t *s, const hw_auth_request_t *req)
{
    const char *value = s->kind == HW_SCHEME_SIGNATURE && req->headers != NULL
                            ? apr_table_get(req->headers, s->header) : NULL;

    return !hw_text_blank(value);
}

/* The signatures of a header's value, blanks off; one when there is no separator. */
static apr_array_header_t *
split(const hw_scheme_t *s, const char *value, apr_pool_t *ptemp)
{
    apr_array_header_t *list;

    if (s->separator != '\0')
        return hw_text_split(value, s->separator, ptemp);
    list = apr_array_make(ptemp, 1, sizeof(const char *));
    APR_ARRAY_PUSH(list, const char *) = hw_text_trim(value, ptemp);
    return list;
}

/* The time the request says it was signed at; NULL = none. */
static const char *
timestamp(const hw_scheme_t *s, const hw_auth_request_t *req, const apr_array_header_t *list,
          apr_pool_t *ptemp)
{
    if (s->timestamp_header != NULL)
        return header(req, s->timestamp_header, ptemp);
    for (int i = 0; i < list->nelts; i++)
        if (strncmp(APR_ARRAY_IDX(list, i, const char *), "t=", 2) == 0)
            return APR_ARRAY_IDX(list, i, const char *) + 2;
    return NULL;
}

static int
in_time(const hw_scheme_t *s, const char *digits, apr_time_t now)
{
    apr_int64_t then, tolerance = s->tolerance;

    if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits) ||
        strlen(digits) > TIMESTAMP_DIGITS)
        return 0;
    then = apr_atoi64(digits);
    return tolerance == 0 || llabs(apr_time_sec(now) - then) <= tolerance;
}

/* An id that holds what ends it in the signed text could stand for another id and time. */
static int
id_is_plain(const hw_scheme_t *s, const char *id)
{
    char end = strstr(s->text, "{id}")[4];

    return end == '\0' || end == '{' || strchr(id, end) == NULL;
}

/* What was signed: the template filled in. The body alone is not copied. */
static void
signed_bytes(const hw_scheme_t *s, const hw_auth_request_t *req, const char *when, const char *id,
             hw_buf_t *b)
{
    for (const char *at = s->text; *at != '\0';) {
        if (strncmp(at, "{body}", 6) == 0) {
            hw_buf_add(b, req->body, req->body_len);
            at += 6;
        } else if (strncmp(at, "{timestamp}", 11) == 0) {
            hw_buf_adds(b, when);
            at += 11;
        } else if (strncmp(at, "{id}", 4) == 0) {
            hw_buf_adds(b, id);
            at += 4;
        } else {
            hw_buf_addc(b, *at++);
        }
    }
}

/* The bytes of one signature, NULL when it is none of this scheme. */
static const unsigned char *
signature(const hw_scheme_t *s, const char *text, apr_size_t *len, apr_pool_t *ptemp)
{
    apr_size_t prefix = strlen(s->prefix);
    unsigned char *bytes;

    if (strncasecmp(text, s->prefix, prefix) == 0)
        text += prefix;
    else if (!s->loose)
        return NULL;
    if ((s->base64 ? hw_unbase64(text, strlen(text), &bytes, len, ptemp)
                   : hw_unhex(text, strlen(text), &bytes, len, ptemp)) != APR_SUCCESS)
        return NULL;
    return bytes;
}

/* Every signature is compared, also behind a match: the time says nothing of which one it was. */
static hw_auth_verdict_e
check_signatures(const hw_scheme_t *s, const apr_array_header_t *list, const void *data,
                 apr_size_t len, apr_pool_t *ptemp)
{
    int public_key = strcmp(s->algorithm, "ed25519") == 0, good = 0;
    unsigned char want[64];
    apr_size_t want_len = 0, n = 0;

    if (s->key == NULL ||
        (!public_key && hw_hmac(s->algorithm, s->key, s->key_len, data, len, want, &want_len) !=
                            APR_SUCCESS))
        return HW_AUTH_WRONG;
    for (int i = 0, tried = 0; i < list->nelts && tried < HW_SCHEME_TRIED_MAX; i++) {
        const unsigned char *got = signature(s, APR_ARRAY_IDX(list, i, const char *), &n, ptemp);

        if (got == NULL)
            continue;
        tried++;
        good |= public_key ? hw_ed25519_verify(s->key, got, n, data, len)
                           : hw_equal_ct(got, n, want, want_len);
    }
    return good ? HW_AUTH_OK : HW_AUTH_WRONG;
}

hw_auth_verdict_e
hw_scheme_body(const hw_scheme_t *s, const hw_auth_request_t *req, apr_time_t now,
               apr_pool_t *ptemp)
{
    const char *when = NULL, *id = NULL, *body = req->body_len > 0 ? req->body : "";
    apr_array_header_t *list;
    hw_buf_t b;

    if (!hw_scheme_pending(s, req))
        return HW_AUTH_MISSING;
    list = split(s, apr_table_get(req->headers, s->header), ptemp);
    if (strcmp(s->text, "{body}") == 0)
        return check_signatures(s, list, body, req->body_len, ptemp);
    if (strstr(s->text, "{timestamp}") != NULL &&
        ((when = timestamp(s, req, list, ptemp)) == NULL || !in_time(s, when, now)))
        return when == NULL ? HW_AUTH_MISSING : HW_AUTH_WRONG;
    if (strstr(s->text, "{id}") != NULL &&
        ((id = header(req, s->id_header, ptemp)) == NULL || !id_is_plain(s, id)))
        return id == NULL ? HW_AUTH_MISSING : HW_AUTH_WRONG;
    hw_buf_init(&b, ptemp);
    signed_bytes(s, req, when, id, &b);
    return check_signatures(s, list, b.s, b.len, ptemp);
}
