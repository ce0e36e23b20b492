/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a request body into memory, never more of it than allowed. */
#ifndef MHW_BODY_H
#define MHW_BODY_H

#include <httpd.h>

/* Lies in the request's pool, zeroed. */
typedef struct {
    char *data;      /* len bytes and a NUL; NULL before anything was read */
    apr_size_t len;
    int complete;    /* all of it is here */
    int started;     /* something was taken from the input filters */
    apr_status_t failed; /* what the input filters said last, if not APR_SUCCESS */
    apr_size_t step; /* bytes asked of them at once */
    apr_size_t cap;
    int on_heap;     /* data comes from malloc; a cleanup of r->pool frees it */
} mhw_body_t;

/* Reads on until the body is complete. APR_ENOSPC: it is longer than limit; what was read stays,
 * and a call with a higher limit goes on. Other errors are the input filters', and stay. What a
 * filter unpacks (mod_deflate) counts as it comes out. */
apr_status_t mhw_body_read(request_rec *r, mhw_body_t *body, apr_size_t limit);

/* Before an answer of that status to a request whose body was not read: a small body is read away,
 * so that the connection can be kept; with any other the connection ends. */
void mhw_body_discard(request_rec *r, const mhw_body_t *body, int status);

#endif
