/* SPDX-License-Identifier: Apache-2.0 */
/* Finding token= in a query string, and hiding all secrets of one in a request line. */
#include "mod_hookwise/query.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <scoreboard.h>
#include <string.h>

#include "common/auth_scheme.h"
#include "common/text.h"
#include "mod_hookwise/config.h"

#define PARAM "token="
#define PARAM_LEN 6
#define HIDDEN "********"
#define OURS "hookwise-"

const char *
mhw_handler(request_rec *r)
{
    const core_dir_config *core;
    const char *name = r->handler, *err = NULL;

    if (name == NULL) { /* core sets it from SetHandler only after the access checks */
        core = ap_get_core_module_config(r->per_dir_config);
        name = core->handler;
        if (core->expr_handler != NULL)
            name = ap_expr_str_exec(r, core->expr_handler, &err);
    }
    return name != NULL && err == NULL && strncmp(name, OURS, strlen(OURS)) == 0 ? name : "";
}

/* The next token= that begins a parameter of a query string. */
static const char *
find(const char *s)
{
    for (const char *at = s; (at = strstr(at, PARAM)) != NULL; at += PARAM_LEN)
        if (at == s || at[-1] == '&')
            return at;
    return NULL;
}

static apr_size_t
value_length(const char *value)
{
    return strcspn(value, "&# ");
}

/* The value of the next parameter whose name says that it is a secret, in a query string or a whole
 * request line; NULL = none. */
static const char *
find_secret(const char *s, const char *from)
{
    for (const char *at = from; (at = strchr(at, '=')) != NULL; at++) {
        const char *name = at;

        while (name > s && name[-1] != '?' && name[-1] != '&')
            name--;
        if (hw_scheme_hidden(name, (apr_size_t)(at - name)))
            return at + 1;
    }
    return NULL;
}

/* s with every secret's value replaced; s itself when there is none. */
static const char *
hide(const char *s, apr_pool_t *p)
{
    const char *at = s != NULL ? find_secret(s, s) : NULL, *from = s;
    hw_buf_t b;

    if (at == NULL)
        return s;
    hw_buf_init(&b, p);
    for (; at != NULL; at = find_secret(s, from)) {
        hw_buf_add(&b, from, (apr_size_t)(at - from));
        hw_buf_adds(&b, HIDDEN);
        from = at + value_length(at);
    }
    hw_buf_adds(&b, from);
    return b.s;
}

/* The parameters that are no token. */
static const char *
without_token(const char *args, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    while (*args != '\0') {
        apr_size_t len = strcspn(args, "&");

        if (strncmp(args, PARAM, PARAM_LEN) != 0) {
            if (b.len > 0)
                hw_buf_addc(&b, '&');
            hw_buf_add(&b, args, len);
        }
        args += len + (args[len] == '&');
    }
    return b.s;
}

/* state: what mod_status says of the request meanwhile; its copy of the line is made anew. */
static void
hide_in_request(request_rec *r, int state)
{
    const char *line = r->the_request;

    r->the_request = (char *)hide(r->the_request, r->pool);
    r->unparsed_uri = (char *)hide(r->unparsed_uri, r->pool);
    r->args = (char *)hide(r->args, r->pool);
    r->parsed_uri.query = (char *)hide(r->parsed_uri.query, r->pool);
    if (r->the_request != line)
        ap_update_child_status(r->connection->sbh, state, r);
}

const mhw_query_t *
mhw_query(request_rec *r)
{
    mhw_query_t *q = ap_get_module_config(r->request_config, &hookwise_module);
    const char *at;

    if (q != NULL)
        return q;
    q = apr_pcalloc(r->pool, sizeof(*q));
    q->rest = r->args != NULL ? r->args : "";
    ap_set_module_config(r->request_config, &hookwise_module, q);
    if (*q->rest == '\0')
        return q;
    at = find(q->rest);
    if (at != NULL) {
        at += PARAM_LEN;
        q->token = hw_url_decode(at, value_length(at), 1, NULL, r->pool);
        q->rest = without_token(q->rest, r->pool);
    }
    hide_in_request(r, SERVER_BUSY_WRITE);
    return q;
}

int
mhw_query_translate(request_rec *r)
{
    if (mhw_handler(r)[0] != '\0')
        mhw_query(r);
    return DECLINED;
}

/* Here httpd has put the location's configuration aside: what translate_name found tells. */
int
mhw_query_storage(request_rec *r)
{
    return ap_get_module_config(r->request_config, &hookwise_module) != NULL ? OK : DECLINED;
}

/* A request line that could not be parsed never came to a location: whatever looks like a secret
 * in it is hidden. */
int
mhw_query_log(request_rec *r)
{
    for (; r != NULL; r = r->next)
        if (r->the_request != NULL && strchr(r->the_request, '=') != NULL &&
            (r->status == HTTP_BAD_REQUEST || mhw_handler(r)[0] != '\0'))
            hide_in_request(r, SERVER_BUSY_LOG);
    return DECLINED;
}
