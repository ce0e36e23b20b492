/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath source text: bytes, blanks, string literals and numbers. */
#include <apr_strings.h>
#include <string.h>

#include "common/jsonpath_internal.h"
#include "common/result.h"
#include "common/text.h"

apr_status_t
hw_jp_bad(hw_jp_in_t *in, apr_size_t offset, const char *fmt, ...)
{
    const char *what;
    va_list ap;

    if (in->res == NULL)
        return APR_EINVAL;
    va_start(ap, fmt);
    what = apr_pvsprintf(in->p, fmt, ap);
    va_end(ap);
    if (offset >= in->len)
        what = apr_pstrcat(in->p, "the path ends too early: ", what, NULL);
    return hw_fail_at(in->res, APR_EINVAL, "bad-path", NULL, (apr_off_t)offset, "%s", what);
}

int
hw_jp_peek(const hw_jp_in_t *in, apr_size_t ahead)
{
    return in->len - in->at > ahead ? (unsigned char)in->s[in->at + ahead] : -1;
}

int
hw_jp_take(hw_jp_in_t *in, const char *token)
{
    apr_size_t n = strlen(token);

    if (in->len - in->at < n || memcmp(in->s + in->at, token, n) != 0)
        return 0;
    in->at += n;
    return 1;
}

int
hw_jp_skip_blanks(hw_jp_in_t *in)
{
    apr_size_t from = in->at;

    for (int c = hw_jp_peek(in, 0); c == ' ' || c == '\t' || c == '\n' || c == '\r';
         c = hw_jp_peek(in, 0))
        in->at++;
    return in->at > from;
}

static int
digit(int c)
{
    return c >= '0' && c <= '9';
}

/* The four hex digits at the reading position, stepped over; -1 when they are not there. */
static long
take_hex4(hw_jp_in_t *in)
{
    long n = 0;

    for (apr_size_t i = 0; i < 4; i++) {
        int digit_value = hw_hex_digit(hw_jp_peek(in, i));

        if (digit_value < 0)
            return -1;
        n = n * 16 + digit_value;
    }
    in->at += 4;
    return n;
}

/* After "\u", whose backslash is at offset. Here, unlike in payloads, a surrogate must have its
 * partner. */
static apr_status_t
unicode_escape(hw_jp_in_t *in, apr_size_t offset, hw_buf_t *b)
{
    long c = take_hex4(in), low;

    if (c < 0)
        return hw_jp_bad(in, offset, "\\u needs four hexadecimal digits");
    if (c >= 0xdc00 && c < 0xe000)
        return hw_jp_bad(in, offset, "a low surrogate without its high one");
    if (c >= 0xd800 && c < 0xdc00) {
        low = hw_jp_take(in, "\\u") ? take_hex4(in) : -1;
        if (low < 0xdc00 || low >= 0xe000)
            return hw_jp_bad(in, offset, "a high surrogate without its low one");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    hw_buf_add_utf8(b, c);
    return APR_SUCCESS;
}

/* At a backslash in a string whose quote is given. */
static apr_status_t
escape(hw_jp_in_t *in, int quote, hw_buf_t *b)
{
    static const char from[] = "bfnrt/\\", to[] = "\b\f\n\r\t/\\";
    apr_size_t offset = in->at;
    int c = hw_jp_peek(in, 1);
    const char *known = c > 0 ? strchr(from, c) : NULL;

    if (c < 0)
        return hw_jp_bad(in, in->len, "a string without its closing quote");
    in->at += 2;
    if (c == 'u')
        return unicode_escape(in, offset, b);
    if (c == quote)
        hw_buf_addc(b, (char)c);
    else if (known != NULL)
        hw_buf_addc(b, to[known - from]);
    else
        return hw_jp_bad(in, offset, "an escape that JSONPath does not know");
    return APR_SUCCESS;
}

apr_status_t
hw_jp_string(hw_jp_in_t *in, const char **out, apr_size_t *len)
{
    apr_status_t rv = APR_SUCCESS;
    int quote = hw_jp_peek(in, 0), c;
    hw_buf_t b;

    hw_buf_init(&b, in->p);
    in->at++;
    while (rv == APR_SUCCESS && (c = hw_jp_peek(in, 0)) != quote) {
        if (c < 0)
            return hw_jp_bad(in, in->len, "a string without its closing quote");
        if (c < 0x20)
            return hw_jp_bad(in, in->at, "a control character in a string must be escaped");
        if (c == '\\') {
            rv = escape(in, quote, &b);
        } else {
            hw_buf_addc(&b, (char)c);
            in->at++;
        }
    }
    in->at++;
    *out = b.s;
    *len = b.len;
    return rv;
}

/* Steps over "0" or digits without a leading zero. */
static apr_status_t
whole(hw_jp_in_t *in)
{
    apr_size_t from = in->at;

    if (!digit(hw_jp_peek(in, 0)))
        return hw_jp_bad(in, in->at, "a digit was expected");
    while (digit(hw_jp_peek(in, 0)))
        in->at++;
    if (in->s[from] == '0' && in->at > from + 1)
        return hw_jp_bad(in, from, "a number with a leading zero");
    return APR_SUCCESS;
}

apr_status_t
hw_jp_int(hw_jp_in_t *in, apr_int64_t *out)
{
    apr_size_t from = in->at;
    int minus = hw_jp_take(in, "-");
    apr_status_t rv = whole(in);
    apr_int64_t n = 0;

    if (rv != APR_SUCCESS)
        return rv;
    for (apr_size_t i = from + (apr_size_t)minus; i < in->at; i++) {
        n = n * 10 + (in->s[i] - '0');
        if (n > HW_JP_MAX_INT)
            return hw_jp_bad(in, from, "an integer beyond 2^53 - 1");
    }
    if (minus && n == 0)
        return hw_jp_bad(in, from, "\"-0\" is no index");
    *out = minus ? -n : n;
    return APR_SUCCESS;
}

/* Steps over one digit or more. */
static apr_status_t
some_digits(hw_jp_in_t *in)
{
    if (!digit(hw_jp_peek(in, 0)))
        return hw_jp_bad(in, in->at, "a digit was expected");
    while (digit(hw_jp_peek(in, 0)))
        in->at++;
    return APR_SUCCESS;
}

apr_status_t
hw_jp_number(hw_jp_in_t *in, const hw_json_t **out)
{
    apr_size_t from = in->at;
    apr_status_t rv;
    hw_json_t *v;

    hw_jp_take(in, "-");
    rv = whole(in);
    if (rv == APR_SUCCESS && hw_jp_take(in, "."))
        rv = some_digits(in);
    if (rv == APR_SUCCESS && (hw_jp_take(in, "e") || hw_jp_take(in, "E"))) {
        if (!hw_jp_take(in, "-"))
            hw_jp_take(in, "+");
        rv = some_digits(in);
    }
    if (rv != APR_SUCCESS)
        return rv;
    rv = hw_json_parse(in->s + from, in->at - from, NULL, &v, NULL, in->res, in->p);
    *out = v;
    return rv;
}
