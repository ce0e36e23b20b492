/* SPDX-License-Identifier: Apache-2.0 */
/* Publishing: endpoint records from PostgreSQL into Redis, where mod_hookwise finds them. */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "common/auth.h"
#include "common/preset.h"
#include "common/queue_batch.h"
#include "common/store_identity.h"
#include "common/store_mirror.h"
#include "common/store_private.h"

/* Members of a record that come from the document, its preset or the field's default, in this
 * order; a record's version is the digest of its text. */
static const struct {
    const char *member, *field;
} from_doc[] = {
    { "enabled", "is_enabled" },          { "draft", "is_draft" },
    { "bearer", "bearer_auth_enabled" },  { "trusted_ips", "trusted_ips" },
    { "success_code", "success_code" },   { "max_body_kb", "max_body_kb" },
    { "rate_limit", "rate_limit" },       { "dedup_window_seconds", "dedup_window_seconds" },
};

static hw_json_t *
preset_doc(const hw_json_t *doc, apr_pool_t *p)
{
    const char *name = hw_json_get_string(doc, "preset");
    const hw_preset_t *preset = name ? hw_preset_find(name) : NULL;
    hw_json_t *v = NULL;

    if (preset)
        hw_json_parse(preset->document, strlen(preset->document), NULL, &v, NULL, NULL, p);
    return v;
}

static hw_json_t *
field_default(const char *field, const hw_settings_t *settings, apr_pool_t *p)
{
    hw_json_t *v = NULL;

    if (!strcmp(field, "max_body_kb"))
        return hw_json_own(
            json_object_new_int64(hw_set_int(settings, "MAX_CONTENT_LENGTH_KB")), p);
    for (const hw_endpoint_field_t *f = hw_endpoint_fields; f->name; f++)
        if (!strcmp(f->name, field) && f->deflt)
            hw_json_parse(f->deflt, strlen(f->deflt), NULL, &v, NULL, NULL, p);
    return v;
}

/* A list of addresses may be an array; the record holds it as text. */
static hw_json_t *
as_text_list(hw_json_t *v, apr_pool_t *p)
{
    hw_buf_t b;

    if (!json_object_is_type(v, json_type_array))
        return json_object_get(v);
    hw_buf_init(&b, p);
    for (size_t i = 0; i < json_object_array_length(v); i++) {
        const char *s = hw_json_text(json_object_array_get_idx(v, i), p);
        hw_buf_adds(&b, i ? "," : "");
        hw_buf_adds(&b, s ? s : "");
    }
    return json_object_new_string(b.s);
}

static void
add_token(hw_json_t *tokens, const char *sha256, apr_time_t until)
{
    hw_json_t *t = json_object_new_object();

    hw_json_set_string(t, "sha256", sha256);
    hw_json_set_int(t, "until", apr_time_sec(until));
    json_object_array_add(tokens, t);
}

static const char *
record_text(const hw_publish_row_t *row, const hw_settings_t *settings, apr_pool_t *p)
{
    hw_json_t *rec = hw_json_own(json_object_new_object(), p);
    hw_json_t *tokens = json_object_new_array(), *preset = preset_doc(row->doc, p), *v;

    hw_json_set_string(rec, "id", row->id);
    hw_json_set_string(rec, "name", row->name);
    hw_json_set_string(rec, "tenant", row->tenant);
    hw_json_set_string(rec, "preset", hw_json_get_string(row->doc, "preset"));
    for (unsigned i = 0; i < sizeof(from_doc) / sizeof(from_doc[0]); i++) {
        if (!(v = hw_json_get(row->doc, from_doc[i].field)) &&
            !(v = hw_json_get(preset, from_doc[i].field)))
            v = field_default(from_doc[i].field, settings, p);
        hw_json_set(rec, from_doc[i].member, as_text_list(v, p));
    }
    if (row->token_sha256)
        add_token(tokens, row->token_sha256, 0);
    if (row->previous_sha256)
        add_token(tokens, row->previous_sha256, row->previous_until);
    hw_json_set(rec, "tokens", tokens);
    hw_json_set_string(rec, "hmac", row->hmac);
    hw_json_set_string(rec, "auth", row->auth);
    return hw_json_write(rec, p);
}

/* --- what goes to Redis: one MULTI … EXEC --------------------------------------------------- */

static void
add_record(hw_batch_t *b, const char *id, const char *record)
{
    const char *ep[] = { "HSET", "hw:ep", id, record };
    const char *epv[] = { "HSET", "hw:epv", id, hw_auth_version(record, strlen(record), b->p) };

    hw_batch_add(b, 4, ep);
    hw_batch_add(b, 4, epv);
}

static void
add_removal(hw_batch_t *b, const char *id)
{
    const char *ep[] = { "HDEL", "hw:ep", id }, *epv[] = { "HDEL", "hw:epv", id };

    hw_batch_add(b, 3, ep);
    hw_batch_add(b, 3, epv);
}

/* The endpoints that a PSA's own address leads to: the hash hw:sync, provider → ids with blanks
 * between them. */
static void
add_mirrors(hw_batch_t *b, hw_json_t *all)
{
    const char *del[] = { "DEL", "hw:sync" };

    hw_batch_add(b, 2, del);
    json_object_object_foreach(all, provider, ids)
    {
        const char *text = "";

        for (size_t i = 0; i < json_object_array_length(ids); i++)
            text = apr_pstrcat(b->p, text, i > 0 ? " " : "",
                               json_object_get_string(json_object_array_get_idx(ids, i)), NULL);
        const char *set[] = { "HSET", "hw:sync", provider, text };
        hw_batch_add(b, 4, set);
    }
}

/* Ids that Redis holds and the database does not. */
static apr_status_t
add_gone(hw_batch_t *b, const apr_array_header_t *rows)
{
    apr_hash_t *known = apr_hash_make(b->p);
    redisReply *reply;
    apr_status_t rv = hw_queue_commandf(b->q, &reply, b->res, b->p, "HKEYS hw:ep");
    const char *multi[] = { "MULTI" };

    if (rv != APR_SUCCESS)
        return rv;
    for (int i = 0; i < rows->nelts; i++)
        apr_hash_set(known, APR_ARRAY_IDX(rows, i, hw_publish_row_t *)->id, APR_HASH_KEY_STRING,
                     "");
    hw_batch_add(b, 1, multi);
    for (size_t i = 0; i < reply->elements; i++)
        if (!apr_hash_get(known, reply->element[i]->str, APR_HASH_KEY_STRING))
            add_removal(b, reply->element[i]->str);
    return b->rv;
}

static apr_status_t
is_published(hw_queue_t *q, int *yes, hw_result_t *res, apr_pool_t *p)
{
    redisReply *reply;
    apr_status_t rv = hw_queue_commandf(q, &reply, res, p, "EXISTS hw:cfg");

    *yes = rv == APR_SUCCESS && reply->integer == 1;
    return rv;
}

typedef struct {
    hw_queue_t *q;
    const hw_settings_t *settings;
    const char *id;
    int *count;
} publish_t;

static apr_status_t
publish_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    const publish_t *w = baton;
    const char *multi[] = { "MULTI" }, *exec[] = { "EXEC" }, *cfg[] = { "SET", "hw:cfg", "1" };
    hw_batch_t b = { .q = w->q, .res = res, .p = p };
    const char *id = w->id;
    apr_array_header_t *rows;
    hw_json_t *mirrors;
    int published = 0;
    apr_status_t rv = hw_store_publish_lock(s, res, p);

    if (rv == APR_SUCCESS && id)
        rv = is_published(w->q, &published, res, p);
    if (!published)
        id = NULL; /* one record alone would hide that the others are missing */
    if (rv == APR_SUCCESS)
        rv = hw_store_publish_rows(s, id, &rows, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_store_mirror_endpoints(s, &mirrors, res, p);
    if (rv != APR_SUCCESS)
        return rv;
    if (!id)
        rv = add_gone(&b, rows);
    else
        hw_batch_add(&b, 1, multi);
    if (rv != APR_SUCCESS)
        return rv;
    if (id && !rows->nelts)
        add_removal(&b, id);
    for (int i = 0; i < rows->nelts; i++) {
        const hw_publish_row_t *row = APR_ARRAY_IDX(rows, i, hw_publish_row_t *);
        add_record(&b, row->id, record_text(row, w->settings, p));
    }
    add_mirrors(&b, mirrors);
    hw_batch_add(&b, 3, cfg);
    hw_batch_add(&b, 1, exec);
    *w->count = rows->nelts;
    return hw_batch_finish(&b);
}

apr_status_t
hw_publish(hw_store_t *s, hw_queue_t *q, const hw_settings_t *settings, const char *id, int *count,
           hw_result_t *res, apr_pool_t *p)
{
    int ignored;
    publish_t w = { .q = q, .settings = settings, .id = id, .count = count ? count : &ignored };
    apr_status_t rv = hw_store_tx(s, publish_work, &w, res, p);

    return rv == APR_SUCCESS && !id ? hw_publish_identity(s, q, res, p) : rv;
}
