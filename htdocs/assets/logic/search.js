/* SPDX-License-Identifier: Apache-2.0 */
/* What a search at the top may mean: pages, endpoints, a ticket, a request, text in history. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ADDRESS = /^(\d{1,3}\.){3}\d{1,3}$|^[0-9a-f]*:[0-9a-f:]+$/i;

/* [{ kind, icon, label, to, query }], the best guess first. */
export function suggest(text, pages, endpoints) {
  const q = text.trim();
  if (!q) return [];
  const low = q.toLowerCase();
  const out = [];
  const history = (label, query) => out.push({ kind: 'History', icon: 'history', label, to: '/history', query });
  if (UUID.test(q)) history(`Request ${q}`, { request_id: q });
  if (/^#?\d{1,12}$/.test(q)) history(`Events of ticket ${q.replace('#', '')}`, { ticket_id: q.replace('#', '') });
  if (ADDRESS.test(q)) history(`Events sent by ${q}`, { source_ip: q });
  for (const e of endpoints.filter((x) => `${x.name} ${x.id}`.toLowerCase().includes(low)).slice(0, 6)) {
    out.push({ kind: 'Endpoint', icon: 'webhook', label: e.name, to: `/endpoints/${encodeURIComponent(e.id)}` });
  }
  for (const p of pages.filter((x) => x.label.toLowerCase().startsWith(low))) {
    out.push({ kind: 'Page', icon: p.icon, label: p.label, to: p.to });
  }
  history(`Events that contain “${q}”`, { q });
  return out;
}
