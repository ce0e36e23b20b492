/* SPDX-License-Identifier: Apache-2.0 */
/* Heartbeat: an endpoint with timeout_alerts_enabled that is silent for timeout_hours has an event
 * of its own made (common/event.h), one for each further interval, and one when it is heard from
 * again. They go through the queue like any other, so tickets come and go by the same rules. */
#ifndef HWD_SILENCE_H
#define HWD_SILENCE_H

#include "hookwised/daemon.h"

/* One worker, about once a second. */
apr_status_t hwd_silence_look(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res);

#endif
