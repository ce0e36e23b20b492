/* SPDX-License-Identifier: Apache-2.0 */
/* I-Regexp → PCRE2. One pass without recursion: the grammar's only nesting is the group, and a
 * counter is enough for it. */
#include "common/rx_iregexp.h"

#include <string.h>

#include "common/result.h"
#include "common/text.h"

typedef struct {
    const char *s;
    apr_size_t len, at;
    int groups;     /* open "(" */
    int repeatable; /* the last thing was an atom: a quantifier may follow */
    hw_buf_t out;
    hw_result_t *res;
} translator_t;

static apr_status_t
bad(translator_t *t, apr_size_t offset, const char *what)
{
    return hw_fail_at(t->res, APR_EINVAL, "bad-regex", NULL, (apr_off_t)offset, "%s", what);
}

/* The byte n places ahead, or -1. */
static int
peek(const translator_t *t, apr_size_t n)
{
    return t->len - t->at > n ? (unsigned char)t->s[t->at + n] : -1;
}

static int
alphanumeric(int c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* A literal byte; PCRE2 takes a backslash before any ASCII punctuation as "this very byte". */
static void
add_literal(translator_t *t, int c)
{
    if (c > 0x20 && c < 0x7f && !alphanumeric(c))
        hw_buf_addc(&t->out, '\\');
    hw_buf_addc(&t->out, (char)c);
}

/* \p{Lu}, \P{N}: general categories with the minor letters RFC 9485 lists. */
static apr_status_t
category(translator_t *t)
{
    static const char *const categories[] = {"Llmotu", "Mcen",  "Ndlo", "Pcdefios",
                                             "Zlps",   "Sckmo", "Ccfno"};
    apr_size_t from = t->at;
    const char *minors = NULL;
    int minor;

    if (peek(t, 2) != '{')
        return bad(t, from, "\\p needs a category in braces");
    for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
        if (categories[i][0] == peek(t, 3))
            minors = categories[i] + 1;
    minor = peek(t, 4);
    if (minors == NULL || (minor != '}' && (minor <= 0 || strchr(minors, minor) == NULL)))
        return bad(t, from + 3, "an unknown Unicode category");
    t->at += minor == '}' ? 5 : 6;
    if (t->at > t->len || t->s[t->at - 1] != '}')
        return bad(t, t->at - 1, "\"}\" was expected after a category");
    hw_buf_add(&t->out, t->s + from, t->at - from);
    return APR_SUCCESS;
}

/* A backslash and one character: the character it stands for, or -1. */
static int
single_escape(const translator_t *t)
{
    int c = peek(t, 1);

    if (c == 'n')
        return '\n';
    if (c == 'r')
        return '\r';
    if (c == 't')
        return '\t';
    return c > 0 && strchr("()*+-.?[\\]^{|}$", c) ? c : -1;
}

/* One character of a class, at a byte that is none of "-", "[", "]". */
static apr_status_t
class_char(translator_t *t)
{
    int c = peek(t, 0);

    if (c == '-' || c == '[' || c == ']' || c < 0)
        return bad(t, t->at, "a character was expected in the class");
    if (c == '\\') {
        c = single_escape(t);
        if (c < 0)
            return bad(t, t->at, "an escape that I-Regexp does not know");
        t->at++;
    }
    add_literal(t, c);
    t->at++;
    while (t->at < t->len && ((unsigned char)t->s[t->at] & 0xc0) == 0x80) /* rest of UTF-8 */
        hw_buf_addc(&t->out, t->s[t->at++]);
    return APR_SUCCESS;
}

static apr_status_t
class_item(translator_t *t)
{
    apr_status_t rv;

    if (peek(t, 0) == '\\' && (peek(t, 1) | 32) == 'p')
        return category(t);
    rv = class_char(t);
    if (rv != APR_SUCCESS || peek(t, 0) != '-' || peek(t, 1) == ']')
        return rv;
    hw_buf_addc(&t->out, '-');
    t->at++;
    return class_char(t);
}

static apr_status_t class(translator_t *t)
{
    apr_size_t from = t->at++;
    apr_status_t rv = APR_SUCCESS;
    int items = 0;

    hw_buf_addc(&t->out, '[');
    if (peek(t, 0) == '^') {
        hw_buf_addc(&t->out, '^');
        t->at++;
    }
    for (; rv == APR_SUCCESS && peek(t, 0) != ']'; items++) {
        if (t->at >= t->len)
            return bad(t, from, "a character class without its \"]\"");
        if (peek(t, 0) == '-' && (items == 0 || peek(t, 1) == ']')) {
            add_literal(t, '-');
            t->at++;
        } else {
            rv = class_item(t);
        }
    }
    if (rv == APR_SUCCESS && items == 0)
        return bad(t, from, "an empty character class");
    hw_buf_addc(&t->out, ']');
    t->at++;
    return rv;
}

static apr_size_t
skip_digits(const translator_t *t, apr_size_t at)
{
    while (at < t->len && t->s[at] >= '0' && t->s[at] <= '9')
        at++;
    return at;
}

/* {2}, {2,} or {2,5}: copied, after a look at its form. */
static apr_status_t
range_quantifier(translator_t *t)
{
    apr_size_t from = t->at, at = skip_digits(t, from + 1);

    if (at == from + 1)
        return bad(t, at, "a number was expected after \"{\"");
    if (at < t->len && t->s[at] == ',')
        at = skip_digits(t, at + 1);
    if (at >= t->len || t->s[at] != '}')
        return bad(t, at, "\"}\" was expected");
    t->at = at + 1;
    hw_buf_add(&t->out, t->s + from, t->at - from);
    return APR_SUCCESS;
}

static apr_status_t
quantifier(translator_t *t)
{
    if (!t->repeatable)
        return bad(t, t->at, "a quantifier without anything before it");
    t->repeatable = 0;
    if (peek(t, 0) == '{')
        return range_quantifier(t);
    hw_buf_addc(&t->out, t->s[t->at++]);
    return APR_SUCCESS;
}

static apr_status_t
escape(translator_t *t)
{
    int c;

    t->repeatable = 1;
    if ((peek(t, 1) | 32) == 'p')
        return category(t);
    c = single_escape(t);
    if (c < 0)
        return bad(t, t->at, "an escape that I-Regexp does not know");
    add_literal(t, c);
    t->at += 2;
    return APR_SUCCESS;
}

/* "(", ")", "|", "^", "$": what stands between atoms. */
static apr_status_t
structure(translator_t *t, int c)
{
    if (c == ')' && t->groups == 0)
        return bad(t, t->at, "\")\" without its \"(\"");
    t->groups += (c == '(') - (c == ')');
    t->repeatable = c == ')';
    hw_buf_adds(&t->out, c == '(' ? "(?:" : "");
    if (c != '(')
        hw_buf_addc(&t->out, (char)c);
    t->at++;
    return APR_SUCCESS;
}

static apr_status_t
next(translator_t *t)
{
    int c = peek(t, 0);

    switch (c) {
    case '*':
    case '+':
    case '?':
    case '{':
        return quantifier(t);
    case '(':
    case ')':
    case '|':
    case '^':
    case '$':
        return structure(t, c);
    case '[':
        t->repeatable = 1;
        return class(t);
    case '\\':
        return escape(t);
    case ']':
    case '}':
        return bad(t, t->at, "an unescaped closing bracket");
    case '.':
        hw_buf_adds(&t->out, "[^\\n\\r]");
        break;
    default:
        add_literal(t, c);
    }
    t->repeatable = 1;
    t->at++;
    return APR_SUCCESS;
}

apr_status_t
hw_iregexp_translate(const char *pattern, apr_size_t len, int whole, const char **out,
                     apr_size_t *out_len, hw_result_t *res, apr_pool_t *p)
{
    translator_t t = {.s = pattern, .len = len, .res = res};
    apr_status_t rv = APR_SUCCESS;

    hw_buf_init(&t.out, p);
    hw_buf_adds(&t.out, whole ? "\\A(?:" : "(?:");
    while (rv == APR_SUCCESS && t.at < len)
        rv = next(&t);
    if (rv == APR_SUCCESS && t.groups > 0)
        rv = bad(&t, len, "\"(\" without its \")\"");
    hw_buf_adds(&t.out, whole ? ")\\z" : ")");
    *out = t.out.s;
    *out_len = t.out.len;
    return rv;
}
