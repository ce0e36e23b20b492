/* SPDX-License-Identifier: Apache-2.0 */
/* Text helpers: UTF-8, trimming, URL forms, and a growing buffer on a pool. */
#include "common/text.h"

#include <apr_strings.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Length of the well-formed UTF-8 sequence at s, 0 when there is none (RFC 3629: no surrogates,
 * no overlong forms, nothing above U+10FFFF). */
static apr_size_t
sequence(const unsigned char *s, apr_size_t len)
{
    unsigned char low = 0x80, high = 0xbf;
    apr_size_t n;

    if (len == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (len < n)
        return 0;
    if (s[0] == 0xe0)
        low = 0xa0;
    else if (s[0] == 0xed)
        high = 0x9f;
    else if (s[0] == 0xf0)
        low = 0x90;
    else if (s[0] == 0xf4)
        high = 0x8f;
    if (s[1] < low || s[1] > high)
        return 0;
    for (apr_size_t i = 2; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

apr_size_t
hw_utf8_prefix(const char *s, apr_size_t len, apr_size_t max_chars)
{
    apr_size_t at = 0;

    while (at < len && max_chars-- > 0) {
        apr_size_t n = sequence((const unsigned char *)s + at, len - at);

        at += n ? n : 1;
    }
    return at;
}

apr_size_t
hw_utf8_count(const char *s, apr_size_t len)
{
    apr_size_t at = 0, count = 0;

    for (; at < len; count++) {
        apr_size_t n = sequence((const unsigned char *)s + at, len - at);

        at += n ? n : 1;
    }
    return count;
}

int
hw_utf8_valid(const char *s, apr_size_t len, apr_size_t *bad_offset)
{
    apr_size_t at = 0;

    while (at < len) {
        apr_size_t n = sequence((const unsigned char *)s + at, len - at);

        if (n == 0) {
            if (bad_offset != NULL)
                *bad_offset = at;
            return 0;
        }
        at += n;
    }
    return 1;
}

const char *
hw_utf8_mend(const char *s, apr_size_t len, apr_size_t *out_len, apr_pool_t *p)
{
    apr_size_t at;
    hw_buf_t b;

    if (out_len != NULL)
        *out_len = len;
    if (s == NULL || hw_utf8_valid(s, len, &at))
        return s;
    hw_buf_init(&b, p);
    hw_buf_add(&b, s, at);
    while (at < len) {
        apr_size_t n = sequence((const unsigned char *)s + at, len - at);

        if (n > 0)
            hw_buf_add(&b, s + at, n);
        else
            hw_buf_add(&b, "\xef\xbf\xbd", 3);
        at += n ? n : 1;
    }
    if (out_len != NULL)
        *out_len = b.len;
    return b.s;
}

const char *
hw_text_cut(const char *s, apr_size_t max_chars, apr_pool_t *p)
{
    apr_size_t len, keep;

    if (s == NULL)
        return NULL;
    len = strlen(s);
    if (hw_utf8_prefix(s, len, max_chars) == len)
        return s;
    if (max_chars == 0)
        return "";
    keep = hw_utf8_prefix(s, len, max_chars - 1);
    return apr_pstrcat(p, apr_pstrmemdup(p, s, keep), "\xe2\x80\xa6", NULL);
}

/* Not isspace(): the answer must not depend on a locale. */
static int
blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *
trim(const char *s, apr_size_t len, apr_pool_t *p)
{
    while (len > 0 && blank(s[len - 1]))
        len--;
    while (len > 0 && blank(*s)) {
        s++;
        len--;
    }
    return apr_pstrmemdup(p, s, len);
}

const char *
hw_text_trim(const char *s, apr_pool_t *p)
{
    return s == NULL ? NULL : trim(s, strlen(s), p);
}

int
hw_text_blank(const char *s)
{
    while (s != NULL && *s != '\0')
        if (!blank(*s++))
            return 0;
    return 1;
}

static unsigned char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : (unsigned char)c;
}

int
hw_text_ieq(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    for (; *a != '\0' && lower(*a) == lower(*b); a++)
        b++;
    return lower(*a) == lower(*b);
}

apr_array_header_t *
hw_text_split(const char *s, char sep, apr_pool_t *p)
{
    apr_array_header_t *out = apr_array_make(p, 4, sizeof(const char *));

    while (s != NULL) {
        const char *end = strchr(s, sep);
        const char *piece = trim(s, end ? (apr_size_t)(end - s) : strlen(s), p);

        if (*piece != '\0')
            APR_ARRAY_PUSH(out, const char *) = piece;
        s = end ? end + 1 : NULL;
    }
    return out;
}

int
hw_hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const char *
hw_url_decode(const char *s, apr_size_t len, int plus_is_blank, apr_size_t *out_len, apr_pool_t *p)
{
    char *out = apr_palloc(p, len + 1), *to = out;

    for (apr_size_t i = 0; i < len; i++) {
        if (s[i] == '%' && len - i > 2 && hw_hex_digit(s[i + 1]) >= 0 &&
            hw_hex_digit(s[i + 2]) >= 0) {
            *to++ = (char)(hw_hex_digit(s[i + 1]) << 4 | hw_hex_digit(s[i + 2]));
            i += 2;
        } else {
            *to++ = s[i] == '+' && plus_is_blank ? ' ' : s[i];
        }
    }
    *to = '\0';
    if (out_len != NULL)
        *out_len = (apr_size_t)(to - out);
    return out;
}

static int
unreserved(char c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

const char *
hw_url_encode(const char *s, apr_pool_t *p)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = apr_palloc(p, 3 * strlen(s) + 1), *to = out;

    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (unreserved(*s)) {
            *to++ = *s;
        } else {
            *to++ = '%';
            *to++ = hex[c >> 4];
            *to++ = hex[c & 15];
        }
    }
    *to = '\0';
    return out;
}

void
hw_buf_init(hw_buf_t *b, apr_pool_t *p)
{
    b->cap = 128;
    b->len = 0;
    b->p = p;
    b->s = apr_palloc(p, b->cap);
    b->s[0] = '\0';
}

/* Room for n more bytes and the NUL. A pool frees nothing, so growth doubles. */
static void
reserve(hw_buf_t *b, apr_size_t n)
{
    apr_size_t cap = b->cap;
    char *s;

    if (b->len + n < cap)
        return;
    while (b->len + n >= cap)
        cap *= 2;
    s = apr_palloc(b->p, cap);
    memcpy(s, b->s, b->len + 1);
    b->s = s;
    b->cap = cap;
}

void
hw_buf_add(hw_buf_t *b, const char *s, apr_size_t len)
{
    if (len == 0)
        return;
    reserve(b, len);
    memcpy(b->s + b->len, s, len);
    b->len += len;
    b->s[b->len] = '\0';
}

void
hw_buf_adds(hw_buf_t *b, const char *s)
{
    if (s != NULL)
        hw_buf_add(b, s, strlen(s));
}

void
hw_buf_addc(hw_buf_t *b, char c)
{
    hw_buf_add(b, &c, 1);
}

void
hw_buf_add_utf8(hw_buf_t *b, long c)
{
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

    hw_buf_addc(b, (char)(lead[more] | c >> (6 * more)));
    while (more-- > 0)
        hw_buf_addc(b, (char)(0x80 | (c >> (6 * more) & 0x3f)));
}

void
hw_buf_printf(hw_buf_t *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n <= 0)
        return;
    reserve(b, (apr_size_t)n);
    va_start(ap, fmt);
    vsnprintf(b->s + b->len, (apr_size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (apr_size_t)n;
}
