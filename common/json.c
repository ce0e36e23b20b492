/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values: writing, text forms, ownership, copies and member access. */
#include "common/json.h"

#include <apr_strings.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* An integer written with an exponent is spelled out up to this many digits; a sender's 1e400
 * stays what it is. */
#define SPELLED_DIGITS 40

/* json-c keeps the text given to json_object_new_double_s as the object's user data. */
static const char *
kept_text(const hw_json_t *v)
{
    return json_object_get_userdata((hw_json_t *)v);
}

/* The shortest of the usual precisions that reads back as the same number. */
static const char *
double_text(double d, apr_pool_t *p)
{
    char buf[40];

    if (!isfinite(d))
        return "null";
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buf, sizeof(buf), "%.*g", digits, d);
        if (strtod(buf, NULL) == d)
            break;
    }
    return apr_pstrcat(p, buf, strpbrk(buf, ".eE") ? "" : ".0", NULL);
}

const char *
hw_json_number_text(const hw_json_t *v, apr_pool_t *p)
{
    const char *kept;

    switch (json_object_get_type(v)) {
    case json_type_int:
        if (json_object_get_int64(v) == INT64_MAX) /* json-c may hold an unsigned one */
            return apr_psprintf(p, "%" APR_UINT64_T_FMT, json_object_get_uint64(v));
        return apr_psprintf(p, "%" APR_INT64_T_FMT, json_object_get_int64(v));
    case json_type_double:
        kept = kept_text(v);
        return kept ? apr_pstrdup(p, kept) : double_text(json_object_get_double(v), p);
    default:
        return NULL;
    }
}

static void
write_escape(hw_buf_t *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* byte, then its letter */
    char out[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    for (const char *l = letters; *l != '\0'; l += 2) {
        if ((unsigned char)l[0] == c) {
            hw_buf_addc(b, '\\');
            hw_buf_addc(b, l[1]);
            return;
        }
    }
    hw_buf_add(b, out, sizeof(out));
}

/* What is written is always valid UTF-8, wherever the string came from. */
static void
write_string(hw_buf_t *b, const char *s, apr_size_t len)
{
    apr_size_t from = 0;

    s = hw_utf8_mend(s, len, &len, b->p);
    hw_buf_addc(b, '"');
    for (apr_size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        hw_buf_add(b, s + from, i - from);
        write_escape(b, c);
        from = i + 1;
    }
    hw_buf_add(b, s + from, len - from);
    hw_buf_addc(b, '"');
}

static void write_value(hw_buf_t *b, const hw_json_t *v, int indent);

/* indent < 0: compact. */
static void
new_line(hw_buf_t *b, int indent)
{
    if (indent < 0)
        return;
    hw_buf_addc(b, '\n');
    for (int i = 0; i < indent; i++)
        hw_buf_add(b, "  ", 2);
}

static void
write_object(hw_buf_t *b, const hw_json_t *v, int indent)
{
    int inner = indent < 0 ? -1 : indent + 1, first = 1;

    hw_buf_addc(b, '{');
    json_object_object_foreach(v, key, val)
    {
        if (!first)
            hw_buf_addc(b, ',');
        first = 0;
        new_line(b, inner);
        write_string(b, key, strlen(key));
        hw_buf_add(b, ": ", indent < 0 ? 1 : 2);
        write_value(b, val, inner);
    }
    if (!first)
        new_line(b, indent);
    hw_buf_addc(b, '}');
}

static void
write_array(hw_buf_t *b, const hw_json_t *v, int indent)
{
    int inner = indent < 0 ? -1 : indent + 1;
    apr_size_t n = json_object_array_length(v);

    hw_buf_addc(b, '[');
    for (apr_size_t i = 0; i < n; i++) {
        if (i > 0)
            hw_buf_addc(b, ',');
        new_line(b, inner);
        write_value(b, json_object_array_get_idx(v, i), inner);
    }
    if (n > 0)
        new_line(b, indent);
    hw_buf_addc(b, ']');
}

/* Recursion is bounded by the depth the reader allows. */
static void
write_value(hw_buf_t *b, const hw_json_t *v, int indent)
{
    const char *s;
    apr_size_t len;

    switch (json_object_get_type(v)) {
    case json_type_null:
        hw_buf_adds(b, "null");
        break;
    case json_type_boolean:
        hw_buf_adds(b, json_object_get_boolean(v) ? "true" : "false");
        break;
    case json_type_int:
    case json_type_double:
        hw_buf_adds(b, hw_json_number_text(v, b->p));
        break;
    case json_type_string:
        s = hw_json_string(v, &len);
        write_string(b, s, len);
        break;
    case json_type_array:
        write_array(b, v, indent);
        break;
    case json_type_object:
        write_object(b, v, indent);
        break;
    }
}

const char *
hw_json_write(const hw_json_t *v, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    write_value(&b, v, -1);
    return b.s;
}

const char *
hw_json_write_pretty(const hw_json_t *v, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    write_value(&b, v, 0);
    return b.s;
}

/* The exponent of a number's text, held within ±100000; strtol saturates by itself. */
static long
exponent_of(const char *number)
{
    const char *e = strpbrk(number, "eE");
    long n = e ? strtol(e + 1, NULL, 10) : 0;

    return n > 100000 ? 100000 : n < -100000 ? -100000 : n;
}

/* "1.0" → "1", "1e2" → "100", "-12.50e1" → "-125"; a number with a fraction gives NULL. Works on
 * the digits, so that nothing passes through a double. */
static const char *
integer_text(const char *number, apr_pool_t *p)
{
    int minus = *number == '-';
    const char *s = number + minus;
    apr_size_t whole = strspn(s, "0123456789");
    const char *frac = s[whole] == '.' ? s + whole + 1 : "";
    long point = (long)whole + exponent_of(number); /* digits before the decimal point */
    long len, zeros;
    hw_buf_t digits, out;

    hw_buf_init(&digits, p);
    hw_buf_add(&digits, s, whole);
    hw_buf_add(&digits, frac, strspn(frac, "0123456789"));
    zeros = (long)strspn(digits.s, "0");
    for (len = (long)digits.len; len > zeros && digits.s[len - 1] == '0';)
        len--;
    if (len == zeros)
        return "0";
    if (len > point || (point - zeros > SPELLED_DIGITS && strpbrk(number, "eE")))
        return NULL;
    hw_buf_init(&out, p);
    hw_buf_adds(&out, minus ? "-" : "");
    hw_buf_add(&out, digits.s + zeros, (apr_size_t)(len - zeros));
    for (; len < point; len++)
        hw_buf_addc(&out, '0');
    return out.s;
}

/* All of a string: what follows a NUL counts, too, or two texts would be one. */
static const char *
string_text(const hw_json_t *v, apr_pool_t *p)
{
    apr_size_t len, part;
    const char *s = hw_json_string(v, &len);
    hw_buf_t b;

    if (memchr(s, '\0', len) == NULL)
        return apr_pstrmemdup(p, s, len);
    hw_buf_init(&b, p);
    for (part = strlen(s); part < len; part = strlen(s)) {
        hw_buf_add(&b, s, part);
        hw_buf_adds(&b, "\xef\xbf\xbd");
        s += part + 1;
        len -= part + 1;
    }
    hw_buf_add(&b, s, len);
    return b.s;
}

const char *
hw_json_text(const hw_json_t *v, apr_pool_t *p)
{
    const char *number, *integer;

    switch (json_object_get_type(v)) {
    case json_type_null:
        return NULL;
    case json_type_boolean:
        return json_object_get_boolean(v) ? "true" : "false";
    case json_type_int:
        return hw_json_number_text(v, p);
    case json_type_double:
        number = hw_json_number_text(v, p);
        integer = integer_text(number, p);
        return integer ? integer : number;
    case json_type_string:
        return string_text(v, p);
    default:
        return hw_json_write(v, p);
    }
}

const char *
hw_json_string(const hw_json_t *v, apr_size_t *len)
{
    int is_string = json_object_get_type(v) == json_type_string;

    if (len != NULL)
        *len = is_string ? (apr_size_t)json_object_get_string_len(v) : 0;
    if (!is_string)
        return NULL;
    return json_object_get_string((hw_json_t *)v); /* of a string: reads, changes nothing */
}

static apr_status_t
put(void *data)
{
    json_object_put(data);
    return APR_SUCCESS;
}

hw_json_t *
hw_json_own(hw_json_t *v, apr_pool_t *p)
{
    if (v != NULL)
        apr_pool_cleanup_register(p, v, put, apr_pool_cleanup_null);
    return v;
}

/* json-c's own deep copy is not used: it fails on a root that is null. */
static hw_json_t *
copy(const hw_json_t *v)
{
    hw_json_t *out = NULL;
    const char *s;
    apr_size_t len;

    switch (json_object_get_type(v)) {
    case json_type_null:
        return NULL;
    case json_type_boolean:
        return json_object_new_boolean(json_object_get_boolean(v));
    case json_type_int:
        if (json_object_get_int64(v) == INT64_MAX)
            return json_object_new_uint64(json_object_get_uint64(v));
        return json_object_new_int64(json_object_get_int64(v));
    case json_type_double:
        s = kept_text(v);
        return s ? json_object_new_double_s(json_object_get_double(v), s)
                 : json_object_new_double(json_object_get_double(v));
    case json_type_string:
        s = hw_json_string(v, &len);
        return json_object_new_string_len(s, (int)len);
    case json_type_array:
        out = json_object_new_array();
        for (apr_size_t i = 0; i < json_object_array_length(v); i++)
            json_object_array_add(out, copy(json_object_array_get_idx(v, i)));
        break;
    case json_type_object:
        out = json_object_new_object();
        json_object_object_foreach(v, key, val)
        {
            json_object_object_add(out, key, copy(val));
        }
        break;
    }
    return out;
}

hw_json_t *
hw_json_copy(const hw_json_t *v, apr_pool_t *p)
{
    return hw_json_own(copy(v), p);
}

hw_json_t *
hw_json_get(const hw_json_t *v, const char *key)
{
    hw_json_t *out = NULL;

    if (json_object_get_type(v) == json_type_object)
        json_object_object_get_ex(v, key, &out);
    return out;
}

const char *
hw_json_get_string(const hw_json_t *v, const char *key)
{
    return hw_json_string(hw_json_get(v, key), NULL);
}

void
hw_json_set(hw_json_t *obj, const char *key, hw_json_t *v)
{
    json_object_object_add(obj, key, v);
}

void
hw_json_set_string(hw_json_t *obj, const char *key, const char *s)
{
    hw_json_set(obj, key, s ? json_object_new_string(s) : NULL);
}

void
hw_json_set_int(hw_json_t *obj, const char *key, apr_int64_t n)
{
    hw_json_set(obj, key, json_object_new_int64(n));
}

void
hw_json_set_bool(hw_json_t *obj, const char *key, int yes)
{
    hw_json_set(obj, key, json_object_new_boolean(yes != 0));
}
