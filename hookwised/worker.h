/* SPDX-License-Identifier: Apache-2.0 */
/* The worker threads: the one place that knows the order of stages. */
#ifndef HWD_WORKER_H
#define HWD_WORKER_H

#include "hookwised/daemon.h"

typedef struct hwd_workers_t hwd_workers_t;
apr_status_t hwd_workers_start(hwd_t *d, int n, hwd_workers_t **out, hw_result_t *res);
/* Waits until all have ended, or the deadline: 0 = some are still at it. */
int hwd_workers_join(hwd_workers_t *w, apr_time_t deadline);

#endif
