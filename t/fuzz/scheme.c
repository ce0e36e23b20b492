/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: further schemes of authentication. Input: an "auth" list, Authorization, query
 * string, headers ("Name: value", one a line) up to an empty line, body (rest). */
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "common/auth_scheme.h"
#include "common/text.h"
#include "t/fuzz/fuzz.h"

#define SECRET "the-secret"
#define NOW    apr_time_from_sec(1772443800)
#define LIST                                                                                      \
    "[{\"scheme\":\"github\",\"secret\":\"the-secret\"},"                                         \
    "{\"scheme\":\"pagerduty\",\"secret\":\"the-secret\"},"                                       \
    "{\"scheme\":\"gitlab\",\"secret\":\"the-secret\"},"                                          \
    "{\"scheme\":\"query\",\"secret\":\"the-secret\"}]"

static const apr_table_t *
headers(fuzz_input_t *in)
{
    apr_table_t *t = apr_table_make(in->p, 4);

    for (const char *line = fuzz_line(in); *line != '\0'; line = fuzz_line(in)) {
        const char *colon = strchr(line, ':');

        if (colon != NULL)
            apr_table_setn(t, apr_pstrndup(in->p, line, (apr_size_t)(colon - line)), colon + 1);
    }
    return t;
}

/* What let it in, found out another way: the right signature, or the secret itself. */
static int
deserves(const hw_auth_request_t *req, const char *plain_query, apr_pool_t *p)
{
    const apr_array_header_t *all = apr_table_elts(req->headers);
    unsigned char md[64];
    apr_size_t len;
    int good = strstr(plain_query, SECRET) != NULL;

    hw_hmac("sha256", SECRET, strlen(SECRET), req->body, req->body_len, md, &len);
    for (int i = 0; i < all->nelts; i++) {
        const char *value = APR_ARRAY_IDX(all, i, apr_table_entry_t).val;

        good |= strcasestr(value, hw_hex(md, len, p)) != NULL || strstr(value, SECRET) != NULL;
    }
    return good;
}

static hw_auth_verdict_e
check(const apr_array_header_t *list, const hw_auth_request_t *req, apr_pool_t *p)
{
    hw_auth_verdict_e all = HW_AUTH_MISSING;

    for (int i = 0; i < list->nelts; i++) {
        const hw_scheme_t *s = APR_ARRAY_IDX(list, i, const hw_scheme_t *);
        hw_auth_verdict_e head = hw_scheme_head(s, req, p), body = hw_scheme_body(s, req, NOW, p);

        fuzz_check(head != HW_AUTH_OK || body == HW_AUTH_MISSING, "an entry is one or the other");
        fuzz_check(body == HW_AUTH_MISSING || hw_scheme_pending(s, req),
                   "a signature that is judged was there");
        if (head == HW_AUTH_OK || body == HW_AUTH_OK)
            all = HW_AUTH_OK;
    }
    return all;
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    fuzz_input_t in = { data, len, p };
    const char *text = fuzz_line(&in);
    hw_auth_request_t req = { .authorization = fuzz_line(&in), .query = fuzz_line(&in) };
    apr_array_header_t *list = NULL;
    hw_json_t *doc = NULL;

    req.headers = headers(&in);
    req.body = fuzz_rest(&in, &req.body_len);
    fuzz_check(hw_schemes_compile(fuzz_json(LIST, p), 0, &list, NULL, p) == APR_SUCCESS,
               "the target's own list is good");
    if (check(list, &req, p) == HW_AUTH_OK)
        fuzz_check(deserves(&req, hw_url_decode(req.query, strlen(req.query), 1, NULL, p), p),
                   "nobody enters without the secret");
    if (hw_json_parse(text, strlen(text), NULL, &doc, NULL, NULL, p) == APR_SUCCESS &&
        hw_schemes_compile(doc, 1, &list, NULL, p) == APR_SUCCESS)
        (void)check(list, &req, p);
    (void)hw_scheme_hidden(text, strlen(text));
}
