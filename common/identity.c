/* SPDX-License-Identifier: Apache-2.0 */
/* Roles, credentials, and the records of users and API keys. */
#include "common/identity.h"

#include <apr_strings.h>
#include <string.h>

#include "common/crypto.h"
#include "common/result.h"
#include "common/text.h"

#define KEY_BYTES 32
#define KEY_CHARS 43 /* of KEY_BYTES as base64url */

/* A yescrypt hash at the cost of new ones, of a password nobody knows. */
#define NOBODY "$y$j9T$8kmvO2QMt790qJf038xQW0$NdBA4AVEKaDlQ3fF4tbUkj2.qHdKd3HawpaopSaYOC9"

static const char *const roles[] = {"anyone", "viewer", "operator", "admin", "owner"};

const char *
hw_role_name(hw_role_e role)
{
    return roles[role];
}

hw_role_e
hw_role_read(const char *word)
{
    for (int i = HW_VIEWER; i <= HW_OWNER && word != NULL; i++)
        if (strcmp(word, roles[i]) == 0)
            return (hw_role_e)i;
    return HW_ANYONE;
}

/* --- users of the site's own login -------------------------------------------------------------- */

/* What an entry gives, whoever it is for. *len: of the name in it. */
static hw_role_e
entry_read(const char *entry, apr_size_t *len, const char **tenant, apr_pool_t *p)
{
    const char *eq = strrchr(entry, '='), *at = eq != NULL ? strchr(eq, '@') : NULL;

    if (eq == NULL || eq == entry || (at != NULL && at[1] == '\0'))
        return HW_ANYONE;
    *len = (apr_size_t)(eq - entry);
    *tenant = at != NULL ? at + 1 : "*";
    return hw_role_read(at != NULL ? apr_pstrmemdup(p, eq + 1, (apr_size_t)(at - eq - 1))
                                   : eq + 1);
}

int
hw_site_user(const char *rules, const char *name, hw_identity_t *who, apr_pool_t *p)
{
    const apr_array_header_t *list = hw_text_split(rules, ',', p);

    for (int i = 0; i < list->nelts; i++) {
        const char *entry = APR_ARRAY_IDX(list, i, const char *), *tenant;
        apr_size_t len;
        hw_role_e role = entry_read(entry, &len, &tenant, p);

        if (role == HW_ANYONE || ((len != 1 || *entry != '*') &&
                                  (strlen(name) != len || memcmp(entry, name, len) != 0)))
            continue;
        *who = (hw_identity_t){ .name = name, .role = role, .tenant = tenant, .enabled = 1 };
        return 1;
    }
    return 0;
}

const char *
hw_site_user_bad(const char *rules, apr_pool_t *p)
{
    const apr_array_header_t *list = hw_text_split(rules, ',', p);

    for (int i = 0; i < list->nelts; i++) {
        const char *entry = APR_ARRAY_IDX(list, i, const char *), *tenant;
        apr_size_t len;

        if (entry_read(entry, &len, &tenant, p) == HW_ANYONE)
            return entry;
    }
    return NULL;
}

/* --- records ----------------------------------------------------------------------------------- */

const char *
hw_identity_user_text(const hw_identity_t *who, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);

    hw_json_set_string(v, "hash", who->hash);
    hw_json_set_string(v, "role", hw_role_name(who->role));
    hw_json_set_string(v, "tenant", who->tenant);
    hw_json_set_bool(v, "enabled", who->enabled);
    hw_json_set_int(v, "version", who->version);
    hw_json_set_bool(v, "totp", who->totp);
    return hw_json_write(v, p);
}

const char *
hw_identity_key_text(const hw_identity_t *who, apr_pool_t *p)
{
    hw_json_t *v = hw_json_own(json_object_new_object(), p);

    hw_json_set_string(v, "id", who->id);
    hw_json_set_string(v, "name", who->name);
    hw_json_set_string(v, "role", hw_role_name(who->role));
    hw_json_set_string(v, "tenant", who->tenant);
    hw_json_set_int(v, "until", apr_time_sec(who->until));
    return hw_json_write(v, p);
}

static apr_status_t
read_common(const char *text, apr_size_t len, hw_json_t **doc, hw_identity_t **out,
            hw_result_t *res, apr_pool_t *p)
{
    hw_identity_t *who = apr_pcalloc(p, sizeof(*who));
    apr_status_t rv = hw_json_parse(text, len, NULL, doc, NULL, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    who->role = hw_role_read(hw_json_get_string(*doc, "role"));
    who->tenant = hw_json_get_string(*doc, "tenant");
    if (who->role == HW_ANYONE || who->tenant == NULL)
        return hw_fail(res, APR_EINVAL, "bad-record", "a published user has no role or tenant");
    *out = who;
    return APR_SUCCESS;
}

apr_status_t
hw_identity_user_read(const char *name, const char *text, apr_size_t len, hw_identity_t **out,
                      hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *v;
    apr_status_t rv = read_common(text, len, &v, out, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    (*out)->name = apr_pstrdup(p, name);
    (*out)->hash = hw_json_get_string(v, "hash");
    (*out)->enabled = json_object_get_boolean(hw_json_get(v, "enabled"));
    (*out)->totp = json_object_get_boolean(hw_json_get(v, "totp"));
    (*out)->version = json_object_get_int64(hw_json_get(v, "version"));
    return APR_SUCCESS;
}

apr_status_t
hw_identity_key_read(const char *text, apr_size_t len, hw_identity_t **out, hw_result_t *res,
                     apr_pool_t *p)
{
    hw_json_t *v;
    apr_status_t rv = read_common(text, len, &v, out, res, p);

    if (rv != APR_SUCCESS)
        return rv;
    (*out)->id = hw_json_get_string(v, "id");
    (*out)->name = hw_json_get_string(v, "name");
    (*out)->until = apr_time_from_sec(json_object_get_int64(hw_json_get(v, "until")));
    (*out)->enabled = 1;
    if ((*out)->id == NULL || (*out)->name == NULL)
        return hw_fail(res, APR_EINVAL, "bad-record", "a published API key has no id or name");
    return APR_SUCCESS;
}

const char *
hw_identity_key_new(apr_pool_t *p)
{
    return apr_pstrcat(p, HW_KEY_PREFIX, hw_random_token(KEY_BYTES, p), NULL);
}

int
hw_identity_is_key(const char *text)
{
    apr_size_t prefix = strlen(HW_KEY_PREFIX);

    return strncmp(text, HW_KEY_PREFIX, prefix) == 0 && strlen(text) == prefix + KEY_CHARS;
}

/* "name:password" in base64. */
static hw_credentials_t
read_basic(const char *text, apr_pool_t *p)
{
    hw_credentials_t c = {.scheme = HW_CRED_NONE};
    unsigned char *data;
    apr_size_t len;
    char *colon;

    if (hw_unbase64(text, strlen(text), &data, &len, p) != APR_SUCCESS ||
        memchr(data, '\0', len) != NULL)
        return c;
    c.name = apr_pstrmemdup(p, (const char *)data, len);
    colon = strchr(c.name, ':');
    if (colon == NULL || !hw_utf8_valid(c.name, len, NULL))
        return c;
    *colon = '\0';
    c.secret = colon + 1;
    c.scheme = HW_CRED_BASIC;
    return c;
}

hw_credentials_t
hw_credentials_read(const char *authorization, apr_pool_t *p)
{
    hw_credentials_t none = {.scheme = HW_CRED_NONE}, c = none;
    const char *word, *blank;

    if (authorization == NULL || (blank = strchr(authorization, ' ')) == NULL)
        return none;
    word = apr_pstrmemdup(p, authorization, (apr_size_t)(blank - authorization));
    c.secret = hw_text_trim(blank, p);
    if (*c.secret == '\0')
        return none;
    if (hw_text_ieq(word, "Basic"))
        return read_basic(c.secret, p);
    c.scheme = hw_text_ieq(word, "Bearer") ? HW_CRED_BEARER : HW_CRED_NONE;
    return c;
}

int
hw_identity_password(const hw_identity_t *who, const char *password)
{
    int known = who != NULL && who->hash != NULL;
    int fits = hw_password_verify(password, known ? who->hash : NOBODY);

    return known && fits;
}
