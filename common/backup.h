/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of backups share. The public functions are in common/store.h.
 *
 * Our own format, version 1:
 *   {"format":"hookwise-apache","version":1,"generated_at":RFC 3339,
 *    "endpoints":[document with "id", and "token", "hmac_secret" and "auth" as Fernet tokens],
 *    "tenant_map":[{"pattern","company"}],"settings":{name: text},
 *    "users":[{"name","role","tenant","enabled","password_hash": Fernet token}]}
 */
#ifndef HW_BACKUP_H
#define HW_BACKUP_H

#include "common/store_private.h"

#define HW_BACKUP_FORMAT "hookwise-apache"
#define HW_BACKUP_VERSION 1
#define HW_BACKUP_MAX_ENDPOINTS 10000

/* Does text look like a Fernet token? */
int hw_backup_sealed(const char *text);

/* What became of a backup, grown while it is read. */
typedef struct {
    hw_store_t *s;
    const hw_actor_t *by;
    apr_pool_t *p;
    int created, updated, failed, maps, settings, users;
    hw_json_t *endpoints;      /* array: id, name, result, error, ignored */
    hw_json_t *problems;       /* array of sentences */
    apr_array_header_t *names; /* of const char *: members not imported, each once */
    apr_array_header_t *times; /* of int: in how many endpoints */
} hw_import_t;
/* A member that has no place here; it is reported by name. */
void hw_import_ignored(hw_import_t *im, const char *name);
void hw_import_problem(hw_import_t *im, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* One endpoint of a HookWise Python backup as a document of ours with clear secrets: columns that
 * have another name here are renamed, columns without a meaning here go into ignored (an array),
 * secrets are opened. Errors: "bad-token" naming the column. */
apr_status_t hw_backup_endpoint(hw_import_t *im, const hw_json_t *given, hw_json_t **out,
                                hw_json_t *ignored, hw_result_t *res);

#endif
