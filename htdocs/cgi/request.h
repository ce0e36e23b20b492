/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a request and writing its answer, whatever carries them. */
#ifndef HWC_REQUEST_H
#define HWC_REQUEST_H

#include "htdocs/cgi/cgi.h"

typedef struct {
    const char *(*get)(void *baton, const char *name); /* CGI variables; NULL when not set */
    apr_size_t (*read)(void *baton, char *buf, apr_size_t len); /* 0 = end */
    int (*write)(void *baton, const char *s, apr_size_t len); /* 0 = nobody reads it any more */
    void *baton;
} hwc_io_t;

/* Takes over the CGI variables; reads nothing of the body. Never fails. */
hwc_t *hwc_request_make(const hwc_io_t *io, apr_pool_t *p);
/* Reads the body. Errors: "too-large" (413). */
apr_status_t hwc_request_read(hwc_t *c, apr_size_t max);
/* Refuses arguments that are given twice, are no text, or are none of names (blanks between them): a
 * filter that is left out because it is misspelt would show, or delete, everything. 422
 * "bad-argument" with the name as field. */
apr_status_t hwc_args_check(hwc_t *c, const char *names);
/* Reads what is left of the body and forgets it: a web server that cannot send all of it may drop
 * our answer. */
void hwc_request_drain(hwc_t *c);
void hwc_answer_write(hwc_t *c);

#endif
