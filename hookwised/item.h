/* SPDX-License-Identifier: Apache-2.0 */
/* Events in flight: read from Redis and not yet recorded and acknowledged. */
#ifndef HWD_ITEM_H
#define HWD_ITEM_H

#include "hookwised/config.h"
#include "hookwised/rate.h"

typedef struct hwd_item_t hwd_item_t;

/* Events recorded before a job that left their note to it: a burst becomes one note. */
typedef struct {
    int count;
    char *ref, *entry;       /* of the first of them; malloc'd */
    int part;
    apr_time_t at;           /* when the first of them was received */
} hwd_before_t;

/* One part of an event on its way through a lane. It lies in its item. */
typedef struct hwd_job_t {
    hwd_item_t *item;
    struct hwd_job_t *next;  /* in a lane */
    int part;                /* index into the plan's parts */
    hwd_prio_e prio;         /* by the part's kind */
    int retries;             /* temporary failures met */
    int tried;               /* an attempt failed: part of it may have taken effect */
    int told;                /* history says "retrying" */
    apr_time_t sure_at;      /* a ticket of it may exist: from then on "not found" is believed; 0 =
                              * there is no doubt */
    apr_time_t blocked_at;   /* since when another hookwised holds its ticket's locks; 0 = not */
    int blocked_told;        /* history says so */
    hwd_before_t before;     /* recorded events whose note it will carry */
} hwd_job_t;

/* Why an event is recorded without being planned. */
typedef struct {
    const char *status;  /* history status; NULL = planned as usual */
    const char *text;
} hwd_only_t;

struct hwd_item_t {
    hw_event_t ev;       /* its strings lie behind this struct */
    hwd_config_t *cfg;   /* what it was planned with; held */
    const hwd_endpoint_t *endpoint; /* NULL = unknown */
    apr_time_t planned_at;
    unsigned epoch;      /* of its shard's lease when it was read */
    int check;           /* it may have been handled before: history is asked first */
    hwd_only_t only;
    apr_size_t bytes;
    hwd_job_t *jobs;
    int njobs;
    atomic_int left;     /* parts not yet recorded */
    atomic_int raw_done; /* the sealed request is on its way to the database */
    pthread_mutex_t lock; /* over what follows */
    apr_pool_t *pool;    /* of the plan; NULL = not planned now */
    hw_plan_t *plan;
    const char *payload, *headers; /* masked, in pool; NULL = not yet made */
    int users;
    hwd_item_t *link;    /* registry */
    char **also;         /* entry ids of copies of the same request; registry's lock */
    int nalso;
};

apr_status_t hwd_items_make(hwd_t *d);

/* A request that history knows: should it come again, it is asked. */
void hwd_items_remember(hwd_items_t *items, const char *request_id);
/* Takes a copy of ev. NULL when the request is in flight already: its copy is acknowledged
 * together with it. */
hwd_item_t *hwd_item_make(hwd_items_t *items, const hw_event_t *ev, hwd_config_t *cfg,
                          unsigned epoch);
/* Makes the jobs; from now on the item counts as in flight. */
void hwd_item_begin(hwd_items_t *items, hwd_item_t *it, int njobs);
/* One part is recorded (or given up to another worker process): 1 when it was the last. */
int hwd_item_part_done(hwd_item_t *it);
/* After the last part: out of the registry, memory freed. */
void hwd_item_free(hwd_items_t *items, hwd_item_t *it);
/* Entry ids to acknowledge for it, its copies included; strings belong to the item. */
void hwd_item_entries(hwd_items_t *items, hwd_item_t *it, apr_array_header_t *ids);

/* The plan, made when it is not there; it stays at least until _release. The same arguments give
 * the same plan, so memory is kept for plans only while there is plenty. */
apr_status_t hwd_item_hold(hwd_items_t *items, hwd_item_t *it, hw_plan_t **plan, hw_result_t *res);
void hwd_item_release(hwd_items_t *items, hwd_item_t *it, int keep);
/* The masked payload and headers for history; valid while held. */
void hwd_item_texts(hwd_items_t *items, hwd_item_t *it, const char **payload, const char **headers);

/* In flight now. _room waits until there is room for more, at most timeout_ms; 0 = no room. */
typedef struct {
    int jobs, items;
    apr_size_t bytes;
} hwd_load_t;
void hwd_items_load(hwd_items_t *items, hwd_load_t *out);
int hwd_items_room(hwd_items_t *items, int timeout_ms);

#endif
