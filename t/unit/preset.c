/* SPDX-License-Identifier: Apache-2.0 */
/* Every preset is a valid endpoint document, complete, and known by the promised name. */
#include "common/preset.h"

#include <apr_strings.h>
#include <string.h>

#include "common/endpoint.h"
#include "t/lib/tap.h"

static const char *const promised[] = {
    "generic", "uptime-kuma", "alertmanager", "grafana", "zabbix", "datadog", "librenms",
    "healthchecks", "graylog", "pagerduty", "icinga", "nagios", "checkmk", "netdata", "cloudwatch",
    "azure-monitor", "gcp-monitoring", "sentry", "newrelic", "dynatrace", "kibana", "splunk",
    "opsgenie", "github", "gitlab", "prtg", "uptimerobot", "pingdom", "site24x7", "statuscake",
    "betterstack", "ninjaone", "datto-rmm", "wazuh", "fortigate", "crowdstrike", "connectwise",
    "halopsa", "autotask", "freshservice", "superops", NULL,
};

static void
names(void)
{
    int count = 0, rows = 0, twice = 0;

    for (; promised[count] != NULL; count++)
        ok(hw_preset_find(promised[count]) != NULL, "there is %s", promised[count]);
    for (const hw_preset_t *a = hw_presets; a->name != NULL; a++, rows++)
        twice += hw_preset_find(a->name) != a;
    is_int(rows, count, "and no others");
    is_int(twice, 0, "no name twice");
    ok(hw_preset_find("nobody") == NULL, "an unknown name");
    ok(hw_preset_find(NULL) == NULL, "no name");
}

/* "a=b,c=d" with words a person understands on the right. */
static int
good_severities(const char *table)
{
    static const char *const words[] = { "=Critical", "=High", "=Medium", "=Low", "=Information" };
    int rows = 1, hits = 0;

    for (const char *s = table; (s = strchr(s, ',')) != NULL; s++)
        rows++;
    for (int i = 0; i < 5; i++)
        for (const char *s = table; (s = strstr(s, words[i])) != NULL; s++)
            hits++;
    return rows == hits;
}

static void
row(const hw_preset_t *preset, apr_pool_t *p)
{
    hw_result_t *res = hw_result_make(p);
    hw_json_t *doc = NULL, *normal = NULL;

    if (hw_json_parse(preset->document, strlen(preset->document), NULL, &doc, NULL, res, p) !=
        APR_SUCCESS) {
        ok(0, "%s: %s", preset->name, hw_result_text(res, p));
        return;
    }
    hw_json_set_string(doc, "name", preset->title);
    if (hw_endpoint_check(doc, &normal, res, p) != APR_SUCCESS)
        ok(0, "%s: %s", preset->name, hw_result_text(res, p));
    else
        is(hw_json_write(normal, p), hw_json_write(doc, p), "%s is in normal form", preset->name);
    ok(hw_json_get(doc, "preset") == NULL, "%s stands on its own", preset->name);
    ok(hw_json_get(hw_json_get(doc, "json_mapping"), "summary") != NULL, "%s has a summary",
       preset->name);
    ok(hw_json_get(doc, "dedup_key") != NULL, "%s has an identity", preset->name);
    ok(hw_json_get(doc, "trigger_field") != NULL, "%s has a trigger", preset->name);
    ok(preset->title[0] != '\0' && preset->setup != NULL && strlen(preset->setup) > 40,
       "%s tells how to set it up", preset->name);
    ok(preset->setup == NULL || strstr(preset->setup, "\n") == NULL, "%s tells it in plain sentences", preset->name);
    ok(preset->severities == NULL || good_severities(preset->severities), "%s: severities",
       preset->name);
    ok(preset->severities == NULL ||
           hw_json_get(hw_json_get(doc, "json_mapping"), "severity") != NULL,
       "%s: severities belong to a mapping", preset->name);
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    names();
    for (const hw_preset_t *preset = hw_presets; preset->name != NULL; preset++)
        row(preset, p);
    return tap_done();
}
