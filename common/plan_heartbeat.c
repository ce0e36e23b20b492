/* SPDX-License-Identifier: Apache-2.0 */
/* An endpoint that has fallen silent is an alert of its own, about the endpoint. */
#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/plan_parts.h"
#include "common/text.h"

#define KEY "hookwise heartbeat" /* whatever the endpoint is called */

static const char *
member(const hw_plan_work_t *w, const char *name)
{
    const char *s = hw_json_text(hw_json_get(w->env.scope.element, name), w->p);

    return s != NULL ? hw_text_cut(s, 100, w->p) : "";
}

/* The endpoint's own values and defaults; what is there for its payloads does not apply. */
static void
fields(hw_plan_work_t *w)
{
    const hw_endpoint_t *whole = w->ep;
    hw_endpoint_t bare = *whole;

    bare.rules = NULL;
    bare.customer = NULL;
    bare.global_routing = 0;
    memset(bare.mapping, 0, sizeof(bare.mapping));
    w->ep = &bare;
    hw_plan_fields(w);
    hw_plan_company(w);
    w->ep = whole;
}

static void
summary(hw_plan_work_t *w)
{
    hw_part_t *part = w->part;
    int limit = strcmp(part->destination, "connectwise") == 0 ? HW_CW_SUMMARY_MAX : HW_SUMMARY_MAX;
    const char *prefix = w->ep->prefix;

    part->summary_full = apr_pstrcat(w->p, prefix, *prefix != '\0' ? " " : "", "No webhooks from ",
                                     w->ep->name, NULL);
    part->summary = hw_text_cut(part->summary_full, (apr_size_t)limit, w->p);
}

static const char *
in_hours(const char *n, apr_pool_t *p)
{
    return strcmp(n, "1") == 0 ? "1 hour" : apr_pstrcat(p, n, " hours", NULL);
}

static void
texts(hw_plan_work_t *w)
{
    const char *since = member(w, "since"), *hours = in_hours(member(w, "hours"), w->p);
    const char *limit = in_hours(apr_itoa(w->p, w->ep->timeout_hours), w->p);
    const char *what = strcmp(member(w, "seen"), "true") == 0
                           ? apr_psprintf(w->p, "Its last webhook came at %s", since)
                           : apr_psprintf(w->p, "It was created at %s and never had a webhook",
                                          since);

    w->part->description =
        apr_psprintf(w->p, "The endpoint \"%s\" has been silent for %s. %s. It is expected to be "
                           "heard from at least every %s: either its sender has a problem, or "
                           "the way from there to here.\n\nEndpoint: %s\n",
                     w->ep->name, hours, what, limit, w->ep->id);
    w->part->event_text =
        w->part->kind == HW_KIND_CLOSE
            ? apr_psprintf(w->p, "A webhook has come: the endpoint \"%s\" is heard from again. It had "
                                 "been silent since %s.", w->ep->name, since)
            : apr_psprintf(w->p, "Still silent, for %s now. %s.", hours, what);
}

static void
suppress(hw_plan_work_t *w)
{
    if (w->part->kind == HW_KIND_CLOSE)
        return; /* whatever window is active */
    if (!w->ep->enabled || w->ep->draft) {
        w->part->drop = 1;
        w->part->drop_reason = "disabled";
        w->part->drop_text = "The endpoint is disabled: its silence is no problem.";
        hw_trace_add(w->part->trace, "kind", "disabled", "%s", w->part->drop_text);
        return;
    }
    hw_plan_maintenance(w);
    w->part->catch_up = 0; /* it is told again while it lasts */
    w->part->catch_up_at = 0;
}

void
hw_plan_heartbeat(hw_plan_work_t *w)
{
    int alive = strcmp(member(w, "state"), "alive") == 0;

    w->part->kind = alive ? HW_KIND_CLOSE : HW_KIND_OPEN;
    hw_trace_add(w->part->trace, "kind", hw_kind_name(w->part->kind),
                 alive ? "The endpoint is heard from again." : "The endpoint is silent.");
    fields(w);
    summary(w);
    hw_plan_set_identity(w->part, KEY, w->p);
    w->part->reopen_window_minutes = 0; /* a ticket closed by hand is replaced */
    texts(w);
    suppress(w);
}
