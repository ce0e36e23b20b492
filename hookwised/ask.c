/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the GUI's questions about destinations, and probes those that are down. */
#include "hookwised/ask.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "hookwised/config.h"
#include "hookwised/dest.h"
#include "hookwised/llm.h"
#include "hookwised/notifier.h"

#define ID_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
#define QUESTION_MAX (1024 * 1024)
#define SLOW_MAX 16 /* questions to language model and chat services that may wait */
#define MODEL "llm."
#define NOTIFY_TEST "notify.test"

/* A question on its way to the thread of the slow ones. */
typedef struct slow_t {
    struct slow_t *next;
    apr_size_t len;
    char text[];
} slow_t;

/* Two threads: language models and chat services take their time, and nobody else waits for them. */
struct hwd_asker_t {
    hwd_t *d;
    hw_queue_t *q, *slow_q;
    pthread_t thread, slow_thread;
    pthread_mutex_t lock;   /* over what follows */
    slow_t *first, *last;
    int waiting;
};

static int
good_id(const char *id)
{
    apr_size_t len = id != NULL ? strlen(id) : 0;

    return len > 0 && len <= 64 && strspn(id, ID_CHARS) == len;
}

/* What is asked of a far end that may take its time. */
static int
is_slow(const char *what)
{
    return what != NULL && (strncmp(what, MODEL, strlen(MODEL)) == 0 || strcmp(what, NOTIFY_TEST) == 0);
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

    if (what != NULL && strcmp(what, MODEL "health") == 0) {
        *items = hwd_llm_health(a->d, settings, p);
        return APR_SUCCESS;
    }
    if (what != NULL && strcmp(what, MODEL "preview") == 0)
        return hwd_llm_preview(a->d, settings, question, items, res, p);
    if (what != NULL && strcmp(what, NOTIFY_TEST) == 0)
        return hwd_notify_test(a->d, settings, question, items, res, p);
    call.dest = hwd_dest_find(a->d->dests, name != NULL ? name : "connectwise");
    if (what == NULL || call.dest == NULL)
        return hw_fail(res, APR_EINVAL, "bad-request", "what or destination is missing or unknown");
    if ((rv = call.dest->driver->check(settings, res)) != APR_SUCCESS)
        return rv;
    return call.dest->driver->catalogue(&call, what,
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
reply_to(hw_queue_t *q, const char *id, hw_json_t *v, apr_pool_t *p)
{
    const char *key = apr_pstrcat(p, "hw:ans:", id, NULL);
    const char *push[] = { "RPUSH", key, hw_json_write(v, p) };
    const char *expire[] = { "EXPIRE", key, APR_STRINGIFY(HWD_ANSWER_TTL) };
    hw_result_t *res = hw_result_make(p);
    redisReply *reply;

    if (hw_queue_command(q, 3, push, NULL, &reply, res, p) == APR_SUCCESS)
        hw_queue_command(q, 3, expire, NULL, &reply, res, p);
}

/* 0: too many wait already. */
static int
put_aside(hwd_asker_t *a, const char *text, apr_size_t len)
{
    slow_t *s;

    pthread_mutex_lock(&a->lock);
    if (a->waiting >= SLOW_MAX || (s = malloc(sizeof(*s) + len + 1)) == NULL) {
        pthread_mutex_unlock(&a->lock);
        return 0;
    }
    s->next = NULL;
    s->len = len;
    memcpy(s->text, text, len);
    s->text[len] = '\0';
    if (a->last != NULL)
        a->last->next = s;
    else
        a->first = s;
    a->last = s;
    a->waiting++;
    pthread_mutex_unlock(&a->lock);
    return 1;
}

/* slow_turn: this is the thread that may wait. */
static void
answer(hwd_asker_t *a, const char *text, apr_size_t len, int slow_turn, apr_pool_t *p)
{
    hwd_config_t *cfg = hwd_config_hold(a->d->configs);
    hw_json_t *question = NULL, *items = NULL;
    hw_result_t *res = hw_result_make(p);
    const char *id, *what;
    apr_status_t rv;

    if (cfg == NULL || len > QUESTION_MAX ||
        hw_json_parse(text, len, NULL, &question, NULL, res, p) != APR_SUCCESS ||
        !good_id(id = hw_json_get_string(question, "id"))) {
        hw_log(a->d->log, HW_LOG_WARN, "a question in hw:ask cannot be read");
        hwd_config_release(cfg);
        return;
    }
    what = hw_json_get_string(question, "what");
    if (!slow_turn && is_slow(what)) {
        rv = put_aside(a, text, len)
                 ? APR_SUCCESS
                 : hw_fail_temp(res, APR_EAGAIN, "busy", "too many such questions wait already");
        if (rv != APR_SUCCESS)
            reply_to(a->q, id, answer_json(rv, NULL, res, p), p);
    } else {
        rv = find_out(a, question, cfg->settings, &items, res, p);
        reply_to(slow_turn ? a->slow_q : a->q, id, answer_json(rv, items, res, p), p);
    }
    hwd_config_release(cfg);
}

static slow_t *
take_slow(hwd_asker_t *a)
{
    slow_t *s;

    pthread_mutex_lock(&a->lock);
    s = a->first;
    if (s != NULL) {
        a->first = s->next;
        if (a->first == NULL)
            a->last = NULL;
        a->waiting--;
    }
    pthread_mutex_unlock(&a->lock);
    return s;
}

static void *
run_slow(void *data)
{
    hwd_asker_t *a = data;
    slow_t *s;

    while (!atomic_load(&a->d->stopping)) {
        if ((s = take_slow(a)) != NULL) {
            apr_pool_t *p = hwd_pool();

            answer(a, s->text, s->len, 1, p);
            apr_pool_destroy(p);
            free(s);
        } else {
            hwd_nap(a->d, 100);
        }
    }
    while ((s = take_slow(a)) != NULL)
        free(s);
    hw_queue_close(a->slow_q);
    return NULL;
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
        answer(a, reply->element[1]->str, reply->element[1]->len, 0, p);
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
    apr_status_t rv;

    a->d = d;
    *out = a;
    pthread_mutex_init(&a->lock, NULL);
    if ((rv = hw_queue_make(&d->redis, &a->q, res, hwd_pool_below(d->p))) != APR_SUCCESS ||
        (rv = hw_queue_make(&d->redis, &a->slow_q, res, hwd_pool_below(d->p))) != APR_SUCCESS)
        return rv;
    if (pthread_create(&a->thread, NULL, run, a) != 0 ||
        pthread_create(&a->slow_thread, NULL, run_slow, a) != 0)
        return hw_fail(res, APR_ENOMEM, "no-threads", "a thread cannot be started");
    return APR_SUCCESS;
}

void
hwd_asker_join(hwd_asker_t *a)
{
    pthread_join(a->thread, NULL);
    pthread_join(a->slow_thread, NULL);
}
