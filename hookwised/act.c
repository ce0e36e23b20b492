/* SPDX-License-Identifier: Apache-2.0 */
/* Doing what was decided: create, note, close, reopen, through the destination's driver. */
#include <apr_strings.h>
#include <string.h>

#include "hookwised/turn.h"

/* The ticket the facts speak of is closed or gone: a human did that. */
static apr_status_t
not_open_any_more(hwd_turn_t *t, hwd_step_t *s, int gone, int *stale)
{
    apr_status_t rv = hwd_turn_settle(t, s->res);
    hw_store_t *store;

    if (rv != APR_SUCCESS)
        return rv;
    *stale = 1;
    hw_trace_add(s->part.trace, "act", gone ? "ticket-gone" : "closed-by-human",
                 gone ? "ticket %s does not exist any more" : "ticket %s was closed by hand",
                 s->facts.ticket_id);
    t->known.gone = gone;
    if (t->known.alert != NULL) {
        t->known.alert->open = 0;
        t->known.alert->intent_request = NULL;
        t->known.alert->closed_by_human = 1;
        t->known.alert->closed_at = s->call.now;
    }
    store = hwd_call_store(&s->call);
    return hwd_call_done(&s->call, store, hw_store_alert_closed(store, s->part.alert_key, 1, s->call.now, s->res,
                                                 s->p));
}

/* --- notes ---------------------------------------------------------------------------------------- */

int
hwd_act_repeated(const hwd_step_t *s)
{
    return s->job->item->check || s->job->tried;
}

/* Once in a turn: what the turn itself writes is not looked for. */
static apr_status_t
read_notes(hwd_turn_t *t, hwd_step_t *s)
{
    apr_time_t began = hw_clock_mono();
    apr_status_t rv;

    if (t->notes_of != NULL && strcmp(t->notes_of, s->facts.ticket_id) == 0)
        return APR_SUCCESS;
    t->notes_of = NULL;
    rv = s->call.dest->driver->notes(&s->call, s->facts.ticket_id, &t->notes, s->res, t->p);
    if (hwd_dest_called(&s->call, "notes", began, rv, s->res) == APR_SUCCESS)
        t->notes_of = apr_pstrdup(t->p, s->facts.ticket_id);
    return rv;
}

apr_status_t
hwd_act_noted(hwd_turn_t *t, hwd_step_t *s, int *yes)
{
    const hw_event_t *ev = &s->job->item->ev;
    apr_status_t rv;

    *yes = 0;
    if (!hwd_act_repeated(s) || s->facts.ticket_id == NULL)
        return APR_SUCCESS;
    if ((rv = read_notes(t, s)) != APR_SUCCESS)
        return rv;
    for (int i = 0; i < t->notes->nelts && !*yes; i++)
        *yes = hwd_note_covers(APR_ARRAY_IDX(t->notes, i, const char *), s->ref, ev->entry_id,
                               s->part.part);
    return APR_SUCCESS;
}

/* The ticket may still be open for others. */
apr_status_t
hwd_act_closed_before(hwd_turn_t *t, hwd_step_t *s, int *yes)
{
    apr_status_t rv;

    *yes = 0;
    if (s->part.kind != HW_KIND_CLOSE || s->facts.open)
        return APR_SUCCESS;
    if ((rv = hwd_act_noted(t, s, yes)) != APR_SUCCESS || !*yes)
        return rv;
    if ((rv = hwd_facts_sharing(t, s)) != APR_SUCCESS)
        return rv;
    s->verdict.action = s->facts.shared_with != NULL ? HW_ACT_UPDATE : HW_ACT_CLOSE;
    hw_trace_add(s->part.trace, "act", "closed-before",
                 "an earlier attempt said on ticket %s that the problem is over",
                 s->facts.ticket_id);
    return APR_SUCCESS;
}

static apr_status_t
write_note(hwd_step_t *s, hwd_note_e kind, const char *text, const char *ref, int *gone)
{
    hwd_note_t note = { .kind = kind, .ref = ref, .text = text };
    apr_time_t began = hw_clock_mono();
    apr_status_t rv = s->call.dest->driver->note(&s->call, s->facts.ticket_id, &note, gone, s->res,
                                                 s->p);

    return hwd_dest_called(&s->call, "note", began, rv, s->res);
}

apr_status_t
hwd_act_note(hwd_turn_t *t, hwd_step_t *s, int *stale)
{
    const hwd_run_t *run = &t->run;
    const char *text = hwd_note_text(run->said, &run->span, s->p);
    int gone = 0;
    apr_status_t rv = write_note(s, HWD_NOTE_INTERNAL, text, run->span.first_ref, &gone);

    *stale = 0;
    if (rv == APR_SUCCESS && gone)
        return not_open_any_more(t, s, 1, stale);
    return rv;
}

/* The note that goes with a change of status. A ticket that vanished meanwhile needs none. */
static apr_status_t
note_once(hwd_turn_t *t, hwd_step_t *s, hwd_note_e kind, const char *said)
{
    hwd_span_t span = { .count = 1, .first_ref = s->ref };
    int there = 0, gone;
    apr_status_t rv = hwd_act_noted(t, s, &there);

    if (rv != APR_SUCCESS || there)
        return rv;
    return write_note(s, kind, hwd_note_text(said, &span, s->p), s->ref, &gone);
}

/* --- create ---------------------------------------------------------------------------------------- */

static apr_status_t
opened(hwd_turn_t *t, hwd_step_t *s, const char *ticket_id)
{
    hw_store_t *store = hwd_call_store(&s->call);
    apr_status_t rv = hwd_call_done(&s->call, store, hw_store_alert_opened(store, &s->part, ticket_id,
                                                            s->verdict.action == HW_ACT_CREATE,
                                                            s->call.now, s->res, s->p));

    if (rv == APR_SUCCESS)
        hwd_facts_opened(t, s, ticket_id);
    return rv;
}

/* A create that was refused, or never left, leaves no doubt behind. */
static void
drop_intent(hwd_step_t *s)
{
    hw_store_t *store = hwd_call_store(&s->call);

    hwd_call_done(&s->call, store, hw_store_intent_drop(store, s->part.alert_key, NULL, s->p));
}

static apr_status_t
create(hwd_turn_t *t, hwd_step_t *s)
{
    hw_store_t *store = hwd_call_store(&s->call);
    const char *id = NULL;
    apr_time_t began;
    apr_status_t rv = hwd_call_done(&s->call, store, hw_store_intent(store, &s->part,
                                                      s->job->item->ev.request_id, s->res,
                                                      s->p));

    if (rv != APR_SUCCESS)
        return rv;
    t->known.key = NULL; /* what was read does not tell of the intent */
    began = hw_clock_mono();
    rv = s->call.dest->driver->create(&s->call, &s->part, &id, s->res, s->p);
    hwd_dest_called(&s->call, "create", began, rv, s->res);
    if (rv == APR_SUCCESS) {
        s->job->sure_at = hwd_facts_sure(s); /* until our own tables know the ticket */
        return opened(t, s, id);
    }
    if (s->res->cls == HW_UNKNOWN)
        s->job->sure_at = hwd_facts_sure(s);
    else
        drop_intent(s);
    return rv;
}

/* --- close, reopen --------------------------------------------------------------------------------- */

/* Should the event be given up for its note, the next one asks what became of the ticket. */
static void
doubt(hwd_turn_t *t, hwd_step_t *s)
{
    hw_store_t *store = hwd_call_store(&s->call);

    t->known.key = NULL;
    hwd_call_done(&s->call, store, hw_store_alert_verified(store, s->part.alert_key, 0, NULL, s->p));
}

/* The status is as it is to be; noted says whether its note was written. When that was refused for
 * good the event has failed, and the alert is what its ticket is all the same. */
static apr_status_t
changed(hwd_turn_t *t, hwd_step_t *s, int open, apr_status_t noted)
{
    hw_result_t said = *s->res;
    hw_store_t *store;
    apr_status_t rv;

    if (noted != APR_SUCCESS && said.cls != HW_PERMANENT) {
        doubt(t, s);
        return noted;
    }
    t->known.key = NULL;
    if (open) {
        rv = opened(t, s, s->facts.ticket_id);
    } else {
        store = hwd_call_store(&s->call);
        rv = hwd_call_done(&s->call, store, hw_store_alert_closed(store, s->part.alert_key, 0,
                                                                  s->call.now, s->res, s->p));
    }
    if (noted != APR_SUCCESS)
        *s->res = said;
    return noted != APR_SUCCESS ? noted : rv;
}

static apr_status_t
close_ticket(hwd_turn_t *t, hwd_step_t *s, int *stale)
{
    hwd_change_e how = HWD_CHANGED;
    apr_time_t began = hw_clock_mono();
    apr_status_t rv = s->call.dest->driver->close(&s->call, s->facts.ticket_id, &s->part, &how,
                                                  s->res, s->p);

    if (hwd_dest_called(&s->call, "close", began, rv, s->res) != APR_SUCCESS)
        return rv;
    if (how == HWD_GONE || (how == HWD_WAS_SO && !hwd_act_repeated(s)))
        return not_open_any_more(t, s, how == HWD_GONE, stale);
    return changed(t, s, 0, note_once(t, s, HWD_NOTE_RESOLUTION, s->part.event_text));
}

/* The alert is over, its ticket stays open for others. */
static apr_status_t
leave(hwd_turn_t *t, hwd_step_t *s)
{
    const char *said = apr_psprintf(s->p, "%s\n\nThis problem is over. The ticket stays open for %s.",
                                    s->part.event_text, s->facts.shared_with);

    return changed(t, s, 0, note_once(t, s, HWD_NOTE_INTERNAL, said));
}

static apr_status_t
reopen(hwd_turn_t *t, hwd_step_t *s, int *stale)
{
    hwd_change_e how = HWD_CHANGED;
    apr_time_t began = hw_clock_mono();
    apr_status_t rv = s->call.dest->driver->reopen(&s->call, s->facts.ticket_id, &s->part, &how,
                                                   s->res, s->p);

    if (hwd_dest_called(&s->call, "reopen", began, rv, s->res) != APR_SUCCESS)
        return rv;
    if (how == HWD_GONE) {
        t->known.gone = 1;
        *stale = 1;
        hw_trace_add(s->part.trace, "act", "ticket-gone",
                     "ticket %s does not exist any more: it cannot be reopened",
                     s->facts.ticket_id);
        return APR_SUCCESS;
    }
    return changed(t, s, 1, note_once(t, s, HWD_NOTE_INTERNAL, s->part.event_text));
}

apr_status_t
hwd_act(hwd_turn_t *t, hwd_step_t *s, int *stale)
{
    apr_status_t rv = hwd_turn_settle(t, s->res);

    *stale = 0;
    if (rv != APR_SUCCESS)
        return rv;
    switch (s->verdict.action) {
    case HW_ACT_CREATE:
        return create(t, s);
    case HW_ACT_CLOSE:
        return close_ticket(t, s, stale);
    case HW_ACT_UPDATE:
        return leave(t, s); /* those that do not leave come in runs, through hwd_act_note */
    case HW_ACT_REOPEN:
        return reopen(t, s, stale);
    default:
        return APR_SUCCESS; /* skip does nothing */
    }
}
