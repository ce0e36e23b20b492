/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath compiler: segments and selectors (RFC 9535, 2.3 and 2.5). */
#include <apr_strings.h>
#include <string.h>

#include "common/jsonpath_internal.h"
#include "common/result.h"
#include "common/text.h"

apr_status_t
hw_jp_deeper(hw_jp_in_t *in)
{
    if (++in->nesting > HW_JP_NESTING)
        return hw_jp_bad(in, in->at, "nested deeper than %d levels", HW_JP_NESTING);
    return APR_SUCCESS;
}

static int
name_first(int c)
{
    return c >= 0x80 || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int
name_char(int c)
{
    return name_first(c) || (c >= '0' && c <= '9');
}

/* json-c's keys hold no NUL; the reader makes it U+FFFD, and so does a name in a path. */
static const char *
key_text(const char *s, apr_size_t len, apr_pool_t *p)
{
    hw_buf_t b;

    if (memchr(s, '\0', len) == NULL)
        return s;
    hw_buf_init(&b, p);
    for (apr_size_t i = 0; i < len; i++)
        hw_buf_add(&b, s[i] ? s + i : "\xef\xbf\xbd", s[i] ? 1 : 3);
    return b.s;
}

/* The names of request headers are kept in lower case. */
static const char *
header_name(const char *name, apr_pool_t *p)
{
    char *out = apr_pstrdup(p, name);

    for (char *c = out; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
    return out;
}

static int
blank(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* After "." or "..". hyphens: the name may hold "-" after its first character. */
static apr_status_t
shorthand(hw_jp_in_t *in, int hyphens, hw_jp_selector_t *out)
{
    apr_size_t from = in->at;
    int c = hw_jp_peek(in, 0);

    if (hw_jp_take(in, "*")) {
        out->kind = HW_JP_WILDCARD;
        return APR_SUCCESS;
    }
    if (!name_first(c))
        return hw_jp_bad(in, in->at,
                         blank(c) ? "no blank may stand here" : "a name or \"*\" was expected");
    while (name_char(hw_jp_peek(in, 0)) || (hyphens && hw_jp_peek(in, 0) == '-'))
        in->at++;
    out->kind = HW_JP_NAME;
    out->name = apr_pstrmemdup(in->p, in->s + from, in->at - from);
    return APR_SUCCESS;
}

static int
number_follows(const hw_jp_in_t *in)
{
    int c = hw_jp_peek(in, 0);

    return c == '-' || (c >= '0' && c <= '9');
}

/* At the first ":" of a slice; its start, if any, is already in out. */
static apr_status_t
slice(hw_jp_in_t *in, hw_jp_selector_t *out)
{
    apr_status_t rv = APR_SUCCESS;
    apr_size_t mark;

    out->kind = HW_JP_SLICE;
    out->step = 1;
    in->at++;
    in->blanks |= hw_jp_skip_blanks(in);
    if (number_follows(in)) {
        out->has_end = 1;
        rv = hw_jp_int(in, &out->end);
    }
    mark = in->at;
    hw_jp_skip_blanks(in);
    if (rv != APR_SUCCESS || !hw_jp_take(in, ":")) {
        in->at = mark;
        return rv;
    }
    mark = in->at;
    hw_jp_skip_blanks(in);
    if (number_follows(in))
        return hw_jp_int(in, &out->step);
    in->at = mark;
    return APR_SUCCESS;
}

static apr_status_t
index_or_slice(hw_jp_in_t *in, hw_jp_selector_t *out)
{
    apr_status_t rv;
    apr_size_t mark;

    if (number_follows(in)) {
        out->kind = HW_JP_INDEX;
        out->has_start = 1;
        rv = hw_jp_int(in, &out->start);
        if (rv != APR_SUCCESS)
            return rv;
        mark = in->at;
        hw_jp_skip_blanks(in);
        if (hw_jp_peek(in, 0) != ':') {
            in->at = mark;
            return APR_SUCCESS;
        }
    }
    return slice(in, out);
}

static apr_status_t
filter(hw_jp_in_t *in, hw_jp_selector_t *out)
{
    apr_status_t rv = hw_jp_deeper(in);

    if (rv != APR_SUCCESS)
        return rv;
    out->kind = HW_JP_FILTER;
    in->at++;
    hw_jp_skip_blanks(in);
    rv = hw_jp_filter(in, &out->filter);
    in->nesting--;
    return rv;
}

static apr_status_t
selector(hw_jp_in_t *in, hw_jp_selector_t *out)
{
    apr_status_t rv;
    apr_size_t len;
    int c = hw_jp_peek(in, 0);

    memset(out, 0, sizeof(*out));
    if (c == '\'' || c == '"') {
        out->kind = HW_JP_NAME;
        rv = hw_jp_string(in, &out->name, &len);
        if (rv == APR_SUCCESS)
            out->name = key_text(out->name, len, in->p);
        return rv;
    }
    if (hw_jp_take(in, "*")) {
        out->kind = HW_JP_WILDCARD;
        return APR_SUCCESS;
    }
    if (c == '?')
        return filter(in, out);
    if (c == ':' || number_follows(in))
        return index_or_slice(in, out);
    return hw_jp_bad(in, in->at, "a name in quotes, a number, \"*\", \":\" or \"?\" was expected");
}

/* At "[". */
static apr_status_t
bracketed(hw_jp_in_t *in, apr_array_header_t *selectors)
{
    apr_status_t rv;
    int blanks = 0; /* filters inside use the flag of the reader for themselves */

    in->at++;
    do {
        blanks |= hw_jp_skip_blanks(in);
        rv = selector(in, apr_array_push(selectors));
        if (rv != APR_SUCCESS)
            return rv;
        blanks |= hw_jp_skip_blanks(in);
    } while (hw_jp_take(in, ","));
    if (!hw_jp_take(in, "]"))
        return hw_jp_bad(in, in->at, "\",\" or \"]\" was expected");
    in->blanks = blanks;
    return APR_SUCCESS;
}

/* One segment at the reading position; *none is set when there is no sign of one. bare: a name may
 * stand without its dot, for it begins the path. */
static apr_status_t
segment(hw_jp_in_t *in, int hyphens, int bare, hw_jp_segment_t *out, int *none)
{
    apr_array_header_t *selectors = apr_array_make(in->p, 1, sizeof(hw_jp_selector_t));
    hw_jp_selector_t *only;
    apr_status_t rv;

    memset(out, 0, sizeof(*out));
    in->blanks = 0;
    out->descendant = hw_jp_take(in, "..");
    *none = 0;
    if (hw_jp_peek(in, 0) == '[') {
        rv = bracketed(in, selectors);
    } else if (out->descendant || bare || hw_jp_take(in, ".")) {
        only = apr_array_push(selectors);
        memset(only, 0, sizeof(*only));
        rv = shorthand(in, hyphens, only);
    } else {
        *none = 1;
        return APR_SUCCESS;
    }
    out->n = selectors->nelts;
    out->selectors = (const hw_jp_selector_t *)selectors->elts;
    return rv;
}

/* A bracket right behind a path that holds a quoted name or a filter is meant as a selector: its
 * mistakes are reported, not taken for text. */
static int
surely_selector(const hw_jp_in_t *in, apr_size_t at)
{
    return in->len - at >= 2 && in->s[at] == '[' && strchr("'\"?", in->s[at + 1]) != NULL &&
           in->s[at + 1] != '\0';
}

/* The first segment after $headers names a header. */
static void
lower_header_names(hw_jp_in_t *in, hw_jp_segment_t *seg)
{
    hw_jp_selector_t *copy =
        apr_pmemdup(in->p, seg->selectors, sizeof(*copy) * (apr_size_t)seg->n);

    for (int i = 0; i < seg->n; i++)
        if (copy[i].kind == HW_JP_NAME)
            copy[i].name = header_name(copy[i].name, in->p);
    seg->selectors = copy;
}

static int
selects_one(const hw_jp_segment_t *seg)
{
    return !seg->descendant && seg->n == 1 &&
           (seg->selectors[0].kind == HW_JP_NAME || seg->selectors[0].kind == HW_JP_INDEX);
}

/* Reads segments until something else follows; blanks before that are given back. prefix: a
 * segment that does not parse also counts as something else. *blanks: some bracket held blanks. */
apr_status_t
hw_jp_segments(hw_jp_in_t *in, hw_jp_query_t *query, int prefix, int *blanks)
{
    apr_array_header_t *segments = apr_array_make(in->p, 4, sizeof(hw_jp_segment_t));
    int none = 0, headers = query->start == HW_JP_HEADERS;
    hw_jp_segment_t seg;
    apr_status_t rv;

    *blanks = 0;
    query->singular = 1;
    for (;;) {
        apr_size_t mark = in->at;
        int first = segments->nelts == 0;
        int rootless = in->nesting == 0 && in->rootless;

        hw_jp_skip_blanks(in);
        rv = segment(in, rootless || (headers && first), rootless && first, &seg, &none);
        if (rv != APR_SUCCESS && (!prefix || surely_selector(in, mark)))
            return rv;
        if (rv != APR_SUCCESS || none) {
            in->at = mark;
            break;
        }
        if (headers && first)
            lower_header_names(in, &seg);
        *blanks |= in->blanks;
        query->singular &= selects_one(&seg);
        APR_ARRAY_PUSH(segments, hw_jp_segment_t) = seg;
    }
    query->n = segments->nelts;
    query->segments = (const hw_jp_segment_t *)segments->elts;
    return APR_SUCCESS;
}
