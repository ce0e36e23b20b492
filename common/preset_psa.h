/* SPDX-License-Identifier: Apache-2.0 */
/* Preset rows: tickets of a PSA that become local incidents. Included by preset.c in its table. */
{
    .name = "connectwise",
    .title = "ConnectWise Manage tickets",
    .document = JSON({
        "destination": "local",
        "trigger_field": "$..closedFlag",
        "open_value": "false",
        "close_value": "true",
        "on_unknown": "open",
        "dedup_key": "$.ID || $.Entity.id || $.id",
        "json_mapping": {
            "summary": "$.Entity.summary || $.summary",
            "description": "$.Entity.initialDescription || $.initialDescription || $.Entity.board.name || $.board.name",
            "customer_id": "$.Entity.company.identifier || $.company.identifier",
            "severity": "$.Entity.priority.name || $.priority.name || $.Entity.severity || $.severity.name"
        },
        "routing_rules": [
            {"name": "deleted ticket", "path": "$.Action", "regex": "^deleted$", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .severities = "Priority 1 - Critical=Critical,Priority 2 - High=High,Priority 3 - Medium=Medium,"
                  "Priority 4 - Low=Low",
    .setup = "Register a callback for service tickets with the endpoint's URL and ?token=<token> "
             "at its end. Each ticket becomes a local incident, closed with its ticket.",
},
{
    .name = "halopsa",
    .title = "HaloPSA tickets",
    .document = JSON({
        "destination": "local",
        "trigger_field": "$..hasbeenclosed",
        "open_value": "false",
        "close_value": "true",
        "on_unknown": "open",
        "dedup_key": "$.ticket.id || $.id",
        "json_mapping": {
            "summary": "$.ticket.summary || $.summary",
            "description": "$.ticket.details || $.details",
            "customer_id": "$.ticket.client_name || $.client_name",
            "severity": "$.ticket.priority_name || $.priority_name"
        }
    }),
    .setup = "Under Configuration, Integrations, Webhooks add one with the endpoint's URL, method "
             "POST, Basic authentication with the token as password, and the events for new and "
             "closed tickets. Each ticket becomes a local incident.",
},
{
    .name = "autotask",
    .title = "Autotask tickets",
    .document = JSON({
        "destination": "local",
        "trigger_field": "$..['Status','status']",
        "open_value": "New, 1",
        "close_value": "Complete, Completed, Closed, 5",
        "on_unknown": "open",
        "dedup_key": "$.Id || $.id",
        "json_mapping": {
            "summary": "$.Fields.Title || $.title",
            "description": "$.Fields.Description || $.description",
            "severity": "$.Fields.Priority || $.priority"
        },
        "routing_rules": [
            {"name": "deleted ticket", "path": "$.Action", "regex": "^delete", "overrides": {"drop": true}, "stop": true}
        ]
    }),
    .severities = "1=Critical,2=High,3=Medium,4=Low,5=Low,6=Low,7=Low",
    .setup = "Add a ticket webhook with the endpoint's URL and ?token=<token> at its end, for "
             "create and update events, with the fields Title, Description, Priority and Status. "
             "Each ticket becomes a local incident.",
},
{
    .name = "freshservice",
    .title = "Freshservice tickets",
    .document = JSON({
        "destination": "local",
        "trigger_field": "$['event','status_id']",
        "open_value": "ticket.created",
        "close_value": "ticket.deleted, 4, 5",
        "on_unknown": "open",
        "dedup_key": "$.ticket_id",
        "json_mapping": {
            "summary": "$.subject",
            "description": "{$.subject}\n\nRequester: {$.requester_name} {$.requester_email}\nUpdated: {$.updated_at}",
            "severity": "$.priority_id"
        }
    }),
    .severities = "4=Critical,3=High,2=Medium,1=Low",
    .setup = "In the Workflow Automator add a workflow for each event of tickets (created, "
             "updated, deleted) with the action Trigger Webhook: POST, the endpoint's URL, JSON, "
             "an API key in the header Authorization with the value Bearer <token>, and the body "
             "below with its event changed.",
    .payload = JSON({"event": "ticket.updated", "ticket_id": {{ticket.id}}, "subject": "{{ticket.subject}}", "status_id": {{ticket.status}}, "priority_id": {{ticket.priority}}, "requester_name": "{{ticket.requester.name}}", "requester_email": "{{ticket.requester.email}}", "updated_at": "{{ticket.updated_at}}"}),
},
{
    .name = "superops",
    .title = "SuperOps tickets",
    .document = JSON({
        "destination": "local",
        "trigger_field": "$['status','event']",
        "open_value": "Open, ticket.created",
        "close_value": "Closed, Resolved, ticket.closed, ticket.deleted",
        "on_unknown": "open",
        "dedup_key": "$.ticket_id",
        "json_mapping": {
            "summary": "$.subject",
            "description": "{$.description || $.subject}\n\nRequester: {$.requester}\nTechnician: {$.technician}",
            "customer_id": "$.client",
            "severity": "$.priority"
        }
    }),
    .setup = "Post the body below from an event-triggered automation of SuperOps, filled with the "
             "ticket's placeholders, to the endpoint's URL with the header "
             "Authorization: Bearer <token>. Each ticket becomes a local incident.",
    .payload = JSON({
        "event": "ticket.created",
        "ticket_id": "<ticket id>",
        "subject": "<subject>",
        "description": "<description>",
        "status": "<status>",
        "priority": "<priority>",
        "client": "<client>",
        "requester": "<requester>",
        "technician": "<technician>"
    }),
},
