/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions, templates and lists of them: values, and errors with their offsets. */
#include "common/map.h"

#include <string.h>

#include "t/lib/tap.h"

static const char payload[] =
    "{\"host\":\"web-1\",\"n\":7,\"zero\":0,\"no\":false,\"null\":null,\"blank\":\"  \",\"empty\":\"\","
    "\"list\":[\"a\",\"\",\"b\"],\"Job ID\":\"j 5\",\"deep\":{\"x\":{\"y\":\"z\"}},"
    "\"tags\":[{\"k\":\"a|b\",\"v\":\"1\"},{\"k\":\"}\",\"v\":\"2\"}]}";

static hw_map_env_t
make_env(apr_pool_t *p)
{
    hw_map_env_t env = { .monitor_name = "mon", .msg = NULL, .request_id = "r-1" };
    hw_json_t *root, *element, *headers;

    hw_json_parse(payload, strlen(payload), NULL, &root, NULL, NULL, p);
    hw_json_parse("{\"id\":3}", 8, NULL, &element, NULL, NULL, p);
    hw_json_parse("{\"x-kind\":\"push\"}", 17, NULL, &headers, NULL, NULL, p);
    env.scope = (hw_scope_t){ .root = root, .element = element, .headers = headers };
    return env;
}

static void
expressions(const hw_map_env_t *env, apr_pool_t *p)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "$.host", "web-1" },
        { " $.host ", "web-1" },
        { "$.host $.n", "web-1 7" },
        { "$.none $.n", "7" },
        { "$.zero", "0" },
        { "$.no", "false" },
        { "$.null", NULL },
        { "$.blank", NULL },
        { "$.empty $.host", "web-1" },
        { "$.list", "[\"a\",\"\",\"b\"]" },
        { "$.list[*]", "a, b" },
        { "$['Job ID']", "j 5" },
        { "$['Job ID'] of $.host", "j 5 of web-1" },
        { "@.id", "3" },
        { "@.id $.host", "3 web-1" },
        { "$headers.x-kind", "push" },
        { "$.deep..y", "z" },
        { "literal", NULL },
        { "", NULL },
        { "Prefix $.none", NULL },
        { "Prefix $.host", "Prefix web-1" },
        { "A $.none B $.host C", "B web-1 C" },
        { "$.none and $.none2", NULL },
        { "$.none || $.host", "web-1" },
        { "$.empty||$.n", "7" },
        { "$.none || $.null || $.blank", NULL },
        { "On $.none || At $.host", "At web-1" },
        { "$.none || fallback", NULL },
        { "$.tags[?@.k=='a|b'].v", "1" },
        { "$.tags[?@.k=='a|b' || @.k=='}'].v", "1, 2" },
        { "$.host: $.n", "web-1: 7" },
        { "$.none: $.n", "7" },
        { "Host {$.host}, number {$.n}", "Host web-1, number 7" },
        { "{$.none}-{$.host}", "-web-1" },
        { "{$.none} nothing", NULL },
        { "{$.none || $.host}!", "web-1!" },
        { "{$.tags[?@.k=='}'].v}", "2" },
        { "{$.none} x || {$.host} y", "web-1 y" },
        { "{@.id}", "3" },
        { "line {$.n}\\nline", "line 7\nline" },
        { "{\"json\": \"{$.host}\"}", "{\"json\": \"web-1\"}" },
        { "{{ monitor_name }}: {$.n}", "mon: 7" },
    };

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_expr_t *e = NULL;
        hw_result_t *res = hw_result_make(p);

        if (hw_expr_compile(cases[i].text, &e, res, p) != APR_SUCCESS) {
            ok(0, "%s compiles: %s", cases[i].text, hw_result_text(res, p));
            continue;
        }
        is(hw_expr_eval(e, env, p), cases[i].want, "%s", cases[i].text);
    }
}

static void
templates(const hw_map_env_t *env, apr_pool_t *p)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "plain", "plain" },
        { "", "" },
        { "{$.none}", "" },
        { "{{ monitor_name }} {{msg}} {{  request_id  }}", "mon  r-1" },
        { "{{ $.host }}/{{@.id}}", "web-1/3" },
        { "a || b | {$.n}", "a || b | 7" },
        { "$.host stays", "$.host stays" },
        { "{ $.host } stays", "{ $.host } stays" },
        { "{{ }} {{a b}} {x}", "{{ }} {{a b}} {x}" },
        { "a\\nb", "a\nb" },
        { "{$..y}", "z" },
    };

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_template_t *t = NULL;

        is_int(hw_template_compile(cases[i].text, &t, NULL, p), APR_SUCCESS, "compiles");
        is(hw_template_eval(t, env, p), cases[i].want, "template %s", cases[i].text);
    }
}

static void
errors(apr_pool_t *p)
{
    static const struct {
        const char *text, *problem;
        int offset;
    } cases[] = {
        { "$.host-name", "bad-path", 6 },
        { "ok $.list[", "bad-path", 10 },
        { "$.a || $.b-c", "bad-path", 10 },
        { "{$.a", "bad-expression", 4 },
        { "x {$.a || b}", "bad-expression", 10 },
        { "{$.a-b}", "bad-path", 4 },
        { "{$.a} {{ nobody }}", "bad-expression", 9 },
    };
    char *longer = apr_palloc(p, HW_MAX_EXPR + 2);
    hw_result_t *res = hw_result_make(p);
    hw_expr_t *e;

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_result_reset(res);
        is_int(hw_expr_compile(cases[i].text, &e, res, p), APR_EINVAL, "%s is refused",
               cases[i].text);
        is(res->problem, cases[i].problem, "%s: %s", cases[i].text, hw_result_text(res, p));
        is_int(res->offset, cases[i].offset, "%s: offset", cases[i].text);
    }
    memset(longer, 'x', HW_MAX_EXPR + 1);
    longer[HW_MAX_EXPR + 1] = '\0';
    hw_result_reset(res);
    is_int(hw_expr_compile(longer, &e, res, p), APR_EINVAL, "an endless expression is refused");
    is(res->detail, "longer than 4096 bytes", "and told so");
}

static void
list(const hw_map_env_t *env, const char *json, const char *want, apr_pool_t *p)
{
    hw_expr_list_t *l = NULL;
    hw_json_t *v;

    hw_json_parse(json, strlen(json), NULL, &v, NULL, NULL, p);
    is_int(hw_expr_list_compile(v, &l, NULL, p), APR_SUCCESS, "%s compiles", json);
    is(hw_expr_list_eval(l, env, p), want, "list %s", json);
}

static void
lists(const hw_map_env_t *env, apr_pool_t *p)
{
    hw_expr_list_t *l;
    hw_json_t *v;
    hw_result_t *res = hw_result_make(p);

    list(env, "\"$.host\"", "web-1", p);
    list(env, "\"$.host|$.n\"", "web-1|7", p);
    list(env, "\"$.host | $.none | $.n\"", "web-1||7", p);
    list(env, "\"$.none || $.host|$.n\"", "web-1|7", p);
    list(env, "\"$.none|$.null\"", NULL, p);
    list(env, "\"$.tags[?@.k=='a|b'].v|$.n\"", "1|7", p);
    list(env, "[\"$.host\",\"@.id\"]", "web-1|3", p);
    list(env, "[\"$.host\",\"\"]", "web-1|", p);
    hw_json_parse("[1]", 3, NULL, &v, NULL, NULL, p);
    is_int(hw_expr_list_compile(v, &l, res, p), APR_EINVAL, "a number is no expression");
    is(res->detail, "item 0 is not text", "told");
}

int
main(void)
{
    apr_pool_t *p = tap_start();
    hw_map_env_t env = make_env(p);

    expressions(&env, p);
    templates(&env, p);
    errors(p);
    lists(&env, p);
    return tap_done();
}
