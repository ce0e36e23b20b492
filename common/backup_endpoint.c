/* SPDX-License-Identifier: Apache-2.0 */
/* One endpoint of a backup, ours or Python's, as a document that can be stored. */
#include <string.h>

#include <apr_strings.h>

#include "common/backup.h"

typedef enum {
    COL_SECRET,  /* Fernet token, or clear text in backups made before secrets were sealed */
    COL_RENAMED, /* another name for one of our fields */
    COL_DROPPED  /* bookkeeping of the other installation: nothing is lost with it */
} column_e;

static const struct {
    const char *name, *ours;
    column_e what;
} columns[] = {
    { "token", "token", COL_SECRET },
    { "bearer_token", "token", COL_SECRET },
    { "bearer_token_encrypted", "token", COL_SECRET },
    { "hmac_secret", "hmac_secret", COL_SECRET },
    { "auth", "auth", COL_SECRET },
    { "notify", "notify", COL_SECRET },
    { "hmac_secret_encrypted", "hmac_secret", COL_SECRET },
    { "rate_limit_per_minute", "rate_limit", COL_RENAMED },
    { "created_at", NULL, COL_DROPPED },
    { "updated_at", NULL, COL_DROPPED },
    { "last_seen_at", NULL, COL_DROPPED },
    { "last_rotated_at", NULL, COL_DROPPED },
    { "token_created_at", NULL, COL_DROPPED },
    { "version", NULL, COL_DROPPED },
    { "url", NULL, COL_DROPPED },
};

/* Fields in which an empty text says something; elsewhere it is a column nobody filled. */
static const char *const empty_means[] = { "trigger_field" };

static int
known_field(const char *name)
{
    for (const hw_endpoint_field_t *f = hw_endpoint_fields; f->name; f++)
        if (!strcmp(f->name, name))
            return 1;
    return 0;
}

static int
is_empty(const char *name, const hw_json_t *v)
{
    if (!json_object_is_type(v, json_type_string) ||
        !hw_text_blank(json_object_get_string((hw_json_t *)v)))
        return 0;
    for (unsigned i = 0; i < sizeof(empty_means) / sizeof(empty_means[0]); i++)
        if (!strcmp(name, empty_means[i]))
            return 0;
    return 1;
}

static apr_status_t
set_secret(hw_import_t *im, hw_json_t *doc, const char *column, const char *ours,
           const hw_json_t *v, hw_result_t *res)
{
    const char *text = hw_json_text(v, im->p);
    unsigned char *clear;
    apr_size_t len;

    if (!hw_backup_sealed(text)) {
        hw_json_set_string(doc, ours, text);
        return APR_SUCCESS;
    }
    if (hw_fernet_decrypt(im->s->ring, text, 0, -1, &clear, &len, NULL, im->p) != APR_SUCCESS)
        return hw_fail_field(res, APR_EINVAL, "bad-token", column,
                             "cannot be opened: it was sealed with another ENCRYPTION_KEY");
    if (strlen((char *)clear) != len)
        return hw_fail_field(res, APR_EINVAL, "bad-token", column, "holds a NUL byte");
    hw_json_set_string(doc, ours, (char *)clear);
    return APR_SUCCESS;
}

/* Off is stored as 0 hours there; here it is the switch beside it alone. */
static int
is_off_hours(const char *name, const hw_json_t *v, apr_pool_t *p)
{
    const char *text = strcmp(name, "timeout_hours") ? NULL : hw_json_text(v, p);

    return text && !strcmp(text, "0");
}

static apr_status_t
one_member(hw_import_t *im, hw_json_t *doc, hw_json_t *ignored, const char *name, hw_json_t *v,
           hw_result_t *res)
{
    unsigned i = 0;

    if (!v || is_empty(name, v) || is_off_hours(name, v, im->p))
        return APR_SUCCESS;
    while (i < sizeof(columns) / sizeof(columns[0]) && strcmp(columns[i].name, name))
        i++;
    if (i < sizeof(columns) / sizeof(columns[0])) {
        if (columns[i].what == COL_SECRET)
            return set_secret(im, doc, name, columns[i].ours, v, res);
        if (columns[i].what == COL_RENAMED)
            hw_json_set(doc, columns[i].ours, json_object_get(v));
        return APR_SUCCESS;
    }
    if (known_field(name))
        hw_json_set(doc, name, json_object_get(v));
    else {
        json_object_array_add(ignored, json_object_new_string(name));
        hw_import_ignored(im, name);
    }
    return APR_SUCCESS;
}

apr_status_t
hw_backup_endpoint(hw_import_t *im, const hw_json_t *given, hw_json_t **out, hw_json_t *ignored,
                   hw_result_t *res)
{
    hw_json_t *doc = hw_json_own(json_object_new_object(), im->p);
    apr_status_t rv = APR_SUCCESS;

    if (!json_object_is_type(given, json_type_object))
        return hw_fail(res, APR_EINVAL, "bad-document", "is not a JSON object");
    json_object_object_foreach((hw_json_t *)given, name, v)
    {
        rv = one_member(im, doc, ignored, name, v, res);
        if (rv != APR_SUCCESS)
            return rv;
    }
    *out = doc;
    return rv;
}
