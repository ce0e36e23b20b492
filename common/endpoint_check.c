/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint documents as people and backups write them → one normal form, or a clear refusal. */
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/auth_scheme.h"
#include "common/endpoint_parts.h"
#include "common/notify.h"
#include "common/preset.h"
#include "common/result.h"
#include "common/text.h"

typedef struct {
    const hw_endpoint_field_t *field;
    const hw_json_t *v; /* as given, not null */
    hw_result_t *res;
    apr_pool_t *p;
} check_t;

static apr_status_t
refuse(const check_t *c, const char *problem, const char *why)
{
    return hw_fail_field(c->res, APR_EINVAL, problem, c->field->name, "%s", why);
}

static int
is(const hw_json_t *v, enum json_type type)
{
    return json_object_is_type(v, type);
}

/* Texts of several lines; the others go on one line of a ticket or a page. */
static int
multi_line(const char *name)
{
    return strcmp(name, "description_template") == 0 || strcmp(name, "ai_prompt_template") == 0 ||
           strcmp(name, "hmac_secret") == 0 || strcmp(name, "trusted_ips") == 0;
}

static apr_status_t
check_characters(const check_t *c, const char *s)
{
    int lines = multi_line(c->field->name);

    for (const char *at = s; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' && !(lines && strchr("\t\r\n", *at) != NULL))
            return hw_fail_at(c->res, APR_EINVAL, "bad-value", c->field->name, at - s,
                              "control characters are not allowed here");
    return APR_SUCCESS;
}

static apr_status_t
check_length(const check_t *c, apr_size_t len)
{
    if (c->field->max_len > 0 && len > c->field->max_len)
        return hw_fail_field(c->res, APR_EINVAL, "too-long", c->field->name,
                             "longer than %" APR_SIZE_T_FMT " bytes", c->field->max_len);
    return APR_SUCCESS;
}

static apr_status_t
check_text(const check_t *c, hw_json_t **out)
{
    const char *s;
    apr_status_t rv;

    if (!is(c->v, json_type_string) && !is(c->v, json_type_int) && !is(c->v, json_type_double))
        return refuse(c, "bad-type", "not a text");
    s = hw_json_text(c->v, c->p);
    if (is(c->v, json_type_string) &&
        strlen(s) != (apr_size_t)json_object_get_string_len(c->v))
        return refuse(c, "bad-value", "control characters are not allowed here");
    if ((rv = check_length(c, strlen(s))) != APR_SUCCESS ||
        (rv = check_characters(c, s)) != APR_SUCCESS)
        return rv;
    *out = json_object_new_string(s);
    return APR_SUCCESS;
}

/* true/false, and what databases and forms make of them. */
static apr_status_t
check_flag(const check_t *c, hw_json_t **out)
{
    static const char *const yes[] = { "1", "true", "yes", "on", NULL };
    static const char *const no[] = { "0", "false", "no", "off", NULL };
    const char *s = is(c->v, json_type_array) || is(c->v, json_type_object)
                        ? NULL : hw_json_text(c->v, c->p);

    for (int i = 0; s != NULL && yes[i] != NULL; i++) {
        if (hw_text_ieq(s, yes[i]) || hw_text_ieq(s, no[i])) {
            *out = json_object_new_boolean(hw_text_ieq(s, yes[i]));
            return APR_SUCCESS;
        }
    }
    return refuse(c, "bad-type", "neither true nor false");
}

static apr_status_t
check_whole(const check_t *c, hw_json_t **out)
{
    const char *s = is(c->v, json_type_string) || is(c->v, json_type_int) ||
                            is(c->v, json_type_double)
                        ? hw_text_trim(hw_json_text(c->v, c->p), c->p) : "";
    const char *digits = s + (*s == '-');
    long n;

    if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 15)
        return refuse(c, "bad-type", "not a whole number");
    n = strtol(s, NULL, 10);
    if (n < c->field->min || n > c->field->max)
        return hw_fail_field(c->res, APR_EINVAL, "out-of-range", c->field->name,
                             "must be between %ld and %ld", c->field->min, c->field->max);
    *out = json_object_new_int64(n);
    return APR_SUCCESS;
}

/* A list of scalars stays a list, each item a text; paths must be texts to begin with. */
static apr_status_t
check_items(const check_t *c, int texts_only, hw_json_t **out)
{
    hw_json_t *list = hw_json_own(json_object_new_array(), c->p);
    apr_size_t total = 0;
    apr_status_t rv;

    for (apr_size_t i = 0; i < json_object_array_length(c->v); i++) {
        const hw_json_t *item = json_object_array_get_idx(c->v, i);
        const char *s = hw_json_text(item, c->p);

        if (s == NULL || is(item, json_type_array) || is(item, json_type_object) ||
            (texts_only && !is(item, json_type_string)))
            return hw_fail_field(c->res, APR_EINVAL, "bad-type", c->field->name,
                                 "item %d of the list is not a text", (int)i);
        total += strlen(s) + 1;
        if ((rv = check_length(c, total)) != APR_SUCCESS ||
            (rv = check_characters(c, s)) != APR_SUCCESS)
            return rv;
        json_object_array_add(list, json_object_new_string(s));
    }
    *out = json_object_get(list);
    return APR_SUCCESS;
}

static apr_status_t
check_list(const check_t *c, hw_json_t **out)
{
    if (is(c->v, json_type_array))
        return check_items(c, 0, out);
    if (is(c->v, json_type_boolean)) {
        *out = json_object_new_string(hw_json_text(c->v, c->p));
        return APR_SUCCESS;
    }
    return check_text(c, out);
}

static apr_status_t
check_path(const check_t *c, hw_json_t **out)
{
    if (!is(c->v, json_type_string))
        return refuse(c, "bad-type", "a path is a text");
    return check_text(c, out);
}

/* A JSON value, or text holding one (forms and old backups); blank text is "not given". */
static apr_status_t
check_json(const check_t *c, hw_json_t **out)
{
    const hw_json_t *v = c->v;
    hw_json_t *parsed;
    apr_status_t rv;

    if (is(v, json_type_string)) {
        const char *s = json_object_get_string((hw_json_t *)v);

        if (hw_text_blank(s))
            return APR_SUCCESS;
        if ((rv = check_length(c, strlen(s))) != APR_SUCCESS)
            return rv;
        rv = hw_json_parse(s, strlen(s), NULL, &parsed, NULL, c->res, c->p);
        if (rv != APR_SUCCESS) {
            hw_result_in_field(c->res, c->field->name);
            return rv;
        }
        v = parsed;
    }
    if (v == NULL)
        return APR_SUCCESS;
    if (!is(v, json_type_array) && !is(v, json_type_object))
        return refuse(c, "bad-type", "neither a JSON list nor an object");
    if ((rv = check_length(c, strlen(hw_json_write(v, c->p)))) != APR_SUCCESS)
        return rv;
    *out = json_object_get(hw_json_copy(v, c->p));
    return APR_SUCCESS;
}

static apr_status_t
check_value(const check_t *c, hw_json_t **out)
{
    switch (c->field->type) {
    case HW_EP_TEXT:
    case HW_EP_SECRET:
        return check_text(c, out);
    case HW_EP_BOOL:
        return check_flag(c, out);
    case HW_EP_INT:
        return check_whole(c, out);
    case HW_EP_LIST:
        return check_list(c, out);
    case HW_EP_PATHS:
        return is(c->v, json_type_array) ? check_items(c, 1, out) : check_path(c, out);
    case HW_EP_PATH:
        return check_path(c, out);
    case HW_EP_JSON:
        return check_json(c, out);
    }
    return refuse(c, "bad-type", "not of a known type");
}

/* Blank text in a field that is no text, an empty secret: forms and old backups mean "not given".
 * An empty text is a value of its own: no prefix, no trigger, no closing value. */
static int
not_given(const check_t *c)
{
    if (c->v == NULL)
        return 1;
    return (c->field->type == HW_EP_BOOL || c->field->type == HW_EP_INT ||
            c->field->type == HW_EP_SECRET) &&
           is(c->v, json_type_string) && hw_text_blank(json_object_get_string((hw_json_t *)c->v));
}

static const hw_endpoint_field_t *
find_field(const char *name)
{
    for (const hw_endpoint_field_t *f = hw_endpoint_fields; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

apr_status_t
hw_endpoint_normal(const hw_json_t *doc, hw_json_t **normal, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *out = hw_json_own(json_object_new_object(), p);
    check_t c = { .res = res, .p = p };
    apr_status_t rv;

    if (!is(doc, json_type_object))
        return hw_fail(res, APR_EINVAL, "bad-type", "an endpoint document is a JSON object");
    json_object_object_foreach((hw_json_t *)doc, key, value)
    {
        hw_json_t *clean = NULL;

        c.field = find_field(key);
        c.v = value;
        if (c.field == NULL)
            return hw_fail_field(res, APR_EINVAL, "unknown-field", apr_pstrdup(p, key),
                                 "endpoints have no such field");
        if (not_given(&c))
            continue;
        if ((rv = check_value(&c, &clean)) != APR_SUCCESS)
            return rv;
        if (clean != NULL)
            hw_json_set(out, c.field->name, clean);
    }
    *normal = out;
    return APR_SUCCESS;
}

/* --- what the compiler does not look at ------------------------------------------------------ */

static apr_status_t
field_error(hw_result_t *res, const char *problem, const char *field, const char *why)
{
    return hw_fail_field(res, APR_EINVAL, problem, field, "%s", why);
}

static apr_status_t
check_id(const hw_json_t *doc, hw_result_t *res)
{
    const char *id = hw_json_get_string(doc, "id");

    if (id == NULL)
        return APR_SUCCESS;
    if (*id == '\0')
        return field_error(res, "bad-value", "id", "an id is not empty");
    for (; *id != '\0'; id++)
        if (!apr_isalnum(*id) && *id != '-' && *id != '_')
            return field_error(res, "bad-value", "id",
                               "an id has letters, digits, - and _ only");
    return APR_SUCCESS;
}

/* A field whose feature this version does not have: accepting it would promise what never
 * comes. */
static apr_status_t
check_later(const hw_json_t *doc, hw_result_t *res)
{
    if (hw_text_blank(hw_json_get_string(doc, "agent")))
        return APR_SUCCESS;
    return field_error(res, "unsupported", "agent", "not available in this version");
}

/* A blank one is the default one, and must not be kept as a tenant of its own; "*" is how users and
 * filters say "all of them". */
static apr_status_t
check_tenant(hw_json_t *doc, hw_result_t *res)
{
    const char *tenant = hw_json_get_string(doc, "tenant");

    if (tenant != NULL && strcmp(tenant, "*") == 0)
        return field_error(res, "bad-value", "tenant", "\"*\" means all tenants and is none");
    if (tenant != NULL && hw_text_blank(tenant))
        json_object_object_del(doc, "tenant");
    return APR_SUCCESS;
}

/* An empty list is none: it must not read as one that nobody can satisfy. */
static apr_status_t
check_auth(hw_json_t *doc, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *list = hw_json_get(doc, "auth");
    apr_array_header_t *schemes;
    apr_status_t rv = hw_schemes_compile(list, 1, &schemes, res, p);

    if (rv == APR_SUCCESS && list != NULL && schemes->nelts == 0)
        json_object_object_del(doc, "auth");
    return rv;
}

static apr_status_t
check_notify(hw_json_t *doc, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *targets;
    apr_status_t rv = hw_notify_compile(hw_json_get(doc, "notify"), 1, &targets, res, p);

    if (rv == APR_SUCCESS && targets->nelts == 0)
        json_object_object_del(doc, "notify");
    return rv;
}

static apr_status_t
check_rest(hw_json_t *doc, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *code = hw_json_get(doc, "success_code");
    const char *ips = hw_json_get_string(doc, "trusted_ips");
    hw_cidr_t *list;
    apr_status_t rv;

    if (hw_text_blank(hw_json_get_string(doc, "name")))
        return field_error(res, "required", "name", "an endpoint needs a name");
    if (code != NULL && (json_object_get_int(code) == 204 || json_object_get_int(code) == 205))
        return field_error(res, "bad-value", "success_code",
                           "204 and 205 forbid the JSON answer");
    if ((rv = check_id(doc, res)) != APR_SUCCESS || (rv = check_later(doc, res)) != APR_SUCCESS ||
        (rv = check_tenant(doc, res)) != APR_SUCCESS ||
        (rv = check_auth(doc, res, p)) != APR_SUCCESS ||
        (rv = check_notify(doc, res, p)) != APR_SUCCESS)
        return rv;
    rv = hw_cidr_parse(ips, &list, res, p);
    if (rv != APR_SUCCESS)
        hw_result_in_field(res, "trusted_ips");
    return rv;
}

apr_status_t
hw_endpoint_check(const hw_json_t *doc, hw_json_t **normal, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *out;
    hw_endpoint_t *scratch;
    apr_pool_t *ptemp;
    apr_status_t rv;

    if ((rv = hw_endpoint_normal(doc, &out, res, p)) != APR_SUCCESS ||
        (rv = check_rest(out, res, p)) != APR_SUCCESS)
        return rv;
    apr_pool_create(&ptemp, p);
    scratch = apr_pcalloc(ptemp, sizeof(*scratch));
    rv = hw_endpoint_build(out, NULL, scratch, res, ptemp);
    apr_pool_destroy(ptemp);
    if (rv == APR_SUCCESS && normal != NULL)
        *normal = out;
    return rv;
}
