/* SPDX-License-Identifier: Apache-2.0 */
/* History's filters, and its list while new events arrive. */
import { destinationName } from './status.js';
import { shortId } from './text.js';
import { localTimes, since } from './time.js';

export const EXACT = ['endpoint_id', 'status', 'action', 'company', 'source_ip', 'ticket_id', 'request_id', 'destination'];
export const SPANS = [['', 'Any time'], ['1h', 'Last hour'], ['24h', 'Last 24 hours'], ['7d', 'Last 7 days'], ['30d', 'Last 30 days']];

/* What the address says, as the API's filters. now is cut to the minute, so that the same address
 * is the same question for a while. */
export function filtersOf(query, now, tenant = '') {
  const out = {};
  for (const name of [...EXACT, 'q']) if (query[name]) out[name] = query[name];
  const from = query.from || since(query.span, Math.floor(now / 60000) * 60000);
  if (from) out.from = from;
  if (query.to) out.to = query.to;
  if (tenant) out.tenant = tenant;
  return out;
}

/* Does the address narrow the list? */
export const isFiltered = (query) => ['q', 'span', 'from', 'to', ...EXACT].some((n) => query[n]);

/* Filters that have no control of their own, each to be taken away: [[name, words], …]. */
export function chips(query) {
  const words = {
    company: 'Company', source_ip: 'Sent from', ticket_id: 'Ticket', request_id: 'Request', destination: 'Destination', from: 'Since', to: 'Until',
  };
  const shown = { request_id: (v) => shortId(v, 8, 6), destination: destinationName, from: localTimes, to: localTimes };
  return Object.entries(words).filter(([n]) => query[n]).map(([n, word]) => [n, `${word} ${shown[n]?.(query[n]) ?? query[n]}`]);
}

/* The newest page over what is shown: rows recorded again are replaced, new ones come first.
 * { items, added }; gap: the page holds nothing that was shown, so that rows between may be missing. */
export function mergeNewest(items, fresh) {
  const known = new Set(items.map((r) => r.id));
  const again = new Map(fresh.map((r) => [r.id, r]));
  const added = fresh.filter((r) => !known.has(r.id));
  const gap = items.length > 0 && fresh.length > 0 && added.length === fresh.length;
  if (gap) return { items: fresh, added: added.length, gap };
  return { items: [...added, ...items.map((r) => again.get(r.id) ?? r)], added: added.length, gap };
}

/* Can it be sent again? What only says that nothing was to be done can, too. */
export const replayWord = (row) => (row.status === 'rejected' ? 'Try to read it again' : 'Replay');
