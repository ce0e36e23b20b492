/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that makes a webhook durable, and may say so. */
#include "mod_hookwise/ingest.h"

#include <apr_strings.h>
#include <http_log.h>
#include <string.h>

#include "common/clock.h"
#include "common/crypto.h"
#include "mod_hookwise/headers.h"

APLOG_USE_MODULE(hookwise);

#define LONGEST_WHY 500 /* bytes kept of why a request was rejected */
#define REFUSED_HEADERS 8192 /* bytes of headers kept with a refused request; longer ones are not */

static void
fill_event(mhw_ingest_t *in, hw_event_t *ev)
{
    request_rec *r = in->r;

    if (in->headers_json == NULL)
        in->headers_json = mhw_headers_json(r->headers_in, in->ep->auth, r->pool);
    *ev = (hw_event_t){ .request_id = in->answer.request_id,
                        .endpoint_id = in->id,
                        .kind = "webhook",
                        .received_at = r->request_time,
                        .source_ip = in->shown.ip,
                        .method = r->method,
                        .query = in->event_query,
                        .headers_json = in->headers_json,
                        .body = in->body.data,
                        .body_len = in->body.len,
                        .auth_scheme = in->scheme,
                        .auth_version = in->ep->auth->credentials,
                        .rejected = in->rejected != NULL
                                        ? apr_pstrndup(r->pool, in->rejected, LONGEST_WHY)
                                        : "",
                        .replay_of = "",
                        .replay_by = "" };
}

/* Of the body, or of the query string where that is all there is. */
static const char *
digest(const mhw_ingest_t *in)
{
    apr_pool_t *p = in->r->pool;

    if (in->body.len == 0)
        return hw_sha256_hex(in->event_query, strlen(in->event_query), p);
    return hw_sha256_hex(in->body.data, in->body.len, p);
}

static void
fill_enqueue(mhw_ingest_t *in, const hw_event_t *ev, hw_enqueue_t *e)
{
    const hw_auth_t *auth = in->ep->auth;

    /* No config_name: answers are counted in one place, and the script takes a quarter less. */
    *e = (hw_enqueue_t){ .event = ev,
                         .version = auth->version,
                         .rate_per_minute = auth->rate_per_minute,
                         .dedup_window = auth->dedup_window,
                         .sender_id = mhw_sender_id(in->r->headers_in),
                         .queue_limit = mhw_queue_limit(in->sc) };
    if (auth->dedup_window > 0)
        e->body_sha256 = digest(in);
}

/* What the script said, as the outcome of this request. */
static mhw_outcome_e
outcome_of(mhw_ingest_t *in, const hw_enqueued_t *said)
{
    switch (said->what) {
    case HW_ENQ_STORED:
    case HW_ENQ_UNPUBLISHED:
    case HW_ENQ_CAPPED:
        return in->rejected != NULL ? MHW_UNREADABLE : MHW_STORED;
    case HW_ENQ_DUPLICATE:
        in->answer.request_id = said->first;
        return MHW_DUPLICATE;
    case HW_ENQ_STALE:
        return mhw_endpoint_replace(in, said->record);
    case HW_ENQ_GONE:
        mhw_cache_drop(in->backend->cache, in->id);
        return MHW_NOT_FOUND;
    case HW_ENQ_RATE:
        in->answer.retry_after = said->retry_after;
        return MHW_RATE_LIMITED;
    case HW_ENQ_FULL:
        return MHW_FULL;
    }
    return MHW_UNAVAILABLE;
}

/* One round trip to Redis. That it gives no answer is in the log once, not for each webhook. */
static apr_status_t
to_redis(mhw_ingest_t *in, const hw_enqueue_t *e, hw_enqueued_t *said)
{
    apr_pool_t *p = in->r->pool;
    apr_status_t rv = mhw_io_enqueue(in->backend->io, e, said, in->res, p);

    if (rv != APR_SUCCESS && !APR_STATUS_IS_TIMEUP(rv))
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, in->r, "Redis does not take a webhook: %s",
                      hw_result_text(in->res, p));
    return rv;
}

/* Redis may have taken it and only the answer is missing: it is the same request id then. */
static mhw_outcome_e
to_spool(mhw_ingest_t *in, const hw_enqueue_t *e)
{
    hw_result_t *res = in->res;

    if (in->backend->spool == NULL)
        return MHW_UNAVAILABLE;
    hw_result_reset(res);
    if (mhw_spool_store(in->backend->spool, e, res, in->r->pool) != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, in->r, "a webhook cannot be spooled: %s",
                      hw_result_text(res, in->r->pool));
        return MHW_UNAVAILABLE;
    }
    in->answer.spooled = 1;
    return in->rejected != NULL ? MHW_UNREADABLE : MHW_STORED;
}

mhw_outcome_e
mhw_store(mhw_ingest_t *in)
{
    hw_enqueued_t said;
    hw_enqueue_t e;
    hw_event_t ev;

    fill_event(in, &ev);
    fill_enqueue(in, &ev, &e);
    if (in->backend->spool != NULL && mhw_spool_first(in->backend->spool))
        return to_spool(in, &e);
    if (to_redis(in, &e, &said) != APR_SUCCESS)
        return to_spool(in, &e);
    return outcome_of(in, &said);
}

/* Each child asks Redis for no more than the cap, so that a flood costs nothing. Never in the
 * spool: what is not promised to anybody takes no place from what is. */
void
mhw_store_refused(mhw_ingest_t *in)
{
    apr_pool_t *p = in->r->pool;
    apr_time_t now = hw_clock_mono();
    hw_enqueued_t said;
    const char *place;
    hw_enqueue_t e;
    hw_event_t ev;

    if (in->ep == NULL || in->refused == NULL)
        return;
    place = apr_pstrcat(p, "refused at ", in->id, NULL);
    if (hw_throttle_wait(in->backend->throttle, place, HW_REFUSED_PER_MINUTE, now) ||
        (in->backend->spool != NULL && mhw_spool_first(in->backend->spool)))
        return;
    hw_throttle_failed(in->backend->throttle, place, now);
    in->event_query = hw_auth_public_query(in->ep->auth, in->query->rest, p);
    in->rejected = in->refused;
    fill_event(in, &ev);
    ev.refused = 1;
    ev.body = "";
    ev.body_len = 0;
    ev.auth_scheme = "none";
    if (strlen(ev.headers_json) > REFUSED_HEADERS)
        ev.headers_json = "{}";
    e = (hw_enqueue_t){ .event = &ev, .version = in->ep->auth->version,
                        .queue_limit = mhw_queue_limit(in->sc) };
    mhw_io_enqueue(in->backend->io, &e, &said, in->res, p); /* and if not, then not */
}
