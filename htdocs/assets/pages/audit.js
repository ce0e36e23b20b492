/* SPDX-License-Identifier: Apache-2.0 */
/* Who changed what, before and after. */
import { html, useEffect, useState } from '../lib.js';
import { api } from '../api.js';
import { setQuery } from '../router.js';
import { Page } from '../page.js';
import { diff } from '../logic/diff.js';
import { SPANS } from '../logic/history.js';
import { count, shortId } from '../logic/text.js';
import { exact, since } from '../logic/time.js';
import { deed } from '../logic/words.js';
import { Button, Icon, Link, Time } from '../ui/basic.js';
import { Dialog } from '../ui/dialog.js';
import { Loaded, Notice, useLoad, useMore } from '../ui/load.js';
import { Table } from '../ui/table.js';
import { Differences } from './compare.js';

export const styles = ['ui/diff.css'];

const changesOf = (row) => diff(row.before ?? {}, row.after ?? {}).filter((d) => d.kind !== 'same' && d.path !== '$');

/* What was changed, with a link to where it is shown. */
function Object_({ row, onClick }) {
  const [kind] = row.what.split('.');
  if (!row.object) return html`<span class="muted">–</span>`;
  if (kind === 'endpoint' && row.object.length > 20) return html`<${Link} to=${`/endpoints/${row.object}`} title=${row.object} onClick=${onClick}>${row.after?.name ?? row.before?.name ?? row.name ?? shortId(row.object)}<//>`;
  if (kind === 'incident') return html`<${Link} to=${`/incidents/${row.object}`} onClick=${onClick}>Incident ${row.object}<//>`;
  if (kind === 'history' && /^\d+$/.test(row.object)) return html`<${Link} to=${`/history/${row.object}`} onClick=${onClick}>Event ${row.object}<//>`;
  return html`<span title=${row.object}>${shortId(row.object, 20, 8)}</span>`;
}

function Changes({ row }) {
  const list = changesOf(row);
  if (!list.length) return html`<span class="muted">–</span>`;
  const names = list.map((d) => d.path.replace(/^\$\.?/, ''));
  return html`<span class="muted">${names.slice(0, 4).join(', ')}${names.length > 4 ? ` and ${names.length - 4} more` : ''}</span>`;
}

const COLUMNS = [
  { id: 'at', label: 'Time', cell: (r) => html`<${Time} at=${r.created_at} as="clock" />` },
  { id: 'who', label: 'Who', cell: (r) => html`<a href="#" onClick=${(e) => { e.preventDefault(); setQuery({ who: r.who }); }} title="Only what this one did">${r.who}</a>` },
  { id: 'what', label: 'What', cell: (r) => html`<span title=${r.what}>${deed(r.what)}</span>` },
  { id: 'object', label: 'On', class: 'some', cell: (r) => html`<${Object_} row=${r} />` },
  { id: 'changes', label: 'Changed', class: 'main', cell: (r) => html`<${Changes} row=${r} />` },
  { id: 'from', label: 'From', class: 'wide spare', cell: (r) => html`<span class="muted">${r.address || 'this machine'}</span>` },
];

const Shown = ({ row, onClose }) => html`<${Dialog} wide title=${`${deed(row.what)}: ${row.who}`} onClose=${onClose}><div class="stack">
  <dl class="facts"><dt>Time</dt><dd>${exact(row.created_at)} <span class="muted">(<${Time} at=${row.created_at} />)</span></dd><dt>On</dt><dd><${Object_} row=${row} onClick=${onClose} /></dd><dt>From</dt><dd>${row.address || 'this machine'}</dd></dl>
  ${changesOf(row).length ? html`<${Differences} before rows=${changesOf(row)} caption="What changed" />` : html`<p class="muted">No values of it are kept.</p>`}</div><//>`;

function Filters({ query, rows }) {
  const kinds = [...new Set([query.what, ...rows.map((r) => r.what)].filter(Boolean))].sort();
  const chip = (name, word) => query[name] && html`<span class="chip"><span class="clip">${word} ${shortId(query[name], 20, 8)}</span><button type="button" aria-label=${`Remove the filter ${word} ${query[name]}`} onClick=${() => setQuery({ [name]: '' })}><${Icon} name="x" /></button></span>`;
  return html`<div class="filters" role="group" aria-label="Filters">
    <select aria-label="What was done" value=${query.what ?? ''} onChange=${(e) => setQuery({ what: e.currentTarget.value })}><option value="">Anything done</option>${kinds.map((k) => html`<option key=${k} value=${k} selected=${k === query.what}>${deed(k)}</option>`)}</select>
    <select aria-label="Time" value=${query.span ?? ''} onChange=${(e) => setQuery({ span: e.currentTarget.value })}>${SPANS.map(([v, w]) => html`<option key=${v} value=${v} selected=${v === query.span}>${w}</option>`)}</select>
    ${chip('who', 'By')}${chip('object', 'On')}</div>`;
}

export default function Audit({ query }) {
  const [shown, setShown] = useState(null);
  const minute = Math.floor(Date.now() / 60000) * 60000;
  const filters = { who: query.who, what: query.what, object: query.object, from: since(query.span, minute) };
  const list = useLoad(`audit ${JSON.stringify(filters)}`, (signal) => api.get('api/audit', { ...filters, limit: 100 }, { signal }));
  const more = useMore(list, (cursor) => api.get('api/audit', { ...filters, limit: 100, cursor }));
  const endpoints = useLoad('endpoint names', (signal) => api.get('api/endpoints', { limit: 1000 }, { signal }));
  const names = new Map((endpoints.data?.items ?? []).map((e) => [e.id, e.name]));
  useEffect(() => setShown(null), [query]);
  const empty = html`<${Notice} icon="scroll-text" title="Nothing was changed">${query.who || query.what || query.object || query.span ? 'Take a filter away to see more.' : 'Every change of configuration appears here, with what it was before.'}<//>`;
  return html`<${Page} title="Audit"><${Filters} query=${query} rows=${list.data?.items ?? []} />
    <div class="panel"><${Loaded} of=${list} empty=${(d) => !d.items.length && empty}>${(d) => html`
      <${Table} caption="Changes, newest first" columns=${COLUMNS} rows=${d.items.map((r) => ({ ...r, name: names.get(r.object) }))} rowKey=${(r) => r.id} rowLabel=${(r) => `${r.what} by ${r.who}`} onOpen=${setShown} />
      <div class="table-foot"><span>${count(d.items.length, 'entry', 'entries')} shown${d.next ? '' : ', that is all'}</span>${d.next && html`<${Button} busy=${more.busy} onClick=${more.load}>Show 100 more<//>`}
        ${more.error && html`<span class="text-failed" role="alert">${more.error.message}</span>`}</div>`}<//></div>
    ${shown && html`<${Shown} row=${shown} onClose=${() => setShown(null)} />`}<//>`;
}
