/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: JSONPath. Input: the path, then the JSON it is tried on (rest). */
#include "common/jsonpath.h"

#include <string.h>

#include "t/fuzz/fuzz.h"

static const char usual[] = "{\"a\":[1,-2.5,\"x\",null,true,{\"b\":{\"c\":[]},\"n\":\"\\ud834\\udd1e\"}],"
                            "\"heartbeat\":{\"status\":0},\"b\":\"xyz\"}";

static void
evaluate(const hw_path_t *path, const hw_json_t *root, apr_pool_t *p)
{
    const hw_scope_t scope = { .root = root, .element = root, .headers = NULL };
    apr_array_header_t *nodes = NULL;
    hw_result_t *res = hw_result_make(p);
    apr_status_t rv = hw_path_eval(path, &scope, &nodes, res, p);

    fuzz_check(rv == APR_SUCCESS || rv == APR_ENOSPC, "evaluation fails for bounds only");
    if (rv != APR_SUCCESS)
        return;
    fuzz_check(!hw_path_is_singular(path) || nodes->nelts <= 1, "a singular query: one node");
    for (int i = 0; i < nodes->nelts && i < 100; i++)
        (void)hw_json_text(APR_ARRAY_IDX(nodes, i, const hw_json_t *), p);
}

static void
compile(const char *expr, apr_size_t len, int flags, const hw_json_t *root, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_path_t *path = NULL;

    if (hw_path_compile(expr, len, flags, &path, res, p) != APR_SUCCESS) {
        fuzz_check(res->offset >= 0 && res->offset <= (apr_off_t)len,
                   "the offset lies in the path");
        return;
    }
    evaluate(path, root, p);
}

static void
prefix(const char *expr, apr_size_t len, const hw_json_t *root, apr_pool_t *p)
{
    hw_path_t *path = NULL, *again = NULL;
    apr_size_t used = 0;

    if (hw_path_compile_prefix(expr, len, HW_PATH_ELEMENT | HW_PATH_HEADERS, &path, &used, NULL,
                               p) != APR_SUCCESS)
        return;
    fuzz_check(used > 0 && used <= len, "a prefix has some of the text");
    fuzz_check(hw_path_compile(expr, used, HW_PATH_ELEMENT | HW_PATH_HEADERS, &again, NULL, p) ==
                   APR_SUCCESS, "a prefix that compiles is a path");
    evaluate(path, root, p);
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    fuzz_input_t in = { data, len, p };
    const char *line = fuzz_line(&in), *text;
    const char *expr = fuzz_copy(line, strlen(line), p);
    apr_size_t text_len, expr_len = strlen(line);
    hw_json_t *root = NULL;

    text = fuzz_rest(&in, &text_len);
    if (text_len == 0 ||
        hw_json_parse(text, text_len, NULL, &root, NULL, NULL, p) != APR_SUCCESS)
        root = fuzz_json(usual, p);
    compile(expr, expr_len, HW_PATH_RFC, root, p);
    compile(expr, expr_len, HW_PATH_CONFIG, root, p);
    prefix(expr, expr_len, root, p);
}
