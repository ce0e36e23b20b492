/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the tenant map whose company a language model chose. */
#include <string.h>

#include "common/store_private.h"
#include "common/store_work.h"

typedef struct {
    const char *name, *company, *model;
    hw_choice_t *out;
} add_t;

apr_status_t
hw_store_choice_get(hw_store_t *s, const char *name, hw_choice_t *out, hw_result_t *res,
                    apr_pool_t *p)
{
    const char *params[] = { hw_text_param(name, p) };
    PGresult *r;
    apr_status_t rv = hw_db_exec(s->db, "SELECT company, former FROM tenant_map"
                                        " WHERE tenant = 'default' AND lower(pattern) = lower($1)",
                                 1, params, &r, res, p);

    memset(out, 0, sizeof(*out));
    if (rv == APR_SUCCESS && hw_db_rows(r) > 0) {
        out->company = hw_db_text(r, 0, 0, p);
        out->former = hw_db_text(r, 0, 1, p);
    }
    return rv;
}

static apr_status_t
room_left(hw_store_t *s, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, "SELECT count(*) FROM tenant_map WHERE chosen_by IS NOT NULL",
                                  0, NULL, NULL, NULL, &r, res, p);

    if (rv == APR_SUCCESS && hw_db_int(r, 0, 0) >= HW_CHOICES_MAX)
        return hw_fail(res, APR_ENOSPC, "too-many-choices",
                       "models have filled %d rows of the tenant map: somebody must look at them",
                       HW_CHOICES_MAX);
    return rv;
}

static apr_status_t
add_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    static const hw_actor_t by = { .user = "hookwised", .address = "" };
    const add_t *a = baton;
    const char *params[] = { hw_text_param(a->name, p), hw_text_param(a->company, p),
                             hw_text_param(a->model, p) };
    hw_json_t *after;
    PGresult *r;
    apr_status_t rv = room_left(s, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    rv = hw_db_execb(s->db, "INSERT INTO tenant_map (pattern, company, chosen_by) VALUES ($1, $2, $3)"
                            " ON CONFLICT (tenant, lower(pattern)) DO NOTHING RETURNING id",
                     3, params, NULL, NULL, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (hw_db_rows(r) == 0)
        return hw_store_choice_get(s, a->name, a->out, res, p);
    *a->out = (hw_choice_t){ .company = a->company };
    after = hw_json_own(json_object_new_object(), p);
    hw_json_set_string(after, "company", a->company);
    hw_json_set_string(after, "chosen_by", a->model);
    return hw_store_audit(s, &by, "tenantmap.choose", params[0], NULL, after, res, p);
}

apr_status_t
hw_store_choice_add(hw_store_t *s, const char *name, const char *company, const char *model,
                    hw_choice_t *out, hw_result_t *res, apr_pool_t *p)
{
    add_t a = { name, company, model, out };
    apr_status_t rv = hw_tenantmap_text("pattern", name, res);

    memset(out, 0, sizeof(*out));
    return rv == APR_SUCCESS ? hw_store_tx(s, add_work, &a, res, p) : rv;
}
