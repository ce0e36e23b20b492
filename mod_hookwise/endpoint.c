/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the record of an endpoint: cache, Redis, and whether the cached one still holds. */
#include "mod_hookwise/ingest.h"

#include <apr_strings.h>
#include <http_log.h>
#include <string.h>

APLOG_USE_MODULE(hookwise);

typedef enum { FOUND, GONE, UNPUBLISHED, NO_ANSWER } lookup_e;

static lookup_e
no_answer(mhw_ingest_t *in, const redisReply *reply)
{
    if (reply != NULL && reply->type == REDIS_REPLY_ERROR)
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, in->r, "looking up an endpoint: %s", reply->str);
    return NO_ANSWER;
}

/* Asks Redis for the record. Unknown ids are not remembered: whoever guesses them costs Redis two
 * look-ups, a quarter of a webhook and nothing on the disk, and an endpoint that was just made is there for
 * the next webhook. */
static lookup_e
look_up(mhw_ingest_t *in, const char **record)
{
    const char *get[] = { "HGET", "hw:ep", in->id }, *exists[] = { "EXISTS", "hw:cfg" };
    apr_pool_t *p = in->r->pool;
    redisReply *reply;

    if (mhw_io_call(in->backend->io, 3, get, NULL, &reply, in->res, p) != APR_SUCCESS ||
        reply->type == REDIS_REPLY_ERROR)
        return no_answer(in, reply);
    if (reply->type == REDIS_REPLY_STRING) {
        *record = reply->str;
        return FOUND;
    }
    if (mhw_io_call(in->backend->io, 2, exists, NULL, &reply, in->res, p) != APR_SUCCESS ||
        reply->type == REDIS_REPLY_ERROR)
        return no_answer(in, reply);
    return reply->type == REDIS_REPLY_INTEGER && reply->integer == 1 ? GONE : UNPUBLISHED;
}

mhw_outcome_e
mhw_endpoint_replace(mhw_ingest_t *in, const char *record)
{
    if (mhw_cache_put(in->backend->cache, in->id, record, &in->ep, in->res, in->r->pool) !=
        APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, in->r, "the record of endpoint %s: %s", in->id,
                      hw_result_text(in->res, in->r->pool));
        return MHW_UNAVAILABLE;
    }
    in->fresh = 1;
    return MHW_GO_ON;
}

/* Redis cannot say: the records another child has left on disk may. */
static mhw_outcome_e
find_on_disk(mhw_ingest_t *in)
{
    apr_pool_t *ptemp;

    if (in->backend->spool == NULL)
        return MHW_UNAVAILABLE;
    apr_pool_create(&ptemp, in->r->pool);
    if (mhw_records_load(in->backend->records, ptemp))
        in->ep = mhw_cache_get(in->backend->cache, in->id, in->r->pool);
    apr_pool_destroy(ptemp);
    return in->ep != NULL ? MHW_GO_ON : MHW_UNAVAILABLE;
}

mhw_outcome_e
mhw_endpoint_find(mhw_ingest_t *in)
{
    const char *record = NULL;

    if (in->ep != NULL)
        return MHW_GO_ON;
    in->ep = mhw_cache_get(in->backend->cache, in->id, in->r->pool);
    if (in->ep != NULL)
        return MHW_GO_ON;
    switch (look_up(in, &record)) {
    case FOUND:
        return mhw_endpoint_replace(in, record);
    case GONE:
        return MHW_NOT_FOUND;
    case UNPUBLISHED: /* after a flush, until a worker publishes again */
        in->answer.detail = "No configuration is published";
        return find_on_disk(in);
    default:
        return find_on_disk(in);
    }
}

int
mhw_endpoint_changed(mhw_ingest_t *in, mhw_outcome_e *outcome)
{
    const char *record = NULL;

    if (in->fresh || in->ep == NULL)
        return 0;
    switch (look_up(in, &record)) {
    case FOUND:
        in->fresh = 1;
        if (strcmp(record, in->ep->record) == 0)
            return 0;
        *outcome = mhw_endpoint_replace(in, record);
        return *outcome == MHW_GO_ON;
    case GONE:
        mhw_cache_drop(in->backend->cache, in->id);
        *outcome = MHW_NOT_FOUND;
        return 0;
    default: /* Redis cannot say: the last record known decides */
        return 0;
    }
}
