/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents for people: pages with filters, what stands around one, notes by hand. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "common/clock.h"
#include "common/store_admin.h"
#include "common/store_private.h"

/* $1 tenant, $2 status, $3 endpoint, $4 company, $5 text, $6 cursor, $7 limit */
static const char page_sql[] =
    "SELECT i.id, i.tenant, i.endpoint_id, e.name, i.xref, i.company, i.summary, i.status,"
    " i.fields, coalesce(a.events, 0), " HW_TS_COL("a.last_event_at") ", "
    HW_TS_COL("i.created_at") ", " HW_TS_COL("i.updated_at") ", " HW_TS_COL("i.closed_at")
    " FROM incident i LEFT JOIN endpoint e ON e.id = i.endpoint_id"
    " LEFT JOIN LATERAL (SELECT sum(events) AS events, max(last_event_at) AS last_event_at"
    " FROM alert WHERE destination = 'local' AND ticket_id = i.id::text) a ON true"
    " WHERE ($1::text IS NULL OR i.tenant = $1)"
    " AND ($2::text IS NULL OR CASE $2 WHEN 'active' THEN i.status <> 'closed'"
    " ELSE i.status = $2 END)"
    " AND ($3::text IS NULL OR i.endpoint_id = $3) AND ($4::text IS NULL OR i.company = $4)"
    " AND ($5::text IS NULL OR i.summary ILIKE $5) AND ($6::bigint IS NULL OR i.id < $6::bigint)"
    " ORDER BY i.id DESC LIMIT $7::int";

static void
set_time(hw_json_t *v, const char *name, const PGresult *r, int row, int col, apr_pool_t *p)
{
    apr_time_t t = hw_db_int(r, row, col);

    hw_json_set_string(v, name, t ? hw_time_rfc3339(t, p) : NULL);
}

static hw_json_t *
incident_json(const PGresult *r, int row, apr_pool_t *p)
{
    static const char *const names[] = { "id", "tenant", "endpoint_id", "endpoint_name", "xref",
                                         "company", "summary", "status" };
    hw_json_t *v = json_object_new_object(), *fields = NULL;
    const char *text = hw_db_text(r, row, 8, p);

    for (int i = 0; i < 8; i++)
        hw_json_set_string(v, names[i], hw_db_text(r, row, i, p));
    if (hw_json_parse(text, strlen(text), NULL, &fields, NULL, NULL, p) == APR_SUCCESS)
        hw_json_set(v, "fields", json_object_get(fields));
    hw_json_set_int(v, "events_count", hw_db_int(r, row, 9));
    set_time(v, "last_event_at", r, row, 10, p);
    set_time(v, "created_at", r, row, 11, p);
    set_time(v, "updated_at", r, row, 12, p);
    set_time(v, "closed_at", r, row, 13, p);
    return v;
}

static apr_status_t
check_filter(const hw_incident_filter_t *f, hw_result_t *res)
{
    static const char *const known[] = { "open", "acknowledged", "closed", "active" };
    int i = 0;

    if (f->cursor != NULL && !hw_id_valid(f->cursor))
        return hw_fail_field(res, APR_EINVAL, "bad-cursor", "cursor",
                             "is not one that a page gave as next");
    while (f->status != NULL && i < 4 && strcmp(f->status, known[i]) != 0)
        i++;
    if (i == 4)
        return hw_fail_field(res, APR_EINVAL, "bad-status", "status",
                             "\"%s\" is none of open, acknowledged, closed, active", f->status);
    return APR_SUCCESS;
}

apr_status_t
hw_store_incident_page(hw_store_t *s, const hw_incident_filter_t *f, hw_json_t **out,
                       hw_result_t *res, apr_pool_t *p)
{
    int limit = hw_list_limit(f->limit);
    const char *params[] = { f->tenant, f->status, hw_text_param(f->endpoint_id, p),
                             hw_text_param(f->company, p), hw_like_param(f->q, p), f->cursor,
                             hw_int_param(limit + 1, p) };
    hw_json_t *items;
    PGresult *r;
    apr_status_t rv = check_filter(f, res);

    if (rv == APR_SUCCESS)
        rv = hw_db_exec(s->db, page_sql, 7, params, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    *out = hw_json_own(json_object_new_object(), p);
    items = json_object_new_array();
    for (int i = 0; i < hw_db_rows(r) && i < limit; i++)
        json_object_array_add(items, incident_json(r, i, p));
    hw_json_set(*out, "items", items);
    hw_json_set_string(*out, "next",
                       hw_db_rows(r) > limit ? hw_db_text(r, limit - 1, 0, p) : NULL);
    return APR_SUCCESS;
}

apr_status_t
hw_store_incident_around(hw_store_t *s, hw_json_t *incident, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_json_get_string(incident, "id"),
                             hw_json_get_string(incident, "endpoint_id") };
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db,
        "SELECT (SELECT name FROM endpoint WHERE id = $2), coalesce(sum(events), 0), "
        HW_TS_COL("max(last_event_at)")
        " FROM alert WHERE destination = 'local' AND ticket_id = $1", 2, params, NULL, NULL, &r,
        res, p);

    if (rv != APR_SUCCESS)
        return rv;
    hw_json_set_string(incident, "endpoint_name", hw_db_text(r, 0, 0, p));
    hw_json_set_int(incident, "events_count", hw_db_int(r, 0, 1));
    set_time(incident, "last_event_at", r, 0, 2, p);
    return APR_SUCCESS;
}

/* --- notes by hand --------------------------------------------------------------------------- */

typedef struct {
    const char *id, *text;
    const hw_actor_t *by;
    apr_time_t now;
    hw_json_t **out;
} comment_t;

static apr_status_t
comment_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const comment_t *c = baton;
    const char *ref = hw_uuid(p), *params[] = { c->id, ref };
    PGresult *r;
    apr_status_t rv = hw_store_incident_note(s, c->id, ref, c->by->user, c->text, c->now, res, p);

    if (rv == APR_SUCCESS)
        rv = hw_db_execb(s->db, "SELECT id FROM incident_note WHERE incident_id = $1::bigint"
                                " AND ref = $2", 2, params, NULL, NULL, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    *c->out = hw_json_own(json_object_new_object(), p);
    hw_json_set_string(*c->out, "id", hw_db_text(r, 0, 0, p));
    hw_json_set_string(*c->out, "author", c->by->user);
    hw_json_set_string(*c->out, "text", c->text);
    hw_json_set_string(*c->out, "created_at", hw_time_rfc3339(c->now, p));
    return hw_store_audit(s, c->by, "incident.note", c->id, NULL, *c->out, res, p);
}

apr_status_t
hw_store_incident_comment(hw_store_t *s, const char *id, const char *text, const hw_actor_t *by,
                          apr_time_t now, hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    comment_t c = { .id = id, .text = text, .by = by, .now = now, .out = out };

    return hw_store_tx(s, comment_work, &c, res, p);
}
