/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath evaluation: filters and their functions. */
#include <stdint.h>
#include <string.h>

#include "common/jsonpath_internal.h"
#include "common/text.h"

#define COMPILE_COST 200 /* steps a regular expression from the payload costs */

static void value_of(hw_jp_run_t *run, const hw_jp_operand_t *operand, const hw_json_t *current,
                     hw_jp_value_t *out);

static void
number(hw_jp_value_t *out, apr_size_t n)
{
    out->kind = HW_JP_NUMBER;
    out->number = (apr_int64_t)n;
}

/* length(): characters, elements or members; nothing for other values. */
static void
length(hw_jp_run_t *run, const hw_jp_value_t *of, hw_jp_value_t *out)
{
    const char *s;
    apr_size_t len;

    if (of->kind != HW_JP_NODE)
        return;
    switch (json_object_get_type(of->node)) {
    case json_type_string:
        s = hw_json_string(of->node, &len);
        if (hw_jp_spend(run, len / 16))
            number(out, hw_utf8_count(s, len));
        break;
    case json_type_array:
        number(out, json_object_array_length(of->node));
        break;
    case json_type_object:
        number(out, (apr_size_t)json_object_object_length(of->node));
        break;
    default:
        break;
    }
}

/* A function whose result is a value. */
static void
call_value(hw_jp_run_t *run, const hw_jp_call_t *call, const hw_json_t *current,
           hw_jp_value_t *out)
{
    hw_jp_sink_t sink = {.limit = SIZE_MAX};
    hw_jp_value_t arg;

    out->kind = HW_JP_NOTHING;
    switch (call->function->id) {
    case HW_JP_LENGTH:
        value_of(run, &call->args[0], current, &arg);
        length(run, &arg, out);
        break;
    case HW_JP_COUNT:
        hw_jp_query(run, call->args[0].query, current, &sink);
        number(out, sink.count);
        break;
    case HW_JP_VALUE:
        sink.limit = 2;
        hw_jp_query(run, call->args[0].query, current, &sink);
        if (sink.count == 1) {
            out->kind = HW_JP_NODE;
            out->node = sink.first;
        }
        break;
    default:
        break;
    }
}

static void
value_of(hw_jp_run_t *run, const hw_jp_operand_t *operand, const hw_json_t *current,
         hw_jp_value_t *out)
{
    hw_jp_sink_t sink = {.limit = 1};

    out->kind = HW_JP_NODE;
    switch (operand->kind) {
    case HW_JP_LITERAL:
        out->node = operand->literal;
        break;
    case HW_JP_QUERY:
        hw_jp_query(run, operand->query, current, &sink);
        out->kind = sink.count ? HW_JP_NODE : HW_JP_NOTHING;
        out->node = sink.first;
        break;
    case HW_JP_CALL:
        call_value(run, operand->call, current, out);
        break;
    }
}

/* The compiled form of a pattern from the payload, or NULL; the last one is kept. */
static const hw_rx_t *
compiled(hw_jp_run_t *run, hw_jp_fn_e use, const char *pattern, apr_size_t len)
{
    hw_rx_t *rx = NULL;

    if (run->pattern == pattern && run->pattern_use == use)
        return run->rx;
    if (!hw_jp_spend(run, COMPILE_COST + len))
        return NULL;
    if (run->rx_pool == NULL)
        apr_pool_create(&run->rx_pool, run->p);
    else
        apr_pool_clear(run->rx_pool);
    hw_rx_compile(pattern, len, use == HW_JP_MATCH ? HW_RX_IREGEXP_MATCH : HW_RX_IREGEXP_SEARCH,
                  &rx, NULL, run->rx_pool);
    run->pattern = pattern; /* lives in the document, which outlives the evaluation */
    run->pattern_use = use;
    run->rx = rx;
    return rx;
}

/* PCRE2 does not say how much work a match was: long texts are charged as the square they may
 * cost, and one that runs into PCRE2's limit, which is no match, as that limit. */
static int
matches(hw_jp_run_t *run, const hw_rx_t *rx, const char *s, apr_size_t len)
{
    int matched;

    if (!hw_jp_spend(run, 1 + len / 16 + (len / 256) * (len / 256)))
        return 0;
    if (hw_rx_match(rx, s, len, &matched, NULL, run->p) != APR_SUCCESS)
        hw_jp_spend(run, HW_RX_MATCH_LIMIT);
    return matched;
}

/* match() and search(): true when both are strings, the second an I-Regexp that matches. */
static int
call_logical(hw_jp_run_t *run, const hw_jp_call_t *call, const hw_json_t *current)
{
    hw_jp_value_t v;
    const hw_rx_t *rx = call->rx;
    const char *s, *pattern;
    apr_size_t len, pattern_len;

    value_of(run, &call->args[0], current, &v);
    s = v.kind == HW_JP_NODE ? hw_json_string(v.node, &len) : NULL;
    if (s == NULL)
        return 0;
    if (!call->fixed) {
        value_of(run, &call->args[1], current, &v);
        pattern = v.kind == HW_JP_NODE ? hw_json_string(v.node, &pattern_len) : NULL;
        rx = pattern ? compiled(run, call->function->id, pattern, pattern_len) : NULL;
    }
    return rx != NULL && matches(run, rx, s, len);
}

static int
test_alone(hw_jp_run_t *run, const hw_jp_operand_t *operand, const hw_json_t *current)
{
    hw_jp_sink_t sink = {.limit = 1};

    if (operand->kind == HW_JP_CALL)
        return call_logical(run, operand->call, current);
    hw_jp_query(run, operand->query, current, &sink);
    return sink.count > 0;
}

int
hw_jp_test(hw_jp_run_t *run, const hw_jp_expr_t *expr, const hw_json_t *current)
{
    hw_jp_value_t left, right;

    if (!hw_jp_spend(run, 1))
        return 0;
    switch (expr->kind) {
    case HW_JP_OR:
        for (int i = 0; i < expr->n; i++)
            if (hw_jp_test(run, expr->sub[i], current))
                return 1;
        return 0;
    case HW_JP_AND:
        for (int i = 0; i < expr->n; i++)
            if (!hw_jp_test(run, expr->sub[i], current))
                return 0;
        return 1;
    case HW_JP_NOT:
        return !hw_jp_test(run, expr->sub[0], current) && run->rv == APR_SUCCESS;
    case HW_JP_COMPARE:
        value_of(run, &expr->left, current, &left);
        value_of(run, &expr->right, current, &right);
        return hw_jp_compare(run, expr->op, &left, &right);
    case HW_JP_TEST:
        return test_alone(run, &expr->left, current);
    }
    return 0;
}
