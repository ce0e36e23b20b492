/* SPDX-License-Identifier: Apache-2.0 */
/* A lane's turn: facts, settle, act, record, for each of its jobs in order. */
#include "hookwised/worker.h"

#include <apr_strings.h>
#include <signal.h>
#include <string.h>

#include "hookwised/catchup.h"
#include "hookwised/company.h"
#include "hookwised/shard.h"
#include "hookwised/sns.h"
#include "hookwised/stores.h"
#include "hookwised/sync.h"
#include "hookwised/turn.h"

#define ROUNDS 3 /* how often facts may turn out wrong for one job */

struct hwd_workers_t {
    hwd_t *d;
    pthread_t *threads;
    int n;
    atomic_int running;
};

/* --- a step's beginning and end --------------------------------------------------------------- */

static void
begin(hwd_turn_t *t, hwd_step_t *s, hwd_job_t *job)
{
    memset(s, 0, sizeof(*s));
    s->job = job;
    s->p = hwd_pool_get(t->d->pools);
    s->res = hw_result_make(s->p);
    s->call.d = t->d;
    s->cfg = hwd_config_hold(t->d->configs); /* an event may have waited since it was planned */
    s->call.settings = s->cfg->settings;
    s->call.now = apr_time_now();
    s->call.prio = t->prio;
    s->call.paid = &s->paid;
    s->call.may_send = hwd_guard_may_send;
    s->call.baton = s;
}

/* The plan of a job that waits, or of one that was the only part, is not kept. */
static void
end(hwd_turn_t *t, hwd_step_t *s, int held)
{
    hwd_guard_unlock(s);
    if (s->paid > 0)
        hwd_dest_refund(s->call.dest, s->paid);
    if (held)
        hwd_item_release(t->d->items, s->job->item, s->job->item->njobs > 1);
    hwd_config_release(s->cfg);
    hwd_pool_put(t->d->pools, s->p);
}

static hwd_job_t *
next_job(hwd_turn_t *t)
{
    hwd_job_t *job = t->todo.first;

    t->todo.first = job->next;
    if (--t->todo.count == 0)
        t->todo.last = NULL;
    return job;
}

/* --- stage: is there anything to decide? ------------------------------------------------------ */

static apr_status_t
known_to_history(hwd_turn_t *t, hwd_step_t *s, int *yes)
{
    const hw_event_t *ev = &s->job->item->ev;
    hw_store_t *store;

    (void)t;
    *yes = 0;
    if (!s->job->item->check)
        return APR_SUCCESS;
    store = hwd_call_store(&s->call);
    return hwd_call_done(&s->call, store, hw_store_recorded(store, ev->request_id, s->job->part,
                                                            ev->received_at, yes, s->res, s->p));
}

static void
take_part(hwd_step_t *s, const hw_plan_t *plan)
{
    s->part = *APR_ARRAY_IDX(plan->parts, s->job->part, const hw_part_t *);
    s->part.trace = hw_trace_fork(s->part.trace, s->p);
    s->ref = hwd_note_ref(&s->job->item->ev, s->part.part, s->p);
}

typedef enum { DECIDE, FINISHED } ready_e;

/* FINISHED: nothing is left to do for the job (or it waits). The item is held afterwards. */
static ready_e
prepare(hwd_turn_t *t, hwd_step_t *s, hw_plan_t *plan)
{
    hwd_item_t *it = s->job->item;
    const char *over;
    int done;

    if (known_to_history(t, s, &done) != APR_SUCCESS) {
        hwd_turn_failed(t, s);
        return FINISHED;
    }
    if (done) {
        hwd_unit_done(t->unit, it);
        return FINISHED;
    }
    if (it->only.status != NULL) {
        hwd_turn_finish(t, s, it->only.status, it->only.text);
        return FINISHED;
    }
    take_part(s, plan);
    if (hwd_catchup_look(t, s, &over) != APR_SUCCESS) {
        hwd_turn_failed(t, s);
        return FINISHED;
    }
    if (over != NULL) {
        hwd_turn_finish(t, s, "skipped", over);
        return FINISHED;
    }
    if (s->part.drop) {
        if (!hwd_sns_confirm(t, s, plan))
            hwd_turn_finish(t, s, "skipped", s->part.drop_text);
        return FINISHED;
    }
    if (s->part.mirror != NULL) {
        hwd_sync(t, s);
        return FINISHED;
    }
    s->call.dest = hwd_dest_find(t->d->dests, s->part.destination);
    if (s->call.dest != NULL)
        hwd_company_choose(t, s);
    if (s->call.dest == NULL) {
        hwd_turn_finish(t, s, "failed", apr_psprintf(s->p, "there is no destination \"%s\"",
                                                     s->part.destination));
        return FINISHED;
    }
    return DECIDE;
}

/* --- stage: may the destination be called? ------------------------------------------------------ */

/* About how many calls, verification and searching included; 0 = none. A note asks for itself when
 * it is written. */
static int
calls_needed(const hwd_turn_t *t, const hwd_step_t *s)
{
    int stale = hwd_facts_stale(t, s);

    if (s->facts.open)
        return s->part.kind == HW_KIND_CLOSE ? 4 : stale;
    if (hwd_facts_search_needed(t, s))
        return 2;
    return s->part.kind != HW_KIND_CLOSE && s->part.reopen_window_minutes > 0 &&
                   s->facts.ticket_id != NULL
               ? 4
               : 0;
}

static int
admitted(hwd_turn_t *t, hwd_step_t *s, int calls)
{
    hwd_admit_e verdict;

    if (calls == 0)
        return 1;
    verdict = hwd_dest_admit(s->call.dest, t->prio, calls, hw_clock_mono(), &t->until);
    if (verdict == HWD_ADMITTED) {
        s->paid += calls;
        return 1;
    }
    t->wait = verdict == HWD_ADMIT_DOWN ? HWD_WAIT_DEST : HWD_WAIT_RATE;
    return 0;
}

/* --- stage: facts and decision ------------------------------------------------------------------ */

/* What was read before the locks were had may be what somebody else has changed under them. */
static apr_status_t
lock(hwd_turn_t *t, hwd_step_t *s)
{
    apr_status_t rv = hwd_guard_lock(t, s);

    if (rv != APR_SUCCESS || t->wait != HWD_WAIT_NONE)
        return rv;
    t->known.key = NULL;
    return hwd_facts_read(t, s);
}

/* What is not in our tables is looked for in the destination, and created if need be, by one
 * worker at a time for an alert, and for a company and summary. */
static apr_status_t
look_for(hwd_turn_t *t, hwd_step_t *s)
{
    apr_time_t again = 0;
    apr_status_t rv = s->locked ? APR_SUCCESS : lock(t, s);

    if (rv != APR_SUCCESS || t->wait != HWD_WAIT_NONE || !hwd_facts_search_needed(t, s))
        return rv;
    rv = hwd_facts_search(t, s, &again);
    if (rv == APR_SUCCESS && again > 0) {
        t->wait = HWD_WAIT_RETRY;
        t->until = again;
    }
    return rv;
}

/* A recovery closes the ticket when no other open alert shares it: of two that recover at once
 * the second one finds the first one closed. */
static apr_status_t
look_who_shares(hwd_turn_t *t, hwd_step_t *s)
{
    const char *ticket_id = s->facts.ticket_id;
    apr_status_t rv = hwd_guard_ticket(t, s, ticket_id);

    if (rv != APR_SUCCESS || t->wait != HWD_WAIT_NONE)
        return rv;
    t->known.key = NULL;
    if ((rv = hwd_facts_read(t, s)) != APR_SUCCESS || !s->facts.open)
        return rv;
    if (strcmp(s->facts.ticket_id, ticket_id) == 0)
        return hwd_facts_sharing(t, s);
    t->wait = HWD_WAIT_RETRY; /* another ticket meanwhile */
    t->until = hw_clock_mono();
    return APR_SUCCESS;
}

static apr_status_t
look(hwd_turn_t *t, hwd_step_t *s)
{
    apr_status_t rv = APR_SUCCESS;

    if (hwd_facts_stale(t, s))
        rv = hwd_facts_verify(t, s);
    if (rv == APR_SUCCESS && hwd_facts_search_needed(t, s))
        rv = look_for(t, s);
    if (rv == APR_SUCCESS && t->wait == HWD_WAIT_NONE && s->facts.open &&
        s->part.kind == HW_KIND_CLOSE)
        rv = look_who_shares(t, s);
    return rv;
}

/* APR_SUCCESS with t->wait set: not now. */
static apr_status_t
decide(hwd_turn_t *t, hwd_step_t *s)
{
    apr_status_t rv = hwd_facts_read(t, s);

    if (rv != APR_SUCCESS || !admitted(t, s, calls_needed(t, s)))
        return rv;
    if ((rv = look(t, s)) != APR_SUCCESS || t->wait != HWD_WAIT_NONE)
        return rv;
    hw_settle(&s->part, &s->facts, s->call.now, &s->verdict, s->p);
    s->decided_at = apr_time_now();
    if (s->created_before) {
        s->verdict.action = HW_ACT_CREATE;
        hw_trace_add(s->part.trace, "act", "created-before",
                     "ticket %s was created by an earlier attempt", s->facts.ticket_id);
    }
    return APR_SUCCESS;
}

/* --- stage: act ----------------------------------------------------------------------------------- */

/* An update joins or begins the run; whether its note is there already is asked first. */
static apr_status_t
update(hwd_turn_t *t, hwd_step_t *s)
{
    int there;
    apr_status_t rv = hwd_act_noted(t, s, &there);

    if (rv != APR_SUCCESS)
        return rv;
    if (there) {
        hw_trace_add(s->part.trace, "act", "noted-before",
                     "ticket %s has the note of this event already", s->facts.ticket_id);
        hwd_turn_finish(t, s, "processed", NULL);
        return APR_SUCCESS;
    }
    if (t->run.n == HWD_RUN_MAX)
        hwd_run_fold(t);
    hwd_run_add(t, s);
    return APR_SUCCESS;
}

static apr_status_t
skip(hwd_turn_t *t, hwd_step_t *s)
{
    int closed;
    apr_status_t rv = hwd_act_closed_before(t, s, &closed);

    if (rv != APR_SUCCESS)
        return rv;
    hwd_turn_finish(t, s, closed ? "processed" : "skipped", closed ? NULL : s->verdict.text);
    return APR_SUCCESS;
}

static apr_status_t
carry_out(hwd_turn_t *t, hwd_step_t *s, int *stale)
{
    const char *action = hw_action_name(s->verdict.action);
    apr_status_t rv;

    *stale = 0;
    if (s->verdict.action == HW_ACT_SKIP)
        return skip(t, s);
    if (s->verdict.action == HW_ACT_UPDATE && !s->verdict.leaves)
        return update(t, s);
    rv = s->created_before ? APR_SUCCESS : hwd_act(t, s, stale);
    if (rv != APR_SUCCESS || *stale)
        return rv;
    hw_trace_add(s->part.trace, "act", action, "%s: ticket %s", action, s->facts.ticket_id);
    hwd_turn_finish(t, s, "processed", NULL);
    return APR_SUCCESS;
}

static void
work(hwd_turn_t *t, hwd_step_t *s)
{
    apr_status_t rv;
    int stale = 1;

    for (int round = 0; stale && round < ROUNDS; round++) {
        if ((rv = decide(t, s)) == APR_SUCCESS && t->wait == HWD_WAIT_NONE)
            rv = carry_out(t, s, &stale);
        if (rv != APR_SUCCESS) {
            hwd_turn_failed(t, s);
            return;
        }
        if (t->wait != HWD_WAIT_NONE) {
            hwd_turn_put_back(t, s->job);
            return;
        }
    }
    if (stale) {
        hw_fail_temp(s->res, APR_EAGAIN, "unsettled",
                     "the ticket was closed and reopened again and again meanwhile");
        hwd_turn_failed(t, s);
    }
}

/* --- the run of updates -------------------------------------------------------------------------- */

/* Would this job's note go into the run's? */
static int
joins(hwd_turn_t *t, hwd_step_t *s)
{
    if (t->run.key == NULL || strcmp(t->run.key, s->part.alert_key) != 0 ||
        t->run.dest != s->call.dest)
        return 0;
    s->facts = t->run.facts;
    hw_settle(&s->part, &s->facts, s->call.now, &s->verdict, s->p);
    s->decided_at = apr_time_now();
    return s->verdict.action == HW_ACT_UPDATE;
}

/* Writes the run's note. While calls are scarce all but the last event are recorded and leave
 * their note to it. */
static void
flush(hwd_turn_t *t)
{
    hwd_step_t s;
    int stale = 0;

    if (t->run.n == 0)
        return;
    begin(t, &s, t->run.at[t->run.n - 1].job);
    s.facts = t->run.facts;
    s.part.alert_key = t->run.key;
    s.part.trace = hw_trace_make(s.p);
    s.call.dest = t->run.dest;
    if (!admitted(t, &s, 1)) {
        if (t->wait == HWD_WAIT_RATE)
            hwd_run_fold(t);
        hwd_run_put_back(t);
    } else if (hwd_act_note(t, &s, &stale) != APR_SUCCESS) {
        hwd_run_failed(t, s.res);
    } else if (stale) {
        hwd_run_put_back(t); /* the ticket is gone: they are decided again */
    } else {
        hwd_run_finish(t, "processed", NULL);
    }
    end(t, &s, 0);
}

/* --- a turn ------------------------------------------------------------------------------------------ */

static int
owned(const hwd_turn_t *t, const hwd_job_t *job)
{
    return hwd_shard_owned(t->d->shards, job->item->ev.shard, job->item->epoch);
}

/* A job that is ready: into the run, or worked on alone after the run's note is written. */
static void
proceed(hwd_turn_t *t, hwd_step_t *s)
{
    if (t->run.n > 0 && joins(t, s)) {
        if (update(t, s) != APR_SUCCESS)
            hwd_turn_failed(t, s);
        return;
    }
    if (t->run.n > 0) { /* first things first; this one begins anew */
        hwd_turn_put_back(t, s->job);
        flush(t);
        return;
    }
    work(t, s);
}

static void
step(hwd_turn_t *t, hwd_job_t *job)
{
    hw_plan_t *plan = NULL;
    hwd_step_t s;
    apr_status_t rv;

    if (!owned(t, job)) { /* whoever has the shard now reads it again */
        hwd_unit_done(t->unit, job->item);
        return;
    }
    begin(t, &s, job);
    rv = hwd_item_hold(t->d->items, job->item, &plan, s.res);
    if (rv == APR_SUCCESS && prepare(t, &s, plan) == DECIDE)
        proceed(t, &s);
    if (rv != APR_SUCCESS) {
        hw_log_result(t->d->log, HW_LOG_ERROR, s.res, "planning an event again");
        hwd_turn_put_back(t, job);
        t->wait = HWD_WAIT_RETRY;
        t->until = hw_clock_mono() + apr_time_from_msec(HWD_HOLD_MS);
    }
    end(t, &s, rv == APR_SUCCESS);
    hwd_turn_hand_over(t, 0);
}

static void
turn(hwd_t *d, hwd_lane_t *lane, const hwd_jobs_t *jobs)
{
    hwd_turn_t *t;
    apr_pool_t *p = hwd_pool_get(d->pools);

    t = apr_pcalloc(p, sizeof(*t));
    t->d = d;
    t->lane = lane;
    t->todo = *jobs;
    t->p = p;
    t->unit = hwd_unit_make(d);
    t->prio = HWD_PRIO_NOTE;
    for (const hwd_job_t *job = jobs->first; job != NULL; job = job->next)
        if (job->prio < t->prio)
            t->prio = job->prio;
    while (t->wait == HWD_WAIT_NONE && (t->todo.first != NULL || t->run.n > 0)) {
        if (t->todo.first != NULL)
            step(t, next_job(t));
        else
            flush(t);
    }
    hwd_run_put_back(t); /* begun when the lane was told to wait */
    hwd_turn_hand_over(t, 1);
    hwd_lanes_give(d->lanes, lane, &t->todo, t->wait, t->until);
    hwd_unit_free(t->unit);
    if (t->run.p != NULL)
        hwd_pool_put(d->pools, t->run.p);
    hwd_pool_put(d->pools, p);
}

static void *
run(void *data)
{
    hwd_workers_t *w = data;
    hwd_lane_t *lane;
    hwd_jobs_t jobs;

    while ((lane = hwd_lanes_take(w->d->lanes, HWD_TURN_JOBS, &jobs)) != NULL)
        turn(w->d, lane, &jobs);
    atomic_fetch_sub(&w->running, 1);
    return NULL;
}

apr_status_t
hwd_workers_start(hwd_t *d, int n, hwd_workers_t **out, hw_result_t *res)
{
    hwd_workers_t *w = apr_pcalloc(d->p, sizeof(*w));
    pthread_attr_t attr;

    w->d = d;
    w->threads = apr_pcalloc(d->p, sizeof(*w->threads) * (apr_size_t)n);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, HWD_STACK_BYTES);
    for (int i = 0; i < n; i++) {
        atomic_fetch_add(&w->running, 1);
        if (pthread_create(&w->threads[i], &attr, run, w) != 0) {
            atomic_fetch_sub(&w->running, 1);
            break;
        }
        w->n++;
    }
    pthread_attr_destroy(&attr);
    *out = w;
    if (w->n == 0)
        return hw_fail(res, APR_ENOMEM, "no-threads", "no worker thread can be started");
    return APR_SUCCESS;
}

int
hwd_workers_join(hwd_workers_t *w, apr_time_t deadline)
{
    while (atomic_load(&w->running) > 0 && hw_clock_mono() < deadline)
        apr_sleep(apr_time_from_msec(10));
    if (atomic_load(&w->running) > 0)
        return 0;
    for (int i = 0; i < w->n; i++)
        pthread_join(w->threads[i], NULL);
    return 1;
}
