/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that ask the language model and write its notes. */
#include "hookwised/analysis.h"

#include <apr_strings.h>
#include <string.h>

#include "common/store_work.h"
#include "hookwised/config.h"
#include "hookwised/dest.h"
#include "hookwised/http.h"
#include "hookwised/llm.h"
#include "hookwised/metrics.h"
#include "hookwised/stores.h"

#define IDLE_MS 500
#define BACKOFF_FACTOR 10 /* times RETRY_BASE_MS: a model takes its time to come back */
#define WRITE_SECONDS 120 /* for the note, within a lease */

typedef struct {
    hwd_t *d;
    hw_store_t *store;
    pthread_t thread;
    int failing; /* said once */
} analyst_t;

struct hwd_analysts_t {
    int n;
    analyst_t *all;
};

/* One task. */
typedef struct {
    analyst_t *me;
    hwd_t *d;
    hwd_config_t *cfg;
    hw_analysis_t *a;
    hw_result_t *res;
    apr_pool_t *p;
} task_t;

/* --- outcomes ------------------------------------------------------------------------------------- */

static void
count(const task_t *t, const char *result)
{
    hwd_metrics_add(t->d->metrics, hw_series(t->p, "hookwise_ai_tasks_total", "result", result, NULL), 1);
}

/* When our own database does not take it the lease runs out and the task comes again. */
static void
again(task_t *t, apr_interval_time_t after, int spent)
{
    const char *why = apr_pstrdup(t->p, hw_result_text(t->res, t->p));

    hw_store_analysis_again(t->me->store, t->a->id, after, spent, why, NULL, t->p);
}

static void
gave_up(task_t *t)
{
    const char *why = apr_pstrdup(t->p, hw_result_text(t->res, t->p));

    hw_log(t->d->log, HW_LOG_WARN, "ticket %s gets no analysis: %s", t->a->ticket_id, why);
    hw_store_analysis_failed(t->me->store, t->a->id, why, NULL, t->p);
    count(t, "failed");
}

/* Half of the wait is left to chance, so that many do not come back at once. */
static void
failed(task_t *t)
{
    long base = hw_set_int(t->cfg->settings, "RETRY_BASE_MS") * BACKOFF_FACTOR;
    apr_interval_time_t wait;
    unsigned char chance = 0;

    if (atomic_load(&t->d->stopping)) {
        again(t, 0, 0);
        return;
    }
    if (t->res->cls == HW_PERMANENT || t->a->tries > hw_set_int(t->cfg->settings, "MAX_RETRIES")) {
        gave_up(t);
        return;
    }
    if (hw_random(&chance, 1) != APR_SUCCESS)
        chance = 128;
    wait = hwd_backoff(t->a->tries, base, 0.5 + chance / 512.0);
    if (t->res->retry_at > hw_clock_mono() + wait)
        wait = t->res->retry_at - hw_clock_mono();
    hw_log(t->d->log, HW_LOG_INFO, "the analysis for ticket %s is tried again: %s", t->a->ticket_id,
           hw_result_text(t->res, t->p));
    count(t, "retried");
    again(t, wait, 1);
}

/* --- asking --------------------------------------------------------------------------------------- */

static apr_status_t
ask(task_t *t, const hw_endpoint_t *ep)
{
    const char *model = hw_set_text(t->cfg->settings, "AI_MODEL"), *answer = NULL;
    hwd_prompt_t prompt = { .instructions = ep->ai_prompt, .endpoint = ep->name,
                            .summary = t->a->summary, .payload = t->a->payload,
                            .fence = hw_random_token(9, t->p) };
    apr_time_t began = hw_clock_mono();
    apr_status_t rv = hwd_llm_chat(t->d, t->cfg->settings, &prompt,
                                   (int)hw_set_int(t->cfg->settings, "LLM_TIMEOUT"), &answer, t->res,
                                   t->p);

    if (rv != APR_SUCCESS)
        return rv;
    hwd_metrics_add(t->d->metrics, "hookwise_ai_answer_seconds_total",
                    (double)(hw_clock_mono() - began) / APR_USEC_PER_SEC);
    rv = hw_store_analysis_answer(t->me->store, t->a->id, answer, model, t->res, t->p);
    t->a->answer = answer;
    t->a->model = model;
    t->a->tries = 1;
    return rv;
}

/* --- writing -------------------------------------------------------------------------------------- */

static apr_status_t
there_already(hwd_call_t *call, const task_t *t, const char *ref, int *yes)
{
    apr_array_header_t *notes = NULL;
    apr_time_t began = hw_clock_mono();
    apr_status_t rv = call->dest->driver->notes(call, t->a->ticket_id, &notes, t->res, t->p);

    *yes = 0;
    if (hwd_dest_called(call, "notes", began, rv, t->res) != APR_SUCCESS)
        return rv;
    for (int i = 0; i < notes->nelts; i++)
        if (strstr(APR_ARRAY_IDX(notes, i, const char *), ref) != NULL)
            *yes = 1;
    return APR_SUCCESS;
}

/* Only a note that may have been written before is looked for. */
static apr_status_t
write_note(hwd_call_t *call, task_t *t)
{
    const char *ref = apr_psprintf(t->p, "[analysis %s/%d]", t->a->request_id, t->a->part);
    hwd_note_t note = { .kind = HWD_NOTE_INTERNAL, .ref = ref,
                        .text = hwd_answer_note(t->a->answer, t->a->model, ref, t->p) };
    apr_time_t began;
    apr_status_t rv;
    int there = 0, gone;

    if (t->a->tries > 1 && ((rv = there_already(call, t, ref, &there)) != APR_SUCCESS || there))
        return rv;
    began = hw_clock_mono();
    rv = call->dest->driver->note(call, t->a->ticket_id, &note, &gone, t->res, t->p);
    return hwd_dest_called(call, "note", began, rv, t->res);
}

/* Notes of models come after everything else that wants to call the PSA. */
static void
put_onto_ticket(task_t *t)
{
    hwd_call_t call = { .d = t->d, .settings = t->cfg->settings, .prio = HWD_PRIO_NOTE,
                        .now = apr_time_now() };
    int paid = t->a->tries > 1 ? 2 : 1;
    apr_time_t now = hw_clock_mono(), at = 0;

    call.dest = hwd_dest_find(t->d->dests, t->a->destination);
    call.paid = &paid;
    if (call.dest == NULL) {
        hw_fail(t->res, APR_NOTFOUND, "no-destination", "there is no destination \"%s\"",
                t->a->destination);
        failed(t);
    } else if (hwd_dest_admit(call.dest, HWD_PRIO_NOTE, paid, now, &at) != HWD_ADMITTED) {
        hw_fail_temp(t->res, APR_EAGAIN, "destination-busy", "the destination is down or busy");
        again(t, at > now ? at - now : apr_time_from_sec(1), 0);
    } else if (write_note(&call, t) != APR_SUCCESS) {
        failed(t);
    } else {
        hw_store_analysis_done(t->me->store, t->a->id, NULL, t->p);
        count(t, "ok");
    }
    if (call.dest != NULL && at == 0 && paid > 0)
        hwd_dest_refund(call.dest, paid);
}

static void
work(task_t *t)
{
    const hwd_endpoint_t *e = hwd_config_endpoint(t->cfg, t->a->endpoint_id);

    if (t->a->answer == NULL && (e == NULL || e->ep == NULL || !e->ep->ai_rca)) {
        hw_store_analysis_done(t->me->store, t->a->id, NULL, t->p); /* not wanted any more */
        return;
    }
    if (t->a->answer == NULL && ask(t, e->ep) != APR_SUCCESS)
        failed(t);
    else
        put_onto_ticket(t);
}

/* --- threads -------------------------------------------------------------------------------------- */

static void
trouble(analyst_t *me, const hw_result_t *res)
{
    if (!me->failing)
        hw_log_result(me->d->log, HW_LOG_WARN, res, "analyses wait");
    me->failing = 1;
}

/* 0: there was nothing to do. */
static int
round_once(analyst_t *me, hwd_config_t *cfg, apr_pool_t *p)
{
    task_t t = { .me = me, .d = me->d, .cfg = cfg, .res = hw_result_make(p), .p = p };
    long seconds = hw_set_int(cfg->settings, "LLM_TIMEOUT") + WRITE_SECONDS;

    if (hw_store_analysis_take(me->store, apr_time_from_sec(seconds), &t.a, t.res, p) != APR_SUCCESS) {
        trouble(me, t.res);
        return 0;
    }
    me->failing = 0;
    if (t.a != NULL)
        work(&t);
    return t.a != NULL;
}

static void *
run(void *data)
{
    analyst_t *me = data;

    while (!atomic_load(&me->d->stopping)) {
        apr_pool_t *p = hwd_pool();
        hwd_config_t *cfg = hwd_config_hold(me->d->configs);
        int busy = cfg != NULL && atomic_load(&me->d->published) && round_once(me, cfg, p);

        hwd_config_release(cfg);
        apr_pool_destroy(p);
        if (!busy)
            hwd_nap(me->d, IDLE_MS);
    }
    hw_db_close(me->store->db);
    return NULL;
}

apr_status_t
hwd_analysts_start(hwd_t *d, hwd_analysts_t **out, hw_result_t *res)
{
    hwd_analysts_t *a = apr_pcalloc(d->p, sizeof(*a));
    int n = (int)hw_set_int(d->settings, "AI_THREADS");

    *out = a;
    a->all = apr_pcalloc(d->p, sizeof(*a->all) * (apr_size_t)n);
    for (; a->n < n; a->n++) {
        analyst_t *me = &a->all[a->n];
        apr_status_t rv = hwd_store_own(d, &me->store, res, hwd_pool_below(d->p));

        if (rv != APR_SUCCESS)
            return rv;
        me->d = d;
        if (pthread_create(&me->thread, NULL, run, me) != 0)
            return hw_fail(res, APR_ENOMEM, "no-threads", "a thread for analyses cannot be started");
    }
    return APR_SUCCESS;
}

void
hwd_analysts_join(hwd_analysts_t *a)
{
    for (int i = 0; i < a->n; i++)
        pthread_join(a->all[i].thread, NULL);
}
