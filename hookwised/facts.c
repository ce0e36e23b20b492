/* SPDX-License-Identifier: Apache-2.0 */
/* The one read: is a ticket open for this alert? Our own tables first, then the destination. */
#include <apr_strings.h>
#include <string.h>

#include "common/text.h"
#include "hookwised/turn.h"

#define TWIN_SECONDS 60  /* how fresh, beside the search's grace, another endpoint's ticket is */
#define CLOCKS_APART apr_time_from_sec(60) /* more, and a clock was set back meanwhile */
#define ASK_SECONDS 5    /* between two searches while a create may be under way */
#define XREF_MARK "hw:"
#define XREF_ENDPOINT 11 /* "hw:" and the 8 digits of the endpoint */

/* The event of the step is the one for which the alert's last create was begun. */
static int
ours(const hw_alert_t *a, const hwd_step_t *s)
{
    return a != NULL && a->intent_request != NULL && a->intent_part == s->part.part &&
           strcmp(a->intent_request, s->job->item->ev.request_id) == 0;
}

/* --- our own tables ----------------------------------------------------------------------------- */

static apr_status_t
read_alert(hwd_turn_t *t, hwd_step_t *s)
{
    hw_store_t *store;

    if (t->known.key != NULL && strcmp(t->known.key, s->part.alert_key) == 0)
        return APR_SUCCESS;
    memset(&t->known, 0, sizeof(t->known));
    store = hwd_call_store(&s->call);
    apr_status_t rv = hwd_call_done(&s->call, store, hw_store_alert_get(store, s->part.alert_key,
                                                         &t->known.alert, s->res, t->p));
    if (rv == APR_SUCCESS)
        t->known.key = apr_pstrdup(t->p, s->part.alert_key);
    return rv;
}

/* What the part's own key does not find. */
static apr_status_t
find_meant(hwd_turn_t *t, hwd_step_t *s)
{
    hw_store_t *store = hwd_call_store(&s->call);
    hw_alert_t *only;
    apr_status_t rv = hwd_call_done(&s->call, store,
                                    hw_store_alert_meant(store, &s->part, &only,
                                                         &s->facts.ambiguous, s->res, t->p));

    if (rv != APR_SUCCESS || only == NULL)
        return rv;
    memset(&t->known, 0, sizeof(t->known));
    t->known.alert = only;
    t->known.key = only->alert_key;
    s->facts.company = only->company;
    s->facts.alert_key = only->alert_key;
    s->part.company = only->company;
    s->part.alert_key = only->alert_key;
    return APR_SUCCESS;
}

static void
fill(const hwd_turn_t *t, hwd_step_t *s)
{
    const hw_alert_t *a = t->known.alert;
    hw_facts_t *f = &s->facts;

    f->open = hw_alert_holds(a, &s->part);
    s->created_before = f->open && ours(a, s);
    f->source = a != NULL ? "alert" : "none";
    f->ticket_id = NULL;
    f->shared_with = NULL;
    f->closed_at = 0;
    f->closed_by_human = 0;
    if (a == NULL || t->known.gone || strcmp(a->destination, s->part.destination) != 0)
        return;
    f->ticket_id = a->ticket_id;
    if (!f->open) {
        f->closed_at = a->closed_at;
        f->closed_by_human = a->closed_by_human;
    }
}

apr_status_t
hwd_facts_read(hwd_turn_t *t, hwd_step_t *s)
{
    apr_status_t rv = read_alert(t, s);

    if (rv == APR_SUCCESS && !hw_alert_holds(t->known.alert, &s->part))
        rv = find_meant(t, s);
    if (rv == APR_SUCCESS)
        fill(t, s);
    return rv;
}

/* --- is it still open? ---------------------------------------------------------------------------- */

/* Asking a PSA costs; our own incidents are asked once in every turn. */
int
hwd_facts_stale(const hwd_turn_t *t, const hwd_step_t *s)
{
    apr_interval_time_t ttl = apr_time_from_sec(hw_set_int(s->call.settings, "VIABILITY_TTL"));
    apr_interval_time_t age;

    if (!s->facts.open || t->known.verified)
        return 0;
    if (s->part.kind == HW_KIND_CLOSE && hwd_act_repeated(s))
        return 0; /* who closed it is asked when it is closed: we may have */
    age = s->call.now - t->known.alert->verified_at;
    return !s->call.dest->driver->remote || age > ttl || age < -CLOCKS_APART;
}

static apr_status_t
mark_verified(hwd_turn_t *t, hwd_step_t *s)
{
    hw_alert_t *a = t->known.alert;
    hw_store_t *store;

    t->known.verified = 1;
    if (!s->call.dest->driver->remote)
        return APR_SUCCESS;
    a->verified_at = s->call.now;
    store = hwd_call_store(&s->call);
    return hwd_call_done(&s->call, store, hw_store_alert_verified(store, a->alert_key, s->call.now, s->res, s->p));
}

static apr_status_t
mark_closed(hwd_turn_t *t, hwd_step_t *s, const hwd_ticket_t *ticket)
{
    hw_alert_t *a = t->known.alert;
    hw_store_t *store = hwd_call_store(&s->call);

    a->open = 0;
    a->intent_request = NULL;
    a->closed_by_human = 1;
    a->closed_at = ticket != NULL && ticket->closed_at > 0 ? ticket->closed_at : s->call.now;
    t->known.gone = ticket == NULL;
    hw_trace_add(s->part.trace, "facts", ticket == NULL ? "ticket-gone" : "closed-by-human",
                 ticket == NULL ? "ticket %s does not exist any more"
                                : "ticket %s was closed by hand", a->ticket_id);
    return hwd_call_done(&s->call, store, hw_store_alert_closed(store, a->alert_key, 1, a->closed_at, s->res,
                                                 s->p));
}

apr_status_t
hwd_facts_verify(hwd_turn_t *t, hwd_step_t *s)
{
    hwd_ticket_t *ticket = NULL;
    apr_time_t began = hw_clock_mono();
    apr_status_t rv = s->call.dest->driver->get(&s->call, t->known.alert->ticket_id, &s->part,
                                                &ticket, s->res, s->p);

    if (hwd_dest_called(&s->call, "get", began, rv, s->res) != APR_SUCCESS)
        return rv;
    if ((ticket == NULL || !ticket->open) && (rv = hwd_turn_settle(t, s->res)) != APR_SUCCESS)
        return rv;
    rv = ticket != NULL && ticket->open ? mark_verified(t, s) : mark_closed(t, s, ticket);
    fill(t, s);
    return rv;
}

/* --- searching ------------------------------------------------------------------------------------ */

static int
would_open(const hw_part_t *part)
{
    return part->kind == HW_KIND_OPEN ||
           (part->kind == HW_KIND_OTHER && part->on_unknown == HW_UNKNOWN_OPEN);
}

static int
may_reopen(const hwd_step_t *s)
{
    apr_interval_time_t window = apr_time_from_sec(60 * (apr_int64_t)s->part.reopen_window_minutes);

    return s->part.reopen_window_minutes > 0 && s->facts.ticket_id != NULL &&
           s->facts.closed_at > 0 && s->call.now - s->facts.closed_at <= window;
}

static int
intended(const hwd_turn_t *t)
{
    const hw_alert_t *a = t->known.alert;

    return a != NULL && !a->open && a->intent_request != NULL;
}

/* Was a create begun whose outcome nobody knows? */
static int
doubtful(const hwd_turn_t *t, const hwd_step_t *s)
{
    return s->job->sure_at > 0 || intended(t);
}

int
hwd_facts_search_needed(const hwd_turn_t *t, const hwd_step_t *s)
{
    if (s->facts.open || s->facts.ambiguous)
        return 0;
    if (s->part.kind == HW_KIND_CLOSE)
        return doubtful(t, s);
    return would_open(&s->part) && !may_reopen(s);
}

int
hwd_facts_adoptable(const char *found_xref, const char *our_xref)
{
    if (hw_text_blank(found_xref))
        return 1;
    if (strncmp(found_xref, XREF_MARK, strlen(XREF_MARK)) != 0)
        return 1;
    return strncmp(found_xref, our_xref, XREF_ENDPOINT) != 0;
}

/* How long a create may be under way: then its maker has given up waiting, or is dead. */
static apr_interval_time_t
under_way_for(const hwd_step_t *s)
{
    return apr_time_from_sec(hw_set_int(s->call.settings, "CW_TIMEOUT"));
}

apr_time_t
hwd_facts_sure(const hwd_step_t *s)
{
    return hw_clock_mono() + apr_time_from_sec(hw_set_int(s->call.settings, "CW_SEARCH_GRACE"));
}

static const hwd_ticket_t *
choose(const apr_array_header_t *found, const hw_part_t *part, const char **source)
{
    for (int i = 0; i < found->nelts; i++) {
        const hwd_ticket_t *ticket = APR_ARRAY_IDX(found, i, const hwd_ticket_t *);

        *source = "search-key";
        if (ticket->xref != NULL && strcmp(ticket->xref, part->xref) == 0)
            return ticket;
    }
    for (int i = 0; i < found->nelts; i++) {
        const hwd_ticket_t *ticket = APR_ARRAY_IDX(found, i, const hwd_ticket_t *);

        *source = "search-summary";
        if (hwd_facts_adoptable(ticket->xref, part->xref))
            return ticket;
    }
    return NULL;
}

void
hwd_facts_opened(hwd_turn_t *t, hwd_step_t *s, const char *ticket_id)
{
    hw_alert_t *a = apr_pcalloc(t->p, sizeof(*a));

    a->alert_key = apr_pstrdup(t->p, s->part.alert_key);
    a->destination = apr_pstrdup(t->p, s->part.destination);
    a->company = apr_pstrdup(t->p, s->part.company);
    a->ticket_id = apr_pstrdup(t->p, ticket_id);
    a->open = 1;
    a->opened_at = a->verified_at = s->call.now;
    t->known.key = a->alert_key;
    t->known.alert = a;
    t->known.verified = 1;
    t->known.gone = 0;
    s->job->sure_at = 0;
    fill(t, s);
}

apr_status_t
hwd_facts_sharing(hwd_turn_t *t, hwd_step_t *s)
{
    hw_store_t *store = hwd_call_store(&s->call);

    return hwd_call_done(&s->call, store,
                         hw_store_alert_sharing(store, t->known.alert, &s->facts.shared_with,
                                                s->res, s->p));
}

/* Whoever closes it has said so, or waits for us. *again > 0: it is closed, search once more. */
static apr_status_t
still_open(hwd_turn_t *t, hwd_step_t *s, const char *ticket_id, apr_time_t *again)
{
    hwd_ticket_t *ticket = NULL;
    apr_time_t began;
    apr_status_t rv = hwd_guard_ticket(t, s, ticket_id);

    if (rv != APR_SUCCESS || t->wait != HWD_WAIT_NONE)
        return rv;
    began = hw_clock_mono();
    rv = s->call.dest->driver->get(&s->call, ticket_id, &s->part, &ticket, s->res, s->p);
    if (hwd_dest_called(&s->call, "get", began, rv, s->res) == APR_SUCCESS &&
        (ticket == NULL || !ticket->open))
        *again = hw_clock_mono() + apr_time_from_sec(1);
    return rv;
}

static apr_status_t
adopt(hwd_turn_t *t, hwd_step_t *s, const hwd_ticket_t *ticket, const char *source)
{
    int made = strcmp(source, "search-key") == 0 && ours(t->known.alert, s);
    apr_status_t rv = hwd_turn_settle(t, s->res);
    hw_store_t *store;

    if (rv != APR_SUCCESS)
        return rv;
    store = hwd_call_store(&s->call);
    rv = hwd_call_done(&s->call, store,
                       hw_store_alert_opened(store, &s->part, ticket->id, made, s->call.now,
                                             s->res, s->p));
    if (rv != APR_SUCCESS)
        return rv;
    hwd_facts_opened(t, s, ticket->id);
    s->created_before = made;
    s->facts.source = source;
    return APR_SUCCESS;
}

static apr_status_t
take_over(hwd_turn_t *t, hwd_step_t *s, const hwd_ticket_t *ticket, const char *source,
          apr_time_t *again)
{
    apr_status_t rv = still_open(t, s, ticket->id, again);

    if (rv != APR_SUCCESS || t->wait != HWD_WAIT_NONE || *again > 0)
        return rv;
    return adopt(t, s, ticket, source);
}

/* What the PSA's search may not know yet is looked for in our own tables: a ticket opened a moment
 * ago for another endpoint. The lock both endpoints take makes sure that it is there; a create that
 * is under way although we have the lock belongs to somebody who lost it, and may still succeed. */
static apr_status_t
find_twin(hwd_turn_t *t, hwd_step_t *s, apr_time_t *again)
{
    int grace = (int)hw_set_int(s->call.settings, "CW_SEARCH_GRACE");
    hw_twin_ask_t ask = {
        .opened_since = s->call.now - apr_time_from_sec(TWIN_SECONDS + grace),
        .intent_younger = under_way_for(s) + apr_time_from_sec(grace),
    };
    hwd_ticket_t ticket = { .id = NULL };
    hw_twin_t twin;
    hw_store_t *store;
    apr_status_t rv;

    if (!s->call.dest->driver->remote || !would_open(&s->part))
        return APR_SUCCESS;
    store = hwd_call_store(&s->call);
    rv = hwd_call_done(&s->call, store,
                       hw_store_alert_twin(store, &s->part, &ask, &twin, s->res, s->p));
    if (rv != APR_SUCCESS)
        return rv;
    if (twin.under_way)
        *again = hw_clock_mono() + apr_time_from_sec(1);
    ticket.id = twin.ticket_id;
    return ticket.id != NULL ? take_over(t, s, &ticket, "search-summary", again) : APR_SUCCESS;
}

/* Nothing was found: is that to be believed? Somebody else's create may still be on its way, and
 * the PSA's index takes a moment to know a ticket. */
static void
weigh_doubt(hwd_turn_t *t, hwd_step_t *s, apr_time_t *again)
{
    apr_time_t now = hw_clock_mono(), soon;
    apr_interval_time_t left;

    if (!doubtful(t, s))
        return;
    if (s->job->sure_at == 0) {
        left = under_way_for(s) - t->known.alert->intent_age;
        s->job->sure_at = hwd_facts_sure(s) + (left > 0 ? left : 0);
    }
    if (!s->call.dest->driver->remote || now >= s->job->sure_at)
        return;
    soon = now + apr_time_from_sec(ASK_SECONDS);
    *again = soon < s->job->sure_at ? soon : s->job->sure_at;
}

apr_status_t
hwd_facts_search(hwd_turn_t *t, hwd_step_t *s, apr_time_t *again)
{
    apr_array_header_t *found = NULL;
    const hwd_ticket_t *ticket;
    const char *source = NULL;
    apr_time_t began = hw_clock_mono();
    apr_status_t rv = s->call.dest->driver->search(&s->call, &s->part, &found, s->res, s->p);

    *again = 0;
    if (hwd_dest_called(&s->call, "search", began, rv, s->res) != APR_SUCCESS)
        return rv;
    if ((ticket = choose(found, &s->part, &source)) != NULL)
        return take_over(t, s, ticket, source, again);
    if ((rv = find_twin(t, s, again)) == APR_SUCCESS && !s->facts.open && *again == 0 &&
        t->wait == HWD_WAIT_NONE)
        weigh_doubt(t, s, again);
    return rv;
}
