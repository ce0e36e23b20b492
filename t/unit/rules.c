/* SPDX-License-Identifier: Apache-2.0 */
/* Routing rules: what they set, in which order, and how bad ones are refused. */
#include "common/rules.h"

#include <string.h>

#include "common/endpoint.h"
#include "t/lib/tap.h"

static hw_json_t *
json(const char *text, apr_pool_t *p)
{
    hw_json_t *v = NULL;

    if (hw_json_parse(text, strlen(text), NULL, &v, NULL, NULL, p) != APR_SUCCESS)
        ok(0, "the test's own JSON: %s", text);
    return v;
}

static hw_rules_t *
compile(const char *text, apr_pool_t *p)
{
    hw_rules_t *rules = NULL;
    hw_result_t *res = hw_result_make(p);

    if (hw_rules_compile(json(text, p), &rules, res, p) != APR_SUCCESS)
        ok(0, "compiles: %s", hw_result_text(res, p));
    return rules;
}

static void
applies(apr_pool_t *p)
{
    hw_rules_t *preset = compile("[{\"path\":\"$.t\",\"regex\":\"^test$\",\"name\":\"test\","
                                 "\"overrides\":{\"drop\":true},\"stop\":true}]", p);
    hw_rules_t *own = compile("[{\"path\":\"host\",\"regex\":\"DB\",\"overrides\":"
                              "{\"board\":\"B1\",\"priority\":2,\"item\":null}},"
                              "{\"path\":\"@.n\",\"regex\":\"5\",\"overrides\":{\"board\":\"B2\"}},"
                              "{\"path\":\"$.none\",\"regex\":\".*\",\"overrides\":"
                              "{\"board\":\"never\"}}]", p);
    hw_rules_t *all = hw_rules_join(preset, own, p);
    hw_scope_t scope = { .root = json("{\"host\":\"my-db-1\",\"t\":\"x\"}", p),
                         .element = json("{\"n\":5}", p) };
    hw_rules_outcome_t out;
    hw_trace_t *trace = hw_trace_make(p);

    hw_rules_apply(all, &scope, &out, trace, p);
    is(out.overrides[HW_F_BOARD], "B2", "the later rule wins");
    is(out.overrides[HW_F_PRIORITY], "2", "a number becomes text");
    is(out.overrides[HW_F_ITEM], NULL, "null sets nothing");
    is(out.matched, "rule 1, rule 2", "the matched rules, numbered in their own list");
    is_int(out.drop, 0, "nothing dropped");
    is(hw_json_write(hw_trace_json(trace, p), p),
       "[{\"step\":\"rule\",\"outcome\":\"matched\",\"text\":\"rule 1 matches: sets priority, "
       "board.\"},{\"step\":\"rule\",\"outcome\":\"matched\",\"text\":\"rule 2 matches: sets "
       "board.\"}]", "the trace tells both");
    scope.root = json("{\"host\":\"db\",\"t\":\"TEST\"}", p);
    hw_rules_apply(all, &scope, &out, trace, p);
    is_int(out.drop, 1, "dropped, in any case");
    is(out.dropped_by, "test", "by the rule's name");
    is(out.overrides[HW_F_BOARD], NULL, "stop ends the list");
    hw_rules_apply(NULL, &scope, &out, trace, p);
    is(out.matched, NULL, "no rules, no match");
}

static void
refusals(apr_pool_t *p)
{
    static const struct {
        const char *rules, *text;
    } cases[] = {
        { "{}", "routing_rules: not a list of rules" },
        { "[1]", "routing_rules[0]: a rule is an object" },
        { "[{\"regex\":\"a\"}]", "routing_rules[0].path: a rule needs a path" },
        { "[{\"path\":\"$.a\"}]", "routing_rules[0].regex: a rule needs a regular expression" },
        { "[{\"path\":\"$.a\",\"regex\":\"x\",\"why\":1}]",
          "routing_rules[0].why: a rule has path, regex, overrides, stop and name" },
        { "[{\"path\":\"$.a\",\"regex\":\"x\",\"overrides\":{\"color\":\"red\"}}]",
          "routing_rules[0].overrides.color: there is no such ticket field" },
        { "[{\"path\":\"$.a\",\"regex\":\"x\",\"overrides\":{\"drop\":\"yes\"}}]",
          "routing_rules[0].overrides.drop: neither true nor false" },
        { "[{\"path\":\"$.a\",\"regex\":\"x\",\"overrides\":[]}]",
          "routing_rules[0].overrides: not an object" },
        { "[{\"path\":\"$.a\",\"regex\":\"x\",\"stop\":1}]",
          "routing_rules[0].stop: neither true nor false" },
        { "[{\"path\":\"$.a\",\"regex\":\"x\",\"name\":1}]", "routing_rules[0].name: not a text" },
    };
    hw_result_t *res = hw_result_make(p);
    hw_rules_t *rules;

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_result_reset(res);
        is_int(hw_rules_compile(json(cases[i].rules, p), &rules, res, p), APR_EINVAL,
               "%s is refused", cases[i].rules);
        is(hw_result_text(res, p), cases[i].text, "and told why");
    }
    hw_result_reset(res);
    hw_rules_compile(json("[{\"path\":\"$.a\",\"regex\":\"ok\"},{\"path\":\"$.a\",\"regex\":"
                          "\"a(b\"}]", p), &rules, res, p);
    is(res->problem, "bad-regex", "a bad regex");
    is(res->field, "routing_rules[1].regex", "its place");
    is_int(res->offset, 3, "its offset");
    hw_result_reset(res);
    hw_rules_compile(json("[{\"path\":\"$.a[\",\"regex\":\"x\"}]", p), &rules, res, p);
    is(res->problem, "bad-path", "a bad path");
    is(res->field, "routing_rules[0].path", "its place");
    is_int(res->offset, 4, "its offset");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    applies(p);
    refusals(p);
    return tap_done();
}
