/* SPDX-License-Identifier: Apache-2.0 */
/* History: pages, one entry with its story, and its replay. */
#include <string.h>

#include "common/auth.h"
#include "common/clock.h"
#include "common/result.h"
#include "common/store_work.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

/* Filters by name: texts first. */
static const struct {
    const char *name;
    apr_size_t offset;
} filters[] = {
    {"endpoint_id", offsetof(hw_history_filter_t, endpoint_id)},
    {"status", offsetof(hw_history_filter_t, status)},
    {"action", offsetof(hw_history_filter_t, action)},
    {"source_ip", offsetof(hw_history_filter_t, source_ip)},
    {"ticket_id", offsetof(hw_history_filter_t, ticket_id)},
    {"company", offsetof(hw_history_filter_t, company)},
    {"request_id", offsetof(hw_history_filter_t, request_id)},
    {"destination", offsetof(hw_history_filter_t, destination)},
    {"tenant", offsetof(hw_history_filter_t, tenant)},
    {"q", offsetof(hw_history_filter_t, q)},
};
#define NFILTERS (sizeof(filters) / sizeof(filters[0]))

static const char *const statuses[] = {"processed", "skipped", "retrying", "failed", "dlq",
                                       "rejected", NULL};
static const char *const actions[] = {"create", "update", "close", "reopen", NULL};

/* A misspelt word would find nothing, and look like an answer. */
static apr_status_t
check_word(hwc_t *c, const char *field, const char *value, const char *const *words,
           const char *known)
{
    for (; value != NULL && *words != NULL; words++)
        if (strcmp(value, *words) == 0)
            return APR_SUCCESS;
    if (value == NULL)
        return APR_SUCCESS;
    return hw_fail_field(c->res, APR_EINVAL, "bad-argument", field, "takes %s", known);
}

/* In the form that rows have. */
static apr_status_t
check_address(hwc_t *c, const char **address)
{
    if (*address == NULL || (*address = hw_address_normal(*address, c->p)) != NULL)
        return APR_SUCCESS;
    return hw_fail_field(c->res, APR_EINVAL, "bad-argument", "source_ip",
                         "takes one IPv4 or IPv6 address");
}

/* Who is bound to a tenant sees no other, whatever is asked for. */
static apr_status_t
finish(hwc_t *c, hw_history_filter_t *f)
{
    apr_status_t rv = check_address(c, &f->source_ip);

    if (rv != APR_SUCCESS)
        return rv;
    if (strcmp(c->user->tenant, "*") != 0)
        f->tenant = c->user->tenant;
    rv = check_word(c, "status", f->status, statuses,
                    "processed, skipped, retrying, failed, dlq or rejected");
    return rv == APR_SUCCESS
               ? check_word(c, "action", f->action, actions, "create, update, close or reopen")
               : rv;
}

/* Where something is changed, another tenant asked for must not become one's own. */
apr_status_t
hwc_history_own(hwc_t *c, const char *tenant)
{
    if (tenant == NULL || hwc_visible(c, tenant))
        return APR_SUCCESS;
    hw_fail_field(c->res, APR_EACCES, "forbidden", "tenant", "%s belongs to the tenant %s",
                  c->user->name, c->user->tenant);
    return APR_EACCES;
}

apr_status_t
hwc_history_filter(hwc_t *c, hw_history_filter_t *f)
{
    apr_status_t rv;

    memset(f, 0, sizeof(*f));
    for (unsigned i = 0; i < NFILTERS; i++)
        *(const char **)((char *)f + filters[i].offset) = hwc_arg(c, filters[i].name);
    if ((rv = hwc_arg_time(c, "from", &f->from)) != APR_SUCCESS ||
        (rv = hwc_arg_time(c, "to", &f->to)) != APR_SUCCESS)
        return rv;
    return finish(c, f);
}

static apr_status_t
time_member(hwc_t *c, const hw_json_t *v, const char *name, apr_time_t *out)
{
    const char *text;
    apr_status_t rv = hwc_text_member(c, v, name, &text);

    if (rv == APR_SUCCESS && text != NULL && *text != '\0' &&
        (rv = hw_time_parse(text, out, c->res)) != APR_SUCCESS)
        hw_result_in_field(c->res, name);
    return rv;
}

apr_status_t
hwc_history_filter_of(hwc_t *c, const hw_json_t *v, hw_history_filter_t *f)
{
    const char *names[NFILTERS + 3] = {"from", "to"};
    apr_status_t rv;

    memset(f, 0, sizeof(*f));
    if (!json_object_is_type(v, json_type_object))
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", "filter", "takes an object");
    for (unsigned i = 0; i < NFILTERS; i++)
        names[i + 2] = filters[i].name;
    if ((rv = hwc_only_members(c, v, names)) != APR_SUCCESS ||
        (rv = time_member(c, v, "from", &f->from)) != APR_SUCCESS ||
        (rv = time_member(c, v, "to", &f->to)) != APR_SUCCESS)
        return rv;
    for (unsigned i = 0; i < NFILTERS; i++) {
        const char *text;

        if ((rv = hwc_text_member(c, v, filters[i].name, &text)) != APR_SUCCESS)
            return rv;
        *(const char **)((char *)f + filters[i].offset) =
            text != NULL && *text != '\0' ? text : NULL;
    }
    if ((rv = hwc_history_own(c, f->tenant)) != APR_SUCCESS)
        return rv;
    return finish(c, f);
}

apr_status_t
hwc_history_list(hwc_t *c)
{
    hw_history_filter_t f;
    hw_json_t *list;
    hw_store_t *s;
    long full;
    apr_status_t rv;

    if ((rv = hwc_history_filter(c, &f)) != APR_SUCCESS ||
        (rv = hwc_arg_int(c, "full", 0, 0, 1, &full)) != APR_SUCCESS ||
        (rv = hwc_page(c, &f.limit, &f.cursor)) != APR_SUCCESS)
        return rv;
    f.full = (int)full;
    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_history_list(s, &f, &list, c->res, c->p)) != APR_SUCCESS)
        return rv;
    return hwc_json(c, 200, json_object_get(list));
}

/* --- one entry -------------------------------------------------------------------------------------------- */

/* The steps that touched a destination. */
static hw_json_t *
attempts(const hw_json_t *trace)
{
    hw_json_t *out = json_object_new_array();

    for (apr_size_t i = 0; json_object_is_type(trace, json_type_array) &&
                           i < json_object_array_length(trace); i++) {
        hw_json_t *step = json_object_array_get_idx(trace, i);
        const char *name = hw_json_get_string(step, "step");

        if (name != NULL && strcmp(name, "act") == 0)
            json_object_array_add(out, json_object_get(step));
    }
    return out;
}

static apr_status_t
find_entry(hwc_t *c, const char *id, hw_store_t **s, hw_json_t **entry)
{
    apr_status_t rv = hwc_store(c, s);

    if (rv == APR_SUCCESS)
        rv = hw_store_history_get(*s, id, entry, c->res, c->p);
    if (rv == APR_SUCCESS && !hwc_visible(c, hw_json_get_string(*entry, "tenant")))
        return hwc_refuse(c, 404, "no-history", "there is no history entry %s", id);
    return rv;
}

apr_status_t
hwc_history_get(hwc_t *c)
{
    hw_json_t *entry, *ai;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = find_entry(c, c->params[0], &s, &entry)) != APR_SUCCESS ||
        (rv = hw_store_history_around(s, entry, c->res, c->p)) != APR_SUCCESS ||
        (rv = hw_store_analysis_of(s, hw_json_get_string(entry, "request_id"),
                                   json_object_get_int(hw_json_get(entry, "part")), &ai, c->res,
                                   c->p)) != APR_SUCCESS)
        return rv;
    hw_json_set(entry, "ai", ai);
    hw_json_set(entry, "attempts", attempts(hw_json_get(entry, "trace")));
    return hwc_json(c, 200, json_object_get(entry));
}

/* --- replay ----------------------------------------------------------------------------------------------- */

apr_status_t
hwc_replay(hwc_t *c, hw_store_t *s, hw_queue_t *q, const char *id, int tell,
           const char **request_id)
{
    hw_replay_of_t how = {.of = id, .by = c->user->name, .at = apr_time_now(),
                          .request_id = hw_uuid(c->p), .tell = tell};
    apr_status_t rv = hw_store_history_replay(s, q, &how, c->res, c->p);

    *request_id = how.request_id;
    if (rv == APR_SUCCESS || c->res->problem == NULL)
        return rv;
    if (strcmp(c->res->problem, "no-endpoint") == 0)
        return hwc_refuse(c, 409, "no-endpoint", "the endpoint of history entry %s is gone", id);
    if (strcmp(c->res->problem, "not-queued") == 0)
        return hwc_refuse(c, 503, "not-queued", "history entry %s was not queued; try again", id);
    return rv;
}

apr_status_t
hwc_history_replay(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    static const char *const names[] = {"notify", NULL};
    const char *request_id;
    hw_json_t *body, *entry, *v;
    hw_store_t *s;
    hw_queue_t *q;
    int tell;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_bool_member(c, body, "notify", &tell)) != APR_SUCCESS ||
        (rv = find_entry(c, c->params[0], &s, &entry)) != APR_SUCCESS ||
        (rv = hwc_queue(c, &q)) != APR_SUCCESS ||
        (rv = hwc_replay(c, s, q, c->params[0], tell == 1, &request_id)) != APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    hw_json_set_string(v, "status", "queued");
    hw_json_set_string(v, "request_id", request_id);
    hw_json_set_string(v, "replay_of", c->params[0]);
    rv = hw_store_audit(s, &by, "history.replay", c->params[0], NULL, v, c->res, c->p);
    if (rv != APR_SUCCESS) {
        json_object_put(v);
        return rv;
    }
    return hwc_json(c, 202, v);
}
