/* SPDX-License-Identifier: Apache-2.0 */
/* Preset rows: cloud monitoring and observability services. Included by preset.c in its table. */
{
    .name = "datadog",
    .title = "Datadog",
    .document = JSON({
        "trigger_field": "$.alert_transition",
        "open_value": "Triggered, Re-Triggered, Warn, Re-Warn, No Data, Re-No Data, Renotify",
        "close_value": "Recovered, Warn Recovered, No Data Recovered",
        "on_unknown": "note",
        "dedup_key": "$.alert_cycle_key || $.aggreg_key",
        "summary_remove_strings": ["[Triggered] ", "[Re-Triggered] ", "[Warn] ", "[Re-Warn] ", "[No Data] ", "[Re-No Data] ", "[Recovered] "],
        "json_mapping": {
            "summary": "$.alert_title || $.event_title",
            "description": "{$.event_msg}\n\nHost: {$.hostname}\nScope: {$.alert_scope}\nPriority: {$.alert_priority}\nTags: {$.tags}\nLink: {$.link}",
            "customer_id": "$.company",
            "severity": "$.alert_priority || $.alert_type"
        },
        "routing_rules": [
            {"name": "notification test", "path": "$.alert_title", "regex": "^\\[TEST\\]", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .severities = "P1=Critical,P2=High,P3=Medium,P4=Low,P5=Low,error=High,warning=Medium,"
                  "success=Information,info=Information",
    .setup = "In the Webhooks integration add a webhook with the endpoint's URL, the custom header "
             "{\"Authorization\": \"Bearer <token>\"} and the payload below: the default payload "
             "does not say whether an alert opens or closes. Mention @webhook-<name> in monitors. "
             "For the customer add \"company\": \"$TAGS[cw_company]\".",
    .payload = JSON({
        "alert_transition": "$ALERT_TRANSITION",
        "alert_cycle_key": "$ALERT_CYCLE_KEY",
        "aggreg_key": "$AGGREG_KEY",
        "alert_id": "$ALERT_ID",
        "alert_title": "$ALERT_TITLE",
        "event_title": "$EVENT_TITLE",
        "event_msg": "$TEXT_ONLY_MSG",
        "alert_scope": "$ALERT_SCOPE",
        "alert_priority": "$ALERT_PRIORITY",
        "alert_type": "$ALERT_TYPE",
        "hostname": "$HOSTNAME",
        "link": "$LINK",
        "tags": "$TAGS",
        "date": "$DATE"
    }),
},
{
    .name = "cloudwatch",
    .title = "Amazon CloudWatch (by SNS)",
    .document = JSON({
        "trigger_field": "$.NewStateValue",
        "open_value": "ALARM",
        "close_value": "OK",
        "on_unknown": "note",
        "dedup_key": "$.AlarmArn || $.AWSAccountId $.Region $.AlarmName",
        "json_mapping": {
            "summary": "$.AlarmName",
            "description": "{$.NewStateReason}\n\n{$.AlarmDescription}\nAccount: {$.AWSAccountId}, {$.Region}\nMetric: {$.Trigger.Namespace} {$.Trigger.MetricName}\nDimensions: {$.Trigger.Dimensions}\nSince: {$.StateChangeTime}"
        }
    }),
    .setup = "Subscribe the endpoint's URL with ?token=<token> at its end to the SNS topic, "
             "protocol HTTPS, and name the topic in the alarm's ALARM and OK actions. SNS first "
             "asks to confirm the subscription: its request is in the history, open the "
             "SubscribeURL it holds.",
},
{
    .name = "azure-monitor",
    .title = "Azure Monitor",
    .document = JSON({
        "trigger_field": "$.data.essentials.monitorCondition",
        "open_value": "Fired",
        "close_value": "Resolved",
        "on_unknown": "ignore",
        "dedup_key": "$.data.essentials.alertId",
        "json_mapping": {
            "summary": "$.data.essentials.alertRule",
            "description": "{$.data.essentials.description || $.data.essentials.alertRule}\n\nSeverity: {$.data.essentials.severity}\nService: {$.data.essentials.monitoringService}\nTargets: {$.data.essentials.configurationItems[*]}\nResource group: {$.data.essentials.targetResourceGroup}\nFired: {$.data.essentials.firedDateTime}",
            "customer_id": "$.data.customProperties.cw_company",
            "severity": "$.data.essentials.severity"
        },
        "routing_rules": [
            {"name": "action group test", "path": "$.data.essentials.alertId", "regex": "^/subscriptions/1{8}-1{4}-1{4}-1{4}-1{12}/", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .severities = "Sev0=Critical,Sev1=High,Sev2=Medium,Sev3=Low,Sev4=Information",
    .setup = "In an action group add an action of type Webhook with the endpoint's URL and "
             "?token=<token> at its end, and switch the common alert schema on. The custom "
             "property cw_company of an alert rule names the customer.",
},
{
    .name = "gcp-monitoring",
    .title = "Google Cloud Monitoring",
    .document = JSON({
        "trigger_field": "$.incident.state",
        "open_value": "open",
        "close_value": "closed",
        "on_unknown": "ignore",
        "dedup_key": "$.incident.incident_id",
        "json_mapping": {
            "summary": "{$.incident.policy_name} {$.incident.resource_display_name || $.incident.resource_name}",
            "description": "{$.incident.summary}\n\nPolicy: {$.incident.policy_name}\nCondition: {$.incident.condition_name}\nProject: {$.incident.scoping_project_id}\nObserved: {$.incident.observed_value}, threshold {$.incident.threshold_value}\nLink: {$.incident.url}\n{$.incident.documentation.content}",
            "customer_id": "$.incident.policy_user_labels.cw_company",
            "severity": "$.incident.severity || $.incident.policy_user_labels.severity"
        },
        "routing_rules": [
            {"name": "channel test", "path": "$.version", "regex": "^test$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Add a notification channel of type Webhook: the endpoint's URL, with Basic "
             "authentication and the token as password. The user label cw_company of a policy "
             "names the customer.",
},
{
    .name = "sentry",
    .title = "Sentry",
    .document = JSON({
        "trigger_field": "$.action",
        "open_value": "critical, warning, triggered, created, unresolved",
        "close_value": "resolved, archived",
        "on_unknown": "ignore",
        "dedup_key": "$.data.metric_alert.id || $.data.issue.id || $.data.event.issue_id",
        "json_mapping": {
            "summary": "$.data.description_title || $.data.issue.title || $.data.event.title",
            "description": "{$.data.description_text || $.data.issue.title || $.data.event.title}\n\nProject: {$.data.issue.project.slug}\nRule: {$.data.triggered_rule}\nLevel: {$.data.issue.level || $.data.event.level}\nLink: {$.data.web_url || $.data.issue.web_url || $.data.event.web_url}",
            "severity": "$.data.issue.level || $.data.event.level || $.action"
        },
        "routing_rules": [
            {"name": "neither alert nor issue", "path": "$headers.sentry-hook-resource", "regex": "^(installation|comment|error)$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Create an internal integration with the endpoint's URL and ?token=<token> at its end "
             "as webhook URL, switch Alert Rule Action on, subscribe to issues, and choose the "
             "integration in alert rules.",
},
{
    .name = "newrelic",
    .title = "New Relic",
    .document = JSON({
        "trigger_field": "$['state','current_state']",
        "open_value": "CREATED, ACTIVATED, open",
        "close_value": "CLOSED",
        "on_unknown": "note",
        "dedup_key": "$.id || $.incident_id",
        "json_mapping": {
            "summary": "$.title || $.condition_name",
            "description": "{$.title || $.details}\n\nPriority: {$.priority || $.severity}\nConditions: {$.alertConditionNames[*]}\nPolicies: {$.alertPolicyNames[*]}\nEntities: {$.impactedEntities[*]}\nLink: {$.issueUrl || $.incident_url}",
            "severity": "$.priority || $.severity"
        },
        "routing_rules": [
            {"name": "notification test", "path": "$.incident_id", "regex": "^(0|TESTING)$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Add a destination of type Webhook with the endpoint's URL and Bearer token "
             "authentication, and a workflow with the default template that notifies when an "
             "issue is activated, acknowledged and closed.",
},
{
    .name = "dynatrace",
    .title = "Dynatrace",
    .document = JSON({
        "trigger_field": "$.State",
        "open_value": "OPEN",
        "close_value": "RESOLVED",
        "on_unknown": "note",
        "dedup_key": "$.PID",
        "json_mapping": {
            "summary": "$.ProblemTitle",
            "description": "{$.ProblemDetails || $.ProblemTitle}\n\nProblem: {$.ProblemID}\nImpact: {$.ProblemImpact}\nEntities: {$.ImpactedEntityNames || $.ImpactedEntity}\nTags: {$.Tags}\nLink: {$.ProblemURL}",
            "severity": "$.ProblemSeverity"
        },
        "routing_rules": [
            {"name": "notification test", "path": "$.ProblemTitle", "regex": "problem notification test run", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .severities = "AVAILABILITY=Critical,ERROR=High,MONITORING_UNAVAILABLE=High,PERFORMANCE=Medium,"
                  "RESOURCE_CONTENTION=Medium,CUSTOM_ALERT=Medium",
    .setup = "Under Problem notifications add a custom integration: the endpoint's URL, the header "
             "Authorization: Bearer <token>, the payload below, and switch on that closed problems "
             "are sent too.",
    .payload = JSON({
        "State": "{State}",
        "PID": "{PID}",
        "ProblemID": "{ProblemID}",
        "ProblemTitle": "{ProblemTitle}",
        "ProblemSeverity": "{ProblemSeverity}",
        "ProblemImpact": "{ProblemImpact}",
        "ProblemURL": "{ProblemURL}",
        "ImpactedEntityNames": "{ImpactedEntityNames}",
        "ProblemDetails": "{ProblemDetailsText}",
        "Tags": "{Tags}"
    }),
},
{
    .name = "kibana",
    .title = "Elastic rules (Kibana)",
    .document = JSON({
        "trigger_field": "$.state",
        "open_value": "*",
        "close_value": "recovered",
        "on_unknown": "ignore",
        "dedup_key": ["$.rule_id", "$.alert_id"],
        "json_mapping": {
            "summary": "$.rule_name $.alert_id",
            "description": "{$.message}\n\nRule: {$.rule_name}\nAlert: {$.alert_id}\nState: {$.state}\nDate: {$.date}\nLink: {$.url}"
        }
    }),
    .setup = "Add a Webhook connector with the endpoint's URL and the header "
             "Authorization: Bearer <token>. In each rule add two actions with the body below: one "
             "for the alert's group, run for each alert, and one for Recovered.",
    .payload = JSON({
        "state": "{{alert.actionGroup}}",
        "rule_id": "{{rule.id}}",
        "rule_name": "{{rule.name}}",
        "alert_id": "{{alert.id}}",
        "message": "{{context.message}}",
        "url": "{{rule.url}}",
        "date": "{{date}}"
    }),
},
{
    .name = "splunk",
    .title = "Splunk",
    .document = JSON({
        "trigger_field": "",
        "open_value": "",
        "close_value": "",
        "dedup_key": ["$.search_name", "$.result.host"],
        "json_mapping": {
            "summary": "$.search_name $.result.host",
            "description": "{$.result._raw || $.search_name}\n\nSearch: {$.search_name}\nHost: {$.result.host}\nApp: {$.app}\nResults: {$.results_link}",
            "severity": "$.result.severity"
        }
    }),
    .setup = "Add the alert action Webhook with the endpoint's URL and ?token=<token> at its end, "
             "and put the URL on Splunk's list of allowed webhooks. Splunk never says that a "
             "problem is over: close these tickets by hand.",
},
