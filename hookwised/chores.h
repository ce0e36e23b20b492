/* SPDX-License-Identifier: Apache-2.0 */
/* Work that comes with time, not with events: ends of maintenance windows, silent endpoints, the
 * health of endpoints. Of
 * several workers one does it, whichever has the lock. */
#ifndef HWD_CHORES_H
#define HWD_CHORES_H

#include "hookwised/daemon.h"

typedef struct hwd_chores_t hwd_chores_t;
apr_status_t hwd_chores_start(hwd_t *d, hwd_chores_t **out, hw_result_t *res);
void hwd_chores_join(hwd_chores_t *c);

#endif
