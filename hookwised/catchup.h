/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance windows with catch_up: what opened inside one is looked at again at its end.
 *
 * A suppressed open leaves a row behind (table catch_up), a recovery of its alert takes the row
 * away. When the window has ended the request is put into the queue again, as a replay; it stands
 * behind everything its alert has met meanwhile, and acts only where the row is still there. */
#ifndef HWD_CATCHUP_H
#define HWD_CATCHUP_H

#include "hookwised/turn.h"

apr_status_t hwd_catchup_make(hwd_t *d);

/* A job's part, before anything else is decided: keeps the row, or takes it away. *over: it is a
 * replay of ours that is not wanted any more, this is why; else NULL. */
apr_status_t hwd_catchup_look(hwd_turn_t *t, hwd_step_t *s, const char **over);

/* Every worker, about once a second and when a shard has become its own: which endpoints have rows,
 * so that events of all others need no statement. */
apr_status_t hwd_catchup_refresh(hwd_t *d, hw_store_t *store, hw_result_t *res);
/* One worker: queues what is due. */
apr_status_t hwd_catchup_replay(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res);

#endif
