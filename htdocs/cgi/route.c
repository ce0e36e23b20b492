/* SPDX-License-Identifier: Apache-2.0 */
/* Path and method → route; role and CSRF, checked here and nowhere else. */
#include <apr_strings.h>
#include <string.h>

#include "common/crypto.h"
#include "common/result.h"
#include "common/text.h"
#include "htdocs/cgi/request.h"

/* Whether path fits pattern; {placeholders} take one path part each, decoded. */
static int
path_fits(hwc_t *c, const char *pattern, const char *path)
{
    int n = 0;

    while (*pattern != '\0') {
        apr_size_t len, done;

        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return 0;
            continue;
        }
        len = strcspn(path, "/");
        if (len == 0 || n == HWC_MAX_PARAMS)
            return 0;
        c->params[n] = hw_url_decode(path, len, 0, &done, c->p);
        if (strlen(c->params[n]) != done || !hw_utf8_valid(c->params[n], done, NULL))
            return 0;
        n++;
        pattern += strcspn(pattern, "}") + 1;
        path += len;
    }
    return *path == '\0' || strcmp(path, "/") == 0;
}

/* HEAD is answered like GET, without a body. */
static int
method_fits(const char *asked, const char *method)
{
    return strcmp(asked, method) == 0 ||
           (strcmp(asked, "HEAD") == 0 && strcmp(method, "GET") == 0);
}

static apr_status_t
find_route(hwc_t *c)
{
    const char *allow = NULL;

    for (const hwc_route_t *r = hwc_routes; r->method != NULL; r++) {
        if (!path_fits(c, r->pattern, c->path))
            continue;
        if (method_fits(c->method, r->method)) {
            c->route = r;
            return APR_SUCCESS;
        }
        allow = allow == NULL ? r->method : apr_pstrcat(c->p, allow, ", ", r->method, NULL);
    }
    if (allow == NULL)
        return hwc_refuse(c, 404, "no-route", "there is nothing at %s",
                          hw_utf8_mend(c->path, strlen(c->path), NULL, c->p));
    apr_table_setn(c->out, "Allow", allow);
    return hwc_refuse(c, 405, "method", "%s takes %s", c->path, allow);
}

static int
changes_something(const char *method)
{
    return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

/* A cookie goes along with every request of a browser, also with one that another site made it
 * send; the token does not. Browsers remember passwords and certificates in the same way: there
 * is no token for those, but the browser says which site it is. */
static int
csrf_holds(const hwc_t *c)
{
    const char *shown = apr_table_get(c->headers, "X-CSRF-Token");

    if (c->user == NULL || !changes_something(c->method) || (c->route->flags & HWC_NO_CSRF))
        return 1;
    if (c->user->csrf == NULL)
        return strcmp(c->user->how, "key") == 0 || hwc_same_origin(c);
    return shown != NULL && hw_equal_ct(shown, strlen(shown), c->user->csrf,
                                        strlen(c->user->csrf));
}

static apr_status_t
check_user(hwc_t *c)
{
    apr_status_t rv = hwc_authenticate(c);

    if (c->route->least > HW_ANYONE && rv != APR_SUCCESS)
        return rv; /* wrong credentials do not close what is open to anyone */
    if (c->route->least > HW_ANYONE && c->user == NULL)
        return hwc_refuse(c, 401, "unauthorized", "sign in first");
    if (c->user != NULL && c->user->role < c->route->least)
        return hwc_refuse(c, 403, "forbidden", "this takes the role %s; %s is %s",
                          hw_role_name(c->route->least), c->user->name,
                          hw_role_name(c->user->role));
    if (!csrf_holds(c))
        return hwc_refuse(c, 403, "csrf", "the X-CSRF-Token header is missing or old; "
                                          "load the page again");
    return APR_SUCCESS;
}

static apr_status_t
check_args(hwc_t *c)
{
    const hwc_args_t *row = hwc_args;

    while (row->run != NULL && row->run != c->route->run)
        row++;
    return hwc_args_check(c, row->run != NULL ? row->names : "");
}

void
hwc_handle(hwc_t *c)
{
    apr_status_t rv = hwc_admit(c);

    if (rv == APR_SUCCESS)
        rv = find_route(c);
    if (rv == APR_SUCCESS)
        rv = check_user(c);
    if (rv == APR_SUCCESS)
        rv = check_args(c);
    if (rv == APR_SUCCESS)
        rv = hwc_request_read(c, c->user != NULL ? HWC_MAX_BODY : HWC_MAX_ANYONE);
    if (rv == APR_SUCCESS) {
        hw_result_reset(c->res);
        rv = c->route->run(c);
    }
    if (rv != APR_SUCCESS)
        hwc_failed(c, rv);
}

hw_actor_t
hwc_actor(const hwc_t *c)
{
    return (hw_actor_t){.user = c->user != NULL ? c->user->name : "",
                        .address = c->remote_addr,
                        .tenant = c->user != NULL ? hwc_bound(c) : NULL};
}

const char *
hwc_bound(const hwc_t *c)
{
    return strcmp(c->user->tenant, "*") != 0 ? c->user->tenant : NULL;
}

const char *
hwc_tenant(const hwc_t *c)
{
    const char *own = c->user != NULL ? c->user->tenant : "";

    /* Who may see all tenants may look at one. */
    return strcmp(own, "*") == 0 ? hwc_arg(c, "tenant") : own;
}
