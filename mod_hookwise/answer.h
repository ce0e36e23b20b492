/* SPDX-License-Identifier: Apache-2.0 */
/* What a webhook can come to, and the answer to each: one row for one outcome. */
#ifndef MHW_ANSWER_H
#define MHW_ANSWER_H

#include <httpd.h>

typedef enum {
    MHW_GO_ON,         /* nothing decided yet */
    MHW_STORED,
    MHW_DUPLICATE,
    MHW_UNREADABLE,    /* stored as rejected, or counted only */
    MHW_UNAUTHORIZED,
    MHW_THROTTLED,     /* unauthorized, from an address where much was */
    MHW_ADDRESS,
    MHW_DISABLED,
    MHW_NOT_FOUND,
    MHW_METHOD,
    MHW_TOO_LARGE,
    MHW_RATE_LIMITED,
    MHW_FULL,          /* the queue limit */
    MHW_UNAVAILABLE,   /* cannot be stored, or not be checked */
    MHW_BROKEN_OFF,    /* the body did not arrive: the connection ended or was too slow */
    MHW_OUTCOMES
} mhw_outcome_e;

typedef struct {
    const char *request_id;
    int success_code;       /* of the endpoint, for MHW_STORED and MHW_DUPLICATE */
    int status;             /* HTTP status instead of the row's, 0 = the row's */
    const char *detail;     /* said instead of the row's sentence, NULL = none */
    int retry_after;        /* seconds, over the row's; 0 = the row's */
    int spooled;            /* it is durable in the spool, not in Redis */
} mhw_answer_t;

/* The series of hookwise_webhooks_received_total, for an endpoint of that name. */
const char *mhw_outcome_series(mhw_outcome_e outcome, const char *name, apr_pool_t *p);
/* The HTTP status the answer will have. */
int mhw_outcome_status(mhw_outcome_e outcome, const mhw_answer_t *a);
/* The row's sentence. */
const char *mhw_outcome_message(mhw_outcome_e outcome);

/* Writes status line, headers and JSON; gives what the handler returns. */
int mhw_answer(request_rec *r, mhw_outcome_e outcome, const mhw_answer_t *a);
/* A JSON document (health). */
int mhw_answer_json(request_rec *r, int status, const char *json);
/* 405 with Allow for anything but GET and HEAD, as JSON; 0 = go on. */
int mhw_refuse_method(request_rec *r);

#endif
