/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents: the tickets of the "local" destination, their notes and states. */
#include <string.h>

#include <apr_strings.h>

#include "common/clock.h"
#include "common/store_private.h"

static const char *const statuses[] = { "open", "acknowledged", "closed" };

static apr_status_t
no_incident(const char *id, hw_result_t *res)
{
    return hw_fail(res, APR_NOTFOUND, "no-incident", "there is no incident %s", id);
}

/* The ticket fields in force, as {"board": …}; what is a column of its own is left out. */
static const char *
fields_json(const hw_part_t *part, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);

    for (int f = 0; f < HW_F_COUNT; f++)
        if (part->fields[f] && f != HW_F_SUMMARY && f != HW_F_DESCRIPTION && f != HW_F_CUSTOMER_ID)
            hw_json_set_string(v, hw_field_names[f], hw_text_param(part->fields[f], p));
    return hw_json_write(v, p);
}

/* A second create for a problem that has an open incident (a crash before its ticket id was
 * recorded, say) gives that one. */
apr_status_t
hw_store_incident_create(hw_store_t *s, const hw_part_t *part, apr_time_t now,
                         const char **incident_id, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { part->tenant, part->endpoint_id, part->xref,
                             hw_text_param(part->company, p),
                             hw_text_param(part->summary, p),
                             hw_text_param(part->description ? part->description : "", p),
                             fields_json(part, p), hw_ts_param(now, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db,
        "INSERT INTO incident (tenant, endpoint_id, xref, company, summary, description, fields,"
        " created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::timestamptz, $8::timestamptz)"
        " ON CONFLICT (xref) WHERE status <> 'closed' DO UPDATE"
        " SET updated_at = incident.updated_at"
        " RETURNING id",
        8, params, NULL, NULL, &r, res, p);

    if (rv == APR_SUCCESS)
        *incident_id = hw_db_text(r, 0, 0, p);
    return rv;
}

apr_status_t
hw_store_incident_note(hw_store_t *s, const char *incident_id, const char *ref, const char *author,
                       const char *text, apr_time_t now, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { incident_id, ref, author, hw_text_param(text, p),
                             hw_ts_param(now, p) };
    PGresult *r;
    apr_status_t rv;

    if (!hw_id_valid(incident_id))
        return no_incident(incident_id, res);
    rv = hw_db_execb(
        s->db,
        "WITH i AS (UPDATE incident SET updated_at = greatest(updated_at, $5::timestamptz)"
        " WHERE id = $1::bigint RETURNING id)"
        " , n AS (INSERT INTO incident_note (incident_id, ref, author, text, created_at)"
        " SELECT id, $2, $3, $4, $5::timestamptz FROM i ON CONFLICT (incident_id, ref) DO NOTHING)"
        " SELECT id FROM i",
        5, params, NULL, NULL, &r, res, p);
    if (rv == APR_SUCCESS && !hw_db_rows(r))
        return no_incident(incident_id, res);
    return rv;
}

static const char *
status_word(const char *status)
{
    for (unsigned i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (hw_text_ieq(status, statuses[i]))
            return statuses[i];
    return NULL;
}

typedef struct {
    const char *id, *status;
    const hw_actor_t *by;
    apr_time_t now;
} change_t;

static apr_status_t
status_change(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const change_t *c = baton;
    const char *params[] = { c->id, c->status, hw_ts_param(c->now, p) };
    hw_json_t *before = hw_json_own(json_object_new_object(), p);
    hw_json_t *after = hw_json_own(json_object_new_object(), p);
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, "SELECT status FROM incident WHERE id = $1::bigint"
                                         " FOR UPDATE", 1, params, NULL, NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r))
        return no_incident(c->id, res);
    if (!strcmp(hw_db_text(r, 0, 0, p), c->status))
        return APR_SUCCESS;
    hw_json_set_string(before, "status", hw_db_text(r, 0, 0, p));
    hw_json_set_string(after, "status", c->status);
    rv = hw_db_execb(s->db,
                     "UPDATE incident SET status = $2, updated_at = $3::timestamptz, closed_at ="
                     " CASE WHEN $2 = 'closed' THEN $3::timestamptz END WHERE id = $1::bigint",
                     3, params, NULL, NULL, NULL, res, p);
    if (rv != APR_SUCCESS || !c->by)
        return rv;
    return hw_store_audit(s, c->by, "incident.status", c->id, before, after, res, p);
}

apr_status_t
hw_store_incident_status(hw_store_t *s, const char *incident_id, const char *status,
                         const hw_actor_t *by, apr_time_t now, hw_result_t *res, apr_pool_t *p)
{
    change_t c = { .id = incident_id, .status = status_word(status), .by = by, .now = now };

    if (!c.status)
        return hw_fail_field(res, APR_EINVAL, "bad-status", "status",
                             "\"%s\" is none of open, acknowledged, closed", status);
    if (!hw_id_valid(incident_id))
        return no_incident(incident_id, res);
    return hw_store_tx(s, status_change, &c, res, p);
}

apr_status_t
hw_store_incident_open(hw_store_t *s, const char *incident_id, int *open, hw_result_t *res,
                       apr_pool_t *p)
{
    const char *params[] = { incident_id };
    PGresult *r;
    apr_status_t rv;

    if (!hw_id_valid(incident_id))
        return no_incident(incident_id, res);
    rv = hw_db_execb(s->db, "SELECT status <> 'closed' FROM incident WHERE id = $1::bigint", 1,
                     params, NULL, NULL, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r))
        return no_incident(incident_id, res);
    *open = hw_db_bool(r, 0, 0);
    return APR_SUCCESS;
}

apr_status_t
hw_store_incident_find(hw_store_t *s, const char *xref, const char *tenant, const char *company,
                       const char *summary, const char **id, const char **found_xref,
                       hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { xref, tenant, hw_text_param(company, p), hw_text_param(summary, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(
        s->db,
        "(SELECT id, xref, 0 AS rank FROM incident WHERE status <> 'closed' AND xref = $1)"
        " UNION ALL (SELECT id, xref, 1 FROM incident WHERE status <> 'closed' AND tenant = $2"
        " AND company IS NOT DISTINCT FROM $3 AND md5(summary) = md5($4::text) AND summary = $4)"
        " ORDER BY rank, id LIMIT 1",
        4, params, NULL, NULL, &r, res, p);

    *id = *found_xref = NULL;
    if (rv == APR_SUCCESS && hw_db_rows(r)) {
        *id = hw_db_text(r, 0, 0, p);
        *found_xref = hw_db_text(r, 0, 1, p);
    }
    return rv;
}

#define INCIDENT_COLUMNS                                                                          \
    "id, tenant, endpoint_id, xref, company, summary, status, fields, " HW_TS_COL("created_at")   \
    ", " HW_TS_COL("updated_at") ", " HW_TS_COL("closed_at")

static void
set_time(hw_json_t *v, const char *name, const PGresult *r, int row, int col, apr_pool_t *p)
{
    apr_time_t t = hw_db_int(r, row, col);

    hw_json_set_string(v, name, t ? hw_time_rfc3339(t, p) : NULL);
}

static hw_json_t *
incident_json(const PGresult *r, int row, apr_pool_t *p)
{
    static const char *const names[] = { "id", "tenant", "endpoint_id", "xref", "company",
                                         "summary", "status" };
    hw_json_t *v = json_object_new_object(), *fields = NULL;
    const char *text = hw_db_text(r, row, 7, p);

    for (int i = 0; i < 7; i++)
        hw_json_set_string(v, names[i], hw_db_text(r, row, i, p));
    if (hw_json_parse(text, strlen(text), NULL, &fields, NULL, NULL, p) == APR_SUCCESS)
        hw_json_set(v, "fields", json_object_get(fields));
    set_time(v, "created_at", r, row, 8, p);
    set_time(v, "updated_at", r, row, 9, p);
    set_time(v, "closed_at", r, row, 10, p);
    return v;
}

/* Newest first; the cursor is the id of the last one shown. */
apr_status_t
hw_store_incident_list(hw_store_t *s, const char *tenant, const char *status, int limit,
                       const char *cursor, hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { tenant, status, cursor, hw_int_param(hw_list_limit(limit) + 1, p) };
    hw_json_t *list, *items;
    PGresult *r;
    apr_status_t rv;

    limit = hw_list_limit(limit);
    if (cursor && !hw_id_valid(cursor))
        return hw_fail_field(res, APR_EINVAL, "bad-cursor", "cursor",
                             "is not one that a page gave as next");
    if (status && !(params[1] = status_word(status)))
        return hw_fail_field(res, APR_EINVAL, "bad-status", "status",
                             "\"%s\" is none of open, acknowledged, closed", status);
    rv = hw_db_exec(s->db,
                    "SELECT " INCIDENT_COLUMNS " FROM incident"
                    " WHERE ($1::text IS NULL OR tenant = $1)"
                    " AND ($2::text IS NULL OR status = $2)"
                    " AND ($3::bigint IS NULL OR id < $3::bigint)"
                    " ORDER BY id DESC LIMIT $4::int",
                    4, params, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    list = hw_json_own(json_object_new_object(), p);
    items = json_object_new_array();
    for (int i = 0; i < hw_db_rows(r) && i < limit; i++)
        json_object_array_add(items, incident_json(r, i, p));
    hw_json_set(list, "items", items);
    hw_json_set_string(list, "next",
                       hw_db_rows(r) > limit ? hw_db_text(r, limit - 1, 0, p) : NULL);
    *out = list;
    return APR_SUCCESS;
}

static apr_status_t
add_notes(hw_store_t *s, const char *id, hw_json_t *incident, hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { id };
    hw_json_t *notes = json_object_new_array();
    PGresult *r;
    apr_status_t rv;

    hw_json_set(incident, "notes", notes);
    rv = hw_db_exec(s->db,
                    "SELECT id, author, text, " HW_TS_COL("created_at") " FROM incident_note"
                    " WHERE incident_id = $1::bigint ORDER BY incident_note.created_at, id",
                    1, params, &r, res, p);
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++) {
        hw_json_t *note = json_object_new_object();
        hw_json_set_string(note, "id", hw_db_text(r, i, 0, p));
        hw_json_set_string(note, "author", hw_db_text(r, i, 1, p));
        hw_json_set_string(note, "text", hw_db_text(r, i, 2, p));
        set_time(note, "created_at", r, i, 3, p);
        json_object_array_add(notes, note);
    }
    return rv;
}

static apr_status_t
add_events(hw_store_t *s, const char *id, hw_json_t *incident, hw_result_t *res, apr_pool_t *p)
{
    hw_history_filter_t filter = { .ticket_id = id, .destination = "local" };
    hw_json_t *page, *items;
    apr_status_t rv = hw_store_history_list(s, &filter, &page, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    items = hw_json_get(page, "items");
    hw_json_set(incident, "events", json_object_get(items));
    return APR_SUCCESS;
}

apr_status_t
hw_store_incident_get(hw_store_t *s, const char *id, hw_json_t **out, hw_result_t *res,
                      apr_pool_t *p)
{
    const char *params[] = { id };
    hw_json_t *v;
    PGresult *r;
    apr_status_t rv;

    if (!hw_id_valid(id))
        return no_incident(id, res);
    rv = hw_db_exec(s->db, "SELECT " INCIDENT_COLUMNS ", description FROM incident"
                           " WHERE id = $1::bigint", 1, params, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r))
        return no_incident(id, res);
    v = hw_json_own(incident_json(r, 0, p), p);
    hw_json_set_string(v, "description", hw_db_text(r, 0, 11, p));
    rv = add_notes(s, id, v, res, p);
    if (rv == APR_SUCCESS)
        rv = add_events(s, id, v, res, p);
    *out = v;
    return rv;
}
