/* SPDX-License-Identifier: Apache-2.0 */
/* Stored identities beyond common/store.h: API keys, changes of users, second factors. */
#ifndef HW_STORE_IDENTITY_H
#define HW_STORE_IDENTITY_H

#include "common/identity.h"
#include "common/store.h"

/* --- API keys ------------------------------------------------------------------------------------ */
typedef struct {
    const char *id, *name, *role, *tenant, *created_by;
    const char *hint;       /* the first characters of the key */
    const char *sha256;     /* of the key; the key itself is not stored */
    apr_time_t created_at, expires_at, last_used_at; /* expires_at 0 = never */
} hw_apikey_t;

/* Audited. *key is shown once and never again. Errors: "bad-role", "bad-key" naming the field. */
apr_status_t hw_store_apikey_add(hw_store_t *s, const hw_apikey_t *want, const hw_actor_t *by,
                                 const char **key, hw_apikey_t **out, hw_result_t *res,
                                 apr_pool_t *p);
/* APR_NOTFOUND "no-key". */
apr_status_t hw_store_apikey_get(hw_store_t *s, const char *id, hw_apikey_t **out,
                                 hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_apikey_delete(hw_store_t *s, const char *id, const hw_actor_t *by,
                                    hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_apikey_list(hw_store_t *s, apr_array_header_t **out, hw_result_t *res,
                                  apr_pool_t *p); /* of hw_apikey_t *, newest first */
/* By the key itself; *out NULL for an unknown or expired one. Notes the use, by the minute. */
apr_status_t hw_store_apikey_use(hw_store_t *s, const char *key, apr_time_t now,
                                 hw_apikey_t **out, hw_result_t *res, apr_pool_t *p);

/* --- users ---------------------------------------------------------------------------------------- */
/* It signed in just now. */
apr_status_t hw_store_user_seen(hw_store_t *s, const char *name, hw_result_t *res,
                                apr_pool_t *ptemp);

/* Users and API keys into Redis (common/identity.h), removing what is gone. */
apr_status_t hw_publish_identity(hw_store_t *s, hw_queue_t *q, hw_result_t *res, apr_pool_t *p);

hw_identity_t hw_apikey_identity(const hw_apikey_t *k);
hw_identity_t hw_user_identity(const hw_user_t *u);

#endif
