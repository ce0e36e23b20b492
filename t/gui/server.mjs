#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Serves the pages with an imitation of the API, for working on the pages and for the states a real
// server does not show on request: slow, failing, signed out, empty. node t/gui/server.mjs [PORT]
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dice, makeAudit, makeEndpoints, makeEvent, makeHistory, makeIncidents } from './data.mjs';

const ROOT = join(fileURLToPath(new URL('../../htdocs', import.meta.url)));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.json': 'application/json', '.txt': 'text/plain; charset=utf-8' };
// HW_GUI_LAG=300: every answer takes up to 300 ms to be thought of, and up to 300 more to arrive, to find pages and
// tests that count on the order of answers.
const LAG = Number(process.env.HW_GUI_LAG ?? 0);
const lag = () => LAG && new Promise((done) => setTimeout(done, Math.random() * LAG));
const CSP = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

export class Refusal extends Error {
  constructor(status, error, message, more = {}) {
    super(message);
    Object.assign(this, { status, body: { error, message, ...more } });
  }
}

// Each operation's path as a pattern, and the names its query string may hold: the real API refuses others.
const API = JSON.parse(readFileSync(join(ROOT, 'openapi.json'), 'utf8'));
const OPERATIONS = Object.entries(API.paths).flatMap(([path, item]) => Object.entries(item).map(([method, op]) => ({
  method: method.toUpperCase(), fixed: !path.includes('{'), path: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
  names: (op.parameters ?? []).map((p) => (p.$ref ? API.components.parameters[p.$ref.split('/').pop()] : p)).filter((p) => p.in === 'query').map((p) => p.name),
}))).sort((a, b) => b.fixed - a.fixed);

function checkArguments(method, path, query) {
  const names = OPERATIONS.find((o) => o.method === method && o.path.test(path))?.names ?? [];
  const odd = [...query.keys()].find((name, i, all) => !names.includes(name) || all.indexOf(name) < i);
  if (odd !== undefined) throw new Refusal(422, 'bad-argument', 'is unknown here, or given twice', { field: odd });
}

// scenario: { role, totp, throttled, fail: { 'GET /api/history': status }, empty, health, atOnce, halted,
//   hold: (request) => a promise that its answer, known already, waits for, else nothing; request: "GET /api/history?limit=100"
//   out: (request) => whether the session ends with it }
export class Imitation {
  constructor(options = {}) {
    this.now = options.now ?? Date.now();
    this.prefix = options.prefix ?? '';
    this.scenario = {};
    this.requests = [];
    this.feeds = new Set();
    this.sessions = new Map();
    this.fill();
  }

  fill() {
    this.replays = [];
    this.told = []; // whether each replay tells the chat targets
    this.endpoints = makeEndpoints(this.now);
    this.history = makeHistory(this.now, this.endpoints);
    this.incidents = makeIncidents(this.now, this.history);
    this.audit = makeAudit(this.now, this.endpoints);
    this.maintenance = false;
    this.roll = dice(99);
  }

  // A new event, as the feed tells it.
  arrive(change = {}) {
    const row = { ...makeEvent(this.history[0].id + 1, Date.now(), this.endpoints, this.roll), ...change };
    this.history.unshift(row);
    const { payload, headers, trace, ...short } = row;
    for (const res of this.feeds) res.write(`id: ${row.id}\nevent: history\ndata: ${JSON.stringify(short)}\n\n`);
    return row;
  }

  listen(port = 0) {
    const patient = { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 }; // a test that stands still loses no connection
    this.server = createServer(patient, (req, res) => this.serve(req, res));
    return new Promise((resolve) => this.server.listen(port, '127.0.0.1', () => resolve(this.server.address().port)));
  }

  close() {
    for (const res of this.feeds) res.end();
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  async serve(req, res) {
    const url = new URL(req.url, 'http://localhost');
    res.setHeader('Content-Security-Policy', CSP);
    res.setHeader('X-Content-Type-Options', 'nosniff');
    if (!url.pathname.startsWith(`${this.prefix}/`)) return send(res, 404, { error: 'not-found', message: 'outside the prefix' });
    const path = url.pathname.slice(this.prefix.length);
    this.requests.push(`${req.method} ${path}${url.search}`);
    try {
      if (/^\/(api|history|admin|login|logout|health|events)(\/|$)/.test(path)) await this.inTime(req, res, path, url);
      else await this.file(res, path);
    } catch (e) {
      if (!e.status) console.error(e);
      send(res, e.status ?? 500, e.body ?? { error: 'internal', message: e.message }, e.headers);
    }
    return undefined;
  }

  async file(res, path) {
    const name = normalize(path === '/' ? '/index.html' : decodeURIComponent(path));
    try {
      const body = await readFile(join(ROOT, name));
      await this.scenario.hold?.(`GET ${path}`);
      res.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream', 'Cache-Control': 'no-cache' });
      res.end(body);
    } catch {
      send(res, 404, { error: 'not-found', message: `there is no ${name}` });
    }
  }

  // Answers when the scenario lets it; what it says was true when it was asked.
  async inTime(req, res, path, url) {
    const request = `${req.method} ${path}${url.search}`;
    const { hold, out } = this.scenario;
    await lag();
    if (out?.(request)) this.sessions.clear();
    const answer = this.answer(req, res, path, url.searchParams).then(structuredClone);
    await answer.catch(() => {});
    await Promise.all([hold?.(request), lag()]);
    const body = await answer;
    if (body !== undefined) send(res, 200, body);
  }

  // What there is to say; undefined when that is done.
  async answer(req, res, path, query) {
    const s = this.scenario;
    const broken = s.fail?.[`${req.method} ${path}`];
    if (broken) throw new Refusal(broken, broken === 403 ? 'forbidden' : 'database-down', broken === 403 ? 'this needs the role admin' : 'PostgreSQL does not answer');
    for (const [method, pattern, open, fn] of ROUTES) {
      const m = method === req.method && pattern.exec(path);
      if (!m) continue;
      const call = { req, res, query, id: m[1] && decodeURIComponent(m[1]), body: await bodyOf(req) };
      if (!open) this.check(call);
      checkArguments(req.method, path, query);
      return fn(this, call);
    }
    throw new Refusal(404, 'not-found', `there is nothing at ${path}`);
  }

  check({ req }) {
    const cookie = /(?:^|; )hookwise=(\w+)/.exec(req.headers.cookie ?? '');
    const csrf = cookie && this.sessions.get(cookie[1]);
    if (!csrf) throw new Refusal(401, 'unauthorized', 'sign in first');
    if (req.method !== 'GET' && req.headers['x-csrf-token'] !== csrf) throw new Refusal(403, 'csrf', 'the token of the session is missing');
  }

  page(rows, query) {
    const limit = Math.min(1000, Number(query.get('limit')) || 100);
    const at = query.get('cursor') ? rows.findIndex((r) => String(r.id) === query.get('cursor')) + 1 : 0;
    const items = rows.slice(at, at + limit);
    return { items, next: at + limit < rows.length ? String(items.at(-1).id) : null };
  }

  find(rows, id, what) {
    const row = rows.find((r) => String(r.id) === id);
    if (!row) throw new Refusal(404, `no-${what}`, `there is no ${what} ${id}`);
    return row;
  }
}

function send(res, status, body, headers = {}) {
  if (res.headersSent) return;
  res.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store', ...headers });
  res.end(JSON.stringify(body));
}

async function bodyOf(req) {
  let text = '';
  for await (const chunk of req) text += chunk;
  try { return text ? JSON.parse(text) : {}; } catch { return {}; }
}

const HISTORY_EXACT = { endpoint_id: 'config_id', status: 'status', action: 'action', source_ip: 'source_ip', ticket_id: 'ticket_id', company: 'company', request_id: 'request_id', tenant: 'tenant', destination: 'destination' };

function historyRows(me, query) {
  if (me.scenario.empty) return [];
  let rows = me.history;
  for (const [name, field] of Object.entries(HISTORY_EXACT)) if (query.get(name)) rows = rows.filter((r) => String(r[field]) === query.get(name));
  if (query.get('from')) rows = rows.filter((r) => r.created_at >= query.get('from'));
  if (query.get('to')) rows = rows.filter((r) => r.created_at < query.get('to'));
  const q = query.get('q')?.toLowerCase();
  return q ? rows.filter((r) => JSON.stringify([r.summary, r.dedup_key, r.error_message, r.payload]).toLowerCase().includes(q)) : rows;
}

const short = ({ payload, headers, trace, ...row }) => row;

function stats(me, { query }) {
  const today = query.get('period') === 'today';
  const day = new Date(today ? new Date(me.now).setUTCHours(0, 0, 0, 0) : me.now - 86400000).toISOString(); // the same in every answer
  const rows = me.scenario.empty ? [] : me.history.filter((r) => r.created_at >= day);
  const by = (name, value) => rows.filter((r) => r[name] === value).length;
  return {
    period: today ? 'today' : '24h', from: day, total: rows.length, success_rate: rows.length ? (by('status', 'processed') + by('status', 'skipped')) / (rows.length - by('status', 'retrying')) : null, processed: by('status', 'processed'), skipped: by('status', 'skipped'), retrying: by('status', 'retrying'),
    failed: by('status', 'failed'), dlq: by('status', 'dlq'), rejected: by('status', 'rejected'),
    created: by('action', 'create'), updated: by('action', 'update'), closed: by('action', 'close'), reopened: by('action', 'reopen'),
    avg_processing_time: rows.reduce((a, r) => a + r.processing_time, 0) / (rows.length || 1), open_incidents: me.incidents.filter((i) => i.status !== 'closed').length,
  };
}

function statsHistory(me, query) {
  const period = query.get('period') ?? 'daily';
  const [n, span] = { daily: [24, 3600000], weekly: [7, 86400000], monthly: [30, 86400000] }[period];
  const end = Math.ceil(Date.now() / span) * span;
  const items = Array.from({ length: n }, (_, i) => {
    const from = new Date(end - (n - i) * span).toISOString();
    const to = new Date(end - (n - i - 1) * span).toISOString();
    const rows = me.scenario.empty ? [] : me.history.filter((r) => r.created_at >= from && r.created_at < to);
    const by = (...s) => rows.filter((r) => s.includes(r.status)).length;
    return { at: from, total: rows.length, processed: by('processed'), skipped: by('skipped'), retrying: by('retrying'), failed: by('failed'), dlq: by('dlq'), rejected: by('rejected') };
  });
  return { period, items };
}

function login(me, { res, body }) {
  const s = me.scenario;
  if (s.throttled) throw Object.assign(new Refusal(429, 'throttled', 'too many failed attempts from this address'), { headers: { 'Retry-After': '42' } });
  if (body.password !== 'hookwise') throw new Refusal(401, 'unauthorized', 'the user name or the password is wrong');
  if (s.totp && !body.totp) throw new Refusal(401, 'totp-required', 'enter the one-time code of your app');
  if (s.totp && body.totp !== '123456') throw new Refusal(401, 'bad-code', 'the one-time code is wrong or was used');
  const id = Math.random().toString(36).slice(2);
  me.sessions.set(id, `csrf-${id}`);
  send(res, 200, { user: body.username, role: s.role ?? 'owner', csrf: `csrf-${id}` }, { 'Set-Cookie': `hookwise=${id}; Path=${me.prefix || '/'}; HttpOnly; SameSite=Strict` });
}

function feed(me, { res }) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  res.write('retry: 1000\n\nevent: status\ndata: {"live":true}\n\n');
  me.feeds.add(res);
  res.on('close', () => me.feeds.delete(res));
}

// More than the scenario's limit are worked off by and by.
function replayMany(me, { body }) {
  const ids = body.ids ?? [...new Map(historyRows(me, new URLSearchParams(body.filter)).map((r) => [r.request_id, String(r.id)])).values()];
  if (body.count_only) return { count: ids.length };
  if (ids.length > (me.scenario.atOnce ?? 1000)) {
    const job = { id: String(me.replays.length + 1), status: 'running', total: ids.length, queued: 0, failed: 0, error: null };
    me.replays.push(job);
    return { count: ids.length, job };
  }
  const items = ids.map((id) => ({ id, ...replay(me, { id, body }) }));
  return { items, failed: [], count: items.length, queued: items.length };
}

function replay(me, { id, body }) {
  me.told.push(body?.notify === true);
  const row = me.find(me.history, id, 'history');
  const again = me.arrive({ summary: row.summary, config_id: row.config_id, config_name: row.config_name, status: 'processed', action: 'create', ticket_id: '48999', error_message: null });
  return { status: 'queued', request_id: again.request_id };
}

function exported(me, { res, query }) {
  const rows = historyRows(me, query).slice(0, Number(query.get('limit')) || undefined);
  const csv = query.get('format') === 'csv';
  const keep = query.get('full') === '1' ? (r) => r : short;
  const text = csv ? ['id,summary', ...rows.map((r) => `${r.id},"${r.summary}"`)].join('\r\n') : rows.map((r) => JSON.stringify(keep(r))).join('\n');
  res.writeHead(200, { 'Content-Type': csv ? 'text/csv' : 'application/x-ndjson', 'Content-Disposition': `attachment; filename="history.${csv ? 'csv' : 'jsonl'}"` });
  res.end(`${text}\n`);
}

function deleted(me, { query }) {
  const rows = new Set(historyRows(me, query));
  if (query.get('count_only')) return { count: rows.size };
  me.history = me.history.filter((r) => !rows.has(r));
  return { deleted: rows.size };
}

function incidentRows(me, query) {
  if (me.scenario.empty) return [];
  const status = query.get('status');
  const q = query.get('q')?.toLowerCase();
  return me.incidents.filter((i) => (!status || i.status === status || (status === 'active' && i.status !== 'closed')) && (!q || i.summary.toLowerCase().includes(q)))
    .map(({ notes, events, description, ...i }) => ({ ...i, events_count: events.length, endpoint_name: events[0]?.config_name, last_event_at: i.updated_at }));
}

function changeIncident(me, { id, body }) {
  const row = me.find(me.incidents, id, 'incident');
  if (!['open', 'acknowledged', 'closed'].includes(body.status)) throw new Refusal(422, 'bad-status', `"${body.status}" is none of open, acknowledged, closed`, { field: 'status' });
  row.status = body.status;
  row.closed_at = body.status === 'closed' ? new Date().toISOString() : null;
  row.updated_at = new Date().toISOString();
  return row;
}

function addNote(me, { id, body }) {
  const row = me.find(me.incidents, id, 'incident');
  if (!body.text?.trim()) throw new Refusal(422, 'bad-note', 'is empty', { field: 'text' });
  const note = { id: String(row.notes.length + 1), author: 'admin', text: body.text, created_at: new Date().toISOString() };
  row.notes.push(note);
  return note;
}

const HEALTH = { status: 'up', redis: { status: 'up' }, database: { status: 'up' }, worker: { status: 'up', count: 1, lag: 0, oldest_seconds: 0 }, destinations: { local: { status: 'up' }, connectwise: { status: 'up' } }, spool: { events: 0 } };

// [method, path, without signing in, handler]; a handler that answers itself gives undefined.
export const ROUTES = [
  ['POST', /^\/login$/, true, login],
  ['POST', /^\/logout$/, true, (me, { res }) => { me.sessions.clear(); res.writeHead(204); res.end(); }],
  ['GET', /^\/health\/services$/, true, (me, { res }) => { const h = me.scenario.health ?? HEALTH; send(res, h.status === 'down' ? 503 : 200, h); }],
  ['GET', /^\/health\/llm$/, true, () => ({ status: 'unknown' })],
  ['GET', /^\/api\/session$/, false, (me, { req }) => ({ user: 'admin', role: me.scenario.role ?? 'owner', tenant: '*', how: 'session', csrf: me.sessions.get(/hookwise=(\w+)/.exec(req.headers.cookie)[1]), maintenance: me.maintenance, version: '0.1.0' })],
  ['GET', /^\/api\/stats$/, false, stats],
  ['GET', /^\/api\/stats\/history$/, false, (me, { query }) => statsHistory(me, query)],
  ['GET', /^\/api\/history$/, false, (me, { query }) => { const p = me.page(historyRows(me, query), query); return { ...p, items: p.items.map(short) }; }],
  ['GET', /^\/api\/history\/(\d+)$/, false, (me, { id }) => me.find(me.history, id, 'history')],
  ['POST', /^\/history\/replay\/(\d+)$/, false, replay],
  ['POST', /^\/api\/history\/replay$/, false, replayMany],
  ['GET', /^\/api\/history\/replays$/, false, (me) => ({ items: me.replays, next: null })],
  ['GET', /^\/api\/history\/replays\/(\d+)$/, false, (me, { id }) => { const j = me.find(me.replays, id, 'replay'); if (j.status === 'running' && !me.scenario.halted) { j.queued = Math.min(j.total, j.queued + 40); if (j.queued === j.total) j.status = 'done'; } return j; }],
  ['DELETE', /^\/api\/history\/replays\/(\d+)$/, false, (me, { id }) => Object.assign(me.find(me.replays, id, 'replay'), { status: 'stopped' })],
  ['GET', /^\/api\/history\/export$/, false, exported],
  ['DELETE', /^\/api\/history$/, false, deleted],
  ['GET', /^\/api\/incidents$/, false, (me, { query }) => me.page(incidentRows(me, query), query)],
  ['GET', /^\/api\/incidents\/(\d+)$/, false, (me, { id }) => me.find(me.incidents, id, 'incident')],
  ['PATCH', /^\/api\/incidents\/(\d+)$/, false, changeIncident],
  ['POST', /^\/api\/incidents\/(\d+)\/notes$/, false, addNote],
  ['GET', /^\/api\/endpoints$/, false, (me, { query }) => me.page(me.scenario.empty ? [] : me.endpoints, query)],
  ['GET', /^\/api\/endpoints\/([\w-]+)$/, false, (me, { id }) => me.find(me.endpoints, id, 'endpoint')],
  ['GET', /^\/api\/audit$/, false, (me, { query }) => me.page(me.audit.filter((a) => ['who', 'what', 'object'].every((f) => !query.get(f) || a[f] === query.get(f))), query)],
  ['GET', /^\/admin\/maintenance$/, false, (me) => ({ enabled: me.maintenance })],
  ['POST', /^\/admin\/maintenance$/, false, (me, { body }) => { me.maintenance = body.enabled ?? !me.maintenance; return { enabled: me.maintenance }; }],
  ['GET', /^\/events$/, false, feed],
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const me = new Imitation({ prefix: process.env.PREFIX ?? '' });
  const port = await me.listen(Number(process.argv[2] ?? 8099));
  console.log(`http://127.0.0.1:${port}${me.prefix}/   user admin, password hookwise`);
  setInterval(() => me.arrive(), 7000);
}
