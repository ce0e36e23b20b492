/* SPDX-License-Identifier: Apache-2.0 */
/* Replays of all that a filter leaves, some hundred requests at a time. A request that is put into the
 * queue twice, because somebody died in between, has the same id and time both times, and is
 * recorded once. */
#ifndef HWD_REPLAYS_H
#define HWD_REPLAYS_H

#include "hookwised/daemon.h"

/* One worker, about once a second. */
apr_status_t hwd_replays_work(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res);

#endif
