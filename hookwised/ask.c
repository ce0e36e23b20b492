/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the GUI's questions about destinations, and probes those that are down. */
#include "hookwised/ask.h"

#include <apr_strings.h>
#include <string.h>

#include "hookwised/config.h"
#include "hookwised/dest.h"

#define ID_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
#define QUESTION_MAX 65536

struct hwd_asker_t {
    hwd_t *d;
    hw_queue_t *q;
    pthread_t thread;
};

static int
good_id(const char *id)
{
    apr_size_t len = id != NULL ? strlen(id) : 0;

    return len > 0 && len <= 64 && strspn(id, ID_CHARS) == len;
}

static apr_status_t
find_out(hwd_asker_t *a, const hw_json_t *question, const hw_settings_t *settings,
         hw_json_t **items, hw_result_t *res, apr_pool_t *p)
{
    const char *what = hw_json_get_string(question, "what");
    const char *name = hw_json_get_string(question, "destination");
    hwd_call_t call = { .d = a->d, .settings = settings, .prio = HWD_PRIO_CREATE,
                        .now = apr_time_now() };
    apr_status_t rv;

    call.dest = hwd_dest_find(a->d->dests, name != NULL ? name : "connectwise");
    if (what == NULL || call.dest == NULL)
        return hw_fail(res, APR_EINVAL, "bad-request", "what or destination is missing or unknown");
    if ((rv = call.dest->driver->check(settings, res)) != APR_SUCCESS)
        return rv;
    return call.dest->driver->catalogue(&call, strcmp(what, "test") == 0 ? "boards" : what,
                                        hw_json_text(hw_json_get(question, "parent"), p),
                                        hw_json_get_string(question, "query"), items, res, p);
}

static hw_json_t *
answer_json(apr_status_t rv, hw_json_t *items, const hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *v;

    if (rv != APR_SUCCESS) {
        v = hw_result_json(res, p);
        hw_json_set_string(v, "status", "error");
        return v;
    }
    v = hw_json_own(json_object_new_object(), p);
    hw_json_set_string(v, "status", "ok");
    hw_json_set(v, "items", json_object_get(items));
    return v;
}

static void
answer(hwd_asker_t *a, const redisReply *text, hw_result_t *res, apr_pool_t *p)
{
    hwd_config_t *cfg = hwd_config_hold(a->d->configs);
    hw_json_t *question = NULL, *items = NULL;
    const char *id, *key;
    redisReply *reply;
    apr_status_t rv;

    if (cfg == NULL || text->len > QUESTION_MAX ||
        hw_json_parse(text->str, text->len, NULL, &question, NULL, res, p) != APR_SUCCESS ||
        !good_id(id = hw_json_get_string(question, "id"))) {
        hw_log(a->d->log, HW_LOG_WARN, "a question in hw:ask cannot be read");
        hwd_config_release(cfg);
        return;
    }
    rv = find_out(a, question, cfg->settings, &items, res, p);
    key = apr_pstrcat(p, "hw:ans:", id, NULL);
    const char *push[] = { "RPUSH", key, hw_json_write(answer_json(rv, items, res, p), p) };
    const char *expire[] = { "EXPIRE", key, APR_STRINGIFY(HWD_ANSWER_TTL) };
    hwd_config_release(cfg);
    hw_result_reset(res);
    if (hw_queue_command(a->q, 3, push, NULL, &reply, res, p) == APR_SUCCESS)
        hw_queue_command(a->q, 3, expire, NULL, &reply, res, p);
}

static void
round_once(hwd_asker_t *a)
{
    apr_pool_t *p = hwd_pool();
    hw_result_t *res = hw_result_make(p);
    redisReply *reply;

    hwd_dests_probe(a->d);
    if (hw_queue_commandf(a->q, &reply, res, p, "BLPOP hw:ask 1") != APR_SUCCESS)
        hwd_nap(a->d, 500);
    else if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2)
        answer(a, reply->element[1], res, p);
    apr_pool_destroy(p);
}

static void *
run(void *data)
{
    hwd_asker_t *a = data;

    while (!atomic_load(&a->d->stopping))
        round_once(a);
    hw_queue_close(a->q);
    return NULL;
}

apr_status_t
hwd_asker_start(hwd_t *d, hwd_asker_t **out, hw_result_t *res)
{
    hwd_asker_t *a = apr_pcalloc(d->p, sizeof(*a));
    apr_status_t rv = hw_queue_make(&d->redis, &a->q, res, hwd_pool_below(d->p));

    a->d = d;
    *out = a;
    if (rv != APR_SUCCESS)
        return rv;
    if (pthread_create(&a->thread, NULL, run, a) != 0)
        return hw_fail(res, APR_ENOMEM, "no-threads", "a thread cannot be started");
    return APR_SUCCESS;
}

void
hwd_asker_join(hwd_asker_t *a)
{
    pthread_join(a->thread, NULL);
}
