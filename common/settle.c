/* SPDX-License-Identifier: Apache-2.0 */
/* The ticket lifecycle: what to do about a part, given what is known of its ticket. */
#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/decide.h"

typedef struct {
    const hw_part_t *part;
    const hw_facts_t *facts;
    apr_time_t now;
    hw_verdict_t *out;
    apr_pool_t *p;
} settle_t;

static void
decide(settle_t *s, hw_action_e action, const char *reason, const char *text)
{
    s->out->action = action;
    s->out->leaves = 0;
    s->out->reason = reason;
    s->out->text = text;
    hw_trace_add(s->part->trace, "settle", hw_action_name(action), "%s", text);
}

static const char *
ticket(const settle_t *s)
{
    return s->facts->ticket_id != NULL ? apr_psprintf(s->p, "Ticket %s", s->facts->ticket_id)
                                       : "A ticket";
}

static void
leave_it(settle_t *s)
{
    decide(s, HW_ACT_UPDATE, "still-shared",
           apr_pstrcat(s->p, ticket(s), " is open for ", s->facts->shared_with,
                       " as well: note that this problem is over, and leave it open.", NULL));
    s->out->leaves = 1;
}

static void
with_ticket(settle_t *s)
{
    if (s->part->kind == HW_KIND_CLOSE && s->facts->shared_with != NULL)
        leave_it(s);
    else if (s->part->kind == HW_KIND_CLOSE)
        decide(s, HW_ACT_CLOSE, "recovered",
               apr_pstrcat(s->p, ticket(s), " is open and the problem is over: close it.", NULL));
    else if (s->part->kind == HW_KIND_OPEN)
        decide(s, HW_ACT_UPDATE, "open-ticket",
               apr_pstrcat(s->p, ticket(s), " is open already: add a note.", NULL));
    else if (s->part->on_unknown == HW_UNKNOWN_IGNORE)
        decide(s, HW_ACT_SKIP, "ignored",
               "The state is neither open nor close, and the endpoint ignores those.");
    else
        decide(s, HW_ACT_UPDATE, "open-ticket",
               apr_pstrcat(s->p, ticket(s), " is open: add this as a note.", NULL));
}

/* A clock that runs behind the one that closed the ticket counts as "just closed". */
static int
closed_lately(const settle_t *s)
{
    apr_time_t window = apr_time_from_sec((apr_time_t)s->part->reopen_window_minutes * 60);

    return window > 0 && s->facts->ticket_id != NULL && s->facts->closed_at > 0 &&
           s->now - s->facts->closed_at <= window;
}

static void
open_one(settle_t *s)
{
    if (closed_lately(s))
        decide(s, HW_ACT_REOPEN, "recurred",
               apr_psprintf(s->p, "Ticket %s was closed at %s, within the last %d minutes: reopen it.",
                            s->facts->ticket_id, hw_time_rfc3339(s->facts->closed_at, s->p),
                            s->part->reopen_window_minutes));
    else
        decide(s, HW_ACT_CREATE, "no-open-ticket",
               "No ticket is open for this alert: create one.");
}

static void
without_ticket(settle_t *s)
{
    if (s->part->kind == HW_KIND_OPEN)
        open_one(s);
    else if (s->part->kind == HW_KIND_CLOSE && s->facts->ambiguous)
        decide(s, HW_ACT_SKIP, "ambiguous-recovery",
               "The recovery names no company, and alerts of several companies are open under "
               "this key: none is closed.");
    else if (s->part->kind == HW_KIND_CLOSE)
        decide(s, HW_ACT_SKIP, "nothing-to-close",
               "The problem is over and no ticket is open: nothing to close.");
    else if (s->part->on_unknown == HW_UNKNOWN_OPEN)
        open_one(s);
    else if (s->part->on_unknown == HW_UNKNOWN_IGNORE)
        decide(s, HW_ACT_SKIP, "ignored",
               "The state is neither open nor close, and the endpoint ignores those.");
    else
        decide(s, HW_ACT_SKIP, "nothing-to-note",
               "The state is neither open nor close, and no ticket is open for a note.");
}

static void
tell_facts(const settle_t *s)
{
    const hw_facts_t *f = s->facts;

    if (f->open)
        hw_trace_add(s->part->trace, "facts", "open", "%s is open.", ticket(s));
    else if (f->ambiguous)
        hw_trace_add(s->part->trace, "facts", "ambiguous", "Several alerts are open.");
    else if (f->closed_at > 0)
        hw_trace_add(s->part->trace, "facts", "closed", "%s was closed at %s%s.", ticket(s),
                     hw_time_rfc3339(f->closed_at, s->p),
                     f->closed_by_human ? " by a person" : "");
    else
        hw_trace_add(s->part->trace, "facts", "none", "No ticket is open.");
}

void
hw_settle(const hw_part_t *part, const hw_facts_t *facts, apr_time_t now, hw_verdict_t *out,
          apr_pool_t *p)
{
    settle_t s = { part, facts, now, out, p };

    if (part->mirror != NULL) {
        decide(&s, HW_ACT_UPDATE, "mirror",
               apr_psprintf(p, "Ticket %s of %s goes into the mirror.", part->mirror->ticket_id,
                            part->mirror->provider));
        return;
    }
    if (part->drop) {
        decide(&s, HW_ACT_SKIP, part->drop_reason, part->drop_text);
        return;
    }
    tell_facts(&s);
    if (facts->open)
        with_ticket(&s);
    else
        without_ticket(&s);
}
