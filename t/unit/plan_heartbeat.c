/* SPDX-License-Identifier: Apache-2.0 */
/* What an event about an endpoint's silence means. */
#include <apr_strings.h>
#include <string.h>

#include "common/decide.h"
#include "t/lib/tap.h"

/* Everything an endpoint says about its payloads, to see that none of it applies. */
static const char document[] =
    "{\"name\":\"Backup #CWother\",\"destination\":\"connectwise\",\"customer_id_default\":\"ACME\","
    "\"priority\":\"P1\",\"severity\":\"critical\",\"timeout_hours\":6,\"global_routing_enabled\":true,"
    "\"dedup_key\":\"$.state\",\"batch_path\":\"$.since\",\"summary_remove_strings\":\"webhooks\","
    "\"reopen_window_minutes\":60,\"trigger_field\":\"$.state\",\"open_value\":\"alive\","
    "\"json_mapping\":{\"summary\":\"$.state\",\"customer_id\":\"$.state\",\"board\":\"$.state\"},"
    "\"routing_rules\":[{\"path\":\"$.state\",\"regex\":\".\",\"overrides\":{\"drop\":true}}],"
    "\"maintenance_windows\":[{\"type\":\"once\",\"start\":\"2026-01-02T00:00:00Z\","
    "\"end\":\"2026-01-03T00:00:00Z\",\"catch_up\":true,\"recoveries\":\"skip\"}],"
    "\"ticket_prefix\":\"\"%s}";

static const hw_part_t *
plan(const char *more, const char *kind, const char *state, apr_time_t now, int maintenance,
     apr_pool_t *p)
{
    const char *text = apr_psprintf(p, document, more);
    const char *body = apr_psprintf(p, "{\"state\":\"%s\",\"since\":\"2026-01-01T00:00:00.000Z\","
                                       "\"seen\":true,\"hours\":7}", state);
    hw_event_t ev = { .request_id = "r1", .endpoint_id = "EP", .kind = kind,
                      .auth_scheme = "heartbeat", .source_ip = "", .method = "", .query = "",
                      .headers_json = "{}", .body = body, .body_len = strlen(body),
                      .rejected = "", .replay_of = "", .replay_by = "", .received_at = now };
    hw_plan_context_t ctx = { .maintenance = maintenance };
    hw_result_t *res = hw_result_make(p);
    hw_endpoint_t *ep = NULL;
    hw_json_t *doc = NULL;
    hw_plan_t *out = NULL;

    hw_json_parse(text, strlen(text), NULL, &doc, NULL, res, p);
    if (hw_endpoint_compile(doc, "EP", NULL, NULL, &ep, res, p) != APR_SUCCESS)
        ok(0, "%s: %s", text, hw_result_text(res, p));
    hw_plan(&ev, ep, &ctx, now, &out, res, p);
    is_int(out->parts->nelts, 1, "%s: one part", state);
    return APR_ARRAY_IDX(out->parts, 0, const hw_part_t *);
}

int
main(void)
{
    apr_pool_t *p = tap_start();
    const apr_time_t inside = apr_time_from_sec(1767348000), after = inside + apr_time_from_sec(86400);
    const hw_part_t *open = plan("", "heartbeat", "silent", after, 0, p), *part;

    is_int(open->kind, HW_KIND_OPEN, "silence opens");
    is_int(open->drop, 0, "no rule drops it");
    is(open->summary, "No webhooks from Backup #CWother", "the summary names the endpoint");
    is(open->company, "ACME", "the company is the endpoint's default");
    is(open->dedup_key, "hookwise heartbeat", "the key is always the same");
    is(open->fields[HW_F_PRIORITY], "P1", "the endpoint's own fields are taken");
    is(open->fields[HW_F_SEVERITY], "High", "as ConnectWise knows them");
    is(open->fields[HW_F_BOARD], NULL, "mapped ones are not");
    is_int(open->reopen_window_minutes, 0, "a closed ticket is not reopened");
    ok(strstr(open->description, "silent for 7 hours. Its last webhook came at 2026-01-01T00:00:00.000Z"),
       "the description says since when");
    ok(strstr(open->description, "at least every 6 hours"), "and what is expected");

    part = plan("", "heartbeat", "alive", after, 0, p);
    is_int(part->kind, HW_KIND_CLOSE, "a webhook closes");
    is(part->alert_key, open->alert_key, "the same alert");
    is(part->lane, open->lane, "in the same lane");
    part = plan(",\"ticket_prefix\":\"Alert:\"", "replay", "silent", after, 0, p);
    is(part->summary, "Alert: No webhooks from Backup #CWother", "a replay means the same, with the prefix");

    part = plan("", "heartbeat", "silent", inside, 0, p);
    is(part->drop_reason, "maintenance", "a window suppresses it");
    is_int(part->catch_up, 0, "without catching up: it is told again while it lasts");
    is_int(plan("", "heartbeat", "alive", inside, 1, p)->drop, 0, "the end of silence always passes");
    is(plan("", "heartbeat", "silent", after, 1, p)->drop_reason, "maintenance", "so does global maintenance");
    is(plan(",\"is_enabled\":false", "heartbeat", "silent", after, 0, p)->drop_reason, "disabled",
       "a disabled endpoint may be silent");
    is(plan(",\"is_draft\":true", "heartbeat", "silent", after, 0, p)->drop_reason, "disabled",
       "so may a draft");
    return tap_done();
}
