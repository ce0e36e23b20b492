/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a job: recorded, put back to wait, failed for good. */
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto.h"
#include "hookwised/turn.h"

/* Rows of the run are not part of it yet: they move to the unit that follows. */
void
hwd_turn_hand_over(hwd_turn_t *t, int all)
{
    hwd_unit_t *full = t->unit;

    if (full->done->nelts + full->rows->nelts == 0 ||
        (!all && full->rows->nelts < HWD_UNIT_ROWS))
        return;
    t->unit = hwd_unit_make(t->d);
    for (int i = 0; i < t->run.n; i++)
        t->run.at[i].row = hwd_row_copy(t->unit, t->run.at[i].row);
    hwd_recorder_give(t->d->recorder, hwd_lane_hash(t->lane), full);
}

/* Whoever claims the lane's events after our death begins with the first that history does not
 * know. Were that one older than a change of its alert, it would be decided by what came later. */
apr_status_t
hwd_turn_settle(hwd_turn_t *t, hw_result_t *res)
{
    hwd_turn_hand_over(t, 1);
    return hwd_recorder_settled(t->d->recorder, hwd_lane_hash(t->lane), res);
}

void
hwd_turn_put_back(hwd_turn_t *t, hwd_job_t *job)
{
    job->next = t->todo.first;
    t->todo.first = job;
    if (t->todo.last == NULL)
        t->todo.last = job;
    t->todo.count++;
}

static const char *
action_word(const hwd_step_t *s)
{
    return s->verdict.action == HW_ACT_SKIP ? NULL : hw_action_name(s->verdict.action);
}

static hw_history_t *
make_row(hwd_turn_t *t, hwd_step_t *s)
{
    hw_history_t *row =
        hwd_row_make(t->unit, s->job->item, s->part.alert_key != NULL ? &s->part : NULL);

    row->action = action_word(s);
    if (s->facts.ticket_id != NULL && row->action != NULL)
        row->ticket_id = apr_pstrdup(t->unit->p, s->facts.ticket_id);
    row->retry_count = s->job->retries;
    row->begun_at = s->call.now;
    row->decided_at = s->decided_at;
    row->analyse = s->verdict.action == HW_ACT_CREATE && s->job->item->endpoint->ep->ai_rca &&
                   !hw_event_is_heartbeat(&s->job->item->ev);
    return row;
}

void
hwd_turn_finish(hwd_turn_t *t, hwd_step_t *s, const char *status, const char *text)
{
    hw_history_t *row = make_row(t, s);

    hwd_unit_add(t->unit, s->job->item, row, status, text);
    hwd_unit_done(t->unit, s->job->item);
}

/* --- failures ------------------------------------------------------------------------------------- */

/* Random in [0, 1). */
static double
chance(void)
{
    apr_uint32_t n = 0;

    if (hw_random(&n, sizeof(n)) != APR_SUCCESS)
        n = 1u << 31;
    return (double)n / 4294967296.0;
}

static int
our_own_trouble(const hw_result_t *res)
{
    return res->cls == HW_TEMPORARY &&
           (strncmp(res->problem, "database-", 9) == 0 ||
            strcmp(res->problem, "no-schema") == 0 ||
            strncmp(res->problem, "redis-", 6) == 0 || strcmp(res->problem, "lease-lost") == 0);
}

typedef enum { WAITS, FAILED, DEAD } fate_e;

/* Decides for a job, and makes the lane wait when it is to wait. Retries are spent only on a
 * destination that seems to be up. */
static fate_e
fate(hwd_turn_t *t, hwd_job_t *job, hwd_dest_t *dest, const hw_settings_t *settings,
     const hw_result_t *res)
{
    apr_time_t now = hw_clock_mono(), at;

    if (res->cls == HW_PERMANENT)
        return FAILED;
    job->tried = 1;
    t->wait = HWD_WAIT_RETRY;
    if (our_own_trouble(res)) {
        t->until = now + apr_time_from_msec(HWD_HOLD_MS);
        return WAITS;
    }
    if (dest != NULL && hwd_dest_down(dest, &at)) {
        t->wait = HWD_WAIT_DEST;
        t->until = at + apr_time_from_sec(1);
        return WAITS;
    }
    if (job->retries >= hw_set_int(settings, "MAX_RETRIES")) {
        t->wait = HWD_WAIT_NONE;
        return DEAD;
    }
    job->retries++;
    t->until = now + hwd_backoff(job->retries, hw_set_int(settings, "RETRY_BASE_MS"), chance());
    if (t->until < res->retry_at)
        t->until = res->retry_at;
    return WAITS;
}

void
hwd_turn_failed(hwd_turn_t *t, hwd_step_t *s)
{
    const char *text = hw_result_text(s->res, s->p);
    fate_e what = fate(t, s->job, s->call.dest, s->call.settings, s->res);

    if (what != WAITS) {
        hwd_turn_finish(t, s, what == FAILED ? "failed" : "dlq", text);
        hw_log(t->d->log, HW_LOG_WARN, "request %s part %d: %s: %s", s->job->item->ev.request_id,
               s->part.part, what == FAILED ? "failed" : "given up", text);
        return;
    }
    if (!our_own_trouble(s->res) && s->job->told != s->job->retries + 1) {
        s->job->told = s->job->retries + 1;
        hwd_unit_add(t->unit, s->job->item, make_row(t, s), "retrying", text);
    }
    hwd_turn_put_back(t, s->job);
}

void
hwd_turn_waits(hwd_turn_t *t, hwd_step_t *s, const char *text)
{
    s->verdict.action = HW_ACT_SKIP; /* nothing is decided yet */
    hwd_unit_add(t->unit, s->job->item, make_row(t, s), "retrying", text);
    hw_log(t->d->log, HW_LOG_WARN, "request %s part %d waits: %s", s->job->item->ev.request_id,
           s->part.part, text);
}

/* --- runs of updates ------------------------------------------------------------------------------ */

/* The row is made now, while the plan is there; its outcome is filled in later. */
void
hwd_run_add(hwd_turn_t *t, hwd_step_t *s)
{
    hwd_run_t *run = &t->run;
    const hw_event_t *ev = &s->job->item->ev;
    const hwd_before_t *before = &s->job->before;

    hw_trace_add(s->part.trace, "act", "note", "an internal note goes to ticket %s",
                 s->facts.ticket_id);
    if (run->n == 0) {
        memset(&run->span, 0, sizeof(run->span));
        run->facts = s->facts;
        run->facts.ticket_id = apr_pstrdup(t->p, s->facts.ticket_id);
        run->key = apr_pstrdup(t->p, s->part.alert_key);
        run->dest = s->call.dest;
        run->span.first_ref = apr_pstrdup(t->p, before->count > 0 ? before->ref : s->ref);
        run->span.first_entry = apr_pstrdup(t->p, before->count > 0 ? before->entry : ev->entry_id);
        run->span.first_part = before->count > 0 ? before->part : s->part.part;
        run->span.first_at = before->count > 0 ? before->at : ev->received_at;
        run->span.count = before->count;
    }
    run->at[run->n].job = s->job;
    run->at[run->n++].row = make_row(t, s);
    run->span.count++;
    run->span.last_entry = ev->entry_id;
    run->span.last_part = s->part.part;
    run->span.last_at = ev->received_at;
    if (run->p == NULL)
        run->p = hwd_pool_get(t->d->pools);
    apr_pool_clear(run->p);
    run->said = apr_pstrdup(run->p, s->part.event_text);
}

static void
finish_one(hwd_turn_t *t, int i, const char *status, const char *text)
{
    hwd_job_t *job = t->run.at[i].job;

    t->run.at[i].row->retry_count = job->retries;
    hwd_unit_add(t->unit, job->item, t->run.at[i].row, status, text);
    hwd_unit_done(t->unit, job->item);
}

void
hwd_run_finish(hwd_turn_t *t, const char *status, const char *text)
{
    for (int i = 0; i < t->run.n; i++)
        finish_one(t, i, status, text);
    t->run.n = 0;
    hwd_turn_hand_over(t, 0);
}

void
hwd_run_put_back(hwd_turn_t *t)
{
    while (t->run.n > 0)
        hwd_turn_put_back(t, t->run.at[--t->run.n].job);
}

void
hwd_run_fold(hwd_turn_t *t)
{
    hwd_run_t *run = &t->run;
    int last = run->n - 1;
    hwd_before_t *before = &run->at[last].job->before;

    if (last < 1)
        return;
    free(before->ref);
    free(before->entry);
    before->count = run->span.count - 1;
    before->ref = strdup(run->span.first_ref);
    before->entry = strdup(run->span.first_entry);
    before->part = run->span.first_part;
    before->at = run->span.first_at;
    if (before->ref == NULL || before->entry == NULL)
        abort();
    for (int i = 0; i < last; i++)
        finish_one(t, i, "processed", NULL);
    run->at[0] = run->at[last];
    run->n = 1;
    hwd_turn_hand_over(t, 0);
}

/* The first of them stands for all: they came to one note, and fail or wait together. */
void
hwd_run_failed(hwd_turn_t *t, hw_result_t *res)
{
    hwd_run_t *run = &t->run;
    const hw_settings_t *settings = run->at[0].job->item->cfg->settings;
    const char *text = hw_result_text(res, t->p);
    fate_e what = fate(t, run->at[0].job, run->dest, settings, res);
    int retries = run->at[0].job->retries;

    if (what != WAITS) {
        hw_log(t->d->log, HW_LOG_WARN, "request %s and %d more: %s: %s",
               run->at[0].job->item->ev.request_id, run->n - 1,
               what == FAILED ? "failed" : "given up", text);
        hwd_run_finish(t, what == FAILED ? "failed" : "dlq", text);
        return;
    }
    for (int i = 0; i < run->n; i++) {
        hwd_job_t *job = run->at[i].job;

        job->retries = retries;
        job->tried = 1;
        if (our_own_trouble(res) || job->told == retries + 1)
            continue;
        job->told = retries + 1;
        run->at[i].row->retry_count = retries;
        hwd_unit_add(t->unit, job->item, run->at[i].row, "retrying", text);
    }
    hwd_run_put_back(t);
}
