/* SPDX-License-Identifier: Apache-2.0 */
/* Redis URLs: unix:, redis:// and sentinel://. */
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "common/queue_conn.h"
#include "common/text.h"

#define DB_MAX 65535

typedef struct {
    const char *url; /* whole, for offsets */
    hw_target_t *t;
    hw_result_t *res;
    apr_pool_t *p;
} parse_t;

static apr_status_t
bad(parse_t *in, const char *at, const char *why)
{
    return hw_fail_at(in->res, APR_EINVAL, "bad-url", NULL, at - in->url, "%s", why);
}

/* Digits only, up to max; end is one past the last character. */
static apr_status_t
number(parse_t *in, const char *s, const char *end, int max, const char *what, int *out)
{
    long n = 0;

    if (s == end)
        return bad(in, s, apr_pstrcat(in->p, what, " is missing", NULL));
    for (const char *c = s; c < end; c++) {
        if (!apr_isdigit(*c))
            return bad(in, c, apr_pstrcat(in->p, what, " is not a number", NULL));
        n = n * 10 + (*c - '0');
        if (n > max)
            return bad(in, s, apr_psprintf(in->p, "%s is above %d", what, max));
    }
    *out = (int)n;
    return APR_SUCCESS;
}

static const char *
decoded(parse_t *in, const char *s, const char *end)
{
    return hw_url_decode(s, (apr_size_t)(end - s), 0, NULL, in->p);
}

/* "user:password@", ":password@" in front of the hosts; *s moves behind it. */
static void
credentials(parse_t *in, const char **s, const char *end)
{
    const char *at = NULL, *colon;

    for (const char *c = *s; c < end; c++)
        if (*c == '@')
            at = c;
    if (at == NULL)
        return;
    colon = memchr(*s, ':', (apr_size_t)(at - *s));
    if (colon == NULL) {
        in->t->password = decoded(in, *s, at);
    } else {
        if (colon > *s)
            in->t->user = decoded(in, *s, colon);
        if (colon + 1 < at)
            in->t->password = decoded(in, colon + 1, at);
    }
    *s = at + 1;
}

/* host, host:port, [v6], [v6]:port */
static apr_status_t
host(parse_t *in, const char *s, const char *end, int port)
{
    hw_host_t *h = apr_array_push(in->t->hosts);
    const char *stop = end;

    if (s < end && *s == '[') {
        const char *close = memchr(s, ']', (apr_size_t)(end - s));

        if (close == NULL)
            return bad(in, s, "the bracket is not closed");
        h->name = apr_pstrmemdup(in->p, s + 1, (apr_size_t)(close - s - 1));
        stop = close + 1;
    } else {
        const char *colon = memchr(s, ':', (apr_size_t)(end - s));

        if (colon != NULL)
            stop = colon;
        h->name = apr_pstrmemdup(in->p, s, (apr_size_t)(stop - s));
    }
    if (h->name[0] == '\0')
        return bad(in, s, "the host name is missing");
    h->port = port;
    if (stop == end)
        return APR_SUCCESS;
    if (*stop != ':')
        return bad(in, stop, "a port or the end of the host was expected");
    return number(in, stop + 1, end, 65535, "the port", &h->port);
}

static apr_status_t
hosts(parse_t *in, const char *s, const char *end, int port)
{
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS) {
        const char *comma = memchr(s, ',', (apr_size_t)(end - s));

        rv = host(in, s, comma != NULL ? comma : end, port);
        if (comma == NULL)
            break;
        s = comma + 1;
    }
    return rv;
}

static apr_status_t
parse_unix(parse_t *in, const char *s)
{
    const char *query = strchr(s, '?');
    const char *end = s + strlen(s);

    if (strncmp(s, "//", 2) == 0)
        s += 2;
    if (*s != '/')
        return bad(in, s, "the path of a socket begins with /");
    in->t->kind = HW_TARGET_UNIX;
    in->t->path = apr_pstrmemdup(in->p, s, (apr_size_t)((query != NULL ? query : end) - s));
    in->t->shown = in->url;
    if (query == NULL)
        return APR_SUCCESS;
    if (strncmp(query, "?db=", 4) != 0)
        return bad(in, query, "only ?db= is known behind a path");
    return number(in, query + 4, end, DB_MAX, "the database", &in->t->db);
}

/* What stands between "//" and the end, for both network forms. */
static apr_status_t
parse_network(parse_t *in, const char *s, int port)
{
    const char *end = s + strlen(s), *slash, *tail;
    apr_status_t rv;

    slash = strchr(s, '/');
    if (slash == NULL)
        slash = end;
    credentials(in, &s, slash);
    in->t->shown = apr_pstrcat(in->p, apr_pstrmemdup(in->p, in->url, strcspn(in->url, ":")),
                               "://", s, NULL);
    if ((rv = hosts(in, s, slash, port)) != APR_SUCCESS)
        return rv;
    if (in->t->kind == HW_TARGET_TCP && in->t->hosts->nelts > 1)
        return bad(in, strchr(s, ','), "redis:// takes one host; sentinel:// takes several");
    tail = slash < end ? slash + 1 : end;
    if (in->t->kind == HW_TARGET_SENTINEL) {
        const char *stop = tail + strcspn(tail, "/");

        if (stop == tail)
            return bad(in, tail, "the name of the master is missing");
        in->t->master = decoded(in, tail, stop);
        tail = stop < end ? stop + 1 : end;
    }
    if (tail < end)
        return number(in, tail, end, DB_MAX, "the database", &in->t->db);
    return APR_SUCCESS;
}

apr_status_t
hw_target_parse(const char *url, hw_target_t *out, hw_result_t *res, apr_pool_t *p)
{
    parse_t in = { .url = url, .t = out, .res = res, .p = p };

    memset(out, 0, sizeof(*out));
    out->hosts = apr_array_make(p, 1, sizeof(hw_host_t));
    if (strncmp(url, "unix:", 5) == 0)
        return parse_unix(&in, url + 5);
    if (strncmp(url, "redis://", 8) == 0) {
        out->kind = HW_TARGET_TCP;
        return parse_network(&in, url + 8, HW_QUEUE_PORT);
    }
    if (strncmp(url, "sentinel://", 11) == 0) {
        out->kind = HW_TARGET_SENTINEL;
        return parse_network(&in, url + 11, HW_QUEUE_SENTINEL_PORT);
    }
    return bad(&in, url, "a Redis URL begins with unix:, redis:// or sentinel://");
}
