/* SPDX-License-Identifier: Apache-2.0 */
/* Destinations, each behind the same table of functions: driver_local.c keeps incidents in our own
 * database, driver_connectwise.c talks to ConnectWise Manage, driver_null.c does nothing.
 *
 * All functions give APR_SUCCESS or fail with the class of res telling what to do: temporary (try
 * again), unknown (it may have taken effect: look before trying again), permanent (refused, in the
 * far end's words). Results live in p. */
#ifndef HWD_DRIVER_H
#define HWD_DRIVER_H

#include "hookwised/rate.h"
#include "hookwised/daemon.h"

typedef struct hwd_dest_t hwd_dest_t;

/* Under which circumstances a driver is called. */
typedef struct {
    hwd_t *d;
    hwd_dest_t *dest;
    const hw_settings_t *settings;
    hw_store_t *store;   /* a connection the caller holds, or NULL */
    hwd_prio_e prio;
    int (*may_send)(void *baton); /* asked when a request that changes something is about to leave:
                                   * 0 = it must not; NULL = it may */
    void *baton;
    int *paid;           /* calls the rate limit has admitted beforehand; NULL = none */
    apr_time_t now;
} hwd_call_t;

/* The connection the caller holds, or a borrowed one; _done gives it back and passes rv on. */
hw_store_t *hwd_call_store(const hwd_call_t *c);
apr_status_t hwd_call_done(const hwd_call_t *c, hw_store_t *s, apr_status_t rv);

typedef struct {
    const char *id;
    const char *summary, *company, *xref; /* as the destination has them; NULL = none */
    const char *company_id;               /* its number, where it has one beside the name */
    int open;
    apr_time_t closed_at;                 /* 0 = open or not told */
} hwd_ticket_t;

typedef enum { HWD_NOTE_INTERNAL, HWD_NOTE_RESOLUTION } hwd_note_e;

typedef struct {
    hwd_note_e kind;
    const char *ref;     /* "[request/part]": also at the end of text */
    const char *text;
} hwd_note_t;

typedef enum {
    HWD_CHANGED,   /* the status is what was asked for, and was not before */
    HWD_WAS_SO,    /* it was (closed, open) already */
    HWD_GONE       /* there is no such ticket any more */
} hwd_change_e;

typedef struct {
    const char *name;
    int remote;    /* calls cross a network: rate limit, breaker, trust for VIABILITY_TTL */
    /* Are its settings complete? Permanent failure naming the setting. */
    apr_status_t (*check)(const hw_settings_t *settings, hw_result_t *res);
    /* Open tickets with the part's xref, or with exactly its summary and company: array of
     * hwd_ticket_t *, oldest first. The driver compares exactly. */
    apr_status_t (*search)(const hwd_call_t *c, const hw_part_t *part, apr_array_header_t **out,
                           hw_result_t *res, apr_pool_t *p);
    /* *out NULL: there is no such ticket (any more). The part says which status closes it. */
    apr_status_t (*get)(const hwd_call_t *c, const char *id, const hw_part_t *part,
                        hwd_ticket_t **out, hw_result_t *res, apr_pool_t *p);
    apr_status_t (*create)(const hwd_call_t *c, const hw_part_t *part, const char **id,
                           hw_result_t *res, apr_pool_t *p);
    /* *gone 1: no such ticket. */
    apr_status_t (*note)(const hwd_call_t *c, const char *id, const hwd_note_t *note, int *gone,
                         hw_result_t *res, apr_pool_t *p);
    /* The texts of a ticket's notes: array of const char *. */
    apr_status_t (*notes)(const hwd_call_t *c, const char *id, apr_array_header_t **out,
                          hw_result_t *res, apr_pool_t *p);
    apr_status_t (*close)(const hwd_call_t *c, const char *id, const hw_part_t *part,
                          hwd_change_e *how, hw_result_t *res, apr_pool_t *p);
    apr_status_t (*reopen)(const hwd_call_t *c, const char *id, const hw_part_t *part,
                           hwd_change_e *how, hw_result_t *res, apr_pool_t *p);
    /* Does it answer? */
    apr_status_t (*probe)(const hwd_call_t *c, hw_result_t *res, apr_pool_t *p);
    /* Lists for the GUI: what is "boards", "priorities", "companies", or with parent (a board id)
     * "statuses", "types", "subtypes", "items"; query narrows companies. "test": boards as they are
     * asked for now, out of no memory. Array of {id,name,…}. */
    apr_status_t (*catalogue)(const hwd_call_t *c, const char *what, const char *parent,
                              const char *query, hw_json_t **out, hw_result_t *res, apr_pool_t *p);
} hwd_driver_t;

extern const hwd_driver_t hwd_driver_local, hwd_driver_connectwise, hwd_driver_null;

#endif
