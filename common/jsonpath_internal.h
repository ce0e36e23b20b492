/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath inside: the compiled form, and what its source files ask of each other.
 * Everything here is made once by the compiler and only read afterwards. */
#ifndef HW_JSONPATH_INTERNAL_H
#define HW_JSONPATH_INTERNAL_H

#include <stdarg.h>

#include "common/jsonpath.h"
#include "common/rx.h"

#define HW_JP_NESTING 32                       /* filters, groups and calls inside each other */
#define HW_JP_WORK    (10 * HW_MAX_JSON_NODES) /* steps of one evaluation */
#define HW_JP_DEPTH   2000                     /* nested calls of one evaluation */
#define HW_JP_MAX_INT APR_INT64_C(9007199254740991) /* I-JSON: 2^53 - 1 */

typedef struct hw_jp_query_t hw_jp_query_t;
typedef struct hw_jp_expr_t hw_jp_expr_t;
typedef struct hw_jp_call_t hw_jp_call_t;

/* --- the compiled form -------------------------------------------------------------------- */

typedef enum { HW_JP_ROOT, HW_JP_CURRENT, HW_JP_ELEMENT, HW_JP_HEADERS } hw_jp_start_e;

typedef enum {
    HW_JP_NAME,
    HW_JP_WILDCARD,
    HW_JP_INDEX,
    HW_JP_SLICE,
    HW_JP_FILTER
} hw_jp_selector_e;

typedef struct {
    hw_jp_selector_e kind;
    const char *name;
    apr_int64_t start, end, step; /* an index is start */
    int has_start, has_end;
    const hw_jp_expr_t *filter;
} hw_jp_selector_t;

typedef struct {
    int descendant;
    int n;
    const hw_jp_selector_t *selectors;
} hw_jp_segment_t;

struct hw_jp_query_t {
    hw_jp_start_e start;
    int singular; /* names and indexes only: at most one node */
    int n;
    const hw_jp_segment_t *segments;
};

typedef enum { HW_JP_LITERAL, HW_JP_QUERY, HW_JP_CALL } hw_jp_operand_e;

typedef struct {
    hw_jp_operand_e kind;
    apr_size_t offset; /* in the source, for messages */
    int comparable;    /* a query: singular as the grammar of comparisons writes it */
    const hw_json_t *literal;
    const hw_jp_query_t *query;
    const hw_jp_call_t *call;
} hw_jp_operand_t;

typedef enum { HW_JP_EQ, HW_JP_NE, HW_JP_LT, HW_JP_LE, HW_JP_GT, HW_JP_GE } hw_jp_op_e;

typedef enum { HW_JP_OR, HW_JP_AND, HW_JP_NOT, HW_JP_COMPARE, HW_JP_TEST } hw_jp_expr_e;

struct hw_jp_expr_t {
    hw_jp_expr_e kind;
    int n; /* OR, AND, NOT: children */
    const hw_jp_expr_t *const *sub;
    hw_jp_op_e op; /* COMPARE: left op right; TEST: left */
    hw_jp_operand_t left, right;
};

typedef enum { HW_JP_VALUE_TYPE, HW_JP_NODES_TYPE, HW_JP_LOGICAL_TYPE } hw_jp_type_e;

typedef enum { HW_JP_COUNT, HW_JP_LENGTH, HW_JP_MATCH, HW_JP_SEARCH, HW_JP_VALUE } hw_jp_fn_e;

#define HW_JP_MAX_PARAMS 2

typedef struct {
    const char *name;
    hw_jp_fn_e id;
    hw_jp_type_e result;
    int n;
    hw_jp_type_e params[HW_JP_MAX_PARAMS];
} hw_jp_function_t;

struct hw_jp_call_t {
    const hw_jp_function_t *function;
    hw_jp_operand_t args[HW_JP_MAX_PARAMS];
    int fixed;         /* match, search: the pattern is a literal */
    const hw_rx_t *rx; /* … compiled; NULL when it is no I-Regexp: nothing matches */
};

struct hw_path_t {
    const char *source;
    hw_jp_query_t query;
};

/* --- compiling ---------------------------------------------------------------------------- */

typedef struct {
    const char *s;
    apr_size_t len, at;
    int flags;
    int rootless; /* this path began without "$" */
    int nesting;  /* of filters, groups and calls; 0 outside filters */
    int blanks;   /* blanks stood inside the brackets of the segment just read */
    hw_result_t *res;
    apr_pool_t *p;
} hw_jp_in_t;

/* jsonpath_lex.c: bytes, blanks, strings and numbers. */
apr_status_t hw_jp_bad(hw_jp_in_t *in, apr_size_t offset, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int hw_jp_peek(const hw_jp_in_t *in, apr_size_t ahead); /* the byte, or -1 at the end */
int hw_jp_take(hw_jp_in_t *in, const char *token);      /* steps over token when it is next */
int hw_jp_skip_blanks(hw_jp_in_t *in);                  /* whether there were any */
apr_status_t hw_jp_string(hw_jp_in_t *in, const char **out, apr_size_t *len);
apr_status_t hw_jp_int(hw_jp_in_t *in, apr_int64_t *out);
apr_status_t hw_jp_number(hw_jp_in_t *in, const hw_json_t **out);

/* jsonpath_parse.c: segments and selectors after the identifier a query starts with. */
apr_status_t hw_jp_segments(hw_jp_in_t *in, hw_jp_query_t *query, int prefix, int *blanks);
/* jsonpath.c: at "$", which it steps over, with "headers" where that is allowed. */
hw_jp_start_e hw_jp_root(hw_jp_in_t *in);
apr_status_t hw_jp_deeper(hw_jp_in_t *in); /* one level of nesting; in->nesting-- undoes it */

/* jsonpath_filter.c: what follows "?" in a selector. */
apr_status_t hw_jp_filter(hw_jp_in_t *in, const hw_jp_expr_t **out);
/* jsonpath_operand.c: a literal, a query or a function call. */
apr_status_t hw_jp_operand(hw_jp_in_t *in, hw_jp_operand_t *out);
/* Whether an operand gives one value, as comparisons and ValueType arguments need it. */
apr_status_t hw_jp_need_value(hw_jp_in_t *in, const hw_jp_operand_t *operand);

/* --- evaluating --------------------------------------------------------------------------- */

typedef struct {
    const hw_scope_t *scope;
    apr_status_t rv; /* not APR_SUCCESS: stop everything */
    long work;       /* steps left */
    int depth;
    hw_result_t *res;
    apr_pool_t *p; /* lives as long as the evaluation */
    /* The last pattern that came from the payload: an absolute query gives the same again. */
    const char *pattern;
    hw_jp_fn_e pattern_use;
    const hw_rx_t *rx;
    apr_pool_t *rx_pool;
} hw_jp_run_t;

/* Takes n steps off the budget; 0 when it is used up and the evaluation has failed. */
int hw_jp_spend(hw_jp_run_t *run, apr_size_t n);

/* Where the nodes of a query go: into nodes when given, else the first is kept; at most limit. */
typedef struct {
    apr_array_header_t *nodes;
    const hw_json_t *first;
    apr_size_t count, limit;
} hw_jp_sink_t;

/* jsonpath_eval.c: current is the node "@" means inside a filter. */
void hw_jp_query(hw_jp_run_t *run, const hw_jp_query_t *query, const hw_json_t *current,
                 hw_jp_sink_t *sink);
/* jsonpath_test.c */
int hw_jp_test(hw_jp_run_t *run, const hw_jp_expr_t *expr, const hw_json_t *current);

/* A value of a comparison or a function argument: nothing, a node, or a number computed here. */
typedef struct {
    enum { HW_JP_NOTHING, HW_JP_NODE, HW_JP_NUMBER } kind;
    const hw_json_t *node;
    apr_int64_t number;
} hw_jp_value_t;

/* jsonpath_compare.c */
int hw_jp_compare(hw_jp_run_t *run, hw_jp_op_e op, const hw_jp_value_t *a, const hw_jp_value_t *b);

#endif
