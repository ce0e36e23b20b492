/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are not UTF-8: private to decode.c. */
#ifndef HW_DECODE_CHARSET_H
#define HW_DECODE_CHARSET_H

#include "common/hw.h"

/* The body as UTF-8 when it is UTF-16 (by its byte order mark, or by a first JSON character of two
 * bytes) or, by the charset of its Content-Type (NULL = none), in Windows-1252 or ISO 8859-1. Sets
 * *s and *len to the new text and gives the charset's name; NULL and nothing changed for all other
 * bodies, those that are valid UTF-8 among them. The text has at most three times the bytes. */
const char *hw_decode_charset(const char *content_type, const char **s, apr_size_t *len,
                              apr_pool_t *p);
/* The same by the charset of the Content-Type alone: for what the body holds in escapes. */
const char *hw_decode_declared(const char *content_type, const char **s, apr_size_t *len,
                               apr_pool_t *p);

#endif
