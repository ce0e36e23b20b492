/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of an endpoint, section by section. */
import { html } from '../../lib.js';
import { destinationName, MIRRORED } from '../../logic/status.js';
import { Icon, Link, Time } from '../../ui/basic.js';
import { addressOf, Copyable } from '../sender-setup.js';
import { Flag, Known, Select, Text, useEditor } from './context.js';
import { Rules } from './rules.js';
import { Windows } from './windows.js';
import { Access } from './access.js';
import { Advice } from './advice.js';
import { Targets } from './notify.js';

/* Where the PSA posts to, to paste there. */
function MirrorAddress() {
  const { doc, endpoint } = useEditor();
  if (doc.destination !== 'mirror') return null;
  if (!MIRRORED.includes(doc.preset)) return html`<p class="row" role="status"><${Icon} name="triangle-alert" class="text-attention" /><span>Choose the PSA whose tickets are told of as sender: ${MIRRORED.map(destinationName).join(', ')}.</span></p>`;
  return html`<div class="stack tight"><${Copyable} label=${`Address for ${destinationName(doc.preset)}, once this is saved`} value=${addressOf(endpoint).replace(/webhook\/[^/]*$/, `webhooks/${doc.preset}/ticket`)} />
    <p class="hint">Paste it there as callback, with the endpoint's token in the header <code>X-Webhook-Secret</code> or as bearer token. The tickets appear under <${Link} to="/incidents" query=${{ tab: 'tickets' }}>Incidents<//>.</p></div>`;
}

function Identity() {
  const ed = useEditor();
  const presets = [['', 'None: I map the fields myself'], ...ed.presets.map((p) => [p.name, p.title])];
  if (ed.doc.preset && !ed.presets.some((p) => p.name === ed.doc.preset)) presets.push([ed.doc.preset, ed.doc.preset]);
  return html`<${Text} field="name" label="Name" required /><div class="pair">
      <${Select} field="preset" label="Sender" hint="Fills what is left empty below." options=${presets} />
      <${Select} field="destination" label="Tickets go to" options=${[['', 'The configured PSA'], ['local', 'Local incidents'], ['connectwise', 'ConnectWise'], ['mirror', 'Nowhere: mirror the PSA’s tickets']]} /></div><${MirrorAddress} />
    <${Text} field="tenant" label="Tenant" hint="Who owns its incidents and history." />
    <div class="flags"><${Flag} field="is_enabled" label="Takes webhooks" hint="Switched off, they are answered 403." /><${Flag} field="is_draft" label="Draft" hint="Not in service yet." /><${Flag} field="is_pinned" label="Pinned to the top of the list" /></div>`;
}

function Mapping() {
  return html`<div class="pair"><${Text} field="trigger_field" label="Trigger" mono hint="The value here tells problem from recovery." /><${Text} field="batch_path" label="Batch" mono placeholder="none: one alert in each webhook" hint="A list of alerts, such as $.alerts; @ is then one of them." /></div>
    <div class="pair"><${Text} field="open_value" label="Opens when it is" mono hint="Comma-separated; prefix* and ~regex too." /><${Text} field="close_value" label="Closes when it is" mono /></div>
    <${Select} field="on_unknown" label="Any other value" options=${[['note', 'Note on the open ticket, else nothing'], ['open', 'Opens a ticket'], ['ignore', 'Nothing']]} />
    <${Text} field="dedup_key" label="Dedup key" mono placeholder="the whole summary" hint="What makes two events the same alert: one path, or several joined by |." />
    <${Text} field="json_mapping.summary" label="Summary" mono placeholder="the monitor's name" hint=${html`A path, text with {$.path}, or a || b for the first that is not empty. <${Link} to="/help">More on expressions<//>`} />
    <${Text} field="json_mapping.description" label="Description" mono area rows=${3} placeholder="built in" />
    <div class="pair"><${Text} field="json_mapping.customer_id" label="Company" mono placeholder="TenantMap, then the default" /><${Text} field="customer_id_default" label="Company when none is found" placeholder="from the settings" /></div>
    <details class="more"><summary>Map further ticket fields</summary><div class="pair">${[['board', 'Board'], ['status', 'Status'], ['priority', 'Priority'], ['severity', 'Severity'], ['impact', 'Impact'], ['ticket_type', 'Type'], ['subtype', 'Subtype'], ['item', 'Item'], ['close_status', 'Closing status']]
      .map(([f, label]) => html`<${Text} key=${f} field=${`json_mapping.${f}`} label=${label} mono placeholder="not mapped" />`)}</div></details>
    <${Flag} field="global_routing_enabled" label="Use the TenantMap" hint="Looks the sender's tenant name up when neither a rule nor the mapping names the company." />`;
}

function Ticket() {
  return html`<div class="pair"><${Known} field="board" label="Board" what="boards" /><${Known} field="priority" label="Priority" what="priorities" /></div>
    <div class="pair"><${Known} field="status" label="Status when new" what="statuses" /><${Known} field="close_status" label="Status when closed" what="statuses" /></div>
    <div class="pair"><${Known} field="ticket_type" label="Type" what="types" placeholder="none" /><${Known} field="subtype" label="Subtype" what="subtypes" placeholder="none" /><${Known} field="item" label="Item" what="items" placeholder="none" /></div>
    <div class="pair"><${Text} field="severity" label="Severity" placeholder="none" /><${Text} field="impact" label="Impact" placeholder="none" /></div>
    <div class="pair"><${Text} field="ticket_prefix" label="Summary begins with" placeholder="from the settings" /><${Text} field="summary_remove_strings" label="Taken out of the summary" placeholder="nothing" hint="Comma-separated." /></div>
    <${Text} field="description_template" label="Description template" area rows=${4} mono placeholder="built in" hint="{{ monitor_name }}, {{ msg }}, {{ request_id }} and {$.path} are filled in." />
    <${Text} field="reopen_window_minutes" label="Reopen instead of a new ticket within" number hint="Minutes after it was closed; 0: always a new one." />`;
}

const AI = () => html`<${Flag} field="ai_rca_enabled" label="Ask the model for a likely cause" hint="After the ticket exists, as one internal note that says a machine wrote it. The payload is masked first." />
  <${Text} field="ai_prompt_template" label="Instructions to the model" area rows=${4} placeholder="built in" /><${Advice} /><${Targets} />`;

function Heartbeat() {
  const { endpoint, doc } = useEditor();
  return html`<${Flag} field="timeout_alerts_enabled" label="Open a ticket when this sender falls silent" hint="It is closed with the next webhook." />
    <${Text} field="timeout_hours" label="Silent for" number hint="Hours without a webhook." disabled=${!doc.timeout_alerts_enabled} />
    <p class="muted">Last webhook: ${endpoint.last_seen_at ? html`<${Time} at=${endpoint.last_seen_at} />` : 'none yet'}${endpoint.stats?.stale_at ? html`; alert due <${Time} at=${endpoint.stats.stale_at} />` : ''}.</p>`;
}

/* fields: what marks the section as changed or wrong. */
export const SECTIONS = [
  { id: 'identity', label: 'Identity', view: Identity, fields: ['name', 'preset', 'destination', 'tenant', 'is_enabled', 'is_draft', 'is_pinned'] },
  { id: 'sender', label: 'Sender & security', short: 'Sender', view: Access, fields: ['bearer_auth_enabled', 'hmac_secret', 'auth', 'trusted_ips', 'success_code', 'max_body_kb', 'rate_limit', 'dedup_window_seconds'] },
  { id: 'mapping', label: 'Mapping', view: Mapping, fields: ['trigger_field', 'batch_path', 'open_value', 'close_value', 'on_unknown', 'dedup_key', 'json_mapping', 'customer_id_default', 'global_routing_enabled'] },
  { id: 'rules', label: 'Rules', view: Rules, fields: ['routing_rules'] },
  { id: 'ticket', label: 'Ticket', view: Ticket, fields: ['board', 'priority', 'status', 'close_status', 'ticket_type', 'subtype', 'item', 'severity', 'impact', 'ticket_prefix', 'summary_remove_strings', 'description_template', 'reopen_window_minutes'] },
  { id: 'maintenance', label: 'Maintenance', view: Windows, fields: ['maintenance_windows'] },
  { id: 'ai', label: 'AI & notify', short: 'AI', view: AI, fields: ['ai_rca_enabled', 'ai_prompt_template', 'notify'] },
  { id: 'heartbeat', label: 'Heartbeat', view: Heartbeat, fields: ['timeout_alerts_enabled', 'timeout_hours'] },
];
