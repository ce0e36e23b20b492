/* SPDX-License-Identifier: Apache-2.0 */
/* What needs the world outside: lists and a test of the PSA, and the language model. hookwised has
 * the credentials and asks; we ask hookwised (hookwised/ask.h has the protocol). */
#include <apr_strings.h>
#include <string.h>

#include "common/result.h"
#include "common/text.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

#define PSA_WAIT   20 /* seconds for a list */
#define HEALTH_WAIT 6 /* seconds for a sign of life */
#define MODEL_WAIT 60 /* seconds for a text */
#define ASK_TTL   "60" /* seconds until questions nobody took are gone */

static apr_status_t
no_worker(hwc_t *c)
{
    return hwc_refuse(c, 503, "no-worker", "no hookwised answers; look whether it runs");
}

static apr_status_t
put_question(hwc_t *c, hw_queue_t *q, hw_json_t *question)
{
    const char *push[] = {"RPUSH", "hw:ask", hw_json_write(question, c->p)};
    const char *expire[] = {"EXPIRE", "hw:ask", ASK_TTL};
    redisReply *reply;
    apr_status_t rv = hw_queue_command(q, 3, push, NULL, &reply, c->res, c->p);

    return rv == APR_SUCCESS ? hw_queue_command(q, 3, expire, NULL, &reply, c->res, c->p) : rv;
}

/* In short steps: a connection to Redis does not wait as long as a model may take. */
static apr_status_t
take_answer(hwc_t *c, hw_queue_t *q, const char *id, int seconds, hw_json_t **answer)
{
    const char *argv[] = {"BLPOP", apr_pstrcat(c->p, "hw:ans:", id, NULL), "1"};
    apr_time_t until = apr_time_now() + apr_time_from_sec(seconds);

    while (apr_time_now() < until) {
        redisReply *reply;
        apr_status_t rv = hw_queue_command(q, 3, argv, NULL, &reply, c->res, c->p);

        if (rv != APR_SUCCESS)
            return rv;
        if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2)
            return hw_json_parse(reply->element[1]->str, reply->element[1]->len, NULL, answer,
                                 NULL, c->res, c->p);
    }
    return no_worker(c);
}

/* The answer to a question, whatever it says; question gets its id and is taken over. */
static apr_status_t
ask(hwc_t *c, hw_json_t *question, int seconds, hw_json_t **answer)
{
    const char *id = hw_uuid(c->p);
    hw_queue_status_t status;
    hw_queue_t *q;
    apr_status_t rv;

    hw_json_own(question, c->p);
    hw_json_set_string(question, "id", id);
    hw_json_set_int(question, "until",
                    apr_time_as_msec(apr_time_now() + apr_time_from_sec(seconds)));
    if ((rv = hwc_queue(c, &q)) != APR_SUCCESS ||
        (rv = hw_queue_status(q, &status, c->res, c->p)) != APR_SUCCESS)
        return rv;
    if (status.workers == 0)
        return no_worker(c);
    rv = put_question(c, q, question);
    return rv == APR_SUCCESS ? take_answer(c, q, id, seconds, answer) : rv;
}

static int
refused(const hw_json_t *answer)
{
    const char *status = hw_json_get_string(answer, "status");

    return status == NULL || strcmp(status, "ok") != 0;
}

static const char *
words(const hw_json_t *answer)
{
    const char *message = hw_json_get_string(answer, "message");

    return message != NULL ? message : "it did not say why";
}

/* 502: we are well, who we asked refused or does not answer. A setting that is missing is ours. */
static apr_status_t
pass_refusal(hwc_t *c, const hw_json_t *answer)
{
    const char *error = hw_json_get_string(answer, "error");
    const char *field = hw_json_get_string(answer, "field");
    int ours = error != NULL && (strcmp(error, "bad-setting") == 0 ||
                                 strcmp(error, "bad-request") == 0);

    hwc_refuse(c, ours ? 422 : 502, error != NULL ? error : "refused", "%s", words(answer));
    c->res->field = field;
    return c->res->rv;
}

apr_status_t
hwc_ask(hwc_t *c, hw_json_t *question, int seconds, hw_json_t **items)
{
    hw_json_t *answer;
    apr_status_t rv = ask(c, question, seconds, &answer);

    if (rv == APR_SUCCESS && refused(answer))
        rv = pass_refusal(c, answer);
    if (rv == APR_SUCCESS)
        *items = hw_json_get(answer, "items");
    return rv;
}

/* --- the PSA ------------------------------------------------------------------------------------------------- */

static apr_status_t
answer_list(hwc_t *c, const char *what, const char *parent, const char *query)
{
    hw_json_t *question = json_object_new_object(), *items;
    apr_status_t rv;

    hw_json_set_string(question, "what", what);
    if (parent != NULL)
        hw_json_set_string(question, "parent", parent);
    if (query != NULL)
        hw_json_set_string(question, "query", query);
    if ((rv = hwc_ask(c, question, PSA_WAIT, &items)) != APR_SUCCESS)
        return rv;
    return hwc_list_whole(c, json_object_get(items));
}

/* The routes are named as the lists are: /api/cw/boards, /api/cw/types/{board_id}. */
apr_status_t
hwc_cw_list(hwc_t *c)
{
    return answer_list(c, strrchr(c->route->pattern, '/') + 1, NULL, NULL);
}

apr_status_t
hwc_cw_companies(hwc_t *c)
{
    return answer_list(c, "companies", NULL, hwc_arg(c, "q"));
}

apr_status_t
hwc_cw_board_list(hwc_t *c)
{
    const char *from = c->route->pattern + strlen("/api/cw/");

    return answer_list(c, apr_pstrmemdup(c->p, from, strcspn(from, "/")), c->params[0],
                       NULL);
}

static void
set_seconds(hw_json_t *v, apr_time_t began)
{
    apr_int64_t ms = apr_time_as_msec(apr_time_now() - began);

    hw_json_set(v, "seconds", json_object_new_double((double)ms / 1000));
}

apr_status_t
hwc_cw_test(hwc_t *c)
{
    hw_json_t *question = json_object_new_object(), *answer, *v;
    apr_time_t began = apr_time_now();
    apr_status_t rv;
    size_t n;

    hw_json_set_string(question, "what", "test");
    if ((rv = ask(c, question, PSA_WAIT, &answer)) != APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    hw_json_set_bool(v, "ok", !refused(answer));
    if (refused(answer)) {
        hw_json_set_string(v, "error", hw_json_get_string(answer, "error"));
        if (hw_json_get(answer, "field") != NULL)
            hw_json_set_string(v, "field", hw_json_get_string(answer, "field"));
        hw_json_set_string(v, "message", words(answer));
    } else {
        n = json_object_array_length(hw_json_get(answer, "items"));
        hw_json_set_string(v, "message",
                           apr_psprintf(c->p, "ConnectWise lets us in and shows %d board%s",
                                        (int)n, n == 1 ? "" : "s"));
        hw_json_set_int(v, "boards", (apr_int64_t)n);
    }
    set_seconds(v, began);
    return hwc_json(c, 200, v);
}

/* --- the model ------------------------------------------------------------------------------------------------ */

apr_status_t
hwc_llm_health(hwc_t *c)
{
    hw_json_t *question = json_object_new_object(), *answer, *v;
    apr_status_t rv;

    hw_json_set_string(question, "what", "llm.health");
    rv = ask(c, question, HEALTH_WAIT, &answer);
    if (rv == APR_SUCCESS && !refused(answer))
        return hwc_json(c, 200, json_object_get(hw_json_get(answer, "items")));
    if (rv != APR_SUCCESS &&
        (c->res->problem == NULL || strcmp(c->res->problem, "no-worker") != 0))
        return rv;
    v = json_object_new_object();
    hw_json_set_string(v, "status", "unknown");
    hw_json_set_string(v, "message", rv == APR_SUCCESS ? words(answer) : c->res->detail);
    hw_result_reset(c->res);
    return hwc_json(c, 200, v);
}

static apr_status_t
read_preview(hwc_t *c, hw_json_t **question)
{
    static const char *const names[] = {"endpoint_id", "instructions", "payload", "summary", NULL};
    const char *id, *text;
    hw_endpoint_row_t *row;
    hw_json_t *body;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "endpoint_id", &id)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "instructions", &text)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "summary", &text)) != APR_SUCCESS)
        return rv;
    if (hw_json_get(body, "payload") == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", "payload", "is missing");
    if (id != NULL && (rv = hwc_endpoint_find(c, id, 0, &s, &row)) != APR_SUCCESS)
        return rv;
    *question = json_object_get(body);
    hw_json_set_string(*question, "what", "llm.preview");
    return APR_SUCCESS;
}

apr_status_t
hwc_llm_preview(hwc_t *c)
{
    hw_json_t *question = NULL, *items;
    apr_status_t rv;

    if ((rv = read_preview(c, &question)) != APR_SUCCESS ||
        (rv = hwc_ask(c, question, MODEL_WAIT, &items)) != APR_SUCCESS)
        return rv;
    return hwc_json(c, 200, json_object_get(items));
}
