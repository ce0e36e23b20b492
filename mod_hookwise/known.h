/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords a child has checked a moment ago: hashing one anew takes a CPU some hundredths of a
 * second, and browsers send it with every file of a page. */
#ifndef MHW_KNOWN_H
#define MHW_KNOWN_H

#include "common/hw.h"

#define MHW_KNOWN_SECONDS 60 /* a password counts as checked */

typedef struct mhw_known_t mhw_known_t;

apr_status_t mhw_known_make(mhw_known_t **out, apr_pool_t *pchild);

/* Both take what was checked together: name, password, and the stored hash it fitted, so that a
 * changed password is a new question; now is hw_clock_mono's. NULL for known: never known. Any
 * thread. */
int mhw_known(mhw_known_t *known, const char *name, const char *password, const char *hash,
              apr_time_t now);
void mhw_known_add(mhw_known_t *known, const char *name, const char *password, const char *hash,
                   apr_time_t now);

#endif
