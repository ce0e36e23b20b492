/* SPDX-License-Identifier: Apache-2.0 */
/* Stored identities beyond common/store.h: API keys, changes of users, second factors. */
#ifndef HW_STORE_IDENTITY_H
#define HW_STORE_IDENTITY_H

#include "common/identity.h"
#include "common/store.h"

/* --- API keys -------------------------------------------------------------------------------- */
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

/* It was used then (epoch seconds), unless it is known to have been used since. */
apr_status_t hw_store_apikey_used(hw_store_t *s, const char *id, const char *seconds,
                                  hw_result_t *res, apr_pool_t *p);

/* --- users ----------------------------------------------------------------------------------- */
/* It signed in just now. */
apr_status_t hw_store_user_seen(hw_store_t *s, const char *name, hw_result_t *res,
                                apr_pool_t *ptemp);

/* An owner of all tenants, when there is no user at all; *added says whether. */
apr_status_t hw_store_user_first(hw_store_t *s, const char *name, const char *password,
                                 const hw_actor_t *by, int *added, hw_result_t *res,
                                 apr_pool_t *p);

/* What is to be different: NULL and -1 leave as it is. */
typedef struct {
    const char *role, *tenant, *password;
    int enabled;
    int totp;     /* 0 = takes the second factor away; it cannot be given */
} hw_user_change_t;
/* Audited with before and after. The last enabled owner of all tenants stays one: "conflict".
 * APR_NOTFOUND "no-user". */
apr_status_t hw_store_user_change(hw_store_t *s, const char *name, const hw_user_change_t *change,
                                  const hw_actor_t *by, hw_user_t **out, hw_result_t *res,
                                  apr_pool_t *p);
apr_status_t hw_store_user_delete(hw_store_t *s, const char *name, const hw_actor_t *by,
                                  hw_result_t *res, apr_pool_t *p);

/* --- second factors -------------------------------------------------------------------------- */
/* A new secret, pending until a code of it was seen. "no-key" without an ENCRYPTION_KEY. */
apr_status_t hw_store_totp_start(hw_store_t *s, const char *name, const char **secret,
                                 hw_result_t *res, apr_pool_t *p);
/* The code is of the pending secret: it is in force then, and *recovery has new recovery codes
 * (array of const char *), shown once. "bad-code", "no-totp". Audited. */
apr_status_t hw_store_totp_confirm(hw_store_t *s, const char *name, const char *code,
                                   apr_time_t now, const hw_actor_t *by,
                                   apr_array_header_t **recovery, hw_result_t *res,
                                   apr_pool_t *p);
/* Takes a one-time or a recovery code, each only once; *yes 0 = wrong. A recovery code used is
 * audited. */
apr_status_t hw_store_totp_check(hw_store_t *s, const char *name, const char *code,
                                 apr_time_t now, const hw_actor_t *by, int *yes, hw_result_t *res,
                                 apr_pool_t *p);

/* --- audit ----------------------------------------------------------------------------------- */
typedef struct {
    const char *tenant;  /* of that tenant alone; NULL = all */
    const char *who, *what, *object; /* NULL = any; what may end in * */
    apr_time_t from, to;             /* 0 = open; [from, to) */
    int limit;                       /* 1 … 1000, 0 = 100 */
    const char *cursor;              /* as returned; NULL = newest first */
} hw_audit_filter_t;
/* {"items":[…],"next":cursor|null}, newest first. "bad-cursor" for a foreign one. */
apr_status_t hw_store_audit_list(hw_store_t *s, const hw_audit_filter_t *f, hw_json_t **out,
                                 hw_result_t *res, apr_pool_t *p);

/* Users and API keys into Redis (common/identity.h), removing what is gone. */
apr_status_t hw_publish_identity(hw_store_t *s, hw_queue_t *q, hw_result_t *res, apr_pool_t *p);

hw_identity_t hw_apikey_identity(const hw_apikey_t *k);
hw_identity_t hw_user_identity(const hw_user_t *u);

/* Seals the secrets of endpoints and users once more, with the first key; all or nothing. One that
 * no key opens fails with its place. Publish afterwards: the module has sealed secrets, too. */
apr_status_t hw_store_reseal(hw_store_t *s, const hw_actor_t *by, int *count, hw_result_t *res,
                             apr_pool_t *p);

#endif
