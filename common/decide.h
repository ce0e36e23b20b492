/* SPDX-License-Identifier: Apache-2.0 */
/* The decision, pure and in one place: what the payload means, then what to do about it.
 *
 *   hw_plan(event, endpoint, context, now)  → plan: one part for each element
 *   hw_settle(part, facts, now)             → verdict: action and why
 *
 * hookwised, the GUI's dry run, "hookwisectl explain" and the tests call these two; nothing else
 * looks at rules. No I/O, no clock, no global: the same arguments give the same result. */
#ifndef HW_DECIDE_H
#define HW_DECIDE_H

#include "common/decode.h"
#include "common/endpoint.h"
#include "common/mirror.h"
#include "common/trace.h"

#define HW_CW_SUMMARY_MAX 100 /* code points of a ConnectWise summary */

typedef enum { HW_KIND_OPEN, HW_KIND_CLOSE, HW_KIND_OTHER } hw_kind_e;
typedef enum {
    HW_ACT_SKIP, HW_ACT_CREATE, HW_ACT_UPDATE, HW_ACT_CLOSE, HW_ACT_REOPEN
} hw_action_e;
const char *hw_kind_name(hw_kind_e k);     /* "open", "close", "other" */
const char *hw_action_name(hw_action_e a); /* "skip", "create", "update", "close", "reopen" */

/* One TenantMap row; patterns match case-insensitively, '*' and '?' are wildcards. */
typedef struct {
    const char *pattern, *company;
    int guessed;        /* a language model chose the company, a person may have corrected it since */
    const char *former; /* what it was before that; NULL = nothing else */
} hw_tenant_map_t;

/* The row a name falls to: an exact one, else the wildcard with most characters of its own; -1 = none.
 * *wildcard says which it was. */
int hw_tenantmap_find(const apr_array_header_t *map, const char *name, int *wildcard,
                      apr_pool_t *p);

/* What planning knows beside event and endpoint. Read-only. */
typedef struct {
    const hw_settings_t *settings;
    const apr_array_header_t *tenantmap; /* of hw_tenant_map_t, NULL = empty */
    int maintenance;                     /* global maintenance mode */
} hw_plan_context_t;

/* One element of a request: what it means and which alert it is about. */
typedef struct {
    int part;                    /* 0, 1, … within the request */
    hw_kind_e kind;
    hw_unknown_e on_unknown;
    int drop;                    /* skip without asking for facts */
    const char *drop_reason;     /* slug: "dropped", "maintenance", "handshake", … */
    const char *drop_text;       /* sentence */
    int catch_up;                /* dropped by a window that is to be caught up at its end */
    apr_time_t catch_up_at;
    const char *tenant, *endpoint_id, *destination;
    const char *company;         /* NULL = none known */
    int company_named;           /* the payload or a rule named it; not a default */
    const char *tenant_name;     /* company is a default, yet the payload names this tenant, which no
                                  * row of the map fits: a model may be asked. NULL = none, or the
                                  * endpoint does not use the map */
    const apr_array_header_t *company_was; /* const char *, NULL = no company: under which the same
                                  * problem may be open from before its company was found out or
                                  * corrected. NULL = none */
    const char *dedup_key;       /* the identity within endpoint and company; never NULL */
    const char *alert_key;       /* 64 hex: SHA-256 of tenant, endpoint, company, dedup key */
    const char *lane;            /* ordering key: endpoint and dedup key, no company */
    const char *xref;            /* what goes to the PSA: "hw:<8 hex of endpoint>:<32 hex>" */
    const char *summary;         /* prefixed, cut for the destination */
    const char *summary_full;    /* prefixed, uncut */
    const char *description;
    const char *fields[HW_F_COUNT]; /* ticket fields in force; NULL = destination's default */
    const char *matched_rule;    /* NULL = none */
    int reopen_window_minutes;
    const char *event_text;      /* what a note about this event says; who writes it adds
                                  * which event it was */
    const hw_mirror_t *mirror;   /* destination "mirror": the ticket told of; NULL = none */
    hw_trace_t *trace;
} hw_part_t;

typedef struct {
    const hw_event_t *event;
    const hw_endpoint_t *endpoint;
    hw_decoded_t *decoded;      /* NULL for events that are only recorded */
    apr_array_header_t *parts;  /* of hw_part_t * ; at least one */
} hw_plan_t;

/* Never fails for a bad payload: an unreadable body or a bad element becomes a part with drop set
 * and its reason in the trace; the other elements are unaffected. */
apr_status_t hw_plan(const hw_event_t *ev, const hw_endpoint_t *ep, const hw_plan_context_t *ctx,
                     apr_time_t now, hw_plan_t **out, hw_result_t *res, apr_pool_t *p);

/* Gives a part with a tenant_name the company found out for it: its identity follows. former: as
 * in hw_tenant_map_t. */
void hw_part_choose_company(hw_part_t *part, const char *company, const char *former,
                            apr_pool_t *p);
/* May an alert of that company (NULL = none) be about the same problem? See company_was. */
int hw_part_was_of(const hw_part_t *part, const char *company);

/* The one read: is a ticket open for that alert? Filled by the worker, or from --facts. */
typedef struct {
    int open;                 /* a ticket is open for the alert */
    const char *ticket_id;    /* of the open ticket, or of the last one closed; NULL = never had */
    const char *company;      /* of the alert found when the part named none; NULL = the part's */
    const char *alert_key;    /* likewise */
    apr_time_t closed_at;     /* of the last one; 0 = unknown or never */
    int closed_by_human;      /* then a recurrence inside the reopen window still reopens it */
    const char *shared_with;  /* other problems the open ticket is open for, as text; NULL = none */
    int ambiguous;            /* a recovery naming no company met several open alerts */
    const char *source;       /* "alert", "search-key", "search-summary", "none" */
} hw_facts_t;

typedef struct {
    hw_action_e action;
    int leaves;               /* an update after which the alert is closed, and its ticket is not */
    const char *reason;       /* slug: "open-ticket", "recovered", "nothing-to-close", … */
    const char *text;         /* the sentence in the trace */
} hw_verdict_t;

/* The ticket lifecycle; adds its step to part->trace.
 *
 *   a ticket is open   the event    then
 *   yes                close        close it, with a resolution note; when it is shared with
 *                                   problems that are not over, note that and leave it open
 *   yes                open, other  an internal note
 *   no                 open         reopen inside the window, else create (facts have searched)
 *   no                 close        nothing to close: skip
 *   no                 other        what on_unknown says */
void hw_settle(const hw_part_t *part, const hw_facts_t *facts, apr_time_t now, hw_verdict_t *out,
               apr_pool_t *p);

/* The promised shape of "hookwisectl explain" and the dry run; facts_of gives each part's facts
 * (NULL function: no ticket open). */
typedef void hw_facts_cb(void *baton, const hw_part_t *part, hw_facts_t *facts, apr_pool_t *p);
hw_json_t *hw_explain(const hw_plan_t *plan, hw_facts_cb *facts_of, void *baton, apr_time_t now,
                      apr_pool_t *p);
/* The same with secrets hidden, in the decoded body and in all texts made of it. For whoever shows
 * payloads that others sent; hw_explain's is as it came. */
hw_json_t *hw_explain_masked(const hw_plan_t *plan, hw_facts_cb *facts_of, void *baton,
                             apr_time_t now, apr_pool_t *p);

/* Reads --facts: {"open":bool,"ticket_id":…,"closed_at":RFC3339,…} for every part, or
 * {"tickets":[{"dedup_key":…,"company":…,"open":…,…}]} matched to parts. The baton for hw_explain
 * is *out, the function hw_facts_from_json. */
typedef struct hw_facts_doc_t hw_facts_doc_t;
apr_status_t hw_facts_doc_make(const hw_json_t *v, hw_facts_doc_t **out, hw_result_t *res,
                               apr_pool_t *p);
void hw_facts_from_json(void *doc, const hw_part_t *part, hw_facts_t *facts, apr_pool_t *p);

#endif
