/* SPDX-License-Identifier: Apache-2.0 */
/* Settings kept in the database, and the tenant map. */
#include <string.h>

#include <apr_strings.h>

#include "common/mask.h"
#include "common/store_private.h"

#define NAME_MAX_LEN 100
#define MAP_MAX_LEN 255

apr_status_t
hw_store_setting_get(hw_store_t *s, const char *name, const char **value, hw_result_t *res,
                     apr_pool_t *p)
{
    const char *params[] = { name };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, "SELECT value FROM setting WHERE name = $1", 1, params,
                                  NULL, NULL, &r, res, p);

    *value = rv == APR_SUCCESS && hw_db_rows(r) ? hw_db_text(r, 0, 0, p) : NULL;
    return rv;
}

/* One member for the audit log; NULL stands for "not there". */
static hw_json_t *
member(const char *name, const char *value, apr_pool_t *p)
{
    hw_json_t *v;

    if (!value)
        return NULL;
    v = hw_json_own(json_object_new_object(), p);
    hw_json_set_string(v, name, hw_mask_key(name) == HW_MASK_ALWAYS ? HW_MASKED : value);
    return v;
}

typedef struct {
    const char *name, *value;
    const hw_actor_t *by;
} change_t;

static apr_status_t
setting_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const change_t *c = baton;
    const char *params[] = { c->name, hw_text_param(c->value, p) }, *old;
    apr_status_t rv = hw_store_setting_get(s, c->name, &old, res, p);

    if (rv != APR_SUCCESS || (old && c->value && !strcmp(old, c->value)) || (!old && !c->value))
        return rv;
    rv = c->value
             ? hw_db_execb(s->db, "INSERT INTO setting (name, value) VALUES ($1, $2)"
                                  " ON CONFLICT (name) DO UPDATE SET value = excluded.value,"
                                  " updated_at = now()", 2, params, NULL, NULL, NULL, res, p)
             : hw_db_execb(s->db, "DELETE FROM setting WHERE name = $1", 1, params, NULL, NULL,
                           NULL, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, c->by, "setting.set", c->name, member(c->name, old, p),
                          member(c->name, c->value, p), res, p);
}

apr_status_t
hw_store_setting_set(hw_store_t *s, const char *name, const char *value, const hw_actor_t *by,
                     hw_result_t *res, apr_pool_t *p)
{
    change_t c = { .name = name, .value = value, .by = by };

    if (!*name || strlen(name) > NAME_MAX_LEN)
        return hw_fail_field(res, APR_EINVAL, "bad-setting", "name",
                             "must have 1 to %d characters", NAME_MAX_LEN);
    return hw_store_tx(s, setting_work, &c, res, p);
}

apr_status_t
hw_store_setting_list(hw_store_t *s, hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_exec(s->db, "SELECT name, value FROM setting ORDER BY name", 0, NULL,
                                 &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *out = hw_json_own(json_object_new_object(), p);
    for (int i = 0; i < hw_db_rows(r); i++)
        hw_json_set_string(*out, hw_db_text(r, i, 0, p), hw_db_text(r, i, 1, p));
    return APR_SUCCESS;
}

apr_status_t
hw_store_tenantmap(hw_store_t *s, apr_array_header_t **out, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_exec(s->db,
                                 "SELECT pattern, company, former,"
                                 " chosen_by IS NOT NULL OR former IS NOT NULL FROM tenant_map"
                                 " WHERE tenant = 'default' ORDER BY lower(pattern)",
                                 0, NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *out = apr_array_make(p, hw_db_rows(r) + 1, sizeof(hw_tenant_map_t));
    for (int i = 0; i < hw_db_rows(r); i++) {
        hw_tenant_map_t *m = apr_array_push(*out);
        m->pattern = hw_db_text(r, i, 0, p);
        m->company = hw_db_text(r, i, 1, p);
        m->former = hw_db_text(r, i, 2, p);
        m->guessed = hw_db_bool(r, i, 3);
    }
    return APR_SUCCESS;
}

static apr_status_t
map_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const change_t *c = baton;
    const char *params[] = { hw_text_param(c->name, p), hw_text_param(c->value, p) }, *old;
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "SELECT company FROM tenant_map WHERE tenant = 'default'"
                                  " AND lower(pattern) = lower($1) FOR UPDATE",
                                  1, params, NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    old = hw_db_rows(r) ? hw_db_text(r, 0, 0, p) : NULL;
    if (!old && !c->value)
        return hw_fail(res, APR_NOTFOUND, "no-mapping", "there is no mapping for \"%s\"", c->name);
    if (old && c->value && !strcmp(old, c->value))
        return APR_SUCCESS;
    rv = c->value
             ? hw_db_execb(s->db, "INSERT INTO tenant_map (pattern, company) VALUES ($1, $2)"
                                  " ON CONFLICT (tenant, lower(pattern)) DO UPDATE"
                                  " SET pattern = excluded.pattern, company = excluded.company,"
                                  " former = " HW_MAP_FORMER("excluded.company") ","
                                  " chosen_by = NULL, updated_at = now()",
                                  2, params, NULL, NULL, NULL, res, p)
             : hw_db_execb(s->db, "DELETE FROM tenant_map WHERE tenant = 'default'"
                                  " AND lower(pattern) = lower($1)", 1, params, NULL, NULL, NULL,
                           res, p);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, c->by, c->value ? "tenantmap.set" : "tenantmap.delete", c->name,
                          member("company", old, p), member("company", c->value, p), res, p);
}

apr_status_t
hw_tenantmap_text(const char *field, const char *text, hw_result_t *res)
{
    apr_size_t n = strlen(text), chars = hw_utf8_count(text, n);

    if (hw_text_blank(text) || chars > MAP_MAX_LEN)
        return hw_fail_field(res, APR_EINVAL, "bad-mapping", field,
                             "must have 1 to %d characters", MAP_MAX_LEN);
    return APR_SUCCESS;
}

apr_status_t
hw_store_tenantmap_set(hw_store_t *s, const char *pattern, const char *company,
                       const hw_actor_t *by, hw_result_t *res, apr_pool_t *p)
{
    change_t c = { .name = hw_text_trim(pattern, p), .by = by };
    apr_status_t rv = hw_tenantmap_text("pattern", pattern, res);

    if (rv == APR_SUCCESS && company)
        rv = hw_tenantmap_text("company", company, res);
    if (rv != APR_SUCCESS)
        return rv;
    c.value = company ? hw_text_trim(company, p) : NULL;
    return hw_store_tx(s, map_work, &c, res, p);
}
