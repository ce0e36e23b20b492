/* SPDX-License-Identifier: Apache-2.0 */
/* Backups out: everything that is configured as one document, secrets sealed; and opening a
 * backup's file. Reading one in: backup_import.c. */
#include <string.h>

#include <apr_strings.h>

#include "common/backup.h"
#include "common/clock.h"

static apr_status_t
sealed_member(hw_store_t *s, hw_json_t *v, const char *name, const char *clear, hw_result_t *res,
              apr_pool_t *p)
{
    const char *token;
    apr_status_t rv;

    if (!clear)
        return APR_SUCCESS;
    rv = hw_fernet_encrypt(s->ring, clear, strlen(clear), apr_time_now(), NULL, &token, res, p);
    if (rv == APR_SUCCESS)
        hw_json_set_string(v, name, token);
    return rv;
}

static apr_status_t
add_endpoints(hw_store_t *s, hw_json_t *doc, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *list = json_object_new_array();
    apr_array_header_t *rows;
    apr_status_t rv = hw_store_endpoint_list(s, 1, &rows, res, p);

    hw_json_set(doc, "endpoints", list);
    for (int i = 0; rv == APR_SUCCESS && i < rows->nelts; i++) {
        const hw_endpoint_row_t *row = APR_ARRAY_IDX(rows, i, hw_endpoint_row_t *);
        hw_endpoint_row_t bare = { .id = row->id, .doc = row->doc };
        hw_json_t *v = hw_endpoint_row_json(&bare, p);
        static const char *const not_kept[] = { "version", "created_at", "updated_at",
                                                "token_created_at", "last_seen_at" };
        for (unsigned k = 0; k < sizeof(not_kept) / sizeof(not_kept[0]); k++)
            json_object_object_del(v, not_kept[k]);
        rv = sealed_member(s, v, "token", row->token, res, p);
        if (rv == APR_SUCCESS)
            rv = sealed_member(s, v, "hmac_secret", row->hmac_secret, res, p);
        if (rv == APR_SUCCESS)
            rv = sealed_member(s, v, "auth", row->auth ? hw_json_write(row->auth, p) : NULL, res,
                               p);
        if (rv == APR_SUCCESS)
            rv = sealed_member(s, v, "notify",
                               row->notify ? hw_json_write(row->notify, p) : NULL, res, p);
        json_object_array_add(list, json_object_get(v));
    }
    return rv;
}

static apr_status_t
add_tenant_map(hw_store_t *s, hw_json_t *doc, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *list = json_object_new_array();
    apr_array_header_t *maps;
    apr_status_t rv = hw_store_tenantmap(s, &maps, res, p);

    hw_json_set(doc, "tenant_map", list);
    for (int i = 0; rv == APR_SUCCESS && i < maps->nelts; i++) {
        const hw_tenant_map_t *m = &APR_ARRAY_IDX(maps, i, hw_tenant_map_t);
        hw_json_t *v = json_object_new_object();
        hw_json_set_string(v, "pattern", m->pattern);
        hw_json_set_string(v, "company", m->company);
        json_object_array_add(list, v);
    }
    return rv;
}

static apr_status_t
add_users(hw_store_t *s, hw_json_t *doc, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *list = json_object_new_array();
    apr_array_header_t *users;
    apr_status_t rv = hw_store_user_list(s, &users, res, p);

    hw_json_set(doc, "users", list);
    for (int i = 0; rv == APR_SUCCESS && i < users->nelts; i++) {
        const hw_user_t *u = APR_ARRAY_IDX(users, i, hw_user_t *);
        hw_json_t *v = json_object_new_object();
        json_object_array_add(list, v);
        hw_json_set_string(v, "name", u->name);
        hw_json_set_string(v, "role", u->role);
        hw_json_set_string(v, "tenant", u->tenant);
        hw_json_set_bool(v, "enabled", u->enabled);
        if (u->totp_secret) /* sealed as it is */
            hw_json_set_string(v, "totp_secret", u->totp_secret);
        rv = sealed_member(s, v, "password_hash", u->password_hash, res, p);
    }
    return rv;
}

apr_status_t
hw_store_export(hw_store_t *s, hw_json_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *doc = hw_json_own(json_object_new_object(), p), *settings;
    apr_status_t rv;

    hw_json_set_string(doc, "format", HW_BACKUP_FORMAT);
    hw_json_set_int(doc, "version", HW_BACKUP_VERSION);
    hw_json_set_string(doc, "generated_at", hw_time_rfc3339(apr_time_now(), p));
    rv = add_endpoints(s, doc, res, p);
    if (rv == APR_SUCCESS)
        rv = add_tenant_map(s, doc, res, p);
    if (rv == APR_SUCCESS)
        rv = hw_store_setting_list(s, &settings, res, p);
    if (rv == APR_SUCCESS) {
        hw_json_set(doc, "settings", json_object_get(settings));
        rv = add_users(s, doc, res, p);
    }
    *out = doc;
    return rv;
}

apr_status_t
hw_backup_open(hw_store_t *s, const char *text, apr_size_t len, hw_json_t **out, hw_result_t *res,
               apr_pool_t *p)
{
    const char *start = hw_text_trim(text, p);
    unsigned char *data;

    if (hw_backup_sealed(start)) {
        if (hw_fernet_decrypt(s->ring, start, 0, -1, &data, &len, NULL, p) != APR_SUCCESS)
            return hw_fail_field(res, APR_EINVAL, "bad-token", "ENCRYPTION_KEY",
                                 "cannot open this backup: it was sealed with another key");
        text = (const char *)data;
    }
    return hw_json_parse(text, len, NULL, out, NULL, res, p);
}

/* Version 0x80 and a time of this epoch make every Fernet token begin so. */
int
hw_backup_sealed(const char *text)
{
    return text && !strncmp(text, "gAAAA", 5) && strlen(text) >= 100;
}
