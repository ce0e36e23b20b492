/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath comparisons (RFC 9535, 2.3.5.2.2): values of one kind, nothing, and numbers exactly. */
#include <string.h>

#include "common/jsonpath_internal.h"

#define UNORDERED 2 /* neither less, equal nor greater */

static int equal_nodes(hw_jp_run_t *run, const hw_json_t *a, const hw_json_t *b);

typedef struct {
    int is_int;
    apr_int64_t i;
    double d;
    const hw_json_t *node;
} number_t;

/* 0 when the value is no number. */
static int
number_of(const hw_jp_value_t *v, number_t *out)
{
    enum json_type type;

    out->is_int = 1;
    out->node = NULL;
    if (v->kind == HW_JP_NUMBER) {
        out->i = v->number;
        return 1;
    }
    type = v->kind == HW_JP_NODE ? json_object_get_type(v->node) : json_type_null;
    out->node = v->node;
    if (type == json_type_int) {
        out->i = json_object_get_int64(v->node);
        return 1;
    }
    out->is_int = 0;
    out->d = type == json_type_double ? json_object_get_double(v->node) : 0;
    return type == json_type_double;
}

/* Two integers that round to one double, one of them beyond 64 bits: by their digits. */
static int
order_big(hw_jp_run_t *run, const number_t *a, const number_t *b)
{
    const char *s = hw_json_number_text(a->node, run->p);
    const char *t = hw_json_number_text(b->node, run->p);
    int minus = *s == '-', n;

    if (strpbrk(s, ".eE") || strpbrk(t, ".eE"))
        return 0;
    n = strlen(s) != strlen(t) ? (strlen(s) < strlen(t) ? -1 : 1) : strcmp(s, t);
    n = n < 0 ? -1 : n > 0;
    return minus ? -n : n;
}

/* Without rounding the integer to a double. */
static int
order_int_double(hw_jp_run_t *run, const number_t *a, const number_t *b)
{
    apr_int64_t whole;
    double d = b->d;

    if (d != d)
        return UNORDERED;
    if (d >= 9223372036854775808.0)
        return -1;
    if (d < -9223372036854775808.0)
        return 1;
    whole = (apr_int64_t)d;
    if (a->i != whole)
        return a->i < whole ? -1 : 1;
    if (whole == INT64_MIN && a->node != NULL) /* -2^63 - 1 rounds to it */
        return order_big(run, a, b);
    d -= (double)whole;
    return d > 0 ? -1 : d < 0 ? 1 : 0;
}

static int
order_numbers(hw_jp_run_t *run, const number_t *a, const number_t *b)
{
    int n;

    if (a->is_int && b->is_int)
        return a->i < b->i ? -1 : a->i > b->i;
    if (a->is_int)
        return order_int_double(run, a, b);
    if (b->is_int) {
        n = order_int_double(run, b, a);
        return n == UNORDERED ? n : -n;
    }
    if (a->d < b->d)
        return -1;
    if (a->d > b->d)
        return 1;
    if (a->d != b->d)
        return UNORDERED;
    return a->d > 9e18 || a->d < -9e18 ? order_big(run, a, b) : 0;
}

/* By code points, which in UTF-8 is by bytes. */
static int
order_strings(hw_jp_run_t *run, const hw_json_t *a, const hw_json_t *b)
{
    apr_size_t la, lb, common;
    const char *s = hw_json_string(a, &la), *t = hw_json_string(b, &lb);
    int n;

    common = la < lb ? la : lb;
    if (s == t || !hw_jp_spend(run, common / 64))
        return 0;
    n = memcmp(s, t, common);
    if (n != 0)
        return n < 0 ? -1 : 1;
    return la < lb ? -1 : la > lb;
}

static int
equal_strings(hw_jp_run_t *run, const hw_json_t *a, const hw_json_t *b)
{
    return json_object_get_string_len(a) == json_object_get_string_len(b) &&
           order_strings(run, a, b) == 0;
}

static int
equal_arrays(hw_jp_run_t *run, const hw_json_t *a, const hw_json_t *b)
{
    size_t n = json_object_array_length(a);

    if (n != json_object_array_length(b))
        return 0;
    for (size_t i = 0; i < n; i++)
        if (!equal_nodes(run, json_object_array_get_idx(a, i), json_object_array_get_idx(b, i)))
            return 0;
    return 1;
}

static int
equal_objects(hw_jp_run_t *run, const hw_json_t *a, const hw_json_t *b)
{
    hw_json_t *other;

    if (json_object_object_length(a) != json_object_object_length(b))
        return 0;
    json_object_object_foreach(a, key, val)
    {
        if (!json_object_object_get_ex(b, key, &other) || !equal_nodes(run, val, other))
            return 0;
    }
    return 1;
}

/* Recursion is as deep as the document. */
static int
equal_nodes(hw_jp_run_t *run, const hw_json_t *a, const hw_json_t *b)
{
    hw_jp_value_t va = {.kind = HW_JP_NODE, .node = a}, vb = {.kind = HW_JP_NODE, .node = b};
    enum json_type type = json_object_get_type(a);
    number_t na, nb;

    if (!hw_jp_spend(run, 1))
        return 0;
    if (a == b)
        return 1;
    if (number_of(&va, &na) && number_of(&vb, &nb))
        return order_numbers(run, &na, &nb) == 0;
    if (type != json_object_get_type(b))
        return 0;
    switch (type) {
    case json_type_boolean:
        return json_object_get_boolean(a) == json_object_get_boolean(b);
    case json_type_string:
        return equal_strings(run, a, b);
    case json_type_array:
        return equal_arrays(run, a, b);
    case json_type_object:
        return equal_objects(run, a, b);
    default:
        return type == json_type_null;
    }
}

static int
equal(hw_jp_run_t *run, const hw_jp_value_t *a, const hw_jp_value_t *b)
{
    number_t na, nb;

    if (a->kind == HW_JP_NOTHING || b->kind == HW_JP_NOTHING)
        return a->kind == b->kind;
    if (a->kind == HW_JP_NODE && b->kind == HW_JP_NODE)
        return equal_nodes(run, a->node, b->node);
    return number_of(a, &na) && number_of(b, &nb) && order_numbers(run, &na, &nb) == 0;
}

/* Only numbers and strings have an order. */
static int
less(hw_jp_run_t *run, const hw_jp_value_t *a, const hw_jp_value_t *b)
{
    number_t na, nb;

    if (number_of(a, &na) && number_of(b, &nb))
        return order_numbers(run, &na, &nb) == -1;
    if (a->kind != HW_JP_NODE || b->kind != HW_JP_NODE)
        return 0;
    if (json_object_get_type(a->node) != json_type_string ||
        json_object_get_type(b->node) != json_type_string)
        return 0;
    return order_strings(run, a->node, b->node) == -1;
}

int
hw_jp_compare(hw_jp_run_t *run, hw_jp_op_e op, const hw_jp_value_t *a, const hw_jp_value_t *b)
{
    switch (op) {
    case HW_JP_EQ:
        return equal(run, a, b);
    case HW_JP_NE:
        return !equal(run, a, b);
    case HW_JP_LT:
        return less(run, a, b);
    case HW_JP_LE:
        return less(run, a, b) || equal(run, a, b);
    case HW_JP_GT:
        return less(run, b, a);
    case HW_JP_GE:
        return less(run, b, a) || equal(run, a, b);
    }
    return 0;
}
