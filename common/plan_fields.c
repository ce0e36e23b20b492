/* SPDX-License-Identifier: Apache-2.0 */
/* Ticket fields: rule over mapping over endpoint, and what follows from severities. */
#include <apr_strings.h>
#include <string.h>

#include "common/plan_parts.h"
#include "common/severity.h"
#include "common/text.h"

/* ConnectWise knows Low, Medium and High and refuses a ticket with anything else. */
static void
fit_level(hw_plan_work_t *w, hw_field_e field)
{
    const char **v = &w->part->fields[field], *level;

    if (*v == NULL || strcmp(w->part->destination, "connectwise") != 0)
        return;
    level = hw_severity_level(hw_text_trim(*v, w->p));
    if (level == NULL)
        hw_trace_add(w->part->trace, "fields", "left-out",
                     "%s \"%s\" is not one ConnectWise knows; it is left out.",
                     hw_field_names[field], hw_text_cut(*v, 50, w->p));
    *v = level;
}

/* Severity as the payload or a rule has it; NULL = neither says one. */
static const char *
said_severity(const hw_plan_work_t *w)
{
    const char *s = w->rules.overrides[HW_F_SEVERITY];

    return hw_text_blank(s) ? w->mapped[HW_F_SEVERITY] : s;
}

/* How urgent it is follows from how severe it is, unless a rule or the mapping says how urgent. */
static void
set_priority(hw_plan_work_t *w)
{
    const char **priority = &w->part->fields[HW_F_PRIORITY], *found;
    const char *severity = said_severity(w), *by = ", by PRIORITY_MAP";

    if (hw_text_blank(severity) || w->mapped[HW_F_PRIORITY] != NULL ||
        !hw_text_blank(w->rules.overrides[HW_F_PRIORITY]))
        return;
    found = hw_severity_priority(w->ep->priorities, severity, w->p);
    if (found == NULL && *priority == NULL && strcmp(w->part->destination, "connectwise") != 0) {
        found = hw_severity_word(hw_text_trim(severity, w->p));
        by = "";
    }
    if (found == NULL)
        return;
    *priority = found;
    hw_trace_add(w->part->trace, "fields", "priority", "Severity \"%s\" is priority \"%s\"%s.",
                 hw_text_cut(severity, 50, w->p), hw_text_cut(found, 100, w->p), by);
}

/* Texts keep a number's digits; names and levels are looked up, where 3.0 is 3. */
static const char *
mapped(hw_plan_work_t *w, int field)
{
    const char *s = hw_expr_eval(w->ep->mapping[field], &w->env, w->p);
    hw_json_t *number;

    if (s == NULL || field == HW_F_SUMMARY || field == HW_F_DESCRIPTION ||
        strspn(s, "0123456789.") != strlen(s) ||
        hw_json_parse(s, strlen(s), NULL, &number, NULL, NULL, w->p) != APR_SUCCESS)
        return s;
    return hw_json_text(number, w->p);
}

void
hw_plan_fields(hw_plan_work_t *w)
{
    hw_part_t *part = w->part;

    hw_rules_apply(w->ep->rules, &w->env.scope, &w->rules, part->trace, w->p);
    part->matched_rule = w->rules.matched;
    for (int i = 0; i < HW_F_COUNT; i++)
        if (w->ep->mapping[i] != NULL)
            w->mapped[i] = mapped(w, i);
    if (w->mapped[HW_F_SEVERITY] != NULL && w->ep->severities != NULL)
        w->mapped[HW_F_SEVERITY] =
            hw_severity_translate(w->ep->severities, w->mapped[HW_F_SEVERITY], w->p);
    for (int i = HW_F_TICKET_TYPE; i < HW_F_COUNT; i++) {
        const char *v = w->rules.overrides[i];

        if (hw_text_blank(v))
            v = w->mapped[i];
        part->fields[i] = v != NULL ? hw_text_trim(v, w->p) : w->ep->fields[i];
    }
    set_priority(w);
    fit_level(w, HW_F_SEVERITY);
    fit_level(w, HW_F_IMPACT);
}
