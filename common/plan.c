/* SPDX-License-Identifier: Apache-2.0 */
/* What a request means: decoded, split into elements, each planned on its own. */
#include <apr_strings.h>
#include <string.h>

#include "common/plan_parts.h"
#include "common/result.h"
#include "common/text.h"

const char *
hw_kind_name(hw_kind_e k)
{
    static const char *const names[] = { "open", "close", "other" };

    return names[k];
}

const char *
hw_action_name(hw_action_e a)
{
    static const char *const names[] = { "skip", "create", "update", "close", "reopen" };

    return names[a];
}

static hw_part_t *
add_part(hw_plan_t *plan, const hw_trace_t *story, apr_pool_t *p)
{
    const hw_endpoint_t *ep = plan->endpoint;
    hw_part_t *part = apr_pcalloc(p, sizeof(*part));

    part->part = plan->parts->nelts;
    part->kind = HW_KIND_OTHER;
    part->on_unknown = ep->on_unknown;
    part->tenant = ep->tenant;
    part->endpoint_id = ep->id;
    part->destination = ep->destination;
    part->reopen_window_minutes = ep->reopen_window_minutes;
    part->trace = hw_trace_fork(story, p);
    APR_ARRAY_PUSH(plan->parts, hw_part_t *) = part;
    return part;
}

/* A part that stands for a request, or a rest of one, which is about no alert at all. */
static void
add_dropped(hw_plan_t *plan, const hw_trace_t *story, const char *step, const char *reason,
            const char *sentence, apr_pool_t *p)
{
    hw_part_t *part = add_part(plan, story, p);

    part->drop = 1;
    part->drop_reason = reason;
    part->drop_text = sentence;
    part->summary = part->summary_full = plan->endpoint->name;
    part->description = part->event_text = sentence;
    hw_plan_set_identity(part, apr_pstrcat(p, "request ", plan->event->request_id, NULL), p);
    hw_trace_add(part->trace, step, reason, "%s", sentence);
}

static void
plan_element(hw_plan_t *plan, const hw_trace_t *story, const hw_json_t *element,
             const hw_plan_context_t *ctx, apr_time_t now, apr_pool_t *p)
{
    hw_plan_work_t w = {
        .ev = plan->event,
        .ep = plan->endpoint,
        .ctx = ctx,
        .now = now,
        .env = { .scope = { .root = plan->decoded->root,
                            .element = element,
                            .headers = plan->decoded->headers },
                 .request_id = plan->event->request_id },
        .part = add_part(plan, story, p),
        .p = p,
    };

    if (hw_event_is_heartbeat(plan->event)) {
        hw_plan_heartbeat(&w);
        return;
    }
    if (strcmp(plan->endpoint->destination, HW_MIRROR) == 0) {
        hw_plan_mirror(&w);
        return;
    }
    hw_plan_names(&w);
    hw_plan_kind(&w);
    hw_plan_fields(&w);
    hw_plan_summary(&w);
    hw_plan_company(&w);
    hw_plan_identity(&w);
    hw_plan_texts(&w);
    if (w.rules.drop) {
        w.part->drop = 1;
        w.part->drop_reason = "dropped";
        w.part->drop_text = apr_psprintf(p, "A rule drops it: %s.", w.rules.dropped_by);
    } else {
        hw_plan_maintenance(&w);
    }
}

/* The elements of the batch: array of const hw_json_t *. One node that is a list stands for its
 * items; several nodes are the elements themselves. *used: the path that found them, or NULL. */
static apr_array_header_t *
elements_of(const hw_plan_t *plan, const hw_path_t **used, apr_pool_t *p)
{
    const hw_json_t *root = plan->decoded->root;
    const hw_scope_t scope = { .root = root, .element = root, .headers = plan->decoded->headers };
    apr_array_header_t *nodes, *items;
    const hw_json_t *list;

    if (hw_paths_eval(plan->endpoint->batch, &scope, &nodes, used, NULL, p) != APR_SUCCESS)
        return apr_array_make(p, 0, sizeof(const hw_json_t *));
    if (nodes->nelts != 1)
        return nodes;
    list = APR_ARRAY_IDX(nodes, 0, const hw_json_t *);
    if (!json_object_is_type(list, json_type_array))
        return nodes;
    items = apr_array_make(p, 16, sizeof(const hw_json_t *));
    for (apr_size_t i = 0; i < json_object_array_length(list); i++)
        APR_ARRAY_PUSH(items, const hw_json_t *) = json_object_array_get_idx(list, i);
    return items;
}

/* Alertmanager, and what speaks its format, leaves out alerts beyond a number of its own. Whether
 * those are over it may never say. */
static void
tell_truncated(const hw_plan_t *plan, hw_trace_t *story, apr_pool_t *p)
{
    const hw_json_t *v = hw_json_get(plan->decoded->root, "truncatedAlerts");
    const char *n = json_object_is_type(v, json_type_int) ? hw_json_text(v, p) : "0";

    if (*n != '-' && strcmp(n, "0") != 0)
        hw_trace_add(story, "batch", "truncated",
                     "The sender left out %s more of its alerts (truncatedAlerts).",
                     hw_text_cut(n, 20, p));
}

static void
plan_batch(hw_plan_t *plan, hw_trace_t *story, const hw_plan_context_t *ctx, apr_time_t now,
           apr_pool_t *p)
{
    const hw_path_t *used = NULL;
    apr_array_header_t *elements = elements_of(plan, &used, p);
    const char *path = used != NULL ? hw_path_source(used) : hw_paths_source(plan->endpoint->batch);
    int count = elements->nelts < HW_MAX_BATCH ? elements->nelts : HW_MAX_BATCH;

    if (elements->nelts == 0) {
        tell_truncated(plan, story, p);
        add_dropped(plan, story, "batch", "empty-batch",
                    apr_psprintf(p, "The batch path %s finds no element.", path), p);
        return;
    }
    if (elements->nelts > 1 || APR_ARRAY_IDX(elements, 0, const hw_json_t *) != plan->decoded->root)
        hw_trace_add(story, "batch", "split", "%s holds %d %s", path, elements->nelts,
                     elements->nelts == 1 ? "element" : "elements");
    tell_truncated(plan, story, p);
    for (int i = 0; i < count; i++)
        plan_element(plan, story, APR_ARRAY_IDX(elements, i, const hw_json_t *), ctx, now, p);
    if (elements->nelts > count)
        add_dropped(plan, story, "batch", "batch-limit",
                    apr_psprintf(p, "%d elements beyond the limit of %d are left out.",
                                 elements->nelts - count, HW_MAX_BATCH), p);
}

static void
tell_decoded(const hw_decoded_t *d, hw_trace_t *story)
{
    static const struct {
        const char *form, *words;
    } words[] = {
        { "json", "JSON" },
        { "json-string", "JSON inside a JSON string" },
        { "form", "a form" },
        { "form-json", "JSON in a form field" },
        { "multipart", "a multipart form" },
        { "query", "the query string" },
    };
    const char *what = d->form;

    for (apr_size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i].form, d->form) == 0)
            what = words[i].words;
    hw_trace_add(story, "decode", d->repaired ? "repaired" : "ok", "Read as %s%s%s%s%s%s.", what,
                 d->charset != NULL ? " in " : "", d->charset != NULL ? d->charset : "",
                 d->sns ? ", in an Amazon SNS envelope" : "",
                 d->pubsub ? ", in a Google Pub/Sub envelope" : "",
                 d->repaired ? "; broken JSON was mended" : "");
}

static void
plan_request(hw_plan_t *plan, hw_trace_t *story, const hw_plan_context_t *ctx, apr_time_t now,
             apr_pool_t *p)
{
    hw_result_t *why = hw_result_make(p);
    const hw_decoded_t *d;

    if (plan->event->rejected[0] != '\0') {
        add_dropped(plan, story, "received", "rejected",
                    apr_psprintf(p, "Rejected on arrival: %s", plan->event->rejected), p);
        return;
    }
    if (hw_decode(plan->event, &plan->decoded, why, p) != APR_SUCCESS) {
        plan->decoded = NULL;
        add_dropped(plan, story, "decode", "unreadable",
                    apr_psprintf(p, "The request cannot be read: %s", hw_result_text(why, p)), p);
        return;
    }
    d = plan->decoded;
    tell_decoded(d, story);
    if (d->sns && strcmp(d->sns_type, "Notification") != 0)
        add_dropped(plan, story, "decode", "handshake",
                    apr_psprintf(p, "Amazon SNS sent a %s, not an alert; confirm it with the "
                                    "SubscribeURL of the payload.", d->sns_type), p);
    else if (plan->endpoint->batch != NULL && !hw_event_is_heartbeat(plan->event))
        plan_batch(plan, story, ctx, now, p);
    else
        plan_element(plan, story, d->root, ctx, now, p);
}

apr_status_t
hw_plan(const hw_event_t *ev, const hw_endpoint_t *ep, const hw_plan_context_t *ctx,
        apr_time_t now, hw_plan_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_plan_t *plan = apr_pcalloc(p, sizeof(*plan));
    hw_trace_t *story = hw_trace_make(p);

    (void)res;
    plan->event = ev;
    plan->endpoint = ep;
    plan->parts = apr_array_make(p, 1, sizeof(hw_part_t *));
    hw_trace_add(story, "received", ev->kind, "%s with %" APR_SIZE_T_FMT " bytes%s%s.",
                 ev->method[0] != '\0' ? ev->method : "An event", ev->body_len,
                 ev->source_ip[0] != '\0' ? " from " : "", ev->source_ip);
    plan_request(plan, story, ctx, now, p);
    *out = plan;
    return APR_SUCCESS;
}
