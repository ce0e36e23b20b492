/* SPDX-License-Identifier: Apache-2.0 */
/* A PSA has told of a ticket: into the mirror with it. Is it one of ours, the PSA is asked what is
 * true: whoever can post to the endpoint must not be able to close alerts. */
#include "hookwised/sync.h"

#include <string.h>

#include "common/store_mirror.h"

static apr_status_t
put(hwd_step_t *s, hw_mirror_e *what)
{
    hw_store_t *store = hwd_call_store(&s->call);

    return hwd_call_done(&s->call, store,
                         hw_store_mirror_put(store, s->part.tenant, s->part.endpoint_id,
                                             s->part.mirror, what, s->res, s->p));
}

static void
tell_put(hwd_step_t *s, hw_mirror_e what)
{
    static const char *const reasons[] = { "added", "changed", "older" };
    static const char *const sentences[] = {
        "Ticket %s is new in the mirror.", "Ticket %s is up to date in the mirror.",
        "Something newer is known of ticket %s: the mirror stays as it is."
    };

    hw_trace_add(s->part.trace, "act", reasons[what], sentences[what], s->part.mirror->ticket_id);
    s->verdict.action = what == HW_MIRROR_OLDER ? HW_ACT_SKIP : HW_ACT_UPDATE;
    s->facts.ticket_id = s->part.mirror->ticket_id;
}

/* The number of open alerts it is the ticket of, where its PSA is one that tickets are made in. */
static apr_status_t
alerts(hwd_turn_t *t, hwd_step_t *s, int *count)
{
    hw_result_t *ignored = hw_result_make(s->p);
    hw_store_t *store;

    *count = 0;
    s->call.dest = hwd_dest_find(t->d->dests, s->part.mirror->provider);
    if (s->call.dest == NULL ||
        s->call.dest->driver->check(s->call.settings, ignored) != APR_SUCCESS)
        return APR_SUCCESS;
    store = hwd_call_store(&s->call);
    return hwd_call_done(&s->call, store,
                         hw_store_ticket_alerts(store, s->part.mirror->provider,
                                                s->part.mirror->ticket_id, count, s->res, s->p));
}

/* 0: not now, t->wait says why. */
static int
admitted(hwd_turn_t *t, hwd_step_t *s)
{
    hwd_admit_e verdict = hwd_dest_admit(s->call.dest, t->prio, 1, hw_clock_mono(), &t->until);

    if (verdict != HWD_ADMITTED) {
        t->wait = verdict == HWD_ADMIT_DOWN ? HWD_WAIT_DEST : HWD_WAIT_RATE;
        return 0;
    }
    s->paid++;
    return 1;
}

static apr_status_t
record_look(hwd_step_t *s, const hwd_ticket_t *ticket)
{
    const char *dest = s->part.mirror->provider, *id = s->part.mirror->ticket_id;
    hw_store_t *store = hwd_call_store(&s->call);
    apr_status_t rv;

    if (ticket != NULL && ticket->open) {
        hw_trace_add(s->part.trace, "facts", "open", "Ticket %s is open at %s, for an alert.", id,
                     dest);
        rv = hw_store_ticket_seen(store, dest, id, s->call.now, s->res, s->p);
    } else {
        hw_trace_add(s->part.trace, "facts", ticket == NULL ? "ticket-gone" : "closed-by-human",
                     ticket == NULL ? "Ticket %s does not exist any more at %s: its alert is closed."
                                    : "Ticket %s was closed at %s by a person: its alert is closed.",
                     id, dest);
        rv = hw_store_ticket_closed(store, dest, id,
                                    ticket != NULL && ticket->closed_at > 0 ? ticket->closed_at
                                                                            : s->call.now,
                                    s->res, s->p);
    }
    return hwd_call_done(&s->call, store, rv);
}

static apr_status_t
look(hwd_turn_t *t, hwd_step_t *s)
{
    hwd_ticket_t *ticket = NULL;
    apr_time_t began;
    int count;
    apr_status_t rv = alerts(t, s, &count);

    if (rv != APR_SUCCESS || count == 0 || !admitted(t, s))
        return rv;
    began = hw_clock_mono();
    rv = s->call.dest->driver->get(&s->call, s->part.mirror->ticket_id, &s->part, &ticket, s->res,
                                      s->p);
    rv = hwd_dest_called(&s->call, "get", began, rv, s->res);
    return rv == APR_SUCCESS ? record_look(s, ticket) : rv;
}

void
hwd_sync(hwd_turn_t *t, hwd_step_t *s)
{
    hw_mirror_e what;
    apr_status_t rv = put(s, &what);

    if (rv == APR_SUCCESS) {
        tell_put(s, what);
        rv = look(t, s);
    }
    if (rv != APR_SUCCESS)
        hwd_turn_failed(t, s);
    else if (t->wait != HWD_WAIT_NONE)
        hwd_turn_put_back(t, s->job);
    else
        hwd_turn_finish(t, s, "processed", NULL);
}
