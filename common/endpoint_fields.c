/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of an endpoint document: one row each. */
#include "common/endpoint.h"

const char *const hw_field_names[HW_F_COUNT] = {
    "summary", "description", "customer_id", "ticket_type", "subtype",  "item",
    "priority", "board",      "status",      "close_status", "severity", "impact",
};

#define TEXT(field, dflt, bytes) \
    { .name = field, .type = HW_EP_TEXT, .deflt = dflt, .max_len = bytes }
#define FLAG(field, dflt) { .name = field, .type = HW_EP_BOOL, .deflt = dflt }
#define WHOLE(field, dflt, low, high) \
    { .name = field, .type = HW_EP_INT, .deflt = dflt, .min = low, .max = high }
#define OTHER(field, kind, dflt, bytes) \
    { .name = field, .type = kind, .deflt = dflt, .max_len = bytes }

const hw_endpoint_field_t hw_endpoint_fields[] = {
    TEXT("id", NULL, 64),
    TEXT("name", NULL, 200),
    TEXT("tenant", "\"default\"", 100),
    TEXT("preset", NULL, 50),
    TEXT("destination", NULL, 50),
    TEXT("customer_id_default", NULL, 100),
    TEXT("board", NULL, 200),
    TEXT("status", NULL, 200),
    TEXT("close_status", NULL, 200),
    TEXT("ticket_type", NULL, 200),
    TEXT("subtype", NULL, 200),
    TEXT("item", NULL, 200),
    TEXT("priority", NULL, 200),
    TEXT("severity", NULL, 200),
    TEXT("impact", NULL, 200),
    OTHER("trigger_field", HW_EP_PATH, "\"heartbeat.status\"", HW_MAX_EXPR),
    OTHER("open_value", HW_EP_LIST, "\"0\"", HW_MAX_EXPR),
    OTHER("close_value", HW_EP_LIST, "\"1\"", HW_MAX_EXPR),
    TEXT("on_unknown", "\"note\"", 10),
    OTHER("batch_path", HW_EP_PATH, NULL, HW_MAX_EXPR),
    OTHER("dedup_key", HW_EP_PATHS, NULL, HW_MAX_EXPR),
    TEXT("ticket_prefix", NULL, 80),
    TEXT("description_template", NULL, 32768),
    OTHER("summary_remove_strings", HW_EP_LIST, NULL, HW_MAX_EXPR),
    OTHER("json_mapping", HW_EP_JSON, NULL, 65536),
    OTHER("routing_rules", HW_EP_JSON, NULL, 1048576),
    OTHER("maintenance_windows", HW_EP_JSON, NULL, 65536),
    FLAG("bearer_auth_enabled", "true"),
    OTHER("hmac_secret", HW_EP_SECRET, NULL, 512),
    OTHER("auth", HW_EP_JSON, NULL, 65536),
    TEXT("trusted_ips", NULL, 16384),
    WHOLE("success_code", "202", 200, 299),
    WHOLE("max_body_kb", "1024", 1, HW_MAX_BODY_HARD / 1024),
    WHOLE("rate_limit", NULL, 0, 1000000),
    WHOLE("dedup_window_seconds", "0", 0, 604800),
    WHOLE("reopen_window_minutes", "0", 0, 525600),
    FLAG("ai_rca_enabled", "false"),
    TEXT("ai_prompt_template", NULL, 32768),
    OTHER("notify", HW_EP_JSON, NULL, 65536),
    TEXT("agent", NULL, 100),
    FLAG("global_routing_enabled", "false"),
    FLAG("timeout_alerts_enabled", "false"),
    WHOLE("timeout_hours", "24", 1, 8760),
    FLAG("is_enabled", "true"),
    FLAG("is_draft", "false"),
    FLAG("is_pinned", "false"),
    WHOLE("display_order", "0", -1000000, 1000000),
    { .name = NULL },
};

const char *const hw_endpoint_shown[] = {
    "token", "url", "version", "created_at", "updated_at", "last_seen_at", "token_created_at",
    "previous_token_until", "stats", "in_force", "warning", "config_health", NULL,
};

void
hw_endpoint_strip(hw_json_t *doc)
{
    for (int i = 0; json_object_is_type(doc, json_type_object) && hw_endpoint_shown[i]; i++)
        json_object_object_del(doc, hw_endpoint_shown[i]);
}
