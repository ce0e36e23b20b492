/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of an endpoint's "notify" list: checked, and made ready to be told. */
#include "common/notify.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "common/mask.h"
#include "common/result.h"
#include "common/text.h"

#define HTTPS "https://"
#define ID_MAX 32

const char *const hw_notify_members[HW_NT_COUNT] = { "name",    "url",     "token",
                                                     "channel", "room_id", "email" };
static const int longest[HW_NT_COUNT] = { 100, 2048, 512, 100, 200, 254 }; /* bytes */

#define BIT(member) (1u << (member))

/* With a token one of the members in "to" says where to. */
static const struct {
    const char *name;
    hw_chat_e chat;
    unsigned to;
} types[] = {
    { "slack", HW_CHAT_SLACK, BIT(HW_NT_CHANNEL) },
    { "teams", HW_CHAT_TEAMS, 0 },
    { "webex", HW_CHAT_WEBEX, BIT(HW_NT_ROOM) | BIT(HW_NT_EMAIL) },
};
#define NTYPES (sizeof(types) / sizeof(types[0]))

static const struct {
    const char *name;
    hw_tell_e tell;
} tells[] = {
    { "create", HW_TELL_CREATE },
    { "close", HW_TELL_CLOSE },
    { "reopen", HW_TELL_REOPEN },
    { "failed", HW_TELL_FAILED },
};
#define NTELLS (sizeof(tells) / sizeof(tells[0]))

typedef struct {
    const char *field; /* "notify[1]" */
    const hw_json_t *entry;
    unsigned to;       /* of its type */
    hw_notify_t *out;
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

/* --- secrets as they are shown --------------------------------------------------------------- */

const char *
hw_notify_shown(const char *member, const char *value, apr_pool_t *p)
{
    apr_size_t start = strlen(HTTPS);

    if (strcmp(member, "token") == 0)
        return HW_MASKED;
    if (strcmp(member, "url") != 0 || strncmp(value, HTTPS, start) != 0)
        return value;
    return apr_pstrcat(p, apr_pstrmemdup(p, value, start + strcspn(value + start, "/?")),
                       "/" HW_MASKED, NULL);
}

int
hw_notify_is_shown(const char *value)
{
    apr_size_t len = strlen(value), stars = strlen(HW_MASKED);

    return len >= stars && strcmp(value + len - stars, HW_MASKED) == 0 &&
           (len == stars || value[len - stars - 1] == '/');
}

/* --- members --------------------------------------------------------------------------------- */

static apr_status_t
find_type(build_t *b)
{
    const char *name = hw_json_get_string(b->entry, "type");

    if (!json_object_is_type(b->entry, json_type_object))
        return refuse(b, "", "bad-type", "is not a JSON object");
    if (hw_text_blank(name))
        return refuse(b, "type", "required", "is missing");
    for (unsigned i = 0; i < NTYPES; i++)
        if (strcmp(types[i].name, name) == 0) {
            b->out->chat = types[i].chat;
            b->out->type = types[i].name;
            b->to = types[i].to;
            return APR_SUCCESS;
        }
    return refuse(b, "type", "bad-value", "must be slack, teams or webex");
}

/* What does not belong to the type is a mistake, and no blank to be passed over. */
static int
allowed(const build_t *b, int m)
{
    return m == HW_NT_NAME || m == HW_NT_URL || (m == HW_NT_TOKEN && b->to != 0) ||
           (b->to & BIT(m)) != 0;
}

static apr_status_t
take_text(const build_t *b, int m, const hw_json_t *v)
{
    apr_size_t len;
    const char *name = hw_notify_members[m], *s = hw_json_string(v, &len);

    if (s == NULL)
        return refuse(b, name, "bad-type", "is not a text");
    if (len > (apr_size_t)longest[m])
        return refuse(b, name, "too-long",
                      apr_psprintf(b->p, "is longer than %d bytes", longest[m]));
    for (apr_size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
            return refuse(b, name, "bad-value", "control characters are not allowed here");
    if (!hw_text_blank(s))
        b->out->value[m] = hw_text_trim(s, b->p);
    return APR_SUCCESS;
}

static int
member_of(const char *name)
{
    for (int m = 0; m < HW_NT_COUNT; m++)
        if (strcmp(hw_notify_members[m], name) == 0)
            return m;
    return -1;
}

static apr_status_t
take_id(const build_t *b, const hw_json_t *v)
{
    const char *s = hw_json_string(v, NULL);

    if (s == NULL)
        return refuse(b, "id", "bad-type", "is not a text");
    for (const char *c = s; *c != '\0'; c++)
        if (!apr_isalnum(*c) && *c != '-' && *c != '_')
            return refuse(b, "id", "bad-value", "has letters, digits, - and _ only");
    if (strlen(s) > ID_MAX)
        return refuse(b, "id", "too-long", "is longer than 32 characters");
    b->out->id = apr_pstrdup(b->p, s);
    return APR_SUCCESS;
}

static apr_status_t
take_on(const build_t *b, const hw_json_t *v)
{
    static const char words[] = "is a list out of create, close, reopen and failed";

    if (!json_object_is_type(v, json_type_array) || json_object_array_length(v) == 0)
        return refuse(b, "on", "bad-type", words);
    b->out->on = 0;
    for (apr_size_t i = 0; i < json_object_array_length(v); i++) {
        const char *s = hw_json_string(json_object_array_get_idx(v, i), NULL);
        unsigned k = 0;

        while (s != NULL && k < NTELLS && strcmp(tells[k].name, s) != 0)
            k++;
        if (s == NULL || k == NTELLS)
            return refuse(b, "on", "bad-value", words);
        b->out->on |= (unsigned)tells[k].tell;
    }
    return APR_SUCCESS;
}

static apr_status_t
take_members(build_t *b)
{
    apr_status_t rv = APR_SUCCESS;

    json_object_object_foreach((hw_json_t *)b->entry, name, v)
    {
        int m = member_of(name);

        if (strcmp(name, "type") == 0 || v == NULL)
            continue;
        if (strcmp(name, "id") == 0)
            rv = take_id(b, v);
        else if (strcmp(name, "on") == 0)
            rv = take_on(b, v);
        else if (m >= 0 && allowed(b, m))
            rv = take_text(b, m, v);
        else if (m < 0 || hw_json_string(v, NULL) == NULL ||
                 !hw_text_blank(hw_json_string(v, NULL)))
            rv = refuse(b, name, "unknown-field",
                        apr_psprintf(b->p, "targets of type %s have no such member",
                                     b->out->type));
        if (rv != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

/* --- what they mean -------------------------------------------------------------------------- */

/* A name, not an address: numbers in any of the forms that resolvers know would lead inside. */
static int
is_host_name(const char *host, apr_size_t len)
{
    apr_size_t last = len;

    if (len == 0 || len > 253 || host[0] == '.' || host[0] == '-' || host[len - 1] == '.')
        return 0;
    for (apr_size_t i = 0; i < len; i++)
        if (!apr_isalnum(host[i]) && host[i] != '-' && host[i] != '.' && host[i] != '_')
            return 0;
    while (last > 0 && host[last - 1] != '.')
        last--;
    return apr_isalpha(host[last]) != 0;
}

static apr_status_t
check_url(const build_t *b)
{
    const char *url = b->out->value[HW_NT_URL], *host;
    apr_size_t len, port;

    if (strncmp(url, HTTPS, strlen(HTTPS)) != 0)
        return refuse(b, "url", "bad-value", "must begin with https://");
    for (const unsigned char *c = (const unsigned char *)url; *c != '\0'; c++)
        if (*c <= ' ' || *c >= 0x7f || strchr("\"<>\\^`{|}#", *c) != NULL)
            return hw_fail_at(b->res, APR_EINVAL, "bad-value",
                              apr_pstrcat(b->p, b->field, ".url", NULL),
                              (const char *)c - url, "holds a character that no URL has");
    host = url + strlen(HTTPS);
    len = strcspn(host, "/?");
    if (memchr(host, '@', len) != NULL)
        return refuse(b, "url", "bad-value", "must not name a user");
    port = len;
    if (memchr(host, ':', len) != NULL && host[0] != '[') {
        port = (apr_size_t)((const char *)memchr(host, ':', len) - host);
        if (port + 1 == len || len - port > 6 ||
            strspn(host + port + 1, "0123456789") != len - port - 1)
            return refuse(b, "url", "bad-value", "has no port behind the colon");
    }
    if (!is_host_name(host, port))
        return refuse(b, "url", "bad-value", "must name a host, and not by its address");
    if (host[len] == '\0' || host[len + 1] == '\0')
        return refuse(b, "url", "bad-value", "has nothing behind its host");
    return APR_SUCCESS;
}

static apr_status_t
check_token(const build_t *b)
{
    for (const char *c = b->out->value[HW_NT_TOKEN]; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            return refuse(b, "token", "bad-value", "may hold visible ASCII characters only");
    return APR_SUCCESS;
}

static apr_status_t
check_email(const build_t *b)
{
    const char *s = b->out->value[HW_NT_EMAIL], *at = s != NULL ? strchr(s, '@') : NULL;

    if (s != NULL && (at == NULL || at == s || at[1] == '\0' || strchr(s, ' ') != NULL))
        return refuse(b, "email", "bad-value", "is no e-mail address");
    return APR_SUCCESS;
}

static apr_status_t
check_stars(const build_t *b, hw_notify_member_e m)
{
    if (b->out->value[m] == NULL || b->masked || !hw_notify_is_shown(b->out->value[m]))
        return APR_SUCCESS;
    return refuse(b, hw_notify_members[m], "bad-value",
                  "is shown without its secret: give it in full");
}

/* A url, or a token and where to. */
static apr_status_t
check_way(const build_t *b)
{
    const char *const *value = b->out->value;
    int places = 0, first = HW_NT_COUNT;

    for (int m = HW_NT_COUNT - 1; m >= 0; m--)
        if ((b->to & BIT(m)) != 0) {
            first = m;
            places += value[m] != NULL;
        }
    if (value[HW_NT_URL] != NULL && (value[HW_NT_TOKEN] != NULL || places > 0))
        return refuse(b, value[HW_NT_TOKEN] != NULL ? "token" : hw_notify_members[first],
                      "bad-value", "a url says it all: no token, and no place beside it");
    if (value[HW_NT_URL] != NULL)
        return check_url(b);
    if (value[HW_NT_TOKEN] == NULL)
        return refuse(b, places > 0 ? "token" : "url", "required", "is missing");
    if (places == 0)
        return refuse(b, hw_notify_members[first], "required", "is missing");
    if (places > 1)
        return refuse(b, "email", "bad-value", "a message goes to a room_id or to an email");
    return check_token(b);
}

static apr_status_t
build_one(build_t *b)
{
    apr_status_t rv;

    b->out->id = "";
    b->out->on = HW_TELL_DEFAULT;
    if ((rv = find_type(b)) != APR_SUCCESS || (rv = take_members(b)) != APR_SUCCESS ||
        (rv = check_way(b)) != APR_SUCCESS || (rv = check_email(b)) != APR_SUCCESS ||
        (rv = check_stars(b, HW_NT_URL)) != APR_SUCCESS)
        return rv;
    return check_stars(b, HW_NT_TOKEN);
}

/* --- the list -------------------------------------------------------------------------------- */

apr_status_t
hw_notify_compile(const hw_json_t *list, int masked, apr_array_header_t **out, hw_result_t *res,
                  apr_pool_t *p)
{
    *out = apr_array_make(p, 2, sizeof(hw_notify_t *));
    if (list == NULL)
        return APR_SUCCESS;
    if (!json_object_is_type(list, json_type_array))
        return hw_fail_field(res, APR_EINVAL, "bad-type", "notify", "is not a list");
    if (json_object_array_length(list) > HW_NOTIFY_MAX)
        return hw_fail_field(res, APR_EINVAL, "out-of-range", "notify",
                             "holds more than %d targets", HW_NOTIFY_MAX);
    for (apr_size_t i = 0; i < json_object_array_length(list); i++) {
        build_t b = { .field = apr_psprintf(p, "notify[%d]", (int)i),
                      .entry = json_object_array_get_idx(list, i), .masked = masked,
                      .out = apr_pcalloc(p, sizeof(hw_notify_t)), .res = res, .p = p };
        apr_status_t rv = build_one(&b);

        if (rv != APR_SUCCESS)
            return rv;
        if (*b.out->id != '\0' && hw_notify_find(*out, b.out->id) != NULL)
            return refuse(&b, "id", "bad-value", "is that of another target");
        APR_ARRAY_PUSH(*out, hw_notify_t *) = b.out;
    }
    return APR_SUCCESS;
}

const hw_notify_t *
hw_notify_find(const apr_array_header_t *targets, const char *id)
{
    for (int i = 0; targets != NULL && i < targets->nelts; i++) {
        const hw_notify_t *t = APR_ARRAY_IDX(targets, i, const hw_notify_t *);

        if (strcmp(t->id, id) == 0)
            return t;
    }
    return NULL;
}
