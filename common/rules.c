/* SPDX-License-Identifier: Apache-2.0 */
/* Routing rules: compiled when configuration loads, applied to one element. */
#include "common/rules.h"

#include <apr_strings.h>
#include <string.h>

#include "common/endpoint.h"
#include "common/map.h"
#include "common/paths.h"
#include "common/result.h"
#include "common/text.h"

#define RULES_MAX 500       /* rules of one endpoint */
#define OVERRIDE_MAX 2048   /* bytes of one override's text */

typedef struct {
    const char *label; /* its name, else "rule 2" */
    hw_paths_t *path;
    hw_rx_t *rx;
    const char *overrides[HW_F_COUNT];
    int drop;          /* -1 = not said */
    int stop;
} rule_t;

struct hw_rules_t {
    apr_array_header_t *rules; /* of rule_t */
};

static const char *
place(int index, const char *member, apr_pool_t *p)
{
    return apr_psprintf(p, "routing_rules[%d]%s%s", index, member[0] != '\0' ? "." : "", member);
}

static apr_status_t
bad(hw_result_t *res, const char *problem, int index, const char *member, const char *why,
    apr_pool_t *p)
{
    return hw_fail_field(res, APR_EINVAL, problem, place(index, member, p), "%s", why);
}

static int
is_flag(const hw_json_t *v)
{
    return json_object_is_type(v, json_type_boolean) || json_object_is_type(v, json_type_null);
}

static int
field_of(const char *name)
{
    for (int i = 0; i < HW_F_COUNT; i++)
        if (strcmp(hw_field_names[i], name) == 0)
            return i;
    return -1;
}

static apr_status_t
compile_override(rule_t *rule, int index, const char *key, const hw_json_t *v, hw_result_t *res,
                 apr_pool_t *p)
{
    const char *member = apr_pstrcat(p, "overrides.", key, NULL);
    int field = field_of(key);

    if (strcmp(key, "drop") == 0) {
        if (!is_flag(v))
            return bad(res, "bad-type", index, member, "neither true nor false", p);
        if (v != NULL)
            rule->drop = json_object_get_boolean(v);
        return APR_SUCCESS;
    }
    if (field < 0)
        return bad(res, "unknown-field", index, member, "there is no such ticket field", p);
    if (json_object_is_type(v, json_type_array) || json_object_is_type(v, json_type_object))
        return bad(res, "bad-type", index, member, "not a text", p);
    rule->overrides[field] = hw_json_text(v, p);
    if (rule->overrides[field] != NULL && strlen(rule->overrides[field]) > OVERRIDE_MAX)
        return bad(res, "too-long", index, member, "longer than 2048 bytes", p);
    return APR_SUCCESS;
}

static apr_status_t
compile_overrides(rule_t *rule, int index, const hw_json_t *v, hw_result_t *res, apr_pool_t *p)
{
    apr_status_t rv;

    if (v == NULL)
        return APR_SUCCESS;
    if (!json_object_is_type(v, json_type_object))
        return bad(res, "bad-type", index, "overrides", "not an object", p);
    json_object_object_foreach((hw_json_t *)v, key, value)
    {
        if ((rv = compile_override(rule, index, key, value, res, p)) != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

static apr_status_t
compile_match(rule_t *rule, int index, const hw_json_t *v, hw_result_t *res, apr_pool_t *p)
{
    const char *path = hw_json_get_string(v, "path"), *regex = hw_json_get_string(v, "regex");
    apr_status_t rv;

    if (hw_text_blank(path))
        return bad(res, "required", index, "path", "a rule needs a path", p);
    if (regex == NULL || regex[0] == '\0')
        return bad(res, "required", index, "regex", "a rule needs a regular expression", p);
    if (strlen(path) > HW_MAX_EXPR)
        return bad(res, "too-long", index, "path", "longer than 4096 bytes", p);
    if (strlen(regex) > HW_MAX_EXPR)
        return bad(res, "too-long", index, "regex", "longer than 4096 bytes", p);
    rv = hw_paths_compile(path, &rule->path, res, p);
    if (rv != APR_SUCCESS) {
        hw_result_in_field(res, place(index, "path", p));
        return rv;
    }
    rv = hw_rx_compile(regex, strlen(regex), HW_RX_RULE, &rule->rx, res, p);
    if (rv != APR_SUCCESS)
        hw_result_in_field(res, place(index, "regex", p));
    return rv;
}

static apr_status_t
check_members(int index, const hw_json_t *v, hw_result_t *res, apr_pool_t *p)
{
    static const char *const known[] = { "path", "regex", "overrides", "stop", "name", NULL };

    if (!json_object_is_type(v, json_type_object))
        return bad(res, "bad-type", index, "", "a rule is an object", p);
    json_object_object_foreach((hw_json_t *)v, key, value)
    {
        int i = 0;

        (void)value;
        while (known[i] != NULL && strcmp(known[i], key) != 0)
            i++;
        if (known[i] == NULL)
            return bad(res, "unknown-field", index, key,
                       "a rule has path, regex, overrides, stop and name", p);
    }
    return APR_SUCCESS;
}

static apr_status_t
compile_rule(rule_t *rule, int index, const hw_json_t *v, hw_result_t *res, apr_pool_t *p)
{
    const hw_json_t *name, *stop;
    apr_status_t rv;

    if ((rv = check_members(index, v, res, p)) != APR_SUCCESS)
        return rv;
    name = hw_json_get(v, "name");
    stop = hw_json_get(v, "stop");
    if (name != NULL && !json_object_is_type(name, json_type_string))
        return bad(res, "bad-type", index, "name", "not a text", p);
    if (!is_flag(stop))
        return bad(res, "bad-type", index, "stop", "neither true nor false", p);
    rule->label = hw_text_trim(hw_json_get_string(v, "name"), p);
    if (hw_text_blank(rule->label))
        rule->label = apr_psprintf(p, "rule %d", index + 1);
    else
        rule->label = hw_text_cut(rule->label, 100, p);
    rule->drop = -1;
    rule->stop = stop != NULL && json_object_get_boolean(stop);
    if ((rv = compile_match(rule, index, v, res, p)) != APR_SUCCESS)
        return rv;
    return compile_overrides(rule, index, hw_json_get(v, "overrides"), res, p);
}

apr_status_t
hw_rules_compile(const hw_json_t *v, hw_rules_t **out, hw_result_t *res, apr_pool_t *p)
{
    hw_rules_t *rules = apr_palloc(p, sizeof(*rules));
    apr_status_t rv;

    rules->rules = apr_array_make(p, 4, sizeof(rule_t));
    *out = rules;
    if (v == NULL)
        return APR_SUCCESS;
    if (!json_object_is_type(v, json_type_array))
        return hw_fail_field(res, APR_EINVAL, "bad-type", "routing_rules", "not a list of rules");
    if (json_object_array_length(v) > RULES_MAX)
        return hw_fail_field(res, APR_EINVAL, "out-of-range", "routing_rules",
                             "more than %d rules", RULES_MAX);
    for (int i = 0; i < (int)json_object_array_length(v); i++) {
        rule_t *rule = memset(apr_array_push(rules->rules), 0, sizeof(*rule));

        rv = compile_rule(rule, i, json_object_array_get_idx(v, (size_t)i), res, p);
        if (rv != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

hw_rules_t *
hw_rules_join(const hw_rules_t *a, const hw_rules_t *b, apr_pool_t *p)
{
    hw_rules_t *joined = apr_palloc(p, sizeof(*joined));

    joined->rules = apr_array_make(p, 4, sizeof(rule_t));
    if (a != NULL)
        apr_array_cat(joined->rules, a->rules);
    if (b != NULL)
        apr_array_cat(joined->rules, b->rules);
    return joined;
}

/* "board, priority, drop" */
static const char *
what_it_does(const rule_t *rule, apr_pool_t *p)
{
    hw_buf_t b;

    hw_buf_init(&b, p);
    for (int i = 0; i < HW_F_COUNT; i++)
        if (rule->overrides[i] != NULL)
            hw_buf_printf(&b, "%s%s", b.len > 0 ? ", " : "sets ", hw_field_names[i]);
    if (rule->drop == 1)
        hw_buf_printf(&b, "%sdrops the event", b.len > 0 ? ", " : "");
    return b.len > 0 ? b.s : "sets nothing";
}

static void
apply_rule(const rule_t *rule, hw_rules_outcome_t *out, hw_trace_t *trace, apr_pool_t *p)
{
    for (int i = 0; i < HW_F_COUNT; i++)
        if (rule->overrides[i] != NULL)
            out->overrides[i] = rule->overrides[i];
    if (rule->drop >= 0) {
        out->drop = rule->drop;
        out->dropped_by = rule->drop ? rule->label : NULL;
    }
    out->matched = out->matched == NULL ? rule->label
                                        : apr_pstrcat(p, out->matched, ", ", rule->label, NULL);
    hw_trace_add(trace, "rule", rule->drop == 1 ? "dropped" : "matched", "%s matches: %s%s.",
                 rule->label, what_it_does(rule, p), rule->stop ? "; no further rules" : "");
}

void
hw_rules_apply(const hw_rules_t *rules, const hw_scope_t *scope, hw_rules_outcome_t *out,
               hw_trace_t *trace, apr_pool_t *p)
{
    memset(out, 0, sizeof(*out));
    for (int i = 0; rules != NULL && i < rules->rules->nelts; i++) {
        const rule_t *rule = &APR_ARRAY_IDX(rules->rules, i, rule_t);
        const char *text = hw_paths_any_text(rule->path, scope, p);
        int yes = 0;

        if (text == NULL)
            continue;
        if (hw_rx_match(rule->rx, text, strlen(text), &yes, NULL, p) != APR_SUCCESS) {
            hw_trace_add(trace, "rule", "limit",
                         "%s gave up: its regular expression needs too many steps on this text.",
                         rule->label);
            continue;
        }
        if (!yes)
            continue;
        apply_rule(rule, out, trace, p);
        if (rule->stop)
            return;
    }
}
