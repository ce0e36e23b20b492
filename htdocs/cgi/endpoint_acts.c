/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with one endpoint: rotate its token, copy it, show its secrets, send it a sample. */
#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/preset.h"
#include "common/result.h"
#include "htdocs/cgi/auth.h"
#include "htdocs/cgi/resource.h"

#define OVERLAP_MAX 2592000 /* seconds an old token may live on: 30 days */

/* A whole number of the body within bounds; 0 when absent. */
static apr_status_t
int_member(hwc_t *c, const hw_json_t *body, const char *name, int max, int *out)
{
    hw_json_t *v = hw_json_get(body, name);
    apr_int64_t n = v != NULL ? json_object_get_int64(v) : 0;

    *out = (int)n;
    if (v == NULL || (json_object_is_type(v, json_type_int) && n >= 0 && n <= max))
        return APR_SUCCESS;
    return hw_fail_field(c->res, APR_EINVAL, "bad-value", name,
                         "takes a whole number from 0 to %d", max);
}

apr_status_t
hwc_endpoint_rotate(hwc_t *c)
{
    static const char *const names[] = {"overlap_seconds", NULL};
    hw_actor_t by = hwc_actor(c);
    hw_endpoint_row_t *row;
    hw_json_t *body, *v;
    hw_store_t *s;
    int overlap;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = int_member(c, body, names[0], OVERLAP_MAX, &overlap)) != APR_SUCCESS ||
        (rv = hwc_endpoint_find(c, c->params[0], 0, &s, &row)) != APR_SUCCESS ||
        (rv = hw_store_endpoint_rotate(s, row->id, overlap, &by, &row, c->res, c->p)) !=
            APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    hw_json_set_string(v, "id", row->id);
    hw_json_set_string(v, "token", row->token);
    hw_json_set_string(v, "token_created_at", hw_time_rfc3339(row->token_created_at, c->p));
    hw_json_set_string(v, "previous_until",
                       overlap > 0 ? hw_time_rfc3339(row->token_created_at +
                                                         apr_time_from_sec(overlap),
                                                     c->p)
                                   : NULL);
    hwc_publish(c, row->id, v);
    return hwc_json(c, 200, v);
}

apr_status_t
hwc_endpoint_token(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_endpoint_row_t *row;
    hw_store_t *s;
    hw_json_t *v;
    apr_status_t rv;

    if ((rv = hwc_endpoint_find(c, c->params[0], 1, &s, &row)) != APR_SUCCESS ||
        (rv = hw_store_audit(s, &by, "endpoint.token", row->id, NULL, NULL, c->res, c->p)) !=
            APR_SUCCESS)
        return rv;
    v = json_object_new_object();
    hw_json_set_string(v, "id", row->id);
    hw_json_set_string(v, "url", hwc_webhook_url(c, row->id));
    hw_json_set_string(v, "token", row->token);
    hw_json_set_string(v, "hmac_secret", row->hmac_secret);
    hw_json_set(v, "auth", row->auth != NULL ? json_object_get(row->auth) : NULL);
    return hwc_json(c, 200, v);
}

/* --- copies ------------------------------------------------------------------------------------------- */

/* A copy is a draft under a name of its own until it is said otherwise; it has the secrets
 * that the sender knows, and a token of its own. */
static hw_json_t *
copy_of(hwc_t *c, const hw_endpoint_row_t *row, const hw_json_t *given)
{
    hw_json_t *doc = hw_json_copy(row->doc, c->p), *over = hw_json_copy(given, c->p);

    hw_json_set_string(doc, "name",
                       apr_psprintf(c->p, "%.180s (copy)", row->name));
    hw_json_set_bool(doc, "is_draft", 1);
    json_object_object_del(doc, "is_pinned");
    if (row->hmac_secret != NULL)
        hw_json_set_string(doc, "hmac_secret", row->hmac_secret);
    if (row->auth != NULL)
        hw_json_set(doc, "auth", json_object_get(hw_json_copy(row->auth, c->p)));
    if (row->notify != NULL)
        hw_json_set(doc, "notify", json_object_get(hw_json_copy(row->notify, c->p)));
    json_object_object_foreach(over, name, value)
    {
        if (value == NULL)
            json_object_object_del(doc, name);
        else
            hw_json_set(doc, name, json_object_get(value));
    }
    return doc;
}

apr_status_t
hwc_endpoint_clone(hwc_t *c)
{
    hw_actor_t by = hwc_actor(c);
    hw_endpoint_row_t *row;
    hw_json_t *body, *v;
    const char *tenant;
    hw_store_t *s;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_text_member(c, body, "tenant", &tenant)) != APR_SUCCESS ||
        (rv = hwc_endpoint_find(c, c->params[0], 1, &s, &row)) != APR_SUCCESS)
        return rv;
    if (!hwc_visible(c, tenant != NULL ? tenant : row->tenant) ||
        (tenant == NULL && json_object_object_get_ex(body, "tenant", NULL) &&
         !hwc_visible(c, "default")))
        return hwc_refuse(c, 403, "forbidden", "%s belongs to the tenant %s", c->user->name,
                          c->user->tenant);
    if ((rv = hw_store_endpoint_create(s, copy_of(c, row, body), &by, &row, c->res, c->p)) !=
            APR_SUCCESS ||
        (rv = hwc_endpoint_json(c, s, row->id, &v)) != APR_SUCCESS)
        return rv;
    hw_json_set_string(v, "token", row->token);
    hwc_publish(c, row->id, v);
    return hwc_json(c, 201, v);
}

/* --- samples ------------------------------------------------------------------------------------------- */

#define WAIT_MAX 10       /* seconds a test is waited for */
#define WAIT_STEP_MS 100

/* What Uptime Kuma sends; an endpoint without a preset takes it as a problem. */
static const char sample[] =
    "{\"heartbeat\":{\"status\":0,\"msg\":\"A test from HookWise\"},"
    "\"monitor\":{\"name\":\"HookWise test\"},\"msg\":\"A test from HookWise\"}";

static apr_status_t
sample_event(hwc_t *c, const hw_json_t *body, const hw_endpoint_row_t *row, hw_event_t *ev)
{
    const hw_json_t *payload = hw_json_get(body, "payload");

    /* A replay of nothing: worked off like any webhook, but no sign that the sender lives. */
    *ev = (hw_event_t){.request_id = hw_uuid(c->p), .endpoint_id = row->id, .kind = "replay",
                       .received_at = apr_time_now(), .source_ip = c->remote_addr,
                       .method = "POST", .query = "", .auth_scheme = "none", .auth_version = "",
                       .rejected = "", .replay_of = "", .replay_by = c->user->name,
                       .body = sample, .body_len = sizeof(sample) - 1};
    if (payload != NULL)
        ev->body = hwc_payload_text(c, payload, &ev->body_len);
    if (ev->body_len > HW_MAX_BODY_DEFAULT)
        return hw_fail_field(c->res, APR_EINVAL, "bad-value", "payload", "is larger than 1 MB");
    return hwc_headers_member(c, body, &ev->headers_json);
}

#define LOOK_AT "100" /* entries of the stream, from the sample on */

/* Is it the request's? */
static int
is_entry_of(const redisReply *entry, const hw_event_t *ev, apr_pool_t *p)
{
    hw_event_t *found;

    return hw_queue_event(entry, &found, NULL, p) == APR_SUCCESS &&
           strcmp(found->request_id, ev->request_id) == 0;
}

/* Is the entry of the request still in its stream? It goes when all its parts are recorded. */
static apr_status_t
is_waiting(hwc_t *c, const hw_event_t *ev, int *yes)
{
    redisReply *reply;
    hw_queue_t *q;
    apr_status_t rv = hwc_queue(c, &q);

    *yes = 0;
    if (rv == APR_SUCCESS)
        rv = hw_queue_commandf(q, &reply, c->res, c->p, "XRANGE " HW_STREAM_PREFIX "%d %ld + COUNT " LOOK_AT,
                               hw_event_shard(ev->endpoint_id),
                               (long)apr_time_as_msec(ev->received_at));
    for (size_t i = 0; rv == APR_SUCCESS && i < reply->elements && !*yes; i++)
        *yes = is_entry_of(reply->element[i], ev, c->p);
    return rv;
}

/* The rows of the request so far; *done when all its parts have one and none waits for a retry. */
static apr_status_t
look(hwc_t *c, hw_store_t *s, const hw_event_t *ev, hw_json_t **items, int *done)
{
    hw_history_filter_t f = {.request_id = ev->request_id, .from = ev->received_at,
                             .to = ev->received_at + 1, .limit = HWC_LIST_MAX, .full = 1};
    hw_json_t *page;
    int waiting;
    apr_status_t rv = is_waiting(c, ev, &waiting); /* before the rows are read: none comes behind */

    if (rv == APR_SUCCESS)
        rv = hw_store_history_list(s, &f, &page, c->res, c->p);
    if (rv != APR_SUCCESS)
        return rv;
    *items = hw_json_get(page, "items");
    *done = !waiting && json_object_array_length(*items) > 0;
    for (apr_size_t i = 0; i < json_object_array_length(*items); i++)
        if (strcmp(hw_json_get_string(json_object_array_get_idx(*items, i), "status"),
                   "retrying") == 0)
            *done = 0;
    return APR_SUCCESS;
}

static apr_status_t
wait_for(hwc_t *c, hw_store_t *s, const hw_event_t *ev, int seconds, hw_json_t *answer)
{
    apr_time_t until = apr_time_now() + apr_time_from_sec(seconds);
    hw_json_t *items = NULL;
    apr_status_t rv;
    int done = 0;

    for (;;) {
        if ((rv = look(c, s, ev, &items, &done)) != APR_SUCCESS)
            return rv;
        if (done || apr_time_now() >= until)
            break;
        apr_sleep(apr_time_from_msec(WAIT_STEP_MS));
    }
    hw_json_set(answer, "items", json_object_get(items));
    return APR_SUCCESS;
}

apr_status_t
hwc_endpoint_test(hwc_t *c)
{
    static const char *const names[] = {"payload", "headers", "wait_seconds", NULL};
    hw_json_t *body, *v;
    hw_enqueue_t e = {.version = NULL};
    hw_endpoint_row_t *row;
    hw_enqueued_t done;
    hw_event_t ev;
    hw_store_t *s;
    hw_queue_t *q;
    int seconds;
    apr_status_t rv;

    if ((rv = hwc_body_object(c, &body)) != APR_SUCCESS ||
        (rv = hwc_only_members(c, body, names)) != APR_SUCCESS ||
        (rv = int_member(c, body, "wait_seconds", WAIT_MAX, &seconds)) != APR_SUCCESS ||
        (rv = hwc_endpoint_find(c, c->params[0], 0, &s, &row)) != APR_SUCCESS ||
        (rv = sample_event(c, body, row, &ev)) != APR_SUCCESS ||
        (rv = hwc_queue(c, &q)) != APR_SUCCESS)
        return rv;
    e.event = &ev;
    if ((rv = hw_enqueue(q, &e, &done, c->res, c->p)) != APR_SUCCESS)
        return rv;
    if (done.what != HW_ENQ_STORED && done.what != HW_ENQ_UNPUBLISHED)
        return hwc_refuse(c, 503, "not-queued", "the sample was not queued; try again");
    v = hw_json_own(json_object_new_object(), c->p);
    hw_json_set_string(v, "status", "queued");
    hw_json_set_string(v, "request_id", ev.request_id);
    if ((rv = wait_for(c, s, &ev, seconds, v)) != APR_SUCCESS)
        return rv;
    return hwc_json(c, 202, json_object_get(v));
}
