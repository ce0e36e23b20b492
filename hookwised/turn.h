/* SPDX-License-Identifier: Apache-2.0 */
/* One lane's turn with one worker: some of its jobs in order, and what is known meanwhile. */
#ifndef HWD_TURN_H
#define HWD_TURN_H

#include "hookwised/dest.h"
#include "hookwised/lane.h"
#include "hookwised/note.h"
#include "hookwised/record.h"

#define HWD_RUN_MAX 32   /* jobs whose note is written together and whose outcome is one */
#define HWD_UNIT_ROWS 64 /* rows handed to the recorder at once */

/* What is known of the alert the turn is about. It stays true during the turn: nobody else holds
 * the lane. */
typedef struct {
    const char *key;     /* alert key; NULL = nothing read yet */
    hw_alert_t *alert;   /* NULL = there is none */
    int verified;        /* the destination was asked in this turn */
    int gone;            /* its ticket does not exist any more: not even to be reopened */
} hwd_known_t;

/* Updates of one ticket whose note is still to be written. */
typedef struct {
    int n;
    struct {
        hwd_job_t *job;
        hw_history_t *row;
    } at[HWD_RUN_MAX];
    hwd_span_t span;     /* events the note speaks for, also those recorded before */
    const char *said;    /* what the last of them says; in p */
    hw_facts_t facts;    /* what they were settled with */
    const char *key;     /* alert */
    hwd_dest_t *dest;
    apr_pool_t *p;       /* of said */
} hwd_run_t;

typedef struct {
    hwd_t *d;
    hwd_lane_t *lane;
    hwd_jobs_t todo;     /* not begun */
    hwd_unit_t *unit;
    apr_pool_t *p;       /* of the turn */
    hwd_known_t known;
    hwd_run_t run;
    const char *notes_of;  /* ticket whose notes were read; NULL = none */
    apr_array_header_t *notes;
    hwd_prio_e prio;     /* of the most urgent job: what stands before it is as urgent */
    hwd_wait_e wait;     /* set: the turn ends, the lane waits */
    apr_time_t until;
} hwd_turn_t;

/* The job being worked on. Everything lives in p. */
typedef struct {
    hwd_job_t *job;
    hw_part_t part;         /* the plan's, with a trace of its own */
    const char *ref;
    hwd_call_t call;
    hwd_config_t *cfg;      /* in force now: how the destination is reached; held */
    hw_facts_t facts;
    hw_verdict_t verdict;
    apr_time_t decided_at; /* when the verdict was there; 0 = it is not */
    int paid;               /* calls admitted and not yet made */
    int locked;             /* the ticket's locks are held, on call.store */
    int shared;             /* that of the ticket found, too */
    hw_ticket_key_t key, ticket_key; /* of the locks */
    int created_before;     /* facts: an earlier attempt for this very part made the open ticket */
    hw_result_t *res;
    apr_pool_t *p;
} hwd_step_t;

/* facts.c: what is known, from our own tables first. Each may fail; classes as in driver.h. */
apr_status_t hwd_facts_read(hwd_turn_t *t, hwd_step_t *s);
int hwd_facts_stale(const hwd_turn_t *t, const hwd_step_t *s);
apr_status_t hwd_facts_verify(hwd_turn_t *t, hwd_step_t *s);
int hwd_facts_search_needed(const hwd_turn_t *t, const hwd_step_t *s);
/* Under the ticket's locks. *again > 0: what is not found may still appear, ask again then. */
apr_status_t hwd_facts_search(hwd_turn_t *t, hwd_step_t *s, apr_time_t *again);
/* When "not found" is to be believed of a create that ended just now. */
apr_time_t hwd_facts_sure(const hwd_step_t *s);
/* Under the ticket's lock: who else is it open for? */
apr_status_t hwd_facts_sharing(hwd_turn_t *t, hwd_step_t *s);
/* The alert as it is once a ticket is open for it, without reading it again. */
void hwd_facts_opened(hwd_turn_t *t, hwd_step_t *s, const char *ticket_id);
/* The ticket found may be taken for this alert: no key on it, not one of ours, or another
 * endpoint's. */
int hwd_facts_adoptable(const char *found_xref, const char *our_xref);

/* guard.c: nothing is created without the ticket's locks, and nothing that changes something is sent
 * by a worker that was frozen. t->wait set: another hookwised has them. */
apr_status_t hwd_guard_lock(hwd_turn_t *t, hwd_step_t *s);
/* The lock of a ticket that there is: who takes it for an alert, and who decides whether it is
 * closed, do so one after the other. Alone, or beside those of a create. */
apr_status_t hwd_guard_ticket(hwd_turn_t *t, hwd_step_t *s, const char *ticket_id);
void hwd_guard_unlock(hwd_step_t *s);
int hwd_guard_may_send(void *step); /* for hwd_call_t */

/* outcome.c: what became of a job. */
void hwd_turn_finish(hwd_turn_t *t, hwd_step_t *s, const char *status, const char *text);
/* The failure in s->res befell the step's job: it waits (t->wait is set, the job is back in todo),
 * or is recorded as failed or dlq. */
void hwd_turn_failed(hwd_turn_t *t, hwd_step_t *s);
/* History says what the job waits for. */
void hwd_turn_waits(hwd_turn_t *t, hwd_step_t *s, const char *text);
void hwd_turn_put_back(hwd_turn_t *t, hwd_job_t *job);
/* The same for a run. _fold: all but the last are recorded, their note is left to it. */
void hwd_run_add(hwd_turn_t *t, hwd_step_t *s);
void hwd_run_finish(hwd_turn_t *t, const char *status, const char *text);
void hwd_run_failed(hwd_turn_t *t, hw_result_t *res);
void hwd_run_put_back(hwd_turn_t *t);
void hwd_run_fold(hwd_turn_t *t);
/* Rows go to the recorder in pieces. */
void hwd_turn_hand_over(hwd_turn_t *t, int all);
/* Before anything that opens or closes the alert: what became of the events before is committed. */
apr_status_t hwd_turn_settle(hwd_turn_t *t, hw_result_t *res);

/* act.c: doing what was decided, updates aside unless they leave the ticket. *stale 1: the facts were wrong (ticket closed or gone), they are
 * corrected, decide again. */
apr_status_t hwd_act(hwd_turn_t *t, hwd_step_t *s, int *stale);
/* The note of the turn's run; s is made from its last job. */
apr_status_t hwd_act_note(hwd_turn_t *t, hwd_step_t *s, int *stale);
/* The event may have been handled before, by a worker that died or an attempt without an answer. */
int hwd_act_repeated(const hwd_step_t *s);
/* Is the note of this event on its ticket already? Asked only when there is doubt. */
apr_status_t hwd_act_noted(hwd_turn_t *t, hwd_step_t *s, int *yes);
/* Nothing is open for a recovery: did its own earlier attempt close it? Then the verdict is that. */
apr_status_t hwd_act_closed_before(hwd_turn_t *t, hwd_step_t *s, int *yes);

#endif
