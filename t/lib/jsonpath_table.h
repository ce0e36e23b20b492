/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of JSONPath cases: path, document, result. In all three a backtick stands for a double
 * quote, to spare backslashes. */
#ifndef HW_JSONPATH_TABLE_H
#define HW_JSONPATH_TABLE_H

#include <apr_strings.h>
#include <string.h>

#include "common/jsonpath.h"
#include "t/lib/tap.h"

#define BAD NULL

typedef struct {
    const char *path;
    const char *document; /* of a bad path: NULL */
    const char *result;   /* JSON array of the nodes, or BAD */
    int offset;           /* of a bad path: where the message points */
} jsonpath_row_t;

static const char *
quotes(const char *s, apr_pool_t *p)
{
    char *out = apr_pstrdup(p, s);

    for (char *c = out; c != NULL && *c != '\0'; c++)
        if (*c == '`')
            *c = '"';
    return out;
}

/* Text on one line of TAP, control bytes escaped. */
static const char *
label(const char *s, apr_pool_t *p)
{
    return hw_json_write(hw_json_own(json_object_new_string(s), p), p);
}

/* The nodes as one JSON array. */
static const char *
nodes_text(const apr_array_header_t *nodes, apr_pool_t *p)
{
    const char *out = "[";

    for (int i = 0; nodes != NULL && i < nodes->nelts; i++)
        out = apr_pstrcat(p, out, i ? "," : "",
                          hw_json_write(APR_ARRAY_IDX(nodes, i, const hw_json_t *), p), NULL);
    return apr_pstrcat(p, out, "]", NULL);
}

static void
check_bad(const jsonpath_row_t *row, const char *path, int flags, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_path_t *compiled;
    apr_status_t rv = hw_path_compile(path, strlen(path), flags, &compiled, res, p);

    ok(rv == APR_EINVAL && compiled == NULL && res->problem != NULL &&
           strcmp(res->problem, "bad-path") == 0 && res->offset == row->offset,
       "%s is refused at %d", label(path, p), row->offset);
    if (rv == APR_EINVAL && res->offset != row->offset)
        tap_diag("%s", hw_result_text(res, p));
}

static void
check_row(const jsonpath_row_t *row, int flags, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    const char *path = quotes(row->path, p), *document;
    apr_array_header_t *nodes = NULL;
    hw_path_t *compiled;
    hw_json_t *root;
    hw_scope_t scope = {0};

    if (row->result == BAD) {
        check_bad(row, path, flags, p);
        return;
    }
    document = quotes(row->document, p);
    if (hw_json_parse(document, strlen(document), NULL, &root, NULL, res, p) == APR_SUCCESS &&
        hw_path_compile(path, strlen(path), flags, &compiled, res, p) == APR_SUCCESS) {
        scope.root = scope.element = root;
        hw_path_eval(compiled, &scope, &nodes, res, p);
    }
    is(res->rv == APR_SUCCESS ? nodes_text(nodes, p) : hw_result_text(res, p),
       quotes(row->result, p), "%s of %s", label(path, p), label(document, p));
}

static void
check_table(const jsonpath_row_t *rows, size_t n, int flags, apr_pool_t *p)
{
    apr_pool_t *sub;

    apr_pool_create(&sub, p);
    for (size_t i = 0; i < n; i++) {
        check_row(&rows[i], flags, sub);
        apr_pool_clear(sub);
    }
    apr_pool_destroy(sub);
}

#define CHECK_TABLE(rows, flags, p) check_table(rows, sizeof(rows) / sizeof(rows[0]), flags, p)

#endif
