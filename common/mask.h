/* SPDX-License-Identifier: Apache-2.0 */
/* Hides secrets in what people get to see (DESIGN 4.12): by whole words of a key, not by
 * substring, so that groupKey, keyword and incident_key stay readable. */
#ifndef HW_MASK_H
#define HW_MASK_H

#include "common/json.h"

#define HW_MASKED "********"

/* True when a key names a secret: its words (split at _, -, ., blank and camelCase) contain
 * password, passwd, pwd, secret, token, authorization, credential(s), cookie … or the pairs
 * api key, private key, access key, secret key … (also written together: apikey). */
int hw_mask_key(const char *key);
/* A copy of v in which the value of every secret key is HW_MASKED. */
hw_json_t *hw_mask_json(const hw_json_t *v, apr_pool_t *p);
/* Masks a body that is not JSON: form fields and "key": "value" pairs are recognised. */
const char *hw_mask_text(const char *s, apr_size_t len, apr_pool_t *p);
/* "token=abc&x=1" → "token=********&x=1"; userinfo of URLs is masked too. */
const char *hw_mask_query(const char *query, apr_pool_t *p);
const char *hw_mask_url(const char *url, apr_pool_t *p);

#endif
