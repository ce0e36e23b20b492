/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint records a child has parsed: id → record, replaced when the enqueue says it is stale. */
#ifndef MHW_CACHE_H
#define MHW_CACHE_H

#include "common/auth.h"
#include "common/result.h"

typedef struct mhw_cache_t mhw_cache_t;

/* Read-only, and there as long as somebody holds it. */
typedef struct {
    const char *id;
    const char *record; /* its text: equal text, equal record */
    hw_auth_t *auth;
    const char *stored_series; /* counts its stored webhooks: the one made for each of them */
} mhw_endpoint_t;

/* ring is kept, not copied; NULL = records with secrets cannot be read. */
apr_status_t mhw_cache_make(const hw_keyring_t *ring, mhw_cache_t **out, apr_pool_t *pchild);

/* The endpoint, held until p goes; NULL when it is not in the cache. */
const mhw_endpoint_t *mhw_cache_get(mhw_cache_t *cache, const char *id, apr_pool_t *p);

/* Puts a record in the place of whatever was there, and holds it until p goes. What others still
 * hold stays valid for them. Errors are hw_auth_parse's; the cache is then as before. */
apr_status_t mhw_cache_put(mhw_cache_t *cache, const char *id, const char *record,
                           const mhw_endpoint_t **out, hw_result_t *res, apr_pool_t *p);

void mhw_cache_drop(mhw_cache_t *cache, const char *id);

#endif
