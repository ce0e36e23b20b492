/* SPDX-License-Identifier: Apache-2.0 */
/* All periodic work on the database: configuration, publishing, partitions, retention. */
#ifndef HWD_JANITOR_H
#define HWD_JANITOR_H

#include "hookwised/daemon.h"

typedef struct hwd_janitor_t hwd_janitor_t;
apr_status_t hwd_janitor_start(hwd_t *d, hwd_janitor_t **out, hw_result_t *res);
void hwd_janitor_join(hwd_janitor_t *j);

#endif
