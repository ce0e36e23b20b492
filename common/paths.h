/* SPDX-License-Identifier: Apache-2.0 */
/* "a || b": paths of which the first that finds something counts. */
#ifndef HW_PATHS_H
#define HW_PATHS_H

#include "common/jsonpath.h"

#define HW_MAX_PATHS 16 /* alternatives of one field */

typedef struct hw_paths_t hw_paths_t;

/* Each side of "||" is a path as configuration fields take it (HW_PATH_CONFIG); bars inside
 * brackets and quotes are the path's own. Errors: APR_EINVAL "bad-path" with the offset in
 * text. */
apr_status_t hw_paths_compile(const char *text, hw_paths_t **out, hw_result_t *res, apr_pool_t *p);

/* The nodes of the first path that finds a value: one that is neither null nor blank text. Lists
 * and objects are values, empty ones too. *used (may be NULL) is that path. When no path finds a
 * value: what the last one gives, and *used is NULL. */
apr_status_t hw_paths_eval(const hw_paths_t *paths, const hw_scope_t *scope,
                           apr_array_header_t **nodes, const hw_path_t **used, hw_result_t *res,
                           apr_pool_t *p);

/* As hw_path_text, of the first path that gives one. */
const char *hw_paths_text(const hw_paths_t *paths, const hw_scope_t *scope, apr_pool_t *p);

/* The same, but what is there and empty (a blank text, [] or {}) has a text, too: as it is, of the
 * first path that finds some. For what compares it. */
const char *hw_paths_any_text(const hw_paths_t *paths, const hw_scope_t *scope, apr_pool_t *p);

/* The source text it was compiled from, without blanks at its ends. */
const char *hw_paths_source(const hw_paths_t *paths);

#endif
