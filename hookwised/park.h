/* SPDX-License-Identifier: Apache-2.0 */
/* Events that wait for a destination which is down take half of the room for events in flight at
 * most. What is beyond stays pending in Redis, so that other destinations go on. For the consumer's
 * thread only. */
#ifndef HWD_PARK_H
#define HWD_PARK_H

#include "hookwised/config.h"

/* 1: leave this event pending. Once begun, all events of the destination in that shard stay, so
 * that they keep their order. */
int hwd_park(hwd_t *d, const hw_event_t *ev, const hwd_config_t *cfg);
/* Shards whose destination is up again are to be gone through from the start. */
void hwd_unpark(hwd_t *d);

#endif
