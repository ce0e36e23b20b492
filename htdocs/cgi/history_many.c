/* SPDX-License-Identifier: Apache-2.0 */
/* Many history entries at once: replayed, deleted. */
#include <apr_strings.h>
#include <string.h>

#include "common/result.h"
#include "common/store_work.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

#define REPLAY_MAX 1000 /* requests of one call */

/* --- replay --------------------------------------------------------------------------------------------------- */

/* What is to become of what was chosen. */
typedef struct {
    int count_only;
    int tell;           /* chat targets are told */
} how_t;

/* What was chosen, one id for each request; a count alone when that was asked for, or when they are
 * too many to be replayed at once: *ids stays NULL. */
static apr_status_t
chosen_by_filter(hwc_t *c, hw_store_t *s, const hw_history_filter_t *f, int count_only,
                 apr_array_header_t **ids, apr_int64_t *count)
{
    apr_status_t rv = hw_store_history_count(s, f, 1, count, c->res, c->p);

    *ids = NULL;
    if (rv != APR_SUCCESS || count_only || *count > REPLAY_MAX)
        return rv;
    return hw_store_history_requests(s, f, REPLAY_MAX, ids, c->res, c->p);
}

/* Is the entry there for this user, and is its request not among those taken already? */
static apr_status_t
take_request(hwc_t *c, hw_store_t *s, const char *id, apr_table_t *taken, int *again)
{
    const char *request;
    hw_json_t *entry;
    apr_status_t rv = hw_store_history_get(s, id, &entry, c->res, c->p);

    *again = 0;
    if (rv != APR_SUCCESS)
        return rv;
    if (!hwc_visible(c, hw_json_get_string(entry, "tenant")))
        return hwc_refuse(c, 404, "no-history", "there is no history entry %s", id);
    request = apr_pstrdup(c->p, hw_json_get_string(entry, "request_id"));
    *again = apr_table_get(taken, request) != NULL;
    apr_table_setn(taken, request, id);
    return APR_SUCCESS;
}

static void
replay_one(hwc_t *c, hw_store_t *s, hw_queue_t *q, const char *id, int tell, apr_table_t *taken,
           hw_json_t *items, hw_json_t *failed)
{
    const char *request_id = NULL;
    hw_json_t *v;
    int again;

    hw_result_reset(c->res);
    if (take_request(c, s, id, taken, &again) == APR_SUCCESS &&
        (again || hwc_replay(c, s, q, id, tell, &request_id) == APR_SUCCESS)) {
        if (again)
            return;
        v = json_object_new_object();
        hw_json_set_string(v, "id", id);
        hw_json_set_string(v, "request_id", request_id);
        json_object_array_add(items, v);
        return;
    }
    v = json_object_get(hw_result_json(c->res, c->p));
    hw_json_set_string(v, "id", id);
    json_object_array_add(failed, v);
}

static apr_status_t
replay_all(hwc_t *c, hw_store_t *s, const apr_array_header_t *ids, int tell)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), c->p), *items, *failed, *after;
    apr_table_t *taken = apr_table_make(c->p, ids->nelts + 1);
    hw_actor_t by = hwc_actor(c);
    hw_queue_t *q;
    apr_status_t rv = hwc_queue(c, &q);

    if (rv != APR_SUCCESS)
        return rv;
    hw_json_set(v, "items", items = json_object_new_array());
    hw_json_set(v, "failed", failed = json_object_new_array());
    for (int i = 0; i < ids->nelts; i++)
        replay_one(c, s, q, APR_ARRAY_IDX(ids, i, const char *), tell, taken, items, failed);
    hw_result_reset(c->res);
    hw_json_set_int(v, "count", (apr_int64_t)(json_object_array_length(items) +
                                              json_object_array_length(failed)));
    hw_json_set_int(v, "queued", (apr_int64_t)json_object_array_length(items));
    after = hw_json_own(json_object_new_object(), c->p);
    hw_json_set_int(after, "queued", (apr_int64_t)json_object_array_length(items));
    rv = hw_store_audit(s, &by, "history.replay", "", NULL, after, c->res, c->p);
    return rv == APR_SUCCESS ? hwc_json(c, 202, json_object_get(v)) : rv;
}

static apr_status_t
answer_count(hwc_t *c, const char *name, apr_int64_t n)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_int(v, name, n);
    return hwc_json(c, 200, v);
}

/* hookwised does it, whether anybody waits or not. */
static apr_status_t
replay_later(hwc_t *c, hw_store_t *s, const hw_history_filter_t *f, int tell, apr_int64_t count)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), c->p), *job;
    hw_actor_t by = hwc_actor(c);
    apr_status_t rv;

    if ((rv = hw_store_replay_add(s, f, f->tenant, tell, count, &by, c->now, &job, c->res,
                                  c->p)) != APR_SUCCESS ||
        (rv = hw_store_audit(s, &by, "history.replay", "", NULL, job, c->res, c->p)) !=
            APR_SUCCESS)
        return rv;
    hw_json_set_int(v, "count", count);
    hw_json_set_int(v, "queued", 0);
    hw_json_set(v, "items", json_object_new_array());
    hw_json_set(v, "failed", json_object_new_array());
    hw_json_set(v, "job", json_object_get(job));
    return hwc_json(c, 202, json_object_get(v));
}

static apr_status_t
replay_filter(hwc_t *c, hw_store_t *s, const hw_json_t *filter, const how_t *how)
{
    apr_array_header_t *ids;
    hw_history_filter_t f;
    apr_int64_t count;
    apr_status_t rv;

    if ((rv = hwc_history_filter_of(c, filter, &f)) != APR_SUCCESS ||
        (rv = chosen_by_filter(c, s, &f, how->count_only, &ids, &count)) != APR_SUCCESS)
        return rv;
    if (how->count_only)
        return answer_count(c, "count", count);
    return ids != NULL ? replay_all(c, s, ids, how->tell)
                       : replay_later(c, s, &f, how->tell, count);
}

static apr_status_t
read_how(hwc_t *c, const hw_json_t *body, how_t *how)
{
    static const char *const names[] = {"ids", "filter", "count_only", "notify", NULL};
    apr_status_t rv;

    if ((rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = hwc_bool_member(c, body, "count_only", &how->count_only)) != APR_SUCCESS ||
        (rv = hwc_bool_member(c, body, "notify", &how->tell)) != APR_SUCCESS)
        return rv;
    how->count_only = how->count_only == 1; /* -1 = not given */
    how->tell = how->tell == 1;
    return APR_SUCCESS;
}

apr_status_t
hwc_history_replay_many(hwc_t *c)
{
    const hw_json_t *filter;
    apr_array_header_t *ids = NULL;
    hw_json_t *body;
    hw_store_t *s;
    how_t how;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = read_how(c, body, &how)) != APR_SUCCESS || (rv = hwc_store(c, &s)) != APR_SUCCESS)
        return rv;
    filter = hw_json_get(body, "filter");
    if ((hw_json_get(body, "ids") == NULL) == (filter == NULL))
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", "ids", "either ids or a filter");
    if (filter != NULL)
        return replay_filter(c, s, filter, &how);
    if ((rv = hwc_ids_member(c, body, "ids", REPLAY_MAX, &ids)) != APR_SUCCESS)
        return rv;
    return how.count_only ? answer_count(c, "count", ids->nelts)
                          : replay_all(c, s, ids, how.tell);
}

/* --- replays that take longer ------------------------------------------------------------------------------------ */

apr_status_t
hwc_replays_list(hwc_t *c)
{
    hw_json_t *items;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_replay_list(s, hwc_tenant(c), &items, c->res, c->p)) != APR_SUCCESS)
        return rv;
    return hwc_list_whole(c, json_object_get(items));
}

/* Somebody bound to a tenant sees the tenant's alone, hwc_tenant says. */
apr_status_t
hwc_replay_get(hwc_t *c)
{
    hw_json_t *job;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_replay_get(s, c->params[0], hwc_tenant(c), &job, c->res, c->p)) !=
            APR_SUCCESS)
        return rv;
    return hwc_json(c, 200, json_object_get(job));
}

apr_status_t
hwc_replay_stop(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_json_t *job;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_store(c, &s)) != APR_SUCCESS ||
        (rv = hw_store_replay_get(s, c->params[0], hwc_tenant(c), &job, c->res, c->p)) !=
            APR_SUCCESS ||
        (rv = hw_store_replay_stop(s, c->params[0], &by, c->res, c->p)) != APR_SUCCESS)
        return rv;
    return hwc_replay_get(c);
}

/* --- deleting ---------------------------------------------------------------------------------------------------- */

static int
copy_arg(void *data, const char *name, const char *value)
{
    if (strcmp(name, "count_only") != 0 && *value != '\0')
        hw_json_set_string(data, name, value);
    return 1;
}

apr_status_t
hwc_history_delete(hwc_t *c)
{
    hw_json_t *given = hw_json_own(json_object_new_object(), c->p);
    hw_actor_t by = hwc_actor(c);
    hw_history_filter_t f;
    apr_int64_t n = 0;
    hw_store_t *s;
    long count_only;
    apr_status_t rv;

    if ((rv = hwc_history_own(c, hwc_arg(c, "tenant"))) != APR_SUCCESS ||
        (rv = hwc_history_filter(c, &f)) != APR_SUCCESS ||
        (rv = hwc_arg_int(c, "count_only", 0, 0, 1, &count_only)) != APR_SUCCESS)
        return rv;
    apr_table_do(copy_arg, given, c->args, NULL);
    if (json_object_object_length(given) == 0)
        return hwc_refuse(c, 422, "no-filter",
                          "nothing says which entries; give a filter, such as to=2026-01-01");
    if ((rv = hwc_store(c, &s)) != APR_SUCCESS)
        return rv;
    rv = count_only ? hw_store_history_count(s, &f, 0, &n, c->res, c->p)
                    : hw_store_history_delete(s, &f, given, &by, &n, c->res, c->p);
    return rv == APR_SUCCESS ? answer_count(c, count_only ? "count" : "deleted", n) : rv;
}
