/* SPDX-License-Identifier: Apache-2.0 */
/* Destinations at work: driver, rate limit and breaker of each. */
#ifndef HWD_DEST_H
#define HWD_DEST_H

#include "hookwised/driver.h"

struct hwd_dest_t {
    const char *name;
    const hwd_driver_t *driver;
    void *state;               /* the driver's own (catalogue cache) */
    pthread_mutex_t lock;      /* over what follows */
    hwd_rate_t rate;
    hwd_breaker_t breaker;
    char detail[256];          /* of the last failure */
    apr_time_t limited_until;  /* the far end asked for patience */
    int locked_out;            /* the far end refused our credentials, and nothing else since */
};

apr_status_t hwd_dests_make(hwd_t *d);
hwd_dest_t *hwd_dest_find(hwd_dests_t *dests, const char *name); /* NULL = unknown */

/* So many hookwised live, this one included: they share each destination's limit. */
void hwd_dests_share(hwd_t *d, int workers);

typedef enum { HWD_ADMITTED, HWD_ADMIT_DOWN, HWD_ADMIT_RATE } hwd_admit_e;
/* May work that needs about cost calls begin? If not, when to ask again. */
hwd_admit_e hwd_dest_admit(hwd_dest_t *dest, hwd_prio_e prio, int cost, apr_time_t now,
                           apr_time_t *again);
/* A remote driver says so for each request it sends: it is one of those admitted, or counts now.
 * What was admitted and not needed is given back. */
void hwd_dest_pay(const hwd_call_t *c);
void hwd_dest_refund(hwd_dest_t *dest, int calls);
/* Every call's outcome: feeds breaker, pauses and rate. */
void hwd_dest_report(hwd_t *d, hwd_dest_t *dest, apr_status_t rv, const hw_result_t *res);
int hwd_dest_down(hwd_dest_t *dest, apr_time_t *probe_at);
/* Asks destinations that are down and due; wakes their lanes when they answer. */
void hwd_dests_probe(hwd_t *d);
/* {"local":{"status":"up"}, …}: those in use. */
hw_json_t *hwd_dests_json(hwd_dests_t *dests, apr_pool_t *p);

/* After every call of a driver: counts, times and reports it; gives rv back. type is the label of
 * the metric ("create"). */
apr_status_t hwd_dest_called(const hwd_call_t *c, const char *type, apr_time_t began,
                             apr_status_t rv, const hw_result_t *res);

#endif
