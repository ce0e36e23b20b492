/* SPDX-License-Identifier: Apache-2.0 */
/* Preset rows: servers, networks and metrics. Included by preset.c inside its table. */
{
    .name = "generic",
    .title = "Any sender (JSON or form)",
    .document = JSON({
        "trigger_field": "@['state','status','status_text']",
        "open_value": "open, opened, problem, firing, triggered, alert, alerting, active, down, critical, crit, major, minor, warning, warn, error, failed, failure",
        "close_value": "close, closed, ok, resolved, recovered, recovery, up, clear, cleared, normal, success, inactive",
        "on_unknown": "open",
        "dedup_key": "@.key || @.dedup_key || @.alert_id",
        "json_mapping": {
            "summary": "@.summary || @.title || @.monitor.name || @.name || @.subject",
            "description": "@.description || @.message || @.msg || @.details || @.text",
            "customer_id": "@.company || @.customer_id",
            "severity": "@.severity || @.level || @.priority"
        }
    }),
    .setup = "Post JSON or form fields to the endpoint's URL with the header "
             "\"Authorization: Bearer <token>\". Send the same key when the problem starts and "
             "when it is over; state says which of the two it is. Without a state every message "
             "opens, without a key the summary identifies the alert. For several alerts in one "
             "request post a list and set batch_path to $.",
    .payload = JSON({
        "state": "open",
        "key": "backup-srv01",
        "summary": "Backup failed on SRV01",
        "description": "Job nightly ended with code 2",
        "severity": "high",
        "company": "ACME"
    }),
},
{
    .name = "alertmanager",
    .title = "Prometheus Alertmanager",
    .document = JSON({
        "batch_path": "$.alerts",
        "trigger_field": "@.status",
        "open_value": "firing",
        "close_value": "resolved",
        "on_unknown": "ignore",
        "dedup_key": "@.fingerprint",
        "json_mapping": {
            "summary": "@.labels.alertname @.labels.instance",
            "description": "{@.annotations.description || @.annotations.summary || @.annotations.message}\n\nAlert: {@.labels.alertname}\nSeverity: {@.labels.severity}\nSince: {@.startsAt}\nSource: {@.generatorURL}\nLabels: {@.labels}",
            "customer_id": "@.labels.cw_company",
            "severity": "@.labels.severity"
        },
        "routing_rules": [
            {"name": "always-firing alert", "path": "@.labels.alertname", "regex": "^(Watchdog|DeadMansSwitch|InfoInhibitor)$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "In alertmanager.yml add a receiver with webhook_configs: url is the endpoint's URL, "
             "send_resolved stays true, and http_config.authorization.credentials is the token. "
             "Each alert of a group becomes its own ticket, known by its fingerprint. The label "
             "cw_company names the customer.",
},
{
    .name = "grafana",
    .title = "Grafana Alerting",
    .document = JSON({
        "batch_path": "$.alerts",
        "trigger_field": "@.status",
        "open_value": "firing",
        "close_value": "resolved",
        "on_unknown": "ignore",
        "dedup_key": "@.fingerprint",
        "json_mapping": {
            "summary": "@.labels.alertname @.labels.rulename @.labels.instance",
            "description": "{@.annotations.description || @.annotations.summary || $.message}\n\nValues: {@.valueString}\nSince: {@.startsAt}\nRule: {@.generatorURL}\nPanel: {@.panelURL}\nLabels: {@.labels}",
            "customer_id": "@.labels.cw_company",
            "severity": "@.labels.severity"
        },
        "routing_rules": [
            {"name": "Grafana's test alert", "path": "@.labels.alertname", "regex": "^TestAlert$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Under Alerting, Contact points add one of type Webhook with the endpoint's URL, "
             "method POST, authorization scheme Bearer and the token as credentials. Or sign: set "
             "an HMAC secret and the signature header X-HookWise-Signature, without a timestamp "
             "header. The test button's alert is recognised and opens nothing.",
},
{
    .name = "zabbix",
    .title = "Zabbix",
    .document = JSON({
        "trigger_field": "$[?@ == $.event_value && $.event_update_status != '1' && $.event_update_status != 1]",
        "open_value": "1",
        "close_value": "0",
        "on_unknown": "note",
        "dedup_key": "$.event_id",
        "success_code": 200,
        "json_mapping": {
            "summary": "$.host: $.event_name || $.subject",
            "description": "{$.message || $.event_name}\n\nHost: {$.host} {$.host_ip}\nSeverity: {$.event_severity}\nData: {$.opdata}\nProblem: {$.event_id}, trigger {$.trigger_id}",
            "customer_id": "$.event_tags[?@.tag=='cw_company'].value",
            "severity": "$.event_nseverity"
        },
        "routing_rules": [
            {"name": "media type test", "path": "$.event_id", "regex": "^([{]EVENT[.]ID[}]|[*]UNKNOWN[*])$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .severities = "5=Critical,4=High,3=Medium,2=Low,1=Information,0=Information",
    .setup = "Create a media type of type Webhook with the parameters of the payload below, whose "
             "script posts JSON.stringify(params) to the endpoint's URL with the header "
             "Authorization: Bearer <token> and accepts any 2xx answer. Send problem, recovery and "
             "update operations. The tag cw_company of a trigger or host names the customer.",
    .payload = JSON({
        "source": "zabbix",
        "event_id": "{EVENT.ID}",
        "event_value": "{EVENT.VALUE}",
        "event_update_status": "{EVENT.UPDATE.STATUS}",
        "event_nseverity": "{EVENT.NSEVERITY}",
        "event_severity": "{EVENT.SEVERITY}",
        "event_name": "{EVENT.NAME}",
        "host": "{HOST.NAME}",
        "host_ip": "{HOST.IP}",
        "trigger_id": "{TRIGGER.ID}",
        "opdata": "{EVENT.OPDATA}",
        "event_tags": "{EVENT.TAGSJSON}",
        "subject": "{ALERT.SUBJECT}",
        "message": "{ALERT.MESSAGE}"
    }),
},
{
    .name = "librenms",
    .title = "LibreNMS",
    .document = JSON({
        "trigger_field": "$.state",
        "open_value": "1, 3, 4, 5",
        "close_value": "0",
        "on_unknown": "note",
        "dedup_key": "$.alert_id",
        "json_mapping": {
            "summary": "$.hostname $.name || $.title",
            "description": "{$.msg || $.title}\n\nDevice: {$.sysName || $.hostname} {$.ip}\nLocation: {$.location}\nSince: {$.timestamp}",
            "severity": "$.severity"
        },
        "routing_rules": [
            {"name": "transport test", "path": "$.title", "regex": "^Testing transport", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "Add an alert transport of type API: method POST, the endpoint's URL, the header line "
             "Authorization=Bearer <token>, and the body below. Raw line breaks in a message are "
             "mended on arrival.",
    .payload = JSON({
        "title": "{{ $title }}",
        "hostname": "{{ $hostname }}",
        "sysName": "{{ $sysName }}",
        "ip": "{{ $ip }}",
        "location": "{{ $location }}",
        "severity": "{{ $severity }}",
        "state": "{{ $state }}",
        "alert_id": "{{ $alert_id }}",
        "rule_id": "{{ $rule_id }}",
        "name": "{{ $name }}",
        "timestamp": "{{ $timestamp }}",
        "msg": "{{ $msg }}"
    }),
},
{
    .name = "graylog",
    .title = "Graylog",
    .document = JSON({
        "trigger_field": "$.event.alert",
        "open_value": "true",
        "close_value": "",
        "on_unknown": "ignore",
        "dedup_key": ["$.event_definition_id", "$.event.key"],
        "json_mapping": {
            "summary": "$.event_definition_title $.event.key",
            "description": "{$.event.message}\n\n{$.event_definition_description}\nTime: {$.event.timestamp}\nFields: {$.event.fields}\nRemediation: {$.remediation_steps}",
            "severity": "$.event.priority"
        },
        "routing_rules": [
            {"name": "notification test", "path": "$.event_definition_id", "regex": "^NotificationTestId$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .severities = "4=Critical,3=High,2=Medium,1=Low",
    .setup = "Add a notification of type HTTP Notification with the endpoint's URL and the header "
             "Authorization: Bearer <token>. Graylog never says that a problem is over: close "
             "these tickets by hand.",
},
{
    .name = "icinga",
    .title = "Icinga Notifications",
    .document = JSON({
        "trigger_field": "$.incident.severity",
        "open_value": "warning, err, crit, alert, emerg, notice, info, debug",
        "close_value": "ok",
        "on_unknown": "ignore",
        "dedup_key": "$.incident.id",
        "success_code": 200,
        "json_mapping": {
            "summary": "$.object.name",
            "description": "{$.event.message}\n\nHost: {$.object.tags.host}\nService: {$.object.tags.service}\nTime: {$.event.time}\nLink: {$.object.url}\nIncident: {$.incident.url}",
            "severity": "$.incident.severity"
        }
    }),
    .setup = "Add a channel of type webhook with the endpoint's URL, method POST and the header "
             "Authorization: Bearer <token>; the default body is what is read here. For scripts of "
             "Icinga 2 use the preset nagios.",
},
{
    .name = "nagios",
    .title = "Nagios, Icinga 2 and Naemon",
    .document = JSON({
        "trigger_field": "$['notification_type','type']",
        "open_value": "PROBLEM",
        "close_value": "RECOVERY",
        "on_unknown": "note",
        "dedup_key": ["$.host", "$.service"],
        "json_mapping": {
            "summary": "$.host $.service is $.state",
            "description": "{$.output}\n\nHost: {$.host} {$.address}\nService: {$.service}\nState: {$.state}\n{$.long_output}",
            "severity": "$.state"
        }
    }),
    .severities = "CRITICAL=Critical,DOWN=Critical,UNREACHABLE=High,WARNING=Medium,UNKNOWN=Medium,"
                  "OK=Information,UP=Information",
    .setup = "Define a notification command that posts the body below with curl and the header "
             "Authorization: Bearer <token>, and give it to the contact for hosts and services. "
             "For hosts leave service empty and send $HOSTSTATE$ and $HOSTOUTPUT$.",
    .payload = JSON({
        "notification_type": "$NOTIFICATIONTYPE$",
        "host": "$HOSTNAME$",
        "address": "$HOSTADDRESS$",
        "service": "$SERVICEDESC$",
        "state": "$SERVICESTATE$",
        "output": "$SERVICEOUTPUT$"
    }),
},
{
    .name = "checkmk",
    .title = "Checkmk",
    .document = JSON({
        "trigger_field": "$.notification_type",
        "open_value": "PROBLEM",
        "close_value": "RECOVERY",
        "on_unknown": "note",
        "dedup_key": ["$.site", "$.host", "$.service"],
        "json_mapping": {
            "summary": "$.host $.service is $.state",
            "description": "{$.output}\n\nSite: {$.site}\nHost: {$.host}\nService: {$.service}\nState: {$.state}\nLink: {$.url}\n{$.long_output}",
            "severity": "$.severity || $.state"
        },
        "routing_rules": [
            {"name": "flapping or downtime", "path": "$.notification_type", "regex": "^(FLAPPING|DOWNTIME)", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .severities = "CRITICAL=Critical,CRIT=Critical,DOWN=Critical,UNREACHABLE=High,UNREACH=High,"
                  "WARNING=Medium,WARN=Medium,UNKNOWN=Medium,UNKN=Medium,OK=Information,"
                  "UP=Information",
    .setup = "Put a notification script into ~/local/share/check_mk/notifications of the site that "
             "builds the body below from the variables NOTIFY_* (for hosts service is empty and "
             "the state is NOTIFY_HOSTSTATE) and posts it with the header "
             "Authorization: Bearer <token>. Then choose it in a notification rule.",
    .payload = JSON({
        "notification_type": "$NOTIFY_NOTIFICATIONTYPE",
        "site": "$OMD_SITE",
        "host": "$NOTIFY_HOSTNAME",
        "service": "$NOTIFY_SERVICEDESC",
        "state": "$NOTIFY_SERVICESTATE",
        "output": "$NOTIFY_SERVICEOUTPUT",
        "long_output": "$NOTIFY_LONGSERVICEOUTPUT",
        "url": "$NOTIFY_SERVICEURL"
    }),
},
{
    .name = "netdata",
    .title = "Netdata Cloud",
    .document = JSON({
        "trigger_field": "$.severity",
        "open_value": "critical, warning",
        "close_value": "clear, info",
        "on_unknown": "ignore",
        "dedup_key": ["$.alert || $.host", "$.chart"],
        "json_mapping": {
            "summary": "$.message || $.alert $.chart",
            "description": "{$.message}\n\n{$.info}\nSpace: {$.space}\nChart: {$.chart} {$.context}\nDate: {$.date}\nLink: {$.alert_url || $.url}",
            "severity": "$.severity"
        },
        "routing_rules": [
            {"name": "verification message", "path": "$.Token", "regex": ".", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .setup = "In the space settings add the notification integration Webhook with the endpoint's "
             "URL, and the header Authorization: Bearer <token> or Basic authentication with the "
             "token as password. The verification message opens no ticket.",
},
{
    .name = "prtg",
    .title = "PRTG Network Monitor",
    .document = JSON({
        "trigger_field": "$.status",
        "open_value": ["~^(Down|Warning|Unusual|Fehler|Warnung|Ungewöhnlich)(?!.*(Acknowledged|Bestätigt|ended|now: Up))"],
        "close_value": ["Up*", "OK", "~now: Up"],
        "on_unknown": "note",
        "dedup_key": "$.sensorid",
        "json_mapping": {
            "summary": "$.device $.name",
            "description": "{$.message}\n\nDevice: {$.device} {$.host}\nSensor: {$.name} ({$.sensorid})\nStatus: {$.status}, before {$.laststatus}\nGroup: {$.group}\nTime: {$.datetime}\nLink: {$.link}",
            "severity": "$.priority"
        },
        "routing_rules": [
            {"name": "notification test", "path": "$.sensorid", "regex": "^(%sensorid|0)$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .severities = "*****=Critical,****=High,***=Medium,**=Low,*=Low",
    .setup = "Add a notification template with Execute HTTP Action: method POST, the endpoint's "
             "URL with ?token=<token> at its end (PRTG sends no headers), and the payload below. "
             "Use it in triggers for the down state and when the sensor leaves it.",
    .payload = "sensorid=%sensorid&device=%device&host=%host&name=%name&status=%status"
               "&message=%message&priority=%priority&datetime=%datetime&laststatus=%laststatus"
               "&group=%group&probe=%probe&link=%linksensor",
},
