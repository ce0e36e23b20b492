/* SPDX-License-Identifier: Apache-2.0 */
/* Backups in: ours, and those of HookWise in Python. Each endpoint is a transaction of its own:
 * one that cannot be taken stops no other, and is left as it was. */
#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>

#include "common/backup.h"
#include "common/settings.h"

void
hw_import_problem(hw_import_t *im, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    json_object_array_add(im->problems, json_object_new_string(apr_pvsprintf(im->p, fmt, ap)));
    va_end(ap);
}

void
hw_import_ignored(hw_import_t *im, const char *name)
{
    for (int i = 0; i < im->names->nelts; i++)
        if (!strcmp(APR_ARRAY_IDX(im->names, i, const char *), name)) {
            APR_ARRAY_IDX(im->times, i, int)++;
            return;
        }
    APR_ARRAY_PUSH(im->names, const char *) = apr_pstrdup(im->p, name);
    APR_ARRAY_PUSH(im->times, int) = 1;
}

/* Failures of the environment end the import; what is wrong with one item is told and passed. */
static int
must_stop(const hw_result_t *res)
{
    return res->rv != APR_SUCCESS && res->cls != HW_PERMANENT;
}

/* --- endpoints ------------------------------------------------------------------------------- */

typedef struct {
    hw_import_t *im;
    hw_endpoint_parts_t parts;
    int created;
} put_t;

static apr_status_t
put_work(hw_store_t *s, void *baton, hw_result_t *res, apr_pool_t *p)
{
    put_t *w = baton;

    return hw_store_endpoint_put(s, &w->parts, 1, w->im->by, &w->created, res, p);
}

static apr_status_t
one_endpoint(hw_import_t *im, const hw_json_t *given, hw_json_t *item, hw_result_t *res)
{
    hw_json_t *doc, *ignored = json_object_new_array();
    put_t w = { .im = im };
    apr_status_t rv;

    hw_json_set(item, "ignored", ignored);
    rv = hw_backup_endpoint(im, given, &doc, ignored, res);
    if (rv == APR_SUCCESS)
        rv = hw_endpoint_split(doc, &w.parts, res, im->p);
    if (rv == APR_SUCCESS)
        rv = hw_store_tx(im->s, put_work, &w, res, im->p);
    if (rv != APR_SUCCESS)
        return rv;
    hw_json_set_string(item, "id", w.parts.id);
    hw_json_set_string(item, "result", w.created ? "created" : "updated");
    if (w.created)
        im->created++;
    else
        im->updated++;
    return APR_SUCCESS;
}

static apr_status_t
import_endpoints(hw_import_t *im, const hw_json_t *list, hw_result_t *res)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const hw_json_t *given = json_object_array_get_idx(list, i);
        const char *name = hw_json_get_string(given, "name");
        const char *id = hw_json_get_string(given, "id");
        hw_json_t *item = json_object_new_object(), *error;
        hw_json_set_string(item, "id", id);
        hw_json_set_string(item, "name", name);
        json_object_array_add(im->endpoints, item);
        hw_result_reset(res);
        if (one_endpoint(im, given, item, res) == APR_SUCCESS)
            continue;
        if (must_stop(res))
            return res->rv;
        im->failed++;
        error = hw_result_json(res, im->p);
        hw_json_set_string(item, "result", "failed");
        hw_json_set(item, "error", json_object_get(error));
        hw_import_problem(im, "endpoint %d \"%s\" (%s) was not imported: %s", (int)i + 1,
                          name ? name : "", id ? id : "no id", hw_result_text(res, im->p));
    }
    return APR_SUCCESS;
}

/* --- tenant map, settings, users ------------------------------------------------------------- */

/* The first of several names a text goes by. */
static const char *
any_text(const hw_json_t *v, const char *const *names)
{
    for (; *names; names++)
        if (hw_json_get_string(v, *names))
            return hw_json_get_string(v, *names);
    return NULL;
}

static apr_status_t
import_maps(hw_import_t *im, const hw_json_t *list, hw_result_t *res)
{
    static const char *const patterns[] = { "pattern", "tenant_value", "tenant", NULL };
    static const char *const companies[] = { "company", "company_id", "customer_id", NULL };

    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const hw_json_t *m = json_object_array_get_idx(list, i);
        const char *pattern = any_text(m, patterns), *company = any_text(m, companies);
        hw_result_reset(res);
        if (!pattern || !company)
            hw_fail(res, APR_EINVAL, "bad-mapping", "needs a tenant and a company");
        else
            hw_store_tenantmap_set(im->s, pattern, company, im->by, res, im->p);
        if (res->rv == APR_SUCCESS) {
            im->maps++;
            continue;
        }
        if (must_stop(res))
            return res->rv;
        im->failed++;
        hw_import_problem(im, "mapping %d \"%s\" was not imported: %s", (int)i + 1,
                          pattern ? pattern : "", hw_result_text(res, im->p));
    }
    return APR_SUCCESS;
}

/* A setting counts when it is one that is kept in the database; of Python's, when we have one of that
 * name and meaning. */
static int
known_setting(const char *name, int ours)
{
    return !strcmp(name, HW_SETTING_MAINTENANCE) || (ours && hw_settings_may_change(name));
}

/* *text as it is stored. */
static apr_status_t
check_setting(hw_import_t *im, const char *name, const char **text, hw_result_t *res)
{
    static const char *const words[] = { "1", "true", "on", "yes", "0", "false", "off", "no" };

    if (strcmp(name, HW_SETTING_MAINTENANCE))
        return hw_settings_check(name, *text, res, im->p);
    for (int i = 0; i < 8; i++)
        if (hw_text_ieq(*text, words[i])) {
            *text = i < 4 ? "1" : "0";
            return APR_SUCCESS;
        }
    return hw_fail_field(res, APR_EINVAL, "bad-setting", name, "is neither true nor false");
}

static apr_status_t
import_settings(hw_import_t *im, hw_json_t *settings, int ours, hw_result_t *res)
{
    json_object_object_foreach(settings, name, v)
    {
        const char *text = hw_json_text(v, im->p);
        if (!text)
            continue;
        if (!known_setting(name, ours)) {
            hw_import_ignored(im, apr_pstrcat(im->p, "settings.", name, NULL));
            continue;
        }
        hw_result_reset(res);
        if (check_setting(im, name, &text, res) == APR_SUCCESS &&
            hw_store_setting_set(im->s, name, text, im->by, res, im->p) == APR_SUCCESS)
            im->settings++;
        else if (must_stop(res))
            return res->rv;
        else {
            im->failed++;
            hw_import_problem(im, "setting \"%s\" was not imported: %s", name,
                              hw_result_text(res, im->p));
        }
    }
    return APR_SUCCESS;
}

static apr_status_t
one_user(hw_import_t *im, const hw_json_t *v, hw_result_t *res)
{
    const char *sealed = hw_json_get_string(v, "password_hash");
    hw_json_t *enabled = hw_json_get(v, "enabled");
    hw_user_t u = { .name = hw_json_get_string(v, "name"), .role = hw_json_get_string(v, "role"),
                    .tenant = hw_json_get_string(v, "tenant"),
                    .enabled = !enabled || json_object_get_boolean(enabled),
                    .totp_secret = hw_json_get_string(v, "totp_secret") };
    unsigned char *hash, *secret;
    apr_size_t len;

    if (!u.name || !u.role || !sealed)
        return hw_fail(res, APR_EINVAL, "bad-user", "needs name, role and password_hash");
    if (hw_fernet_decrypt(im->s->ring, sealed, 0, -1, &hash, &len, NULL, im->p) != APR_SUCCESS)
        return hw_fail_field(res, APR_EINVAL, "bad-token", "password_hash",
                             "cannot be opened: it was sealed with another ENCRYPTION_KEY");
    if (u.totp_secret && hw_fernet_decrypt(im->s->ring, u.totp_secret, 0, -1, &secret, &len, NULL,
                                           im->p) != APR_SUCCESS)
        return hw_fail_field(res, APR_EINVAL, "bad-token", "totp_secret",
                             "cannot be opened: it was sealed with another ENCRYPTION_KEY");
    u.password_hash = (char *)hash;
    return hw_store_user_put(im->s, &u, im->by, res, im->p);
}

static apr_status_t
import_users(hw_import_t *im, const hw_json_t *list, hw_result_t *res)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const hw_json_t *v = json_object_array_get_idx(list, i);
        const char *name = hw_json_get_string(v, "name");
        hw_result_reset(res);
        if (one_user(im, v, res) == APR_SUCCESS)
            im->users++;
        else if (must_stop(res))
            return res->rv;
        else {
            im->failed++;
            hw_import_problem(im, "user \"%s\" was not imported: %s", name ? name : "",
                              hw_result_text(res, im->p));
        }
    }
    return APR_SUCCESS;
}

/* --- the whole ------------------------------------------------------------------------------- */

static hw_json_t *
any_list(const hw_json_t *doc, const char *const *names)
{
    for (; *names; names++)
        if (json_object_is_type(hw_json_get(doc, *names), json_type_array))
            return hw_json_get(doc, *names);
    return NULL;
}

static const char *const endpoint_lists[] = { "endpoints", "configs", "webhook_configs",
                                              "webhooks", NULL };
static const char *const map_lists[] = { "tenant_map", "tenant_maps", "tenantmap", "tenantmaps",
                                         "global_mappings", "mappings", NULL };
static const char *const other_members[] = { "format", "version", "generated_at", "exported_at",
                                             "settings", "users", NULL };

static int
listed(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (!strcmp(name, *names))
            return 1;
    return 0;
}

/* A backup says what it is; one that says nothing must hold a list of endpoints. */
static apr_status_t
check_backup(const hw_json_t *doc, int *ours, hw_json_t **endpoints, hw_result_t *res)
{
    const char *format = hw_json_get_string(doc, "format");
    hw_json_t *version = hw_json_get(doc, "version");

    *ours = format && !strcmp(format, HW_BACKUP_FORMAT);
    if (*ours && json_object_get_int(version) > HW_BACKUP_VERSION)
        return hw_fail_field(res, APR_EINVAL, "newer-backup", "version",
                             "this backup has version %d; version " HW_VERSION
                             " of HookWise reads up to %d",
                             json_object_get_int(version), HW_BACKUP_VERSION);
    *endpoints = json_object_is_type(doc, json_type_array) ? (hw_json_t *)doc
                                                           : any_list(doc, endpoint_lists);
    if (!*endpoints)
        return hw_fail(res, APR_EINVAL, "bad-backup",
                       "not a backup: neither a list of endpoints nor an object with one");
    if (json_object_array_length(*endpoints) > HW_BACKUP_MAX_ENDPOINTS)
        return hw_fail(res, APR_EINVAL, "bad-backup", "holds more than %d endpoints",
                       HW_BACKUP_MAX_ENDPOINTS);
    return APR_SUCCESS;
}

static apr_status_t
import_rest(hw_import_t *im, hw_json_t *doc, int ours, hw_result_t *res)
{
    hw_json_t *maps = any_list(doc, map_lists), *settings = hw_json_get(doc, "settings");
    hw_json_t *users = hw_json_get(doc, "users");
    apr_status_t rv = maps ? import_maps(im, maps, res) : APR_SUCCESS;

    if (rv == APR_SUCCESS && json_object_is_type(settings, json_type_object))
        rv = import_settings(im, settings, ours, res);
    if (rv != APR_SUCCESS || !json_object_is_type(doc, json_type_object))
        return rv;
    if (ours && json_object_is_type(users, json_type_array))
        rv = import_users(im, users, res);
    else if (users) /* hashes of another kind: nobody could log in with them */
        hw_import_ignored(im, "users");
    json_object_object_foreach(doc, name, v)
    {
        if (v && !listed(name, endpoint_lists) && !listed(name, map_lists) &&
            !listed(name, other_members))
            hw_import_ignored(im, name);
    }
    return rv;
}

static hw_json_t *
report(hw_import_t *im)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), im->p), *ignored;

    hw_json_set_int(v, "created", im->created);
    hw_json_set_int(v, "updated", im->updated);
    hw_json_set_int(v, "failed", im->failed);
    hw_json_set_int(v, "tenant_map", im->maps);
    hw_json_set_int(v, "settings", im->settings);
    hw_json_set_int(v, "users", im->users);
    ignored = json_object_new_array();
    for (int i = 0; i < im->names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(im->names, i, const char *);
        int times = APR_ARRAY_IDX(im->times, i, int);
        json_object_array_add(ignored, json_object_new_string(name));
        hw_import_problem(im, "\"%s\" has no meaning here and was left out%s", name,
                          times > 1 ? apr_psprintf(im->p, " (%d times)", times) : "");
    }
    hw_json_set(v, "ignored", ignored);
    hw_json_set(v, "endpoints", json_object_get(im->endpoints));
    hw_json_set(v, "problems", json_object_get(im->problems));
    return v;
}

apr_status_t
hw_store_import(hw_store_t *s, const hw_json_t *given, const hw_actor_t *by, hw_json_t **out,
                hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *doc = given ? hw_json_copy(given, p) : NULL, *endpoints = NULL;
    hw_import_t im = { .s = s, .by = by, .p = p,
                       .endpoints = hw_json_own(json_object_new_array(), p),
                       .problems = hw_json_own(json_object_new_array(), p),
                       .names = apr_array_make(p, 8, sizeof(const char *)),
                       .times = apr_array_make(p, 8, sizeof(int)) };
    int ours;
    apr_status_t rv = check_backup(doc, &ours, &endpoints, res);

    if (rv == APR_SUCCESS)
        rv = import_endpoints(&im, endpoints, res);
    if (rv == APR_SUCCESS)
        rv = import_rest(&im, doc, ours, res);
    if (rv != APR_SUCCESS)
        return rv;
    hw_result_reset(res); /* what was wrong with single items is in the report */
    *out = report(&im);
    return APR_SUCCESS;
}
