/* SPDX-License-Identifier: Apache-2.0 */
/* Request headers: which are kept with an event, and which one is the sender's own id. */
#ifndef MHW_HEADERS_H
#define MHW_HEADERS_H

#include <httpd.h>

#include "common/auth.h"
#include "common/text.h"

/* A JSON object of lower-case names, bounded (HW_MAX_HEADERS, HW_MAX_HEADER_VALUE), without
 * credentials: cookies, tokens, keys, passwords and signatures stay out by name, and so do
 * headers that carry the secrets of the endpoint. */
const char *mhw_headers_json(const apr_table_t *headers, const hw_auth_t *auth, apr_pool_t *p);
/* Is a header of that name left out? */
int mhw_header_secret(const char *name);

/* What the sender says is the id of this delivery (the same when it retries); NULL = nothing. */
const char *mhw_sender_id(const apr_table_t *headers);

/* s as a JSON string, quotes included. Bytes that are no UTF-8 become U+FFFD. */
void mhw_json_string(hw_buf_t *b, const char *s);

#endif
