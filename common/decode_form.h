/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are lists of named fields: private to decode.c. */
#ifndef HW_DECODE_FORM_H
#define HW_DECODE_FORM_H

#include "common/json.h"

#define HW_FORM_MAX_FIELDS 1000 /* fields of one form, query or multipart body */
#define HW_FORM_MAX_NAME 256    /* bytes of one field's name */

/* "a=1&b=2" → object of strings, NULL when the text is no form: its first piece must look like
 * name=value. loose: the sender says it is a form, so raw blanks are let through. content_type
 * (NULL = none): its charset is that of %XX, too. *why: a sentence when NULL is returned. */
hw_json_t *hw_form_fields(const char *s, apr_size_t len, int loose, const char *content_type,
                          const char **why, apr_pool_t *p);

/* multipart/form-data → object of strings. boundary NULL: taken from the first line. */
hw_json_t *hw_multipart_fields(const char *s, apr_size_t len, const char *boundary,
                               const char **why, apr_pool_t *p);

/* boundary= of a Content-Type, NULL when it is another type. */
const char *hw_multipart_boundary(const char *content_type, apr_pool_t *p);
/* Does the body itself look like multipart/form-data? */
int hw_multipart_like(const char *s, apr_size_t len);

#endif
