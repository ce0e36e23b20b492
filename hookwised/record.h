/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to history: workers hand over what became of events; one thread commits it in
 * groups, then acknowledges the stream entries, then tells the live feed. */
#ifndef HWD_RECORD_H
#define HWD_RECORD_H

#include "hookwised/item.h"

/* What one lane's turn came to. It is recorded as a whole or not at all. */
typedef struct hwd_unit_t {
    const hwd_t *d;
    apr_pool_t *p;              /* owns the rows; goes when they are recorded */
    apr_array_header_t *rows;   /* of hw_history_t * */
    apr_array_header_t *raws;   /* of hw_raw_t *; the events belong to items that are not done */
    apr_array_header_t *done;   /* of hwd_item_t *, once for each part that is through */
    apr_size_t bytes;           /* of the rows, about */
    apr_uint64_t number;        /* of its place among all units; set by the recorder */
    struct hwd_unit_t *next;
} hwd_unit_t;

hwd_unit_t *hwd_unit_make(const hwd_t *d);
void hwd_unit_free(hwd_unit_t *u);

/* The history row of a part (part NULL: the event as a whole), in the unit's pool; the item is
 * held. It counts when it is added, with its outcome filled in. */
hw_history_t *hwd_row_make(hwd_unit_t *u, hwd_item_t *it, const hw_part_t *part);
/* The same row in another unit's pool. */
hw_history_t *hwd_row_copy(hwd_unit_t *u, const hw_history_t *row);
/* error may be NULL; texts are copied. */
void hwd_unit_add(hwd_unit_t *u, hwd_item_t *it, hw_history_t *row, const char *status,
                  const char *error);
/* The part is through; without a row when history knows it already. */
void hwd_unit_done(hwd_unit_t *u, hwd_item_t *it);

apr_status_t hwd_recorder_make(hwd_t *d, hw_result_t *res);
apr_status_t hwd_recorder_start(hwd_t *d);
/* Takes the unit over; lane is the hash of its lane. Waits while too much is waiting to be
 * recorded. */
void hwd_recorder_give(hwd_recorder_t *r, apr_uint32_t lane, hwd_unit_t *u);
/* Waits until all that was given of the lane is committed. Temporary "database-behind" when that
 * takes too long. */
apr_status_t hwd_recorder_settled(hwd_recorder_t *r, apr_uint32_t lane, hw_result_t *res);
/* Records what there is, for at most that long, and ends the thread. */
void hwd_recorder_stop(hwd_recorder_t *r, apr_time_t deadline);

#endif
