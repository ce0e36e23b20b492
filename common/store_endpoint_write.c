/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints in the database: creating, changing, rotating, deleting; each change is audited. */
#include <string.h>

#include <apr_strings.h>

#include "common/mask.h"
#include "common/store_admin.h"
#include "common/store_private.h"

#define TOKEN_MAX 512 /* bytes of a token that is given */
#define TOKEN_MIN 16  /* what is shorter can be found by trying, or is a word somebody knows */
#define ID_MIN 3      /* of one that somebody chooses; ours have 64 */

/* Shown beside the document, and no part of it when given back. */
static int
is_shown_only(const char *name)
{
    for (const char *const *shown = hw_endpoint_shown; *shown; shown++)
        if (!strcmp(name, *shown))
            return 1;
    return !strcmp(name, "id");
}

/* Text of a member that may be absent, null or empty. */
static const char *
given_text(const hw_json_t *doc, const char *name)
{
    const char *s = hw_json_get_string(doc, name);

    return s && *s ? s : NULL;
}

static apr_status_t
check_id(const char *id, hw_result_t *res)
{
    apr_size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    if (id[n])
        return hw_fail_at(res, APR_EINVAL, "bad-id", "id", (apr_off_t)n,
                          "may hold letters, digits, _ and - only");
    if (n > 64)
        return hw_fail_field(res, APR_EINVAL, "bad-id", "id", "is longer than 64 characters");
    return APR_SUCCESS;
}

/* A token stands in a header: visible ASCII without blanks. */
static apr_status_t
check_token(const char *token, hw_result_t *res)
{
    apr_size_t n = 0;

    while (token[n] > 32 && token[n] < 127)
        n++;
    if (token[n])
        return hw_fail_at(res, APR_EINVAL, "bad-token", "token", (apr_off_t)n,
                          "may hold visible ASCII characters only");
    if (n > TOKEN_MAX)
        return hw_fail_field(res, APR_EINVAL, "bad-token", "token",
                             "is longer than %d characters", TOKEN_MAX);
    return APR_SUCCESS;
}

/* What is chosen anew. Backups may hold shorter ones that senders use: those are kept. */
static apr_status_t
check_chosen(const hw_endpoint_parts_t *parts, const hw_endpoint_row_t *old, hw_result_t *res)
{
    if (!old && parts->id && strlen(parts->id) < ID_MIN)
        return hw_fail_field(res, APR_EINVAL, "bad-id", "id", "is shorter than %d characters",
                             ID_MIN);
    if (!parts->token || strlen(parts->token) >= TOKEN_MIN ||
        (old && old->token && !strcmp(old->token, parts->token)))
        return APR_SUCCESS;
    return hw_fail_field(res, APR_EINVAL, "bad-token", "token",
                         "is shorter than %d characters; without a token a good one is made",
                         TOKEN_MIN);
}

/* A number would be left out in silence, and another one made in its place. */
static apr_status_t
check_texts(const hw_json_t *doc, hw_result_t *res)
{
    static const char *const names[] = { "id", "token" };

    for (int i = 0; i < 2; i++) {
        const hw_json_t *v = hw_json_get(doc, names[i]);

        if (v && !json_object_is_type(v, json_type_string))
            return hw_fail_field(res, APR_EINVAL, "bad-type", names[i], "not a text");
    }
    return APR_SUCCESS;
}

apr_status_t
hw_endpoint_split(const hw_json_t *given, hw_endpoint_parts_t *out, hw_result_t *res,
                  apr_pool_t *p)
{
    hw_json_t *doc = given ? hw_json_copy(given, p) : NULL;
    apr_status_t rv = APR_SUCCESS;

    memset(out, 0, sizeof(*out));
    if (!json_object_is_type(doc, json_type_object))
        return hw_fail(res, APR_EINVAL, "bad-document", "an endpoint is a JSON object");
    if ((rv = check_texts(doc, res)) == APR_SUCCESS && (out->id = given_text(doc, "id")))
        rv = check_id(out->id, res);
    if (rv == APR_SUCCESS && (out->token = given_text(doc, "token")))
        rv = check_token(out->token, res);
    if (rv != APR_SUCCESS)
        return rv;
    out->id = out->id ? apr_pstrdup(p, out->id) : NULL;
    out->token = out->token ? apr_pstrdup(p, out->token) : NULL;
    json_object_object_del(doc, "id");
    hw_endpoint_strip(doc);
    if ((rv = hw_endpoint_check(doc, &out->doc, res, p)) != APR_SUCCESS)
        return rv;
    out->hmac = given_text(out->doc, "hmac_secret");
    out->hmac = out->hmac ? apr_pstrdup(p, out->hmac) : NULL;
    json_object_object_del(out->doc, "hmac_secret");
    if ((rv = hw_endpoint_auth_split(out->doc, &out->auth, res, p)) != APR_SUCCESS)
        return rv;
    return hw_endpoint_notify_split(out->doc, &out->notify, res, p);
}

static apr_status_t
seal(hw_store_t *s, const char *clear, const char **out, hw_result_t *res, apr_pool_t *p)
{
    *out = NULL;
    if (!clear)
        return APR_SUCCESS;
    return hw_fernet_encrypt(s->ring, clear, strlen(clear), apr_time_now(), NULL, out, res, p);
}

static int
flag(const hw_json_t *doc, const char *name, int deflt)
{
    hw_json_t *v = hw_json_get(doc, name);

    return v ? json_object_get_boolean(v) : deflt;
}

static const char *
text_or(const hw_json_t *doc, const char *name, const char *deflt)
{
    const char *s = given_text(doc, name);

    return s ? s : deflt;
}

/* For the audit log: the document with its secrets as stars. */
static hw_json_t *
audit_doc(const hw_json_t *doc, const char *hmac, apr_pool_t *p)
{
    hw_json_t *v = hw_json_copy(doc, p);

    if (hmac)
        hw_json_set_string(v, "hmac_secret", HW_MASKED);
    return v;
}

/* $1 id, $2 name, $3 tenant, $4 doc, $5 display_order, $6 token, $7 its SHA-256, $8 hmac,
 * $9 keep the stored hmac: sealing it anew would change the published record for nothing,
 * $10 auth, $11 keep the stored auth, $12 and $13 the same for notify */
static const char insert_sql[] =
    "INSERT INTO endpoint (id, name, tenant, doc, display_order, token, token_sha256,"
    " token_created_at, hmac_secret, auth, notify)"
    " VALUES ($1, $2, $3, $4::jsonb, $5::int, $6::text,"
    " $7::text, CASE WHEN $6::text IS NOT NULL THEN now() END,"
    " CASE WHEN NOT $9::boolean THEN $8::text END, CASE WHEN NOT $11::boolean THEN $10::text END,"
    " CASE WHEN NOT $13::boolean THEN $12::text END)"
    " ON CONFLICT (id) DO NOTHING RETURNING id";
static const char update_sql[] =
    "UPDATE endpoint SET name = $2, tenant = $3, doc = $4::jsonb, display_order = $5::int,"
    " token = coalesce($6::text, token), token_sha256 = coalesce($7::text, token_sha256),"
    " token_created_at = CASE WHEN $7::text IS DISTINCT FROM token_sha256 AND $7::text IS NOT NULL"
    " THEN now() ELSE token_created_at END, updated_at = now(),"
    " hmac_secret = CASE WHEN $9::boolean THEN hmac_secret ELSE $8::text END,"
    " auth = CASE WHEN $11::boolean THEN auth ELSE $10::text END,"
    " notify = CASE WHEN $13::boolean THEN notify ELSE $12::text END,"
    " version = nextval('endpoint_version_seq') WHERE id = $1 RETURNING id";

static apr_status_t
write_row(hw_store_t *s, const char *sql, const hw_endpoint_parts_t *e, int *rows,
          hw_result_t *res, apr_pool_t *p)
{
    const char *params[13] = { e->id, text_or(e->doc, "name", ""),
                               text_or(e->doc, "tenant", "default"), hw_json_write(e->doc, p) };
    hw_json_t *order = hw_json_get(e->doc, "display_order");
    PGresult *r;
    apr_status_t rv;

    params[4] = hw_int_param(order ? json_object_get_int(order) : 0, p);
    rv = seal(s, e->token, &params[5], res, p);
    if (rv == APR_SUCCESS)
        rv = seal(s, e->hmac, &params[7], res, p);
    if (rv == APR_SUCCESS)
        rv = seal(s, e->auth ? hw_json_write(e->auth, p) : NULL, &params[9], res, p);
    if (rv == APR_SUCCESS)
        rv = seal(s, e->notify ? hw_json_write(e->notify, p) : NULL, &params[11], res, p);
    params[12] = e->keep_notify ? "t" : "f";
    params[10] = e->keep_auth ? "t" : "f";
    params[8] = e->keep_hmac ? "t" : "f";
    params[6] = e->token ? hw_sha256_hex(e->token, strlen(e->token), p) : NULL;
    if (rv == APR_SUCCESS)
        rv = hw_store_tenant_ensure(s, params[2], res, p);
    if (rv == APR_SUCCESS)
        rv = hw_db_execb(s->db, sql, 13, params, NULL, NULL, &r, res, p);
    *rows = rv == APR_SUCCESS ? hw_db_rows(r) : 0;
    return rv;
}

/* Never with '-' in front: programs would take it for an option. */
static const char *
new_id(apr_pool_t *p)
{
    const char *id = hw_random_token(48, p);

    while (id != NULL && *id == '-')
        id = hw_random_token(48, p);
    return id;
}

static apr_status_t
create_row(hw_store_t *s, hw_endpoint_parts_t *parts, const hw_actor_t *by, hw_result_t *res,
           apr_pool_t *p)
{
    int rows;
    apr_status_t rv;

    if (!parts->id)
        parts->id = new_id(p);
    if (!parts->token && flag(parts->doc, "bearer_auth_enabled", 1))
        parts->token = hw_random_token(32, p);
    rv = write_row(s, insert_sql, parts, &rows, res, p);
    if (rv == APR_SUCCESS && !rows)
        return hw_fail_field(res, APR_EEXIST, "conflict", "id", "there is an endpoint %s already",
                             parts->id);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, by, "endpoint.create", parts->id, NULL,
                          audit_doc(parts->doc, parts->hmac, p), res, p);
}

static int
same_list(const hw_json_t *a, const hw_json_t *b, apr_pool_t *p)
{
    return a && b && !strcmp(hw_json_write(a, p), hw_json_write(b, p));
}

static apr_status_t
replace_row(hw_store_t *s, hw_endpoint_parts_t *parts, const hw_endpoint_row_t *old,
            const hw_actor_t *by, hw_result_t *res, apr_pool_t *p)
{
    int rows;
    apr_status_t rv;

    if (!parts->token && !old->token_created_at && flag(parts->doc, "bearer_auth_enabled", 1))
        parts->token = hw_random_token(32, p);
    parts->keep_hmac = parts->hmac && old->hmac_secret && !strcmp(parts->hmac, old->hmac_secret);
    parts->keep_auth = same_list(parts->auth, old->auth, p);
    parts->keep_notify = same_list(parts->notify, old->notify, p);
    rv = write_row(s, update_sql, parts, &rows, res, p);
    if (rv == APR_SUCCESS && !rows)
        return hw_fail(res, APR_NOTFOUND, "no-endpoint", "there is no endpoint \"%s\"", parts->id);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, by, "endpoint.update", parts->id,
                          audit_doc(old->doc, old->hmac_secret, p),
                          audit_doc(parts->doc, parts->hmac, p), res, p);
}

/* The row of exactly this id, locked; *out NULL when there is none. */
static apr_status_t
lock_row(hw_store_t *s, const char *id, int secrets, hw_endpoint_row_t **out, hw_result_t *res,
         apr_pool_t *p)
{
    const char *params[] = { hw_text_param(id, p) };
    PGresult *r;
    apr_status_t rv = hw_db_execb(s->db, "SELECT 1 FROM endpoint WHERE id = $1 FOR UPDATE", 1,
                                  params, NULL, NULL, &r, res, p);

    *out = NULL;
    if (rv != APR_SUCCESS || !hw_db_rows(r))
        return rv;
    return hw_store_endpoint_get(s, id, secrets, out, res, p);
}

apr_status_t
hw_store_endpoint_put(hw_store_t *s, hw_endpoint_parts_t *parts, int replace, const hw_actor_t *by,
                      int *created, hw_result_t *res, apr_pool_t *p)
{
    hw_endpoint_row_t *old = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (parts->id && replace)
        rv = lock_row(s, parts->id, 1, &old, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (created)
        *created = !old;
    return old ? replace_row(s, parts, old, by, res, p) : create_row(s, parts, by, res, p);
}

/* One change of one endpoint, as a transaction. */
typedef struct {
    const char *id;
    const hw_json_t *doc;
    const hw_actor_t *by;
    int overlap, replace;
    const char *version;
    hw_endpoint_row_t **out;
} change_t;

static apr_status_t
create_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const change_t *c = baton;
    hw_endpoint_parts_t parts;
    apr_status_t rv = hw_endpoint_split(c->doc, &parts, res, p);

    if (rv == APR_SUCCESS)
        rv = check_chosen(&parts, NULL, res);
    if (rv == APR_SUCCESS)
        rv = hw_store_endpoint_put(s, &parts, 0, c->by, NULL, res, p);
    return rv == APR_SUCCESS ? hw_store_endpoint_get(s, parts.id, 1, c->out, res, p) : rv;
}

apr_status_t
hw_store_endpoint_create(hw_store_t *s, const hw_json_t *doc, const hw_actor_t *by,
                         hw_endpoint_row_t **out, hw_result_t *res, apr_pool_t *p)
{
    change_t c = { .doc = doc, .by = by, .out = out };

    return hw_store_tx(s, create_work, &c, res, p);
}

/* The stored document, or none, under the members that are given; null removes. A secret shown as
 * stars, and one that a whole document does not mention, is the stored one. */
static hw_json_t *
changed(const hw_endpoint_row_t *row, const change_t *c, apr_pool_t *p)
{
    hw_json_t *doc = c->replace ? hw_json_own(json_object_new_object(), p)
                                : hw_json_copy(row->doc, p);
    hw_json_t *given = hw_json_copy(c->doc, p);
    const char *hmac = hw_json_get_string(given, "hmac_secret");

    if (hmac && !strcmp(hmac, HW_MASKED))
        json_object_object_del(given, "hmac_secret");
    hw_json_set_string(doc, "hmac_secret", row->hmac_secret);
    if (hw_json_get(given, "auth"))
        hw_json_set(given, "auth",
                    json_object_get(hw_endpoint_auth_keep(hw_json_get(given, "auth"), row->auth,
                                                          p)));
    if (row->auth)
        hw_json_set(doc, "auth", json_object_get(hw_json_copy(row->auth, p)));
    if (hw_json_get(given, "notify"))
        hw_json_set(given, "notify",
                    json_object_get(hw_endpoint_notify_keep(hw_json_get(given, "notify"),
                                                            row->notify, p)));
    if (row->notify)
        hw_json_set(doc, "notify", json_object_get(hw_json_copy(row->notify, p)));
    json_object_object_foreach(given, name, value)
    {
        if (!value)
            json_object_object_del(doc, name);
        else if (!is_shown_only(name) || !strcmp(name, "token"))
            hw_json_set(doc, name, json_object_get(value));
    }
    return doc;
}

static apr_status_t
no_endpoint(const char *id, hw_result_t *res)
{
    return hw_fail(res, APR_NOTFOUND, "no-endpoint", "there is no endpoint \"%s\"", id);
}

static apr_status_t
check_same_id(const change_t *c, hw_result_t *res)
{
    const hw_json_t *id = hw_json_get(c->doc, "id");
    const char *text = hw_json_string(id, NULL);

    if (!id || (text && !strcmp(text, c->id)))
        return APR_SUCCESS;
    return hw_fail_field(res, APR_EINVAL, "bad-id", "id",
                         "is not this endpoint's, and cannot be changed");
}

static apr_status_t
update_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const change_t *c = baton;
    hw_endpoint_parts_t parts;
    hw_endpoint_row_t *row;
    apr_status_t rv = lock_row(s, c->id, 1, &row, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    if (!row)
        return no_endpoint(c->id, res);
    if (!json_object_is_type(c->doc, json_type_object))
        return hw_fail(res, APR_EINVAL, "bad-document", "an endpoint is a JSON object");
    if (c->version && strcmp(c->version, row->version)) {
        rv = hw_fail(res, APR_EGENERAL, "changed",
                     "somebody else saved \"%s\" meanwhile; load it again", row->name);
        if (res)
            res->http_status = 409;
        return rv;
    }
    if ((rv = check_same_id(c, res)) == APR_SUCCESS)
        rv = hw_endpoint_split(changed(row, c, p), &parts, res, p);
    parts.id = c->id;
    if (rv == APR_SUCCESS)
        rv = check_chosen(&parts, row, res);
    if (rv == APR_SUCCESS)
        rv = replace_row(s, &parts, row, c->by, res, p);
    return rv == APR_SUCCESS ? hw_store_endpoint_get(s, c->id, 1, c->out, res, p) : rv;
}

apr_status_t
hw_store_endpoint_update(hw_store_t *s, const char *id, const hw_json_t *patch,
                         const hw_actor_t *by, hw_endpoint_row_t **out, hw_result_t *res,
                         apr_pool_t *p)
{
    change_t c = { .id = id, .doc = patch, .by = by, .out = out };

    return hw_store_tx(s, update_work, &c, res, p);
}

apr_status_t
hw_store_endpoint_save(hw_store_t *s, const char *id, const hw_endpoint_save_t *save,
                       const hw_actor_t *by, hw_endpoint_row_t **out, hw_result_t *res,
                       apr_pool_t *p)
{
    change_t c = { .id = id, .doc = save->doc, .replace = save->replace,
                   .version = save->version, .by = by, .out = out };

    return hw_store_tx(s, update_work, &c, res, p);
}

static apr_status_t
delete_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const change_t *c = baton;
    const char *params[] = { c->id };
    hw_endpoint_row_t *row;
    apr_status_t rv = lock_row(s, c->id, 0, &row, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    if (!row)
        return no_endpoint(c->id, res);
    rv = hw_db_execb(s->db, "DELETE FROM endpoint WHERE id = $1", 1, params, NULL, NULL, NULL, res,
                     p);
    if (rv != APR_SUCCESS)
        return rv;
    return hw_store_audit(s, c->by, "endpoint.delete", c->id,
                          audit_doc(row->doc, NULL, p), NULL, res, p);
}

apr_status_t
hw_store_endpoint_delete(hw_store_t *s, const char *id, const hw_actor_t *by, hw_result_t *res,
                         apr_pool_t *p)
{
    change_t c = { .id = id, .by = by };

    return hw_store_tx(s, delete_work, &c, res, p);
}

static apr_status_t
rotate_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const change_t *c = baton;
    const char *token = hw_random_token(32, p);
    const char *params[] = { c->id, NULL, hw_sha256_hex(token, strlen(token), p),
                             hw_int_param(c->overlap, p) };
    PGresult *r;
    apr_status_t rv = seal(s, token, &params[1], res, p);

    if (rv == APR_SUCCESS)
        rv = hw_db_execb(s->db,
                         "UPDATE endpoint SET"
                         " previous_sha256 = CASE WHEN $4::int > 0 THEN token_sha256 END,"
                         " previous_until = CASE WHEN $4::int > 0 THEN now() +"
                         " make_interval(secs => $4::int) END, token = $2, token_sha256 = $3,"
                         " token_created_at = now(), updated_at = now(),"
                         " version = nextval('endpoint_version_seq') WHERE id = $1 RETURNING id",
                         4, params, NULL, NULL, &r, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (!hw_db_rows(r))
        return no_endpoint(c->id, res);
    rv = hw_store_audit(s, c->by, "endpoint.rotate", c->id, NULL, NULL, res, p);
    return rv == APR_SUCCESS ? hw_store_endpoint_get(s, c->id, 1, c->out, res, p) : rv;
}

apr_status_t
hw_store_endpoint_rotate(hw_store_t *s, const char *id, int overlap_seconds, const hw_actor_t *by,
                         hw_endpoint_row_t **out, hw_result_t *res, apr_pool_t *p)
{
    change_t c = { .id = id, .by = by, .overlap = overlap_seconds, .out = out };

    return hw_store_tx(s, rotate_work, &c, res, p);
}
