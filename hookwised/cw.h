/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the ConnectWise driver: calls, errors, conditions, cached lists. */
#ifndef HWD_CW_H
#define HWD_CW_H

#include "hookwised/dest.h"
#include "hookwised/http.h"

#define HWD_CW_PAGE 1000      /* rows of a page: the API's most */
#define HWD_CW_PAGES 20       /* pages of one list that are read */
#define HWD_CW_CACHE 300      /* seconds a list (boards, statuses, …) is believed */
#define HWD_CW_XREF_MAX 100   /* characters of externalXRef */

typedef struct {
    const char *method, *path; /* path below the base, with its query string */
    hw_json_t *body;           /* NULL = none */
    int repeatable;
} hwd_cw_request_t;

/* "https://host" and "host" get scheme and "/v4_6_release/apis/3.0"; no slash at the end. */
const char *hwd_cw_base(const char *url, apr_pool_t *p);
/* One call. 2xx: *out is the parsed body, owned by p (NULL for an empty one). Others fail with the
 * class of their status, its words in res->detail and the status in res->http_status. */
apr_status_t hwd_cw_call(const hwd_call_t *c, const hwd_cw_request_t *req, hw_json_t **out,
                         hw_result_t *res, apr_pool_t *p);
/* "400 InvalidObject: ticket object is invalid: board/name: …" out of the body's known shapes, or
 * the beginning of its text. */
const char *hwd_cw_words(int status, const char *body, apr_size_t len, apr_pool_t *p);

/* The conditions of the search for a part's open ticket: its key, or its summary and company.
 * Text that cannot be quoted safely is narrowed by its longest safe piece: results are compared
 * exactly afterwards anyway. */
const char *hwd_cw_conditions(const hw_part_t *part, apr_pool_t *p);
/* field = "text", field contains "piece", or NULL when nothing can be asked safely. */
const char *hwd_cw_equals(const char *field, const char *text, apr_pool_t *p);

/* All rows of a list, page after page; array owned by p. path has no page parameters. */
apr_status_t hwd_cw_list(const hwd_call_t *c, const char *path, hw_json_t **out, hw_result_t *res,
                         apr_pool_t *p);
/* The same, remembered for HWD_CW_CACHE; fresh 1: asked again unless it was just now. */
apr_status_t hwd_cw_cached(const hwd_call_t *c, const char *path, int fresh, hw_json_t **out,
                           hw_result_t *res, apr_pool_t *p);
/* The id of a board's status of that name. Permanent "no-status", naming those there are. */
apr_status_t hwd_cw_status_id(const hwd_call_t *c, apr_int64_t board, const char *name,
                              apr_int64_t *id, hw_result_t *res, apr_pool_t *p);
apr_status_t hwd_cw_catalogue(const hwd_call_t *c, const char *what, const char *parent,
                              const char *query, hw_json_t **out, hw_result_t *res, apr_pool_t *p);

#endif
