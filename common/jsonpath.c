/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath: what the other parts call. */
#include "common/jsonpath.h"

#include <apr_strings.h>
#include <string.h>

#include "common/jsonpath_internal.h"
#include "common/result.h"
#include "common/text.h"

static int
starts_with_word(const hw_jp_in_t *in, const char *word)
{
    apr_size_t n = strlen(word);
    int c;

    if (in->len - in->at < n || memcmp(in->s + in->at, word, n) != 0)
        return 0;
    c = hw_jp_peek(in, n);
    return !(c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
             (c >= 'A' && c <= 'Z'));
}

hw_jp_start_e
hw_jp_root(hw_jp_in_t *in)
{
    if ((in->flags & HW_PATH_HEADERS) && starts_with_word(in, "$headers")) {
        in->at += strlen("$headers");
        return HW_JP_HEADERS;
    }
    hw_jp_take(in, "$");
    return HW_JP_ROOT;
}

/* The identifier a path starts with; a rootless one starts at the root. */
static apr_status_t
start(hw_jp_in_t *in, hw_jp_start_e *out)
{
    int c = hw_jp_peek(in, 0);

    *out = HW_JP_ROOT;
    if (c == '$') {
        *out = hw_jp_root(in);
    } else if (c == '@' && (in->flags & HW_PATH_ELEMENT)) {
        in->at++;
        *out = HW_JP_ELEMENT;
    } else if (c >= 0 && c != '@' && (in->flags & HW_PATH_ROOTLESS)) {
        in->rootless = 1;
    } else {
        return hw_jp_bad(in, in->at,
                         in->flags & HW_PATH_ELEMENT ? "a path starts with \"$\" or \"@\""
                                                     : "a path starts with \"$\"");
    }
    return APR_SUCCESS;
}

static apr_status_t
check_text(hw_jp_in_t *in)
{
    apr_size_t bad;

    if (in->len > HW_MAX_EXPR)
        return hw_jp_bad(in, HW_MAX_EXPR, "a path is at most %d bytes long", HW_MAX_EXPR);
    if (!hw_utf8_valid(in->s, in->len, &bad))
        return hw_jp_bad(in, bad, "invalid UTF-8");
    return APR_SUCCESS;
}

/* Reads the whole path, or its longest prefix; in->at is then its end. */
static apr_status_t
read_path(hw_jp_in_t *in, int prefix, hw_path_t **out)
{
    hw_path_t *path = apr_pcalloc(in->p, sizeof(*path));
    apr_size_t from = in->at;
    apr_status_t rv;
    int blanks;

    rv = start(in, &path->query.start);
    if (rv == APR_SUCCESS)
        rv = hw_jp_segments(in, &path->query, prefix, &blanks);
    if (rv != APR_SUCCESS)
        return rv;
    path->source = apr_pstrmemdup(in->p, in->s + from, in->at - from);
    *out = path;
    return APR_SUCCESS;
}

/* Configuration may hold blanks around a path; RFC 9535 allows none. */
static void
trim(hw_jp_in_t *in)
{
    while (in->len > 0 && strchr(" \t\r\n", in->s[in->len - 1]) && in->s[in->len - 1] != '\0')
        in->len--;
    hw_jp_skip_blanks(in);
}

apr_status_t
hw_path_compile(const char *expr, apr_size_t len, int flags, hw_path_t **out, hw_result_t *res,
                apr_pool_t *p)
{
    hw_jp_in_t in = {.s = expr, .len = len, .flags = flags, .res = res, .p = p};
    apr_status_t rv = check_text(&in);

    *out = NULL;
    if (rv != APR_SUCCESS)
        return rv;
    if (flags & HW_PATH_ROOTLESS)
        trim(&in);
    rv = read_path(&in, 0, out);
    if (rv == APR_SUCCESS && in.at < in.len) {
        *out = NULL;
        rv = hw_jp_bad(&in, in.at, "\".\", \"..\" or \"[\" was expected");
    }
    return rv;
}

/* The text around a path may be anything and of any length; the path itself is bounded. */
apr_status_t
hw_path_compile_prefix(const char *expr, apr_size_t len, int flags, hw_path_t **out,
                       apr_size_t *used, hw_result_t *res, apr_pool_t *p)
{
    hw_jp_in_t in = {.s = expr, .flags = flags & ~HW_PATH_ROOTLESS, .res = res, .p = p};
    apr_size_t valid;
    apr_status_t rv;

    *out = NULL;
    *used = 0;
    in.len = len < HW_MAX_EXPR ? len : HW_MAX_EXPR;
    if (!hw_utf8_valid(expr, in.len, &valid))
        in.len = valid;
    rv = read_path(&in, 1, out);
    if (rv != APR_SUCCESS)
        return rv;
    hw_result_reset(res); /* of an attempt that was taken back */
    *used = in.at;
    return APR_SUCCESS;
}

apr_status_t
hw_path_eval(const hw_path_t *path, const hw_scope_t *scope, apr_array_header_t **nodes,
             hw_result_t *res, apr_pool_t *p)
{
    hw_jp_run_t run = {.scope = scope, .work = HW_JP_WORK, .res = res, .p = p};
    hw_jp_sink_t sink = {.limit = HW_MAX_JSON_NODES};

    *nodes = NULL;
    sink.nodes = apr_array_make(p, path->query.singular ? 1 : 8, sizeof(const hw_json_t *));
    hw_jp_query(&run, &path->query, NULL, &sink);
    if (run.rx_pool != NULL)
        apr_pool_destroy(run.rx_pool);
    if (run.rv == APR_SUCCESS)
        *nodes = sink.nodes;
    return run.rv;
}

int
hw_path_is_singular(const hw_path_t *path)
{
    return path->query.singular;
}

const char *
hw_path_source(const hw_path_t *path)
{
    return path->source;
}
