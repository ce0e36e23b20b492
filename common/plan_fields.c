/* SPDX-License-Identifier: Apache-2.0 */
/* Ticket fields: rule over mapping over endpoint, and what severities mean. */
#include <apr_strings.h>
#include <string.h>

#include "common/plan_parts.h"
#include "common/text.h"

/* Words senders use, as ConnectWise's three levels. */
static const struct {
    const char *words, *level;
} levels[] = {
    { "critical crit emergency emerg alert disaster fatal severe catastrophic blocker urgent "
      "major high error err p1 p2 sev0 sev1 s1 s2 down", "High" },
    { "medium moderate average warning warn normal p3 sev2 s3 trouble degraded", "Medium" },
    { "minor low info information informational notice debug none ok clear p4 p5 sev3 sev4 s4 "
      "s5 not_classified", "Low" },
};

static const char *
number_level(const char *digits)
{
    if (strlen(digits) > 1 || digits[0] >= '4')
        return "High";
    return digits[0] == '3' ? "Medium" : "Low";
}

static int
listed(const char *words, const char *word)
{
    apr_size_t len = strlen(word);

    for (const char *at = strstr(words, word); at != NULL; at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return 1;
    return 0;
}

const char *
hw_severity_level(const char *word)
{
    char lower[32];
    apr_size_t n = 0;

    for (const char *s = word; *s != '\0'; s++) {
        char c = *s >= 'A' && *s <= 'Z' ? (char)(*s + 32) : *s;

        if (n + 1 >= sizeof(lower))
            return NULL;
        lower[n++] = c == ' ' || c == '-' ? '_' : c;
    }
    lower[n] = '\0';
    if (n == 0)
        return NULL;
    if (strspn(lower, "0123456789") == n)
        return number_level(lower);
    for (apr_size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
        if (listed(levels[i].words, lower))
            return levels[i].level;
    return NULL;
}

const char *
hw_severity_translate(const char *table, const char *value, apr_pool_t *p)
{
    apr_array_header_t *rows = hw_text_split(table, ',', p);

    value = hw_text_trim(value, p);
    for (int i = 0; i < rows->nelts; i++) {
        const char *row = APR_ARRAY_IDX(rows, i, const char *), *eq = strchr(row, '=');

        if (eq != NULL && hw_text_ieq(apr_pstrmemdup(p, row, (apr_size_t)(eq - row)), value))
            return eq + 1;
    }
    return value;
}

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

void
hw_plan_fields(hw_plan_work_t *w)
{
    hw_part_t *part = w->part;

    hw_rules_apply(w->ep->rules, &w->env.scope, &w->rules, part->trace, w->p);
    part->matched_rule = w->rules.matched;
    for (int i = 0; i < HW_F_COUNT; i++)
        if (w->ep->mapping[i] != NULL)
            w->mapped[i] = hw_expr_eval(w->ep->mapping[i], &w->env, w->p);
    if (w->mapped[HW_F_SEVERITY] != NULL && w->ep->severities != NULL)
        w->mapped[HW_F_SEVERITY] =
            hw_severity_translate(w->ep->severities, w->mapped[HW_F_SEVERITY], w->p);
    for (int i = HW_F_TICKET_TYPE; i < HW_F_COUNT; i++) {
        const char *v = w->rules.overrides[i];

        if (hw_text_blank(v))
            v = w->mapped[i];
        part->fields[i] = v != NULL ? hw_text_trim(v, w->p) : w->ep->fields[i];
    }
    fit_level(w, HW_F_SEVERITY);
    fit_level(w, HW_F_IMPACT);
}
