/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: expressions, templates, lists of expressions. Input: the text, then JSON (rest). */
#include <string.h>

#include "common/map.h"
#include "t/fuzz/fuzz.h"

static const char usual[] = "{\"a\":[1,{\"b\":\"text\"}],\"c\":\"{$.a}\",\"d\":null,\"e\":\"\"}";

static void
in_text(const hw_result_t *res, const char *text)
{
    fuzz_check(res->offset >= -1 && res->offset <= (apr_off_t)strlen(text),
               "the offset lies in the text");
}

void
fuzz_one(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    fuzz_input_t in = { data, len, p };
    hw_result_t *res = hw_result_make(p);
    const char *text = fuzz_line(&in), *body, *a, *b;
    apr_size_t body_len;
    hw_map_env_t env = { .monitor_name = "m", .msg = NULL, .request_id = "r" };
    hw_json_t *root = NULL;
    hw_template_t *template;
    hw_expr_list_t *list;
    hw_expr_t *expr;

    body = fuzz_rest(&in, &body_len);
    if (body_len == 0 ||
        hw_json_parse(body, body_len, NULL, &root, NULL, NULL, p) != APR_SUCCESS)
        root = fuzz_json(usual, p);
    env.scope = (hw_scope_t){ .root = root, .element = root, .headers = NULL };
    if (hw_expr_compile(text, &expr, res, p) == APR_SUCCESS) {
        a = hw_expr_eval(expr, &env, p);
        b = hw_expr_eval(expr, &env, p);
        fuzz_check(a == b || (a != NULL && b != NULL && strcmp(a, b) == 0), "equal results");
    } else {
        in_text(res, text);
    }
    hw_result_reset(res);
    if (hw_template_compile(text, &template, res, p) == APR_SUCCESS)
        fuzz_check(hw_template_eval(template, &env, p) != NULL, "templates always give text");
    else
        in_text(res, text);
    hw_result_reset(res);
    if (hw_expr_list_compile(hw_json_own(json_object_new_string(text), p), &list, res, p) ==
        APR_SUCCESS)
        (void)hw_expr_list_eval(list, &env, p);
    else
        in_text(res, text);
}
