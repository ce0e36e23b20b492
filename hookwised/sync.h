/* SPDX-License-Identifier: Apache-2.0 */
/* What PSAs tell of their tickets. */
#ifndef HWD_SYNC_H
#define HWD_SYNC_H

#include "hookwised/turn.h"

/* A job of the destination "mirror": the mirror is brought up to date and, when the ticket is one
 * that alerts hold open, it is looked at. The job is recorded, or waits (t->wait is set). */
void hwd_sync(hwd_turn_t *t, hwd_step_t *s);

#endif
