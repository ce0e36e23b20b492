/* SPDX-License-Identifier: Apache-2.0 */
/* Language models: the two kinds of interfaces, and what their answers look like. */
#include "hookwised/llm.h"

#include <apr_strings.h>
#include <string.h>

#include "common/mask.h"
#include "common/text.h"
#include "hookwised/config.h"
#include "hookwised/http.h"

#define HEALTH_SECONDS 5
#define PREVIEW_SECONDS 60
#define WORDS_MAX 300                  /* code points of a server's refusal */
#define CHAT "/chat/completions"

static int
openai(const hw_settings_t *settings)
{
    return *hw_set_text(settings, "AI_URL") != '\0';
}

static const char *
without_slashes(const char *url, apr_pool_t *p)
{
    apr_size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/')
        len--;
    return apr_pstrmemdup(p, url, len);
}

static int
ends(const char *s, const char *with)
{
    apr_size_t a = strlen(s), b = strlen(with);

    return a >= b && strcmp(s + a - b, with) == 0;
}

/* AI_URL is the full one; one that ends in /v1 is understood as well. */
static const char *
chat_url(const hw_settings_t *settings, apr_pool_t *p)
{
    const char *url = without_slashes(hw_set_text(settings, openai(settings) ? "AI_URL" : "OLLAMA_HOST"), p);

    if (!openai(settings))
        return apr_pstrcat(p, url, "/api/chat", NULL);
    return ends(url, "/v1") ? apr_pstrcat(p, url, CHAT, NULL) : url;
}

/* Where the server lists its models; NULL = not known. */
static const char *
models_url(const hw_settings_t *settings, apr_pool_t *p)
{
    const char *url = chat_url(settings, p);

    if (!openai(settings))
        return apr_pstrcat(p, without_slashes(hw_set_text(settings, "OLLAMA_HOST"), p), "/api/tags", NULL);
    if (!ends(url, CHAT))
        return NULL;
    return apr_pstrcat(p, apr_pstrmemdup(p, url, strlen(url) - strlen(CHAT)), "/models", NULL);
}

/* --- one call ------------------------------------------------------------------------------------- */

/* {"error":"text"} or {"error":{"message":"text"}}. */
static const char *
refusal(const hwd_answer_t *a, apr_pool_t *p)
{
    hw_json_t *v = NULL, *e;
    const char *words = NULL;

    if (hw_json_parse(a->body, a->len, NULL, &v, NULL, NULL, p) == APR_SUCCESS) {
        e = hw_json_get(v, "error");
        words = hw_json_get_string(v, "error");
        if (words == NULL)
            words = hw_json_get_string(e, "message");
    }
    if (words == NULL)
        return apr_psprintf(p, "the language model's server answered %d", a->status);
    words = hwd_answer_clean(words, strlen(words), p);
    return apr_psprintf(p, "the language model's server answered %d: %s", a->status,
                        hw_text_cut(words, WORDS_MAX, p));
}

static apr_status_t
call(hwd_t *d, const hw_settings_t *settings, const char *url, const char *body, int timeout,
     hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *key = hw_set_text(settings, "AI_API_KEY");
    const char *headers[] = { "Content-Type: application/json", "Accept: application/json",
                              *key != '\0' ? apr_pstrcat(p, "Authorization: Bearer ", key, NULL) : NULL,
                              NULL };
    hwd_request_t req = { .method = body != NULL ? "POST" : "GET", .url = url, .headers = headers,
                          .body = body, .timeout = timeout, .prio = HWD_PRIO_NOTE, .repeatable = 1,
                          .abort = &d->stopping };
    hwd_answer_t a;
    apr_status_t rv = hwd_http_send(d->llm_http, &req, &a, res, p);

    if (rv != APR_SUCCESS) {
        res->cls = HW_TEMPORARY;
        return rv;
    }
    if (a.status < 200 || a.status > 299) {
        hw_fail_temp(res, APR_EGENERAL, "model-refused", "%s", refusal(&a, p));
        res->http_status = a.status;
        res->retry_at = hwd_http_retry_after(a.retry_after);
        return res->rv;
    }
    if (hw_json_parse(a.body, a.len, NULL, out, NULL, NULL, p) != APR_SUCCESS)
        return hw_fail_temp(res, APR_EGENERAL, "bad-answer",
                            "the language model's server answered no JSON");
    return APR_SUCCESS;
}

/* --- asking --------------------------------------------------------------------------------------- */

static hw_json_t *
message(const char *role, const char *text)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "role", role);
    hw_json_set_string(v, "content", text);
    return v;
}

static const char *
request(const hw_settings_t *settings, const char *system, const char *user, long tokens,
        apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p), *list = json_object_new_array();

    hw_json_set_string(v, "model", hw_set_text(settings, "AI_MODEL"));
    json_object_array_add(list, message("system", system));
    json_object_array_add(list, message("user", user));
    hw_json_set(v, "messages", list);
    hw_json_set_bool(v, "stream", 0);
    if (openai(settings)) {
        hw_json_set_int(v, "max_tokens", tokens);
    } else {
        hw_json_t *options = json_object_new_object();

        hw_json_set_int(options, "num_predict", tokens);
        hw_json_set(v, "options", options);
    }
    return hw_json_write(v, p);
}

static const char *
content(const hw_json_t *v, int is_openai, apr_size_t *len)
{
    const hw_json_t *m;

    if (is_openai) {
        const hw_json_t *choices = hw_json_get(v, "choices");

        if (!json_object_is_type(choices, json_type_array))
            return NULL;
        v = json_object_array_get_idx(choices, 0);
    }
    m = hw_json_get(v, "message");
    return hw_json_string(hw_json_get(m, "content"), len);
}

apr_status_t
hwd_llm_ask(hwd_t *d, const hw_settings_t *settings, const char *system, const char *user,
            long tokens, int timeout, const char **answer, hw_result_t *res, apr_pool_t *p)
{
    const char *text;
    apr_size_t len = 0;
    hw_json_t *v = NULL;
    apr_status_t rv = call(d, settings, chat_url(settings, p),
                           request(settings, system, user, tokens, p), timeout, &v, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    text = content(v, openai(settings), &len);
    if (text == NULL)
        return hw_fail_temp(res, APR_EGENERAL, "bad-answer",
                            "the language model's server answered without a message");
    *answer = hwd_answer_clean(text, len, p);
    if (**answer == '\0')
        return hw_fail_temp(res, APR_EGENERAL, "empty-answer", "the language model said nothing");
    return APR_SUCCESS;
}

apr_status_t
hwd_llm_chat(hwd_t *d, const hw_settings_t *settings, const hwd_prompt_t *prompt, int timeout,
             const char **answer, hw_result_t *res, apr_pool_t *p)
{
    return hwd_llm_ask(d, settings, hwd_prompt_system(prompt, p), hwd_prompt_user(prompt, p),
                       hw_set_int(settings, "LLM_MAX_TOKENS"), timeout, answer, res, p);
}

/* --- questions of the GUI --------------------------------------------------------------------------- */

static double
seconds_since(apr_time_t began)
{
    return (double)((hw_clock_mono() - began) / 1000) / 1000;
}

/* The names in {"models":[{"name"}]} or {"data":[{"id"}]}. A tag left out is "latest". */
static hw_json_t *
names(const hw_json_t *v, const char *model, int *there)
{
    hw_json_t *list = hw_json_get(v, "models"), *out = json_object_new_array();
    const char *full;

    if (list == NULL)
        list = hw_json_get(v, "data");
    for (apr_size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list); i++) {
        const hw_json_t *m = json_object_array_get_idx(list, i);
        const char *name = hw_json_get_string(m, "name");

        if (name == NULL)
            name = hw_json_get_string(m, "id");
        if (name == NULL)
            continue;
        json_object_array_add(out, json_object_new_string(name));
        full = strchr(model, ':') == NULL && ends(name, ":latest") ? ":latest" : "";
        if (strncmp(name, model, strlen(model)) == 0 && strcmp(name + strlen(model), full) == 0)
            *there = 1;
    }
    return out;
}

hw_json_t *
hwd_llm_health(hwd_t *d, const hw_settings_t *settings, apr_pool_t *p)
{
    const char *model = hw_set_text(settings, "AI_MODEL"), *url = models_url(settings, p), *said = "";
    hw_json_t *v = hw_json_own(json_object_new_object(), p), *list = NULL;
    hw_result_t *res = hw_result_make(p);
    apr_time_t began = hw_clock_mono();
    int there = 0;

    if (url == NULL) {
        hw_json_set_string(v, "status", "unknown");
        said = "AI_URL does not end in " CHAT ": its models cannot be listed";
    } else if (call(d, settings, url, NULL, HEALTH_SECONDS, &list, res, p) != APR_SUCCESS) {
        hw_json_set_string(v, "status", "down");
        said = hw_result_text(res, p);
    } else {
        hw_json_set(v, "models", names(list, model, &there));
        hw_json_set_string(v, "status", there ? "up" : "down");
        if (!there)
            said = apr_psprintf(p, "the server answers, but does not have the model %s", model);
    }
    hw_json_set_string(v, "model", model);
    hw_json_set_string(v, "message", said);
    hw_json_set(v, "seconds", json_object_new_double(seconds_since(began)));
    return v;
}

static const char *
masked(const hw_json_t *payload, apr_pool_t *p)
{
    apr_size_t len = 0;
    const char *text = hw_json_string(payload, &len);
    hw_json_t *v = NULL;

    if (text == NULL)
        return hw_json_write(hw_mask_json(payload, p), p);
    if (hw_json_parse(text, len, NULL, &v, NULL, NULL, p) == APR_SUCCESS)
        return hw_json_write(hw_mask_json(v, p), p);
    return hw_mask_text(text, len, p);
}

apr_status_t
hwd_llm_preview(hwd_t *d, const hw_settings_t *settings, const hw_json_t *args, hw_json_t **out,
                hw_result_t *res, apr_pool_t *p)
{
    const char *id = hw_json_get_string(args, "endpoint_id"), *answer;
    hwd_config_t *cfg = hwd_config_hold(d->configs);
    const hwd_endpoint_t *e = id != NULL && cfg != NULL ? hwd_config_endpoint(cfg, id) : NULL;
    hwd_prompt_t prompt = { .instructions = hw_json_get_string(args, "instructions"),
                            .endpoint = e != NULL ? apr_pstrdup(p, e->name) : "preview",
                            .summary = hw_json_get_string(args, "summary"),
                            .payload = masked(hw_json_get(args, "payload"), p),
                            .fence = hw_random_token(9, p) };
    int timeout = (int)hw_set_int(settings, "LLM_TIMEOUT");
    apr_time_t began = hw_clock_mono();
    apr_status_t rv;

    if (prompt.instructions == NULL && e != NULL && e->ep != NULL)
        prompt.instructions = apr_pstrdup(p, e->ep->ai_prompt);
    hwd_config_release(cfg);
    rv = hwd_llm_chat(d, settings, &prompt, timeout < PREVIEW_SECONDS ? timeout : PREVIEW_SECONDS,
                      &answer, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    *out = hw_json_own(json_object_new_object(), p);
    hw_json_set_string(*out, "text", answer);
    hw_json_set_string(*out, "model", hw_set_text(settings, "AI_MODEL"));
    hw_json_set(*out, "seconds", json_object_new_double(seconds_since(began)));
    return APR_SUCCESS;
}
