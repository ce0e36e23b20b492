/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-16 and Windows-1252 → UTF-8: what scripts on Windows send. */
#include "common/decode_charset.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

#define REPLACEMENT 0xfffd

/* --- UTF-16 ---------------------------------------------------------------------------------- */

static unsigned
unit_at(const char *s, int big)
{
    unsigned char first = (unsigned char)s[0], second = (unsigned char)s[1];

    return big ? (unsigned)first << 8 | second : (unsigned)second << 8 | first;
}

/* A half of a pair without the other half, and an odd byte at the end, become U+FFFD. */
static void
from_utf16(const char **s, apr_size_t *len, int big, apr_pool_t *p)
{
    const char *at = *s, *end = *s + *len;
    hw_buf_t b;

    hw_buf_init(&b, p);
    while (end - at >= 2) {
        unsigned unit = unit_at(at, big), next = end - at >= 4 ? unit_at(at + 2, big) : 0;
        long c = (long)unit;

        at += 2;
        if (unit >= 0xd800 && unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff) {
            c = 0x10000 + ((long)(unit - 0xd800) << 10) + (long)(next - 0xdc00);
            at += 2;
        } else if (unit >= 0xd800 && unit <= 0xdfff) {
            c = REPLACEMENT;
        }
        hw_buf_add_utf8(&b, c);
    }
    if (at < end)
        hw_buf_add_utf8(&b, REPLACEMENT);
    *s = b.s;
    *len = b.len;
}

/* 0 = it is not, 1 = the small byte first, 2 = the big one. *skip: bytes of the mark. */
static int
utf16_order(const char *s, apr_size_t len, apr_size_t *skip)
{
    *skip = 2;
    if (len < 2)
        return 0;
    if (memcmp(s, "\xff\xfe", 2) == 0)
        return 1;
    if (memcmp(s, "\xfe\xff", 2) == 0)
        return 2;
    *skip = 0;
    if (s[1] == '\0' && s[0] != '\0' && strchr("{[\"", s[0]) != NULL)
        return 1;
    return s[0] == '\0' && s[1] != '\0' && strchr("{[\"", s[1]) != NULL ? 2 : 0;
}

/* --- Windows-1252 ---------------------------------------------------------------------------- */

/* 0x80 to 0x9f; ISO 8859-1 has controls there that nobody sends, so both are read like this. */
static const unsigned short upper[32] = {
    0x20ac, REPLACEMENT, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, REPLACEMENT, 0x017d, REPLACEMENT, REPLACEMENT, 0x2018, 0x2019, 0x201c, 0x201d,
    0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, REPLACEMENT, 0x017e, 0x0178,
};

static void
from_1252(const char **s, apr_size_t *len, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (apr_size_t i = 0; i < *len; i++) {
        unsigned char c = (unsigned char)(*s)[i];

        hw_buf_add_utf8(&b, c >= 0x80 && c <= 0x9f ? upper[c - 0x80] : c);
    }
    *s = b.s;
    *len = b.len;
}

/* charset= of a Content-Type; "" when it says none. */
static const char *
declared(const char *content_type, apr_pool_t *p)
{
    const char *s = content_type != NULL ? strcasestr(content_type, "charset=") : NULL;

    if (s == NULL || (s > content_type && s[-1] != ';' && !apr_isspace(s[-1])))
        return "";
    s += strlen("charset=");
    if (*s == '"')
        s++;
    return apr_pstrmemdup(p, s, strcspn(s, "\"; \t"));
}

const char *
hw_decode_declared(const char *content_type, const char **s, apr_size_t *len, apr_pool_t *p)
{
    static const char *const names[] = { "windows-1252", "cp1252", "iso-8859-1", "latin1",
                                         "iso8859-1",    "latin-1", "iso_8859-1", "us-ascii" };
    const char *charset = declared(content_type, p);
    apr_size_t bad;

    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (hw_text_ieq(charset, names[i]) && !hw_utf8_valid(*s, *len, &bad)) {
            from_1252(s, len, p);
            return "Windows-1252";
        }
    return NULL;
}

const char *
hw_decode_charset(const char *content_type, const char **s, apr_size_t *len, apr_pool_t *p)
{
    apr_size_t skip;
    int order = utf16_order(*s, *len, &skip);

    if (order == 0)
        return hw_decode_declared(content_type, s, len, p);
    *s += skip;
    *len -= skip;
    from_utf16(s, len, order == 2, p);
    return "UTF-16";
}
