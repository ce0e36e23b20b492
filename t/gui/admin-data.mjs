// SPDX-License-Identifier: Apache-2.0
// What the pages for setting up show: numbers of endpoints, presets, tenant map, windows, settings, users.
import { dice } from './data.mjs';

const roll = dice(41);
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';
export const token = (n) => Array.from({ length: n }, () => LETTERS[roll(64)]).join('');
const DAY = 86400000;

const preset = (name, title, document = {}, setup = `In ${title}, add a webhook with the address below and the header Authorization: Bearer <token>.`, payload = null) => ({ name, title, document, setup, payload });
export const PRESETS = [
  preset('generic', 'Generic', { trigger_field: '$.status', open_value: 'open, problem', close_value: 'closed, ok' }, 'Post JSON to the address below with the header Authorization: Bearer <token>.',
    '{"status": "problem", "title": "Disk nearly full", "host": "srv-01"}'),
  preset('uptime-kuma', 'Uptime Kuma', { trigger_field: '$.heartbeat.status', open_value: '0', close_value: '1', on_unknown: 'ignore', dedup_key: '$.monitor.id', json_mapping: { summary: '$.monitor.name || $.msg' },
    routing_rules: [{ name: 'notification test', path: '$.msg', regex: ' Testing$', overrides: { drop: true }, stop: true }] },
  'Settings → Notifications → Set up notification: type Webhook, the address below, body application/json, and as additional headers {"Authorization": "Bearer <token>"}.'),
  preset('alertmanager', 'Alertmanager', { batch_path: '$.alerts', trigger_field: '@.status', open_value: 'firing', close_value: 'resolved', dedup_key: '@.fingerprint', json_mapping: { summary: '@.labels.alertname @.labels.instance' } },
    'Add a receiver to alertmanager.yml:\n\nreceivers:\n  - name: hookwise\n    webhook_configs:\n      - url: the address below\n        http_config:\n          authorization: { credentials: <token> }'),
  ...[['grafana', 'Grafana'], ['zabbix', 'Zabbix'], ['datadog', 'Datadog'], ['librenms', 'LibreNMS'], ['healthchecks', 'Healthchecks.io'], ['graylog', 'Graylog'], ['pagerduty', 'PagerDuty'], ['icinga', 'Icinga'], ['nagios', 'Nagios'],
    ['checkmk', 'Checkmk'], ['prtg', 'PRTG'], ['ninjaone', 'NinjaOne'], ['wazuh', 'Wazuh'], ['github', 'GitHub'], ['sentry', 'Sentry']].map(([n, t]) => preset(n, t)),
];

// As /api/presets gives them; signing: what a row leaves open.
const open = (name, label, type, fallback = null, more = {}) => ({ name, label, type, default: fallback, required: false, ...more });
export const SCHEMES = [
  { scheme: 'github', title: 'GitHub', kind: 'signature', secret: 'Secret of the webhook', setup: "Enter the secret in the webhook's field Secret.", fields: [] },
  { scheme: 'grafana', title: 'Grafana Alerting', kind: 'signature', secret: 'Secret', setup: 'Enter the secret in the contact point.', fields: [open('header', 'Header', 'text', 'X-Grafana-Alerting-Signature'), open('tolerance_seconds', 'Seconds a timestamp may be off', 'number', '300')] },
  { scheme: 'hmac', title: 'Another signature', kind: 'signature', secret: 'Secret, or public key', setup: 'Sign the body with the secret.', fields: [open('header', 'Header', 'text', null, { required: true }), open('algorithm', 'Algorithm', 'choice', 'sha256', { choices: ['sha256', 'sha1', 'ed25519'] })] },
  { scheme: 'header', title: 'Secret in a header', kind: 'header', secret: 'Secret', setup: 'Send the secret in the header named here.', fields: [open('header', 'Header', 'text', 'X-Webhook-Secret')] },
];

function statsOf(e, i, history, now) {
  const rows = history.filter((r) => r.config_id === e.id && Date.parse(r.created_at) > now - DAY);
  const failed = rows.filter((r) => ['failed', 'dlq'].includes(r.status));
  const sparkline = Array(24).fill(0);
  for (const r of rows) sparkline[23 - Math.min(23, Math.floor((now - Date.parse(r.created_at)) / 3600000))]++;
  return { events: 1200 + i * 7411 + rows.length, events_24h: rows.length, failed_24h: failed.length, skipped_24h: 0, sparkline, last_error: failed[0]?.error_message ?? null, last_error_at: failed[0]?.created_at ?? null,
    last_error_id: failed[0] ? String(failed[0].id) : null, stale_at: e.timeout_alerts_enabled ? new Date(now - 2 * 3600000).toISOString() : i === 0 ? new Date(now + DAY).toISOString() : null, token_age_seconds: [40, 12, 410, 700, 3][i % 5] * 86400 };
}

const SETTINGS = [
  ['LOG_RETENTION_DAYS', 'int', '30', 'Days for which history is kept.', 1, 3650], ['CW_SERVICE_BOARD', 'text', 'Service', 'Board of new tickets.'], ['CW_STATUS_NEW', 'text', 'New', 'Status of new tickets.'], ['CW_STATUS_CLOSED', 'text', 'Closed', 'Status that closes a ticket.'],
  ['CW_TICKET_PREFIX', 'text', 'Alert:', 'Begins each summary.'], ['CW_DEFAULT_COMPANY_ID', 'text', '', 'Company of alerts that name none.'], ['CW_RATE_PER_MINUTE', 'int', '900', 'Calls to ConnectWise in a minute.', 1, 100000], ['MAX_RETRIES', 'int', '5', 'Attempts before an event is given up.', 0, 100],
  ['AI_MODEL', 'text', 'phi3', 'Model that writes the notes.'], ['LLM_TIMEOUT', 'int', '180', 'Seconds a model may take.', 1, 3600], ['VIABILITY_TTL', 'int', '300', 'Seconds for which a ticket is believed to be open.', 0, 86400],
];
const FIXED = [['CW_URL', 'url', 'https://psa.example/v4_6_release/apis/3.0', 'Address of ConnectWise.'], ['CW_PRIVATE_KEY', 'secret', '********', 'Private key of the API member.'], ['DATABASE_URL', 'secret', '********', 'PostgreSQL.'], ['REDIS_URL', 'url', 'unix:/run/hookwise/redis.sock', 'Redis.']];

export function adminData(me) {
  me.endpoints.forEach((e, i) => Object.assign(e, {
    url: `webhook/${e.id}`, version: '3', token: token(43), token_created_at: new Date(me.now - (i + 1) * 40 * DAY).toISOString(), stats: statsOf(e, i, me.history, me.now),
    ...(i < 3 ? { timeout_alerts_enabled: true } : {}), ...(i === 1 ? { board: 'Emergency', customer_id_default: 'BRAUEREI-KERN', routing_rules: [
      { path: '@.labels.severity', regex: 'critical|page', overrides: { priority: 'Priority 1', board: 'Emergency' } }, { name: 'test systems', path: '@.labels.instance', regex: '^test-', overrides: { drop: true }, stop: true }] } : {}),
    ...(i === 2 ? { board: 'Service', maintenance_windows: [{ type: 'weekly', days: ['sat', 'sun'], start: '22:00', end: '04:00', timezone: 'Europe/Berlin' }] } : {}),
  }));
  const windows = [];
  for (const [i, name, days, hour, hours, text] of [[2, 'Zabbix Nordwest', [0, 1, 7, 8], 22, 6, 'weekly Sat,Sun 22:00–04:00 Europe/Berlin'], [0, 'Uptime Kuma (offices)', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3, 1, 'daily 03:00–04:00 UTC']]) {
    for (const d of days) {
      const start = new Date(me.now + d * DAY).setUTCHours(hour, 0, 0, 0);
      windows.push({ endpoint_id: me.endpoints[i].id, endpoint_name: name, index: 0, text, active: start <= me.now && me.now < start + hours * 3600000, starts: new Date(start).toISOString(), ends: new Date(start + hours * 3600000).toISOString(), recoveries: 'pass', catch_up: i === 2 });
    }
  }
  const ago = (d) => new Date(me.now - d * DAY).toISOString();
  return {
    tickets: [['connectwise', '5017', 'Mail does not arrive', 'In Progress', false], ['connectwise', '5009', 'New laptop', 'Closed', false], ['halopsa', '88', 'Old printer', null, true]].map(([provider, ticket_id, subject, status, deleted], i) => ({
      id: String(i + 1), tenant: 'default', provider, ticket_id, subject, status, deleted, priority: 'Priority 3', company: 'BRAUEREI-KERN', requester: 'Ida Kern', endpoint_id: me.endpoints[0].id, fields: { summary: subject, token: '********' }, updated_at: ago(i / 10), seen_at: ago(i / 10) })),
    notifications: [{ id: 1, endpoint_id: me.endpoints[2].id, target: 'a', what: 'create', status: 'failed', error: 'channel_not_found', tries: 3, request_id: 'r', part: 0, history_id: 8990, ticket_id: '5', summary: 'Router down', created_at: ago(0.1), sent_at: null, failed_at: ago(0.1) }],
    windows: windows.sort((a, b) => a.starts.localeCompare(b.starts)),
    tenantmap: [['ahorn*', 'TISCHLEREI-AHORN'], ['Brauerei Kern GmbH', 'BRAUEREI-KERN'], ['kern-*', 'BRAUEREI-KERN'], ['*lindenhof*', 'PRAXIS-LINDENHOF']].map(([pattern, company], i) => ({ id: String(i + 1), pattern, company, chosen_by: i === 3 ? 'phi3' : null, updated_at: ago(3 * i + 1) })),
    settings: [...SETTINGS.map(([name, type, value, what, min, max]) => ({ name, type, value, default: value, what, given: false, source: 'default', changeable: true, min, max })), ...FIXED.map(([name, type, value, what]) => ({ name, type, value, default: '', what, given: true, source: 'file', changeable: false }))],
    users: [['admin', 'owner', '*', false, 0.01], ['mira', 'operator', '*', true, 0.4], ['nordwest-noc', 'viewer', 'nordwest', false, 12], ['jens', 'admin', '*', true, null]].map(([name, role, tenant, totp, seen]) => ({ name, role, tenant, totp, enabled: name !== 'jens', created_at: ago(200), last_login_at: seen === null ? null : ago(seen) })),
    apikeys: [{ id: '1', name: 'Terraform', hint: 'hwk_9dQ…', role: 'admin', tenant: '*', created_by: 'admin', created_at: ago(44), expires_at: null, last_used_at: ago(0.2) }, { id: '2', name: 'Wallboard', hint: 'hwk_Lm2…', role: 'viewer', tenant: 'nordwest', created_by: 'mira', created_at: ago(9), expires_at: ago(-80), last_used_at: null }],
  };
}
