/* SPDX-License-Identifier: Apache-2.0 */
/* Does the element open, close, or neither? And is it to be left alone for maintenance? */
#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/plan_parts.h"
#include "common/text.h"
#include "common/value.h"

#define SHOWN 80 /* code points of a trigger's value in the trace */

/* Both lists are asked; the closer match wins, open on a tie. */
static hw_kind_e
kind_of(const hw_endpoint_t *ep, const char *text, apr_pool_t *p)
{
    hw_match_e opens = hw_values_match(ep->open_values, text, p);
    hw_match_e closes = hw_values_match(ep->close_values, text, p);

    if (opens == HW_MATCH_NONE && closes == HW_MATCH_NONE)
        return HW_KIND_OTHER;
    return opens >= closes ? HW_KIND_OPEN : HW_KIND_CLOSE;
}

/* A path with several nodes ($.alerts[*].status): one open value opens, else one close value
 * closes. *shown: a value to tell about. */
static hw_kind_e
kind_of_nodes(const hw_endpoint_t *ep, const apr_array_header_t *nodes, const char **shown,
              apr_pool_t *p)
{
    hw_kind_e kind = HW_KIND_OTHER;

    *shown = NULL;
    for (int i = 0; i < nodes->nelts; i++) {
        const hw_json_t *node = APR_ARRAY_IDX(nodes, i, const hw_json_t *);
        const char *text = hw_json_text(node, p), *digits = hw_json_number_text(node, p);
        hw_kind_e k;

        if (text == NULL)
            continue;
        text = hw_text_trim(text, p);
        k = kind_of(ep, text, p);
        /* 1.0 is the number 1; who listed "1.0" means it, too. */
        if (k == HW_KIND_OTHER && digits != NULL && strcmp(digits, text) != 0)
            k = kind_of(ep, digits, p);
        if (*shown == NULL || k < kind)
            *shown = text;
        if (k < kind)
            kind = k;
    }
    return kind;
}

void
hw_plan_kind(hw_plan_work_t *w)
{
    static const char *const listed[] = { "an open value", "a close value",
                                          "neither an open nor a close value" };
    const hw_endpoint_t *ep = w->ep;
    apr_array_header_t *nodes;
    const hw_path_t *path = NULL;
    const char *shown = NULL, *source;

    if (ep->trigger == NULL) {
        w->part->kind = HW_KIND_OPEN;
        hw_trace_add(w->part->trace, "kind", "open", "Every event of this endpoint opens.");
        return;
    }
    if (hw_paths_eval(ep->trigger, &w->env.scope, &nodes, &path, NULL, w->p) == APR_SUCCESS)
        w->part->kind = kind_of_nodes(ep, nodes, &shown, w->p);
    source = path != NULL ? hw_path_source(path) : hw_paths_source(ep->trigger);
    if (shown == NULL)
        hw_trace_add(w->part->trace, "kind", "other", "%s is absent or null.", source);
    else
        hw_trace_add(w->part->trace, "kind", hw_kind_name(w->part->kind), "%s is \"%s\", %s.",
                     source, hw_text_cut(shown, SHOWN, w->p), listed[w->part->kind]);
}

static void
suppress(hw_plan_work_t *w, const char *sentence)
{
    w->part->drop = 1;
    w->part->drop_reason = "maintenance";
    w->part->drop_text = sentence;
    hw_trace_add(w->part->trace, "maintenance", "suppressed", "%s", sentence);
}

static void
tell_passes(hw_plan_work_t *w, const char *what)
{
    hw_trace_add(w->part->trace, "maintenance", "passes", "%s, but recoveries pass.", what);
}

void
hw_plan_maintenance(hw_plan_work_t *w)
{
    int recovery = w->part->kind == HW_KIND_CLOSE;
    hw_window_hit_t hit;
    const char *what;

    if (w->ctx->maintenance && !recovery) {
        suppress(w, "Global maintenance mode is on.");
        return;
    }
    if (w->ctx->maintenance)
        tell_passes(w, "Global maintenance mode is on");
    if (!hw_windows_active(w->ep->windows, w->now, &hit, w->p))
        return;
    what = apr_psprintf(w->p, "Maintenance window %d (%s) is active", hit.index + 1, hit.text);
    if (recovery && hit.recoveries_pass) {
        tell_passes(w, what);
        return;
    }
    w->part->catch_up = hit.catch_up;
    w->part->catch_up_at = hit.catch_up ? hit.ends : 0;
    suppress(w, apr_psprintf(w->p, "%s until %s%s", what, hw_time_rfc3339(hit.ends, w->p),
                             hit.catch_up ? "; it is looked at again then." : "."));
}
