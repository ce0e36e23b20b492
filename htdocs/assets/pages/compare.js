/* SPDX-License-Identifier: Apache-2.0 */
/* Two events side by side: what differs in payload, headers and decision. */
import { html, useState } from '../lib.js';
import { api } from '../api.js';
import { goUp, setQuery } from '../router.js';
import { onKeys } from '../keys.js';
import { Page } from '../page.js';
import { diff } from '../logic/diff.js';
import { count } from '../logic/text.js';
import { Outcome } from './history-rows.js';
import { Button, Link, Time } from '../ui/basic.js';
import { Choice } from '../ui/field.js';
import { Fault, Loaded, Notice, useLoad } from '../ui/load.js';

export const styles = ['ui/diff.css'];

const PARTS = [['payload', 'Payload'], ['headers', 'Headers'], ['record', 'Outcome']];
const RECORD = ['status', 'action', 'ticket_id', 'destination', 'company', 'summary', 'dedup_key', 'matched_rule', 'error_message', 'source_ip', 'config_name', 'retry_count', 'trace'];
const recordOf = (row) => Object.fromEntries(RECORD.map((n) => [n, n === 'trace' ? (row.trace ?? []).map((s) => `${s.step}: ${s.text}`) : row[n]]));

const Side = ({ label, row }) => html`<div class="side"><span class="muted small">${label}</span>
  <div class="row"><${Outcome} row=${row} /><${Time} at=${row.received_at} as="clock" /></div>
  <div class="clip"><${Link} to=${`/history/${row.id}`}>${row.summary ?? 'Unreadable request'}<//></div></div>`;

const WORDS = { changed: 'changed', added: 'only right', removed: 'only left', same: '' };
const CHANGES = { changed: 'changed', added: 'added', removed: 'removed', same: '' };
const shown = (v) => (v === undefined ? '' : typeof v === 'string' ? v : JSON.stringify(v));

/* before: the sides are a before and an after, not a left and a right. */
export const Differences = ({ rows, caption, before, left = before ? 'Before' : 'Left', right = before ? 'After' : 'Right', words = before ? CHANGES : WORDS }) => html`<div class="table-box" tabindex="0" role="region" aria-label=${caption}><table class="diff">
  <caption class="vh">${caption}</caption><thead><tr><th scope="col">Path</th><th scope="col">${left}</th><th scope="col">${right}</th></tr></thead>
  <tbody>${rows.map((r) => html`<tr key=${r.path} class=${r.kind}><th scope="row" class="mono">${r.path}${r.kind !== 'same' && html`<span class="kind">${words[r.kind]}</span>`}</th>
    <td class="mono a">${shown(r.a)}</td><td class="mono b">${shown(r.b)}</td></tr>`)}</tbody></table></div>`;

function Compared({ a, b }) {
  const [part, setPart] = useState('payload');
  const [all, setAll] = useState(false);
  const of = (row) => (part === 'record' ? recordOf(row) : row[part]);
  const rows = diff(of(a), of(b));
  const different = rows.filter((r) => r.kind !== 'same');
  return html`<div class="stack"><div class="panel sides"><${Side} label="Left" row=${a} /><${Side} label="Right" row=${b} /></div>
    <section class="panel"><header><${Choice} label="What is compared" options=${PARTS} value=${part} onInput=${setPart} />
      <span class="muted">${different.length ? `${count(different.length, 'difference')} in ${count(rows.length, 'value')}` : 'No difference'}</span>
      <span class="push"><${Choice} label="Rows" options=${[[false, 'Differences'], [true, 'Everything']]} value=${all} onInput=${setAll} /></span></header>
      ${(all ? rows : different).length ? html`<${Differences} rows=${all ? rows : different} caption="Differences" />` : html`<${Notice} icon="check" title="Both are the same here">Look at another part, or at everything.<//>`}</section></div>`;
}

export default function Compare({ query }) {
  onKeys({ Escape: () => goUp('/history') });
  const one = (id) => useLoad(id ? `event ${id}` : null, (signal) => api.get(`api/history/${encodeURIComponent(id)}`, {}, { signal }));
  const a = one(query.a);
  const b = one(query.b);
  const swap = html`<${Button} onClick=${() => setQuery({ a: query.b, b: query.a })}>Swap sides<//>`;
  return html`<${Page} title="Compare two events" actions=${swap} back=${html`<${Link} to="/history">History<//>`}>
    ${!query.a || !query.b ? html`<div class="panel"><${Notice} icon="file-diff" title="Which two?">Select two events in History (key x), then Compare (key c).<//></div>`
    : b.error && a.data ? html`<div class="panel"><${Fault} error=${b.error} retry=${b.reload} /></div>`
      : html`<${Loaded} of=${a}>${(da) => html`<${Loaded} of=${b}>${(db) => html`<${Compared} a=${da} b=${db} />`}<//>`}<//>`}<//>`;
}
