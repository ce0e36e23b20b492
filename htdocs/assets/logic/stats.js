/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the Dashboard, and what of them wants attention. */
import { count } from './text.js';
import { problemsOf } from './endpoints.js';
import { troubles } from './status.js';

const n = (v) => Number(v) || 0;

/* Bars for a chart from /api/stats/history: ok, silent and failed stand on each other. */
export function bars(items) {
  return (items ?? []).map((i) => {
    const failed = n(i.failed) + n(i.dlq);
    const attention = n(i.rejected) + n(i.retrying);
    const silent = n(i.skipped);
    const ok = n(i.processed);
    return { at: i.at, ok, silent, attention, failed, total: ok + silent + attention + failed };
  });
}

/* A round number not below the greatest, for the axis. */
export function ceiling(max) {
  if (max <= 4) return 4;
  const step = 10 ** Math.floor(Math.log10(max));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((f) => f * step).find((v) => v >= max);
}

/* [{ tone, text, to, query, action, why }], the worst first; empty = all is right. why: the status whose
 * events say why. */
export function attentions({ health, stats, endpoints, maintenance, unread = [], now }) {
  const out = [];
  if (health?.status === 'unreachable') out.push({ tone: 'failed', text: 'The server does not answer.' });
  else if (unread.length) out.push({ tone: 'attention', text: `Not known whether all is well: ${unread.join(' and ')} could not be read.` });
  for (const t of troubles(health ?? {})) out.push({ tone: health.status === 'down' ? 'failed' : 'attention', text: `${t}. ${consequence(t)}` });
  if (n(stats?.dlq)) out.push({ tone: 'failed', text: `${count(stats.dlq, 'event was', 'events were')} given up in the last 24 hours.`, to: '/history', query: { status: 'dlq', span: '24h' }, action: 'Look and replay', why: 'dlq' });
  if (n(stats?.failed)) out.push({ tone: 'failed', text: `${count(stats.failed, 'event')} failed in the last 24 hours.`, to: '/history', query: { status: 'failed', span: '24h' }, action: 'See all', why: 'failed' });
  if (n(stats?.retrying)) out.push({ tone: 'attention', text: `${count(stats.retrying, 'event is', 'events are')} being retried.`, to: '/history', query: { status: 'retrying' }, action: 'Show' });
  if (n(stats?.rejected)) out.push({ tone: 'attention', text: `${count(stats.rejected, 'request was', 'requests were')} refused or unreadable in the last 24 hours.`, to: '/history', query: { status: 'rejected', span: '24h' }, action: 'Show' });
  out.push(...setupProblems(endpoints ?? []), ...silences(endpoints ?? [], now));
  if (maintenance) out.push({ tone: 'attention', text: 'Maintenance mode is on: problems open no tickets.', to: '/maintenance', action: 'Open' });
  return out;
}

const MANY = 3; // lines of one kind; more are said in one

function setupProblems(endpoints) {
  const odd = endpoints.filter((e) => e.is_enabled !== false && !e.is_draft).map((e) => [e, problemsOf(e)]).filter(([, list]) => list.length);
  if (odd.length > MANY) return [{ tone: 'attention', text: `${odd.length} endpoints use names that the PSA does not know.`, to: '/endpoints', query: { state: 'problem' }, action: 'Show' }];
  return odd.map(([e, [first, ...others]]) => ({
    tone: 'attention', text: `${e.name}${first.field ? `, ${first.field.replaceAll('_', ' ')}` : ''}: ${first.text}${others.length ? ` And ${others.length} more.` : ''}`, to: `/endpoints/${e.id}`, query: { section: first.section }, action: 'Mend it',
  }));
}

function silences(endpoints, now) {
  const silent = silentEndpoints(endpoints, now);
  if (silent.length > MANY) return [{ tone: 'attention', text: `${silent.length} endpoints have been silent for longer than their heartbeats allow.`, to: '/endpoints', query: { state: 'silent' }, action: 'Show' }];
  return silent.map((e) => ({ tone: 'attention', text: `${e.name} has been silent for longer than its ${e.timeout_hours} hours.`, to: `/endpoints/${e.id}`, action: 'Open' }));
}

function consequence(t) {
  if (/worker/i.test(t)) return 'Webhooks are accepted and wait in the queue.';
  if (/^Redis/.test(t)) return 'Webhooks go to the spool on disk.';
  if (/^Database/.test(t)) return 'Events wait until it is back.';
  if (/spool/.test(t)) return 'They are sent on when Redis is back.';
  return 'Its events wait and are sent when it answers.';
}

/* Why events failed, the most frequent first: [{ text, n, id of the newest, endpoint }]. rows: newest first. */
export function reasons(rows, most = 3) {
  const found = new Map();
  for (const r of rows ?? []) {
    const key = `${r.config_id}\n${r.error_message}`;
    const known = found.get(key) ?? { text: r.error_message ?? 'No reason was recorded.', n: 0, id: r.id, endpoint: r.config_name };
    known.n++;
    found.set(key, known);
  }
  return [...found.values()].sort((a, b) => b.n - a.n).slice(0, most);
}

/* Endpoints that were promised a sign of life and gave none in time. */
export function silentEndpoints(endpoints, now) {
  return endpoints.filter((e) => e.timeout_alerts_enabled && e.is_enabled !== false && e.last_seen_at &&
    now - Date.parse(e.last_seen_at) > n(e.timeout_hours || 24) * 3600000);
}
