/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a ticket: names found in the payload, summary, identity, description, note. */
#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/crypto.h"
#include "common/mask.h"
#include "common/plan_parts.h"
#include "common/text.h"

static const char *
scalar(const hw_json_t *v, apr_pool_t *p)
{
    const char *s = json_object_is_type(v, json_type_object) ||
                            json_object_is_type(v, json_type_array)
                        ? NULL : hw_json_text(v, p);

    return hw_text_blank(s) ? NULL : hw_text_trim(s, p);
}

/* The first of "a" and "a.b" names that holds a scalar, in one tree. */
static const char *
first_of(const hw_json_t *tree, const char *const *names, apr_pool_t *p)
{
    for (; *names != NULL; names++) {
        const char *dot = strchr(*names, '.'), *s;

        if (dot == NULL)
            s = scalar(hw_json_get(tree, *names), p);
        else
            s = scalar(hw_json_get(hw_json_get(tree, apr_pstrmemdup(p, *names,
                                                                    (apr_size_t)(dot - *names))),
                                   dot + 1), p);
        if (s != NULL)
            return s;
    }
    return NULL;
}

void
hw_plan_names(hw_plan_work_t *w)
{
    static const char *const monitors[] = { "monitor.name", "monitor", "title", "name", NULL };
    static const char *const messages[] = {
        "msg", "heartbeat.msg", "message", "annotations.description", "annotations.summary",
        "description", "details", "text", NULL,
    };
    const hw_scope_t *scope = &w->env.scope;

    w->env.monitor_name = first_of(scope->element, monitors, w->p);
    w->env.msg = first_of(scope->element, messages, w->p);
    if (w->env.monitor_name == NULL)
        w->env.monitor_name = first_of(scope->root, monitors, w->p);
    if (w->env.msg == NULL)
        w->env.msg = first_of(scope->root, messages, w->p);
}

/* A summary is one line: runs of blanks and control characters become one blank. */
static const char *
one_line(const char *s, apr_pool_t *p)
{
    char *out = apr_palloc(p, strlen(s) + 1), *to = out;

    for (; *s != '\0'; s++) {
        if ((unsigned char)*s > ' ' && *s != 0x7f)
            *to++ = *s;
        else if (to > out && to[-1] != ' ')
            *to++ = ' ';
    }
    if (to > out && to[-1] == ' ')
        to--;
    *to = '\0';
    return out;
}

static const char *
without(const char *s, const char *what, apr_pool_t *p)
{
    apr_size_t len = strlen(what);
    const char *at;
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (; (at = strstr(s, what)) != NULL; s = at + len)
        hw_buf_add(&b, s, (apr_size_t)(at - s));
    hw_buf_adds(&b, s);
    return b.s;
}

/* When nothing would be left the text stays as it was: a ticket needs a name. */
static const char *
with_removals(hw_plan_work_t *w, const char *title)
{
    const char *s = title;

    for (int i = 0; i < w->ep->remove_strings->nelts; i++) {
        const hw_value_t *what = &APR_ARRAY_IDX(w->ep->remove_strings, i, hw_value_t);

        if (what->how != HW_VAL_REGEX)
            s = without(s, what->text, w->p);
        else if (hw_rx_remove(what->rx, s, &s, NULL, w->p) != APR_SUCCESS)
            hw_trace_add(w->part->trace, "summary", "limit",
                         "\"~%s\" is not taken out: it needs too many steps on this text.",
                         hw_text_cut(what->text, 100, w->p));
    }
    s = one_line(s, w->p);
    return *s != '\0' ? s : one_line(title, w->p);
}

/* A title that starts with the prefix already is not given it twice. */
static const char *
with_prefix(const char *prefix, const char *title, apr_pool_t *p)
{
    if (prefix[0] == '\0' || strncmp(title, prefix, strlen(prefix)) == 0)
        return title;
    return apr_pstrcat(p, prefix, " ", title, NULL);
}

void
hw_plan_summary(hw_plan_work_t *w)
{
    const struct {
        const char *text, *source, *how;
    } from[] = {
        { w->rules.overrides[HW_F_SUMMARY], "rule", "set by a rule" },
        { w->mapped[HW_F_SUMMARY], "mapping", "from the mapping" },
        { w->env.monitor_name, "monitor", "from the monitor's name" },
        { w->ep->name, "endpoint", "from the endpoint's name: the payload names nothing" },
    };
    hw_part_t *part = w->part;
    int limit = strcmp(part->destination, "connectwise") == 0 ? HW_CW_SUMMARY_MAX
                                                              : HW_SUMMARY_MAX;
    int i = 0;

    while (i < 3 && hw_text_blank(from[i].text))
        i++;
    w->title = from[i].text != NULL ? from[i].text : "";
    part->summary_full = with_prefix(w->ep->prefix, with_removals(w, w->title), w->p);
    part->summary = hw_text_cut(part->summary_full, (apr_size_t)limit, w->p);
    hw_trace_add(part->trace, "summary", from[i].source, "\"%s\", %s%s.", part->summary,
                 from[i].how, part->summary != part->summary_full ? ", cut" : "");
}

/* "5:hello" for each: no two lists of values give the same text. */
static const char *
counted(const char *s, apr_pool_t *p)
{
    if (s == NULL)
        s = "";
    return apr_psprintf(p, "%" APR_SIZE_T_FMT ":%s", strlen(s), s);
}

/* A key longer than we store keeps its beginning, and a digest of all of it. */
static const char *
bounded(const char *key, apr_pool_t *p)
{
    apr_size_t len = strlen(key), keep = HW_MAX_KEY_TEXT - 70;

    if (len <= HW_MAX_KEY_TEXT)
        return key;
    while (keep > 0 && ((unsigned char)key[keep] & 0xc0) == 0x80)
        keep--;
    return apr_pstrcat(p, apr_pstrmemdup(p, key, keep), "\xe2\x80\xa6",
                       hw_sha256_hex(key, len, p), NULL);
}

void
hw_plan_set_identity(hw_part_t *part, const char *key, apr_pool_t *p)
{
    const char *all;

    part->dedup_key = bounded(key, p);
    all = apr_pstrcat(p, counted(part->tenant, p), counted(part->endpoint_id, p),
                      counted(part->company, p), counted(part->dedup_key, p), NULL);
    part->alert_key = hw_sha256_hex(all, strlen(all), p);
    part->lane = apr_pstrcat(p, part->endpoint_id, "\n", part->dedup_key, NULL);
    part->xref = apr_psprintf(p, "hw:%.8s:%.32s",
                              hw_sha256_hex(part->endpoint_id, strlen(part->endpoint_id), p),
                              part->alert_key);
}

void
hw_plan_identity(hw_plan_work_t *w)
{
    const char *key = w->ep->dedup != NULL ? hw_expr_list_eval(w->ep->dedup, &w->env, w->p) : NULL;

    hw_plan_set_identity(w->part, key != NULL ? key : w->part->summary_full, w->p);
    hw_trace_add(w->part->trace, "identity", key != NULL ? "key" : "summary", "\"%s\"%s.",
                 hw_text_cut(w->part->dedup_key, 120, w->p),
                 key != NULL             ? ", from the dedup key"
                 : w->ep->dedup != NULL ? ", the summary: the dedup key finds nothing"
                                         : ", the summary");
}

/* Who, what and when, for an endpoint that says nothing about descriptions. */
static const char *
built_in_description(hw_plan_work_t *w)
{
    static const char *const states[] = { "problem", "recovery", "information" };
    const hw_json_t *element = w->env.scope.element;
    hw_buf_t b;

    hw_buf_init(&b, w->p);
    if (w->env.msg != NULL)
        hw_buf_printf(&b, "%s\n\n", w->env.msg);
    if (w->env.monitor_name != NULL)
        hw_buf_printf(&b, "Monitor: %s\n", w->env.monitor_name);
    hw_buf_printf(&b, "State: %s\n", states[w->part->kind]);
    hw_buf_printf(&b, "Endpoint: %s\n", w->ep->name);
    hw_buf_printf(&b, "Received: %s", hw_time_rfc3339(w->ev->received_at, w->p));
    if (w->ev->source_ip[0] != '\0')
        hw_buf_printf(&b, " from %s", w->ev->source_ip);
    hw_buf_printf(&b, "\nRequest: %s\n", w->ev->request_id);
    if (element != NULL)
        hw_buf_printf(&b, "\nPayload:\n%s\n",
                      hw_text_cut(hw_json_write_pretty(hw_mask_json(element, w->p), w->p),
                                  HW_PAYLOAD_SHOWN, w->p));
    return b.s;
}

static const char *
description_of(hw_plan_work_t *w)
{
    const char *s = w->rules.overrides[HW_F_DESCRIPTION];

    if (hw_text_blank(s))
        s = w->mapped[HW_F_DESCRIPTION];
    if (hw_text_blank(s) && w->ep->description != NULL)
        s = hw_template_eval(w->ep->description, &w->env, w->p);
    return hw_text_blank(s) ? built_in_description(w) : s;
}

void
hw_plan_texts(hw_plan_work_t *w)
{
    static const char *const starts[] = { "Alert repeated", "Recovered", "Update received" };
    const char *message = w->env.msg;

    w->part->description = description_of(w);
    if (message == NULL)
        message = w->mapped[HW_F_DESCRIPTION];
    if (message == NULL)
        message = w->part->summary_full;
    w->part->event_text =
        apr_psprintf(w->p, "%s at %s: %s", starts[w->part->kind],
                     hw_time_rfc3339(w->ev->received_at, w->p),
                     hw_text_cut(message, HW_MESSAGE_MAX, w->p));
}
