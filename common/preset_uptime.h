/* SPDX-License-Identifier: Apache-2.0 */
/* Preset rows: reachability of sites and jobs. Included by preset.c inside its table. */
{
    .name = "uptime-kuma",
    .title = "Uptime Kuma",
    .document = JSON({
        "trigger_field": "$.heartbeat.status",
        "open_value": "0",
        "close_value": "1",
        "on_unknown": "ignore",
        "dedup_key": "$.monitor.id",
        "json_mapping": {
            "summary": "$.monitor.name",
            "description": "{$.heartbeat.msg || $.msg}\n\nMonitor: {$.monitor.pathName || $.monitor.name}\nType: {$.monitor.type}\nAddress: {$.monitor.hostname || $.monitor.url}\nTime: {$.heartbeat.localDateTime || $.heartbeat.time} {$.heartbeat.timezone}",
            "customer_id": "$.monitor.tags[?@.name=='CW_ID'].value"
        },
        "routing_rules": [
            {"name": "notification test", "path": "$.msg", "regex": " Testing$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Add a notification of type Webhook: the endpoint's URL, request body Preset "
             "application/json, and the additional header {\"Authorization\": \"Bearer <token>\"}. "
             "A tag named CW_ID, or #CW followed by the identifier in the monitor's name, names "
             "the customer. Messages about certificates and domains carry no state: set "
             "on_unknown to open if they are to become tickets.",
},
{
    .name = "healthchecks",
    .title = "Healthchecks.io",
    .document = JSON({
        "trigger_field": "$.status",
        "open_value": "down",
        "close_value": "up",
        "on_unknown": "ignore",
        "dedup_key": "$.code",
        "json_mapping": {
            "summary": "$.name",
            "description": "{$.check.desc || $.body}\n\nCheck: {$.name}\nTags: {$.tags}\nTime: {$.now}\nLast ping: {$.check.last_ping}"
        },
        "routing_rules": [
            {"name": "notification test", "path": "$.code", "regex": "^TEST$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Add an integration of type Webhook. Use the body below, the endpoint's URL, method "
             "POST and the headers Content-Type: application/json and "
             "Authorization: Bearer <token> both for down and for up.",
    .payload = JSON({"status": "$STATUS", "now": "$NOW", "name": $NAME_JSON, "code": "$CODE", "tags": "$TAGS", "check": $JSON, "body": $BODY_JSON}),
},
{
    .name = "uptimerobot",
    .title = "UptimeRobot",
    .document = JSON({
        "trigger_field": "$['alertType','alert_type']",
        "open_value": "1, 3",
        "close_value": "2",
        "on_unknown": "note",
        "dedup_key": "$[?$.alertType == '3' && @ == $.monitorFriendlyName] || $.monitorID || $.monitor_id",
        "json_mapping": {
            "summary": "$.monitorFriendlyName || $.monitor_friendly_name",
            "description": "{$.alertDetails || $.alert_details}\n\nMonitor: {$.monitorFriendlyName || $.monitor_friendly_name}\nAddress: {$.monitorURL || $.monitor_url}\nState: {$.alertTypeFriendlyName || $.alert_type_friendly_name}"
        }
    }),
    .setup = "Add an alert contact of type Webhook with the endpoint's URL and ?token=<token> at "
             "its end, send as JSON, and the body below. Alert type 3 (certificate or domain "
             "expiry) gets a ticket of its own, known by the monitor's name.",
    .payload = JSON({
        "monitorID": "*monitorID*",
        "monitorURL": "*monitorURL*",
        "monitorFriendlyName": "*monitorFriendlyName*",
        "alertType": "*alertType*",
        "alertTypeFriendlyName": "*alertTypeFriendlyName*",
        "alertDetails": "*alertDetails*",
        "alertDateTime": "*alertDateTime*"
    }),
},
{
    .name = "pingdom",
    .title = "Pingdom",
    .document = JSON({
        "trigger_field": "$.current_state",
        "open_value": "DOWN, FAILING",
        "close_value": "UP, SUCCESS",
        "on_unknown": "note",
        "dedup_key": "$.check_id",
        "json_mapping": {
            "summary": "$.check_name",
            "description": "{$.long_description || $.description}\n\nCheck: {$.check_name} ({$.check_type})\nHost: {$.check_params.hostname}\nSince: {$.state_changed_utc_time}\n{$.custom_message}",
            "severity": "$.importance_level"
        }
    }),
    .setup = "Add an integration of type Webhook with the endpoint's URL and ?token=<token> at its "
             "end, and choose it in the checks.",
},
{
    .name = "site24x7",
    .title = "Site24x7",
    .document = JSON({
        "trigger_field": "$.STATUS",
        "open_value": "DOWN, TROUBLE, CRITICAL",
        "close_value": "UP",
        "on_unknown": "note",
        "dedup_key": "$.MONITOR_ID",
        "json_mapping": {
            "summary": "$.MONITORNAME",
            "description": "{$.INCIDENT_REASON}\n\nMonitor: {$.MONITORNAME} ({$.MONITORTYPE})\nAddress: {$.MONITORURL}\nTime: {$.INCIDENT_TIME_ISO || $.INCIDENT_TIME}\nLink: {$.MONITOR_DASHBOARD_LINK}",
            "severity": "$.STATUS"
        }
    }),
    .severities = "DOWN=Critical,CRITICAL=Critical,TROUBLE=Medium,UP=Information",
    .setup = "Under Third-Party Integrations add a Webhook: the endpoint's URL, method POST, send "
             "in JSON with the incident parameters, and the header Authorization: Bearer <token>.",
},
{
    .name = "statuscake",
    .title = "StatusCake",
    .document = JSON({
        "trigger_field": "$.Status",
        "open_value": "DOWN",
        "close_value": "UP",
        "on_unknown": "note",
        "dedup_key": "$.TestID || $.Name $.URL",
        "json_mapping": {
            "summary": "$.Name || $.URL",
            "description": "{$.Name} is {$.Status}\n\nAddress: {$.URL}\nStatus code: {$.StatusCode}\nIP: {$.IP}\nTags: {$.Tags}"
        }
    }),
    .setup = "Add a contact group whose ping URL is the endpoint's URL with ?token=<token> at its "
             "end, method POST, and give it to the tests.",
},
{
    .name = "betterstack",
    .title = "Better Stack Uptime",
    .document = JSON({
        "trigger_field": "$.data.attributes.status",
        "open_value": "Started",
        "close_value": "Resolved",
        "on_unknown": "note",
        "dedup_key": "$.data.id",
        "json_mapping": {
            "summary": "$.data.attributes.name",
            "description": "{$.data.attributes.cause}\n\nMonitor: {$.data.attributes.name}\nAddress: {$.data.attributes.url}\nStarted: {$.data.attributes.started_at}\nTeam: {$.data.attributes.team_name}"
        },
        "routing_rules": [
            {"name": "not an incident", "path": "$.data.type", "regex": "^(?!incident$)", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Under Integrations, Exporting data add an outgoing webhook for incidents with the "
             "endpoint's URL and the header Authorization: Bearer <token>; keep the default body.",
},
