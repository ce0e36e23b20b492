/* SPDX-License-Identifier: Apache-2.0 */
/* One webhook on its way from the request to the queue. */
#ifndef MHW_INGEST_H
#define MHW_INGEST_H

#include "common/event.h"
#include "mod_hookwise/answer.h"
#include "mod_hookwise/backend.h"
#include "mod_hookwise/body.h"
#include "mod_hookwise/query.h"

/* All of it belongs to the request's pool and thread. */
typedef struct {
    request_rec *r;
    const mhw_server_t *sc;
    mhw_backend_t *backend;
    const char *id;            /* endpoint id, from the path */
    const mhw_query_t *query;
    const mhw_endpoint_t *ep;  /* the record in use */
    int fresh;                 /* Redis confirmed that record during this request */
    mhw_body_t body;
    const char *packed;        /* Content-Encoding as it was sent; NULL = none */
    hw_auth_request_t shown;   /* what the sender shows for itself */
    const char *scheme;        /* how it got in */
    const char *rejected;      /* why the body cannot be used, NULL = it can */
    const char *refused;       /* what history says of a refusal, NULL = nothing */
    const char *headers_json;  /* made when first needed */
    const char *event_query;   /* what of the query string goes with the event */
    mhw_answer_t answer;
    hw_result_t *res;          /* of the last failure */
} mhw_ingest_t;

/* The handler "hookwise-webhook". */
int mhw_ingest_handler(request_rec *r);

/* Its steps, for addresses that find the endpoint in another way. _begin leaves in->id NULL. */
mhw_ingest_t *mhw_ingest_begin(request_rec *r);
/* May the request post to in->id? MHW_GO_ON, or why not; nothing is stored. */
mhw_outcome_e mhw_ingest_check(mhw_ingest_t *in);
/* The same, and stored. */
mhw_outcome_e mhw_ingest_take(mhw_ingest_t *in);
/* Wrong credentials count for the sender's address: MHW_UNAUTHORIZED or MHW_THROTTLED. */
mhw_outcome_e mhw_ingest_unauthorized(mhw_ingest_t *in);
int mhw_ingest_finish(mhw_ingest_t *in, mhw_outcome_e outcome);

/* --- endpoint.c: which record to check against --------------------------------------------------- */

/* Sets in->ep, from the cache or from Redis. MHW_GO_ON, MHW_NOT_FOUND or MHW_UNAVAILABLE. */
mhw_outcome_e mhw_endpoint_find(mhw_ingest_t *in);
/* Before a request is refused: is the record still the one in force? 1 when the request must be
 * looked at again, with another record or because the endpoint is gone (the outcome says). */
int mhw_endpoint_changed(mhw_ingest_t *in, mhw_outcome_e *outcome);
/* The enqueue said that record is in force now. */
mhw_outcome_e mhw_endpoint_replace(mhw_ingest_t *in, const char *record);

/* --- store.c: making it durable --------------------------------------------------------------------- */

/* Stores the checked request. MHW_GO_ON: it was checked against a record that is no longer in
 * force; in->ep is the new one, check again. */
mhw_outcome_e mhw_store(mhw_ingest_t *in);
/* History hears of a request that is refused by in->ep's record, without its body: some of each
 * minute, when Redis takes it at once. */
void mhw_store_refused(mhw_ingest_t *in);

#endif
