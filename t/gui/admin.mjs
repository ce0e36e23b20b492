#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The rest of the imitation: endpoints to be changed, tenant map, windows, settings, users. What would
// happen to a payload is asked of hookwisectl, so the editor is tried against the real engine.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Imitation, Refusal, ROUTES } from './server.mjs';
import { adminData, PRESETS, SCHEMES, token } from './admin-data.mjs';

const CTL = join(process.env.HW_BUILD ?? 'build', 'hookwisectl');

/* "hookwisectl: explain: FIELD: MESSAGE at offset N" as the API's refusal. */
function refusal(text) {
  const m = /^hookwisectl: explain: (?:\S*\.json: )?(?:([\w.[\]]+): )?(.*?)(?: at offset (\d+))?\s*$/.exec(text.trim());
  const more = {};
  if (m?.[1]) more.field = m[1];
  if (m?.[3]) more.offset = Number(m[3]);
  return new Refusal(422, 'bad-document', m?.[2] ?? text, more);
}

export function explain(document, body) {
  const dir = mkdtempSync(join(tmpdir(), 'hw-explain-'));
  const [doc, payload] = [join(dir, 'e.json'), join(dir, 'p')];
  writeFileSync(doc, JSON.stringify(document));
  writeFileSync(payload, typeof body.payload === 'string' ? body.payload : JSON.stringify(body.payload));
  const facts = body.facts && body.facts !== 'live' ? ['--facts', body.facts] : [];
  return new Promise((resolve, reject) => {
    execFile(CTL, ['explain', '--endpoint', doc, '--payload', payload, ...facts], { maxBuffer: 8e6 }, (error, out, err) => {
      rmSync(dir, { recursive: true });
      if (error) reject(existsSync(CTL) ? refusal(err) : new Refusal(503, 'no-engine', `${CTL} is not built`));
      else resolve(JSON.parse(out));
    });
  });
}

const shown = ({ token: hidden, ...e }) => ({ ...e, ...(e.hmac_secret ? { hmac_secret: '********' } : {}), ...(e.auth ? { auth: e.auth.map((a) => ({ ...a, secret: '********' })) } : {}) });

/* Entries with their ids and secrets; stars mean the secret that is kept. */
function entries(list, kept) {
  return list.map((a, i) => {
    const secret = a.secret === '********' ? kept.find((k) => k.id === a.id)?.secret : a.secret;
    if (!secret) throw new Refusal(422, 'required', 'is missing', { field: `auth[${i}].secret` });
    return { id: token(8), ...a, secret };
  });
}
const bump = (e) => Object.assign(e, { version: String(Number(e.version ?? 1) + 1), updated_at: new Date().toISOString() });
const find = (me, id) => me.find(me.endpoints, id, 'endpoint');

async function change(me, { id, body }) {
  const e = find(me, id);
  const { version, ...patch } = body;
  if (version !== undefined && version !== e.version) throw new Refusal(409, 'changed', 'somebody else saved this endpoint meanwhile');
  const next = { ...e };
  for (const [k, v] of Object.entries(patch)) { if (v === null) delete next[k]; else next[k] = v; }
  if (patch.auth) next.auth = entries(patch.auth, e.auth ?? []);
  if (!next.name) throw new Refusal(422, 'bad-value', 'is empty', { field: 'name' });
  const { stats, url, token: secret, version: old, created_at, updated_at, last_seen_at, token_created_at, ...document } = next;
  await explain(document, { payload: '{}' });
  for (const k of Object.keys(e)) delete e[k];
  Object.assign(e, next);
  return { ...shown(bump(e)), in_force: true };
}

function create(me, { body, res }) {
  if (me.endpoints.some((e) => e.name === body.name)) throw new Refusal(409, 'conflict', 'another endpoint has this name', { field: 'name' });
  const id = token(64);
  const e = { ...body, id, url: `webhook/${id}`, version: '1', tenant: body.tenant ?? 'default', token: token(43), created_at: new Date().toISOString(), token_created_at: new Date().toISOString(),
    stats: { events: 0, events_24h: 0, failed_24h: 0, skipped_24h: 0, sparkline: Array(24).fill(0), last_error: null, stale_at: null, token_age_seconds: 0 }, last_seen_at: null };
  me.endpoints.push(e);
  me.scenario.empty = false;
  return answer(res, 201, { ...e, in_force: true });
}

function answer(res, status, body) {
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(body === undefined ? '' : JSON.stringify(body));
}

function bulk(me, { body }) {
  const out = { done: [], failed: [], in_force: true };
  for (const id of body.ids) {
    const e = me.endpoints.find((x) => x.id === id);
    if (!e) { out.failed.push({ id, error: 'no-endpoint', message: 'it is gone' }); continue; }
    if (body.action === 'pause' || body.action === 'resume') bump(Object.assign(e, { is_enabled: body.action === 'resume' }));
    if (body.action === 'delete') me.endpoints.splice(me.endpoints.indexOf(e), 1);
    if (body.action === 'export') (out.items ??= []).push({ name: e.name, preset: e.preset });
    out.done.push(id);
  }
  return out;
}

function rotate(me, { id, body }) {
  const e = find(me, id);
  e.token = token(43);
  e.token_created_at = new Date().toISOString();
  e.stats.token_age_seconds = 0;
  bump(e);
  return { id, token: e.token, token_created_at: e.token_created_at, previous_until: body.overlap_seconds ? new Date(Date.now() + body.overlap_seconds * 1000).toISOString() : null, in_force: true };
}

function order(me, { body }) {
  body.ids.forEach((id, i) => { find(me, id).display_order = i; });
  me.endpoints.sort((a, b) => a.display_order - b.display_order);
  return { items: me.endpoints.map(({ id, display_order }) => ({ id, display_order })), in_force: true };
}

function testRun(me, { id, res }) {
  const e = find(me, id);
  const row = me.arrive({ config_id: e.id, config_name: e.name, status: 'processed', action: 'create', ticket_id: '512', summary: 'Alert: a test', error_message: null, destination: 'local' });
  e.last_seen_at = row.received_at;
  return answer(res, 202, { status: 'queued', request_id: row.request_id, items: [row] });
}

const wildcard = (p) => new RegExp(`^${p.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');

function mapTest(me, { body }) {
  const exact = me.tenantmap.find((t) => t.pattern.toLowerCase() === body.value.toLowerCase());
  const hit = exact ?? me.tenantmap.find((t) => /[*?]/.test(t.pattern) && wildcard(t.pattern).test(body.value));
  return { value: body.value, company: hit?.company ?? null, pattern: hit?.pattern ?? null, id: hit?.id ?? null, how: exact ? 'exact' : hit ? 'wildcard' : null };
}

function mapPut(me, { id, body, res }) {
  if (!body.pattern) throw new Refusal(422, 'bad-value', 'is empty', { field: 'pattern' });
  if (me.tenantmap.some((t) => t.id !== id && t.pattern.toLowerCase() === body.pattern.toLowerCase())) throw new Refusal(409, 'conflict', 'there is a mapping of this pattern already', { field: 'pattern' });
  const row = id ? me.find(me.tenantmap, id, 'mapping') : { id: String(me.tenantmap.length + 20) };
  Object.assign(row, { pattern: body.pattern, company: body.company, chosen_by: null, updated_at: new Date().toISOString() });
  if (!id) me.tenantmap.push(row);
  return answer(res, id ? 200 : 201, row);
}

const remove = (list, key, what) => (me, { id, res }) => { me[list].splice(me[list].indexOf(me[list].find((x) => String(x[key]) === id) ?? me.find([], id, what)), 1); answer(res, 204); };

function userPut(me, { id, body, res }) {
  if (!id && me.users.some((u) => u.name === body.name)) throw new Refusal(409, 'conflict', 'this user exists', { field: 'name' });
  const u = id ? me.users.find((x) => x.name === id) : { enabled: true, totp: false, created_at: new Date().toISOString(), last_login_at: null };
  const { password, ...rest } = body;
  Object.assign(u, rest);
  if (id) return u;
  me.users.push(u);
  return answer(res, 201, { ...u, password: password ? undefined : 'tulip-harbor-94-maple' });
}

function totp(me, { body, req }) {
  const csrf = me.sessions.get(/hookwise=(\w+)/.exec(req.headers.cookie)[1]);
  if (body.action === 'start') return { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/HookWise:admin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=HookWise' };
  if (body.action === 'confirm' && body.code !== '123456') throw new Refusal(422, 'bad-code', 'the code is wrong or too old', { field: 'code' });
  me.users.find((u) => u.name === 'admin').totp = body.action === 'confirm';
  return body.action === 'confirm' ? { csrf, recovery_codes: ['4kd9-qm2x', '7hh2-zzp4', 'p0c3-81lw', 'x6vn-2rte', 'm3ua-90df', 'k8se-4ybq', '2w7j-hx5o', 'c1ig-t6nm'] } : { csrf };
}

function settingsPut(me, { body }) {
  for (const [name, value] of Object.entries(body)) {
    const s = me.settings.find((x) => x.name === name);
    if (s.type === 'int' && value !== null && (!/^\d+$/.test(value) || Number(value) > s.max)) throw new Refusal(422, 'bad-value', `is not a number from ${s.min} to ${s.max}`, { field: name });
    Object.assign(s, value === null ? { value: s.default, source: 'default', given: false } : { value: String(value), source: 'database', given: true });
  }
  return { items: me.settings, next: null };
}

const list = (name) => (me) => ({ items: me[name], next: null });
const ID = '([\\w-]+)';
const at = (pattern) => new RegExp(`^${pattern.replaceAll('{id}', ID)}$`);
const rows = [
  ['GET', '/api/tickets', (me, { query }) => me.page(me.scenario.empty ? [] : me.tickets.filter((t) => (!query.get('deleted') || String(t.deleted) === query.get('deleted')) && t.subject.toLowerCase().includes(query.get('q') ?? '')), query)],
  ['GET', '/api/endpoints/{id}/notifications', (me, { id }) => ({ items: me.notifications.filter((n) => n.endpoint_id === id), next: null })],
  ['POST', '/api/endpoints/{id}/notify-test', (me, { id, body }) => ({ items: [{ id: body.target, type: 'slack', name: null, ok: false, message: 'Slack answered: channel_not_found' }], next: null })],
  ['POST', '/api/endpoints', create], ['PUT', '/api/endpoints/order', order], ['POST', '/api/endpoints/bulk', bulk],
  ['GET', '/api/endpoints', (me, { query }) => me.page(me.scenario.empty ? [] : me.endpoints.map(shown), query)],
  ['GET', '/api/endpoints/{id}', (me, { id }) => shown(find(me, id))], ['PATCH', '/api/endpoints/{id}', change], ['DELETE', '/api/endpoints/{id}', remove('endpoints', 'id', 'endpoint')],
  ['POST', '/api/endpoints/{id}/rotate', rotate], ['POST', '/api/endpoints/{id}/test', testRun], ['GET', '/api/endpoints/{id}/token', (me, { id }) => ({ id, url: find(me, id).url, token: find(me, id).token, hmac_secret: null, auth: find(me, id).auth ?? [] })],
  ['POST', '/api/endpoints/{id}/clone', (me, call) => { const { id, stats, last_seen_at, ...e } = find(me, call.id); return create(me, { ...call, body: { ...e, name: `${e.name} (copy)`, is_draft: true } }); }],
  ['POST', '/api/endpoints/{id}/dry-run', (me, { body }) => explain(body.document, body)], ['POST', '/api/dry-run', (me, { body }) => explain(body.document, body)],
  ['GET', '/api/presets', () => ({ items: PRESETS.map((p) => ({ ...p, auth_scheme: SCHEMES.some((s) => s.scheme === p.name) ? p.name : null })), next: null, auth_schemes: SCHEMES })],
  ['GET', '/api/tenantmap', list('tenantmap')], ['POST', '/api/tenantmap', mapPut], ['POST', '/api/tenantmap/test', mapTest], ['PUT', '/api/tenantmap/{id}', mapPut], ['DELETE', '/api/tenantmap/{id}', remove('tenantmap', 'id', 'mapping')],
  ['GET', '/api/maintenance/windows', (me) => ({ items: me.scenario.empty ? [] : me.windows, next: null, global: me.maintenance })],
  ['GET', '/api/settings', list('settings')], ['PUT', '/api/settings', settingsPut],
  ['GET', '/api/users', list('users')], ['GET', '/api/users/{id}', (me, { id }) => me.users.find((u) => u.name === id)], ['POST', '/api/users', userPut], ['PUT', '/api/users/{id}', userPut], ['DELETE', '/api/users/{id}', remove('users', 'name', 'user')],
  ['GET', '/api/apikeys', list('apikeys')], ['DELETE', '/api/apikeys/{id}', remove('apikeys', 'id', 'key')],
  ['POST', '/api/apikeys', (me, { body, res }) => { const k = { id: String(me.apikeys.length + 1), hint: 'hwk_Zr…', created_by: 'admin', created_at: new Date().toISOString(), last_used_at: null, expires_at: null, tenant: '*', ...body }; me.apikeys.push(k); return answer(res, 201, { ...k, key: `hwk_${token(40)}` }); }],
  ['POST', '/api/session/password', (me, { body, req }) => { if (body.password !== 'hookwise') throw new Refusal(403, 'wrong-password', 'this is not your present password', { field: 'password' }); return { csrf: me.sessions.get(/hookwise=(\w+)/.exec(req.headers.cookie)[1]) }; }],
  ['POST', '/api/session/totp', totp],
  ['POST', '/api/cw/test', (me) => me.scenario.psa ?? { ok: false, error: 'refused', message: 'Cannot find clientID header in the request. Please check your API settings.', seconds: 0.41 }],
  ['GET', '/health/llm', () => ({ status: 'up', model: 'phi3', models: ['phi3:latest', 'llama3.2:3b'], seconds: 0.02 })],
  ['POST', '/api/llm/preview', () => ({ text: 'Likely cause: the uplink of the branch office lost power; three monitors behind it fell silent within a minute.\nNext: ask the site whether the switch is lit.', model: 'phi3', seconds: 8.2 })],
  ['GET', '/api/cw/boards', () => ({ items: [{ id: 1, name: 'Service' }, { id: 2, name: 'Emergency' }], next: null })], ['GET', '/api/cw/priorities', () => ({ items: [{ id: 1, name: 'Priority 1' }, { id: 2, name: 'Priority 2' }], next: null })],
  ['GET', '/api/cw/companies', (me) => ({ items: me.tenantmap.map((t, i) => ({ id: i, identifier: t.company, name: t.company })), next: null })],
  ['GET', '/api/cw/(?:statuses|types|subtypes|items)/{id}', () => ({ items: [{ id: 1, name: 'New' }, { id: 2, name: 'Closed' }], next: null })],
  ['GET', '/admin/backup', (me) => ({ version: 1, endpoints: me.endpoints.map(shown) })], ['POST', '/admin/clear-cache', (me) => ({ endpoints: me.endpoints.length, alerts: 214 })],
  ['POST', '/admin/restore', (me, { body }) => { if (!body.endpoints) throw new Refusal(422, 'bad-backup', 'has no endpoints', { field: 'endpoints' }); return { report: { endpoints: { added: 1, replaced: 4 }, tenant_map: { added: 0 }, settings: 12, warnings: ['endpoint "Old sender": the preset "nagstamon" is unknown and was left out'] }, in_force: true }; }],
];
for (const [method, pattern, fn] of rows) ROUTES.unshift([method, at(pattern), pattern === '/health/llm', fn]);

export class Installation extends Imitation {
  fill() {
    super.fill();
    Object.assign(this, adminData(this));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const me = new Installation();
  console.log(`http://127.0.0.1:${await me.listen(Number(process.argv[2] ?? 8098))}/   user admin, password hookwise`);
}
