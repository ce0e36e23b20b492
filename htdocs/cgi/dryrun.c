/* SPDX-License-Identifier: Apache-2.0 */
/* The dry run: the decision about a payload, with nothing done. The same functions decide that
 * hookwised and "hookwisectl explain" call, and what they say is answered as it is. */
#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/decide.h"
#include "common/result.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

/* As that of "hookwisectl explain": equal input gives equal output. */
#define DRY_REQUEST "00000000-0000-4000-8000-000000000000"

typedef struct {
    hwc_t *c;
    hw_store_t *s;
    const hw_json_t *body;
    const hw_settings_t *settings;
    apr_time_t now;
    hw_facts_cb *facts_of;
    void *facts;
    apr_array_header_t *map;  /* of hw_tenant_map_t */
} dry_t;

/* --- what is known -------------------------------------------------------------------------------------- */

static void
take_alert(const hw_alert_t *a, hw_facts_t *facts)
{
    facts->open = a->open && a->ticket_id != NULL;
    facts->ticket_id = a->ticket_id;
    facts->source = "alert";
    if (!facts->open) {
        facts->closed_at = a->closed_at;
        facts->closed_by_human = a->closed_by_human;
    }
}

/* "live": what our own tables say; the PSA is not asked. */
static void
live_facts(void *baton, const hw_part_t *part, hw_facts_t *facts, apr_pool_t *p)
{
    dry_t *d = baton;
    hw_alert_t *a = NULL;

    if (hw_store_alert_get(d->s, part->alert_key, &a, d->c->res, p) != APR_SUCCESS)
        return;
    if (a != NULL && strcmp(a->destination, part->destination) == 0)
        take_alert(a, facts);
    if (!facts->open) {
        if (hw_store_alert_meant(d->s, part, &a, &facts->ambiguous, d->c->res, p) != APR_SUCCESS ||
            a == NULL)
            return;
        take_alert(a, facts);
        facts->company = a->company;
        facts->alert_key = a->alert_key;
    }
    hw_store_alert_sharing(d->s, a, &facts->shared_with, d->c->res, p);
}

static apr_status_t
read_facts(dry_t *d)
{
    const hw_json_t *v = hw_json_get(d->body, "facts");
    hw_facts_doc_t *doc;
    apr_status_t rv;

    if (v == NULL)
        return APR_SUCCESS;
    if (json_object_is_type(v, json_type_string)) {
        if (strcmp(hw_json_string(v, NULL), "live") != 0)
            return hw_fail_field(d->c->res, APR_EINVAL, "bad-value", "facts",
                                 "takes an object, or \"live\"");
        d->facts_of = live_facts;
        d->facts = d;
        return APR_SUCCESS;
    }
    if ((rv = hw_facts_doc_make(v, &doc, d->c->res, d->c->p)) != APR_SUCCESS) {
        const char *field = d->c->res->field;

        return hw_result_in_field(d->c->res, field != NULL
                                                 ? apr_pstrcat(d->c->p, "facts.", field, NULL)
                                                 : "facts");
    }
    d->facts_of = hw_facts_from_json;
    d->facts = doc;
    return APR_SUCCESS;
}

static apr_status_t
add_mapping(dry_t *d, const char *pattern, const hw_json_t *company)
{
    hw_tenant_map_t *row;

    if (pattern == NULL || !json_object_is_type(company, json_type_string))
        return hw_fail_field(d->c->res, APR_EINVAL, "bad-value", "tenantmap",
                             "each row maps a pattern to a company, both texts");
    row = apr_array_push(d->map);
    row->pattern = pattern;
    row->company = hw_json_string(company, NULL);
    return APR_SUCCESS;
}

static apr_status_t
given_tenantmap(dry_t *d, hw_json_t *v)
{
    apr_status_t rv = APR_SUCCESS;

    d->map = apr_array_make(d->c->p, 8, sizeof(hw_tenant_map_t));
    if (json_object_is_type(v, json_type_object)) {
        json_object_object_foreach(v, pattern, company)
        {
            if ((rv = add_mapping(d, pattern, company)) != APR_SUCCESS)
                return rv;
        }
        return APR_SUCCESS;
    }
    if (!json_object_is_type(v, json_type_array))
        return hw_fail_field(d->c->res, APR_EINVAL, "bad-value", "tenantmap",
                             "takes an object or a list");
    for (apr_size_t i = 0; rv == APR_SUCCESS && i < json_object_array_length(v); i++) {
        hw_json_t *row = json_object_array_get_idx(v, i);

        rv = add_mapping(d, hw_json_get_string(row, "pattern"), hw_json_get(row, "company"));
    }
    return rv;
}

/* The stored one matters to endpoints that use it, and to no other. */
static apr_status_t
read_tenantmap(dry_t *d, const hw_endpoint_t *ep)
{
    hw_json_t *v = hw_json_get(d->body, "tenantmap");

    if (v != NULL)
        return given_tenantmap(d, v);
    return ep->global_routing ? hw_store_tenantmap(d->s, &d->map, d->c->res, d->c->p)
                              : APR_SUCCESS;
}

/* --- the decision ---------------------------------------------------------------------------------------- */

static apr_status_t
read_event(dry_t *d, const hw_endpoint_t *ep, hw_event_t *ev)
{
    const hw_json_t *payload = hw_json_get(d->body, "payload");
    const char *query;
    apr_status_t rv = hwc_text_member(d->c, d->body, "query", &query);

    if (rv != APR_SUCCESS)
        return rv;
    if (!json_object_object_get_ex(d->body, "payload", NULL))
        return hw_fail_field(d->c->res, APR_EINVAL, "bad-value", "payload", "is missing");
    *ev = (hw_event_t){.request_id = DRY_REQUEST, .endpoint_id = ep->id, .kind = "webhook",
                       .received_at = d->now, .source_ip = "", .method = "POST",
                       .query = query != NULL ? query : "", .auth_scheme = "none",
                       .auth_version = "", .rejected = "", .replay_of = "", .replay_by = ""};
    ev->body = hwc_payload_text(d->c, payload, &ev->body_len);
    return hwc_headers_member(d->c, d->body, &ev->headers_json);
}

static apr_status_t
decide(dry_t *d, const hw_endpoint_t *ep)
{
    hw_plan_context_t ctx = {.settings = d->settings};
    hw_event_t ev;
    hw_plan_t *plan;
    apr_status_t rv;

    if ((rv = read_event(d, ep, &ev)) != APR_SUCCESS || (rv = read_facts(d)) != APR_SUCCESS ||
        (rv = read_tenantmap(d, ep)) != APR_SUCCESS)
        return rv;
    ctx.tenantmap = d->map;
    if ((rv = hw_plan(&ev, ep, &ctx, d->now, &plan, d->c->res, d->c->p)) != APR_SUCCESS)
        return rv;
    return hwc_json(d->c, 200,
                    json_object_get(hw_explain(plan, d->facts_of, d->facts, d->now, d->c->p)));
}

/* What answers show beside a document is no part of it. */
static hw_json_t *
bare(hwc_t *c, const hw_json_t *doc)
{
    hw_json_t *v = hw_json_copy(doc, c->p);

    hw_endpoint_strip(v);
    return v;
}

static apr_status_t
dry_run(hwc_t *c, const hw_json_t *body, const hw_json_t *doc, const char *id)
{
    static const char *const names[] = {"payload", "headers", "query", "facts", "now", "tenantmap",
                                        "document", NULL};
    dry_t d = {.c = c, .body = body, .now = c->now};
    const char *now;
    hw_endpoint_t *ep;
    apr_status_t rv;

    if ((rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "now", &now)) != APR_SUCCESS)
        return rv;
    if (now != NULL && (rv = hw_time_parse(now, &d.now, c->res)) != APR_SUCCESS)
        return hw_result_in_field(c->res, "now");
    if ((rv = hwc_store(c, &d.s)) != APR_SUCCESS ||
        (rv = hwc_settings(c, d.s, &d.settings)) != APR_SUCCESS)
        return rv;
    rv = hw_endpoint_compile(bare(c, doc), id, NULL, d.settings, &ep, c->res, c->p);
    return rv == APR_SUCCESS ? decide(&d, ep) : rv;
}

apr_status_t
hwc_dry_run(hwc_t *c)
{
    const hw_json_t *doc;
    hw_json_t *body;
    apr_status_t rv = hwc_body_object(c, &body);

    if (rv != APR_SUCCESS)
        return rv;
    if ((doc = hw_json_get(body, "document")) == NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", "document", "is missing");
    return dry_run(c, body, doc, NULL);
}

apr_status_t
hwc_endpoint_dry_run(hwc_t *c)
{
    const hw_json_t *doc;
    hw_endpoint_row_t *row;
    hw_json_t *body;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_endpoint_find(c, c->params[0], 0, &s, &row)) != APR_SUCCESS)
        return rv;
    doc = hw_json_get(body, "document");
    return dry_run(c, body, doc != NULL ? doc : row->doc, row->id);
}
