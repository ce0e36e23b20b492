/* SPDX-License-Identifier: Apache-2.0 */
/* I-Regexp (RFC 9485), the regular expressions of JSONPath, checked and put in PCRE2's terms. */
#ifndef HW_RX_IREGEXP_H
#define HW_RX_IREGEXP_H

#include "common/hw.h"

/* pattern (valid UTF-8) as a PCRE2 pattern; whole: one that matches whole texts only. "." matches
 * neither \n nor \r. Beyond the RFC's letter, "^" and "$" are anchors as everybody writes them,
 * and "\^" and "\$" the characters. Errors: APR_EINVAL "bad-regex" with the offset. */
apr_status_t hw_iregexp_translate(const char *pattern, apr_size_t len, int whole, const char **out,
                                  apr_size_t *out_len, hw_result_t *res, apr_pool_t *p);

#endif
