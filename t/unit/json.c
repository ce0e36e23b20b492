/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: reading strictly and leniently, exact numbers, bounds, writing, text forms, copies. */
#include "common/json.h"

#include <apr_strings.h>
#include <math.h>
#include <string.h>

#include "t/lib/tap.h"

typedef struct {
    const char *text;
    const char *want; /* what is written again, or NULL: refused */
    int offset;       /* of a refused text */
} row_t;

static const row_t strict[] = {
    {"{}", "{}", 0},
    {"[]", "[]", 0},
    {" [ ] ", "[]", 0},
    {"\t{\n}\r\n", "{}", 0},
    {"null", "null", 0},
    {"true", "true", 0},
    {"false", "false", 0},
    {"\"\"", "\"\"", 0},
    {"[1,\"a\",null,true,{\"b\":[]}]", "[1,\"a\",null,true,{\"b\":[]}]", 0},
    {"{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}", 0},
    {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}", 0},
    {"{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":1,\"b\":2}", 0},
    {"\xef\xbb\xbf[1]", "[1]", 0},
    {"\"a/b\\/c\"", "\"a/b/c\"", 0},
    {"\"\\\"\\\\\\b\\f\\n\\r\\t\"", "\"\\\"\\\\\\b\\f\\n\\r\\t\"", 0},
    {"\"\\u0041\\u00e4\\u20AC\"", "\"A\xc3\xa4\xe2\x82\xac\"", 0},
    {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", 0},
    {"\"\\u0000x\"", "\"\\u0000x\"", 0},
    {"\"\\u001f\x7f\"", "\"\\u001f\x7f\"", 0},
    {"\"\\ud83d\"", "\"\xef\xbf\xbd\"", 0},
    {"\"\\ude00x\"", "\"\xef\xbf\xbdx\"", 0},
    {"\"\\ud83d\\ud83d\\ude00\"", "\"\xef\xbf\xbd\xf0\x9f\x98\x80\"", 0},
    {"\"\\ud83d\\u0041\"", "\"\xef\xbf\xbd\x41\"", 0},
    {"{\"a\\u0000b\":1}", "{\"a\xef\xbf\xbd\x62\":1}", 0},
    {"0", "0", 0},
    {"-0", "-0", 0},
    {"-1", "-1", 0},
    {"1.0", "1.0", 0},
    {"1.50", "1.50", 0},
    {"1E2", "1E2", 0},
    {"1e-2", "1e-2", 0},
    {"1e+2", "1e+2", 0},
    {"9223372036854775807", "9223372036854775807", 0},
    {"9223372036854775808", "9223372036854775808", 0},
    {"-9223372036854775808", "-9223372036854775808", 0},
    {"-9223372036854775809", "-9223372036854775809", 0},
    {"18446744073709551616", "18446744073709551616", 0},
    {"123456789012345678901234567890", "123456789012345678901234567890", 0},
    {"0.1000000000000000000000000001", "0.1000000000000000000000000001", 0},
    {"1e999", "1e999", 0},
    {"", NULL, 0},
    {"  ", NULL, 2},
    {"\xef\xbb\xbf", NULL, 3},
    {"{", NULL, 1},
    {"[", NULL, 1},
    {"[1", NULL, 2},
    {"[1,", NULL, 3},
    {"[1,]", NULL, 3},
    {"[,1]", NULL, 1},
    {"[1 2]", NULL, 3},
    {"[1}", NULL, 2},
    {"{\"a\"}", NULL, 4},
    {"{\"a\":}", NULL, 5},
    {"{\"a\":1,}", NULL, 7},
    {"{\"a\" 1}", NULL, 5},
    {"{a:1}", NULL, 1},
    {"{'a':1}", NULL, 1},
    {"{1:1}", NULL, 1},
    {"{\"a\":1 \"b\":2}", NULL, 7},
    {"[1]]", NULL, 3},
    {"{} x", NULL, 3},
    {"1 2", NULL, 2},
    {"nul", NULL, 0},
    {"nullx", NULL, 0},
    {"True", NULL, 0},
    {"tru\xc3\xa9", NULL, 0},
    {"NaN", NULL, 0},
    {"[-Infinity]", NULL, 2},
    {"+1", NULL, 0},
    {"01", NULL, 1},
    {"-01", NULL, 2},
    {"1.", NULL, 2},
    {".5", NULL, 0},
    {"[1.x]", NULL, 3},
    {"1e", NULL, 2},
    {"1e+", NULL, 3},
    {"[1ex]", NULL, 3},
    {"-", NULL, 1},
    {"0x1", NULL, 1},
    {"\"a", NULL, 2},
    {"\"a\\", NULL, 3},
    {"\"a\\\"", NULL, 4},
    {"\"\\x\"", NULL, 1},
    {"\"\\u12\"", NULL, 1},
    {"\"\\u12g4\"", NULL, 1},
    {"\"\\U0041\"", NULL, 1},
    {"\"a\nb\"", NULL, 2},
    {"\"a\tb\"", NULL, 2},
    {"\"\x01\"", NULL, 1},
    {"\"a\xff\"", NULL, 2},
    {"\"\xc3\"", NULL, 1},
    {"\"\xc0\x80\"", NULL, 1},
    {"\"ab\xed\xa0\x80\"", NULL, 3},
    {"\"\xf5\x80\x80\x80\"", NULL, 1},
    {"[\"x\",\"\xe2\x82\"]", NULL, 6},
    {"{\"a\xff\":1}", NULL, 3},
    {"// c\n1", NULL, 0},
    {"[1]/**/", NULL, 3},
    {"'a'", NULL, 0},
    {"\xfe\xff", NULL, 0},
    {"<html>", NULL, 0},
};

/* All of these are refused by strict reading. */
static const row_t lenient[] = {
    {"[1,]", "[1]", 0},
    {"[1, ]", "[1]", 0},
    {"{\"a\":1,}", "{\"a\":1}", 0},
    {"{\"a\":[1,2,],}", "{\"a\":[1,2]}", 0},
    {"{\"a\":}", "{\"a\":null}", 0},
    {"{\"a\": ,\"b\":1}", "{\"a\":null,\"b\":1}", 0},
    {"{\"a\":,}", "{\"a\":null}", 0},
    {"NaN", "null", 0},
    {"[NaN,Infinity,-Infinity,nan,-inf,+Infinity]", "[null,null,null,null,null,null]", 0},
    {"{\"v\":-nan}", "{\"v\":null}", 0},
    {"\"a\nb\tc\"", "\"a\\nb\\tc\"", 0},
    {"\"\x01\x1f\"", "\"\\u0001\\u001f\"", 0},
    {"\"C:\\temp\\x\"", "\"C:\\\\temp\\\\x\"", 0},
    {"\"C:\\Windows\\new\"", "\"C:\\\\Windows\\\\new\"", 0},
    {"\"\\\\srv\\share\"", "\"\\\\\\\\srv\\\\share\"", 0},
    {"\"100\\% \\\"x\\\"\"", "\"100\\\\% \\\"x\\\"\"", 0},
    {"\"\\u00e4 C:\\Users\"", "\"\xc3\xa4 C:\\\\Users\"", 0},
    {"\"C:\\users\\x\"", "\"C:\\\\users\\\\x\"", 0},
    {"[\"\\d\",\"a\\tb\"]", "[\"\\\\d\",\"a\\tb\"]", 0},
    {"\"a\xff\xfe\"", "\"a\xef\xbf\xbd\xef\xbf\xbd\"", 0},
    {"\"\xe2\x82\"", "\"\xef\xbf\xbd\xef\xbf\xbd\"", 0},
    {"{\"k\xff\":1}", "{\"k\xef\xbf\xbd\":1}", 0},
    {"{\"a\":1,,}", NULL, 7},
    {"[,]", NULL, 1},
    {"[1,,2]", NULL, 3},
    {"{,}", NULL, 1},
    {"{\"a\"}", NULL, 4},
    {"{\"a\":", NULL, 5},
    {"{\"a\": ", NULL, 6},
    {"[1", NULL, 2},
    {"\"a", NULL, 2},
    {"\"C:\\\"", NULL, 5},
    {"Nanx", NULL, 0},
    {"[Infinityx]", NULL, 1},
    {"[+1]", NULL, 1},
    {"'a'", NULL, 0},
    {"[01]", NULL, 2},
    {"hello", NULL, 0},
    {"", NULL, 0},
};

static const char *
label(const char *s, apr_pool_t *p)
{
    return hw_json_write(hw_json_own(json_object_new_string(s), p), p);
}

static void
check_rows(const row_t *rows, size_t n, int is_lenient, apr_pool_t *p)
{
    hw_json_opts_t opts = {.lenient = is_lenient};
    const char *how = is_lenient ? "leniently" : "strictly";

    for (size_t i = 0; i < n; i++) {
        hw_result_t *res = hw_result_make(p);
        const char *text = rows[i].text;
        apr_size_t len = strlen(text);
        char *exact = malloc(len ? len : 1); /* no NUL behind it: reading beyond shows */
        int repaired = -1;
        hw_json_t *v;
        apr_status_t rv;

        memcpy(exact, text, len);
        rv = hw_json_parse(exact, len, &opts, &v, &repaired, res, p);
        if (!is_lenient)
            is_int(hw_json_valid(exact, len, p), rv == APR_SUCCESS, "a look at %s says so too",
                   label(text, p));
        free(exact);
        if (rows[i].want != NULL) {
            is(rv == APR_SUCCESS ? hw_json_write(v, p) : hw_result_text(res, p), rows[i].want,
               "%s reads %s", label(text, p), how);
            is_int(repaired, is_lenient, "... and is %srepaired", is_lenient ? "" : "not ");
        } else {
            ok(rv == APR_EINVAL && v == NULL && res->offset == rows[i].offset &&
                   strcmp(res->problem, "bad-json") == 0,
               "%s is refused %s at %d: %s", label(text, p), how, rows[i].offset,
               hw_result_text(res, p));
        }
    }
}

static hw_json_t *
read_json(const char *text, apr_pool_t *p)
{
    hw_json_t *v = NULL;

    hw_json_parse(text, strlen(text), NULL, &v, NULL, NULL, p);
    return v;
}

static void
check_lenient_on_good_text(apr_pool_t *p)
{
    static const char text[] = "{\"a\":[1,2.50,\"\\\\srv\\\\x\\ty\",null],\"b\":{}}";
    hw_json_opts_t opts = {.lenient = 1};
    int repaired = 1;
    hw_json_t *v;

    hw_json_parse(text, strlen(text), &opts, &v, &repaired, NULL, p);
    is(hw_json_write(v, p), text, "lenient reading leaves good text as it is");
    is_int(repaired, 0, "... and says so");
}

static void
check_types(apr_pool_t *p)
{
    hw_json_t *v = read_json("[9223372036854775807,9223372036854775808,1.0,-0,1e999]", p);
    hw_json_t *big = json_object_array_get_idx(v, 1);

    ok(json_object_is_type(json_object_array_get_idx(v, 0), json_type_int), "int64 is an int");
    ok(json_object_is_type(big, json_type_double), "beyond int64 is a double");
    ok(json_object_get_double(big) == 9223372036854775808.0, "... with its value");
    is(json_object_to_json_string(big), "9223372036854775808",
       "json-c's own writer gives the source text too");
    ok(signbit(json_object_get_double(json_object_array_get_idx(v, 3))), "-0 keeps its sign");
    ok(isinf(json_object_get_double(json_object_array_get_idx(v, 4))), "1e999 is infinite");
}

static apr_status_t
parse_bounded(const char *text, hw_json_opts_t opts, hw_result_t *res, apr_pool_t *p)
{
    hw_json_t *v;

    return hw_json_parse(text, strlen(text), &opts, &v, NULL, res, p);
}

static char *
repeat(const char *s, int n, apr_pool_t *p)
{
    apr_size_t len = strlen(s);
    char *out = apr_palloc(p, len * (apr_size_t)n + 1), *at = out;

    for (int i = 0; i < n; i++, at += len)
        memcpy(at, s, len);
    *at = '\0';
    return out;
}

static void
check_bounds(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    const char *deep128 = apr_pstrcat(p, repeat("[", 128, p), repeat("]", 128, p), NULL);
    const char *deep129 = apr_pstrcat(p, repeat("[", 129, p), repeat("]", 129, p), NULL);
    const char *objects = apr_pstrcat(p, "[", repeat("{},", 200000, p), "{}]", NULL);

    is_int(parse_bounded(deep128, (hw_json_opts_t){0}, res, p), APR_SUCCESS, "128 levels");
    is_int(parse_bounded(deep129, (hw_json_opts_t){0}, res, p), APR_ENOSPC, "not 129");
    is(hw_result_text(res, p), "nested too deeply at offset 128", "... and where");
    is(res->problem, "too-large", "... by its slug");
    is_int(parse_bounded(repeat("[", 2000000, p), (hw_json_opts_t){.max_depth = 1 << 30}, res, p),
           APR_ENOSPC, "no caller may ask for a depth the stack does not hold");
    is_int(parse_bounded("[1,2,3]", (hw_json_opts_t){.max_nodes = 4}, res, p), APR_SUCCESS,
           "four values");
    is_int(parse_bounded("[1,2,3,4]", (hw_json_opts_t){.max_nodes = 4}, res, p), APR_ENOSPC,
           "not five");
    is(hw_result_text(res, p), "too many values at offset 7", "... and where");
    is_int(parse_bounded(objects, (hw_json_opts_t){0}, res, p), APR_ENOSPC,
           "empty objects count for the memory they take");
    ok(hw_json_valid(deep128, strlen(deep128), p) && !hw_json_valid(deep129, strlen(deep129), p) &&
           !hw_json_valid(objects, strlen(objects), p),
       "a look knows the bounds");
    is_int(parse_bounded("[1234]", (hw_json_opts_t){.max_bytes = 6}, res, p), APR_SUCCESS,
           "six bytes");
    is_int(parse_bounded("[12345]", (hw_json_opts_t){.max_bytes = 6}, res, p), APR_ENOSPC,
           "not seven");
    is(hw_result_text(res, p), "longer than 6 bytes", "... and why");
}

static void
check_text(apr_pool_t *p)
{
    static const char *const rows[][2] = {
        {"\"a b\"", "a b"},
        {"1", "1"},
        {"-7", "-7"},
        {"1.0", "1"},
        {"1e2", "100"},
        {"1.5", "1.5"},
        {"1.50", "1.50"},
        {"-12.50e1", "-125"},
        {"100.0", "100"},
        {"0.0", "0"},
        {"-0", "0"},
        {"-0.0", "0"},
        {"0e5", "0"},
        {"120e-1", "12"},
        {"123e-1", "123e-1"},
        {"0.5e1", "5"},
        {"0.001e3", "1"},
        {"1e-2", "1e-2"},
        {"10e-400", "10e-400"},
        {"1e39", "1000000000000000000000000000000000000000"},
        {"1e400", "1e400"},
        {"1e99999999999999999999", "1e99999999999999999999"},
        {"true", "true"},
        {"false", "false"},
        {"[1, 2.0]", "[1,2.0]"},
        {"{\"a\" : null}", "{\"a\":null}"},
        {"18446744073709551617", "18446744073709551617"},
        {"123456789012345678901234567890123456789012345",
         "123456789012345678901234567890123456789012345"},
        {"12345678901234567890.00", "12345678901234567890"},
        {"\"a\\u0000b\\u0000\"", "a\xef\xbf\xbd" "b\xef\xbf\xbd"},
        {"\"\\u0000\"", "\xef\xbf\xbd"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        is(hw_json_text(read_json(rows[i][0], p), p), rows[i][1], "%s as text", rows[i][0]);
    is(hw_json_text(NULL, p), NULL, "null has no text");
    is(hw_json_number_text(read_json("1.50", p), p), "1.50", "a number's own text");
    is(hw_json_number_text(read_json("\"1\"", p), p), NULL, "a string is no number");
}

static void
check_write(apr_pool_t *p)
{
    hw_json_t *obj = hw_json_own(json_object_new_object(), p);

    hw_json_set_string(obj, "s", "a/\"\xff");
    hw_json_set_string(obj, "none", NULL);
    hw_json_set_int(obj, "n", APR_INT64_C(-9007199254740993));
    hw_json_set_bool(obj, "b", 7);
    hw_json_set(obj, "d", json_object_new_double(0.1));
    hw_json_set(obj, "whole", json_object_new_double(3));
    hw_json_set(obj, "nan", json_object_new_double(NAN));
    hw_json_set(obj, "u", json_object_new_uint64(18446744073709551615u));
    hw_json_set(obj, "empty", json_object_new_array());
    is(hw_json_write(obj, p),
       "{\"s\":\"a/\\\"\xef\xbf\xbd\",\"none\":null,\"n\":-9007199254740993,\"b\":true,"
       "\"d\":0.1,\"whole\":3.0,\"nan\":null,\"u\":18446744073709551615,\"empty\":[]}",
       "writing: slashes as they are, valid UTF-8, shortest doubles");
    is(hw_json_write_pretty(read_json("{\"a\":[1,{\"b\":2}],\"c\":{},\"d\":[]}", p), p),
       "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}",
       "pretty writing");
    is(hw_json_write(NULL, p), "null", "null");
}

static void
check_members(apr_pool_t *p)
{
    hw_json_t *v = read_json("{\"a\":\"x\",\"n\":1,\"z\":null,\"u\":\"a\\u0000b\"}", p);
    apr_size_t len = 99;

    is(hw_json_get_string(v, "a"), "x", "a string member");
    is(hw_json_get_string(v, "n"), NULL, "a number is no string");
    ok(hw_json_get(v, "z") == NULL && hw_json_get(v, "none") == NULL, "null and absent");
    ok(hw_json_get(NULL, "a") == NULL && hw_json_get(read_json("[1]", p), "a") == NULL,
       "no object, no members");
    hw_json_string(hw_json_get(v, "u"), &len);
    is_int(len, 3, "a string's length counts U+0000");
    ok(hw_json_string(NULL, &len) == NULL && len == 0, "null is no string");
}

static void
check_copy(apr_pool_t *p)
{
    static const char text[] = "{\"a\":[1.50,18446744073709551617,\"x\\u0000y\",null,true,-0,{}]}";
    apr_pool_t *first;
    hw_json_t *copy;

    apr_pool_create(&first, p);
    copy = hw_json_copy(read_json(text, first), p);
    apr_pool_destroy(first);
    is(hw_json_write(copy, p), text, "a copy outlives its source, number texts included");
    ok(hw_json_copy(NULL, p) == NULL, "a copy of null");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    check_rows(strict, sizeof(strict) / sizeof(strict[0]), 0, p);
    check_rows(lenient, sizeof(lenient) / sizeof(lenient[0]), 1, p);
    check_lenient_on_good_text(p);
    check_types(p);
    check_bounds(p);
    check_text(p);
    check_write(p);
    check_members(p);
    check_copy(p);
    return tap_done();
}
