/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets that PSAs told of: a mirror to look at. They are changed in the PSA. */
import { html, useState } from '../lib.js';
import { api } from '../api.js';
import { useFeed } from '../live.js';
import { setQuery } from '../router.js';
import { may, tenant, useStore } from '../store.js';
import { destinationName, MIRRORED } from '../logic/status.js';
import { count } from '../logic/text.js';
import { Button, copyText, Icon, Link, LinkButton, Time } from '../ui/basic.js';
import { Dialog } from '../ui/dialog.js';
import { FilterText } from '../ui/field.js';
import { asMany, Loaded, Notice, useLoad, useMore } from '../ui/load.js';
import { Table } from '../ui/table.js';

const PAGE = 100;
const dash = html`<span class="muted">–</span>`;

const Status = ({ t }) => (t.deleted ? html`<span class="badge silent" title="The PSA says that it was deleted"><${Icon} name="trash-2" />Deleted</span>` : t.status ?? dash);

const COLUMNS = [
  { id: 'id', label: 'Ticket', cell: (t) => html`<span class="muted">#${t.ticket_id}</span>` },
  { id: 'subject', label: 'Subject', class: 'main', cell: (t) => t.subject ?? html`<span class="muted">No subject</span>` },
  { id: 'status', label: 'Status', cell: (t) => html`<${Status} t=${t} />` },
  { id: 'priority', label: 'Priority', class: 'wide some', cell: (t) => t.priority ?? dash },
  { id: 'company', label: 'Company', class: 'wide some', cell: (t) => t.company ?? dash },
  { id: 'provider', label: 'PSA', class: 'wide spare', cell: (t) => destinationName(t.provider) },
  { id: 'updated', label: 'Changed', cell: (t) => html`<${Time} at=${t.updated_at} />` },
];

const Empty = ({ filtered }) => (filtered
  ? html`<${Notice} icon="search" title="No ticket matches" action=${html`<${Button} onClick=${() => setQuery({ q: '', provider: '', gone: '' })}>Clear the filters<//>`}>Another word, or one filter less, may find it.<//>`
  : html`<${Notice} icon="ticket" title="No PSA has told of tickets yet" action=${may('admin') && html`<${LinkButton} to="/endpoints/new" icon="plus">New endpoint<//>`}>
      Make an endpoint with your PSA's preset and enter its address there as callback: its tickets appear here as they change.<//>`);

function One({ t, onClose }) {
  const facts = [['Status', html`<${Status} t=${t} />`], ['Priority', t.priority], ['Company', t.company], ['Requester', t.requester], ['PSA', destinationName(t.provider)], ['Tenant', t.tenant],
    ['Changed', html`<${Time} at=${t.updated_at} />`], ['Told here', html`<${Time} at=${t.seen_at} />`], ['By', html`<${Link} to=${`/endpoints/${t.endpoint_id}`} onClick=${onClose}>its endpoint<//>`]];
  const more = JSON.stringify(t.fields ?? {}, null, 2);
  return html`<${Dialog} title=${`#${t.ticket_id} ${t.subject ?? ''}`} wide onClose=${onClose} footer=${html`<${Button} icon="copy" onClick=${() => copyText(more, 'What was told')}>Copy what was told<//><${Button} kind="primary" onClick=${onClose}>Close<//>`}>
    <div class="stack"><dl class="facts">${facts.filter(([, v]) => v).map(([k, v]) => html`<dt key=${k}>${k}</dt><dd key=${`${k}-v`}>${v}</dd>`)}</dl>
      <div><h3>Told last, secrets masked</h3><pre class="told" tabindex="0" role="region" aria-label="Told last">${more}</pre></div></div><//>`;
}

const Select = ({ label, name, query, options }) => html`<select aria-label=${label} value=${query[name] ?? ''} onChange=${(e) => setQuery({ [name]: e.currentTarget.value })}>${options.map(([v, w]) => html`<option key=${v} value=${v} selected=${(query[name] ?? '') === v}>${w}</option>`)}</select>`;

export function Mirror({ query }) {
  const narrowed = useStore(tenant);
  const [open, setOpen] = useState(null);
  const filters = { q: query.q, provider: query.provider, deleted: { '': 'false', yes: 'true', all: '' }[query.gone ?? ''], tenant: narrowed };
  const list = useLoad(`tickets ${JSON.stringify(filters)}`, (signal) => api.get('api/tickets', { ...filters, limit: asMany(list, PAGE) }, { signal }));
  useFeed(list.reload, true, 5000);
  const more = useMore(list, (cursor) => api.get('api/tickets', { ...filters, limit: PAGE, cursor }));
  return html`<div class="filters"><${FilterText} label="Number, subject, company or requester" placeholder="Number, subject, company" value=${query.q} onInput=${(q) => setQuery({ q })} />
      <${Select} label="PSA" name="provider" query=${query} options=${[['', 'Any PSA'], ...MIRRORED.map((p) => [p, destinationName(p)])]} /><${Select} label="Deleted tickets" name="gone" query=${query} options=${[['', 'Not deleted'], ['yes', 'Deleted'], ['all', 'Deleted or not']]} /></div>
    <div class="panel"><${Loaded} of=${list} empty=${(d) => !d.items.length && html`<${Empty} filtered=${query.q || query.provider || query.gone} />`}>${(d) => html`
      <${Table} caption="Tickets of the PSA, the last changed first" columns=${COLUMNS} rows=${d.items} rowKey=${(t) => t.id} rowLabel=${(t) => `${t.ticket_id} ${t.subject ?? ''}`} onOpen=${setOpen} />
      <div class="table-foot"><span>${count(d.items.length, 'ticket')} shown${d.next ? '' : ', that is all'}</span>${d.next && html`<${Button} busy=${more.busy} onClick=${more.load}>Show ${PAGE} more<//>`}${more.error && html`<span class="text-failed" role="alert">${more.error.message}</span>`}</div>`}<//></div>
    ${open && html`<${One} t=${open} onClose=${() => setOpen(null)} />`}`;
}
