/* SPDX-License-Identifier: Apache-2.0 */
/* What a list of endpoints says about each: its state, and what in its configuration wants a look. */
import { sentence } from './text.js';

const HOUR = 3600000;
const TOKEN_OLD = 365 * 24 * 3600;

export const ENDPOINT_STATE = {
  ok: { tone: 'ok', icon: 'circle-check', word: 'Receiving', what: 'Webhooks arrive and are worked off.' },
  failing: { tone: 'failed', icon: 'circle-x', word: 'Failing', what: 'The newest event failed.' },
  silent: { tone: 'attention', icon: 'bell', word: 'Overdue', what: 'No webhook for longer than its heartbeat allows.' },
  waiting: { tone: 'silent', icon: 'clock', word: 'Waiting', what: 'No webhook was taken yet.' },
  paused: { tone: 'silent', icon: 'pause', word: 'Paused', what: 'Its webhooks are refused until it is resumed.' },
  draft: { tone: 'silent', icon: 'pencil', word: 'Draft', what: 'Takes no webhooks until it is switched on in the editor.' },
};

export function stateOf(e, now) {
  const s = e.stats ?? {};
  if (e.is_draft) return 'draft';
  if (e.is_enabled === false) return 'paused';
  const error = Date.parse(s.last_error_at ?? '');
  const seen = Date.parse(e.last_seen_at ?? '');
  if (error && now - error < 24 * HOUR && (!seen || error >= seen)) return 'failing';
  if (s.stale_at && Date.parse(s.stale_at) < now) return 'silent';
  return e.last_seen_at ? 'ok' : 'waiting';
}

/* Where the editor shows a field. */
const SECTION = { destination: 'identity', name: 'identity', preset: 'identity' };

/* What is wrong with the names it uses: [{ field, text, section }]. Names that could not be
 * compared now are no problem of the endpoint. */
export function problemsOf(e) {
  const h = e.config_health;
  if (h?.status !== 'attention') return [];
  return (h.problems ?? []).map((p) => ({ field: p.field, text: sentence(p.message), section: SECTION[p.field] ?? 'ticket' }));
}

/* [{ text, section }]: hints, the weightiest first; none: all is well. */
export function hintsOf(e) {
  const open = e.bearer_auth_enabled === false && !e.hmac_secret && !hasItems(e.auth);
  const mapped = e.preset || e.json_mapping || e.dedup_key;
  const unmatched = (e.routing_rules ?? []).length > 0 && Array.isArray(e.routing_rules) && e.routing_rules.some((r) => !Object.keys(r.overrides ?? {}).length && !r.stop);
  return [
    open && !e.trusted_ips && { text: 'Anybody who knows the address may post: no token, no signature, no address list', section: 'sender' },
    open && e.trusted_ips && { text: 'Only the address list protects it', section: 'sender' },
    (e.stats?.token_age_seconds ?? 0) > TOKEN_OLD && { text: 'The token is more than a year old', section: 'sender' },
    !mapped && { text: 'Neither a preset nor a mapping: summaries and recoveries are guesses', section: 'mapping' },
    unmatched && { text: 'A rule changes nothing', section: 'rules' },
    e.timeout_alerts_enabled !== true && { text: 'Nobody notices when this sender falls silent', section: 'heartbeat' },
  ].filter(Boolean);
}

const hasItems = (v) => Array.isArray(v) && v.length > 0;

/* Of a list, those that a page's filters leave. */
export function filterEndpoints(items, query, now) {
  const q = (query.q ?? '').trim().toLowerCase();
  const text = (e) => [e.name, e.id, e.preset, e.board, e.customer_id_default, e.tenant].filter(Boolean).join('\n').toLowerCase();
  return items.filter((e) => (!q || q.split(/\s+/).every((w) => text(e).includes(w)))
    && (!query.board || (query.board === '-' ? !e.board : e.board === query.board))
    && (!query.state || (query.state === 'problem' ? problemsOf(e).length > 0 : stateOf(e, now) === query.state))
    && (!query.tenant || (e.tenant ?? 'default') === query.tenant));
}

/* For a short list: those that want a look first, then the latest heard. */
export function urgentFirst(items, now) {
  const weight = (e) => ({ failing: 3, silent: 2 }[stateOf(e, now)] ?? (problemsOf(e).length ? 1 : 0));
  return [...items].sort((a, b) => weight(b) - weight(a) || String(b.last_seen_at ?? '').localeCompare(String(a.last_seen_at ?? '')));
}

/* The different values of a field, sorted. */
export const valuesOf = (items, field) => [...new Set(items.map((e) => e[field]).filter(Boolean))].sort((a, b) => a.localeCompare(b));

/* Seconds as a rough age: "new", "5 h", "12 d", "3 mo", "2 y". */
export function age(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  const d = seconds / 86400;
  if (seconds < 3600) return 'new';
  if (d < 1) return `${Math.floor(seconds / 3600)} h`;
  if (d < 60) return `${Math.floor(d)} d`;
  return d < 730 ? `${Math.floor(d / 30.4)} mo` : `${Math.floor(d / 365)} y`;
}
