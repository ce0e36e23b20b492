/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions and templates. */
#ifndef HW_MAP_H
#define HW_MAP_H

#include "common/jsonpath.h"

typedef struct hw_expr_t hw_expr_t;
typedef struct hw_template_t hw_template_t;
typedef struct hw_expr_list_t hw_expr_list_t;

/* What expressions see beside the payload. */
typedef struct {
    hw_scope_t scope;
    const char *monitor_name, *msg, *request_id; /* {{ … }}; NULL = empty */
} hw_map_env_t;

/* A single path; or several segments separated by blanks, those beginning with $ or @ being paths
 * and the rest literal; or text with {$.path}/{@.path} or {{ msg }}; "a || b" takes the first
 * non-empty.
 * Rootless paths ("heartbeat.msg") are NOT expressions: a text without any path is a literal,
 * and a literal alone never overrides. Errors: APR_EINVAL "bad-path"/"bad-expression", offset. */
apr_status_t hw_expr_compile(const char *text, hw_expr_t **out, hw_result_t *res, apr_pool_t *p);
/* NULL when nothing resolved: no override. Several nodes of one path join with ", ". */
const char *hw_expr_eval(const hw_expr_t *e, const hw_map_env_t *env, apr_pool_t *p);

/* Text with {$.path}, {@.path} and {{ monitor_name }}, {{ msg }}, {{ request_id }}; always gives
 * text: what does not resolve is empty. "\\n" in the text is a line break. */
apr_status_t hw_template_compile(const char *text, hw_template_t **out, hw_result_t *res,
                                 apr_pool_t *p);
const char *hw_template_eval(const hw_template_t *t, const hw_map_env_t *env, apr_pool_t *p);

/* dedup_key: one expression, a text of several joined by "|", or a JSON array of them. Empty
 * pieces stay as empty text between the bars; all empty gives NULL. Here a rootless path is a
 * path; text that can be none is refused. */
apr_status_t hw_expr_list_compile(const hw_json_t *v, hw_expr_list_t **out, hw_result_t *res,
                                  apr_pool_t *p);
const char *hw_expr_list_eval(const hw_expr_list_t *l, const hw_map_env_t *env, apr_pool_t *p);

/* Text of the nodes a path gives: one node → its text (numbers with their own digits); several →
 * joined with ", "; none, null or empty ("", [], {}) → NULL. */
const char *hw_path_text(const hw_path_t *path, const hw_scope_t *scope, apr_pool_t *p);

#endif
