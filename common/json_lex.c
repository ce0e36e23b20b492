/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader's tokens: strings and numbers. */
#include <stdlib.h>
#include <string.h>

#include "common/json_read.h"
#include "common/result.h"

apr_status_t
hw_jr_bad(hw_jr_t *rd, apr_size_t offset, const char *what)
{
    if (offset >= rd->len)
        what = "the text ends too early";
    return hw_fail_at(rd->res, APR_EINVAL, "bad-json", NULL, (apr_off_t)offset, "%s", what);
}

int
hw_jr_peek(const hw_jr_t *rd)
{
    return rd->at < rd->len ? (unsigned char)rd->s[rd->at] : -1;
}

static void
clear(hw_buf_t *b)
{
    b->len = 0;
    b->s[0] = '\0';
}

/* Four hex digits at offset, or -1. */
static long
hex4(const hw_jr_t *rd, apr_size_t offset)
{
    long n = 0;

    if (rd->len < 4 || offset > rd->len - 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hw_hex_digit((unsigned char)rd->s[offset + (apr_size_t)i]);

        if (digit < 0)
            return -1;
        n = n * 16 + digit;
    }
    return n;
}

/* At "\u" with four digits known to follow. A surrogate without its partner is U+FFFD. */
static void
read_unicode_escape(hw_jr_t *rd)
{
    long c = hex4(rd, rd->at + 2), low;

    rd->at += 6;
    if (c >= 0xd800 && c < 0xdc00 && rd->len - rd->at >= 6 && rd->s[rd->at] == '\\' &&
        rd->s[rd->at + 1] == 'u') {
        low = hex4(rd, rd->at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            rd->at += 6;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    hw_buf_add_utf8(&rd->text, c >= 0xd800 && c < 0xe000 ? HW_JR_REPLACEMENT : c);
}

/* What the byte after a backslash stands for, or 0. */
static char
escaped_byte(char c)
{
    static const char pairs[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

    for (const char *at = pairs; *at != '\0'; at += 2)
        if (at[0] == c)
            return at[1];
    return 0;
}

/* Whether the string that starts here holds a backslash that escapes nothing: its sender does not
 * escape backslashes at all, so the \t of "C:\temp\x" is no tab either. */
static int
has_lone_backslash(const hw_jr_t *rd)
{
    for (apr_size_t i = rd->at; i + 1 < rd->len && rd->s[i] != '"'; i++) {
        if (rd->s[i] != '\\')
            continue;
        i++;
        if (rd->s[i] == 'u' ? hex4(rd, i + 1) < 0 : escaped_byte(rd->s[i]) == 0)
            return 1;
    }
    return 0;
}

/* At a backslash inside a string. */
static apr_status_t
read_escape(hw_jr_t *rd, int literal)
{
    char next = rd->at + 1 < rd->len ? rd->s[rd->at + 1] : '\0';
    char byte = escaped_byte(next);

    if (next == 'u' && hex4(rd, rd->at + 2) >= 0) {
        read_unicode_escape(rd);
        return APR_SUCCESS;
    }
    if (literal && next != '"') {
        hw_buf_addc(&rd->text, '\\');
        rd->at++;
        if (next == '\\') {
            hw_buf_addc(&rd->text, '\\');
            rd->at++;
        }
        rd->repaired = 1;
        return APR_SUCCESS;
    }
    if (byte == 0)
        return hw_jr_bad(rd, rd->at + 1 < rd->len ? rd->at : rd->len,
                         "a backslash that escapes nothing");
    hw_buf_addc(&rd->text, byte);
    rd->at += 2;
    return APR_SUCCESS;
}

/* Copies the run of plain bytes at the reading position; a control byte is an error or kept. */
static apr_status_t
read_plain(hw_jr_t *rd)
{
    apr_size_t from = rd->at, len, bad_at;
    const char *run;

    while (rd->at < rd->len && rd->s[rd->at] != '"' && rd->s[rd->at] != '\\') {
        if ((unsigned char)rd->s[rd->at] < 0x20) {
            if (!rd->lenient)
                return hw_jr_bad(rd, rd->at, "a raw control character in a string");
            rd->repaired = 1;
        }
        rd->at++;
    }
    run = rd->s + from;
    len = rd->at - from;
    if (!hw_utf8_valid(run, len, &bad_at)) {
        if (!rd->lenient)
            return hw_jr_bad(rd, from + bad_at, "invalid UTF-8");
        rd->repaired = 1;
    }
    hw_buf_add(&rd->text, run, len);
    return APR_SUCCESS;
}

apr_status_t
hw_jr_string(hw_jr_t *rd)
{
    apr_status_t rv = APR_SUCCESS;
    int literal;

    clear(&rd->text);
    rd->at++;
    literal = rd->lenient && has_lone_backslash(rd);
    while (rv == APR_SUCCESS && hw_jr_peek(rd) != '"') {
        if (rd->at >= rd->len)
            return hw_jr_bad(rd, rd->len, "");
        rv = rd->s[rd->at] == '\\' ? read_escape(rd, literal) : read_plain(rd);
    }
    rd->at++;
    return rv;
}

const char *
hw_jr_text(hw_jr_t *rd, apr_size_t *len)
{
    *len = rd->text.len;
    if (!rd->lenient)
        return rd->text.s;
    return hw_utf8_mend(rd->text.s, rd->text.len, len, rd->text.p);
}

static apr_size_t
digits(const hw_jr_t *rd, apr_size_t at)
{
    while (at < rd->len && rd->s[at] >= '0' && rd->s[at] <= '9')
        at++;
    return at;
}

/* The end of the number that starts at rd->at in *end, *integer when it has no fraction and no
 * exponent; an error names the first byte that does not fit. */
static apr_status_t
scan_number(hw_jr_t *rd, apr_size_t *end, int *integer)
{
    apr_size_t at = rd->at + (hw_jr_peek(rd) == '-'), from = at;

    at = digits(rd, at);
    if (at == from)
        return hw_jr_bad(rd, at, "a digit is missing");
    if (at - from > 1 && rd->s[from] == '0')
        return hw_jr_bad(rd, from + 1, "a number with a leading zero");
    *integer = 1;
    if (at < rd->len && rd->s[at] == '.') {
        *integer = 0;
        from = ++at;
        at = digits(rd, at);
        if (at == from)
            return hw_jr_bad(rd, at, "a digit is missing after the decimal point");
    }
    if (at < rd->len && (rd->s[at] == 'e' || rd->s[at] == 'E')) {
        *integer = 0;
        at++;
        if (at < rd->len && (rd->s[at] == '+' || rd->s[at] == '-'))
            at++;
        from = at;
        at = digits(rd, at);
        if (at == from)
            return hw_jr_bad(rd, at, "a digit is missing in the exponent");
    }
    *end = at;
    return APR_SUCCESS;
}

/* The value of 19 digits or fewer that fit; 0 for those that do not. */
static int
fits_int64(const char *s, apr_int64_t *out)
{
    int minus = *s == '-';
    apr_uint64_t n = 0, most = (apr_uint64_t)INT64_MAX + (apr_uint64_t)minus;

    s += minus;
    if (strlen(s) > 19 || (minus && *s == '0')) /* -0 keeps its sign as a double */
        return 0;
    for (; *s != '\0'; s++)
        n = n * 10 + (apr_uint64_t)(*s - '0');
    if (n > most)
        return 0;
    *out = minus ? -(apr_int64_t)(n - 1) - 1 : (apr_int64_t)n;
    return 1;
}

apr_status_t
hw_jr_number(hw_jr_t *rd, hw_json_t **out)
{
    apr_size_t end = rd->at;
    apr_int64_t n;
    int integer = 0;
    apr_status_t rv = scan_number(rd, &end, &integer);

    if (rv != APR_SUCCESS)
        return rv;
    clear(&rd->text);
    hw_buf_add(&rd->text, rd->s + rd->at, end - rd->at);
    rd->at = end;
    if (rd->skim)
        return APR_SUCCESS;
    if (integer && fits_int64(rd->text.s, &n))
        *out = json_object_new_int64(n);
    else
        *out = json_object_new_double_s(strtod(rd->text.s, NULL), rd->text.s);
    return APR_SUCCESS;
}
