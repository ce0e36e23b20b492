/* SPDX-License-Identifier: Apache-2.0 */
/* What the store_*.c files share: parameters, columns, transactions; nobody else includes it. */
#ifndef HW_STORE_PRIVATE_H
#define HW_STORE_PRIVATE_H

#include "common/json.h"
#include "common/result.h"
#include "common/store.h"
#include "common/text.h"

/* A timestamptz column as microseconds since 1970; hw_ts_param writes the parameter for one. */
#define HW_TS_COL(col) "(extract(epoch from " col ") * 1000000)::bigint"
/* "2026-11-20 06:14:08.412345+00"; NULL for 0. */
const char *hw_ts_param(apr_time_t t, apr_pool_t *p);
const char *hw_int_param(apr_int64_t n, apr_pool_t *p);
/* Text as PostgreSQL takes it: valid UTF-8; NULL stays NULL. */
const char *hw_text_param(const char *s, apr_pool_t *p);
/* "%text%" for LIKE, in which % and _ mean themselves; NULL stays NULL. */
const char *hw_like_param(const char *text, apr_pool_t *p);
/* Decimal digits that fit a bigint: is it an id of ours at all? */
int hw_id_valid(const char *id);

/* Runs fn in a transaction of its own, or in the caller's when one is open; rolls back what it
 * began when fn fails. */
typedef apr_status_t hw_store_work_fn(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p);
apr_status_t hw_store_tx(hw_store_t *s, hw_store_work_fn *fn, void *baton, hw_result_t *res,
                         apr_pool_t *p);
int hw_db_in_tx(const hw_db_t *db);

/* Lists: limit as asked for, 0 = 100, at most 1000. */
#define HW_LIST_DEFAULT 100
#define HW_LIST_MAX 1000
int hw_list_limit(int limit);

/* " WHERE …" of a history filter, cursor and limit aside; q looks in what has an index. params
 * needs HW_HISTORY_PARAMS places. */
#define HW_HISTORY_PARAMS 20
apr_status_t hw_history_where(const hw_history_filter_t *f, const char **where,
                              const char **params, int *nparams, hw_result_t *res,
                              apr_pool_t *p);

/* A one-dimensional array in PostgreSQL's binary form, as one parameter of format 1: bulk inserts
 * need neither quoting nor a round trip for each row. */
typedef enum {
    HW_OID_BOOL = 16, HW_OID_BYTEA = 17, HW_OID_INT4 = 23, HW_OID_TEXT = 25, HW_OID_FLOAT8 = 701,
    HW_OID_TIMESTAMPTZ = 1184
} hw_oid_e;
typedef struct {
    hw_buf_t buf;
    apr_uint32_t n, nulls;
} hw_array_t;
void hw_array_init(hw_array_t *a, hw_oid_e type, apr_pool_t *p);
void hw_array_bytes(hw_array_t *a, const void *data, apr_size_t len);
void hw_array_text(hw_array_t *a, const char *s, apr_pool_t *ptemp); /* mended; NULL = SQL NULL */
void hw_array_int(hw_array_t *a, int n);
void hw_array_bool(hw_array_t *a, int yes);
void hw_array_double(hw_array_t *a, double d);
void hw_array_time(hw_array_t *a, apr_time_t t);
/* Completes the header; data and length are then buf.s and buf.len. */
void hw_array_end(hw_array_t *a);
/* All of it at once, of an array of const char *. */
void hw_array_texts(hw_array_t *a, const apr_array_header_t *texts, apr_pool_t *p);
/* Adds a statement with these as its parameters (at most HW_ARRAYS_MAX) to the pipeline; ends
 * them. */
#define HW_ARRAYS_MAX 40
apr_status_t hw_arrays_send(hw_store_t *s, const char *sql, hw_array_t *arrays, int n,
                            hw_result_t *res);

/* Rows into the pipeline that records history: what their chat targets are to be told. */
apr_status_t hw_notifications_send(hw_store_t *s, const apr_array_header_t *rows,
                                   hw_result_t *res, apr_pool_t *p);

/* What publishing needs of an endpoint; secrets as they are stored. */
typedef struct {
    const char *id, *name, *tenant;
    const char *token_sha256, *previous_sha256; /* NULL = none */
    apr_time_t previous_until;
    const char *hmac, *auth;                    /* Fernet, NULL = none */
    hw_json_t *doc;
} hw_publish_row_t;
/* Waits for other publishers until the end of the transaction. */
apr_status_t hw_store_publish_lock(hw_store_t *s, hw_result_t *res, apr_pool_t *ptemp);
/* id NULL = all: array of hw_publish_row_t *, by id. */
apr_status_t hw_store_publish_rows(hw_store_t *s, const char *id, apr_array_header_t **out,
                                   hw_result_t *res, apr_pool_t *p);

/* What store_user.c checks of a role, a tenant ("*" too) and a user's password (hashed then). */
apr_status_t hw_user_check_role(const char *role, hw_result_t *res);
apr_status_t hw_tenant_check(const char *tenant, hw_result_t *res);
apr_status_t hw_user_hash(const char *name, const char *password, const char **hash,
                          hw_result_t *res, apr_pool_t *p);
apr_status_t hw_no_user(const char *name, hw_result_t *res);

/* Adds or replaces a user with the hash it has: restoring. */
apr_status_t hw_store_user_put(hw_store_t *s, const hw_user_t *u, const hw_actor_t *by,
                               hw_result_t *res, apr_pool_t *p);

/* A document split into what is stored where; doc is the normal form without secrets. */
typedef struct {
    hw_json_t *doc;
    const char *id, *token, *hmac; /* as the document said, NULL = it did not */
    hw_json_t *auth;               /* entries with their secrets, NULL = none */
    hw_json_t *notify;             /* the same for its chat targets */
    int keep_hmac, keep_auth, keep_notify; /* it is the stored one: its token stays as it is */
} hw_endpoint_parts_t;
/* Lists whose entries hold secrets: one writes an entry in its normal order (a new reference),
 * shown 1 as people see it. _split checks the document's member, gives it with its secrets (NULL =
 * none) and leaves what is shown in the document. */
typedef hw_json_t *hw_entry_fn(const hw_json_t *entry, int shown, apr_pool_t *p);
typedef apr_status_t hw_entries_check_fn(const hw_json_t *list, int masked,
                                         apr_array_header_t **out, hw_result_t *res, apr_pool_t *p);
hw_json_t *hw_entries(const hw_json_t *list, hw_entry_fn *one, int shown, apr_pool_t *p);
apr_status_t hw_entries_split(hw_json_t *doc, const char *member, hw_entries_check_fn *check,
                              hw_entry_fn *one, hw_json_t **out, hw_result_t *res, apr_pool_t *p);
/* A list as given (also as text holding JSON), with what keep puts back into each entry from the
 * stored one that is meant: that of its id, else the only one that is alike. */
typedef int hw_entry_alike_fn(const hw_json_t *entry, const hw_json_t *old, apr_pool_t *p);
typedef void hw_entry_keep_fn(hw_json_t *entry, const hw_json_t *old, apr_pool_t *p);
hw_json_t *hw_entries_keep(const hw_json_t *given, const hw_json_t *stored,
                           hw_entry_alike_fn *alike, hw_entry_keep_fn *keep, apr_pool_t *p);
/* The "auth" list of a checked document: *auth has its secrets, and doc stars in their place; each
 * entry gets an id. Secrets must be there: errors are those of hw_schemes_compile. */
apr_status_t hw_endpoint_auth_split(hw_json_t *doc, hw_json_t **auth, hw_result_t *res,
                                    apr_pool_t *p);
/* A list as given (also as text holding JSON), its stars replaced by the secrets of the stored
 * entries that are meant: those of the same id or, without one, the only one that is alike. */
hw_json_t *hw_endpoint_auth_keep(const hw_json_t *given, const hw_json_t *stored, apr_pool_t *p);
/* The same two for the "notify" list: hw_notify_compile, hw_notify_shown. A URL that is shown with
 * another host than the stored one's is not the stored one. */
apr_status_t hw_endpoint_notify_split(hw_json_t *doc, hw_json_t **notify, hw_result_t *res,
                                      apr_pool_t *p);
hw_json_t *hw_endpoint_notify_keep(const hw_json_t *given, const hw_json_t *stored,
                                   apr_pool_t *p);
apr_status_t hw_endpoint_split(const hw_json_t *given, hw_endpoint_parts_t *out, hw_result_t *res,
                               apr_pool_t *p);
/* Creates, or replaces as a whole when the id is taken and replace is set; *created says which.
 * Without a token in the parts a taken endpoint keeps its own; a new one gets one when bearer is
 * on. Part of the caller's transaction. */
apr_status_t hw_store_endpoint_put(hw_store_t *s, hw_endpoint_parts_t *parts, int replace,
                                   const hw_actor_t *by, int *created, hw_result_t *res,
                                   apr_pool_t *p);

/* An event as it is kept beside history. */
apr_status_t hw_raw_seal(const hw_keyring_t *ring, const hw_event_t *ev, unsigned char **out,
                         apr_size_t *len, hw_result_t *res, apr_pool_t *p);
apr_status_t hw_raw_open(const hw_keyring_t *ring, const unsigned char *sealed,
                         apr_size_t sealed_len, hw_event_t **out, hw_result_t *res,
                         apr_pool_t *p);

/* "bad-mapping" of the field when the text cannot be a pattern or company. */
/* A company that a model chose is remembered when a person corrects it: tickets are open under
 * it. */
#define HW_MAP_FORMER(now)                                                                        \
    "CASE WHEN tenant_map.company <> " now                                                        \
    " AND (tenant_map.chosen_by IS NOT NULL OR tenant_map.former IS NOT NULL)"                    \
    " THEN tenant_map.company ELSE tenant_map.former END"
apr_status_t hw_tenantmap_text(const char *field, const char *text, hw_result_t *res);

/* The row of a tenant exists afterwards. */
apr_status_t hw_store_tenant_ensure(hw_store_t *s, const char *tenant, hw_result_t *res,
                                    apr_pool_t *ptemp);

#endif
