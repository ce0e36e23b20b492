/* SPDX-License-Identifier: Apache-2.0 */
/* Pure bookkeeping of a destination: how often it may be called, and whether it seems to be up.
 * The clock is a parameter; the caller holds the lock. */
#ifndef HWD_RATE_H
#define HWD_RATE_H

#include "common/hw.h"

/* Who goes first when calls are scarce. */
typedef enum { HWD_PRIO_RECOVERY, HWD_PRIO_CREATE, HWD_PRIO_NOTE, HWD_PRIO_COUNT } hwd_prio_e;

/* A token bucket: a fifteenth of the minute's tokens is kept, the others flow in evenly, so that no
 * minute sees more than the limit. Notes leave the last fifth of what is kept to creates, creates
 * the last tenth to recoveries. Work that needs more calls than are kept begins with a full bucket,
 * which then goes below zero. */
typedef struct {
    int per_minute;                     /* of all hookwised together; 0 = no limit */
    int workers;                        /* among whom it is shared out */
    double per_second, capacity, tokens;
    apr_time_t filled_at;
    apr_time_t paused_until;            /* the far end said Retry-After */
    apr_time_t slot[HWD_PRIO_COUNT];    /* when the last one sent away may come again */
} hwd_rate_t;

void hwd_rate_init(hwd_rate_t *r, int per_minute, apr_time_t now); /* 0 = no limit */
/* So many hookwised live: ours is one part of the limit. Who finds others at work when it begins
 * starts with an empty bucket. 1 when that changed something. */
int hwd_rate_share(hwd_rate_t *r, int workers, apr_time_t now);
/* 1 and the tokens are taken, or 0 and *again says when to ask again: callers sent away get
 * different times, one after the other at the bucket's pace. */
int hwd_rate_take(hwd_rate_t *r, hwd_prio_e prio, int cost, apr_time_t now, apr_time_t *again);
/* Tokens for a call that has to be made now: the bucket may go below zero. Negative: given back. */
void hwd_rate_charge(hwd_rate_t *r, int cost, apr_time_t now);
void hwd_rate_pause(hwd_rate_t *r, apr_time_t until);

/* Breaker: HWD_BREAKER_FAILS temporary failures in a row open it; while it is open nobody calls
 * but the probe; a probe that succeeds, or any success, closes it. */
#define HWD_BREAKER_FAILS 5
#define HWD_PROBE_FIRST_MS 1000  /* from opening to the first probe; doubles with each failure */
#define HWD_PROBE_MAX_MS 30000

typedef struct {
    int fails;              /* temporary failures in a row */
    int open;
    int probes;             /* failed probes since it opened */
    apr_time_t probe_at;    /* when open: next probe */
    apr_time_t opened_at;
} hwd_breaker_t;

/* Both give 1 when the breaker changed its state. */
int hwd_breaker_ok(hwd_breaker_t *b);
int hwd_breaker_fail(hwd_breaker_t *b, apr_time_t now);
void hwd_breaker_probe_failed(hwd_breaker_t *b, apr_time_t now);

/* Wait before retry number n (1 …): full jitter over base · 2^(n−1), bounded; random in [0, 1). */
apr_interval_time_t hwd_backoff(int n, long base_ms, double random);

#endif
