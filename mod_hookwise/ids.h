/* SPDX-License-Identifier: Apache-2.0 */
/* Request ids of a child. Asking the crypto library for sixteen random bytes costs as much as reading a
 * request; asking it for many at once costs little more. */
#ifndef MHW_IDS_H
#define MHW_IDS_H

#include "common/hw.h"

typedef struct mhw_ids_t mhw_ids_t;

apr_status_t mhw_ids_make(mhw_ids_t **out, apr_pool_t *pchild);

/* A random UUID, as hw_uuid gives. ids NULL: from the crypto library. Any thread. */
const char *mhw_ids_next(mhw_ids_t *ids, apr_pool_t *p);

#endif
