/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader: RFC 8259, or mending what senders are known to break. */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/result.h"
#include "common/text.h"

/* Reading recurses once per nested container; no caller may raise the bound above this. */
#define DEPTH_CEILING 1024
#define REPLACEMENT   0xfffd

typedef struct {
    const char *s;
    apr_size_t len, at;
    int lenient, repaired;
    int depth, nodes; /* what is left of both */
    hw_buf_t text;    /* the string or number being read; reused */
    hw_result_t *res;
} reader_t;

static apr_status_t read_value(reader_t *rd, hw_json_t **out);

static apr_status_t
bad(reader_t *rd, apr_size_t offset, const char *what)
{
    if (offset >= rd->len)
        what = "the text ends too early";
    return hw_fail_at(rd->res, APR_EINVAL, "bad-json", NULL, (apr_off_t)offset, "%s", what);
}

static apr_status_t
too_large(reader_t *rd, const char *what)
{
    return hw_fail_at(rd->res, APR_ENOSPC, "too-large", NULL, (apr_off_t)rd->at, "%s", what);
}

/* The byte at the reading position, or -1 at the end. */
static int
peek(const reader_t *rd)
{
    return rd->at < rd->len ? (unsigned char)rd->s[rd->at] : -1;
}

static void
skip_blanks(reader_t *rd)
{
    while (rd->at < rd->len && strchr(" \t\n\r", rd->s[rd->at]) && rd->s[rd->at] != '\0')
        rd->at++;
}

static void
clear(hw_buf_t *b)
{
    b->len = 0;
    b->s[0] = '\0';
}

/* Four hex digits at offset, or -1. */
static long
hex4(const reader_t *rd, apr_size_t offset)
{
    long n = 0;

    if (rd->len < 4 || offset > rd->len - 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = rd->s[offset + (apr_size_t)i];

        if (c >= '0' && c <= '9')
            n = n * 16 + (c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            n = n * 16 + ((c | 32) - 'a' + 10);
        else
            return -1;
    }
    return n;
}

static void
add_code_point(hw_buf_t *b, long c)
{
    if (c < 0x80) {
        hw_buf_addc(b, (char)c);
    } else if (c < 0x800) {
        hw_buf_addc(b, (char)(0xc0 | c >> 6));
        hw_buf_addc(b, (char)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        hw_buf_addc(b, (char)(0xe0 | c >> 12));
        hw_buf_addc(b, (char)(0x80 | (c >> 6 & 63)));
        hw_buf_addc(b, (char)(0x80 | (c & 63)));
    } else {
        hw_buf_addc(b, (char)(0xf0 | c >> 18));
        hw_buf_addc(b, (char)(0x80 | (c >> 12 & 63)));
        hw_buf_addc(b, (char)(0x80 | (c >> 6 & 63)));
        hw_buf_addc(b, (char)(0x80 | (c & 63)));
    }
}

/* At "\u" with four digits known to follow. A surrogate without its partner is U+FFFD. */
static void
read_unicode_escape(reader_t *rd)
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
    add_code_point(&rd->text, c >= 0xd800 && c < 0xe000 ? REPLACEMENT : c);
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
has_lone_backslash(const reader_t *rd)
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
read_escape(reader_t *rd, int literal)
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
        return bad(rd, rd->at + 1 < rd->len ? rd->at : rd->len,
                   "a backslash that escapes nothing");
    hw_buf_addc(&rd->text, byte);
    rd->at += 2;
    return APR_SUCCESS;
}

/* Copies the run of plain bytes at the reading position; a control byte is an error or kept. */
static apr_status_t
read_plain(reader_t *rd)
{
    apr_size_t from = rd->at, len, bad_at;
    const char *run;

    while (rd->at < rd->len && rd->s[rd->at] != '"' && rd->s[rd->at] != '\\') {
        if ((unsigned char)rd->s[rd->at] < 0x20) {
            if (!rd->lenient)
                return bad(rd, rd->at, "a raw control character in a string");
            rd->repaired = 1;
        }
        rd->at++;
    }
    run = rd->s + from;
    len = rd->at - from;
    if (!hw_utf8_valid(run, len, &bad_at)) {
        if (!rd->lenient)
            return bad(rd, from + bad_at, "invalid UTF-8");
        rd->repaired = 1;
    }
    hw_buf_add(&rd->text, run, len);
    return APR_SUCCESS;
}

/* Reads a string, quotes included, into rd->text. */
static apr_status_t
read_string(reader_t *rd)
{
    apr_status_t rv = APR_SUCCESS;
    int literal;

    clear(&rd->text);
    rd->at++;
    literal = rd->lenient && has_lone_backslash(rd);
    while (rv == APR_SUCCESS && peek(rd) != '"') {
        if (rd->at >= rd->len)
            return bad(rd, rd->len, "");
        rv = rd->s[rd->at] == '\\' ? read_escape(rd, literal) : read_plain(rd);
    }
    rd->at++;
    return rv;
}

/* The string in rd->text with invalid UTF-8 mended; only lenient reading lets any through. */
static const char *
text_of(reader_t *rd, apr_size_t *len)
{
    *len = rd->text.len;
    if (!rd->lenient)
        return rd->text.s;
    return hw_utf8_mend(rd->text.s, rd->text.len, len, rd->text.p);
}

static apr_size_t
digits(const reader_t *rd, apr_size_t at)
{
    while (at < rd->len && rd->s[at] >= '0' && rd->s[at] <= '9')
        at++;
    return at;
}

/* The end of the number that starts at rd->at in *end, *integer when it has no fraction and no
 * exponent; an error names the first byte that does not fit. */
static apr_status_t
scan_number(reader_t *rd, apr_size_t *end, int *integer)
{
    apr_size_t at = rd->at + (peek(rd) == '-'), from = at;

    at = digits(rd, at);
    if (at == from)
        return bad(rd, at, "a digit is missing");
    if (at - from > 1 && rd->s[from] == '0')
        return bad(rd, from + 1, "a number with a leading zero");
    *integer = 1;
    if (at < rd->len && rd->s[at] == '.') {
        *integer = 0;
        from = ++at;
        at = digits(rd, at);
        if (at == from)
            return bad(rd, at, "a digit is missing after the decimal point");
    }
    if (at < rd->len && (rd->s[at] == 'e' || rd->s[at] == 'E')) {
        *integer = 0;
        at++;
        if (at < rd->len && (rd->s[at] == '+' || rd->s[at] == '-'))
            at++;
        from = at;
        at = digits(rd, at);
        if (at == from)
            return bad(rd, at, "a digit is missing in the exponent");
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

static apr_status_t
read_number(reader_t *rd, hw_json_t **out)
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
    if (integer && fits_int64(rd->text.s, &n))
        *out = json_object_new_int64(n);
    else
        *out = json_object_new_double_s(strtod(rd->text.s, NULL), rd->text.s);
    return APR_SUCCESS;
}

/* Takes word off the text when it stands here as a whole word. */
static int
take_word(reader_t *rd, const char *word, int any_case)
{
    apr_size_t n = strlen(word);

    if (rd->len - rd->at < n)
        return 0;
    for (apr_size_t i = 0; i < n; i++) {
        char c = rd->s[rd->at + i];

        if (c != word[i] && !(any_case && (c | 32) == (word[i] | 32)))
            return 0;
    }
    if (rd->at + n < rd->len) {
        char c = rd->s[rd->at + n];

        if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_')
            return 0;
    }
    rd->at += n;
    return 1;
}

/* NaN and Infinity with their spellings and signs; they become null. */
static int
take_non_number(reader_t *rd)
{
    apr_size_t from = rd->at;

    if (!rd->lenient)
        return 0;
    if (peek(rd) == '-' || peek(rd) == '+')
        rd->at++;
    if (take_word(rd, "nan", 1) || take_word(rd, "infinity", 1) || take_word(rd, "inf", 1)) {
        rd->repaired = 1;
        return 1;
    }
    rd->at = from;
    return 0;
}

static apr_status_t
read_word(reader_t *rd, hw_json_t **out)
{
    *out = NULL;
    if (take_word(rd, "null", 0))
        return APR_SUCCESS;
    if (take_word(rd, "true", 0))
        *out = json_object_new_boolean(1);
    else if (take_word(rd, "false", 0))
        *out = json_object_new_boolean(0);
    else if (!take_non_number(rd))
        return bad(rd, rd->at, "a value was expected");
    return APR_SUCCESS;
}

/* After an element: takes "," or the closing byte. *done when closed. */
static apr_status_t
read_separator(reader_t *rd, char close, int *done)
{
    int c;

    skip_blanks(rd);
    c = peek(rd);
    if (c != ',' && c != close)
        return bad(rd, rd->at,
                   close == ']' ? "\",\" or \"]\" was expected" : "\",\" or \"}\" was expected");
    rd->at++;
    *done = c == close;
    if (*done || !rd->lenient)
        return APR_SUCCESS;
    skip_blanks(rd);
    if (peek(rd) == close) { /* a trailing comma */
        rd->at++;
        rd->repaired = 1;
        *done = 1;
    }
    return APR_SUCCESS;
}

static apr_status_t
read_array(reader_t *rd, hw_json_t *array)
{
    apr_status_t rv = APR_SUCCESS;
    hw_json_t *v;
    int done;

    rd->at++;
    skip_blanks(rd);
    done = peek(rd) == ']';
    rd->at += (apr_size_t)done;
    while (!done && rv == APR_SUCCESS) {
        rv = read_value(rd, &v);
        if (rv == APR_SUCCESS) {
            json_object_array_add(array, v);
            rv = read_separator(rd, ']', &done);
        }
    }
    return rv;
}

/* json-c ends a key at a NUL byte: U+0000 in a key reads as U+FFFD, so that keys stay apart. */
static const char *
key_of(reader_t *rd, apr_pool_t *p)
{
    apr_size_t len;
    const char *s = text_of(rd, &len);
    hw_buf_t b;

    if (memchr(s, '\0', len) == NULL)
        return s;
    hw_buf_init(&b, p);
    for (apr_size_t i = 0; i < len; i++) {
        if (s[i] != '\0')
            hw_buf_addc(&b, s[i]);
        else
            add_code_point(&b, REPLACEMENT);
    }
    return b.s;
}

/* "key" : value, added to object. */
static apr_status_t
read_member(reader_t *rd, hw_json_t *object)
{
    hw_json_t *v = NULL;
    apr_status_t rv;
    char *key;

    skip_blanks(rd);
    if (peek(rd) != '"')
        return bad(rd, rd->at, "a member name in quotes was expected");
    if ((rv = read_string(rd)) != APR_SUCCESS)
        return rv;
    key = strdup(key_of(rd, rd->text.p));
    if (key == NULL)
        return APR_ENOMEM;
    skip_blanks(rd);
    if (peek(rd) != ':') {
        rv = bad(rd, rd->at, "\":\" was expected");
        goto leave;
    }
    rd->at++;
    skip_blanks(rd);
    if (rd->lenient && (peek(rd) == ',' || peek(rd) == '}'))
        rd->repaired = 1; /* nothing after the colon: null */
    else
        rv = read_value(rd, &v);
    if (rv == APR_SUCCESS)
        json_object_object_add(object, key, v);
leave:
    free(key);
    return rv;
}

static apr_status_t
read_object(reader_t *rd, hw_json_t *object)
{
    apr_status_t rv = APR_SUCCESS;
    int done;

    rd->at++;
    skip_blanks(rd);
    done = peek(rd) == '}';
    rd->at += (apr_size_t)done;
    while (!done && rv == APR_SUCCESS) {
        rv = read_member(rd, object);
        if (rv == APR_SUCCESS)
            rv = read_separator(rd, '}', &done);
    }
    return rv;
}

/* A container: one level deeper; what was built of a broken one is freed. */
static apr_status_t
read_container(reader_t *rd, hw_json_t **out)
{
    int object = peek(rd) == '{';
    hw_json_t *v;
    apr_status_t rv;

    if (rd->depth-- <= 0)
        return too_large(rd, "nested too deeply");
    if (object && (rd->nodes -= HW_JSON_OBJECT_NODES - 1) < 0)
        return too_large(rd, "too many values");
    v = object ? json_object_new_object() : json_object_new_array_ext(2);
    rv = object ? read_object(rd, v) : read_array(rd, v);
    rd->depth++;
    if (rv == APR_SUCCESS)
        *out = v;
    else
        json_object_put(v);
    return rv;
}

static apr_status_t
read_value(reader_t *rd, hw_json_t **out)
{
    apr_status_t rv;
    apr_size_t len;
    const char *s;
    int c;

    *out = NULL;
    skip_blanks(rd);
    if (rd->nodes-- <= 0)
        return too_large(rd, "too many values");
    c = peek(rd);
    if (c == '{' || c == '[')
        return read_container(rd, out);
    if (c == '"') {
        if ((rv = read_string(rd)) != APR_SUCCESS)
            return rv;
        s = text_of(rd, &len);
        *out = json_object_new_string_len(s, (int)len);
        return APR_SUCCESS;
    }
    if (take_non_number(rd))
        return APR_SUCCESS;
    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(rd, out);
    return read_word(rd, out);
}

/* The options with their defaults put in. */
static hw_json_opts_t
effective(const hw_json_opts_t *opts)
{
    hw_json_opts_t o = opts ? *opts : (hw_json_opts_t){0};

    if (o.max_bytes == 0)
        o.max_bytes = HW_MAX_BODY_HARD;
    if (o.max_bytes > INT32_MAX) /* json-c counts a string's bytes in an int */
        o.max_bytes = INT32_MAX;
    if (o.max_depth <= 0)
        o.max_depth = HW_MAX_JSON_DEPTH;
    if (o.max_depth > DEPTH_CEILING)
        o.max_depth = DEPTH_CEILING;
    if (o.max_nodes <= 0)
        o.max_nodes = HW_MAX_JSON_NODES;
    return o;
}

apr_status_t
hw_json_parse(const char *text, apr_size_t len, const hw_json_opts_t *opts, hw_json_t **out,
              int *repaired, hw_result_t *res, apr_pool_t *p)
{
    hw_json_opts_t o = effective(opts);
    reader_t rd = {.s = text,
                   .len = len,
                   .lenient = o.lenient,
                   .depth = o.max_depth,
                   .nodes = o.max_nodes,
                   .res = res};
    hw_json_t *v = NULL;
    apr_status_t rv;

    *out = NULL;
    if (repaired != NULL)
        *repaired = 0;
    if (len > o.max_bytes)
        return hw_fail(res, APR_ENOSPC, "too-large", "longer than %" APR_SIZE_T_FMT " bytes",
                       o.max_bytes);
    hw_buf_init(&rd.text, p);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        rd.at = 3;
    rv = read_value(&rd, &v);
    skip_blanks(&rd);
    if (rv == APR_SUCCESS && rd.at < len)
        rv = bad(&rd, rd.at, "something follows the value");
    if (rv != APR_SUCCESS) {
        json_object_put(v);
        return rv;
    }
    *out = hw_json_own(v, p);
    if (repaired != NULL)
        *repaired = rd.repaired;
    return APR_SUCCESS;
}
