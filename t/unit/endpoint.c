/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint documents: the normal form, refusals, and what is compiled from them. */
#include "common/endpoint.h"

#include <apr_strings.h>
#include <string.h>

#include "common/preset.h"
#include "t/lib/tap.h"

static hw_json_t *
json(const char *text, apr_pool_t *p)
{
    hw_json_t *v = NULL;

    if (hw_json_parse(text, strlen(text), NULL, &v, NULL, NULL, p) != APR_SUCCESS)
        ok(0, "the test's own JSON: %s", text);
    return v;
}

static void
normal_forms(apr_pool_t *p)
{
    static const struct {
        const char *doc, *want;
    } cases[] = {
        { "{\"name\":\"a\"}", "{\"name\":\"a\"}" },
        { "{\"name\":\"a\",\"board\":null,\"json_mapping\":\" \"}", "{\"name\":\"a\"}" },
        { "{\"name\":\"a\",\"is_enabled\":\"\",\"timeout_hours\":\" \",\"hmac_secret\":\"\","
          "\"ticket_prefix\":\"\",\"close_value\":\"\"}",
          "{\"name\":\"a\",\"ticket_prefix\":\"\",\"close_value\":\"\"}" },
        { "{\"name\":\"a\",\"is_enabled\":1,\"is_draft\":\"0\",\"ai_rca_enabled\":\"False\","
          "\"is_pinned\":\"on\"}",
          "{\"name\":\"a\",\"is_enabled\":true,\"is_draft\":false,\"ai_rca_enabled\":false,"
          "\"is_pinned\":true}" },
        { "{\"name\":\"a\",\"timeout_hours\":\"12\",\"success_code\":200.0,\"display_order\":-3}",
          "{\"name\":\"a\",\"timeout_hours\":12,\"success_code\":200,\"display_order\":-3}" },
        { "{\"name\":\"a\",\"open_value\":0,\"close_value\":true,\"customer_id_default\":412}",
          "{\"name\":\"a\",\"open_value\":\"0\",\"close_value\":\"true\","
          "\"customer_id_default\":\"412\"}" },
        { "{\"name\":\"a\",\"json_mapping\":\"{\\\"summary\\\": \\\"$.x\\\"}\","
          "\"routing_rules\":\"[]\",\"maintenance_windows\":\"null\"}",
          "{\"name\":\"a\",\"json_mapping\":{\"summary\":\"$.x\"},\"routing_rules\":[]}" },
        { "{\"name\":\"a\",\"open_value\":[1,\"two\"],\"dedup_key\":[\"$.a\",\"$.b\"]}",
          "{\"name\":\"a\",\"open_value\":[\"1\",\"two\"],\"dedup_key\":[\"$.a\",\"$.b\"]}" },
        { "{\"name\":\"a\",\"auth\":[],\"notify\":null,\"agent\":\"\"}",
          "{\"name\":\"a\",\"agent\":\"\"}" },
        { "{\"name\":\"a\",\"id\":\"Ab-9_\",\"trusted_ips\":\"192.0.2.0/24, 2001:db8::1\"}",
          "{\"name\":\"a\",\"id\":\"Ab-9_\",\"trusted_ips\":\"192.0.2.0/24, 2001:db8::1\"}" },
    };

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hw_result_t *res = hw_result_make(p);
        hw_json_t *normal = NULL;

        if (hw_endpoint_check(json(cases[i].doc, p), &normal, res, p) != APR_SUCCESS)
            ok(0, "%s: %s", cases[i].doc, hw_result_text(res, p));
        else
            is(hw_json_write(normal, p), cases[i].want, "%s", cases[i].doc);
    }
}

/* The document is {"name":"a", <this>}. */
static void
refusals(apr_pool_t *p)
{
    static const struct {
        const char *member, *problem, *field;
        int offset;
    } cases[] = {
        { "\"colour\":1", "unknown-field", "colour", -1 },
        { "\"name\":\" \"", "required", "name", -1 },
        { "\"board\":true", "bad-type", "board", -1 },
        { "\"board\":\"a\\nb\"", "bad-value", "board", 1 },
        { "\"board\":\"a\\u0000b\"", "bad-value", "board", -1 },
        { "\"is_enabled\":\"perhaps\"", "bad-type", "is_enabled", -1 },
        { "\"is_enabled\":2", "bad-type", "is_enabled", -1 },
        { "\"timeout_hours\":0", "out-of-range", "timeout_hours", -1 },
        { "\"timeout_hours\":1.5", "bad-type", "timeout_hours", -1 },
        { "\"timeout_hours\":\"soon\"", "bad-type", "timeout_hours", -1 },
        { "\"max_body_kb\":99999999999", "out-of-range", "max_body_kb", -1 },
        { "\"success_code\":404", "out-of-range", "success_code", -1 },
        { "\"success_code\":204", "bad-value", "success_code", -1 },
        { "\"on_unknown\":\"explode\"", "bad-value", "on_unknown", -1 },
        { "\"destination\":\"moon\"", "bad-value", "destination", -1 },
        { "\"preset\":\"nobody\"", "bad-value", "preset", -1 },
        { "\"id\":\"a b\"", "bad-value", "id", -1 },
        { "\"trigger_field\":\"$.a[\"", "bad-path", "trigger_field", 4 },
        { "\"trigger_field\":7", "bad-type", "trigger_field", -1 },
        { "\"batch_path\":\"$[?\"", "bad-path", "batch_path", 3 },
        { "\"dedup_key\":\"$.a|$.b-c\"", "bad-path", "dedup_key", 7 },
        { "\"dedup_key\":{}", "bad-type", "dedup_key", -1 },
        { "\"open_value\":\"0, ~(\"", "bad-regex", "open_value", 5 },
        { "\"close_value\":\"~\"", "bad-value", "close_value", 0 },
        { "\"open_value\":[[1]]", "bad-type", "open_value", -1 },
        { "\"json_mapping\":\"{x\"", "bad-json", "json_mapping", 1 },
        { "\"json_mapping\":[]", "bad-type", "json_mapping", -1 },
        { "\"json_mapping\":7", "bad-type", "json_mapping", -1 },
        { "\"json_mapping\":{\"colour\":\"$.a\"}", "unknown-field", "json_mapping.colour", -1 },
        { "\"json_mapping\":{\"summary\":1}", "bad-type", "json_mapping.summary", -1 },
        { "\"json_mapping\":{\"summary\":\"x $.a-b\"}", "bad-path", "json_mapping.summary", 5 },
        { "\"routing_rules\":[{\"path\":\"$.a\",\"regex\":\"[\"}]", "bad-regex",
          "routing_rules[0].regex", 1 },
        { "\"description_template\":\"{$.a\"", "bad-expression", "description_template", 4 },
        { "\"maintenance_windows\":[{\"type\":\"daily\",\"start\":\"25:00\",\"end\":\"04:00\"}]",
          "bad-time", "maintenance_windows[0].start", -1 },
        { "\"maintenance_windows\":[{\"type\":\"daily\",\"start\":\"22:00\",\"end\":\"04:00\","
          "\"timezone\":\"Mars/Base\"}]", "bad-timezone", "maintenance_windows[0].timezone", -1 },
        { "\"trusted_ips\":\"192.0.2.1, nowhere\"", "bad-cidr", "trusted_ips", 11 },
        { "\"summary_remove_strings\":[\"[x]\",\"~a(\"]", "bad-regex", "summary_remove_strings[1]",
          3 },
        { "\"summary_remove_strings\":\"[x], ~\"", "bad-value", "summary_remove_strings[1]", 0 },
        { "\"auth\":[{\"scheme\":\"x\"}]", "bad-value", "auth[0].scheme", -1 },
        { "\"agent\":\"west\"", "unsupported", "agent", -1 },
    };

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *doc = apr_pstrcat(p, "{\"name\":\"a\",", cases[i].member, "}", NULL);
        hw_result_t *res = hw_result_make(p);

        is_int(hw_endpoint_check(json(doc, p), NULL, res, p), APR_EINVAL, "%s is refused",
               cases[i].member);
        is(res->problem, cases[i].problem, "%s", hw_result_text(res, p));
        is(res->field, cases[i].field, "names the field");
        is_int(res->offset, cases[i].offset, "and the offset");
    }
}

static void
not_a_document(apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);

    is_int(hw_endpoint_check(json("[]", p), NULL, res, p), APR_EINVAL, "a list is refused");
    is(res->detail, "an endpoint document is a JSON object", "and told so");
    hw_result_reset(res);
    is_int(hw_endpoint_check(json("{\"board\":\"x\"}", p), NULL, res, p), APR_EINVAL,
           "no name is refused");
    is(hw_result_text(res, p), "name: an endpoint needs a name", "and told so");
}

static hw_endpoint_t *
compile(const char *doc, apr_pool_t *p)
{
    hw_endpoint_t *ep = NULL;
    hw_result_t *res = hw_result_make(p);

    if (hw_endpoint_compile(json(doc, p), "ID", "v1", NULL, &ep, res, p) != APR_SUCCESS)
        ok(0, "%s: %s", doc, hw_result_text(res, p));
    return ep;
}

static void
compiled(apr_pool_t *p)
{
    hw_endpoint_t *ep = compile("{\"name\":\" a \"}", p);

    is(ep->id, "ID", "the store's id");
    is(ep->version, "v1", "the store's version");
    is(ep->name, "a", "name, trimmed");
    is(ep->tenant, "default", "tenant");
    is(ep->destination, "local", "destination without a PSA");
    is(ep->prefix, "Alert:", "the settings' prefix");
    is_int(ep->enabled, 1, "enabled");
    is_int(ep->timeout_hours, 24, "hours of silence");
    is_int(ep->on_unknown, HW_UNKNOWN_NOTE, "unknown states are notes");
    is(hw_paths_source(ep->trigger), "heartbeat.status", "trigger");
    is_int(ep->open_values->nelts, 1, "one open value");
    is(ep->fields[HW_F_STATUS], NULL, "local incidents have their own states");
    ep = compile("{\"name\":\"a\",\"destination\":\"connectwise\",\"ticket_prefix\":\"\"}", p);
    is(ep->fields[HW_F_STATUS], "New", "ConnectWise takes the settings' state");
    is(ep->fields[HW_F_CLOSE_STATUS], "Closed", "and the closing one");
    is(ep->prefix, "", "an empty prefix is none");
}

static void
preset_layers(apr_pool_t *p)
{
    hw_endpoint_t *ep = compile("{\"name\":\"a\",\"preset\":\"zabbix\"}", p);

    is(ep->preset, "zabbix", "the preset");
    ok(ep->severities != NULL, "its severities count");
    ok(ep->mapping[HW_F_SUMMARY] != NULL, "its mapping too");
    ep = compile("{\"name\":\"a\",\"preset\":\"zabbix\",\"trigger_field\":\"\",\"on_unknown\":"
                 "\"ignore\",\"json_mapping\":{\"severity\":\"$.sev\",\"summary\":\"\"}}", p);
    ok(ep->trigger == NULL, "an empty trigger of its own wins");
    is_int(ep->on_unknown, HW_UNKNOWN_IGNORE, "and its own on_unknown");
    ok(ep->severities == NULL, "an own severity is not translated");
    ok(ep->mapping[HW_F_SUMMARY] == NULL, "an empty mapping takes the preset's away");
    ok(ep->mapping[HW_F_DESCRIPTION] != NULL, "the others stay");
}

static void
table(apr_pool_t *p)
{
    hw_json_t *doc = hw_json_own(json_object_new_object(), p), *v;
    hw_result_t *res = hw_result_make(p);
    int count = 0;

    hw_json_set_string(doc, "name", "a");
    for (const hw_endpoint_field_t *f = hw_endpoint_fields; f->name != NULL; f++, count++) {
        if (f->deflt == NULL)
            continue;
        is_int(hw_json_parse(f->deflt, strlen(f->deflt), NULL, &v, NULL, NULL, p), APR_SUCCESS,
               "%s: the default is JSON", f->name);
        hw_json_set(doc, f->name, json_object_get(v));
    }
    is_int(count, 47, "all fields are listed");
    if (hw_endpoint_check(doc, NULL, res, p) != APR_SUCCESS)
        ok(0, "the defaults are valid: %s", hw_result_text(res, p));
    is(hw_field_names[HW_F_IMPACT], "impact", "ticket fields end with impact");
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    normal_forms(p);
    refusals(p);
    not_a_document(p);
    compiled(p);
    preset_layers(p);
    table(p);
    return tap_done();
}
