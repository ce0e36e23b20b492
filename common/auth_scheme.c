/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of an endpoint's "auth" list: checked, and made ready for requests. */
#include "common/auth_scheme.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/mask.h"
#include "common/result.h"
#include "common/text.h"

#define TEXT_MAX 200         /* bytes of a member that is no secret */
#define TOLERANCE_MAX 86400  /* seconds */
#define PUBLIC_KEY_LEN 32    /* bytes of an Ed25519 key */

typedef struct {
    const char *field; /* "auth[1]" */
    const hw_json_t *entry;
    const hw_scheme_row_t *row;
    const char *value[HW_SM_COUNT];
    hw_scheme_t *out;
    int masked;
    hw_result_t *res;
    apr_pool_t *p;
} build_t;

static apr_status_t
refuse(const build_t *b, const char *member, const char *problem, const char *why)
{
    return hw_fail_field(b->res, APR_EINVAL, problem,
                         apr_pstrcat(b->p, b->field, member[0] ? "." : "", member, NULL), "%s",
                         why);
}

/* --- members as given ------------------------------------------------------------------------ */

static int
same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static apr_status_t
find_row(build_t *b)
{
    const char *name = hw_json_get_string(b->entry, "scheme");

    if (!json_object_is_type(b->entry, json_type_object))
        return refuse(b, "", "bad-type", "is not a JSON object");
    if (name == NULL || *name == '\0')
        return refuse(b, "scheme", "required", "is missing");
    for (b->row = hw_scheme_rows; b->row->name != NULL; b->row++)
        if (strcmp(b->row->name, name) == 0)
            return APR_SUCCESS;
    return refuse(b, "scheme", "bad-value", "there is no scheme of that name");
}

static int
member_of(const char *name)
{
    for (int m = 0; m < HW_SM_COUNT; m++)
        if (strcmp(hw_scheme_members[m].name, name) == 0)
            return m;
    return -1;
}

/* Visible ASCII and blanks: headers, prefixes and templates have no need of more. */
static apr_status_t
check_text(const build_t *b, const char *name, const hw_json_t *v, const char **out)
{
    const char *s;

    if (!json_object_is_type(v, json_type_string) && !json_object_is_type(v, json_type_int))
        return refuse(b, name, "bad-type", "is not a text");
    s = hw_json_text(v, b->p);
    if (strlen(s) > TEXT_MAX)
        return refuse(b, name, "too-long", "is longer than 200 bytes");
    for (const char *at = s; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            return refuse(b, name, "bad-value", "may hold visible ASCII characters only");
    *out = s;
    return APR_SUCCESS;
}

static apr_status_t
take_member(build_t *b, const char *name, const hw_json_t *v)
{
    int m = member_of(name);
    const char *s = NULL;
    apr_status_t rv;

    if (m < 0 || (b->row->open >> m & 1) == 0)
        return refuse(b, name, "unknown-field",
                      apr_psprintf(b->p, "the scheme %s has no such member", b->row->name));
    if (v == NULL)
        return APR_SUCCESS;
    if ((rv = check_text(b, name, v, &s)) != APR_SUCCESS)
        return rv;
    if (*s == '\0' && m != HW_SM_PREFIX && m != HW_SM_SEPARATOR)
        return APR_SUCCESS; /* a form's empty field */
    b->value[m] = s;
    return APR_SUCCESS;
}

static apr_status_t
take_members(build_t *b)
{
    apr_status_t rv;

    memcpy(b->value, b->row->value, sizeof(b->value));
    json_object_object_foreach((hw_json_t *)b->entry, name, v)
    {
        if (strcmp(name, "scheme") != 0 && strcmp(name, "secret") != 0 &&
            strcmp(name, "id") != 0 && (rv = take_member(b, name, v)) != APR_SUCCESS)
            return rv;
    }
    for (int m = 0; m < HW_SM_COUNT; m++)
        if ((b->row->needed >> m & 1) != 0 && b->value[m] == NULL)
            return refuse(b, hw_scheme_members[m].name, "required", "is missing");
    if (b->row->timed != NULL && b->value[HW_SM_TIMESTAMP_HEADER] != NULL)
        b->value[HW_SM_SIGNED] = b->row->timed;
    return APR_SUCCESS;
}

/* --- members by what they mean --------------------------------------------------------------- */

static apr_status_t
check_choices(const build_t *b)
{
    for (int m = 0; m < HW_SM_COUNT; m++) {
        const char *const *choice = hw_scheme_members[m].choices;
        const char *all = "";

        if (choice == NULL || b->value[m] == NULL)
            continue;
        while (*choice != NULL && strcmp(*choice, b->value[m]) != 0) {
            all = apr_pstrcat(b->p, all, *all ? ", \"" : "\"", *choice, "\"", NULL);
            choice++;
        }
        if (*choice == NULL)
            return refuse(b, hw_scheme_members[m].name, "bad-value",
                          apr_pstrcat(b->p, "must be one of ", all, NULL));
    }
    return APR_SUCCESS;
}

static apr_status_t
check_header(const build_t *b, hw_scheme_member_e m)
{
    for (const char *s = b->value[m]; s != NULL && *s != '\0'; s++)
        if (!apr_isalnum(*s) && strchr("!#$%&'*+-.^_`|~", *s) == NULL)
            return refuse(b, hw_scheme_members[m].name, "bad-value", "is not a header's name");
    return APR_SUCCESS;
}

static apr_status_t
check_names(const build_t *b)
{
    const char *s = b->value[HW_SM_PARAMETER];
    apr_status_t rv;

    if ((rv = check_header(b, HW_SM_HEADER)) != APR_SUCCESS ||
        (rv = check_header(b, HW_SM_TIMESTAMP_HEADER)) != APR_SUCCESS ||
        (rv = check_header(b, HW_SM_ID_HEADER)) != APR_SUCCESS)
        return rv;
    if (b->value[HW_SM_USER] != NULL && strchr(b->value[HW_SM_USER], ':') != NULL)
        return refuse(b, "user", "bad-value", "a user's name holds no colon");
    if (s == NULL)
        return APR_SUCCESS;
    if (s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")] != '\0')
        return refuse(b, "parameter", "bad-value", "may hold letters, digits, -, _ and . only");
    if (!hw_scheme_hidden(s, strlen(s)))
        return refuse(b, "parameter", "bad-value",
                      "one of its words must say that it is a secret, for logs to hide it: "
                      "key, token, secret, password, auth, signature");
    return APR_SUCCESS;
}

static apr_status_t
take_tolerance(const build_t *b)
{
    const char *s = b->value[HW_SM_TOLERANCE];

    if (s == NULL)
        return APR_SUCCESS;
    if (strspn(s, "0123456789") != strlen(s) || strlen(s) > 6)
        return refuse(b, "tolerance_seconds", "bad-type", "is not a whole number");
    b->out->tolerance = atoi(s);
    if (b->out->tolerance > TOLERANCE_MAX)
        return refuse(b, "tolerance_seconds", "out-of-range", "must be between 0 and 86400");
    return APR_SUCCESS;
}

static int
times(const char *text, const char *piece)
{
    int n = 0;

    while ((text = strstr(text, piece)) != NULL) {
        text += strlen(piece);
        n++;
    }
    return n;
}

/* Anything in braces that is none of the three would be signed as it stands: a slip, surely. */
static apr_status_t
check_signed(const build_t *b)
{
    const char *s = b->value[HW_SM_SIGNED];
    int body, timestamp, id;

    if (s == NULL)
        return APR_SUCCESS;
    body = times(s, "{body}");
    timestamp = times(s, "{timestamp}");
    id = times(s, "{id}");
    if (body != 1)
        return refuse(b, "signed", "bad-value", "must hold {body} once");
    if (timestamp > 1 || id > 1 || times(s, "{") != body + timestamp + id)
        return refuse(b, "signed", "bad-value",
                      "may hold {timestamp} and {id} once each, and no other brace");
    if (timestamp == 0 && b->value[HW_SM_TIMESTAMP_HEADER] != NULL)
        return refuse(b, "timestamp_header", "bad-value",
                      "{timestamp} is no part of what is signed");
    if (timestamp == 1 && b->value[HW_SM_TIMESTAMP_HEADER] == NULL &&
        b->value[HW_SM_SEPARATOR][0] == '\0')
        return refuse(b, "timestamp_header", "required",
                      "is missing; without it a separator is needed, and t=…"
                      " among the signatures");
    if ((id == 1) != (b->value[HW_SM_ID_HEADER] != NULL))
        return refuse(b, "id_header", id ? "required" : "bad-value",
                      id ? "is missing" : "{id} is no part of what is signed");
    return APR_SUCCESS;
}

/* --- the secret ------------------------------------------------------------------------------ */

static apr_status_t
check_secret(const build_t *b, const char **out)
{
    const hw_json_t *v = hw_json_get(b->entry, "secret");
    apr_size_t len = 0;
    const char *s = hw_json_string(v, &len);

    if (v != NULL && s == NULL)
        return refuse(b, "secret", "bad-type", "is not a text");
    if (s == NULL || hw_text_blank(s))
        return refuse(b, "secret", "required", "is missing");
    if (len > HW_SCHEME_SECRET_MAX)
        return refuse(b, "secret", "too-long", "is longer than 512 bytes");
    for (apr_size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
            return refuse(b, "secret", "bad-value", "control characters are not allowed here");
    *out = s;
    return APR_SUCCESS;
}

static apr_status_t
decoded_key(const build_t *b, const char *secret)
{
    const char *form = b->value[HW_SM_SECRET_FORM];
    unsigned char *key = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (same(form, "base64")) {
        if (strncmp(secret, "whsec_", 6) == 0 || strncmp(secret, "whpk_", 5) == 0)
            secret = strchr(secret, '_') + 1;
        rv = hw_unbase64(secret, strlen(secret), &key, &b->out->key_len, b->p);
    } else if (same(form, "hex")) {
        rv = hw_unhex(secret, strlen(secret), &key, &b->out->key_len, b->p);
    } else if (same(form, "sha256")) {
        key = apr_palloc(b->p, 64);
        rv = hw_digest("sha256", secret, strlen(secret), key, &b->out->key_len);
    } else {
        key = (unsigned char *)apr_pstrdup(b->p, secret);
        b->out->key_len = strlen(secret);
    }
    if (rv != APR_SUCCESS || b->out->key_len == 0)
        return refuse(b, "secret", "bad-value", apr_psprintf(b->p, "is not %s", form));
    b->out->key = key;
    return APR_SUCCESS;
}

static apr_status_t
take_secret(const build_t *b)
{
    const char *secret = NULL;
    apr_status_t rv = check_secret(b, &secret);

    if (rv != APR_SUCCESS)
        return rv;
    if (strcmp(secret, HW_MASKED) == 0)
        return b->masked ? APR_SUCCESS
                         : refuse(b, "secret", "required", "is only shown as stars: give it anew");
    if (strncmp(secret, "whpk_", 5) == 0 && same(b->value[HW_SM_PREFIX], "v1,")) {
        b->out->algorithm = "ed25519"; /* the asymmetric kind of Standard Webhooks */
        b->out->prefix = "v1a,";
    }
    if ((rv = decoded_key(b, secret)) != APR_SUCCESS)
        return rv;
    if (same(b->out->algorithm, "ed25519") && b->out->key_len != PUBLIC_KEY_LEN)
        return refuse(b, "secret", "bad-value", "an Ed25519 key has 32 bytes");
    return APR_SUCCESS;
}

static apr_status_t
take_name(const build_t *b)
{
    const hw_json_t *v = hw_json_get(b->entry, "id");
    const char *id = NULL;
    apr_status_t rv = v != NULL ? check_text(b, "id", v, &id) : APR_SUCCESS;

    if (rv != APR_SUCCESS)
        return rv;
    b->out->name = b->row->name;
    if (id == NULL || *id == '\0')
        return APR_SUCCESS;
    if (strlen(id) > 32 ||
        strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") < strlen(id))
        return refuse(b, "id", "bad-value", "has up to 32 letters, digits, - and _");
    b->out->name = apr_pstrcat(b->p, b->row->name, ":", id, NULL);
    return APR_SUCCESS;
}

/* --- all together ---------------------------------------------------------------------------- */

static void
fill(const build_t *b)
{
    const char *const *v = b->value;
    hw_scheme_t *s = b->out;

    s->kind = b->row->kind;
    s->header = apr_pstrdup(b->p, v[HW_SM_HEADER]);
    s->parameter = apr_pstrdup(b->p, v[HW_SM_PARAMETER]);
    s->user = apr_pstrdup(b->p, v[HW_SM_USER]);
    s->algorithm = apr_pstrdup(b->p, v[HW_SM_ALGORITHM]);
    s->prefix = v[HW_SM_PREFIX] != NULL ? apr_pstrdup(b->p, v[HW_SM_PREFIX]) : "";
    s->timestamp_header = apr_pstrdup(b->p, v[HW_SM_TIMESTAMP_HEADER]);
    s->id_header = apr_pstrdup(b->p, v[HW_SM_ID_HEADER]);
    s->text = apr_pstrdup(b->p, v[HW_SM_SIGNED]);
    s->base64 = same(v[HW_SM_ENCODING], "base64");
    s->separator = v[HW_SM_SEPARATOR] != NULL ? v[HW_SM_SEPARATOR][0] : '\0';
    s->loose = b->row->loose;
}

static apr_status_t
compile_entry(build_t *b)
{
    apr_status_t rv;

    if ((rv = find_row(b)) != APR_SUCCESS || (rv = take_members(b)) != APR_SUCCESS ||
        (rv = check_choices(b)) != APR_SUCCESS || (rv = check_names(b)) != APR_SUCCESS ||
        (rv = take_tolerance(b)) != APR_SUCCESS)
        return rv;
    if (b->value[HW_SM_SEPARATOR] == NULL)
        b->value[HW_SM_SEPARATOR] = "";
    if ((rv = check_signed(b)) != APR_SUCCESS || (rv = take_name(b)) != APR_SUCCESS)
        return rv;
    fill(b);
    return take_secret(b);
}

static apr_status_t
check_ids(const apr_array_header_t *list, hw_result_t *res, apr_pool_t *p)
{
    for (int i = 0; i < list->nelts; i++)
        for (int k = 0; k < i; k++) {
            const char *id = strchr(APR_ARRAY_IDX(list, i, hw_scheme_t *)->name, ':');

            if (same(id, strchr(APR_ARRAY_IDX(list, k, hw_scheme_t *)->name, ':')))
                return hw_fail_field(res, APR_EINVAL, "bad-value",
                                     apr_psprintf(p, "auth[%d].id", i),
                                     "is the id of another entry");
        }
    return APR_SUCCESS;
}

apr_status_t
hw_schemes_compile(const hw_json_t *list, int masked, apr_array_header_t **out, hw_result_t *res,
                   apr_pool_t *p)
{
    apr_size_t n = list != NULL && json_object_is_type(list, json_type_array)
                       ? json_object_array_length(list) : 0;
    apr_status_t rv;

    if (list != NULL && !json_object_is_type(list, json_type_array))
        return hw_fail_field(res, APR_EINVAL, "bad-type", "auth", "is not a list");
    if (n > HW_SCHEME_MAX)
        return hw_fail_field(res, APR_EINVAL, "out-of-range", "auth", "more than %d entries",
                             HW_SCHEME_MAX);
    *out = apr_array_make(p, (int)n, sizeof(hw_scheme_t *));
    for (apr_size_t i = 0; i < n; i++) {
        build_t b = { .field = apr_psprintf(p, "auth[%d]", (int)i), .masked = masked,
                      .entry = json_object_array_get_idx(list, i), .res = res, .p = p };

        b.out = apr_pcalloc(p, sizeof(*b.out));
        if ((rv = compile_entry(&b)) != APR_SUCCESS)
            return rv;
        APR_ARRAY_PUSH(*out, hw_scheme_t *) = b.out;
    }
    return check_ids(*out, res, p);
}

int
hw_scheme_hidden(const char *name, apr_size_t len)
{
    static const char *const words[] = { "key",  "token", "secret",    "apikey", "password",
                                         "pass", "auth",  "signature", "passwd", NULL };

    for (apr_size_t at = 0; at < len;) {
        apr_size_t end = at;

        while (end < len && strchr("-_.", name[end]) == NULL)
            end++;
        for (int i = 0; words[i] != NULL; i++)
            if (strlen(words[i]) == end - at && strncasecmp(words[i], name + at, end - at) == 0)
                return 1;
        at = end + 1;
    }
    return 0;
}
