/* SPDX-License-Identifier: Apache-2.0 */
/* What a PSA tells of a ticket is no alert: it goes into the mirror. Rules, windows and the
 * preset's idea of open and closed are for alerts. */
#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/plan_parts.h"

void
hw_plan_mirror(hw_plan_work_t *w)
{
    const char *why;
    hw_part_t *part = w->part;
    hw_mirror_t *m = hw_mirror_read(w->ep->preset, &w->env, w->ev->received_at, &why, w->p);

    part->kind = HW_KIND_OTHER;
    part->company = NULL;
    if (m == NULL) {
        part->drop = 1;
        part->drop_reason = "no-ticket";
        part->drop_text = why;
        part->summary = part->summary_full = w->ep->name;
        part->description = part->event_text = why;
        hw_plan_set_identity(part, apr_pstrcat(w->p, "request ", w->ev->request_id, NULL), w->p);
        hw_trace_add(part->trace, "mirror", "no-ticket", "%s", why);
        return;
    }
    part->mirror = m;
    part->summary = part->summary_full = m->subject != NULL
        ? m->subject : apr_pstrcat(w->p, "Ticket ", m->ticket_id, NULL);
    part->description = part->event_text = part->summary;
    hw_plan_set_identity(part, m->ticket_id, w->p);
    part->company = m->company;
    hw_trace_add(part->trace, "mirror", m->deleted ? "deleted" : "changed",
                 "%s tells of ticket %s, %s at %s%s.", m->provider, m->ticket_id,
                 m->deleted ? "deleted" : "changed", hw_time_rfc3339(m->updated_at, w->p),
                 m->dated ? "" : " (the payload does not say when: when it came)");
}
