/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: the parts of one alert run in order, different alerts in parallel. A lane is held by one
 * worker at a time, waits out its retries without a thread, and is gone when it is empty. */
#ifndef HWD_LANE_H
#define HWD_LANE_H

#include "hookwised/item.h"

typedef struct hwd_lane_t hwd_lane_t;

typedef enum {
    HWD_WAIT_NONE,
    HWD_WAIT_RETRY, /* back-off of a temporary failure, a search's grace */
    HWD_WAIT_DEST,  /* its destination is down: hwd_lanes_wake ends it early */
    HWD_WAIT_RATE   /* calls are scarce: something more urgent in the lane ends it early */
} hwd_wait_e;

typedef struct {
    hwd_job_t *first, *last;
    int count;
} hwd_jobs_t;
void hwd_jobs_add(hwd_jobs_t *list, hwd_job_t *job);

apr_status_t hwd_lanes_make(hwd_t *d);
/* Puts a job at the end of its lane; the lane is made when there is none. key and dest are
 * copied. */
void hwd_lanes_add(hwd_lanes_t *l, const char *key, const char *dest, hwd_job_t *job);
/* Waits for a lane that is ready, the most urgent first, and takes up to max of its jobs, in
 * order. NULL when the daemon stops and nothing is ready any more. */
hwd_lane_t *hwd_lanes_take(hwd_lanes_t *l, int max, hwd_jobs_t *jobs);
/* The lane is given back. left: jobs not done, they come first again; wait and until say when. */
void hwd_lanes_give(hwd_lanes_t *l, hwd_lane_t *lane, hwd_jobs_t *left, hwd_wait_e wait,
                    apr_time_t until);
/* A destination is up again. */
void hwd_lanes_wake(hwd_lanes_t *l, const char *dest);
/* No waiting lane becomes ready any more: _take ends when the ready ones are through. */
void hwd_lanes_stop(hwd_lanes_t *l);
/* Tells lanes apart, well enough for a table: the same lane made again has the same. */
apr_uint32_t hwd_lane_hash(const hwd_lane_t *lane);
void hwd_lanes_count(hwd_lanes_t *l, int *ready, int *busy, int *waiting);

#endif
