/* SPDX-License-Identifier: Apache-2.0 */
/* The order endpoints are listed in. */
#include "common/store_admin.h"
#include "common/store_private.h"

typedef struct {
    const apr_array_header_t *ids;
    const char *tenant;
    const hw_actor_t *by;
} order_t;

/* One that moves gets a new version: its document says where it stands. */
static const char order_sql[] =
    "WITH given AS (SELECT id, (min(n) - 1)::int AS place FROM unnest($1::text[]) WITH ORDINALITY"
    " AS t (id, n) GROUP BY id), moved AS (UPDATE endpoint e SET display_order = g.place,"
    " doc = jsonb_set(e.doc, '{display_order}', to_jsonb(g.place)), updated_at = now(),"
    " version = nextval('endpoint_version_seq') FROM given g WHERE e.id = g.id"
    " AND ($2::text IS NULL OR e.tenant = $2) AND (e.display_order <> g.place"
    " OR NOT e.doc ? 'display_order') RETURNING e.id)"
    " SELECT g.id FROM given g LEFT JOIN endpoint e ON e.id = g.id"
    " AND ($2::text IS NULL OR e.tenant = $2) WHERE e.id IS NULL LIMIT 1";

static hw_json_t *
ids_json(const apr_array_header_t *ids, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p), *list = json_object_new_array();

    for (int i = 0; i < ids->nelts; i++)
        json_object_array_add(list, json_object_new_string(APR_ARRAY_IDX(ids, i, const char *)));
    hw_json_set(v, "ids", list);
    return v;
}

static apr_status_t
order_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const order_t *o = baton;
    const char *params[] = { NULL, o->tenant };
    int lens[] = { 0, 0 }, formats[] = { 1, 0 };
    hw_array_t ids;
    PGresult *r;
    apr_status_t rv;

    hw_array_texts(&ids, o->ids, p);
    params[0] = ids.buf.s;
    lens[0] = (int)ids.buf.len;
    rv = hw_db_execb(s->db, order_sql, 2, params, lens, formats, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (hw_db_rows(r) > 0)
        return hw_fail(res, APR_NOTFOUND, "no-endpoint", "there is no endpoint \"%s\"",
                       hw_db_text(r, 0, 0, p));
    return hw_store_audit(s, o->by, "endpoint.order", "", NULL, ids_json(o->ids, p), res, p);
}

apr_status_t
hw_store_endpoint_order(hw_store_t *s, const apr_array_header_t *ids, const char *tenant,
                        const hw_actor_t *by, hw_result_t *res, apr_pool_t *p)
{
    order_t o = { .ids = ids, .tenant = tenant, .by = by };

    return hw_store_tx(s, order_work, &o, res, p);
}
