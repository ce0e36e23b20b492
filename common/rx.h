/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions on PCRE2, compiled once, matched with limits. */
#ifndef HW_RX_H
#define HW_RX_H

#include "common/hw.h"

typedef struct hw_rx_t hw_rx_t;

#define HW_RX_MATCH_LIMIT 100000 /* PCRE2 match limit: steps */
#define HW_RX_DEPTH_LIMIT 1000   /* PCRE2 depth limit */
#define HW_RX_HEAP_LIMIT 16384   /* PCRE2 heap limit: KiB */
#define HW_RX_MAX_TEXT 65536     /* bytes of a text: PCRE2's limits count anew at every start */

typedef enum {
    HW_RX_RULE,           /* PCRE2 syntax, UTF, caseless search (rules, ~regex values) */
    HW_RX_CASED,          /* PCRE2 syntax, UTF, search */
    HW_RX_IREGEXP_MATCH,  /* RFC 9485, whole text (JSONPath match()) */
    HW_RX_IREGEXP_SEARCH  /* RFC 9485, anywhere (JSONPath search()) */
} hw_rx_mode_e;

/* Errors: APR_EINVAL "bad-regex" with the offset and PCRE2's words. The compiled form is
 * read-only and may be matched from several threads. */
apr_status_t hw_rx_compile(const char *pattern, apr_size_t len, hw_rx_mode_e mode, hw_rx_t **out,
                           hw_result_t *res, apr_pool_t *p);
/* APR_SUCCESS with *matched 0 or 1; hitting a limit, or a text longer than HW_RX_MAX_TEXT, is
 * APR_ENOSPC "regex-limit", not a match. text need not be valid UTF-8. */
apr_status_t hw_rx_match(const hw_rx_t *rx, const char *text, apr_size_t len, int *matched,
                         hw_result_t *res, apr_pool_t *ptemp);
/* text without what matches, wherever it does; the same pointer when nothing does. Errors as
 * above, *out is then the text as it was. */
apr_status_t hw_rx_remove(const hw_rx_t *rx, const char *text, const char **out, hw_result_t *res,
                          apr_pool_t *p);

#endif
