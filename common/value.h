/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of trigger values: which values of the trigger open and which close. */
#ifndef HW_VALUE_H
#define HW_VALUE_H

#include "common/endpoint.h"

/* v: comma-separated text, or an array of texts (for values that hold a comma). Each is a text, a
 * "prefix*" or a "~regex". Errors: APR_EINVAL "bad-regex" with the offset inside the list's text,
 * "bad-value" for an empty regex. NULL gives an empty list. */
apr_status_t hw_values_compile(const hw_json_t *v, apr_array_header_t **out, hw_result_t *res,
                               apr_pool_t *p);

/* How well a text is met: a value spelled exactly beats one in another case, and both beat
 * patterns; so "OK" may close while "*" opens. */
typedef enum { HW_MATCH_NONE, HW_MATCH_PATTERN, HW_MATCH_CASELESS, HW_MATCH_EXACT } hw_match_e;
hw_match_e hw_values_match(const apr_array_header_t *values, const char *text, apr_pool_t *ptemp);

#endif
