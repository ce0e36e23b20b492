/* SPDX-License-Identifier: Apache-2.0 */
/* Trigger values: lists of texts, prefixes and expressions. */
#include "common/value.h"

#include <string.h>

#include "t/lib/tap.h"

static apr_array_header_t *
values(const char *json, hw_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *list = NULL;
    hw_json_t *v = NULL;

    hw_json_parse(json, strlen(json), NULL, &v, NULL, NULL, p);
    return hw_values_compile(v, &list, res, p) == APR_SUCCESS ? list : NULL;
}

static void
matches(apr_pool_t *p)
{
    static const struct {
        const char *list, *text;
        hw_match_e want;
    } cases[] = {
        { "\"down, up\"", "down", HW_MATCH_EXACT },
        { "\"down, up\"", "UP", HW_MATCH_CASELESS },
        { "\"down, up\"", "upper", HW_MATCH_NONE },
        { "\"down, up\"", "", HW_MATCH_NONE },
        { "\"No Data,x\"", "No Data", HW_MATCH_EXACT },
        { "\"0\"", "00", HW_MATCH_NONE },
        { "0", "0", HW_MATCH_EXACT },
        { "true", "true", HW_MATCH_EXACT },
        { "\"True\"", "true", HW_MATCH_CASELESS },
        { "\"Down*\"", "down (partial)", HW_MATCH_PATTERN },
        { "\"Down*\"", "Dow", HW_MATCH_NONE },
        { "\"*\"", "anything", HW_MATCH_PATTERN },
        { "\"*, ok\"", "ok", HW_MATCH_EXACT },
        { "\"~^s[0-2]$\"", "S1", HW_MATCH_PATTERN },
        { "\"~^s[0-2]$\"", "s12", HW_MATCH_NONE },
        { "[\"a,b\",\"~x{1,2}y\"]", "a,b", HW_MATCH_EXACT },
        { "[\"a,b\",\"~^x{1,2}y$\"]", "xxy", HW_MATCH_PATTERN },
        { "\"\"", "x", HW_MATCH_NONE },
        { "\", ,\"", "", HW_MATCH_NONE },
        { "null", "null", HW_MATCH_NONE },
        { "[1, null, \" two \"]", "two", HW_MATCH_EXACT },
    };

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        apr_array_header_t *list = values(cases[i].list, NULL, p);

        ok(list != NULL, "%s compiles", cases[i].list);
        is_int(hw_values_match(list, cases[i].text, p), cases[i].want, "%s against \"%s\"",
               cases[i].list, cases[i].text);
    }
}

static void
errors(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);

    ok(values("\"ok, ~a(b\"", res, p) == NULL, "a bad expression is refused");
    is(res->problem, "bad-regex", "as that");
    is_int(res->offset, 8, "its offset counts from the list's start");
    hw_result_reset(res);
    ok(values("\"a, ~\"", res, p) == NULL, "an empty expression is refused");
    is_int(res->offset, 3, "with its offset");
    is(res->detail, "a regular expression must follow ~", "and told why");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    matches(p);
    errors(p);
    return tap_done();
}
