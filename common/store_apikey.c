/* SPDX-License-Identifier: Apache-2.0 */
/* API keys: their digests, what they may do, when they were used. */
#include "common/store_identity.h"

#include <string.h>

#include <apr_strings.h>

#include "common/store_private.h"

#define NAME_MAX_CHARS 100
#define HINT_CHARS 8

#define KEY_COLUMNS                                                                               \
    "id, name, role, tenant, created_by, hint, sha256, " HW_TS_COL("created_at") ", "             \
    HW_TS_COL("expires_at") ", " HW_TS_COL("last_used_at")

static hw_apikey_t *
read_key(const PGresult *r, int row, apr_pool_t *p)
{
    hw_apikey_t *k = apr_pcalloc(p, sizeof(*k));

    k->id = hw_db_text(r, row, 0, p);
    k->name = hw_db_text(r, row, 1, p);
    k->role = hw_db_text(r, row, 2, p);
    k->tenant = hw_db_text(r, row, 3, p);
    k->created_by = hw_db_text(r, row, 4, p);
    k->hint = hw_db_text(r, row, 5, p);
    k->sha256 = hw_db_text(r, row, 6, p);
    k->created_at = hw_db_int(r, row, 7);
    k->expires_at = hw_db_int(r, row, 8);
    k->last_used_at = hw_db_int(r, row, 9);
    return k;
}

hw_identity_t
hw_apikey_identity(const hw_apikey_t *k)
{
    return (hw_identity_t){ .id = k->id, .name = k->name, .tenant = k->tenant,
                            .role = hw_role_read(k->role), .enabled = 1, .until = k->expires_at };
}

hw_identity_t
hw_user_identity(const hw_user_t *u)
{
    return (hw_identity_t){ .name = u->name, .tenant = u->tenant, .role = hw_role_read(u->role),
                            .enabled = u->enabled, .hash = u->password_hash, .totp = u->totp,
                            .version = u->version };
}

static hw_json_t *
audit_key(const hw_apikey_t *k, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);

    hw_json_set_string(v, "name", k->name);
    hw_json_set_string(v, "role", k->role);
    hw_json_set_string(v, "tenant", k->tenant);
    hw_json_set_string(v, "hint", k->hint);
    return v;
}

typedef struct {
    const hw_apikey_t *want;
    const hw_actor_t *by;
    const char *key, *id;
    hw_apikey_t *row;
} change_t;

static apr_status_t
add_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    change_t *c = baton;
    const char *params[] = { hw_text_param(c->want->name, p),
                             hw_sha256_hex(c->key, strlen(c->key), p),
                             apr_pstrndup(p, c->key, HINT_CHARS),
                             c->want->role,
                             c->want->tenant,
                             hw_text_param(c->by->user, p),
                             hw_ts_param(c->want->expires_at, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db,
        "INSERT INTO api_key (name, sha256, hint, role, tenant, created_by, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz) RETURNING " KEY_COLUMNS,
        7, params, NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    c->row = read_key(r, 0, p);
    return hw_store_audit(s, c->by, "apikey.add", c->row->id, NULL, audit_key(c->row, p), res, p);
}

static apr_status_t
check_key(const hw_apikey_t *k, hw_result_t *res)
{
    if (hw_text_blank(k->name) || hw_utf8_count(k->name, strlen(k->name)) > NAME_MAX_CHARS)
        return hw_fail_field(res, APR_EINVAL, "bad-key", "name", "takes 1 to %d characters",
                             NAME_MAX_CHARS);
    if (hw_role_read(k->role) == HW_ANYONE)
        return hw_fail_field(res, APR_EINVAL, "bad-role", "role",
                             "takes owner, admin, operator or viewer");
    if (hw_text_blank(k->tenant) || strlen(k->tenant) > NAME_MAX_CHARS)
        return hw_fail_field(res, APR_EINVAL, "bad-key", "tenant", "takes * or a tenant's name");
    return hw_tenant_check(k->tenant, res);
}

apr_status_t
hw_store_apikey_add(hw_store_t *s, const hw_apikey_t *want, const hw_actor_t *by,
                    const char **key, hw_apikey_t **out, hw_result_t *res, apr_pool_t *p)
{
    change_t c = { .want = want, .by = by, .key = hw_identity_key_new(p) };
    apr_status_t rv = check_key(want, res);

    if (rv == APR_SUCCESS)
        rv = hw_store_tx(s, add_work, &c, res, p);
    *key = c.key;
    *out = c.row;
    return rv;
}

static apr_status_t
no_key(const char *id, hw_result_t *res)
{
    return hw_fail(res, APR_NOTFOUND, "no-key", "there is no API key %s", id);
}

apr_status_t
hw_store_apikey_get(hw_store_t *s, const char *id, hw_apikey_t **out, hw_result_t *res,
                    apr_pool_t *p)
{
    const char *params[] = { id };
    PGresult *r;
    apr_status_t rv;

    if (!hw_id_valid(id))
        return no_key(id, res);
    rv = hw_db_execb(s->db, "SELECT " KEY_COLUMNS " FROM api_key WHERE id = $1::bigint", 1, params,
                     NULL, NULL, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r))
        return no_key(id, res);
    *out = read_key(r, 0, p);
    return APR_SUCCESS;
}

static apr_status_t
delete_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    change_t *c = baton;
    const char *params[] = { c->id };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, "DELETE FROM api_key WHERE id = $1::bigint"
                                         " RETURNING " KEY_COLUMNS,
                                  1, params, NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r))
        return no_key(c->id, res);
    return hw_store_audit(s, c->by, "apikey.delete", c->id, audit_key(read_key(r, 0, p), p), NULL,
                          res, p);
}

apr_status_t
hw_store_apikey_delete(hw_store_t *s, const char *id, const hw_actor_t *by, hw_result_t *res,
                       apr_pool_t *p)
{
    change_t c = { .id = id, .by = by };

    return hw_id_valid(id) ? hw_store_tx(s, delete_work, &c, res, p) : no_key(id, res);
}

apr_status_t
hw_store_apikey_list(hw_store_t *s, apr_array_header_t **out, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_exec(s->db, "SELECT " KEY_COLUMNS " FROM api_key ORDER BY id DESC", 0,
                                 NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *out = apr_array_make(p, hw_db_rows(r) + 1, sizeof(hw_apikey_t *));
    for (int i = 0; i < hw_db_rows(r); i++)
        APR_ARRAY_PUSH(*out, hw_apikey_t *) = read_key(r, i, p);
    return APR_SUCCESS;
}

/* A write for each request of a busy script would be one too many. */
static apr_status_t
note_use(hw_store_t *s, const hw_apikey_t *k, apr_time_t now, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { k->id };

    if (now - k->last_used_at < apr_time_from_sec(60))
        return APR_SUCCESS;
    return hw_db_execb(s->db, "UPDATE api_key SET last_used_at = now() WHERE id = $1::bigint", 1,
                       params, NULL, NULL, NULL, res, p);
}

apr_status_t
hw_store_apikey_used(hw_store_t *s, const char *id, const char *seconds, hw_result_t *res,
                     apr_pool_t *p)
{
    const char *params[] = { id, seconds };

    return hw_db_exec(s->db,
                      "UPDATE api_key SET last_used_at = greatest(last_used_at,"
                      " to_timestamp($2::bigint)) WHERE id::text = $1::text",
                      2, params, NULL, res, p);
}

/* Looked up by a digest: how long that takes says nothing about the key. */
apr_status_t
hw_store_apikey_use(hw_store_t *s, const char *key, apr_time_t now, hw_apikey_t **out,
                    hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_sha256_hex(key, strlen(key), p) };
    hw_apikey_t *k;
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, "SELECT " KEY_COLUMNS " FROM api_key WHERE sha256 = $1",
                                  1, params, NULL, NULL, &r, res, p);

    *out = NULL;
    if (rv != APR_SUCCESS || !hw_db_rows(r))
        return rv;
    k = read_key(r, 0, p);
    if (k->expires_at && k->expires_at <= now)
        return APR_SUCCESS;
    *out = k;
    return note_use(s, k, now, res, p);
}
