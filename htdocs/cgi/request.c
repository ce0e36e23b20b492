/* SPDX-License-Identifier: Apache-2.0 */
/* CGI variables and body → request; and what handlers ask of its arguments. */
#include "htdocs/cgi/request.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/result.h"
#include "common/text.h"

#define MAX_ARGS 100
#define DRAIN_MAX (64 * 1024 * 1024) /* bytes read for nothing; who sends more gets no answer */

static const char *
variable(const hwc_io_t *io, const char *name, const char *deflt, apr_pool_t *p)
{
    const char *value = io->get(io->baton, name);

    return value != NULL ? apr_pstrdup(p, value) : deflt;
}

static void
take_header(hwc_t *c, const hwc_io_t *io, const char *variable_name, const char *name)
{
    const char *value = variable(io, variable_name, NULL, c->p);

    if (value != NULL && *value != '\0')
        apr_table_setn(c->headers, name, value);
}

static int
is_text(const char *s, apr_size_t len)
{
    return strlen(s) == len && hw_utf8_valid(s, len, NULL);
}

static void
take_arg(hwc_t *c, const char *arg, apr_size_t len)
{
    const char *eq = memchr(arg, '=', len), *name, *value;
    apr_size_t head = eq != NULL ? (apr_size_t)(eq - arg) : len, name_len, value_len;

    name = hw_url_decode(arg, head, 1, &name_len, c->p);
    value = eq != NULL ? hw_url_decode(eq + 1, len - head - 1, 1, &value_len, c->p)
                       : hw_url_decode("", 0, 1, &value_len, c->p);
    if (!is_text(name, name_len) || !is_text(value, value_len)) {
        c->bad_arg = hw_utf8_mend(name, strlen(name), NULL, c->p);
        c->bad_arg_why = "is not UTF-8 text";
    } else if (apr_table_get(c->args, name) != NULL) {
        c->bad_arg = name;
        c->bad_arg_why = "is given twice";
    }
    apr_table_setn(c->args, name, value);
}

/* More than MAX_ARGS of them cannot all be different ones that somebody knows. */
static void
take_args(hwc_t *c, const char *query)
{
    for (int n = 0; *query != '\0'; n++) {
        apr_size_t len = strcspn(query, "&");

        if (n == MAX_ARGS) {
            c->bad_arg = "query";
            c->bad_arg_why = "has too many arguments";
            return;
        }
        if (len > 0)
            take_arg(c, query, len);
        query += len + (query[len] == '&');
    }
}

/* The length of the root word that a path begins with; 0 = none. */
static apr_size_t
root_len(const char *path)
{
    static const char *const roots[] = {"/api", "/history", "/admin", "/login", "/logout",
                                        "/health", NULL};

    for (const char *const *root = roots; *root != NULL; root++) {
        apr_size_t len = strlen(*root);

        if (strncmp(path, *root, len) == 0 && (path[len] == '/' || path[len] == '\0'))
            return len;
    }
    return 0;
}

/* Where in whole our path begins. Servers cut the request's path into SCRIPT_NAME and PATH_INFO in
 * their own ways: one that maps our routes has all of it in PATH_INFO ("/tools" + "/api/x"), one
 * that maps a folder cuts behind it ("/tools/api" + "/x"), one that knows no file does not cut at
 * all. HOOKWISE_MOUNT ends any doubt. */
static apr_size_t
path_start(const char *whole, apr_size_t script_len, const char *mount)
{
    apr_size_t mount_len = mount != NULL ? strlen(mount) : 0;
    const char *at = whole;

    if (mount != NULL && strncmp(whole, mount, mount_len) == 0)
        return mount_len;
    for (apr_size_t i = script_len; i-- > 0;)
        if (whole[i] == '/') {
            if (i + root_len(whole + i) == script_len)
                return i;
            break;
        }
    if (root_len(whole + script_len) > 0)
        return script_len;
    while ((at = strchr(at, '/')) != NULL && root_len(at) == 0)
        at++;
    return at != NULL ? (apr_size_t)(at - whole) : script_len;
}

static void
take_path(hwc_t *c, const char *script, const char *info, const char *mount)
{
    const char *whole = apr_pstrcat(c->p, script, info, NULL);
    apr_size_t start = path_start(whole, strlen(script), mount);

    c->path = whole[start] != '\0' ? whole + start : "/";
    c->mount = apr_pstrmemdup(c->p, whole, start);
}

/* The server sets these variables, and no header becomes one of them: those are HTTP_*. */
static void
take_user(hwc_t *c, const hwc_io_t *io)
{
    hw_role_e role;

    c->remote_user = variable(io, "REMOTE_USER", NULL, c->p);
    if (c->remote_user != NULL && *c->remote_user == '\0')
        c->remote_user = NULL;
    c->auth_type = c->remote_user != NULL ? variable(io, "AUTH_TYPE", "", c->p) : "";
    if (!hw_text_ieq(c->auth_type, "Hookwise") ||
        strcmp(variable(io, "HOOKWISE_AUTH", "", c->p), "basic") != 0)
        return;
    role = hw_role_read(variable(io, "HOOKWISE_ROLE", "", c->p));
    if (role == HW_ANYONE)
        return;
    c->vouched = apr_pcalloc(c->p, sizeof(*c->vouched));
    *c->vouched = (hwc_user_t){.name = c->remote_user, .role = role, .how = "basic",
                               .tenant = variable(io, "HOOKWISE_TENANT", "", c->p)};
}

hwc_t *
hwc_request_make(const hwc_io_t *io, apr_pool_t *p)
{
    hwc_t *c = apr_pcalloc(p, sizeof(*c));
    const char *https = variable(io, "HTTPS", "", p);

    c->p = p;
    c->io = io;
    c->res = hw_result_make(p);
    c->now = apr_time_now();
    c->out = apr_table_make(p, 8);
    c->args = apr_table_make(p, 8);
    c->headers = apr_table_make(p, 8);
    c->method = variable(io, "REQUEST_METHOD", "GET", p);
    c->remote_addr = variable(io, "REMOTE_ADDR", "", p);
    take_user(c, io);
    c->https = hw_text_ieq(https, "on") || strcmp(https, "1") == 0;
    take_path(c, variable(io, "SCRIPT_NAME", "", p), variable(io, "PATH_INFO", "", p),
              variable(io, "HOOKWISE_MOUNT", NULL, p));
    c->uri = variable(io, "REQUEST_URI", "", p);
    if (*c->uri != '/') /* a proxy's form, with a host in it */
        c->uri = apr_pstrcat(p, c->mount, c->path, NULL);
    take_args(c, variable(io, "QUERY_STRING", "", p));
    take_header(c, io, "HTTP_AUTHORIZATION", "Authorization");
    take_header(c, io, "HTTP_COOKIE", "Cookie");
    take_header(c, io, "HTTP_X_CSRF_TOKEN", "X-CSRF-Token");
    take_header(c, io, "HTTP_HOST", "Host");
    take_header(c, io, "HTTP_ORIGIN", "Origin");
    take_header(c, io, "HTTP_SEC_FETCH_SITE", "Sec-Fetch-Site");
    take_header(c, io, "HTTP_USER_AGENT", "User-Agent");
    take_header(c, io, "CONTENT_TYPE", "Content-Type");
    take_header(c, io, "CONTENT_LENGTH", "Content-Length");
    c->body = "";
    return c;
}

static apr_status_t
too_large(hwc_t *c, apr_size_t max)
{
    return hwc_refuse(c, 413, "too-large", "the request body is larger than %lu kB",
                      (unsigned long)(max / 1024));
}

apr_status_t
hwc_request_read(hwc_t *c, apr_size_t max)
{
    const char *length = apr_table_get(c->headers, "Content-Length");
    const hwc_io_t *io = c->io;
    char chunk[16384];
    apr_size_t n;
    hw_buf_t body;

    if (length != NULL && apr_atoi64(length) > (apr_int64_t)max)
        return too_large(c, max);
    /* A body without a length (chunked) is read to its end. */
    if (length == NULL && (strcmp(c->method, "GET") == 0 || strcmp(c->method, "HEAD") == 0))
        return APR_SUCCESS;
    hw_buf_init(&body, c->p);
    while ((n = io->read(io->baton, chunk, sizeof(chunk))) > 0) {
        if (body.len + n > max)
            return too_large(c, max);
        hw_buf_add(&body, chunk, n);
    }
    c->body = body.s;
    c->body_len = body.len;
    return APR_SUCCESS;
}

void
hwc_request_drain(hwc_t *c)
{
    const hwc_io_t *io = c->io;
    char chunk[16384];
    apr_size_t n, left = DRAIN_MAX;

    if (apr_table_get(c->headers, "Content-Length") == NULL &&
        (strcmp(c->method, "GET") == 0 || strcmp(c->method, "HEAD") == 0))
        return;
    while (left > 0 && (n = io->read(io->baton, chunk, sizeof(chunk))) > 0)
        left -= n < left ? n : left;
}

typedef struct {
    const char *names;
    const char *unknown;
} known_t;

static int
check_known(void *baton, const char *name, const char *value)
{
    known_t *known = baton;
    apr_size_t len = strlen(name);

    (void)value;
    for (const char *at = known->names; *at != '\0'; at += strspn(at, " ")) {
        apr_size_t n = strcspn(at, " ");

        if (n == len && strncmp(at, name, n) == 0)
            return 1;
        at += n;
    }
    known->unknown = name;
    return 0;
}

apr_status_t
hwc_args_check(hwc_t *c, const char *names)
{
    known_t known = {.names = names};

    if (c->bad_arg != NULL)
        return hw_fail_field(c->res, APR_EINVAL, "bad-argument", c->bad_arg, "%s", c->bad_arg_why);
    apr_table_do(check_known, &known, c->args, NULL);
    if (known.unknown == NULL)
        return APR_SUCCESS;
    return hw_fail_field(c->res, APR_EINVAL, "bad-argument", known.unknown,
                         *names != '\0' ? "is unknown here; there are %s" : "is unknown here%s",
                         names);
}

/* --- what handlers ask ----------------------------------------------------------------------- */

const char *
hwc_arg(const hwc_t *c, const char *name)
{
    const char *value = apr_table_get(c->args, name);

    return value != NULL && *value != '\0' ? value : NULL;
}

apr_status_t
hwc_arg_int(hwc_t *c, const char *name, long deflt, long min, long max, long *out)
{
    const char *value = hwc_arg(c, name);
    char *end;

    *out = deflt;
    if (value == NULL)
        return APR_SUCCESS;
    *out = strtol(value, &end, 10);
    if (*end != '\0' || *out < min || *out > max)
        return hw_fail_field(c->res, APR_EINVAL, "bad-argument", name,
                             "takes a whole number from %ld to %ld", min, max);
    return APR_SUCCESS;
}

/* "…T10:00:00+01:00" in an address nobody has encoded arrives with a blank for its plus. */
static const char *
mend_plus(const char *time, apr_pool_t *p)
{
    apr_size_t len = strlen(time);
    char *mended;

    if (len < 6 || time[len - 6] != ' ' || strchr(time, 'T') == NULL)
        return time;
    mended = apr_pstrdup(p, time);
    mended[len - 6] = '+';
    return mended;
}

apr_status_t
hwc_arg_time(hwc_t *c, const char *name, apr_time_t *out)
{
    const char *value = hwc_arg(c, name);

    *out = 0;
    if (value == NULL)
        return APR_SUCCESS;
    value = mend_plus(value, c->p);
    if (hw_time_parse(value, out, c->res) != APR_SUCCESS)
        return hw_fail_field(c->res, APR_EINVAL, "bad-argument", name,
                             "takes a time such as 2026-11-20T06:14:08Z");
    return APR_SUCCESS;
}

apr_status_t
hwc_body_object(hwc_t *c, hw_json_t **out)
{
    apr_status_t rv;

    if (c->body_len == 0) {
        *out = hw_json_own(json_object_new_object(), c->p);
        return APR_SUCCESS;
    }
    rv = hw_json_parse(c->body, c->body_len, NULL, out, NULL, c->res, c->p);
    if (rv != APR_SUCCESS)
        return hw_result_in_field(c->res, "body");
    if (!json_object_is_type(*out, json_type_object))
        return hw_fail_field(c->res, APR_EINVAL, "bad-json", "body", "takes a JSON object");
    return APR_SUCCESS;
}
