/* SPDX-License-Identifier: Apache-2.0 */
/* Works off what was asked to be replayed. */
#include "hookwised/replays.h"

#include <apr_strings.h>
#include <string.h>

#include "common/crypto.h"
#include "common/store_work.h"
#include "hookwised/item.h"

#define AT_ONCE 200 /* rows of a round: other chores wait no longer than that takes */

typedef struct {
    hw_store_t *store;
    hw_queue_t *q;
    hw_replay_t *job;
    const char *error; /* why the last one failed */
    hw_result_t *res;
    apr_pool_t *p;     /* of the round */
} round_t;

/* The same job and request always come to the same event. */
static apr_status_t
queue_one(round_t *r, const char *id, const char *request, apr_pool_t *p)
{
    hw_replay_t *job = r->job;
    hw_replay_of_t how = {
        .of = id, .by = job->by,
        .request_id = hw_uuid_of(apr_psprintf(p, "replay %s %s", job->id, request), p),
        .at = job->created_at + job->queued + job->failed,
        .tell = job->tell,
    };

    return hw_store_history_replay(r->store, r->q, &how, r->res, p);
}

/* One that cannot be replayed is counted; what is but temporary ends the round, which is repeated. */
static apr_status_t
take_row(round_t *r, const hw_json_t *row, apr_pool_t *p)
{
    const char *request = hw_json_get_string(row, "request_id");
    apr_status_t rv;

    if (r->job->last_request != NULL && strcmp(r->job->last_request, request) == 0)
        return APR_SUCCESS; /* another part of it */
    rv = queue_one(r, hw_json_text(hw_json_get(row, "id"), p), request, p);
    if (rv != APR_SUCCESS && r->res->cls == HW_TEMPORARY)
        return rv;
    if (rv == APR_SUCCESS) {
        r->job->queued++;
    } else {
        r->job->failed++;
        r->error = apr_pstrdup(r->p, hw_result_text(r->res, p));
        hw_result_reset(r->res);
    }
    r->job->last_request = apr_pstrdup(r->p, request);
    return APR_SUCCESS;
}

static apr_status_t
work(hwd_t *d, round_t *r)
{
    apr_pool_t *p = hwd_pool_get(d->pools);
    hw_json_t *page, *rows;
    apr_status_t rv;

    r->job->filter.limit = AT_ONCE;
    rv = hw_store_history_list(r->store, &r->job->filter, &page, r->res, r->p);
    rows = rv == APR_SUCCESS ? hw_json_get(page, "items") : NULL;
    for (apr_size_t i = 0; rv == APR_SUCCESS && i < json_object_array_length(rows); i++) {
        apr_pool_clear(p);
        rv = take_row(r, json_object_array_get_idx(rows, i), p);
    }
    hwd_pool_put(d->pools, p);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_replay_progress(r->store, r->job, hw_json_get_string(page, "next"), r->error,
                                    r->res, r->p);
}

apr_status_t
hwd_replays_work(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res)
{
    apr_pool_t *p = hwd_pool();
    round_t r = { .store = store, .q = q, .res = res, .p = p };
    apr_status_t rv = hw_store_replay_next(store, &r.job, res, p);

    /* What senders post goes first. */
    if (rv == APR_SUCCESS && r.job != NULL && hwd_items_room(d->items, 0))
        rv = work(d, &r);
    apr_pool_destroy(p);
    return rv;
}
