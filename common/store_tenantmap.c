/* SPDX-License-Identifier: Apache-2.0 */
/* The tenant map by row: for pages, which change one mapping at a time. */
#include <string.h>

#include <apr_strings.h>

#include "common/clock.h"
#include "common/store_admin.h"
#include "common/store_private.h"

static hw_json_t *
map_json(const PGresult *r, int row, apr_pool_t *p)
{
    hw_json_t *v = json_object_new_object();

    hw_json_set_string(v, "id", hw_db_text(r, row, 0, p));
    hw_json_set_string(v, "pattern", hw_db_text(r, row, 1, p));
    hw_json_set_string(v, "company", hw_db_text(r, row, 2, p));
    hw_json_set_string(v, "chosen_by", hw_db_text(r, row, 4, p));
    hw_json_set_string(v, "former", hw_db_text(r, row, 5, p));
    hw_json_set_string(v, "updated_at", hw_time_rfc3339(hw_db_int(r, row, 3), p));
    return v;
}

#define COLUMNS "id, pattern, company, " HW_TS_COL("updated_at") ", chosen_by, former"

apr_status_t
hw_store_tenantmap_list(hw_store_t *s, const char *id, hw_json_t **out, hw_result_t *res,
                        apr_pool_t *p)
{
    const char *params[] = { id };
    PGresult *r;
    apr_status_t rv = hw_db_exec(s->db,
                                 "SELECT " COLUMNS " FROM tenant_map WHERE tenant = 'default'"
                                 " AND ($1::bigint IS NULL OR id = $1::bigint)"
                                 " ORDER BY lower(pattern)", 1, params, &r, res, p);

    *out = hw_json_own(json_object_new_array(), p);
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++)
        json_object_array_add(*out, map_json(r, i, p));
    return rv;
}

typedef struct {
    const char *id, *pattern, *company;
    const hw_actor_t *by;
    hw_json_t **out;
} save_t;

static apr_status_t
no_mapping(const char *id, hw_result_t *res)
{
    return hw_fail(res, APR_NOTFOUND, "no-mapping", "there is no mapping %s", id);
}

static apr_status_t
lock_row(hw_store_t *s, const char *id, hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { id };
    PGresult *r;
    apr_status_t rv;

    if (!hw_id_valid(id))
        return no_mapping(id, res);
    rv = hw_db_execb(s->db, "SELECT " COLUMNS " FROM tenant_map WHERE id = $1::bigint"
                            " AND tenant = 'default' FOR UPDATE", 1, params, NULL, NULL, &r, res,
                     p);
    if (rv == APR_SUCCESS && hw_db_rows(r) == 0)
        return no_mapping(id, res);
    if (rv == APR_SUCCESS)
        *out = hw_json_own(map_json(r, 0, p), p);
    return rv;
}

static apr_status_t
remove_row(hw_store_t *s, const save_t *c, const hw_json_t *old, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { c->id };
    apr_status_t rv = hw_db_execb(s->db, "DELETE FROM tenant_map WHERE id = $1::bigint", 1, params,
                                  NULL, NULL, NULL, res, p);

    *c->out = NULL;
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, c->by, "tenantmap.delete", hw_json_get_string(old, "pattern"), old,
                          NULL, res, p);
}

static apr_status_t
taken(const char *pattern, hw_result_t *res)
{
    return hw_fail_field(res, APR_EEXIST, "conflict", "pattern", "\"%s\" has a mapping already",
                         pattern);
}

/* Asked first, so that a mistake of a person is no error line in the database's log; two at once
 * are still told apart by the index. */
static apr_status_t
check_free(hw_store_t *s, const char *pattern, const char *id, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { pattern, id };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "SELECT 1 FROM tenant_map WHERE tenant = 'default'"
                                  " AND lower(pattern) = lower($1)"
                                  " AND ($2::bigint IS NULL OR id <> $2::bigint)",
                                  2, params, NULL, NULL, &r, res, p);

    return rv == APR_SUCCESS && hw_db_rows(r) > 0 ? taken(pattern, res) : rv;
}

static apr_status_t
write_row(hw_store_t *s, const save_t *c, const hw_json_t *old, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = {
        hw_text_param(c->pattern != NULL ? c->pattern : hw_json_get_string(old, "pattern"), p),
        hw_text_param(c->company != NULL ? c->company : hw_json_get_string(old, "company"), p),
        c->id };
    PGresult *r;
    apr_status_t rv = check_free(s, params[0], c->id, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    rv = c->id != NULL
            ? hw_db_execb(s->db, "UPDATE tenant_map SET pattern = $1, company = $2,"
                                 " former = " HW_MAP_FORMER("$2") ", chosen_by = NULL,"
                                 " updated_at = now() WHERE id = $3::bigint RETURNING " COLUMNS,
                          3, params, NULL, NULL, &r, res, p)
            : hw_db_execb(s->db, "INSERT INTO tenant_map (pattern, company) VALUES ($1, $2)"
                                 " RETURNING " COLUMNS, 2, params, NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS && res != NULL && res->problem != NULL &&
        strcmp(res->problem, "conflict") == 0)
        return taken(params[0], res);
    if (rv != APR_SUCCESS)
        return rv;
    *c->out = hw_json_own(map_json(r, 0, p), p);
    return hw_store_audit(s, c->by, "tenantmap.set", params[0], old, *c->out, res, p);
}

static apr_status_t
save_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const save_t *c = baton;
    hw_json_t *old = NULL;
    apr_status_t rv = c->id != NULL ? lock_row(s, c->id, &old, res, p) : APR_SUCCESS;

    if (rv != APR_SUCCESS)
        return rv;
    return c->pattern == NULL && c->company == NULL ? remove_row(s, c, old, res, p)
                                                    : write_row(s, c, old, res, p);
}

apr_status_t
hw_store_tenantmap_save(hw_store_t *s, const char *id, const char *pattern, const char *company,
                        const hw_actor_t *by, hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    save_t c = { .id = id, .by = by, .out = out };
    apr_status_t rv = APR_SUCCESS;

    if (pattern != NULL)
        rv = hw_tenantmap_text("pattern", pattern, res);
    if (rv == APR_SUCCESS && company != NULL)
        rv = hw_tenantmap_text("company", company, res);
    if (rv != APR_SUCCESS)
        return rv;
    c.pattern = pattern != NULL ? hw_text_trim(pattern, p) : NULL;
    c.company = company != NULL ? hw_text_trim(company, p) : NULL;
    return hw_store_tx(s, save_work, &c, res, p);
}
