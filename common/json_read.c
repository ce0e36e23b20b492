/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader: RFC 8259, or mending what senders are known to break. */
#include <stdlib.h>
#include <string.h>

#include "common/json_read.h"
#include "common/result.h"

/* Reading recurses once per nested container; no caller may raise the bound above this. */
#define DEPTH_CEILING     1024
#define HW_JR_REPLACEMENT 0xfffd

static apr_status_t read_value(hw_jr_t *rd, hw_json_t **out);

static apr_status_t
too_large(hw_jr_t *rd, const char *what)
{
    return hw_fail_at(rd->res, APR_ENOSPC, "too-large", NULL, (apr_off_t)rd->at, "%s", what);
}

static void
skip_blanks(hw_jr_t *rd)
{
    while (rd->at < rd->len && strchr(" \t\n\r", rd->s[rd->at]) && rd->s[rd->at] != '\0')
        rd->at++;
}

/* Takes word off the text when it stands here as a whole word. */
static int
take_word(hw_jr_t *rd, const char *word, int any_case)
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
take_non_number(hw_jr_t *rd)
{
    apr_size_t from = rd->at;

    if (!rd->lenient)
        return 0;
    if (hw_jr_peek(rd) == '-' || hw_jr_peek(rd) == '+')
        rd->at++;
    if (take_word(rd, "nan", 1) || take_word(rd, "infinity", 1) || take_word(rd, "inf", 1)) {
        rd->repaired = 1;
        return 1;
    }
    rd->at = from;
    return 0;
}

static apr_status_t
read_word(hw_jr_t *rd, hw_json_t **out)
{
    *out = NULL;
    if (take_word(rd, "null", 0))
        return APR_SUCCESS;
    if (take_word(rd, "true", 0))
        *out = rd->skim ? NULL : json_object_new_boolean(1);
    else if (take_word(rd, "false", 0))
        *out = rd->skim ? NULL : json_object_new_boolean(0);
    else if (!take_non_number(rd))
        return hw_jr_bad(rd, rd->at, "a value was expected");
    return APR_SUCCESS;
}

/* After an element: takes "," or the closing byte. *done when closed. */
static apr_status_t
read_separator(hw_jr_t *rd, char close, int *done)
{
    int c;

    skip_blanks(rd);
    c = hw_jr_peek(rd);
    if (c != ',' && c != close)
        return hw_jr_bad(rd, rd->at,
                         close == ']' ? "\",\" or \"]\" was expected"
                                      : "\",\" or \"}\" was expected");
    rd->at++;
    *done = c == close;
    if (*done || !rd->lenient)
        return APR_SUCCESS;
    skip_blanks(rd);
    if (hw_jr_peek(rd) == close) { /* a trailing comma */
        rd->at++;
        rd->repaired = 1;
        *done = 1;
    }
    return APR_SUCCESS;
}

static apr_status_t
read_array(hw_jr_t *rd, hw_json_t *array)
{
    apr_status_t rv = APR_SUCCESS;
    hw_json_t *v;
    int done;

    rd->at++;
    skip_blanks(rd);
    done = hw_jr_peek(rd) == ']';
    rd->at += (apr_size_t)done;
    while (!done && rv == APR_SUCCESS) {
        rv = read_value(rd, &v);
        if (rv == APR_SUCCESS) {
            if (!rd->skim)
                json_object_array_add(array, v);
            rv = read_separator(rd, ']', &done);
        }
    }
    return rv;
}

/* json-c ends a key at a NUL byte: U+0000 in a key reads as U+FFFD, so that keys stay apart. */
static const char *
key_of(hw_jr_t *rd, apr_pool_t *p)
{
    apr_size_t len;
    const char *s = hw_jr_text(rd, &len);
    hw_buf_t b;

    if (memchr(s, '\0', len) == NULL)
        return s;
    hw_buf_init(&b, p);
    for (apr_size_t i = 0; i < len; i++) {
        if (s[i] != '\0')
            hw_buf_addc(&b, s[i]);
        else
            hw_buf_add_utf8(&b, HW_JR_REPLACEMENT);
    }
    return b.s;
}

/* "key" : value, added to object. */
static apr_status_t
read_member(hw_jr_t *rd, hw_json_t *object)
{
    hw_json_t *v = NULL;
    apr_status_t rv;
    char *key = NULL;

    skip_blanks(rd);
    if (hw_jr_peek(rd) != '"')
        return hw_jr_bad(rd, rd->at, "a member name in quotes was expected");
    if ((rv = hw_jr_string(rd)) != APR_SUCCESS)
        return rv;
    if (!rd->skim && (key = strdup(key_of(rd, rd->text.p))) == NULL)
        return APR_ENOMEM;
    skip_blanks(rd);
    if (hw_jr_peek(rd) != ':') {
        rv = hw_jr_bad(rd, rd->at, "\":\" was expected");
        goto leave;
    }
    rd->at++;
    skip_blanks(rd);
    if (rd->lenient && (hw_jr_peek(rd) == ',' || hw_jr_peek(rd) == '}'))
        rd->repaired = 1; /* nothing after the colon: null */
    else
        rv = read_value(rd, &v);
    if (rv == APR_SUCCESS && !rd->skim)
        json_object_object_add(object, key, v);
leave:
    free(key);
    return rv;
}

static apr_status_t
read_object(hw_jr_t *rd, hw_json_t *object)
{
    apr_status_t rv = APR_SUCCESS;
    int done;

    rd->at++;
    skip_blanks(rd);
    done = hw_jr_peek(rd) == '}';
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
read_container(hw_jr_t *rd, hw_json_t **out)
{
    int object = hw_jr_peek(rd) == '{';
    hw_json_t *v = NULL;
    apr_status_t rv;

    if (rd->depth-- <= 0)
        return too_large(rd, "nested too deeply");
    if (object && (rd->nodes -= HW_JSON_OBJECT_NODES - 1) < 0)
        return too_large(rd, "too many values");
    if (!rd->skim)
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
read_value(hw_jr_t *rd, hw_json_t **out)
{
    apr_status_t rv;
    apr_size_t len;
    const char *s;
    int c;

    *out = NULL;
    skip_blanks(rd);
    if (rd->nodes-- <= 0)
        return too_large(rd, "too many values");
    c = hw_jr_peek(rd);
    if (c == '{' || c == '[')
        return read_container(rd, out);
    if (c == '"') {
        if ((rv = hw_jr_string(rd)) != APR_SUCCESS || rd->skim)
            return rv;
        s = hw_jr_text(rd, &len);
        *out = json_object_new_string_len(s, (int)len);
        return APR_SUCCESS;
    }
    if (take_non_number(rd))
        return APR_SUCCESS;
    if (c == '-' || (c >= '0' && c <= '9'))
        return hw_jr_number(rd, out);
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

/* A BOM, a value, and nothing behind it. */
static apr_status_t
read_text(hw_jr_t *rd, const hw_json_opts_t *o, hw_json_t **out, apr_pool_t *p)
{
    apr_status_t rv;

    if (rd->len > o->max_bytes)
        return hw_fail(rd->res, APR_ENOSPC, "too-large", "longer than %" APR_SIZE_T_FMT " bytes",
                       o->max_bytes);
    hw_buf_init(&rd->text, p);
    if (rd->len >= 3 && memcmp(rd->s, "\xef\xbb\xbf", 3) == 0)
        rd->at = 3;
    rv = read_value(rd, out);
    skip_blanks(rd);
    if (rv == APR_SUCCESS && rd->at < rd->len)
        rv = hw_jr_bad(rd, rd->at, "something follows the value");
    return rv;
}

apr_status_t
hw_json_parse(const char *text, apr_size_t len, const hw_json_opts_t *opts, hw_json_t **out,
              int *repaired, hw_result_t *res, apr_pool_t *p)
{
    hw_json_opts_t o = effective(opts);
    hw_jr_t rd = {.s = text,
                  .len = len,
                  .lenient = o.lenient,
                  .depth = o.max_depth,
                  .nodes = o.max_nodes,
                  .res = res};
    hw_json_t *v = NULL;
    apr_status_t rv = read_text(&rd, &o, &v, p);

    *out = NULL;
    if (repaired != NULL)
        *repaired = 0;
    if (rv != APR_SUCCESS) {
        json_object_put(v);
        return rv;
    }
    *out = hw_json_own(v, p);
    if (repaired != NULL)
        *repaired = rd.repaired;
    return APR_SUCCESS;
}

int
hw_json_valid(const char *text, apr_size_t len, apr_pool_t *ptemp)
{
    hw_json_opts_t o = effective(NULL);
    hw_jr_t rd = {.s = text, .len = len, .depth = o.max_depth, .nodes = o.max_nodes, .skim = 1};
    hw_json_t *none;

    return read_text(&rd, &o, &none, ptemp) == APR_SUCCESS;
}
