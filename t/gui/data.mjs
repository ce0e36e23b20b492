// SPDX-License-Identifier: Apache-2.0
// A small company's day for the pages: endpoints, events with their stories, incidents, audit.
const MINUTE = 60000;

// The same numbers in every run.
export function dice(seed) {
  let s = seed >>> 0;
  return (n) => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return Math.floor((s / 4294967296) * n);
  };
}

const hex = (roll, n) => Array.from({ length: n }, () => roll(16).toString(16)).join('');
const uuid = (roll) => `${hex(roll, 8)}-${hex(roll, 4)}-4${hex(roll, 3)}-a${hex(roll, 3)}-${hex(roll, 12)}`;
const token = (roll, n) => Array.from({ length: n }, () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'[roll(64)]).join('');

const SENDERS = [
  ['Uptime Kuma (offices)', 'uptime-kuma', 'local', ['Router Lindenhof is down', 'Website brauerei-kern.example is down', 'VPN gateway Süd is down', 'Mail relay mx2 is down']],
  ['Alertmanager prod', 'alertmanager', 'connectwise', ['HostOutOfDisk nas3:9100', 'PostgresReplicationLag db2', 'KubePodCrashLooping billing/worker', 'CertificateExpiresSoon shop.kern.example']],
  ['Zabbix Nordwest', 'zabbix', 'connectwise', ['High CPU utilization on esx-04', 'Interface Gi1/0/12 on core-sw1: link down', 'UPS battery needs replacement in rack B', 'Zabbix agent on fs-02 is unreachable for 5 minutes']],
  ['Backups (Healthchecks)', 'healthchecks', 'local', ['nightly-restic tischlerei is late', 'pg_dump crm did not report', 'offsite sync is late']],
  ['PRTG Altbestand', 'prtg', 'connectwise', ['Ping Drucker EG: Keine Antwort', 'Temperatur Serverraum 31 °C']],
];
const COMPANIES = ['TISCHLEREI-AHORN', 'BRAUEREI-KERN', 'PRAXIS-LINDENHOF', 'STADTWERKE-OST'];
const TENANTS = ['default', 'nordwest'];

export function makeEndpoints(now) {
  const roll = dice(11);
  const rows = SENDERS.map(([name, preset, destination], i) => ({
    id: token(roll, 64), name, preset, destination, tenant: TENANTS[i === 2 ? 1 : 0], is_enabled: i !== 4, is_draft: false,
    is_pinned: i === 0, display_order: i, bearer_auth_enabled: true, success_code: 202, customer_id_default: COMPANIES[i % 4],
    created_at: new Date(now - (90 - i) * 86400000).toISOString(), updated_at: new Date(now - i * 86400000).toISOString(),
    last_seen_at: new Date(now - [1, 3, 8, 26 * 60, 9 * 1440][i] * MINUTE).toISOString(), timeout_alerts_enabled: i === 3, timeout_hours: 24,
  }));
  rows[1].batch_path = '$.alerts';
  return rows;
}

const OUTCOMES = [
  ['open', 'processed', 'create', 'no-open-ticket', 'No ticket is open for this alert: create one.'],
  ['open', 'processed', 'update', 'open-ticket', 'Ticket T is open already: add a note.'],
  ['open', 'processed', 'update', 'open-ticket', 'Ticket T is open already: add a note.'],
  ['close', 'processed', 'close', 'recovered', 'Ticket T is open and the problem is over: close it.'],
  ['close', 'skipped', null, 'nothing-to-close', 'The problem is over and no ticket is open: nothing to close.'],
  ['open', 'skipped', null, 'maintenance', 'The window "Patch night" is active until 06:00.'],
  ['open', 'processed', 'reopen', 'recurred', 'Ticket T was closed 12 minutes ago: reopen it.'],
  ['open', 'failed', 'create', 'no-open-ticket', 'No ticket is open for this alert: create one.'],
  ['open', 'retrying', 'create', 'no-open-ticket', 'No ticket is open for this alert: create one.'],
  ['open', 'dlq', 'create', 'no-open-ticket', 'No ticket is open for this alert: create one.'],
  ['open', 'rejected', null, 'unreadable', 'The body is neither JSON nor a form.'],
];
const ERRORS = {
  failed: "Board 'Emergncy' does not exist",
  retrying: 'ConnectWise did not answer within 30 s (attempt 2 of 5)',
  dlq: 'ConnectWise answered 503 five times: "Service temporarily unavailable"',
  rejected: 'Not readable: at byte 17 a value is expected, and "<" found',
};
const pick = (roll) => OUTCOMES[[0, 1, 1, 1, 2, 3, 3, 3, 4, 4, 5, 0, 6, 7, 8, 9, 10, 1, 3, 1][roll(20)]];

function payloadOf(row, endpoint, kind, roll) {
  if (row.status === 'rejected') return '<alert host="esx-04"><state>2</state></alert>';
  const host = row.summary.split(' ').at(-1);
  if (endpoint.preset === 'uptime-kuma') {
    return { heartbeat: { monitorID: 14, status: kind === 'open' ? 0 : 1, time: row.created_at, msg: kind === 'open' ? 'connect ETIMEDOUT 192.0.2.17:443' : '200 - OK', ping: kind === 'open' ? null : 23 + roll(20), duration: 60 },
      monitor: { id: 14, name: row.summary.replace(/^Alert: | is down$/g, ''), type: 'http', url: 'https://lindenhof.example/', tags: [{ name: 'site', value: 'Lindenhof' }], token: '********' }, msg: `[${row.summary}] ${kind}` };
  }
  return { version: '4', status: kind === 'open' ? 'firing' : 'resolved', receiver: 'hookwise', groupKey: `{}:{alertname="${row.summary}"}`,
    alerts: [{ status: kind === 'open' ? 'firing' : 'resolved', fingerprint: hex(roll, 16), startsAt: row.created_at,
      labels: { alertname: row.summary.split(' ')[1] ?? 'Alert', instance: host, severity: 'critical', customer: row.company }, annotations: { summary: row.summary, description: `${row.summary} since 5 minutes` } }] };
}

function storyOf(row, endpoint, outcome) {
  const [kind, , action, reason, text] = outcome;
  const steps = [['received', 'webhook', `POST with ${600 + (row.id % 900)} bytes from ${row.source_ip}, bearer token accepted.`]];
  if (row.status === 'rejected') return [...steps, ['decode', 'unreadable', row.error_message], ['settle', 'skip', 'The request could not be read.']].map(step);
  steps.push(['decode', row.id % 9 === 0 ? 'repaired' : 'ok', row.id % 9 === 0 ? 'Read as JSON after mending a trailing comma at byte 412.' : 'Read as JSON.']);
  if (endpoint.batch_path) steps.push(['batch', 'split', '$.alerts holds 1 element']);
  steps.push(['kind', kind, `heartbeat.status is "${kind === 'open' ? 0 : 1}", ${kind === 'open' ? 'an open' : 'a close'} value.`]);
  if (row.matched_rule) steps.push(['rule', 'matched', `Rule 2 ($.labels.severity ~ critical) sets priority "Priority 1" and board "Emergncy".`]);
  steps.push(['rule', 'no-match', 'Rule 3 ($.monitor.name ~ ^Printer) does not match.']);
  steps.push(['company', 'mapping', `${row.company}, found by the mapping of customer_id.`], ['summary', 'mapping', `"${row.summary}", from the mapping.`],
    ['identity', 'key', `"${row.dedup_key}", from the dedup key.`]);
  if (reason === 'maintenance') steps.push(['maintenance', 'suppressed', text]);
  else steps.push(['facts', action === 'create' || !action ? 'none' : 'open', action === 'create' || !action ? 'No ticket is open.' : `Ticket ${row.ticket_id} is open.`]);
  steps.push(['settle', action ?? 'skip', text.replace(' T ', ` ${row.ticket_id} `)]);
  if (row.status === 'retrying' || row.status === 'dlq') steps.push(['act', 'temporary', 'Attempt 1: no answer within 30 s.'], ['act', 'temporary', `Attempt 2: ${row.error_message}`]);
  else if (row.status === 'failed') steps.push(['act', 'refused', `ConnectWise refused: ${row.error_message}.`]);
  else if (action) steps.push(['act', action, `Ticket ${row.ticket_id} ${{ create: 'created', update: 'got a note', close: 'closed', reopen: 'reopened' }[action]}.`]);
  return steps.map(step);
}
const step = ([s, outcome, text]) => ({ step: s, outcome, text });

export function makeEvent(id, at, endpoints, roll) {
  const e = roll(SENDERS.length - 1);
  const endpoint = endpoints[e];
  const outcome = pick(roll);
  const [kind, status, action] = outcome;
  const problem = SENDERS[e][3][roll(SENDERS[e][3].length)];
  const row = {
    id, request_id: uuid(roll), part: 0, config_id: endpoint.id, config_name: endpoint.name, tenant: endpoint.tenant,
    created_at: new Date(at).toISOString(), received_at: new Date(at).toISOString(), status, action, ticket_id: null,
    destination: endpoint.destination, company: COMPANIES[roll(4)], summary: `Alert: ${problem}`, dedup_key: problem,
    matched_rule: roll(4) === 0 || status === 'failed' ? 'rule 2: $.labels.severity ~ critical' : null, error_message: ERRORS[status] ?? null,
    processing_time: status === 'retrying' ? 31.2 : 0.004 + roll(900) / 1000, retry_count: { retrying: 2, dlq: 5 }[status] ?? 0, source_ip: `192.0.2.${10 + e}`,
  };
  row.recorded_at = new Date(at + row.processing_time * 1000).toISOString();
  if (action && !['failed', 'dlq', 'retrying'].includes(status)) row.ticket_id = String((endpoint.destination === 'local' ? 100 : 48200) + SENDERS[e][3].indexOf(problem) + e * 7);
  if (status === 'rejected') Object.assign(row, { summary: null, company: null, dedup_key: null });
  row.payload = payloadOf(row.summary ? row : { ...row, summary: '' }, endpoint, kind, roll);
  row.headers = { Host: 'hooks.example', 'User-Agent': 'axios/1.7.2', 'Content-Type': 'application/json', Authorization: '********' };
  row.trace = storyOf(row, endpoint, outcome);
  return row;
}

export function makeHistory(now, endpoints, n = 640) {
  const roll = dice(7);
  const rows = [];
  let at = now - 20000;
  for (let i = 0; i < n; i++) {
    rows.push(makeEvent(9000 - i, at, endpoints, roll));
    at -= MINUTE + roll(14 * MINUTE);
  }
  return rows;
}

export function makeIncidents(now, history) {
  const byTicket = new Map();
  for (const row of history) if (row.destination === 'local' && row.ticket_id) byTicket.set(row.ticket_id, [...(byTicket.get(row.ticket_id) ?? []), row]);
  return [...byTicket].map(([id, events], i) => {
    const last = events[0];
    const first = events.at(-1);
    const status = last.action === 'close' ? 'closed' : i % 3 === 1 ? 'acknowledged' : 'open';
    return {
      id, tenant: last.tenant, endpoint_id: last.config_id, xref: `hw:1f0c22ab:${'0123456789abcdef'.repeat(2)}`, company: first.company, summary: last.summary, status,
      fields: { severity: 'High', priority: 'Priority 2' }, created_at: first.created_at, updated_at: last.created_at, closed_at: status === 'closed' ? last.created_at : null,
      description: `${last.summary}\n\nMonitor: ${last.dedup_key}\nMessage: connect ETIMEDOUT 192.0.2.17:443\nSince: ${first.created_at}`,
      notes: events.slice(0, 6).reverse().map((e, n) => ({ id: String(n + 1), author: e.action === 'close' ? 'HookWise' : 'HookWise', text: e.action === 'close' ? 'The problem is over: 200 - OK' : 'Still down: connect ETIMEDOUT 192.0.2.17:443', created_at: e.created_at })),
      events: events.slice(0, 20),
    };
  }).sort((a, b) => Number(b.id) - Number(a.id));
}

export function makeAudit(now, endpoints) {
  const e = endpoints[0];
  const rows = [
    ['admin', '198.51.100.7', 'endpoint.update', e.id, { name: e.name, board: 'Service', open_value: '0' }, { name: e.name, board: 'Emergency', open_value: '0,2' }],
    ['admin', '198.51.100.7', 'login', 'admin', null, null],
    ['mira', '198.51.100.23', 'maintenance', 'maintenance_mode', { maintenance_mode: '1' }, { maintenance_mode: '0' }],
    ['mira', '198.51.100.23', 'maintenance', 'maintenance_mode', { maintenance_mode: '0' }, { maintenance_mode: '1' }],
    ['hookwisectl', '', 'user.add', 'mira', null, { name: 'mira', role: 'operator', tenant: '*' }],
    ['admin', '198.51.100.7', 'endpoint.rotate', endpoints[1].id, null, { token: '********', previous_until: new Date(now).toISOString() }],
    ['admin', '198.51.100.7', 'tenantmap.set', 'ahorn*', null, { pattern: 'ahorn*', company: 'TISCHLEREI-AHORN' }],
    ['admin', '198.51.100.7', 'endpoint.delete', endpoints[4].id, { name: 'Old sender', preset: 'generic' }, null],
  ];
  return rows.map(([who, address, what, object, before, after], i) => ({ id: String(80 - i), created_at: new Date(now - (i * 97 + 3) * MINUTE).toISOString(), tenant: 'default', who, address, what, object, before, after }));
}
