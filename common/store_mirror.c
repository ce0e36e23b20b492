/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets of PSAs as they tell of them, and the alerts they are open for. */
#include "common/store_mirror.h"

#include <apr_strings.h>
#include <string.h>

#include "common/clock.h"
#include "common/store_admin.h"
#include "common/store_private.h"

/* A ticket that is deleted keeps what was known of it. */
apr_status_t
hw_store_mirror_put(hw_store_t *s, const char *tenant, const char *endpoint_id,
                    const hw_mirror_t *m, hw_mirror_e *what, hw_result_t *res, apr_pool_t *ptemp)
{
    const char *params[] = { tenant, m->provider, hw_text_param(m->ticket_id, ptemp),
                             hw_text_param(m->subject, ptemp), hw_text_param(m->status, ptemp),
                             hw_text_param(m->priority, ptemp), hw_text_param(m->company, ptemp),
                             hw_text_param(m->requester, ptemp), hw_ts_param(m->updated_at, ptemp),
                             m->deleted ? "t" : "f", hw_text_param(m->fields, ptemp), endpoint_id };
    PGresult *r;
    apr_status_t rv = hw_store_tenant_ensure(s, tenant, res, ptemp);

    if (rv == APR_SUCCESS)
        rv = hw_db_execb(
        s->db,
        "INSERT INTO ticket_mirror AS m (tenant, provider, ticket_id, subject, status, priority,"
        " company, requester, updated_at, deleted, fields, endpoint_id)"
        " VALUES ($1, $2, $3, $4, $5,"
        " $6, $7, $8, $9::timestamptz, $10::boolean, $11::jsonb, $12)"
        " ON CONFLICT (tenant, provider, ticket_id) DO UPDATE SET"
        " subject = coalesce(excluded.subject, m.subject),"
        " status = coalesce(excluded.status, m.status),"
        " priority = coalesce(excluded.priority, m.priority),"
        " company = coalesce(excluded.company, m.company),"
        " requester = coalesce(excluded.requester, m.requester),"
        " updated_at = excluded.updated_at, deleted = excluded.deleted,"
        " fields = CASE WHEN excluded.deleted THEN m.fields ELSE excluded.fields END,"
        " endpoint_id = excluded.endpoint_id, seen_at = now()"
        " WHERE m.updated_at <= excluded.updated_at RETURNING xmax = 0",
        12, params, NULL, NULL, &r, res, ptemp);
    if (rv == APR_SUCCESS)
        *what = hw_db_rows(r) == 0     ? HW_MIRROR_OLDER
                : hw_db_bool(r, 0, 0) ? HW_MIRROR_ADDED
                                      : HW_MIRROR_CHANGED;
    return rv;
}

apr_status_t
hw_store_mirror_endpoints(hw_store_t *s, hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_exec(
        s->db,
        "SELECT doc->>'preset', id FROM endpoint WHERE doc->>'destination' = '" HW_MIRROR "'"
        " AND coalesce((doc->>'is_enabled')::boolean, true)"
        " AND NOT coalesce((doc->>'is_draft')::boolean, false) ORDER BY 1, display_order, id",
        0, NULL, &r, res, p);

    *out = hw_json_own(json_object_new_object(), p);
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++) {
        const char *provider = hw_db_text(r, i, 0, p);
        hw_json_t *ids = hw_json_get(*out, provider);

        if (ids == NULL)
            hw_json_set(*out, provider, ids = json_object_new_array());
        json_object_array_add(ids, json_object_new_string(hw_db_text(r, i, 1, p)));
    }
    return rv;
}

/* --- pages ----------------------------------------------------------------------------------- */

/* $1 tenant, $2 provider, $3 status, $4 text, $5 deleted, $6 cursor, $7 limit, $8 the text as an
 * id */
static const char page_sql[] =
    "SELECT m.id, m.tenant, m.provider, m.ticket_id, m.subject, m.status, m.priority, m.company,"
    " m.requester, m.endpoint_id, m.deleted, m.fields, " HW_TS_COL("m.updated_at") ", "
    HW_TS_COL("m.seen_at")
    " FROM ticket_mirror m WHERE ($1::text IS NULL OR m.tenant = $1)"
    " AND ($2::text IS NULL OR m.provider = $2)"
    " AND ($3::text IS NULL OR lower(m.status) = lower($3))"
    " AND ($4::text IS NULL OR m.ticket_id = $8 OR m.subject ILIKE $4 OR m.company ILIKE $4"
    " OR m.requester ILIKE $4)"
    " AND ($5::boolean IS NULL OR m.deleted = $5::boolean)"
    " AND ($6::bigint IS NULL OR (m.updated_at, m.id) < (SELECT c.updated_at, c.id"
    " FROM ticket_mirror c WHERE c.id = $6::bigint))"
    " ORDER BY m.updated_at DESC, m.id DESC LIMIT $7::int";

static hw_json_t *
ticket_json(const PGresult *r, int row, apr_pool_t *p)
{
    static const char *const names[] = { "id", "tenant", "provider", "ticket_id", "subject",
                                         "status", "priority", "company", "requester",
                                         "endpoint_id" };
    hw_json_t *v = json_object_new_object(), *fields = NULL;
    const char *text = hw_db_text(r, row, 11, p);

    for (int i = 0; i < 10; i++)
        hw_json_set_string(v, names[i], hw_db_text(r, row, i, p));
    hw_json_set_bool(v, "deleted", hw_db_bool(r, row, 10));
    if (hw_json_parse(text, strlen(text), NULL, &fields, NULL, NULL, p) == APR_SUCCESS)
        hw_json_set(v, "fields", json_object_get(fields));
    hw_json_set_string(v, "updated_at", hw_time_rfc3339(hw_db_int(r, row, 12), p));
    hw_json_set_string(v, "seen_at", hw_time_rfc3339(hw_db_int(r, row, 13), p));
    return v;
}

static apr_status_t
check_filter(const hw_mirror_filter_t *f, hw_result_t *res)
{
    if (f->cursor != NULL && !hw_id_valid(f->cursor))
        return hw_fail_field(res, APR_EINVAL, "bad-cursor", "cursor",
                             "is not one that a page gave as next");
    if (f->provider != NULL && !hw_mirror_provider(f->provider))
        return hw_fail_field(res, APR_EINVAL, "bad-provider", "provider",
                             "\"%s\" is none of connectwise, halopsa, autotask, freshservice, "
                             "superops", f->provider);
    return APR_SUCCESS;
}

apr_status_t
hw_store_mirror_page(hw_store_t *s, const hw_mirror_filter_t *f, hw_json_t **out, hw_result_t *res,
                     apr_pool_t *p)
{
    int limit = hw_list_limit(f->limit);
    const char *params[] = { f->tenant, f->provider, hw_text_param(f->status, p),
                             hw_like_param(f->q, p), f->deleted < 0 ? NULL : f->deleted ? "t" : "f",
                             f->cursor, hw_int_param(limit + 1, p), hw_text_param(f->q, p) };
    hw_json_t *items;
    PGresult *r;
    apr_status_t rv = check_filter(f, res);

    if (rv == APR_SUCCESS)
        rv = hw_db_execb(s->db, page_sql, 8, params, NULL, NULL, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    *out = hw_json_own(json_object_new_object(), p);
    items = json_object_new_array();
    for (int i = 0; i < hw_db_rows(r) && i < limit; i++)
        json_object_array_add(items, ticket_json(r, i, p));
    hw_json_set(*out, "items", items);
    hw_json_set_string(*out, "next",
                       hw_db_rows(r) > limit ? hw_db_text(r, limit - 1, 0, p) : NULL);
    return APR_SUCCESS;
}

/* --- alerts ---------------------------------------------------------------------------------- */

apr_status_t
hw_store_ticket_alerts(hw_store_t *s, const char *destination, const char *ticket_id, int *count,
                       hw_result_t *res, apr_pool_t *ptemp)
{
    const char *params[] = { destination, hw_text_param(ticket_id, ptemp) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db,
                                  "SELECT count(*) FROM alert WHERE destination = $1"
                                  " AND ticket_id = $2 AND open",
                                  2, params, NULL, NULL, &r, res, ptemp);

    *count = rv == APR_SUCCESS ? (int)hw_db_int(r, 0, 0) : 0;
    return rv;
}

apr_status_t
hw_store_ticket_seen(hw_store_t *s, const char *destination, const char *ticket_id, apr_time_t now,
                     hw_result_t *res, apr_pool_t *ptemp)
{
    const char *params[] = { destination, hw_text_param(ticket_id, ptemp),
                             hw_ts_param(now, ptemp) };

    return hw_db_execb(s->db,
                       "UPDATE alert SET verified_at = $3::timestamptz WHERE destination = $1"
                       " AND ticket_id = $2 AND open",
                       3, params, NULL, NULL, NULL, res, ptemp);
}

apr_status_t
hw_store_ticket_closed(hw_store_t *s, const char *destination, const char *ticket_id,
                       apr_time_t closed_at, hw_result_t *res, apr_pool_t *ptemp)
{
    const char *params[] = { destination, hw_text_param(ticket_id, ptemp),
                             hw_ts_param(closed_at, ptemp) };

    return hw_db_execb(s->db,
                       "UPDATE alert SET open = false, closed_at = $3::timestamptz,"
                       " closed_by_human = true, intent_request = NULL, intent_part = NULL,"
                       " intent_at = NULL WHERE destination = $1 AND ticket_id = $2 AND open",
                       3, params, NULL, NULL, NULL, res, ptemp);
}
