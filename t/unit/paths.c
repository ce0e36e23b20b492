/* SPDX-License-Identifier: Apache-2.0 */
/* Alternatives of a path: which one counts, and what is wrong with a text of them. */
#include "common/paths.h"

#include <string.h>

#include "common/result.h"
#include "t/lib/tap.h"

static const char payload[] =
    "{\"a\":\"one\",\"null\":null,\"blank\":\" \",\"no\":false,\"zero\":0,\"list\":[],"
    "\"deep\":{\"x-y\":\"two\"},\"odd||name\":\"three\",\"many\":[null,\"\",\"four\"]}";

static hw_scope_t
make_scope(apr_pool_t *p)
{
    hw_json_t *root, *headers;

    hw_json_parse(payload, strlen(payload), NULL, &root, NULL, NULL, p);
    hw_json_parse("{\"x-kind\":\"push\"}", 17, NULL, &headers, NULL, NULL, p);
    return (hw_scope_t){ .root = root, .element = root, .headers = headers };
}

static void
values(const hw_scope_t *scope, apr_pool_t *p)
{
    static const struct {
        const char *text, *want, *used;
    } rows[] = {
        { "$.a", "one", "$.a" },
        { "a", "one", "a" },
        { "$.none || $.a", "one", "$.a" },
        { "none||a", "one", "a" },
        { "$.null || $.blank || $.a || $.deep", "one", "$.a" },
        { "$.no || $.a", "false", "$.no" },
        { "$.zero || $.a", "0", "$.zero" },
        { "$.list || $.a", "one", "$.list" },
        { "$.many[*] || $.a", "four", "$.many[*]" },
        { "deep.x-y || a", "two", "deep.x-y" },
        { "$['odd||name'] || $.a", "three", "$['odd||name']" },
        { "$[?@ == 'one' || @ == 'x'] || $.zero", "one", "$[?@ == 'one' || @ == 'x']" },
        { "$headers.x-none || $headers.x-kind", "push", "$headers.x-kind" },
        { "@.none || @.a", "one", "@.a" },
        { "$.none || $.blank", NULL, NULL },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        apr_array_header_t *nodes;
        const hw_path_t *used;
        hw_paths_t *paths;

        if (hw_paths_compile(rows[i].text, &paths, NULL, p) != APR_SUCCESS) {
            ok(0, "%s compiles", rows[i].text);
            continue;
        }
        is(hw_paths_text(paths, scope, p), rows[i].want, "%s", rows[i].text);
        ok(hw_paths_eval(paths, scope, &nodes, &used, NULL, p) == APR_SUCCESS,
           "%s evaluates", rows[i].text);
        is(used != NULL ? hw_path_source(used) : NULL, rows[i].used, "and says which it was");
        is(hw_paths_source(paths), rows[i].text, "and its source");
    }
}

static void
mistakes(apr_pool_t *p)
{
    static const struct {
        const char *text;
        int offset;
    } rows[] = {
        { "$.a ||", 6 },
        { "|| $.a", 0 },
        { "$.a || || $.b", 7 },
        { "$.a ||  $.b[", 12 },
        { "$.a || $[?@.b ==]", 16 },
        { "a||$.a||$.a||$.a||$.a||$.a||$.a||$.a||$.a||$.a||$.a||$.a||$.a||$.a||$.a||$.a||$.z", 78 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        hw_result_t *res = hw_result_make(p);
        hw_paths_t *paths;

        ok(hw_paths_compile(rows[i].text, &paths, res, p) == APR_EINVAL, "%s is refused",
           rows[i].text);
        is(res->problem, "bad-path", "as a path");
        is_int((int)res->offset, rows[i].offset, "with the offset");
    }
}

int
main(void)
{
    apr_pool_t *p = tap_start();
    hw_scope_t scope = make_scope(p);

    values(&scope, p);
    mistakes(p);
    return tap_done();
}
