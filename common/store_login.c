/* SPDX-License-Identifier: Apache-2.0 */
/* Users as they are changed and removed, and their second factors. */
#include "common/store_identity.h"

#include <string.h>

#include <apr_strings.h>

#include "common/store_private.h"
#include "common/totp.h"

apr_status_t
hw_store_user_seen(hw_store_t *s, const char *name, hw_result_t *res, apr_pool_t *ptemp)
{
    const char *params[] = { hw_text_param(name, ptemp) };

    return hw_db_execb(s->db, "UPDATE app_user SET last_login_at = now() WHERE name = $1", 1,
                       params, NULL, NULL, NULL, res, ptemp);
}

typedef struct {
    const char *name, *password;
    const hw_actor_t *by;
    int added;
} first_t;

static apr_status_t
first_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    first_t *f = baton;
    PGresult *r;
    apr_status_t rv = hw_db_exec(s->db, "SELECT 1 FROM app_user LIMIT 1", 0, NULL, &r, res, p);

    if (rv != APR_SUCCESS || hw_db_rows(r))
        return rv;
    f->added = 1;
    return hw_store_user_add(s, f->name, f->password, "owner", "*", f->by, res, p);
}

apr_status_t
hw_store_user_first(hw_store_t *s, const char *name, const char *password, const hw_actor_t *by,
                    int *added, hw_result_t *res, apr_pool_t *p)
{
    first_t f = { .name = name, .password = password, .by = by };
    apr_status_t rv = hw_store_tx(s, first_work, &f, res, p);

    *added = rv == APR_SUCCESS && f.added;
    return rv;
}

/* --- changing and removing ------------------------------------------------------------------- */

typedef struct {
    const char *name, *hash;
    const hw_user_change_t *change;
    const hw_actor_t *by;
    hw_user_t *row;
} work_t;

static hw_json_t *
audit_user(const hw_user_t *u, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);

    hw_json_set_string(v, "role", u->role);
    hw_json_set_string(v, "tenant", u->tenant);
    hw_json_set_bool(v, "enabled", u->enabled);
    hw_json_set_bool(v, "totp", u->totp);
    return v;
}

/* Somebody must be left who may do everything. Rows of owners are locked, so that two owners
 * cannot take each other out at once. */
static apr_status_t
keep_an_owner(hw_store_t *s, const char *name, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_text_param(name, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "SELECT name = $1 FROM app_user WHERE role = 'owner'"
                                  " AND tenant = '*' AND enabled ORDER BY name FOR UPDATE",
                                  1, params, NULL, NULL, &r, res, p);

    if (rv == APR_SUCCESS && hw_db_rows(r) == 1 && hw_db_bool(r, 0, 0))
        return hw_fail(res, APR_EEXIST, "conflict",
                       "\"%s\" is the last owner; make somebody else one first", name);
    return rv;
}

static int
stays_owner(const hw_user_change_t *c)
{
    return (!c->role || !strcmp(c->role, "owner")) && (!c->tenant || !strcmp(c->tenant, "*")) &&
           c->enabled != 0;
}

/* The secret and the codes go with the second factor; a new password or second factor ends the
 * sessions there are, and so does disabling: enabled again, nobody finds an old one alive. */
static const char change_sql[] =
    "UPDATE app_user SET role = coalesce($2, role), tenant = coalesce($3, tenant),"
    " enabled = coalesce($4::boolean, enabled), password_hash = coalesce($5, password_hash),"
    " totp_secret = CASE WHEN $6::boolean THEN NULL ELSE totp_secret END,"
    " totp_pending = CASE WHEN $6::boolean THEN NULL ELSE totp_pending END,"
    " recovery = CASE WHEN $6::boolean THEN '{}' ELSE recovery END,"
    " version = CASE WHEN $6::boolean OR $5 IS NOT NULL OR NOT coalesce($4::boolean, true)"
    " THEN nextval('app_user_version_seq') ELSE version END"
    " WHERE name = $1";

static apr_status_t
change_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    work_t *w = baton;
    const hw_user_change_t *c = w->change;
    const char *params[] = { hw_text_param(w->name, p), c->role, hw_text_param(c->tenant, p),
                             c->enabled < 0 ? NULL : c->enabled ? "t" : "f", w->hash,
                             c->totp == 0 ? "t" : "f" };
    hw_json_t *after;
    hw_user_t *before;
    apr_status_t rv = stays_owner(c) ? APR_SUCCESS : keep_an_owner(s, w->name, res, p);

    if (rv == APR_SUCCESS)
        rv = hw_store_user_get(s, w->name, &before, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_db_execb(s->db, change_sql, 6, params, NULL, NULL, NULL, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_store_user_get(s, w->name, &w->row, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    after = audit_user(w->row, p);
    if (w->hash) /* what it is stays out of the log; that it is new does not */
        hw_json_set_bool(after, "new_password", 1);
    return hw_store_audit(s, w->by, "user.update", w->name, audit_user(before, p), after, res, p);
}

apr_status_t
hw_store_user_change(hw_store_t *s, const char *name, const hw_user_change_t *change,
                     const hw_actor_t *by, hw_user_t **out, hw_result_t *res, apr_pool_t *p)
{
    work_t w = { .name = name, .change = change, .by = by };
    apr_status_t rv = change->role ? hw_user_check_role(change->role, res) : APR_SUCCESS;

    if (rv == APR_SUCCESS && change->tenant)
        rv = hw_tenant_check(change->tenant, res);
    if (rv == APR_SUCCESS && change->password)
        rv = hw_user_hash(name, change->password, &w.hash, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_store_tx(s, change_work, &w, res, p);
    *out = w.row;
    return rv;
}

static apr_status_t
delete_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    work_t *w = baton;
    const char *params[] = { hw_text_param(w->name, p) };
    hw_user_t *before;
    apr_status_t rv = keep_an_owner(s, w->name, res, p);

    if (rv == APR_SUCCESS)
        rv = hw_store_user_get(s, w->name, &before, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_db_execb(s->db, "DELETE FROM app_user WHERE name = $1", 1, params, NULL, NULL,
                         NULL, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, w->by, "user.delete", w->name, audit_user(before, p), NULL, res, p);
}

apr_status_t
hw_store_user_delete(hw_store_t *s, const char *name, const hw_actor_t *by, hw_result_t *res,
                     apr_pool_t *p)
{
    work_t w = { .name = name, .by = by };

    return hw_store_tx(s, delete_work, &w, res, p);
}
