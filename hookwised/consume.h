/* SPDX-License-Identifier: Apache-2.0 */
/* The consumer's thread: leases, reading, planning, lanes; and the heartbeat. */
#ifndef HWD_CONSUME_H
#define HWD_CONSUME_H

#include "hookwised/daemon.h"

typedef struct hwd_consumer_t hwd_consumer_t;
apr_status_t hwd_consumer_start(hwd_t *d, hwd_consumer_t **out, hw_result_t *res);
/* After d->stopping is set: waits until nothing more is read. */
void hwd_consumer_join(hwd_consumer_t *c);
/* Leases given back, heartbeat taken away: others may go on at once. */
void hwd_consumer_leave(hwd_consumer_t *c);

#endif
