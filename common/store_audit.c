/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log: who changed what, before and after, secrets masked. */
#include <string.h>

#include <apr_strings.h>

#include "common/clock.h"
#include "common/mask.h"
#include "common/store_identity.h"
#include "common/store_private.h"

/* Callers mask what they know to be secret; keys that name a secret are masked here once more. */
static const char *
masked_text(const hw_json_t *v, apr_pool_t *p)
{
    return v ? hw_json_write(hw_mask_json(v, p), p) : NULL;
}

apr_status_t
hw_store_audit(hw_store_t *s, const hw_actor_t *by, const char *what, const char *object,
               const hw_json_t *before, const hw_json_t *after, hw_result_t *res, apr_pool_t *p)
{
    const char *tenant = by->tenant;
    const char *params[] = { hw_text_param(by->user, p), by->address ? by->address : "", what,
                             object, masked_text(before, p), masked_text(after, p), NULL };

    if (!tenant && after)
        tenant = hw_json_get_string(after, "tenant");
    if (!tenant && before)
        tenant = hw_json_get_string(before, "tenant");
    params[6] = tenant;
    return hw_db_execb(
        s->db,
        "INSERT INTO audit (who, address, what, object, before, after, tenant)"
        " VALUES ($1, $2, $3::text, $4::text, $5::jsonb, $6::jsonb, coalesce($7,"
        " CASE WHEN $3::text LIKE 'endpoint.%' THEN (SELECT tenant FROM endpoint"
        " WHERE id = $4::text)"
        " WHEN $3::text LIKE 'incident.%' THEN"
        " (SELECT tenant FROM incident WHERE id = ($4::text)::bigint)"
        " WHEN $3::text = 'history.replay' AND $4::text <> '' THEN"
        " (SELECT tenant FROM webhook_log WHERE id = ($4::text)::bigint LIMIT 1) END, '*'))",
        7, params, NULL, NULL, NULL, res, p);
}

static hw_json_t *
audit_json(const PGresult *r, int row, apr_pool_t *p)
{
    static const char *const names[] = { "id", "who", "address", "what", "object" };
    static const char *const docs[] = { "before", "after" };
    hw_json_t *v = json_object_new_object(), *doc;

    for (int i = 0; i < 5; i++)
        hw_json_set_string(v, names[i], hw_db_text(r, row, i, p));
    hw_json_set_string(v, "tenant", hw_db_text(r, row, 8, p));
    hw_json_set_string(v, "created_at", hw_time_rfc3339(hw_db_int(r, row, 5), p));
    for (int i = 0; i < 2; i++) {
        const char *text = hw_db_text(r, row, 6 + i, p);

        if (!text || hw_json_parse(text, strlen(text), NULL, &doc, NULL, NULL, p) != APR_SUCCESS)
            doc = NULL;
        hw_json_set(v, docs[i], json_object_get(doc));
    }
    return v;
}

/* "user.*" is every change of a user. */
static const char *
what_pattern(const char *what, apr_pool_t *p)
{
    hw_buf_t b;

    if (!what)
        return NULL;
    hw_buf_init(&b, p);
    for (; *what; what++) {
        if (strchr("%_\\", *what))
            hw_buf_addc(&b, '\\');
        hw_buf_addc(&b, *what == '*' ? '%' : *what);
    }
    return hw_text_param(b.s, p);
}

apr_status_t
hw_store_audit_list(hw_store_t *s, const hw_audit_filter_t *f, hw_json_t **out, hw_result_t *res,
                    apr_pool_t *p)
{
    int limit = hw_list_limit(f->limit);
    const char *params[] = { hw_text_param(f->who, p), what_pattern(f->what, p),
                             hw_text_param(f->object, p), hw_ts_param(f->from, p),
                             hw_ts_param(f->to, p), f->cursor, hw_int_param(limit + 1, p),
                             f->tenant };
    hw_json_t *items;
    PGresult *r;
    apr_status_t rv;

    if (f->cursor && !hw_id_valid(f->cursor))
        return hw_fail_field(res, APR_EINVAL, "bad-cursor", "cursor",
                             "is not one that a page gave as next");
    rv = hw_db_exec(s->db,
                    "SELECT id, who, address, what, object, " HW_TS_COL("created_at")
                    ", before, after, tenant FROM audit WHERE ($8::text IS NULL OR tenant = $8)"
                    " AND ($1::text IS NULL OR who = $1)"
                    " AND ($2::text IS NULL OR what LIKE $2) AND ($3::text IS NULL OR object = $3)"
                    " AND ($4::timestamptz IS NULL OR created_at >= $4::timestamptz)"
                    " AND ($5::timestamptz IS NULL OR created_at < $5::timestamptz)"
                    " AND ($6::bigint IS NULL OR id < $6::bigint) ORDER BY id DESC LIMIT $7::int",
                    8, params, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    *out = hw_json_own(json_object_new_object(), p);
    items = json_object_new_array();
    for (int i = 0; i < hw_db_rows(r) && i < limit; i++)
        json_object_array_add(items, audit_json(r, i, p));
    hw_json_set(*out, "items", items);
    hw_json_set_string(*out, "next",
                       hw_db_rows(r) > limit ? hw_db_text(r, limit - 1, 0, p) : NULL);
    return APR_SUCCESS;
}
