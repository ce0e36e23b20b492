/* SPDX-License-Identifier: Apache-2.0 */
/* Preset rows: on-call, builds, device management and security. Included by preset.c. */
{
    .name = "pagerduty",
    .title = "PagerDuty",
    .document = JSON({
        "trigger_field": "$.event.event_type",
        "open_value": "incident.triggered, incident.reopened",
        "close_value": "incident.resolved",
        "on_unknown": "note",
        "dedup_key": "$.event.data.incident.id || $.event.data.id",
        "json_mapping": {
            "summary": "$.event.data.title || $.event.data.incident.summary",
            "description": "{$.event.data.title || $.event.data.content}\n\nEvent: {$.event.event_type}\nService: {$.event.data.service.summary}\nUrgency: {$.event.data.urgency}\nBy: {$.event.agent.summary}\nTime: {$.event.occurred_at}\nLink: {$.event.data.html_url}",
            "severity": "$.event.data.priority.summary || $.event.data.urgency"
        },
        "routing_rules": [
            {"name": "ping", "path": "$.event.event_type", "regex": "^pagey[.]ping$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Under Integrations, Generic Webhooks (v3) add a subscription with the endpoint's URL "
             "and the custom header Authorization: Bearer <token>, for the incident events.",
},
{
    .name = "opsgenie",
    .title = "Opsgenie",
    .document = JSON({
        "trigger_field": "$.action",
        "open_value": "Create",
        "close_value": "Close, Delete",
        "on_unknown": "note",
        "dedup_key": "$.alert.alertId",
        "json_mapping": {
            "summary": "$.alert.message",
            "description": "{$.alert.description || $.alert.message}\n\nAction: {$.action}\nSource: {$.alert.source}\nEntity: {$.alert.entity}\nPriority: {$.alert.priority}\nTags: {$.alert.tags[*]}\nAlert: {$.alert.tinyId}",
            "severity": "$.alert.priority"
        }
    }),
    .severities = "P1=Critical,P2=High,P3=Medium,P4=Low,P5=Low,1=Critical,2=High,3=Medium,4=Low,5=Low",
    .setup = "Add a Webhook integration with the endpoint's URL, the custom header "
             "Authorization: Bearer <token>, and the alert's description in the payload.",
},
{
    .name = "github",
    .title = "GitHub Actions",
    .document = JSON({
        "trigger_field": "$.workflow_run.conclusion",
        "open_value": "failure, timed_out",
        "close_value": "success",
        "on_unknown": "ignore",
        "dedup_key": ["$.repository.full_name", "$.workflow_run.workflow_id", "$.workflow_run.head_branch"],
        "json_mapping": {
            "summary": "$.repository.full_name $.workflow_run.name $.workflow_run.head_branch",
            "description": "{$.workflow_run.name} ended with {$.workflow_run.conclusion}\n\nRepository: {$.repository.full_name}\nBranch: {$.workflow_run.head_branch}\nCommit: {$.workflow_run.head_sha}\nRun: {$.workflow_run.run_number}\nBy: {$.sender.login}\nLink: {$.workflow_run.html_url}"
        },
        "routing_rules": [
            {"name": "ping", "path": "$headers.x-github-event", "regex": "^ping$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "In the repository's or organisation's settings add a webhook with the endpoint's URL "
             "and ?token=<token> at its end, content type application/json, and only the event "
             "Workflow runs.",
},
{
    .name = "gitlab",
    .title = "GitLab pipelines",
    .document = JSON({
        "trigger_field": "$.object_attributes.status",
        "open_value": "failed",
        "close_value": "success",
        "on_unknown": "ignore",
        "dedup_key": ["$.project.id", "$.object_attributes.ref"],
        "json_mapping": {
            "summary": "$.project.path_with_namespace $.object_attributes.ref",
            "description": "Pipeline {$.object_attributes.id} ended with {$.object_attributes.status}\n\nProject: {$.project.path_with_namespace}\nRef: {$.object_attributes.ref}\nFailed jobs: {$.builds[?@.status=='failed'].name}\nCommit: {$.commit.title}\nBy: {$.user.name}\nLink: {$.object_attributes.url || $.project.web_url}"
        },
        "routing_rules": [
            {"name": "not a pipeline", "path": "$.object_kind", "regex": "^(?!pipeline$)", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Add a webhook to the project or group with the endpoint's URL, the custom header "
             "Authorization: Bearer <token>, and only pipeline events.",
},
{
    .name = "ninjaone",
    .title = "NinjaOne",
    .document = JSON({
        "trigger_field": "$.statusCode",
        "open_value": "TRIGGERED",
        "close_value": "RESET",
        "on_unknown": "note",
        "dedup_key": "$.seriesUid",
        "json_mapping": {
            "summary": "$.device.displayName $.sourceName",
            "description": "{$.message}\n\nDevice: {$.device.displayName} {$.device.dnsName}\nCondition: {$.sourceName}\nOrganization: {$.device.references.organization.name || $.device.organizationId}\nLocation: {$.device.references.location.name}",
            "severity": "$.severity || $.priority"
        },
        "routing_rules": [
            {"name": "not a condition", "path": "$.activityType", "regex": "^(?!CONDITION$)", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Under Notification channels add a webhook with the endpoint's URL and the header "
             "Authorization: Bearer <token>, and choose it for the conditions of your policies. "
             "Other activities are recorded and dropped.",
},
{
    .name = "datto-rmm",
    .title = "Datto RMM",
    .document = JSON({
        "trigger_field": "$.eventType",
        "open_value": "alert.raised",
        "close_value": "alert.resolved",
        "on_unknown": "note",
        "dedup_key": "$.alertUid",
        "json_mapping": {
            "summary": "$.hostname $.alertType",
            "description": "{$.alertMessage}\n\nDevice: {$.hostname} {$.deviceIp}\nSite: {$.siteName}\nCategory: {$.alertCategory}\nPriority: {$.alertPriority}\nLast user: {$.lastUser}",
            "severity": "$.alertPriority"
        }
    }),
    .setup = "In the monitor's response add a webhook with the endpoint's URL, the header "
             "Authorization: Bearer <token> and the body below; in the webhook for resolved alerts "
             "write alert.resolved in eventType.",
    .payload = JSON({
        "eventType": "alert.raised",
        "alertUid": "[alert_uid]",
        "alertType": "[alert_type]",
        "alertCategory": "[alert_category]",
        "alertPriority": "[alert_priority]",
        "alertMessage": "[alert_message_en]",
        "hostname": "[device_hostname]",
        "deviceIp": "[device_ip]",
        "siteName": "[site_name]",
        "lastUser": "[last_user]"
    }),
},
{
    .name = "wazuh",
    .title = "Wazuh",
    .document = JSON({
        "trigger_field": "",
        "open_value": "",
        "close_value": "",
        "dedup_key": ["$.rule_id || $.rule.id", "$.all_fields.agent.id || $.agent.id"],
        "json_mapping": {
            "summary": "{$.title || $.rule.description} {$.all_fields.agent.name || $.agent.name}",
            "description": "{$.text || $.full_log || $.title}\n\nRule: {$.rule_id || $.rule.id}, level {$.all_fields.rule.level || $.rule.level}\nAgent: {$.all_fields.agent.name || $.agent.name} {$.all_fields.agent.ip || $.agent.ip}\nLocation: {$.all_fields.location || $.location}\nTime: {$.timestamp}",
            "severity": "$.all_fields.rule.level || $.rule.level"
        }
    }),
    .severities = "16=Critical,15=Critical,14=Critical,13=Critical,12=Critical,11=High,10=High,"
                  "9=High,8=High,7=Medium,6=Medium,5=Medium,4=Low,3=Low,2=Low,1=Low,0=Low",
    .setup = "In ossec.conf add an integration named shuffle whose hook_url is the endpoint's URL "
             "with ?token=<token> at its end, alert_format json, and a level of your choice. Wazuh "
             "never says that a problem is over; set dedup_window_seconds against floods.",
},
{
    .name = "fortigate",
    .title = "Fortinet FortiGate",
    .document = JSON({
        "trigger_field": "",
        "open_value": "",
        "close_value": "",
        "dedup_key": ["$.devid", "$.logid", "$.srcip"],
        "json_mapping": {
            "summary": "$.devname $.logdesc",
            "description": "{$.msg || $.logdesc}\n\nDevice: {$.devname} ({$.devid}), VDOM {$.vd}\nLog: {$.logid} {$.logdesc}\nSource: {$.srcip}\nStatus: {$.status}",
            "severity": "$.level"
        }
    }),
    .severities = "emergency=Critical,alert=Critical,critical=Critical,error=High,warning=Medium,"
                  "notice=Low,notification=Low,information=Information,debug=Information",
    .setup = "Create an automation stitch whose action is a webhook: method POST, the endpoint's "
             "URL, the header Authorization: Bearer <token>, and the body below. Do not use "
             "%%log%%: its quotes break JSON.",
    .payload = JSON({
        "source": "fortigate",
        "devid": "%%log.devid%%",
        "devname": "%%log.devname%%",
        "vd": "%%log.vd%%",
        "logid": "%%log.logid%%",
        "level": "%%log.level%%",
        "logdesc": "%%log.logdesc%%",
        "msg": "%%log.msg%%",
        "srcip": "%%log.srcip%%",
        "status": "%%log.status%%"
    }),
},
{
    .name = "crowdstrike",
    .title = "CrowdStrike Falcon Fusion",
    .document = JSON({
        "trigger_field": "$.status",
        "open_value": "new, in_progress, true_positive",
        "close_value": "closed",
        "on_unknown": "note",
        "dedup_key": "$.incident_id",
        "json_mapping": {
            "summary": "$.title $.host",
            "description": "{$.description || $.title}\n\nHost: {$.host}\nSeverity: {$.severity}\nTime: {$.timestamp}\nLink: {$.link}",
            "severity": "$.severity"
        }
    }),
    .setup = "In Fusion SOAR add a workflow on incidents with the action Call webhook: the "
             "endpoint's URL with ?token=<token> at its end and the body below, its values filled "
             "from the workflow's variables.",
    .payload = JSON({
        "incident_id": "${incident.id}",
        "title": "${incident.name}",
        "status": "${incident.status}",
        "severity": "${incident.severity}",
        "description": "${incident.description}",
        "host": "${incident.host}",
        "link": "${incident.link}",
        "timestamp": "${incident.time}"
    }),
},
