/* SPDX-License-Identifier: Apache-2.0 */
/* hookwise.cgi: the admin API. One request, its user, its answer; and the one route table.
 *
 * A request passes: route.c (path, method) → auth.c (who) → route.c (role, CSRF) → handler →
 * answer.c. Handlers fill an answer and return APR_SUCCESS, or leave their failure in c->res and
 * return its status: what the client gets for it is decided in answer.c alone. */
#ifndef HWC_CGI_H
#define HWC_CGI_H

#include "common/identity.h"
#include "common/store.h"

#define HWC_MAX_BODY   (16 * 1024 * 1024) /* bytes of a request body: a backup to restore */
#define HWC_MAX_ANYONE (64 * 1024)        /* bytes of one of nobody in particular: a sign-in */
#define HWC_MAX_PARAMS 3                  /* {placeholders} of one route */
#define HWC_LIST_LIMIT 100                /* rows of a list when nothing is asked for */
#define HWC_LIST_MAX   1000

typedef struct {
    const char *name;
    hw_role_e role;
    const char *tenant;   /* the tenant it is bound to, "*" = all */
    const char *how;      /* "session", "basic", "key", "server" (the site's own AuthType) */
    const char *csrf;     /* of the session; NULL for other ways in */
    const char *session;  /* its key in Redis; NULL for other ways in */
} hwc_user_t;

typedef struct hwc_route_t hwc_route_t;
typedef struct hwc_t hwc_t;

/* What follows an answer that is too long to be held, piece by piece: 0 = that was all. A piece may be
 * empty. Failures are the function's affair: the status has been sent. */
typedef int hwc_more_fn(hwc_t *c, void *baton, const char **text, apr_size_t *len);

struct hwc_t {
    apr_pool_t *p;             /* of this request */
    hw_result_t *res;
    apr_time_t now;            /* when the request came */
    const hw_settings_t *settings;
    hw_keyring_t *ring;        /* NULL when ENCRYPTION_KEY is not set */
    const void *io;            /* where the rest of the request is read from (request.h) */
    void *services;            /* connections, kept over requests under FastCGI */

    /* The request. Strings are never NULL unless said so. */
    const char *method;
    const char *path;          /* behind the mount: "/api/endpoints/abc" */
    const char *uri;           /* mount, path and query as they were sent */
    const char *mount;         /* what stands before it: "" or "/hookwise" */
    const char *remote_addr;
    const char *remote_user;   /* set by an AuthType of the server; NULL = none */
    const char *auth_type;     /* its name; "" when there is no remote_user */
    hwc_user_t *vouched;       /* whose password AuthType Hookwise has just checked; NULL = none */
    int https;
    apr_table_t *args;         /* query string, decoded */
    const char *bad_arg;       /* one that cannot be read, and why; NULL = none */
    const char *bad_arg_why;
    apr_table_t *headers;      /* Authorization, Cookie, X-CSRF-Token, Content-Type, Host … */
    const char *body;          /* body_len bytes and a NUL; read when it is known who asks */
    apr_size_t body_len;
    const hwc_route_t *route;
    const char *params[HWC_MAX_PARAMS]; /* values of {placeholders}, decoded */
    hwc_user_t *user;          /* NULL on routes for anyone when nobody is signed in */

    /* The answer. */
    int status;
    apr_table_t *out;          /* headers, Content-Type included */
    const char *answer;
    apr_size_t answer_len;
    hwc_more_fn *more;         /* NULL = answer is all of it */
    void *more_baton;
};

typedef apr_status_t hwc_fn(hwc_t *c);

#define HWC_NO_CSRF 1 /* changes nothing, or takes its own credentials (login) */

struct hwc_route_t {
    const char *method;   /* "GET", "POST" … */
    const char *pattern;  /* "/api/endpoints/{id}/rotate" */
    hw_role_e least;      /* HW_ANYONE: no login */
    int flags;
    hwc_fn *run;
    const char *what;     /* one sentence; openapi.json's summary */
};
extern const hwc_route_t hwc_routes[]; /* ends with method NULL */

/* What the query string of a handler's requests may hold; without a row nothing. */
typedef struct {
    hwc_fn *run;
    const char *names;    /* blanks between them */
} hwc_args_t;
extern const hwc_args_t hwc_args[]; /* ends with run NULL */

/* --- the way of a request (main.c, route.c, auth.c) ------------------------------------------ */
void hwc_handle(hwc_t *c);               /* everything between reading and writing */
/* May this address and scheme talk to us at all? GUI_TRUSTED_IPS, FORCE_HTTPS. */
apr_status_t hwc_admit(hwc_t *c);
/* Sets c->user, or leaves it NULL when no credentials are shown. Fails when those shown are wrong
 * or throttled. */
apr_status_t hwc_authenticate(hwc_t *c);
/* Was this request made by a page of ours, or by no browser? Not so for those another site made a
 * browser send along with what it remembers. */
int hwc_same_origin(const hwc_t *c);

/* --- what handlers use ----------------------------------------------------------------------- */
/* Opened at first use. For a user bound to a tenant it holds the rows of that tenant alone. */
apr_status_t hwc_store(hwc_t *c, hw_store_t **out);
/* Everybody's rows, whoever asks: for publishing. The next hwc_store ends it. */
apr_status_t hwc_store_of_all(hwc_t *c, hw_store_t **out);
const char *hwc_bound(const hwc_t *c);                /* the user's own tenant; NULL = all */
apr_status_t hwc_queue(hwc_t *c, hw_queue_t **out);
hw_actor_t hwc_actor(const hwc_t *c);                 /* for the audit log */
const char *hwc_tenant(const hwc_t *c);               /* tenant to look at; NULL = all */

const char *hwc_arg(const hwc_t *c, const char *name);    /* NULL when absent or empty */
/* Decimal within bounds; deflt when absent; APR_EINVAL "bad-argument" naming it. */
apr_status_t hwc_arg_int(hwc_t *c, const char *name, long deflt, long min, long max, long *out);
apr_status_t hwc_arg_time(hwc_t *c, const char *name, apr_time_t *out); /* 0 when absent */
/* The body as a JSON object; an empty body is {}. */
apr_status_t hwc_body_object(hwc_t *c, hw_json_t **out);

/* --- answers (answer.c) ---------------------------------------------------------------------- */
apr_status_t hwc_json(hwc_t *c, int status, hw_json_t *obj); /* takes obj over */
apr_status_t hwc_text(hwc_t *c, int status, const char *type, const char *text, apr_size_t len);
apr_status_t hwc_empty(hwc_t *c);                            /* 204 */
/* One line for the web server's error log; control characters, which paths may hold, as \\xNN. */
void hwc_log(hwc_t *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void hwc_failed(hwc_t *c, apr_status_t rv);                  /* c->res → error answer */
/* A failure with the HTTP status it is to become: return hwc_refuse(c, 409, "in-use", …). */
apr_status_t hwc_refuse(hwc_t *c, int http_status, const char *problem, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
