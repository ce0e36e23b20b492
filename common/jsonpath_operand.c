/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath compiler: literals, queries inside filters, and function calls with their types
 * (RFC 9535, 2.4). */
#include <apr_strings.h>
#include <string.h>

#include "common/jsonpath_internal.h"
#include "common/result.h"

static const hw_jp_function_t functions[] = {
    {"count", HW_JP_COUNT, HW_JP_VALUE_TYPE, 1, {HW_JP_NODES_TYPE}},
    {"length", HW_JP_LENGTH, HW_JP_VALUE_TYPE, 1, {HW_JP_VALUE_TYPE}},
    {"match", HW_JP_MATCH, HW_JP_LOGICAL_TYPE, 2, {HW_JP_VALUE_TYPE, HW_JP_VALUE_TYPE}},
    {"search", HW_JP_SEARCH, HW_JP_LOGICAL_TYPE, 2, {HW_JP_VALUE_TYPE, HW_JP_VALUE_TYPE}},
    {"value", HW_JP_VALUE, HW_JP_VALUE_TYPE, 1, {HW_JP_NODES_TYPE}},
};

/* The function called name[0..len), or NULL. */
static const hw_jp_function_t *
find_function(const char *name, apr_size_t len)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (strlen(functions[i].name) == len && memcmp(functions[i].name, name, len) == 0)
            return &functions[i];
    return NULL;
}

apr_status_t
hw_jp_need_value(hw_jp_in_t *in, const hw_jp_operand_t *operand)
{
    if (operand->kind == HW_JP_QUERY && !operand->comparable)
        return hw_jp_bad(in, operand->offset,
                         "a path to one node is needed here: only names and indexes");
    if (operand->kind == HW_JP_CALL && operand->call->function->result != HW_JP_VALUE_TYPE)
        return hw_jp_bad(in, operand->offset, "%s() gives no value that could be compared",
                         operand->call->function->name);
    return APR_SUCCESS;
}

static apr_status_t
check_argument(hw_jp_in_t *in, const hw_jp_function_t *f, int i, const hw_jp_operand_t *arg)
{
    if (i >= f->n)
        return hw_jp_bad(in, arg->offset, "%s() takes %d argument%s", f->name, f->n,
                         f->n == 1 ? "" : "s");
    if (f->params[i] == HW_JP_VALUE_TYPE)
        return hw_jp_need_value(in, arg);
    if (arg->kind != HW_JP_QUERY)
        return hw_jp_bad(in, arg->offset, "%s() takes a path", f->name);
    return APR_SUCCESS;
}

/* After "(": the arguments and the ")". */
static apr_status_t
arguments(hw_jp_in_t *in, hw_jp_call_t *call)
{
    const hw_jp_function_t *f = call->function;
    hw_jp_operand_t arg;
    apr_status_t rv;
    int n = 0;

    hw_jp_skip_blanks(in);
    if (hw_jp_peek(in, 0) != ')') {
        do {
            hw_jp_skip_blanks(in);
            rv = hw_jp_operand(in, &arg);
            if (rv == APR_SUCCESS)
                rv = check_argument(in, f, n, &arg);
            if (rv != APR_SUCCESS)
                return rv;
            call->args[n++] = arg;
            hw_jp_skip_blanks(in);
        } while (hw_jp_take(in, ","));
    }
    if (hw_jp_peek(in, 0) != ')')
        return hw_jp_bad(in, in->at, "\",\" or \")\" was expected");
    if (n != f->n)
        return hw_jp_bad(in, in->at, "%s() takes %d argument%s", f->name, f->n,
                         f->n == 1 ? "" : "s");
    in->at++;
    return APR_SUCCESS;
}

/* A pattern that stands in the path is compiled with it. One that is no I-Regexp, or no string,
 * matches nothing; RFC 9535 makes neither an error. */
static void
prepare_pattern(hw_jp_in_t *in, hw_jp_call_t *call)
{
    hw_jp_fn_e id = call->function->id;
    const hw_jp_operand_t *arg = &call->args[1];
    const char *pattern;
    apr_size_t len;
    hw_rx_t *rx = NULL;

    if ((id != HW_JP_MATCH && id != HW_JP_SEARCH) || arg->kind != HW_JP_LITERAL)
        return;
    call->fixed = 1;
    pattern = hw_json_string(arg->literal, &len);
    if (pattern != NULL)
        hw_rx_compile(pattern, len, id == HW_JP_MATCH ? HW_RX_IREGEXP_MATCH : HW_RX_IREGEXP_SEARCH,
                      &rx, NULL, in->p);
    call->rx = rx;
}

/* At "(", the name before it read. */
static apr_status_t
call_function(hw_jp_in_t *in, const char *name, apr_size_t len, hw_jp_operand_t *out)
{
    hw_jp_call_t *call = apr_pcalloc(in->p, sizeof(*call));
    apr_status_t rv;

    call->function = find_function(name, len);
    if (call->function == NULL)
        return hw_jp_bad(in, out->offset, "unknown function \"%.*s\"", (int)(len < 40 ? len : 40),
                         name);
    rv = hw_jp_deeper(in);
    if (rv != APR_SUCCESS)
        return rv;
    in->at++;
    rv = arguments(in, call);
    if (rv != APR_SUCCESS)
        return rv;
    in->nesting--;
    prepare_pattern(in, call);
    out->kind = HW_JP_CALL;
    out->call = call;
    return APR_SUCCESS;
}

static int
is_word(const char *s, apr_size_t len, const char *word)
{
    return strlen(word) == len && memcmp(s, word, len) == 0;
}

/* true, false, null, or the name of a function. */
static apr_status_t
word(hw_jp_in_t *in, hw_jp_operand_t *out)
{
    const char *from = in->s + in->at;
    apr_size_t len;
    int c;

    for (c = hw_jp_peek(in, 0); (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         c = hw_jp_peek(in, 0))
        in->at++;
    len = in->at - out->offset;
    if (c == '(')
        return call_function(in, from, len, out);
    out->kind = HW_JP_LITERAL;
    if (is_word(from, len, "null"))
        out->literal = NULL;
    else if (is_word(from, len, "true") || is_word(from, len, "false"))
        out->literal = hw_json_own(json_object_new_boolean(*from == 't'), in->p);
    else
        return hw_jp_bad(in, out->offset, "a path, a literal or a function was expected");
    return APR_SUCCESS;
}

/* At "$" or "@"; inside a filter the latter is always the filter's node. */
static apr_status_t
query(hw_jp_in_t *in, hw_jp_operand_t *out)
{
    hw_jp_query_t *q = apr_pcalloc(in->p, sizeof(*q));
    apr_status_t rv;
    int blanks;

    q->start = hw_jp_take(in, "@") ? HW_JP_CURRENT : HW_JP_ROOT;
    if (q->start == HW_JP_ROOT)
        q->start = hw_jp_root(in);
    rv = hw_jp_segments(in, q, 0, &blanks);
    out->kind = HW_JP_QUERY;
    out->query = q;
    out->comparable = q->singular && (in->flags != HW_PATH_RFC || !blanks);
    return rv;
}

static apr_status_t
string(hw_jp_in_t *in, hw_jp_operand_t *out)
{
    const char *s;
    apr_size_t len;
    apr_status_t rv = hw_jp_string(in, &s, &len);

    if (rv == APR_SUCCESS)
        out->literal = hw_json_own(json_object_new_string_len(s, (int)len), in->p);
    return rv;
}

apr_status_t
hw_jp_operand(hw_jp_in_t *in, hw_jp_operand_t *out)
{
    int c = hw_jp_peek(in, 0);

    memset(out, 0, sizeof(*out));
    out->kind = HW_JP_LITERAL;
    out->offset = in->at;
    if (c == '\'' || c == '"')
        return string(in, out);
    if (c == '-' || (c >= '0' && c <= '9'))
        return hw_jp_number(in, &out->literal);
    if (c == '$' || c == '@')
        return query(in, out);
    if (c >= 'a' && c <= 'z')
        return word(in, out);
    return hw_jp_bad(in, in->at, "a path, a literal or a function was expected");
}
