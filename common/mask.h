/* SPDX-License-Identifier: Apache-2.0 */
/* Hides secrets in what people get to see: by whole words of a key, not by substring, so that
 * groupKey, keyword and incident_key stay readable. */
#ifndef HW_MASK_H
#define HW_MASK_H

#include "common/json.h"

#define HW_MASKED "********"

typedef enum {
    HW_MASK_NOT,
    HW_MASK_UNLESS_NUMBER, /* tokens_used, secrets: texts, lists and objects */
    HW_MASK_ALWAYS
} hw_mask_e;

/* Whether a key names a secret: its words (split at _, -, ., blank and camelCase) contain
 * password, passwd, pwd, secret, token, bearer, authorization, credential, cookie, community … or
 * the pairs api key, private key, access key, secret key … (also written together: apikey), or end
 * in auth or pass; a plural (tokens, secrets) does not hide a plain number. A key that names a
 * property of a secret (token_type, password_policy) is none. */
hw_mask_e hw_mask_key(const char *key);
/* A plain number: digits, with a sign before them and a point among them. */
int hw_mask_number(const char *s, apr_size_t len);
/* A copy of v in which the value of every secret key is HW_MASKED, objects and arrays as a whole;
 * null and booleans stay. So is "value" beside a "name" or "key" that names a secret. Texts are
 * looked through as by hw_mask_text (JSON inside a string, URLs). */
hw_json_t *hw_mask_json(const hw_json_t *v, apr_pool_t *p);
/* Masks a body that is not JSON: recognised are form fields (also of multipart), "key": "value"
 * pairs (also inside JSON strings), lines "Key: value", XML elements and attributes, and URLs.
 * NUL bytes become U+FFFD. */
const char *hw_mask_text(const char *s, apr_size_t len, apr_pool_t *p);
/* "token=abc&x=1" → "token=********&x=1"; signatures (sig=) are masked here too. */
const char *hw_mask_query(const char *query, apr_pool_t *p);
/* Userinfo as a whole, and the query and fragment as hw_mask_query does. */
const char *hw_mask_url(const char *url, apr_pool_t *p);

#endif
