/* SPDX-License-Identifier: Apache-2.0 */
/* A decision as JSON, for people: the dry run and "hookwisectl explain". */
#include <string.h>

#include "common/decide.h"
#include "common/mask.h"

/* The fields that are no members of their own. */
static hw_json_t *
fields_of(const hw_part_t *part)
{
    hw_json_t *o = json_object_new_object();

    for (int i = HW_F_TICKET_TYPE; i < HW_F_COUNT; i++)
        if (part->fields[i] != NULL)
            hw_json_set_string(o, hw_field_names[i], part->fields[i]);
    return o;
}

static hw_json_t *
explain_part(const hw_part_t *part, hw_facts_cb *facts_of, void *baton, apr_time_t now,
             apr_pool_t *p)
{
    hw_json_t *o = json_object_new_object();
    hw_facts_t facts = { .source = "none" };
    hw_verdict_t verdict;

    if (facts_of != NULL && !part->drop)
        facts_of(baton, part, &facts, p);
    hw_settle(part, &facts, now, &verdict, p);
    hw_json_set_int(o, "part", part->part);
    hw_json_set_string(o, "kind", hw_kind_name(part->kind));
    hw_json_set_string(o, "dedup_key", part->dedup_key);
    hw_json_set_string(o, "company", part->company != NULL ? part->company : facts.company);
    hw_json_set_string(o, "summary", part->summary);
    hw_json_set_string(o, "description", part->description);
    hw_json_set(o, "fields", fields_of(part));
    hw_json_set_string(o, "action", hw_action_name(verdict.action));
    hw_json_set_string(o, "reason", verdict.reason);
    hw_json_set(o, "trace", json_object_get(hw_trace_json(part->trace, p)));
    return o;
}

hw_json_t *
hw_explain(const hw_plan_t *plan, hw_facts_cb *facts_of, void *baton, apr_time_t now,
           apr_pool_t *p)
{
    const hw_decoded_t *d = plan->decoded;
    hw_json_t *o = hw_json_own(json_object_new_object(), p);
    hw_json_t *elements = json_object_new_array();

    hw_json_set(o, "decoded",
                d != NULL && d->root != NULL ? json_object_get(hw_json_copy(d->root, p)) : NULL);
    hw_json_set_bool(o, "repaired", d != NULL && d->repaired);
    for (int i = 0; i < plan->parts->nelts; i++)
        json_object_array_add(elements,
                              explain_part(APR_ARRAY_IDX(plan->parts, i, hw_part_t *), facts_of,
                                           baton, now, p));
    hw_json_set(o, "elements", elements);
    return o;
}

hw_json_t *
hw_explain_masked(const hw_plan_t *plan, hw_facts_cb *facts_of, void *baton, apr_time_t now,
                  apr_pool_t *p)
{
    return hw_mask_json(hw_explain(plan, facts_of, baton, now, p), p);
}
