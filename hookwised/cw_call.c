/* SPDX-License-Identifier: Apache-2.0 */
/* ConnectWise Manage: one REST call, and what its answers mean. */
#include <apr_strings.h>
#include <ctype.h>
#include <string.h>

#include "common/crypto.h"
#include "common/text.h"
#include "hookwised/cw.h"

#define API_PATH "/apis/3.0"
#define RELEASE "/v4_6_release" API_PATH
#define WORDS_MAX 600 /* characters of the far end's words that are kept */

const char *
hwd_cw_base(const char *url, apr_pool_t *p)
{
    char *base = apr_pstrdup(p, hw_text_trim(url, p));
    char *api = strstr(base, API_PATH);
    apr_size_t len;

    if (api != NULL)
        api[strlen(API_PATH)] = '\0';
    for (len = strlen(base); len > 0 && base[len - 1] == '/';)
        base[--len] = '\0';
    if (strstr(base, "://") == NULL)
        base = apr_pstrcat(p, "https://", base, NULL);
    if (api != NULL)
        return base;
    if (len > 13 && strcmp(base + strlen(base) - 13, "/v4_6_release") == 0)
        return apr_pstrcat(p, base, API_PATH, NULL);
    return apr_pstrcat(p, base, RELEASE, NULL);
}

static const char *const *
headers(const hwd_call_t *c, apr_pool_t *p)
{
    const hw_settings_t *s = c->settings;
    const char **list = apr_pcalloc(p, sizeof(*list) * 5);
    const char *login = apr_pstrcat(p, hw_set_text(s, "CW_COMPANY"), "+",
                                    hw_set_text(s, "CW_PUBLIC_KEY"), ":",
                                    hw_set_text(s, "CW_PRIVATE_KEY"), NULL);

    list[0] = apr_pstrcat(p, "Authorization: Basic ", hw_base64(login, strlen(login), 0, p), NULL);
    list[1] = apr_pstrcat(p, "clientId: ", hw_set_text(s, "CW_CLIENT_ID"), NULL);
    list[2] = "Accept: application/vnd.connectwise.com+json; version=2025.1";
    list[3] = "Content-Type: application/json";
    return list;
}

/* --- errors ------------------------------------------------------------------------------------- */

static void
add_piece(hw_buf_t *b, const char *piece)
{
    if (hw_text_blank(piece))
        return;
    if (b->len > 0)
        hw_buf_adds(b, ": ");
    hw_buf_adds(b, piece);
}

/* ": field: message; field: message" */
static void
add_errors(hw_buf_t *b, const hw_json_t *errors)
{
    apr_size_t n = json_object_is_type(errors, json_type_array)
                       ? json_object_array_length(errors)
                       : 0;

    for (apr_size_t i = 0; i < n && i < 10; i++) {
        const hw_json_t *e = json_object_array_get_idx(errors, i);
        const char *field = hw_json_get_string(e, "field");
        const char *message = hw_json_get_string(e, "message");

        if (message == NULL)
            message = hw_json_get_string(e, "code");
        hw_buf_printf(b, "%s%s%s%s", i > 0 ? "; " : b->len > 0 ? ": " : "",
                      field != NULL ? field : "", field != NULL ? ": " : "",
                      message != NULL ? message : "invalid");
    }
}

const char *
hwd_cw_words(int status, const char *body, apr_size_t len, apr_pool_t *p)
{
    hw_json_t *v = NULL;
    const char *text;
    hw_buf_t b;

    hw_buf_init(&b, p);
    if (hw_json_parse(body, len, NULL, &v, NULL, NULL, p) == APR_SUCCESS &&
        json_object_is_type(v, json_type_object)) {
        const char *code = hw_json_get_string(v, "code");

        add_piece(&b, code != NULL ? code : hw_json_get_string(v, "error"));
        add_piece(&b, hw_json_get_string(v, "message"));
        add_errors(&b, hw_json_get(v, "errors"));
    }
    text = b.len > 0 ? b.s : hw_text_trim(hw_utf8_mend(apr_pstrmemdup(p, body, len), len, &len, p), p);
    text = hw_text_cut(text, WORDS_MAX, p);
    return apr_psprintf(p, "ConnectWise answered %d%s%s", status, *text != '\0' ? " " : "", text);
}

/* The API does not redirect: something in front of it does, to a page about maintenance or to a
 * login. It is not followed, and says nothing about the request. */
static hw_class_e
class_of(const hwd_cw_request_t *req, int status)
{
    if (status < 400)
        return req->repeatable ? HW_TEMPORARY : HW_UNKNOWN;
    return hwd_http_class(status, req->repeatable);
}

static apr_status_t
refused(const hwd_cw_request_t *req, const hwd_answer_t *a, hw_result_t *res, apr_pool_t *p)
{
    hw_class_e cls = class_of(req, a->status);

    hw_fail(res, APR_EGENERAL, cls == HW_PERMANENT ? "psa-refused" : "psa-failed", "%s",
            hwd_cw_words(a->status, a->body, a->len, p));
    res->cls = cls;
    res->http_status = a->status;
    if (cls != HW_PERMANENT)
        res->retry_at = hwd_http_retry_after(a->retry_after);
    return res->rv;
}

/* An error with a status that says success. */
static int
is_error(const hw_json_t *v)
{
    return json_object_is_type(v, json_type_object) && hw_json_get(v, "id") == NULL &&
           hw_json_get_string(v, "message") != NULL &&
           (hw_json_get_string(v, "code") != NULL || hw_json_get_string(v, "error") != NULL);
}

/* A 2xx whose body does not read as one: what was asked for may have happened. */
static apr_status_t
unreadable(const hwd_cw_request_t *req, const hwd_answer_t *a, const char *what, hw_result_t *res,
           apr_pool_t *p)
{
    hw_fail_temp(res, APR_EGENERAL, "bad-answer", "%s",
                 apr_pstrcat(p, what, hwd_cw_words(a->status, a->body, a->len, p), NULL));
    if (!req->repeatable)
        res->cls = HW_UNKNOWN;
    res->http_status = a->status;
    return res->rv;
}

apr_status_t
hwd_cw_call(const hwd_call_t *c, const hwd_cw_request_t *req, hw_json_t **out, hw_result_t *res,
            apr_pool_t *p)
{
    hwd_request_t r = { .method = req->method,
                        .url = apr_pstrcat(p, hwd_cw_base(hw_set_text(c->settings, "CW_URL"), p),
                                           req->path, NULL),
                        .headers = headers(c, p),
                        .body = req->body != NULL ? hw_json_write(req->body, p) : NULL,
                        .timeout = (int)hw_set_int(c->settings, "CW_TIMEOUT"),
                        .prio = c->prio,
                        .may_send = c->may_send,
                        .baton = c->baton,
                        .repeatable = req->repeatable };
    hwd_answer_t a;
    apr_status_t rv;

    hwd_dest_pay(c);
    rv = hwd_http_send(c->d->http, &r, &a, res, p);
    *out = NULL;
    if (rv != APR_SUCCESS)
        return rv;
    if (a.status < 200 || a.status > 299)
        return refused(req, &a, res, p);
    if (a.len == 0)
        return APR_SUCCESS;
    if (hw_json_parse(a.body, a.len, NULL, out, NULL, NULL, p) != APR_SUCCESS)
        return unreadable(req, &a, "unreadable: ", res, p);
    if (is_error(*out))
        return unreadable(req, &a, "", res, p);
    return APR_SUCCESS;
}
