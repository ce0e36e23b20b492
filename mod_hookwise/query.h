/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens in query strings: taken out of the request before anything can log them. */
#ifndef MHW_QUERY_H
#define MHW_QUERY_H

#include <httpd.h>

/* What a request's query string held. */
typedef struct {
    const char *token; /* URL-decoded value of token=, NULL = none */
    const char *rest;  /* the other parameters as sent, secrets among them; never NULL */
} mhw_query_t;

/* The handler httpd will call for this request, as far as its configuration says by now; "" when
 * it is none of ours. */
const char *mhw_handler(request_rec *r);

/* Takes the token, and whatever else a parameter's name calls a secret (hw_scheme_hidden), out of
 * r->args, r->unparsed_uri, r->the_request and mod_status's copy: there they read
 * "token=********". The first call does it, later ones give the same answer. */
const mhw_query_t *mhw_query(request_rec *r);

/* Hooks: translate_name (as early as the location is known), and log_transaction for requests that
 * failed before that. */
int mhw_query_translate(request_rec *r);
int mhw_query_log(request_rec *r);
/* Hook map_to_storage: our locations are no files, so no directory walk, no .htaccess, no Directory
 * sections. */
int mhw_query_storage(request_rec *r);

#endif
