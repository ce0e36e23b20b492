/* SPDX-License-Identifier: Apache-2.0 */
/* Do the names an endpoint uses (board, statuses, type, priority, …) exist in its PSA? Somebody who
 * renames a board there hears of it before the next alert fails. */
#ifndef HWD_HEALTH_H
#define HWD_HEALTH_H

#include "hookwised/daemon.h"

/* One worker, about once a second: checks endpoints that were saved, and all of them by and by. */
apr_status_t hwd_health_look(hwd_t *d, hw_store_t *store, hw_queue_t *q, hw_result_t *res);

#endif
