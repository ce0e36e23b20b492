/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the language model, and writing its notes. */
#include "hookwised/analysis.h"

#include <apr_strings.h>
#include <string.h>

#include "common/store_work.h"
#include "hookwised/dest.h"
#include "hookwised/http.h"
#include "hookwised/llm.h"
#include "hookwised/metrics.h"

#define WRITE_SECONDS 120 /* for the note, within a lease */

/* --- asking --------------------------------------------------------------------------------------- */

static apr_status_t
ask(hwd_task_t *t, hw_analysis_t *a, const hw_endpoint_t *ep)
{
    const char *model = hw_set_text(t->cfg->settings, "AI_MODEL"), *answer = NULL;
    hwd_prompt_t prompt = { .instructions = ep->ai_prompt, .endpoint = ep->name,
                            .summary = a->summary, .payload = a->payload,
                            .fence = hw_random_token(9, t->p) };
    apr_time_t began = hw_clock_mono();
    apr_status_t rv = hwd_llm_chat(t->d, t->cfg->settings, &prompt,
                                   (int)hw_set_int(t->cfg->settings, "LLM_TIMEOUT"), &answer, t->res,
                                   t->p);

    if (rv != APR_SUCCESS)
        return rv;
    hwd_metrics_add(t->d->metrics, "hookwise_ai_answer_seconds_total",
                    (double)(hw_clock_mono() - began) / APR_USEC_PER_SEC);
    rv = hw_store_analysis_answer(t->store, a->id, answer, model, t->res, t->p);
    a->answer = answer;
    a->model = model;
    t->tries = 1; /* the first to write the note */
    return rv;
}

/* --- writing -------------------------------------------------------------------------------------- */

static apr_status_t
there_already(hwd_call_t *call, const hwd_task_t *t, const hw_analysis_t *a, const char *ref,
              int *yes)
{
    apr_array_header_t *notes = NULL;
    apr_time_t began = hw_clock_mono();
    apr_status_t rv = call->dest->driver->notes(call, a->ticket_id, &notes, t->res, t->p);

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
write_note(hwd_call_t *call, hwd_task_t *t, const hw_analysis_t *a)
{
    const char *ref = apr_psprintf(t->p, "[analysis %s/%d]", a->request_id, a->part);
    hwd_note_t note = { .kind = HWD_NOTE_INTERNAL, .ref = ref,
                        .text = hwd_answer_note(a->answer, a->model, ref, t->p) };
    apr_time_t began;
    apr_status_t rv;
    int there = 0, gone;

    if (t->tries > 1 && ((rv = there_already(call, t, a, ref, &there)) != APR_SUCCESS || there))
        return rv;
    began = hw_clock_mono();
    rv = call->dest->driver->note(call, a->ticket_id, &note, &gone, t->res, t->p);
    return hwd_dest_called(call, "note", began, rv, t->res);
}

/* Notes of models come after everything else that wants to call the PSA. */
static void
put_onto_ticket(hwd_task_t *t, const hw_analysis_t *a)
{
    hwd_call_t call = { .d = t->d, .settings = t->cfg->settings, .prio = HWD_PRIO_NOTE,
                        .now = apr_time_now() };
    int paid = t->tries > 1 ? 2 : 1;
    apr_time_t now = hw_clock_mono(), at = 0;

    call.dest = hwd_dest_find(t->d->dests, a->destination);
    call.paid = &paid;
    if (call.dest == NULL) {
        hw_fail(t->res, APR_NOTFOUND, "no-destination", "there is no destination \"%s\"",
                a->destination);
        hwd_task_failed(t);
    } else if (hwd_dest_admit(call.dest, HWD_PRIO_NOTE, paid, now, &at) != HWD_ADMITTED) {
        hw_fail_temp(t->res, APR_EAGAIN, "destination-busy", "the destination is down or busy");
        hwd_task_again(t, at > now ? at - now : apr_time_from_sec(1), 0);
    } else if (write_note(&call, t, a) != APR_SUCCESS) {
        hwd_task_failed(t);
    } else {
        hw_store_analysis_done(t->store, a->id, NULL, t->p);
        hwd_task_count(t, "ok");
    }
    if (call.dest != NULL && at == 0 && paid > 0)
        hwd_dest_refund(call.dest, paid);
}

static void
work(hwd_task_t *t, hw_analysis_t *a)
{
    const hwd_endpoint_t *e = hwd_config_endpoint(t->cfg, a->endpoint_id);

    if (a->answer == NULL && (e == NULL || e->ep == NULL || !e->ep->ai_rca)) {
        hw_store_analysis_done(t->store, a->id, NULL, t->p); /* not wanted any more */
        return;
    }
    if (a->answer == NULL && ask(t, a, e->ep) != APR_SUCCESS)
        hwd_task_failed(t);
    else
        put_onto_ticket(t, a);
}

static apr_status_t
take(hwd_task_t *t, int *found)
{
    long seconds = hw_set_int(t->cfg->settings, "LLM_TIMEOUT") + WRITE_SECONDS;
    hw_analysis_t *a = NULL;
    apr_status_t rv = hw_store_analysis_take(t->store, apr_time_from_sec(seconds), &a, t->res, t->p);

    *found = a != NULL;
    if (a == NULL)
        return rv;
    t->id = a->id;
    t->tries = a->tries;
    t->subject = apr_psprintf(t->p, "the analysis for ticket %s", a->ticket_id);
    work(t, a);
    hw_store_analysis_leave(t->store, a->id, t->p);
    return APR_SUCCESS;
}

const hwd_after_kind_t hwd_analyses = {
    .job = HW_JOB_ANALYSIS,
    .what = "analyses",
    .threads = "AI_THREADS",
    .series = "hookwise_ai_tasks_total",
    .work = take,
};
