/* SPDX-License-Identifier: Apache-2.0 */
/* Users of the admin API and GUI. */
#include <string.h>

#include <apr_strings.h>

#include "common/store_private.h"

#define USER_NAME_MAX 100
#define TENANT_MAX 100   /* bytes; a database session takes no more */
#define PASSWORD_MAX 512 /* bytes; what crypt(3) takes */

static const char *const roles[] = { "owner", "admin", "operator", "viewer" };

static apr_status_t
check_name(const char *name, hw_result_t *res)
{
    apr_size_t n = strlen(name);

    if (!n || n > USER_NAME_MAX)
        return hw_fail_field(res, APR_EINVAL, "bad-user", "name", "must have 1 to %d bytes",
                             USER_NAME_MAX);
    for (apr_size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] <= 32 || name[i] == ':' || name[i] == 127)
            return hw_fail_at(res, APR_EINVAL, "bad-user", "name", (apr_off_t)i,
                              "may hold no blanks, colons or control characters");
    return hw_utf8_valid(name, n, NULL)
               ? APR_SUCCESS
               : hw_fail_field(res, APR_EINVAL, "bad-user", "name", "is not valid UTF-8");
}

apr_status_t
hw_user_check_role(const char *role, hw_result_t *res)
{
    for (unsigned i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (!strcmp(role, roles[i]))
            return APR_SUCCESS;
    return hw_fail_field(res, APR_EINVAL, "bad-role", "role",
                         "\"%s\" is none of owner, admin, operator, viewer", role);
}

/* It goes into variables and headers of other programs (HOOKWISE_TENANT), and into lists. */
apr_status_t
hw_tenant_check(const char *tenant, hw_result_t *res)
{
    apr_size_t n = strlen(tenant);

    if (hw_text_blank(tenant) || n > TENANT_MAX)
        return hw_fail_field(res, APR_EINVAL, "bad-value", "tenant", "must have 1 to %d bytes",
                             TENANT_MAX);
    for (apr_size_t i = 0; i < n; i++)
        if ((unsigned char)tenant[i] < 32 || tenant[i] == 127)
            return hw_fail_at(res, APR_EINVAL, "bad-value", "tenant", (apr_off_t)i,
                              "may hold no control characters");
    return APR_SUCCESS;
}

apr_status_t
hw_user_hash(const char *name, const char *password, const char **hash, hw_result_t *res,
             apr_pool_t *p)
{
    if (!*password || strlen(password) > PASSWORD_MAX)
        return hw_fail_field(res, APR_EINVAL, "bad-password", "password",
                             "must have 1 to %d bytes", PASSWORD_MAX);
    if (hw_text_blank(password))
        return hw_fail_field(res, APR_EINVAL, "bad-password", "password", "is nothing but blanks");
    /* Shorter ones were let through knowingly: GUI_PASSWORD of the first user. */
    if (!hw_password_short(password) && hw_text_ieq(name, password))
        return hw_fail_field(res, APR_EINVAL, "bad-password", "password",
                             "is the name of the user, which is tried first");
    return hw_password_hash(password, hash, res, p);
}

typedef struct {
    const char *name, *hash, *role, *tenant;
    const hw_actor_t *by;
} change_t;

static hw_json_t *
audit_user(const change_t *c, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);

    hw_json_set_string(v, "role", c->role);
    hw_json_set_string(v, "tenant", c->tenant);
    return v;
}

static apr_status_t
add_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const change_t *c = baton;
    const char *params[] = { c->name, c->hash, c->role, c->tenant };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "INSERT INTO app_user (name, password_hash, role, tenant)"
                                  " VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING"
                                  " RETURNING name",
                                  4, params, NULL, NULL, &r, res, p);

    if (rv == APR_SUCCESS && !hw_db_rows(r))
        return hw_fail_field(res, APR_EEXIST, "conflict", "name",
                             "there is a user \"%s\" already", c->name);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, c->by, "user.add", c->name, NULL, audit_user(c, p), res, p);
}

apr_status_t
hw_store_user_add(hw_store_t *s, const char *name, const char *password, const char *role,
                  const char *tenant, const hw_actor_t *by, hw_result_t *res, apr_pool_t *p)
{
    change_t c = { .name = name, .role = role, .tenant = tenant ? tenant : "*", .by = by };
    apr_status_t rv = check_name(name, res);

    if (rv == APR_SUCCESS)
        rv = hw_user_check_role(role, res);
    if (rv == APR_SUCCESS)
        rv = hw_tenant_check(c.tenant, res);
    if (rv == APR_SUCCESS)
        rv = hw_user_hash(name, password, &c.hash, res, p);
    return rv == APR_SUCCESS ? hw_store_tx(s, add_work, &c, res, p) : rv;
}

apr_status_t
hw_no_user(const char *name, hw_result_t *res)
{
    return hw_fail(res, APR_NOTFOUND, "no-user", "there is no user \"%s\"", name);
}

static apr_status_t
passwd_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const change_t *c = baton;
    const char *params[] = { c->name, c->hash };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "UPDATE app_user SET password_hash = $2,"
                                  " version = nextval('app_user_version_seq') WHERE name = $1"
                                  " RETURNING name",
                                  2, params, NULL, NULL, &r, res, p);

    if (rv == APR_SUCCESS && !hw_db_rows(r))
        return hw_no_user(c->name, res);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, c->by, "user.passwd", c->name, NULL, NULL, res, p);
}

apr_status_t
hw_store_user_passwd(hw_store_t *s, const char *name, const char *password, const hw_actor_t *by,
                     hw_result_t *res, apr_pool_t *p)
{
    change_t c = { .name = hw_text_param(name, p), .by = by };
    apr_status_t rv = hw_user_hash(name, password, &c.hash, res, p);

    return rv == APR_SUCCESS ? hw_store_tx(s, passwd_work, &c, res, p) : rv;
}

typedef struct {
    const hw_user_t *user;
    const hw_actor_t *by;
} put_t;

static apr_status_t
put_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const hw_user_t *u = ((const put_t *)baton)->user;
    change_t c = { .role = u->role, .tenant = u->tenant ? u->tenant : "*" };
    const char *params[] = { u->name, u->password_hash, c.role, c.tenant, u->enabled ? "t" : "f",
                             u->totp_secret };
    apr_status_t rv = hw_db_execb(
        s->db,
        "INSERT INTO app_user (name, password_hash, role, tenant, enabled, totp_secret)"
        " VALUES ($1, $2, $3, $4, $5::boolean, $6) ON CONFLICT (name) DO UPDATE"
        " SET password_hash = excluded.password_hash, role = excluded.role,"
        " tenant = excluded.tenant, enabled = excluded.enabled,"
        " totp_secret = coalesce(excluded.totp_secret, app_user.totp_secret),"
        " version = nextval('app_user_version_seq')",
        6, params, NULL, NULL, NULL, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, ((const put_t *)baton)->by, "user.restore", u->name, NULL,
                          audit_user(&c, p), res, p);
}

apr_status_t
hw_store_user_put(hw_store_t *s, const hw_user_t *u, const hw_actor_t *by, hw_result_t *res,
                  apr_pool_t *p)
{
    put_t w = { .user = u, .by = by };
    apr_status_t rv = check_name(u->name, res);

    if (rv == APR_SUCCESS)
        rv = hw_user_check_role(u->role, res);
    return rv == APR_SUCCESS ? hw_store_tx(s, put_work, &w, res, p) : rv;
}

#define USER_COLUMNS                                                                              \
    "name, role, tenant, password_hash, enabled, " HW_TS_COL("created_at") ", "                   \
    HW_TS_COL("last_login_at") ", version, totp_secret"

static hw_user_t *
read_user(const PGresult *r, int row, apr_pool_t *p)
{
    hw_user_t *u = apr_pcalloc(p, sizeof(*u));

    u->name = hw_db_text(r, row, 0, p);
    u->role = hw_db_text(r, row, 1, p);
    u->tenant = hw_db_text(r, row, 2, p);
    u->password_hash = hw_db_text(r, row, 3, p);
    u->enabled = hw_db_bool(r, row, 4);
    u->created_at = hw_db_int(r, row, 5);
    u->last_login_at = hw_db_int(r, row, 6);
    u->version = hw_db_int(r, row, 7);
    u->totp_secret = hw_db_text(r, row, 8, p);
    u->totp = u->totp_secret != NULL;
    return u;
}

apr_status_t
hw_store_user_get(hw_store_t *s, const char *name, hw_user_t **out, hw_result_t *res,
                  apr_pool_t *p)
{
    const char *params[] = { hw_text_param(name, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, "SELECT " USER_COLUMNS " FROM app_user WHERE name = $1",
                                  1, params, NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r))
        return hw_no_user(name, res);
    *out = read_user(r, 0, p);
    return APR_SUCCESS;
}

apr_status_t
hw_store_user_list(hw_store_t *s, apr_array_header_t **out, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_exec(s->db, "SELECT " USER_COLUMNS " FROM app_user ORDER BY name", 0,
                                 NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *out = apr_array_make(p, hw_db_rows(r) + 1, sizeof(hw_user_t *));
    for (int i = 0; i < hw_db_rows(r); i++)
        APR_ARRAY_PUSH(*out, hw_user_t *) = read_user(r, i, p);
    return APR_SUCCESS;
}
