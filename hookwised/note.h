/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of notes, pure. Each ends with a reference by which a repeated event finds out that
 * its note has been written already. */
#ifndef HWD_NOTE_H
#define HWD_NOTE_H

#include "common/event.h"

/* The events one note speaks for: first and last in the order of their lane. */
typedef struct {
    int count;
    const char *first_ref, *first_entry; /* "[request/part]", stream entry id */
    const char *last_entry;
    int first_part, last_part;
    apr_time_t first_at, last_at;
} hwd_span_t;

const char *hwd_note_ref(const hw_event_t *ev, int part, apr_pool_t *p);
/* said: what the last event says. One event: said and "[request/part]"; several: also their count
 * and times, and "[request/part] to entry/part" of the last. */
const char *hwd_note_text(const char *said, const hwd_span_t *span, apr_pool_t *p);
/* Does a note of ours speak for the event of that reference, stream entry and part? A merged one
 * does for all between its first and its last: inside a lane events keep the stream's order. */
int hwd_note_covers(const char *text, const char *ref, const char *entry, int part);

#endif
