/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints in the database: reading them. Writing: store_endpoint_write.c. */
#include <string.h>

#include <apr_strings.h>

#include "common/clock.h"
#include "common/store_private.h"

#define ENDPOINT_COLUMNS                                                                          \
    "e.id, e.name, e.tenant, e.version, e.doc, e.token, e.hmac_secret, "                          \
    HW_TS_COL("e.created_at") ", " HW_TS_COL("e.updated_at") ", " HW_TS_COL("s.last_seen_at")     \
    ", " HW_TS_COL("e.token_created_at") ", e.auth, e.notify"
#define ENDPOINT_FROM " FROM endpoint e LEFT JOIN endpoint_seen s ON s.endpoint_id = e.id"

static apr_status_t
open_secret(hw_store_t *s, const char *sealed, const char *id, const char *what, const char **out,
            hw_result_t *res, apr_pool_t *p)
{
    unsigned char *data;
    apr_size_t len;

    *out = NULL;
    if (!sealed)
        return APR_SUCCESS;
    if (!s->ring || hw_fernet_decrypt(s->ring, sealed, 0, -1, &data, &len, NULL, p) != APR_SUCCESS)
        return hw_fail_field(res, APR_EINVAL, "bad-token", "ENCRYPTION_KEY",
                             "cannot open the %s of endpoint %s: it was sealed with another key",
                             what, id);
    *out = (const char *)data;
    return APR_SUCCESS;
}

static apr_status_t
open_list(hw_store_t *s, const char *sealed, const char *id, const char *what, hw_json_t **out,
          hw_result_t *res, apr_pool_t *p)
{
    const char *text;
    apr_status_t rv = open_secret(s, sealed, id, what, &text, res, p);

    if (rv != APR_SUCCESS || !text)
        return rv;
    return hw_json_parse(text, strlen(text), NULL, out, NULL, res, p);
}

static apr_status_t
read_row(hw_store_t *s, const PGresult *r, int row, int secrets, hw_endpoint_row_t **out,
         hw_result_t *res, apr_pool_t *p)
{
    hw_endpoint_row_t *e = apr_pcalloc(p, sizeof(*e));
    const char *doc = hw_db_text(r, row, 4, p);
    apr_status_t rv = hw_json_parse(doc, strlen(doc), NULL, &e->doc, NULL, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    e->id = hw_db_text(r, row, 0, p);
    e->name = hw_db_text(r, row, 1, p);
    e->tenant = hw_db_text(r, row, 2, p);
    e->version = hw_db_text(r, row, 3, p);
    e->created_at = hw_db_int(r, row, 7);
    e->updated_at = hw_db_int(r, row, 8);
    e->last_seen_at = hw_db_int(r, row, 9);
    e->token_created_at = hw_db_int(r, row, 10);
    *out = e;
    if (!secrets)
        return APR_SUCCESS;
    rv = open_secret(s, hw_db_text(r, row, 5, p), e->id, "token", &e->token, res, p);
    if (rv == APR_SUCCESS)
        rv = open_secret(s, hw_db_text(r, row, 6, p), e->id, "hmac_secret", &e->hmac_secret, res,
                         p);
    if (rv == APR_SUCCESS)
        rv = open_list(s, hw_db_text(r, row, 11, p), e->id, "auth", &e->auth, res, p);
    if (rv == APR_SUCCESS)
        rv = open_list(s, hw_db_text(r, row, 12, p), e->id, "notify", &e->notify, res, p);
    return rv;
}

apr_status_t
hw_store_endpoint_get(hw_store_t *s, const char *id, int secrets, hw_endpoint_row_t **out,
                      hw_result_t *res, apr_pool_t *p)
{
    const char *params[] = { hw_text_param(id, p) };
    PGresult *r;
    apr_status_t rv = hw_db_exec(s->db,
                                 "SELECT " ENDPOINT_COLUMNS ENDPOINT_FROM
                                 " WHERE e.id = $1 OR e.name = $1 ORDER BY e.id = $1 DESC LIMIT 2",
                                 1, params, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r))
        return hw_fail(res, APR_NOTFOUND, "no-endpoint", "there is no endpoint \"%s\"", id);
    if (hw_db_rows(r) > 1 && strcmp(hw_db_text(r, 0, 0, p), id))
        return hw_fail(res, APR_EINVAL, "ambiguous",
                       "more than one endpoint is named \"%s\"; use its id", id);
    return read_row(s, r, 0, secrets, out, res, p);
}

apr_status_t
hw_store_endpoint_list(hw_store_t *s, int secrets, apr_array_header_t **out, hw_result_t *res,
                       apr_pool_t *p)
{
    PGresult *r;
    apr_status_t rv = hw_db_exec(s->db,
                                 "SELECT " ENDPOINT_COLUMNS ENDPOINT_FROM
                                 " ORDER BY e.display_order, lower(e.name), e.id",
                                 0, NULL, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *out = apr_array_make(p, hw_db_rows(r) + 1, sizeof(hw_endpoint_row_t *));
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++) {
        hw_endpoint_row_t *row;
        rv = read_row(s, r, i, secrets, &row, res, p);
        if (rv == APR_SUCCESS)
            APR_ARRAY_PUSH(*out, hw_endpoint_row_t *) = row;
    }
    return rv;
}

apr_status_t
hw_store_endpoint_sealed(hw_store_t *s, int *all, int *strange, hw_result_t *res, apr_pool_t *p)
{
    PGresult *r;
    const char *secret;
    apr_status_t rv = hw_db_exec(
        s->db, "SELECT id, token, hmac_secret, auth, notify FROM endpoint ORDER BY id", 0, NULL,
        &r, res, p);

    *all = *strange = 0;
    if (rv != APR_SUCCESS)
        return rv;
    *all = hw_db_rows(r);
    for (int i = 0; i < *all; i++)
        for (int col = 1; col <= 4; col++)
            if (open_secret(s, hw_db_text(r, i, col, p), "", "", &secret, NULL, p)) {
                ++*strange;
                break;
            }
    return APR_SUCCESS;
}

static void
set_time(hw_json_t *v, const char *name, apr_time_t t, apr_pool_t *p)
{
    hw_json_set_string(v, name, t ? hw_time_rfc3339(t, p) : NULL);
}

/* Members in the order of the field table: jsonb keeps its own. */
hw_json_t *
hw_endpoint_row_json(const hw_endpoint_row_t *row, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);
    hw_json_t *doc = hw_json_copy(row->doc, p);

    hw_json_set_string(v, "id", row->id);
    for (const hw_endpoint_field_t *f = hw_endpoint_fields; f->name; f++) {
        hw_json_t *member = hw_json_get(doc, f->name);
        if (row->auth && !strcmp(f->name, "auth"))
            member = row->auth;
        if (row->notify && !strcmp(f->name, "notify"))
            member = row->notify;
        if (member && strcmp(f->name, "id"))
            hw_json_set(v, f->name, json_object_get(member));
    }
    if (row->hmac_secret)
        hw_json_set_string(v, "hmac_secret", row->hmac_secret);
    if (row->token)
        hw_json_set_string(v, "token", row->token);
    hw_json_set_string(v, "version", row->version);
    set_time(v, "created_at", row->created_at, p);
    set_time(v, "updated_at", row->updated_at, p);
    set_time(v, "token_created_at", row->token_created_at, p);
    set_time(v, "last_seen_at", row->last_seen_at, p);
    return v;
}

apr_status_t
hw_store_publish_lock(hw_store_t *s, hw_result_t *res, apr_pool_t *ptemp)
{
    return hw_db_exec(s->db, "SELECT pg_advisory_xact_lock(7305190246000002)", 0, NULL, NULL, res,
                      ptemp);
}

apr_status_t
hw_store_publish_rows(hw_store_t *s, const char *id, apr_array_header_t **out, hw_result_t *res,
                      apr_pool_t *p)
{
    const char *params[] = { id };
    PGresult *r;
    apr_status_t rv = hw_db_exec(
        s->db,
        "SELECT id, name, tenant, token_sha256, CASE WHEN previous_until > now()"
        " THEN previous_sha256 END, " HW_TS_COL("previous_until") ", hmac_secret, doc, auth"
        " FROM endpoint WHERE $1::text IS NULL OR id = $1 ORDER BY id",
        1, params, &r, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    *out = apr_array_make(p, hw_db_rows(r) + 1, sizeof(hw_publish_row_t *));
    for (int i = 0; rv == APR_SUCCESS && i < hw_db_rows(r); i++) {
        hw_publish_row_t *row = apr_pcalloc(p, sizeof(*row));
        const char *doc = hw_db_text(r, i, 7, p);
        row->id = hw_db_text(r, i, 0, p);
        row->name = hw_db_text(r, i, 1, p);
        row->tenant = hw_db_text(r, i, 2, p);
        row->token_sha256 = hw_db_text(r, i, 3, p);
        row->previous_sha256 = hw_db_text(r, i, 4, p);
        row->previous_until = hw_db_int(r, i, 5);
        row->hmac = hw_db_text(r, i, 6, p);
        row->auth = hw_db_text(r, i, 8, p);
        rv = hw_json_parse(doc, strlen(doc), NULL, &row->doc, NULL, res, p);
        APR_ARRAY_PUSH(*out, hw_publish_row_t *) = row;
    }
    return rv;
}
