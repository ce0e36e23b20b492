/* SPDX-License-Identifier: Apache-2.0 */
/* Chat services: what is sent where, and what their answers mean. */
#include "hookwised/chat.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "hookwised/http.h"
#include "hookwised/prompt.h"

#define WORDS_MAX 200 /* code points of a service's own words */

typedef struct {
    hwd_t *d;
    const hw_settings_t *settings;
    const hw_notify_t *target;
    const hwd_message_t *m;
    const char *reply_to, **message_id;
    hw_json_t *json; /* the answer; NULL = it is none */
    hw_result_t *res;
    apr_pool_t *p;
} send_t;

/* --- what they say --------------------------------------------------------------------------- */

static const char *
without(const char *words, const char *secret, apr_pool_t *p)
{
    const char *at;

    while (secret != NULL && strlen(secret) > 3 && (at = strstr(words, secret)) != NULL)
        words = apr_pstrcat(p, apr_pstrmemdup(p, words, (apr_size_t)(at - words)), "(secret)",
                            at + strlen(secret), NULL);
    return words;
}

/* Clean, short, and without our secrets, which a service may repeat. */
static const char *
words_of(const send_t *s, const char *words)
{
    const char *url = s->target->value[HW_NT_URL];
    char *flat = apr_pstrdup(s->p, hwd_text_plain(words, s->p));

    for (char *c = flat; *c != '\0'; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    words = without(flat, url, s->p);
    if (url != NULL)
        words = without(words, url + 8 + strcspn(url + 8, "/?"), s->p); /* its path */
    return hw_text_cut(hw_text_trim(without(words, s->target->value[HW_NT_TOKEN], s->p), s->p),
                       WORDS_MAX, s->p);
}

static const char *
service(const send_t *s)
{
    static const char *const names[] = { "Slack", "Teams", "Webex" };

    return names[s->target->chat];
}

/* What is not known to help, does not: a refusal stays one. */
static hw_class_e
class_of(int status)
{
    return status == 408 || status == 423 || status == 429 || status >= 500 ? HW_TEMPORARY
                                                                              : HW_PERMANENT;
}

static apr_status_t
refused(const send_t *s, const hwd_answer_t *a, int status, const char *words)
{
    words = words_of(s, words);
    hw_fail(s->res, APR_EGENERAL, "chat-refused", "%s answered %d%s%s", service(s), a->status,
            *words != '\0' ? ": " : "", words);
    s->res->cls = class_of(status);
    s->res->http_status = a->status;
    s->res->retry_at = hwd_http_retry_after(a->retry_after);
    return s->res->rv;
}

static int
is_2xx(const hwd_answer_t *a)
{
    return a->status >= 200 && a->status <= 299;
}

/* --- one function for each kind of answer ---------------------------------------------------- */

static apr_status_t
slack_hook_says(send_t *s, const hwd_answer_t *a)
{
    if (is_2xx(a) && strcmp(hw_text_trim(a->body, s->p), "ok") == 0)
        return APR_SUCCESS;
    return refused(s, a, a->status, a->body);
}

/* 200 whatever happened. */
static apr_status_t
slack_api_says(send_t *s, const hwd_answer_t *a)
{
    static const char *const later[] = { "ratelimited",         "rate_limited", "internal_error",
                                         "service_unavailable", "fatal_error",  "request_timeout" };
    const char *error = hw_json_get_string(s->json, "error");
    int status = a->status;

    if (is_2xx(a) && json_object_get_boolean(hw_json_get(s->json, "ok"))) {
        *s->message_id = hw_json_get_string(s->json, "ts");
        return APR_SUCCESS;
    }
    for (unsigned i = 0; is_2xx(a) && i < sizeof(later) / sizeof(later[0]); i++)
        if (error != NULL && strcmp(error, later[i]) == 0)
            status = 503;
    return refused(s, a, status, error != NULL ? error : a->body);
}

/* A connector of old answers 200 and says in the text that it failed, and how. */
static apr_status_t
teams_says(send_t *s, const hwd_answer_t *a)
{
    const char *message = hw_json_get_string(hw_json_get(s->json, "error"), "message");
    const char *code = hw_json_get_string(hw_json_get(s->json, "error"), "code");
    const char *failed = strstr(a->body, "failed with error"), *http;

    if (is_2xx(a) && failed == NULL)
        return APR_SUCCESS;
    if (message != NULL && code != NULL)
        message = apr_pstrcat(s->p, code, ": ", message, NULL);
    http = failed != NULL ? strstr(failed, "HTTP error ") : NULL;
    return refused(s, a, http != NULL ? atoi(http + strlen("HTTP error ")) : a->status,
                   message != NULL ? message : a->body);
}

static apr_status_t
webex_says(send_t *s, const hwd_answer_t *a)
{
    const char *message = hw_json_get_string(s->json, "message");
    const char *tracking = hw_json_get_string(s->json, "trackingId");

    if (is_2xx(a)) {
        *s->message_id = hw_json_get_string(s->json, "id");
        return APR_SUCCESS;
    }
    if (message != NULL && tracking != NULL)
        message = apr_pstrcat(s->p, message, " (trackingId ", tracking, ")", NULL);
    return refused(s, a, a->status, message != NULL ? message : a->body);
}

/* --- sending --------------------------------------------------------------------------------- */

static const char *
body_of(const send_t *s)
{
    const char *const *value = s->target->value;

    switch (s->target->chat) {
    case HW_CHAT_SLACK:
        return hwd_message_slack(s->m, value[HW_NT_CHANNEL], s->reply_to, s->p);
    case HW_CHAT_TEAMS:
        return hwd_message_teams(s->m, s->p);
    case HW_CHAT_WEBEX:
        break;
    }
    return hwd_message_webex(s->m, value[HW_NT_ROOM], value[HW_NT_EMAIL], s->reply_to, s->p);
}

static const char *
url_of(const send_t *s)
{
    int slack = s->target->chat == HW_CHAT_SLACK;
    const char *base;
    apr_size_t len;

    if (s->target->value[HW_NT_URL] != NULL)
        return s->target->value[HW_NT_URL];
    base = hw_set_text(s->settings, slack ? "SLACK_API_URL" : "WEBEX_API_URL");
    for (len = strlen(base); len > 0 && base[len - 1] == '/'; len--)
        ;
    return apr_pstrcat(s->p, apr_pstrmemdup(s->p, base, len),
                       slack ? "/chat.postMessage" : "/messages", NULL);
}

static apr_status_t
understand(send_t *s, const hwd_answer_t *a)
{
    hw_json_parse(a->body, a->len, NULL, &s->json, NULL, NULL, s->p);
    switch (s->target->chat) {
    case HW_CHAT_SLACK:
        return s->target->value[HW_NT_TOKEN] != NULL ? slack_api_says(s, a)
                                                     : slack_hook_says(s, a);
    case HW_CHAT_TEAMS:
        return teams_says(s, a);
    case HW_CHAT_WEBEX:
        break;
    }
    return webex_says(s, a);
}

apr_status_t
hwd_chat_send(hwd_t *d, const hw_settings_t *settings, const hw_notify_t *target,
              const hwd_message_t *m, const char *reply_to, int timeout, const char **message_id,
              hw_result_t *res, apr_pool_t *p)
{
    send_t s = { .d = d, .settings = settings, .target = target, .m = m, .message_id = message_id,
                 .reply_to = target->value[HW_NT_TOKEN] != NULL ? reply_to : NULL,
                 .res = res, .p = p };
    const char *token = target->value[HW_NT_TOKEN], *url = target->value[HW_NT_URL];
    const char *headers[] = { "Content-Type: application/json; charset=utf-8",
                              token != NULL
                                  ? apr_pstrcat(p, "Authorization: Bearer ", token, NULL)
                                  : NULL,
                              NULL };
    hwd_request_t req = { .method = "POST", .url = url_of(&s), .headers = headers,
                          .body = body_of(&s), .timeout = timeout, .prio = HWD_PRIO_NOTE, .reach = d->reach,
                          .shown = url != NULL ? hw_notify_shown("url", url, p) : NULL };
    hwd_answer_t a;
    apr_status_t rv = hwd_http_send(d->chat_http, &req, &a, res, p);

    *message_id = NULL;
    return rv == APR_SUCCESS ? understand(&s, &a) : rv;
}
