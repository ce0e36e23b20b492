/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath, all of RFC 9535, plus the short forms HookWise configurations use. */
#ifndef HW_JSONPATH_H
#define HW_JSONPATH_H

#include "common/json.h"

typedef struct hw_path_t hw_path_t;

#define HW_PATH_RFC 0        /* exactly RFC 9535 */
#define HW_PATH_ROOTLESS 1   /* "heartbeat.status" means "$.heartbeat.status" */
#define HW_PATH_ELEMENT 2    /* a path may start at "@", the current batch element */
#define HW_PATH_HEADERS 4    /* "$headers.name" starts at the request's headers */
#define HW_PATH_CONFIG 7     /* what configuration fields take */

/* With HW_PATH_ROOTLESS blanks around the path are taken off, and the names of a path without "$"
 * may hold hyphens ("event-type"). Without any flag a path in a comparison has no blanks inside
 * its brackets, as the RFC's grammar says; with one it may.
 *
 * Compiles expr[0..len), at most HW_MAX_EXPR bytes. Errors: APR_EINVAL "bad-path" with the offset
 * (RFC 9535 well-formedness and well-typedness both). The compiled form is read-only and may be
 * evaluated from several threads at once. */
apr_status_t hw_path_compile(const char *expr, apr_size_t len, int flags, hw_path_t **out,
                             hw_result_t *res, apr_pool_t *p);

/* Compiles the longest prefix of expr that is a path and sets *used to its length; for texts in
 * which a path is followed by something else. Never ROOTLESS. What does not parse as a segment is
 * "something else" ("$.a [prod]" → "$.a"), but a bracket right behind the path that opens a quoted
 * name or a filter is a selector, and its mistakes are errors. */
apr_status_t hw_path_compile_prefix(const char *expr, apr_size_t len, int flags, hw_path_t **out,
                                    apr_size_t *used, hw_result_t *res, apr_pool_t *p);

/* Where paths start. A NULL pointer is JSON null. */
typedef struct {
    const hw_json_t *root;    /* $ */
    const hw_json_t *element; /* @ outside a filter; the root when there is no batch */
    const hw_json_t *headers; /* $headers: object, lower-case names, string values */
} hw_scope_t;

/* Result nodes, in RFC 9535 order: apr_array_header_t of (const hw_json_t *), NULL = JSON null.
 * They point into the scope's trees. APR_ENOSPC "too-large" when more than HW_MAX_JSON_NODES
 * nodes would result or be visited more than a bounded number of times. */
apr_status_t hw_path_eval(const hw_path_t *path, const hw_scope_t *scope,
                          apr_array_header_t **nodes, hw_result_t *res, apr_pool_t *p);

/* True for a path of names and indexes only: at most one node (RFC 9535 singular query). */
int hw_path_is_singular(const hw_path_t *path);
/* The source text it was compiled from. */
const char *hw_path_source(const hw_path_t *path);

#endif
