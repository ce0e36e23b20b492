/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: the values in force out of defaults, file and environment. */
#include "common/settings.h"

#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mask.h"
#include "common/result.h"
#include "common/text.h"

typedef struct {
    const char *text; /* never NULL */
    long number;      /* HW_SET_INT and HW_SET_BOOL */
    const char *source; /* of hw_set_source */
} value_t;

struct hw_settings_t {
    apr_hash_t *rows; /* name → value_t */
};

/* Where a value was read, for errors: "file:line", or "environment". */
typedef struct {
    const char *path;
    int line; /* 0 = not from a file */
} place_t;

static apr_status_t
refuse(hw_result_t *res, const place_t *at, const char *key, const char *why, apr_pool_t *p)
{
    const char *field = at->path;

    if (at->line > 0)
        field = apr_psprintf(p, "%s:%d", field, at->line);
    if (key != NULL)
        field = apr_pstrcat(p, field, ": ", key, NULL);
    return hw_fail_field(res, APR_EINVAL, "bad-setting", field, "%s", why);
}

static const hw_setting_t *
row_of(const char *name)
{
    for (const hw_setting_t *row = hw_settings_table; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

/* True when word is one of "a|b|c". */
static int
listed(const char *word, apr_size_t len, const char *one_of)
{
    for (const char *s = one_of;;) {
        apr_size_t n = strcspn(s, "|");

        if (n == len && strncasecmp(s, word, len) == 0)
            return 1;
        if (s[n] == '\0')
            return 0;
        s += n + 1;
    }
}

/* --- checking one value against its row ------------------------------------------------------ */

static const char *
check_int(const hw_setting_t *row, value_t *v, apr_pool_t *p)
{
    char *end;

    errno = 0;
    v->number = strtol(v->text, &end, 10);
    if (end == v->text || *end != '\0')
        return apr_psprintf(p, "\"%s\" is not a whole number", v->text);
    if (errno == ERANGE || v->number < row->min || v->number > row->max)
        return apr_psprintf(p, "%s is not between %ld and %ld", v->text, row->min, row->max);
    return NULL;
}

static const char *
check_bool(value_t *v, apr_pool_t *p)
{
    if (listed(v->text, strlen(v->text), "true|yes|on|1"))
        v->number = 1;
    else if (listed(v->text, strlen(v->text), "false|no|off|0"))
        v->number = 0;
    else
        return apr_psprintf(p, "\"%s\" is neither true nor false", v->text);
    return NULL;
}

/* The value may hold a password: what is wrong is said without it. */
static const char *
check_url(const hw_setting_t *row, const value_t *v, apr_pool_t *p)
{
    apr_size_t scheme = strcspn(v->text, ":");
    const char *rest = v->text + scheme;

    if (*rest == '\0' || !listed(v->text, scheme, row->one_of))
        return apr_psprintf(p, "not a URL that begins with one of %s", row->one_of);
    for (const char *s = v->text; *s != '\0'; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7f)
            return "a URL holds no blank or control character";
    if (strncasecmp(v->text, "unix:", 5) == 0)
        return rest[1] == '/' ? NULL : "unix: is followed by an absolute path";
    if (strncmp(rest, "://", 3) != 0)
        return "a URL has :// behind its scheme";
    if (strncasecmp(v->text, "http", 4) == 0 && strchr("/?#:", rest[3]) != NULL)
        return "the URL names no host";
    return NULL;
}

static const char *
check_text(const hw_setting_t *row, const value_t *v, apr_pool_t *p)
{
    if (row->one_of != NULL && !listed(v->text, strlen(v->text), row->one_of))
        return apr_psprintf(p, "\"%s\" is none of %s", v->text, row->one_of);
    return NULL;
}

static const char *
check_list(const hw_setting_t *row, const value_t *v, apr_pool_t *p)
{
    apr_array_header_t *items = hw_text_split(v->text, ',', p);

    for (int i = 0; row->one_of != NULL && i < items->nelts; i++) {
        const char *item = APR_ARRAY_IDX(items, i, const char *), *eq = strchr(item, '=');

        if (eq == NULL || eq == item || hw_text_blank(eq + 1))
            return apr_psprintf(p, "\"%s\" is not %s", hw_text_cut(item, 100, p), row->one_of);
    }
    return NULL;
}

static const char *
check(const hw_setting_t *row, value_t *v, apr_pool_t *p)
{
    switch (row->type) {
    case HW_SET_INT:
        return check_int(row, v, p);
    case HW_SET_BOOL:
        return check_bool(v, p);
    case HW_SET_URL:
        return v->text[0] == '\0' ? NULL : check_url(row, v, p);
    case HW_SET_TEXT:
        return v->text[0] == '\0' ? NULL : check_text(row, v, p);
    case HW_SET_LIST:
        return check_list(row, v, p);
    default:
        return NULL;
    }
}

/* The one way into the settings, for defaults, file and environment alike. */
static apr_status_t
assign(hw_settings_t *s, const hw_setting_t *row, const char *text, const place_t *at,
       hw_result_t *res, apr_pool_t *p)
{
    value_t *v = apr_pcalloc(p, sizeof(*v));
    const char *why;

    v->source = at == NULL ? "default" : at->line > 0 ? "file" : at->path;
    v->text = text;
    if (text[0] == '\0' && (row->type == HW_SET_INT || row->type == HW_SET_BOOL))
        v->text = row->deflt;
    why = check(row, v, p);
    if (why != NULL)
        return refuse(res, at ? at : &(place_t){ .path = "default" }, row->name, why, p);
    apr_hash_set(s->rows, row->name, APR_HASH_KEY_STRING, v);
    return APR_SUCCESS;
}

/* --- lines of a file ------------------------------------------------------------------------- */

/* Behind a quoted value only a comment may follow. */
static int
only_comment(const char *s)
{
    s += strspn(s, " \t");
    return *s == '\0' || *s == '#';
}

/* s stands on the opening quote; unquotes in place. */
static const char *
unquote(char *s, const char **out)
{
    char quote = *s++, *to = s;

    for (*out = s; *s != quote; s++) {
        if (*s == '\\' && quote == '"' && s[1] != '\0' && strchr("\"\\$`", s[1]) != NULL)
            s++;
        if (*s == '\0')
            return "the closing quote is missing";
        *to++ = *s;
    }
    *to = '\0'; /* at or before the closing quote: what follows s is untouched */
    return only_comment(s + 1) ? NULL : "text follows the closing quote";
}

/* Cuts the comment and the blanks off the end of an unquoted value. */
static const char *
bare(char *s)
{
    char *end;

    if (*s == '#')
        *s = '\0';
    for (char *c = s; *c != '\0'; c++)
        if (*c == '#' && (c[-1] == ' ' || c[-1] == '\t')) {
            *c = '\0';
            break;
        }
    for (end = s + strlen(s); end > s && apr_isspace(end[-1]); end--)
        end[-1] = '\0';
    return s;
}

/* Takes one line apart; *key NULL: nothing on it. Returns what is wrong, or NULL. */
static const char *
split_line(char *line, const char **key, const char **text)
{
    char *s = line + strspn(line, " \t"), *end;

    *key = NULL;
    if (*s == '\0' || *s == '#')
        return NULL;
    if (strncmp(s, "export", 6) == 0 && (s[6] == ' ' || s[6] == '\t'))
        s += 6 + strspn(s + 6, " \t");
    for (end = s; apr_isalnum(*end) || *end == '_'; end++)
        ;
    if (end == s || apr_isdigit(*s) || end[strspn(end, " \t")] != '=')
        return "not a comment and not KEY=value";
    *key = s;
    s = strchr(end, '=') + 1;
    *end = '\0';
    s += strspn(s, " \t");
    if (*s == '"' || *s == '\'')
        return unquote(s, text);
    *text = bare(s);
    return NULL;
}

static apr_status_t
take_line(hw_settings_t *s, char *line, const place_t *at, apr_array_header_t *unknown,
          hw_result_t *res, apr_pool_t *p)
{
    const char *key, *text = "", *why = split_line(line, &key, &text);
    const hw_setting_t *row;

    if (why != NULL)
        return refuse(res, at, key, why, p);
    if (key == NULL)
        return APR_SUCCESS;
    row = row_of(key);
    if (row != NULL)
        return assign(s, row, text, at, res, p);
    if (unknown != NULL)
        APR_ARRAY_PUSH(unknown, const char *) = key;
    return APR_SUCCESS;
}

/* Reads to the end, not to a size: the file may be a pipe. */
static apr_status_t
read_all(apr_file_t *f, hw_buf_t *text)
{
    char piece[4096];
    apr_status_t rv;

    for (;;) {
        apr_size_t len = sizeof(piece);

        rv = apr_file_read(f, piece, &len);
        if (rv != APR_SUCCESS)
            return APR_STATUS_IS_EOF(rv) ? APR_SUCCESS : rv;
        if (text->len + len > HW_SETTINGS_MAX)
            return APR_FROM_OS_ERROR(EFBIG);
        hw_buf_add(text, piece, len);
    }
}

static apr_status_t
read_file(const char *path, char **out, hw_result_t *res, apr_pool_t *p)
{
    char why[128];
    apr_file_t *f;
    hw_buf_t text;
    apr_status_t rv = apr_file_open(&f, path, APR_FOPEN_READ, APR_OS_DEFAULT, p);

    hw_buf_init(&text, p);
    if (rv == APR_SUCCESS) {
        rv = read_all(f, &text);
        apr_file_close(f);
    }
    if (rv != APR_SUCCESS)
        return hw_fail_field(res, rv, "no-settings", path, "cannot be read: %s",
                             apr_strerror(rv, why, sizeof(why)));
    if (strlen(text.s) != text.len)
        return hw_fail_field(res, APR_EINVAL, "bad-setting", path, "holds a NUL byte");
    *out = text.s;
    return APR_SUCCESS;
}

static apr_status_t
take_file(hw_settings_t *s, const char *path, apr_array_header_t *unknown, hw_result_t *res,
          apr_pool_t *p)
{
    place_t at = { .path = path };
    char *text = NULL, *end;
    apr_status_t rv = read_file(path, &text, res, p);

    if (rv == APR_SUCCESS && strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    for (; rv == APR_SUCCESS && text != NULL; text = end) {
        end = strchr(text, '\n');
        if (end != NULL) {
            if (end > text && end[-1] == '\r')
                end[-1] = '\0';
            *end++ = '\0';
        }
        at.line++;
        rv = take_line(s, text, &at, unknown, res, p);
    }
    return rv;
}

apr_status_t
hw_settings_load(const char *path, hw_settings_t **out, apr_array_header_t **unknown,
                 hw_result_t *res, apr_pool_t *p)
{
    hw_settings_t *s = apr_pcalloc(p, sizeof(*s));
    apr_array_header_t *others = apr_array_make(p, 4, sizeof(const char *));
    const place_t env = { .path = "environment" };
    apr_status_t rv = APR_SUCCESS;

    s->rows = apr_hash_make(p);
    for (const hw_setting_t *row = hw_settings_table; row->name && rv == APR_SUCCESS; row++)
        rv = assign(s, row, row->deflt, NULL, res, p);
    if (rv == APR_SUCCESS && path != NULL)
        rv = take_file(s, path, others, res, p);
    for (const hw_setting_t *row = hw_settings_table; row->name && rv == APR_SUCCESS; row++) {
        const char *text = getenv(row->name);

        if (text != NULL)
            rv = assign(s, row, hw_text_trim(text, p), &env, res, p);
    }
    if (unknown != NULL)
        *unknown = others;
    *out = rv == APR_SUCCESS ? s : NULL;
    return rv;
}

/* --- changed at run time --------------------------------------------------------------------- */

int
hw_settings_may_change(const char *name)
{
    for (const char *const *known = hw_settings_changeable; *known != NULL; known++)
        if (strcmp(name, *known) == 0)
            return 1;
    return 0;
}

apr_status_t
hw_settings_check(const char *name, const char *text, hw_result_t *res, apr_pool_t *p)
{
    const hw_setting_t *row = row_of(name);
    value_t v = { .text = text };
    const char *why;

    if (row == NULL)
        return hw_fail_field(res, APR_EINVAL, "bad-setting", name, "is no setting");
    why = check(row, &v, p);
    return why == NULL ? APR_SUCCESS
                       : hw_fail_field(res, APR_EINVAL, "bad-setting", name, "%s", why);
}

apr_status_t
hw_settings_over(const hw_settings_t *base, const hw_json_t *values, hw_settings_t **out,
                 hw_result_t *res, apr_pool_t *p)
{
    hw_settings_t *s = apr_pcalloc(p, sizeof(*s));

    s->rows = apr_hash_copy(p, base->rows);
    for (const char *const *name = hw_settings_changeable; *name != NULL; name++) {
        const char *text = hw_json_get_string(values, *name);
        apr_status_t rv;

        if (text == NULL || hw_settings_check(*name, text, NULL, p) != APR_SUCCESS)
            continue;
        rv = assign(s, row_of(*name), apr_pstrdup(p, text), &(place_t){ .path = "database" }, res,
                    p);
        if (rv != APR_SUCCESS)
            return rv;
    }
    *out = s;
    return APR_SUCCESS;
}

/* --- asking ---------------------------------------------------------------------------------- */

static const value_t *
value_of(const hw_settings_t *s, const char *name)
{
    const value_t *v = apr_hash_get(s->rows, name, APR_HASH_KEY_STRING);

    if (v == NULL) {
        fprintf(stderr, "hookwise: no setting is named %s\n", name);
        abort();
    }
    return v;
}

const char *
hw_set_text(const hw_settings_t *s, const char *name)
{
    return value_of(s, name)->text;
}

long
hw_set_int(const hw_settings_t *s, const char *name)
{
    return value_of(s, name)->number;
}

int
hw_set_bool(const hw_settings_t *s, const char *name)
{
    return value_of(s, name)->number != 0;
}

int
hw_set_given(const hw_settings_t *s, const char *name)
{
    return strcmp(value_of(s, name)->source, "default") != 0;
}

const char *
hw_set_source(const hw_settings_t *s, const char *name)
{
    return value_of(s, name)->source;
}

/* The password in a URL is nobody's business. */
static const char *
shown(const hw_setting_t *row, const char *text, apr_pool_t *p)
{
    if (*text == '\0')
        return NULL;
    if (row->type == HW_SET_SECRET)
        return HW_MASKED;
    return row->type == HW_SET_URL ? hw_mask_url(text, p) : text;
}

hw_json_t *
hw_settings_json(const hw_settings_t *s, apr_pool_t *p)
{
    hw_json_t *all = json_object_new_object();

    for (const hw_setting_t *row = hw_settings_table; row->name != NULL; row++) {
        const value_t *v = value_of(s, row->name);
        hw_json_t *one = json_object_new_object();

        hw_json_set_string(one, "value", shown(row, v->text, p));
        hw_json_set_string(one, "source", v->source);
        hw_json_set(all, row->name, one);
    }
    return all;
}

const char *
hw_settings_redis_url(const hw_settings_t *s, apr_pool_t *p)
{
    const char *host = hw_set_text(s, "REDIS_HOST"), *password = hw_set_text(s, "REDIS_PASSWORD");
    int v6 = strchr(host, ':') != NULL && host[0] != '[';

    if (hw_set_text(s, "REDIS_URL")[0] != '\0')
        return hw_set_text(s, "REDIS_URL");
    return apr_psprintf(p, "redis://%s%s%s%s%s%s:%ld", password[0] ? ":" : "",
                        hw_url_encode(password, p), password[0] ? "@" : "", v6 ? "[" : "", host,
                        v6 ? "]" : "", hw_set_int(s, "REDIS_PORT"));
}

const char *
hw_settings_destination(const hw_settings_t *s)
{
    if (hw_set_text(s, "DESTINATION")[0] != '\0')
        return hw_set_text(s, "DESTINATION");
    return hw_set_text(s, "CW_URL")[0] != '\0' ? "connectwise" : "local";
}
