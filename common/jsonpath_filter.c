/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath compiler: logical expressions of filters (RFC 9535, 2.3.5). */
#include <apr_strings.h>
#include <string.h>

#include "common/jsonpath_internal.h"
#include "common/result.h"

static apr_status_t logical_or(hw_jp_in_t *in, const hw_jp_expr_t **out);

/* An OR, AND or NOT of subs; one child of an OR or AND is that child. */
static const hw_jp_expr_t *
join(hw_jp_in_t *in, hw_jp_expr_e kind, apr_array_header_t *subs)
{
    hw_jp_expr_t *e;

    if (subs->nelts == 1 && kind != HW_JP_NOT)
        return APR_ARRAY_IDX(subs, 0, const hw_jp_expr_t *);
    e = apr_pcalloc(in->p, sizeof(*e));
    e->kind = kind;
    e->n = subs->nelts;
    e->sub = (const hw_jp_expr_t *const *)subs->elts;
    return e;
}

static const hw_jp_expr_t *
negate(hw_jp_in_t *in, const hw_jp_expr_t *e)
{
    apr_array_header_t *one = apr_array_make(in->p, 1, sizeof(e));

    APR_ARRAY_PUSH(one, const hw_jp_expr_t *) = e;
    return join(in, HW_JP_NOT, one);
}

static int
comparison_op(hw_jp_in_t *in, hw_jp_op_e *op)
{
    static const struct {
        const char *text;
        hw_jp_op_e op;
    } ops[] = {{"==", HW_JP_EQ}, {"!=", HW_JP_NE}, {"<=", HW_JP_LE},
               {">=", HW_JP_GE}, {"<", HW_JP_LT},  {">", HW_JP_GT}};

    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (hw_jp_take(in, ops[i].text)) {
            *op = ops[i].op;
            return 1;
        }
    }
    return 0;
}

/* An operand that stands alone must be a test: a path, or a function that says yes or no. */
static apr_status_t
need_test(hw_jp_in_t *in, const hw_jp_operand_t *operand)
{
    if (operand->kind == HW_JP_LITERAL)
        return hw_jp_bad(in, operand->offset, "a literal alone is no test");
    if (operand->kind == HW_JP_CALL && operand->call->function->result == HW_JP_VALUE_TYPE)
        return hw_jp_bad(in, operand->offset, "%s() must be compared with something",
                         operand->call->function->name);
    return APR_SUCCESS;
}

/* The rest of a comparison whose left side and operator have been read. */
static apr_status_t
comparison(hw_jp_in_t *in, hw_jp_expr_t *e)
{
    apr_status_t rv = hw_jp_need_value(in, &e->left);

    e->kind = HW_JP_COMPARE;
    hw_jp_skip_blanks(in);
    if (rv == APR_SUCCESS)
        rv = hw_jp_operand(in, &e->right);
    if (rv == APR_SUCCESS)
        rv = hw_jp_need_value(in, &e->right);
    return rv;
}

static apr_status_t
test_or_comparison(hw_jp_in_t *in, int test_only, const hw_jp_expr_t **out)
{
    hw_jp_expr_t *e = apr_pcalloc(in->p, sizeof(*e));
    apr_status_t rv = hw_jp_operand(in, &e->left);
    apr_size_t mark = in->at, op_at;

    *out = e;
    e->kind = HW_JP_TEST;
    if (rv != APR_SUCCESS)
        return rv;
    hw_jp_skip_blanks(in);
    op_at = in->at;
    if (comparison_op(in, &e->op)) {
        if (test_only)
            return hw_jp_bad(in, op_at, "\"!\" before a comparison needs parentheses");
        return comparison(in, e);
    }
    in->at = mark;
    return need_test(in, &e->left);
}

/* At "(". */
static apr_status_t
group(hw_jp_in_t *in, const hw_jp_expr_t **out)
{
    apr_status_t rv = hw_jp_deeper(in);

    if (rv != APR_SUCCESS)
        return rv;
    in->at++;
    hw_jp_skip_blanks(in);
    rv = logical_or(in, out);
    if (rv != APR_SUCCESS)
        return rv;
    hw_jp_skip_blanks(in);
    if (!hw_jp_take(in, ")"))
        return hw_jp_bad(in, in->at, "\")\" was expected");
    in->nesting--;
    return APR_SUCCESS;
}

static apr_status_t
basic(hw_jp_in_t *in, const hw_jp_expr_t **out)
{
    int negated = hw_jp_take(in, "!");
    apr_status_t rv;

    if (negated)
        hw_jp_skip_blanks(in);
    if (hw_jp_peek(in, 0) == '(')
        rv = group(in, out);
    else
        rv = test_or_comparison(in, negated, out);
    if (rv == APR_SUCCESS && negated)
        *out = negate(in, *out);
    return rv;
}

/* Terms joined by "||" or "&&"; blanks after the last term are given back. */
static apr_status_t
terms(hw_jp_in_t *in, hw_jp_expr_e kind, const hw_jp_expr_t **out)
{
    apr_array_header_t *subs = apr_array_make(in->p, 2, sizeof(const hw_jp_expr_t *));
    const hw_jp_expr_t *term;
    apr_status_t rv;
    apr_size_t mark;

    for (;;) {
        rv = kind == HW_JP_OR ? terms(in, HW_JP_AND, &term) : basic(in, &term);
        if (rv != APR_SUCCESS)
            return rv;
        APR_ARRAY_PUSH(subs, const hw_jp_expr_t *) = term;
        mark = in->at;
        hw_jp_skip_blanks(in);
        if (!hw_jp_take(in, kind == HW_JP_OR ? "||" : "&&"))
            break;
        hw_jp_skip_blanks(in);
    }
    in->at = mark;
    *out = join(in, kind, subs);
    return APR_SUCCESS;
}

static apr_status_t
logical_or(hw_jp_in_t *in, const hw_jp_expr_t **out)
{
    return terms(in, HW_JP_OR, out);
}

apr_status_t
hw_jp_filter(hw_jp_in_t *in, const hw_jp_expr_t **out)
{
    return logical_or(in, out);
}
